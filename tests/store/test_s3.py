"""Composed files in a bucket of S3: on a real server, and where it is away or refuses."""

import hashlib
import json
import os
import subprocess
import threading
import uuid

import environment
import pytest
import s3
from composed import a_job
from fixtures import BIN
from jobs import SOON, Generators
from players import Gateway, Player, secret_of, tell_catalogue
from servers import HOST, free_port, wait_until

ROOM_BYTES = 100_000_000  # the least
AUDIO_KEY = secret_of("91e6d3b05a7c48f2ae0d6c1b93f7285470ce9ab1d3f4065872ceb19d40a6f35c")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    environment.prepare()
    with s3.S3(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("SEGUE_STORE_S3_SECRET_KEY", s3.SECRET)


class InBucket(Generators):
    """Generators that share a bucket, below a prefix of this test's."""

    def __init__(self, pipeline, server: s3.S3) -> None:
        super().__init__(pipeline)
        self.server = server
        self.endpoint = server.endpoint
        self.prefix = f"test-{uuid.uuid4().hex}/"

    @property
    def store_flags(self) -> list[str]:
        return ["--store.s3-endpoint", self.endpoint, "--store.s3-bucket", s3.BUCKET,
                "--store.s3-prefix", self.prefix, "--store.s3-access-key", s3.KEY]  # fmt: skip

    @property
    def flags(self) -> list[str]:
        return [*self.store_flags, "--audio.signing-key", str(self.key)]

    def objects(self, ending: str = "") -> list[str]:
        names = self.server.names(f"{self.prefix}files/")
        return [name for name in names if name.endswith(ending)]

    def object_of(self, entry: dict) -> str:
        return s3.file_name(self.prefix, entry)

    def gateway(self, *flags: str) -> Gateway:
        tell_catalogue(self.pipeline, *[f"t-{n}" for n in range(8)])
        self.pipeline.worker("segue-trainer")
        self.pipeline.worker("segue-recommender")
        return Gateway(self.pipeline, *self.store_flags, *flags, audio_key=AUDIO_KEY).start()


@pytest.fixture
def generators(pipeline, server, secret):
    return InBucket(pipeline, server)


@pytest.fixture
def proxy(server, generators):
    between = s3.Proxy(server.port)
    generators.endpoint = between.endpoint
    yield between
    between.stop()


def cases() -> list[str]:
    listed = subprocess.run([BIN / "segue-s3-store", "--gtest_list_tests"], capture_output=True, text=True, check=True)
    return [line.strip() for line in listed.stdout.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize("case", cases())
def test_the_store(server, case):
    given = {"SEGUE_TEST_S3": server.endpoint, "SEGUE_TEST_S3_BUCKET": s3.BUCKET,
             "SEGUE_TEST_S3_KEY": s3.KEY, "SEGUE_TEST_S3_SECRET": s3.SECRET}  # fmt: skip
    argv = [BIN / "segue-s3-store", f"--gtest_filter=S3StoreTest.{case}"]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=180, env=os.environ | given)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ] 1 test" in done.stdout, done.stdout


def test_a_job_becomes_a_track_that_a_gateway_plays(generators, server):
    generators.start()
    gateway = generators.gateway()
    job = a_job()
    generators.ask(job)
    entry = generators.end_of(job)["track"]
    whole = server.read(generators.object_of(entry))
    address = signed(gateway, entry)

    answer = gateway.ask("GET", address)
    part = gateway.ask("GET", address, Range="bytes=100000-100099")
    head = gateway.ask("HEAD", address)

    assert hashlib.sha256(whole).hexdigest() in entry["audio_url"]
    assert (answer.status, answer.body) == (200, whole)
    assert (part.status, part.body) == (206, whole[100_000:100_100])
    assert part.headers["content-range"] == f"bytes 100000-100099/{len(whole)}"
    assert head.headers["content-length"] == str(len(whole))
    assert head.headers["etag"] == f'"{entry["audio_url"].rpartition("/")[2]}"'
    assert gateway.ask("GET", address, If_None_Match=head.headers["etag"]).status == 304
    played = f"{generators.prefix}played/"
    wait_until(lambda: len(server.names(played)) == 1, 10, "it counts as played")
    assert {name.rpartition(".")[2] for name in generators.objects()} == {"flac", "mp3", "mid", "json"}


def signed(gateway, entry: dict) -> str:
    """The address that a listener of a track with this sound is given."""
    tell_catalogue(gateway.pipeline, "t-90", audio_url=entry["audio_url"])
    ada = Player(gateway)

    def address():
        ada.post(ada.heard("t-90"))
        items = {item["track_id"]: item for item in ada.list()["items"]}
        return items.get("t-90", {}).get("audio_url")

    return wait_until(address, 30, "the track is listed with its sound")


def test_a_player_hears_that_the_store_is_away_and_back(generators, proxy, server):
    generators.start()
    gateway = generators.gateway()
    job = a_job()
    generators.ask(job)
    entry = generators.end_of(job)["track"]
    address = signed(gateway, entry)
    proxy.away = True

    away = gateway.ask("GET", address)
    counted = gateway.program.metric("segue_store_requests_total", request="look", outcome="away")
    alive = gateway.ask("GET", "/v1/kinds")
    proxy.away = False
    back = gateway.ask("GET", address)

    assert (away.status, away.json["code"]) == (503, "audio_away")
    assert counted == 1
    assert away.headers["retry-after"] == "1" and alive.status != 503
    assert back.body == server.read(generators.object_of(entry))
    log = gateway.program.log.read_text()
    assert "Composed music cannot be read" in log and s3.SECRET not in log


def test_a_store_that_is_away_fails_jobs_and_not_the_worker(generators, proxy):
    program = generators.start()
    first, second = a_job(), a_job()
    proxy.away = True
    generators.ask(first)
    failed = generators.end_of(first)
    proxy.away = False
    generators.ask(second)

    assert failed["reason"]["code"] == "store" and "track" not in failed
    assert generators.end_of(second)["stage"] == "ready"
    assert list(generators.entries()) == [f"segue-composed-{second['job_id']}"]
    log = program.log.read_text()
    assert "is away" in log and s3.SECRET not in log
    assert program.metric("segue_store_requests_total", outcome="away") == 1
    assert program.metric("segue_store_files") == len(generators.objects())


def test_a_store_that_is_away_for_a_moment_costs_no_job(generators, proxy):
    failures = iter([True, True])
    generators.start()
    job = a_job()

    def fail_twice(method: str, path: str) -> None:
        if method == "PUT" and next(failures, False):
            raise ConnectionResetError

    proxy.on_request = fail_twice
    generators.ask(job)

    assert generators.end_of(job)["stage"] == "ready"
    assert not next(failures, False), "it failed twice"


def test_a_generator_that_is_stopped_ends_its_upload(generators, proxy):
    """The server says nothing more; without a look at the wish to stop it is asked again and again."""
    program = generators.start(*SOON)
    job = a_job()
    asked: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def hold(method: str, path: str) -> None:
        if method == "PUT" and "/files/" in path and not go_on.is_set():
            asked.append(path)
            begun.set()
            go_on.wait()
            raise ConnectionResetError

    proxy.on_request = hold
    generators.ask(job)
    wait_until(begun.is_set, 60, "the upload begins")
    program.ask_to_stop()

    assert program.wait(30) == 0
    assert len(asked) == 1 and generators.objects() == [] and generators.entries() == {}
    assert "cannot be kept" not in program.log.read_text(), "that would be the job's end"
    go_on.set()
    program.spawn()
    assert generators.end_of(job)["stage"] == "ready"


@pytest.mark.parametrize("moment", ["before the first file", "between the files", "after the last"])
def test_a_kill_before_the_entry_loses_nothing(generators, proxy, moment):
    """Between a file's being put and its entry's being published: made again, it is the same file."""
    program = generators.start(*SOON)
    job = a_job()
    killed = threading.Event()

    def is_it(method: str, path: str) -> bool:
        if method != "PUT" or moment == "after the last":
            return method == "PUT" and path.endswith(".json") and "/with/" in path
        return "/with/" in path if moment == "between the files" else "/files/" in path

    def kill(method: str, path: str) -> None:
        if not killed.is_set() and is_it(method, path):
            killed.set()
            program.kill()
            if moment == "before the first file":
                raise ConnectionResetError

    proxy.on_request = kill
    generators.ask(job)
    wait_until(killed.is_set, 60, "it is killed")
    assert generators.entries() == {}
    program.spawn()

    end = generators.end_of(job)
    assert end["stage"] == "ready"
    (entry,) = generators.entries().values()
    assert generators.objects("flac") == [generators.object_of(entry)]
    content = generators.server.read(generators.object_of(entry))
    assert hashlib.sha256(content).hexdigest() in entry["audio_url"]


def test_a_track_whose_file_has_to_go_leaves_the_catalogue(generators, server):
    program = generators.start("--store.bytes-max", str(ROOM_BYTES))
    old, new = a_job(), a_job()
    generators.ask(old)
    old_entry = generators.end_of(old)["track"]
    of_a_track = sum(len(server.read(name)) for name in generators.objects())
    left_free = of_a_track // 2  # no room for another
    parts = [os.urandom(1 << 20) * 9 for _ in range(10)]
    parts.append(os.urandom(ROOM_BYTES - of_a_track - sum(map(len, parts)) - left_free))
    fillers = [f"{generators.prefix}files/{hashlib.sha256(part).hexdigest()}.flac" for part in parts]
    for name, part in zip(fillers, parts, strict=True):
        assert server.ask("PUT", name, part) == 200
    program.kill()  # what it takes to be there is of its last listing
    program.spawn()
    program.wait_ready()

    generators.ask(new)

    assert generators.end_of(new)["stage"] == "ready"
    assert list(generators.entries()) == [f"segue-composed-{new['job_id']}"]
    left = generators.objects()
    assert generators.object_of(old_entry) not in left
    # A hundredth of the room goes besides, so that the next piece finds some.
    assert sum(name in left for name in fillers) >= len(fillers) - 1


def refusal(binaries, tmp_path, *flags: str, **env: str) -> str:
    """The one line of a generator that cannot start with these settings."""
    argv = [binaries / "segue-generator", "--store.s3-bucket", s3.BUCKET, "--store.s3-access-key", s3.KEY, *flags]
    argv += ["--kafka.brokers", f"{HOST}:{free_port()}", "--audio.signing-key", str(tmp_path / "key.pem")]
    given = {"SEGUE_STORE_S3_SECRET_KEY": s3.SECRET} | env
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=os.environ | given)
    assert done.returncode in (1, 2), done.stderr
    assert s3.SECRET not in done.stderr
    (error,) = [one["error"] for one in map(json.loads, done.stderr.splitlines()) if one["level"] == "error"]
    return error


@pytest.mark.parametrize(("flags", "env", "words"), [
    ([], {"SEGUE_STORE_S3_SECRET_KEY": "wrong"}, ["store.s3_secret_key is not the secret"]),
    (["--store.s3-access-key", "AKIAOTHER"], {}, ["does not know the key", "store.s3_access_key"]),
    (["--store.s3-bucket", "nowhere"], {}, ["does not exist", "create it"]),
])  # fmt: skip
def test_what_the_server_refuses_is_said_with_its_remedy(binaries, tmp_path, server, flags, env, words):
    said = refusal(binaries, tmp_path, "--store.s3-endpoint", server.endpoint, *flags, **env)

    assert all(word in said for word in words), said


@pytest.mark.parametrize(("status", "text", "words"), [
    (403, s3.problem("RequestTimeTooSkewed"), ["set its clock"]),
    (403, s3.problem("AccessDenied"), ["allow it s3:ListBucket"]),
    (400, s3.problem("AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"), ['store.s3_region = "eu-north-1"']),
    (301, s3.problem("PermanentRedirect"), ['store.s3_region = "us-west-2"']),
    (200, "<html>Welcome</html>", ["is store.s3_endpoint a server of S3?"]),
    (200, "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>", ["is store.s3_endpoint a server of S3?"]),
    (200, "<a>" * 100_000, ["is store.s3_endpoint a server of S3?"]),
    (200, "x" * 5_000_000, ["answers with more than 4000000 bytes"]),
    (501, "no", ["refuses GET: 501"]),
])  # fmt: skip
def test_what_other_servers_refuse_is_said_too(binaries, tmp_path, status, text, words):
    server = s3.Scripted(status, text, x_amz_bucket_region="us-west-2")

    said = refusal(binaries, tmp_path, "--store.s3-endpoint", server.endpoint)
    server.stop()

    assert all(word in said for word in words), said
    assert server.asked == 1, "what will not change is not asked again"


@pytest.mark.parametrize(("flags", "words"), [
    (["--store.folder", "music"], ["store.folder and store.s3_bucket"]),
    (["--store.s3-bucket", "A"], ["store.s3_bucket must be"]),
    (["--store.s3-endpoint", "ftp://x"], ["is not like https://"]),
    (["--store.s3-endpoint", "https://x/path"], ["is not like https://"]),
    (["--store.s3-prefix", "../x/"], ["store.s3_prefix must be"]),
    (["--store.s3-prefix", "x"], ["store.s3_prefix must be"]),
    (["--store.s3-region", "EU 1"], ["store.s3_region must be"]),
    (["--store.s3-access-key", ""], ["wants store.s3_access_key"]),
    (["--store.s3-ca", "/nowhere.pem"], ["/nowhere.pem", "cannot be read"]),
])  # fmt: skip
def test_settings_that_cannot_be_are_refused(binaries, tmp_path, flags, words):
    said = refusal(binaries, tmp_path, *flags)

    assert all(word in said for word in words), said


def test_a_server_that_is_at_fault_is_asked_again(binaries, tmp_path, generators):
    server = s3.Scripted(503, s3.problem("SlowDown"))
    generators.endpoint = server.endpoint

    program = generators.start()
    server.stop()

    assert server.asked == 3
    (said,) = [json.loads(line) for line in program.log.read_text().splitlines() if "kept or read yet" in line]
    assert "503 SlowDown" in said["error"]


def test_a_certificate_is_trusted_by_its_own_authority_alone(binaries, tmp_path, server):
    """Behind TLS as a proxy ends it; the authority is made for this test."""
    key, certificate = tmp_path / "s3.key", tmp_path / "s3.crt"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-keyout", key]
    make += ["-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(make, check=True, capture_output=True)
    secured = s3.Scripted(403, s3.problem("AccessDenied"), tls=(certificate, key))
    endpoint = ["--store.s3-endpoint", secured.endpoint.replace("http://127.0.0.1", "https://localhost")]

    strange = refusal(binaries, tmp_path, *endpoint)
    trusted = refusal(binaries, tmp_path, *endpoint, "--store.s3-ca", str(certificate))
    secured.stop()

    assert "is not trusted" in strange and "set store.s3_ca" in strange
    assert "allow it s3:ListBucket" in trusted


def test_a_secret_in_a_flag_is_refused(binaries):
    done = subprocess.run([binaries / "segue-generator", "--store.s3-secret-key", s3.SECRET],
                          capture_output=True, text=True, timeout=60)  # fmt: skip

    assert done.returncode == 2 and s3.SECRET not in done.stderr
    assert "store.s3_secret_key" in done.stderr and "environment" in done.stderr
