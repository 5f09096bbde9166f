"""segue-evaluate as a program: what it writes, and one line where there is nothing to say."""

import json
import subprocess

import pytest

WITHIN_S = 60


def evaluate(binaries, listens, *flags):
    command = [binaries / "segue-evaluate", "--listens", listens, "--format", "sessions", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S)


@pytest.fixture
def sessions(tmp_path):
    path = tmp_path / "sessions"
    path.write_text("1 2 3\n4 5 6\n" * 40)
    return path


def test_ranks_and_the_report_count_the_same_listens(binaries, sessions, tmp_path):
    ranks = tmp_path / "ranks.tsv"
    done = evaluate(binaries, sessions, "--ranks", ranks, "--misses", "--json", "--baselines", "vmis,vmis-other")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    names, *rows = [line.split("\t") for line in ranks.read_text().splitlines()]
    assert names[4:] == ["mix", "VMIS-kNN", "VMIS-kNN, another track"]
    assert len(rows) == report["scored"] > 0
    hits = sum(1 for row in rows if int(row[4]) > 0)
    assert hits / len(rows) == pytest.approx(report["hit_rate_at_20"], abs=1e-6)
    assert sum(kind["scored"] for kind in report["targets"].values()) == len(rows)
    assert sum(kind["share"] for kind in report["targets"].values()) == pytest.approx(1, abs=1e-5)
    assert "misses: " in done.stdout


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--scored-from", "1"], "no listen was scored"),
        (["--baselines", "gru4rec"], 'there is no "gru4rec"; there are popularity, markov, '),
        (["--sessions-by", "day"], "expected file or listener"),
        (["--ranks", "/no/such/folder/ranks"], "cannot write"),
    ],
)
def test_what_cannot_be_done_is_one_line(binaries, sessions, flags, said):
    done = evaluate(binaries, sessions, *flags)

    assert done.returncode in (1, 2)
    last = done.stderr.splitlines()[-1]
    assert said in last
