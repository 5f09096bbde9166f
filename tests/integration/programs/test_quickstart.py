"""The first of two commands, for a few seconds, with the programs that were built for the tests."""

import gzip
import json
import os
import signal
import subprocess

import pytest
from servers import REPOSITORY, wait_until
from view import Figures, Session, plain_line, rows

QUICKSTART = REPOSITORY / "deploy" / "quickstart"
WITHIN_S = 150


def quickstart(binaries, *flags, **more):
    return subprocess.run(
        [QUICKSTART, *flags],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        env=os.environ | {"SEGUE_BIN": str(binaries)},
        **more,
    )


def check_shape(done):
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert list(result) == [
        "events",
        "recommendations",
        "event_to_recommendation_ms",
        "lag_events",
        "hit_rate_at_20",
        "mrr_at_20",
        "broker",
    ]
    assert result["events"] > 0 and result["recommendations"] > 0
    latency = result["event_to_recommendation_ms"]
    assert 0 < latency["p50"] <= latency["p99"]
    assert result["lag_events"] == 0
    assert 0 <= result["mrr_at_20"] <= result["hit_rate_at_20"] <= 1
    return result


def test_on_kafka(binaries):
    result = check_shape(quickstart(binaries, "--for", "8", "--json"))

    assert result["broker"] == "Apache Kafka 3.9.1"
    assert result["events"] > 500  # the machine may be busy


def test_on_the_in_memory_broker(binaries):
    result = check_shape(quickstart(binaries, "--broker", "memory", "--for", "8", "--json"))

    assert result["broker"].startswith("in-memory (librdkafka ")
    assert "demonstration only" in result["broker"]


def seen_at(rate):
    """The tail's line at this many events a second."""
    figures = Figures()
    for second in (1, 2):
        figures.take(json.dumps({"seconds": second, "events": rate * second}))
    return figures


def picture(figures):
    return "\n".join(words for row in rows("", "", figures, Session(), 9, 0) for words, _ in row)


def test_a_machine_that_falls_behind_reads_so_once():
    figures = seen_at(500)

    begins = [figures.take_lag(5_000, late_s) for late_s in (18, 0, 4.8, 5, 6, 8, 10)]

    assert begins == [False] * 5 + [True, False]
    said = "This machine does not keep up: 5,000 events wait, lists come 10 s late. --rate 250 plays half as many."
    assert figures.behind == said and said in picture(figures)
    assert "lag 5,000" in plain_line(figures, 9, 0)
    assert [figures.take_lag(1_000, late_s) for late_s in (2.6, 2.4)] == [False, False]
    assert figures.behind == "" and figures.fell_behind


def test_a_short_delay_is_not_falling_behind():
    figures = seen_at(500)

    assert [figures.take_lag(9_000, late_s) for late_s in (18, 18, 0.2) * 3] == [False] * 9
    assert "keep up" not in picture(figures) and not figures.fell_behind


def test_who_sees_few_events_come_does_not_call_them_late():
    """The tail is starved, too: it counts few a second, though those that wait are young."""
    figures = seen_at(10)

    assert [figures.take_lag(900, 1.5) for _ in range(5)] == [False] * 5
    assert "keep up" not in picture(figures)


def test_on_servers_that_run_already(pipeline):
    flags = ["--broker", pipeline.kafka.address, "--redis", pipeline.redis.address]

    result = check_shape(quickstart(pipeline.binaries, *flags, "--for", "4", "--json"))

    assert result["broker"] == pipeline.kafka.address


def test_a_recorded_file_ends_in_time(binaries, tmp_path):
    rows = ["time,user_id,session_id,track_id,artist_id,played_fraction"]
    for minute in range(60):
        rows += [
            f"2024-05-01T10:{minute:02}:{who:02}Z,listener{who},s{who},track{minute % 9},artist,1.0"
            for who in range(20)
        ]
    listens = tmp_path / "listens.csv.gz"
    listens.write_bytes(gzip.compress("\n".join(rows).encode() + b"\n"))
    flags = ["--listens", str(listens), "--format", "segue-csv", "--for", "8", "--json"]

    result = check_shape(quickstart(binaries, *flags))

    assert result["events"] == 1_200


def test_an_export_is_played_as_it_comes(binaries, tmp_path):
    """An account's history of Spotify: no ids, a minute's precision, newest last."""
    rows = [
        {"endTime": f"2024-05-01 {10 + n // 60}:{n % 60:02}", "artistName": f"Ärtist {n % 4}",
         "trackName": f"Song {n % 15}", "msPlayed": 200_000}
        for n in range(300)
    ]  # fmt: skip
    listens = tmp_path / "StreamingHistory0.json"
    listens.write_text(json.dumps(rows))

    done = quickstart(binaries, "--broker", "memory", "--listens", str(listens), "--for", "8", "--json")

    assert check_shape(done)["events"] == 300
    assert "Spotify's streaming history (account data): 300 listens" in done.stderr


def test_without_java_it_falls_back_and_says_so(binaries, tmp_path):
    """A PATH with everything but Java and Maven."""
    for folder in ("/usr/bin", "/bin"):
        for name in os.listdir(folder):
            if name not in ("java", "mvn") and not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(f"{folder}/{name}")
    env = os.environ | {"PATH": str(tmp_path), "SEGUE_BIN": str(binaries)}

    done = subprocess.run(
        [QUICKSTART, "--for", "3", "--json"],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        env=env,
    )

    assert "Falling back to the in-memory broker" in done.stderr
    assert check_shape(done)["broker"].startswith("in-memory")


@pytest.mark.parametrize(
    "flags,word",
    [
        (["--bogus"], "--bogus"),
        (["--for", "soon"], "--for"),
        (["--broker", "rabbit"], "--broker"),
        (["--listens", "/absent/file"], "/absent/file"),
    ],
)
def test_wrong_flags(binaries, flags, word):
    done = quickstart(binaries, *flags)

    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert word in line


def test_help_has_examples(binaries):
    done = quickstart(binaries, "--help")

    assert done.returncode == 0
    assert "Examples:" in done.stdout


def descendants(marker):
    """Processes that carry the marker in their environment, whatever their parent is now."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/environ", "rb") as environment:
                    if marker.encode() in environment.read():
                        found.append(int(entry))
            except OSError:
                pass  # ended meanwhile, or not ours
    return found


@pytest.mark.parametrize("seconds_in", ["at once", "while it plays"])
def test_an_interrupt_leaves_nothing_running(binaries, tmp_path, seconds_in):
    marker = f"QUICKSTART_TEST={tmp_path}"
    env = os.environ | {"SEGUE_BIN": str(binaries), "QUICKSTART_TEST": str(tmp_path)}
    with open(tmp_path / "out", "w") as out:
        started = subprocess.Popen(
            [QUICKSTART, "--for", "60"],
            stdout=out,
            stderr=out,
            env=env,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    awaited = "Starting" if seconds_in == "at once" else "events/s"
    wait_until(lambda: awaited in (tmp_path / "out").read_text(), 60, f"it says {awaited}")

    started.send_signal(signal.SIGINT)

    assert started.wait(40) == 130
    wait_until(lambda: not descendants(marker), 10, "what it had started has ended")
