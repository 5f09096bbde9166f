"""`segue-admin doctor` and `lag`, as installed: on servers as they should be, bent, and away."""

import collections
import datetime
import json
import os
import re
import socket
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import HOST, Redis, free_port, initialise, wait_until


PASSWORD = "71c0a9e64d8f2b35"  # for these tests alone
CHECKPOINT = "sg:{segue.generation-jobs.v1/2}:ckpt"


def admin(installed, *words, password=""):
    argv = [installed / "bin/segue-admin", *map(str, words)]
    env = os.environ | ({"SEGUE_REDIS_PASSWORD": password} if password else {})
    return subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=120, env=env)


def give(redis, user, *rules):
    """A user with PASSWORD and these rights."""
    ask = ["redis-cli", "-p", str(redis.port), "ACL", "SETUSER", user, "on", f">{PASSWORD}", *rules]
    subprocess.run(ask, check=True, capture_output=True)


def findings(said):
    return {line["check"]: line for line in map(json.loads, said.stdout.splitlines())}


@pytest.fixture(scope="module")
def prepared(binaries, kafka, redis_server, tmp_path_factory):
    initialise(binaries, kafka.address, redis_server.address, tmp_path_factory.mktemp("init"))
    return ["--kafka.brokers", kafka.address, "--redis.address", redis_server.address]


def test_doctor_finds_nothing_wrong_with_prepared_servers(installed, prepared):
    said = admin(installed, "doctor", "--json", *prepared)

    assert said.returncode == 0, said.stdout + said.stderr
    found = findings(said)
    assert {name for name, line in found.items() if line["state"] == "failed"} == set()
    for check in ("kafka", "topics", "topic settings", "redis", "redis memory", "clock", "functions", "state"):
        assert found[check]["state"] == "ok", found[check]
    for program in ("segue-recommender", "segue-trainer", "segue-generator"):
        assert found[f"group {program}"]["remedy"] == f"Start {program}."


def test_doctor_names_the_remedy_for_what_is_wrong(installed, kafka, tmp_path):
    with Redis(tmp_path) as redis:
        with_policy = ["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]
        subprocess.run(
            ["redis-cli", "-p", str(redis.port), *with_policy], check=True, capture_output=True
        )
        flags = ["--kafka.brokers", kafka.address, "--redis.address", redis.address]
        said = admin(installed, "doctor", "--json", *flags)

    found = findings(said)
    assert said.returncode == 1
    assert found["redis memory"]["state"] == "failed"
    assert "noeviction" in found["redis memory"]["remedy"]
    assert found["state"]["remedy"] == "Run segue-admin init."


def test_doctor_misses_functions_that_redis_lost(installed, binaries, kafka, tmp_path):
    with Redis(tmp_path) as redis:
        initialise(binaries, kafka.address, redis.address, tmp_path)
        subprocess.run(["redis-cli", "-p", str(redis.port), "FUNCTION", "FLUSH"], check=True, capture_output=True)
        flags = ["--kafka.brokers", kafka.address, "--redis.address", redis.address]
        said = admin(installed, "doctor", "--json", *flags)

    found = findings(said)
    assert said.returncode == 1
    assert (found["functions"]["state"], found["functions"]["says"]) == ("failed", "They are not loaded.")
    assert "segue-admin init" in found["functions"]["remedy"]
    assert found["state"]["state"] == "ok"


def test_doctor_counts_the_slots_of_a_cluster(installed, kafka, tmp_path):
    with Redis(tmp_path, flags=["--cluster-enabled", "yes"]) as redis:
        flags = ["--kafka.brokers", kafka.address, "--redis.address", redis.address]
        bare = findings(admin(installed, "doctor", "--json", *flags))
        ask = ["redis-cli", "-p", str(redis.port), "CLUSTER", "ADDSLOTSRANGE", "0", "16383"]
        subprocess.run(ask, check=True, capture_output=True)
        wait_until(lambda: "cluster_state:ok" in cluster_info(redis), 30, "the cluster is whole")
        whole = findings(admin(installed, "doctor", "--json", *flags))

    assert bare["redis cluster"]["state"] == "failed"
    assert bare["redis cluster"]["says"].startswith("0 of 16384 slots have a node")
    assert whole["redis cluster"]["state"] == "ok"


def test_doctor_says_that_it_may_not_ask_the_cluster(installed, kafka, tmp_path):
    with Redis(tmp_path, flags=["--cluster-enabled", "yes"]) as redis:
        give(redis, "half", "~*", "+@all", "-cluster|info")
        flags = ["--kafka.brokers", kafka.address, "--redis.address", redis.address, "--redis.user", "half"]
        found = findings(admin(installed, "doctor", "--json", *flags, password=PASSWORD))

    assert found["redis cluster"]["state"] == "warning"
    assert "cluster|info" in found["redis cluster"]["says"]
    assert "deploy/SECURITY.md" in found["redis cluster"]["remedy"]


def cluster_info(redis):
    ask = ["redis-cli", "-p", str(redis.port), "CLUSTER", "INFO"]
    return subprocess.run(ask, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("days, state", [(400, "ok"), (3, "warning"), (-1, "failed")])
def test_doctor_says_when_a_certificate_ends(installed, prepared, tmp_path, days, state):
    made = certificate(tmp_path / "gateway.pem", days)
    settings = tmp_path / "segue.toml"
    settings.write_text(f'[gateway]\ntls_certificate = "{made}"\n')

    said = admin(installed, "doctor", "--json", "--config", settings, *prepared)

    found = findings(said)[f"certificate {made}"]
    assert found["state"] == state
    assert ("remedy" in found) == (state != "ok")


def test_doctor_names_the_setting_of_what_is_no_certificate(installed, prepared, tmp_path):
    settings = tmp_path / "segue.toml"
    settings.write_text(f'[gateway]\ntls_certificate = "{settings}"\n')

    said = admin(installed, "doctor", "--json", "--config", settings, *prepared)

    assert said.returncode == 1
    assert findings(said)[f"certificate {settings}"]["remedy"] == "Correct gateway.tls_certificate."


def certificate(path, days):
    """Signed by itself; it ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(ends - datetime.timedelta(days=500)).not_valid_after(ends)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_doctor_says_each_server_that_is_away_in_one_line(installed):
    closed_port = f"{HOST}:{free_port()}"
    said = admin(installed, "doctor", "--kafka.brokers", closed_port, "--redis.address", closed_port)

    assert said.returncode == 1
    failed = [line for line in said.stdout.splitlines() if line.startswith("failed")]
    assert len(failed) == len(said.stdout.splitlines()) == 2
    assert all(closed_port in line and "Remedy:" in line for line in failed)


def test_lag_says_what_waits_in_each_partition(installed, prepared):
    said = admin(installed, "lag", "--json", *prepared)

    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    waiting = [row for row in rows if "waiting" in row]
    counted = collections.Counter(row["topic"] for row in waiting)
    assert counted == {"segue.events.v1": 16, "segue.item-signals.v1": 8, "segue.generation-jobs.v1": 4}
    assert all(row["waiting"] <= row["end"] for row in waiting)


def test_lag_counts_what_is_kept_without_a_checkpoint(installed, prepared, kafka):
    def kept():
        said = admin(installed, "lag", "--json", *prepared)
        rows = [json.loads(line) for line in said.stdout.splitlines()]
        return {row["topic"]: row["kept"] for row in rows if "kept" in row}

    before = kept()
    produce(kafka, "segue.dlq.v1")

    assert set(before) == {"segue.generation-results.v1", "segue.generation-decisions.v1", "segue.dlq.v1"}
    assert kept()["segue.dlq.v1"] == before["segue.dlq.v1"] + 1


def test_a_job_that_stands_can_be_skipped(installed, prepared, kafka, redis_server):
    """A job on a partition that a generator has taken up to the record before."""
    end = produce(kafka, "segue.generation-jobs.v1", partition=2) + 1
    redis = ["redis-cli", "-p", str(redis_server.port)]
    ask = [*redis, "HGET", "sg:meta", "schema"]
    schema = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    stands = {"next": end - 1, "batch": 1, "attempts": 0, "stepping": -1, "marks": 0, "schema": schema}
    words = [str(word) for field in stands.items() for word in field]
    subprocess.run([*redis, "HSET", CHECKPOINT, *words], check=True, capture_output=True)
    flags = ["--from-topic", "segue.generation-jobs.v1", "--partition", "2", "--to", str(end), *prepared]

    asked = admin(installed, "skip", *flags)
    assert "the tracks that these ask for are not composed" in asked.stdout
    done = admin(installed, "skip", "--yes", *flags)

    assert done.returncode == 0, done.stderr
    assert "1 dead letters (reason skipped)" in done.stdout


def produce(kafka, topic, partition=0):
    """The offset of the record."""
    from confluent_kafka import Producer

    offsets = []
    producer = Producer({"bootstrap.servers": kafka.address})
    take = lambda wrong, record: offsets.append(record.offset())  # noqa: E731
    producer.produce(topic, value=b"{}", key=b"anybody", partition=partition, on_delivery=take)
    assert producer.flush(60) == 0
    return offsets[0]


def test_lag_of_what_was_never_applied_is_its_age(installed, prepared, kafka):
    produce(kafka, "segue.events.v1", partition=3)

    said = admin(installed, "lag", *prepared)

    line = next(line for line in said.stdout.splitlines() if "segue.events.v1/3:" in line)
    assert re.search(r"no checkpoint, \d+ waiting, the oldest for \d+ s$", line), line


def test_lag_with_servers_away_ends_with_one_line(installed):
    closed_port = f"{HOST}:{free_port()}"
    said = admin(installed, "lag", "--kafka.brokers", closed_port, "--redis.address", closed_port)

    assert said.returncode == 1
    assert said.stdout == "" and said.stderr.count("\nsegue-admin:") <= 1
    assert "does not answer" in said.stderr or "no answer" in said.stderr


def keys_of(redis):
    ask = ["redis-cli", "-p", str(redis.port), "--scan"]
    return set(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split())


def copy(installed, redis, file):
    argv = [installed / "bin/segue-admin", "backup", "--redis.address", redis.address]
    with file.open("wb") as out:
        return subprocess.run(argv, cwd="/", stdout=out, stderr=subprocess.PIPE, text=True, timeout=120)


def put_back(installed, redis, file, *flags):
    argv = [installed / "bin/segue-admin", "restore", "--redis.address", redis.address, *flags]
    with file.open("rb") as given:
        return subprocess.run(argv, cwd="/", stdin=given, capture_output=True, text=True, timeout=120)


def test_a_copy_puts_back_keys_and_functions(installed, binaries, kafka, tmp_path):
    """On a Redis that keeps running; its own log then has the copy, too."""
    saved = tmp_path / "segue.rdb"
    with Redis(tmp_path / "one") as redis:
        initialise(binaries, kafka.address, redis.address, tmp_path)
        write = ["redis-cli", "-p", str(redis.port), "SET"]
        subprocess.run([*write, "u:ada", "before"], check=True, capture_output=True)
        assert copy(installed, redis, saved).returncode == 0
    with Redis(tmp_path / "two") as redis:
        write = ["redis-cli", "-p", str(redis.port), "SET"]
        subprocess.run([*write, "u:other", "x"], check=True, capture_output=True)

        asked = put_back(installed, redis, saved)
        assert asked.returncode == 1 and "in place of the 1 keys" in asked.stdout
        assert keys_of(redis) == {"u:other"}
        done = put_back(installed, redis, saved, "--yes")
        assert done.returncode == 0, done.stderr
        redis.kill()
        redis.start()

        assert keys_of(redis) == {"u:ada", "sg:meta"}
        flags = ["--kafka.brokers", kafka.address, "--redis.address", redis.address]
        found = findings(admin(installed, "doctor", "--json", *flags))
        assert found["functions"]["state"] == found["state"]["state"] == "ok"


def test_half_a_copy_changes_nothing(installed, tmp_path):
    saved = tmp_path / "segue.rdb"
    with Redis(tmp_path) as redis:
        write = ["redis-cli", "-p", str(redis.port), "SET", "u:ada", "x"]
        subprocess.run(write, check=True, capture_output=True)
        assert copy(installed, redis, saved).returncode == 0
        saved.write_bytes(saved.read_bytes()[:-20])

        said = put_back(installed, redis, saved, "--yes")

        assert said.returncode == 1
        assert said.stderr.strip() == "segue-admin: Standard input is no copy of Redis, or not the whole of one."
        assert keys_of(redis) == {"u:ada"}


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_copy_of_a_redis_that_is_away_is_one_line(installed, tmp_path, command):
    saved = tmp_path / "segue.rdb"
    saved.write_bytes(b"REDIS0011" + b"\xff" + bytes(8))
    closed_port = Redis(tmp_path)
    closed_port.port = free_port()
    file = tmp_path / "new.rdb" if command == "backup" else saved
    said = {"backup": copy, "restore": put_back}[command](installed, closed_port, file)

    assert said.returncode == 1
    last = said.stderr.strip().splitlines()[-1]
    assert "no answer (" in last and "start Redis, or set redis.address" in last


MANY = {
    "redis.tls": ["--redis.tls"],
    "redis.cluster": ["--redis.cluster"],
    "redis.sentinel_master": ["--redis.sentinel_master", "segue"],
}


@pytest.mark.parametrize("setting", MANY)
@pytest.mark.parametrize("command, remedy", [("backup", "redis-cli --rdb FILE"), ("restore", "redis-backup.md")])
def test_a_copy_in_clear_or_of_one_of_many_is_refused(installed, command, remedy, setting):
    with socket.create_server((HOST, 0)) as listener:
        flags = ["--redis.address", f"{HOST}:{listener.getsockname()[1]}", *MANY[setting]]
        said = admin(installed, command, *flags, password=PASSWORD)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):  # no connection came
            listener.accept()

    assert said.returncode == 1 and said.stdout == ""
    assert said.stderr.startswith(f"segue-admin: {setting} is set") and said.stderr.count("\n") == 1
    assert remedy in said.stderr and PASSWORD not in said.stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_copy_with_a_wrong_password_names_it(installed, tmp_path, command):
    saved = tmp_path / "segue.rdb"
    saved.write_bytes(b"REDIS0011" + b"\xff" + bytes(8))
    with Redis(tmp_path) as redis:
        give(redis, "half", "+@all")
        flags = ["--redis.address", redis.address, "--redis.user", "half"]
        argv = [installed / "bin/segue-admin", command, *flags]
        env = os.environ | {"SEGUE_REDIS_PASSWORD": "another"}
        with saved.open("rb") as given:
            said = subprocess.run(argv, stdin=given, capture_output=True, text=True, timeout=120, env=env)

    assert said.returncode == 1
    last = said.stderr.strip().splitlines()[-1]
    assert "Check redis.user and SEGUE_REDIS_PASSWORD." in last and "start Redis" not in last


def test_a_copy_that_redis_cannot_read_ends_in_one_line(installed, tmp_path):
    """The copy has a version of the format that this Redis does not know."""
    saved = tmp_path / "segue.rdb"
    saved.write_bytes(b"REDIS9999" + b"\xff" + bytes(8))
    with Redis(tmp_path) as redis:
        said = put_back(installed, redis, saved, "--yes")
        ask = ["redis-cli", "-p", str(redis.port), "INFO", "replication"]
        after = subprocess.run(ask, check=True, capture_output=True, text=True).stdout

    assert said.returncode == 1
    assert "Redis gave the copy up" in said.stderr.strip().splitlines()[-1]
    assert "role:master" in after


def test_a_copy_of_a_clusters_node_says_that_it_is_one(installed, tmp_path):
    with Redis(tmp_path, flags=["--cluster-enabled", "yes"]) as redis:
        said = copy(installed, redis, tmp_path / "segue.rdb")

    assert said.returncode == 0
    assert "one node of a cluster: copy each master" in said.stderr
