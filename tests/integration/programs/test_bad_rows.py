"""A row that cannot be used: every program leaves out the same one, names it, and goes on."""

import subprocess

import pytest
import wire
from servers import wait_until

WITHIN_S = 60
ROWS = 120
ODD = {
    "the first moment there is": "1970-01-01T00:00:00Z,u1,s1,t1,a,1",
    "the future": "2150-01-01T00:00:00Z,u1,s1,t1,a,1",
    "a share that is no number": "2024-05-01T10:01:00Z,u1,s1,t1,a,nan",
    "a track with nothing to be seen": "2024-05-01T10:01:00Z,u1,s1,\u200b,a,1",
    "an artist with nothing to be seen": "2024-05-01T10:01:00Z,u1,s1,t1,\x01,1",
    "a line without end": "2024-05-01T10:01:00Z,u1,s1,t1,a," + "1" * 200_000,
}


def listens(tmp_path, odd):
    rows = ["time,user_id,session_id,track_id,artist_id,played_fraction"]
    for n in range(ROWS):
        rows.append(f"2024-05-01T10:{n // 60:02}:{n % 60:02}Z,u{n % 5},s{n % 5},t{n % 9},a,1")
    rows[61] = odd
    path = tmp_path / "listens.csv"
    path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize("name", ODD)
def test_the_evaluator_names_the_row_and_goes_on(binaries, tmp_path, name):
    path = listens(tmp_path, ODD[name])
    command = [binaries / "segue-evaluate", "--listens", path, "--format", "segue-csv"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S)

    assert done.returncode == 0, done.stderr
    assert f"1 row was left out. The first: {path}, line 62: expected" in done.stderr


def test_one_bad_row_does_not_end_a_short_file(binaries, tmp_path):
    path = listens(tmp_path, ODD["the future"])
    path.write_text("\n".join(path.read_text().split("\n")[40:80]))  # without a header, too
    path.write_text("time,user_id,session_id,track_id,artist_id,played_fraction\n" + path.read_text())
    command = [binaries / "segue-evaluate", "--listens", path, "--format", "segue-csv"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S)

    assert done.returncode == 0, done.stderr
    assert "1 row was left out." in done.stderr


def test_the_replay_names_the_row_and_no_dead_letter_comes(pipeline, tmp_path):
    path = listens(tmp_path, ODD["the first moment there is"])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    flags = ["--listens", path, "--format", "segue-csv"]

    done = subprocess.run([pipeline.binaries / "segue-replay", "--kafka.brokers", pipeline.kafka.address, *flags],
                          capture_output=True, text=True, timeout=WITHIN_S)  # fmt: skip
    pipeline.wait_drained()

    assert done.returncode == 0, done.stderr
    assert f"{path}, line 62: expected a time from 1990 on" in done.stderr + done.stdout
    wait_until(lambda: len(pipeline.read(wire.EVENTS)) == ROWS - 1, 20, "all other rows arrive")
    assert pipeline.read(wire.DEAD_LETTERS) == []
