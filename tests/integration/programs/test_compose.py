"""segue-compose: files, labels and their check; what is refused, and how."""

import hashlib
import json
import os
import re
import signal
import stat
import subprocess

import pytest

from fixtures import BIN

WISH = ["--mood", "calm", "--genre", "jazz", "--tempo", "60", "--seconds", "8", "--seed", "7"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A user's data folder of this module alone: the key is made in it."""
    return tmp_path_factory.mktemp("home")


def compose(home, *args, **more):
    return subprocess.run(
        [BIN / "segue-compose", *map(str, args)],
        env={"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(home)},
        capture_output=True, text=True, timeout=300, **more,
    )


@pytest.fixture(scope="module")
def piece(home, tmp_path_factory):
    out = tmp_path_factory.mktemp("music")
    ran = compose(home, *WISH, "--picture", "--json", "--out", out)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def file_of(piece, ending):
    return next(name for name in piece["files"] if name.endswith(ending))


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def test_all_files_are_there_and_say_how_they_were_made(piece):
    endings = [".flac", ".mp3", ".mid", ".notes.png", ".spectrum.png", ".provenance.json"]
    record = json.loads(contents(file_of(piece, ".provenance.json")))["record"]

    assert [os.path.basename(name).split(".", 1)[1] for name in piece["files"]] == [
        ending[1:] for ending in endings]
    assert abs(piece["seconds"] - 8) <= 0.1
    assert abs(piece["integrated_lufs"] + 14) <= 0.5
    assert piece["true_peak_dbtp"] <= -1
    assert record["specification"]["genre"] == "jazz"
    assert record["ai_disclosure"]["composed"] == "generated"
    assert record["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert {part["kind"] for part in record["ingredients"]} == {"model", "soundfont", "synthesiser"}
    for file in record["files"]:
        path = os.path.join(os.path.dirname(piece["files"][0]), file["name"])
        assert hashlib.sha256(contents(path)).hexdigest() == file["sha256"]


def test_the_same_wish_gives_the_same_bytes(piece, home, tmp_path):
    again = compose(home, *WISH, "--picture", "--json", "--out", tmp_path)

    assert json.loads(again.stdout)["pcm_sha256"] == piece["pcm_sha256"]
    for first, second in zip(piece["files"], json.loads(again.stdout)["files"]):
        assert contents(first) == contents(second)


def test_check_accepts_every_file(piece, home):
    for name in piece["files"]:
        ran = compose(home, "--check", name)

        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("ending", [".flac", ".mp3", ".mid", ".notes.png", ".provenance.json"])
def test_check_refuses_one_changed_byte(piece, home, ending):
    name = file_of(piece, ending)
    good = contents(name)
    copy = name[: -len(ending)] + "-x" + ending if ending in (".flac", ".mp3") else name
    for at in (len(good) // 3, len(good) // 2, len(good) - 5):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
        with open(copy, "wb") as file:
            file.write(changed)
        ran = compose(home, "--check", copy)
        with open(name, "wb") as file:
            file.write(good)

        assert ran.returncode == 3, ran.stdout + ran.stderr
    if copy != name:
        os.remove(copy)


def test_another_installation_does_not_trust_the_key(piece, home, tmp_path):
    name = file_of(piece, ".mp3")
    key = compose(home, "--show-key").stdout.splitlines()[0]
    compose(tmp_path, "--show-key")

    assert compose(tmp_path, "--check", name).returncode == 4
    assert compose(tmp_path, "--check", name, "--trust", key).returncode == 0
    assert compose(tmp_path, "--check", name, "--trust", "ed25519:x").returncode == 1
    assert compose(home, "--check", __file__).returncode == 5


def test_the_key_is_the_owners_alone_and_never_shown(piece, home):
    path = home / "segue/signing-key.pem"
    secret = path.read_text().splitlines()[1]

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret not in compose(home, "--print-config").stdout
    assert all(secret.encode() not in contents(name) for name in piece["files"])


@pytest.mark.parametrize("args, said", [
    (["--seconds", "0"], "seconds: expected 5 to 600"),
    (["--seconds", "10800"], "seconds: expected 5 to 600"),
    (["--instruments", "pianno"], "did you mean 'piano'"),
    (["--genre", "jaz"], "did you mean 'jazz'"),
    (["--mood", "calm", "--tempo", "200"], "contradicts the mood"),
    (["--tempo", "3"], "tempo_bpm: 3 is outside"),
    (["--key", "H sharp"], "is no key"),
    (["--audio.soundfont", "/no/such.sf2"], "audio.soundfont"),
    (["--audio.licence", ""], "audio.licence names no licence"),
    (["--audio.soundfont", __file__], "is no SoundFont"),
    (["--out", "/proc/none"], "/proc/none"),
    (["--check", "/no/such.flac"], "Cannot read"),
])
def test_what_cannot_be_is_one_clear_line(home, tmp_path, args, said):
    ran = compose(home, "--out", tmp_path, *args)
    lines = [line for line in ran.stderr.splitlines() if line not in ("composing", "rendering")]

    assert ran.returncode in (1, 2)
    assert len(lines) == 1 and said in lines[0], ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_clear_line(home, tmp_path):
    """Files that may not grow past 50 kB fail halfway, as on a full disk."""
    ran = subprocess.run(
        ["prlimit", "--fsize=50000", BIN / "segue-compose", *WISH, "--out", tmp_path],
        env={"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(home)},
        capture_output=True, text=True, timeout=300,
    )

    assert ran.returncode == 1
    assert re.search(r"segue-compose: Cannot write .*: File too large", ran.stderr)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(home, tmp_path):
    program = subprocess.Popen(
        [BIN / "segue-compose", "--seconds", "600", "--out", tmp_path],
        env={"PATH": os.environ["PATH"], "XDG_DATA_HOME": str(home)},
        stderr=subprocess.PIPE, text=True,
    )
    with program:
        assert "composing" in program.stderr.readline()
        assert "rendering" in program.stderr.readline()
        program.send_signal(signal.SIGINT)
        left = program.stderr.read()

    assert program.returncode == 130
    assert left == ""
    assert list(tmp_path.iterdir()) == []
