"""Recordings from which no one can say what earlier listening is worth."""

import gzip
import subprocess

import pytest
from servers import REPOSITORY

HEAD = "ts\tuser\tsession\ttrack\tartist\tslice\tplayed_fraction\tgap_s\n"


def listen(number, window):
    return f"{number}\tada\ts{window}\tt{number}\ta1\t{window}\t1.0\t0\n"


def run(recording):
    return subprocess.run(["/usr/bin/python3", REPOSITORY / "loadtest" / "experience.py", "--listens", recording],
                          capture_output=True, text=True, timeout=60)  # fmt: skip


@pytest.mark.parametrize("name", ["listens.tsv.gz", "listens.tsv"])
def test_a_damaged_recording_is_one_clear_line(tmp_path, name):
    recording = tmp_path / name
    recording.write_bytes(gzip.compress(HEAD.encode() * 99)[:-9])

    ran = run(recording)

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1 and "cannot be read" in ran.stderr


@pytest.mark.parametrize("text", ["", HEAD, HEAD + listen(1, 0), "time,user_id\n1,ada\n", HEAD + listen(1, "x")])
def test_a_recording_without_windows_is_one_clear_line(tmp_path, text):
    recording = tmp_path / "listens.tsv"
    recording.write_text(text)

    ran = run(recording)

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1 and "has no two windows" in ran.stderr
