"""Composed pieces with Content Credentials: signed by the optional signer, read by the reference library."""

import json
import subprocess
import sys
from pathlib import Path

import c2pa
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from composed import a_job  # noqa: E402
from fixtures import binaries, kafka, pipeline, redis_server  # noqa: E402
from jobs import Generators  # noqa: E402

SIGNER = ROOT / "consumers" / "generator" / "sign_c2pa.py"
LEAF = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
TYPES = {".flac": "audio/flac", ".mp3": "audio/mpeg"}


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """A certificate of an authority of our own, and its key."""
    folder = tmp_path_factory.mktemp("identity")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (folder / "leaf.ext").write_text(LEAF)
    authority = ["-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=Segue tests/CN=Authority", "-days", "30"]
    openssl(folder, "req", *curve, *authority)
    openssl(folder, "req", *curve, "-keyout", "key.pem", "-out", "leaf.csr", "-subj", "/O=Segue tests/CN=Signer")
    signed_by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "leaf.ext"]
    openssl(folder, "x509", "-req", "-in", "leaf.csr", *signed_by, "-days", "30", "-out", "leaf.pem")
    (folder / "chain.pem").write_bytes((folder / "leaf.pem").read_bytes() + (folder / "ca.pem").read_bytes())
    return folder


@pytest.fixture
def record(binaries, tmp_path):
    """The record of a few seconds of composed music, beside its files."""
    words = ["--genre", "jazz", "--mood", "calm", "--seconds", "6", "--out", tmp_path / "piece"]
    subprocess.run(
        [binaries / "segue-compose", *words, "--audio.signing-key", tmp_path / "key.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return next((tmp_path / "piece").glob("*.provenance.json"))


def sign(record, identity, out):
    words = [record, "--certificate", identity / "chain.pem", "--key", identity / "key.pem", "--out", out]
    return subprocess.run([sys.executable, SIGNER, *words], capture_output=True, text=True)


def failures(path):
    """The mistakes that the reference library finds, but for the issuer, which no list of trust names."""
    with path.open("rb") as file, c2pa.Reader(TYPES[path.suffix], file) as reader:
        found = json.loads(reader.json())
    wrong = [each["code"] for each in found.get("validation_status", [])]
    return [code for code in wrong if code != "signingCredential.untrusted"], found


def is_signed(path):
    try:
        return bool(failures(path)[1])
    except c2pa.C2paError.ManifestNotFound:
        return False


def test_pieces_are_never_written_over(record, identity):
    before = {path.name: path.read_bytes() for path in record.parent.iterdir()}

    done = sign(record, identity, record.parent)

    assert done.returncode == 1
    assert "name another folder" in done.stderr and len(done.stderr.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in record.parent.iterdir()} == before


def test_flac_and_mp3_say_that_a_program_made_them(record, identity, tmp_path):
    done = sign(record, identity, tmp_path / "signed")

    assert done.returncode == 0, done.stderr
    signed = sorted(Path(json.loads(line)["signed"]) for line in done.stdout.splitlines())
    assert [path.suffix for path in signed] == [".flac", ".mp3"]
    for path in signed:
        wrong, found = failures(path)
        assert wrong == []
        manifest = found["manifests"][found["active_manifest"]]
        said = {each["label"]: each["data"] for each in manifest["assertions"]}
        [created] = said["c2pa.actions.v2"]["actions"]
        assert created["digitalSourceType"].endswith("trainedAlgorithmicMedia")
        assert said["org.segue.provenance"] == json.loads(record.read_text())


def test_a_changed_byte_of_the_sound_is_found(record, identity, tmp_path):
    assert sign(record, identity, tmp_path / "signed").returncode == 0
    for path in (tmp_path / "signed").iterdir():
        sound = bytearray(path.read_bytes())
        sound[-5_000] ^= 1
        path.write_bytes(sound)

        wrong, _ = failures(path)

        assert "assertion.dataHash.mismatch" in wrong, path


def test_a_file_that_was_changed_before_is_not_signed(record, identity, tmp_path):
    flac = next(record.parent.glob("*.flac"))
    flac.write_bytes(flac.read_bytes() + b"more")

    done = sign(record, identity, tmp_path / "signed")

    assert done.returncode == 1
    assert done.stderr.strip().endswith("is not the file that the record names: it was changed")


def test_a_key_that_is_none_is_one_clear_line(record, identity, tmp_path):
    (tmp_path / "key.pem").write_text("no key")
    words = ["--certificate", identity / "chain.pem", "--key", tmp_path / "key.pem", "--out", tmp_path / "signed"]

    done = subprocess.run([sys.executable, SIGNER, record, *words], capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith("sign_c2pa.py: nothing was signed: ") and done.stderr.count("\n") == 1


@pytest.fixture
def signer(tmp_path):
    """The signer, run by the Python that has its library."""
    script = tmp_path / "signer"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SIGNER}" "$@"\n')
    script.chmod(0o755)
    return script


def c2pa_flags(signer, identity):
    return ["--audio.c2pa-signer", signer, "--audio.c2pa-certificate", identity / "chain.pem",
            "--audio.c2pa-key", identity / "key.pem"]  # fmt: skip


def test_a_generator_has_its_pieces_signed(pipeline, signer, identity):
    generators = Generators(pipeline)
    generators.start(*map(str, c2pa_flags(signer, identity)))
    job = a_job(seconds=6)
    generators.ask(job)

    end = generators.end_of(job)

    assert end["stage"] == "ready", end
    heard = generators.file_of(end["track"])
    signed = [path for path in (*generators.files("flac"), *generators.files("mp3")) if is_signed(path)]
    assert heard in signed and sorted(path.suffix for path in signed) == [".flac", ".mp3"]
    assert all(failures(path)[0] == [] for path in signed)
    said = generators.check(heard).stdout
    assert "all of it is unchanged, and a tag that is not Segue's stands before it" in said


def test_a_signer_that_fails_fails_the_job_alone(pipeline, tmp_path, identity):
    broken = tmp_path / "signer"
    broken.write_text("#!/bin/sh\necho no card >&2\nexit 3\n")
    broken.chmod(0o755)
    generators = Generators(pipeline)
    program = generators.start(*map(str, c2pa_flags(broken, identity)))
    first, second = a_job(seconds=5), a_job(seconds=5, job_id="e" * 32)
    generators.ask(first, second)

    for job in (first, second):
        end = generators.end_of(job)
        assert (end["stage"], end["reason"]["code"]) == ("failed", "label")
    assert program.running
    assert "the C2PA signer ended with 3: no card" in program.log.read_text()
    assert generators.entries() == {} and generators.files("*") == set()


def test_half_of_a_signers_settings_is_one_clear_line(binaries, signer):
    done = subprocess.run(
        [binaries / "segue-compose", "--genre", "jazz", "--seconds", "5", "--audio.c2pa-signer", signer],
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert "audio.c2pa_certificate is empty" in done.stderr and done.stderr.count("\n") == 1


__all__ = ["binaries", "kafka", "pipeline", "redis_server"]
