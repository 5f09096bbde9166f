"""`segue-admin doctor` and `lag`, as installed: on servers as they should be, bent, and away."""

import json
import re
import subprocess

import pytest
from servers import HOST, Redis, free_port, initialise


def admin(installed, *words):
    argv = [installed / "bin/segue-admin", *map(str, words)]
    return subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=120)


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
    for check in ("kafka", "topics", "topic settings", "redis", "redis memory", "clock", "state"):
        assert found[check]["state"] == "ok", found[check]


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


def test_doctor_says_each_server_that_is_away_in_one_line(installed):
    nobody = f"{HOST}:{free_port()}"
    said = admin(installed, "doctor", "--kafka.brokers", nobody, "--redis.address", nobody)

    assert said.returncode == 1
    failed = [line for line in said.stdout.splitlines() if line.startswith("failed")]
    assert len(failed) == len(said.stdout.splitlines()) == 2
    assert all(nobody in line and "Remedy:" in line for line in failed)


def test_lag_says_what_waits_in_each_partition(installed, prepared):
    said = admin(installed, "lag", "--json", *prepared)

    assert said.returncode == 0, said.stderr
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert len([row for row in rows if row["topic"] == "segue.events.v1"]) == 16
    assert len([row for row in rows if row["topic"] == "segue.item-signals.v1"]) == 8
    assert all(row["waiting"] <= row["end"] for row in rows)


def test_lag_of_what_nobody_applied_is_its_age(installed, prepared, kafka):
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": kafka.address})
    producer.produce("segue.events.v1", value=b"{}", key=b"anybody", partition=3)
    assert producer.flush(60) == 0

    said = admin(installed, "lag", *prepared)

    line = next(line for line in said.stdout.splitlines() if "segue.events.v1/3:" in line)
    assert re.search(r"no checkpoint, \d+ waiting, the oldest for \d+ s$", line), line


def test_lag_with_servers_away_ends_with_one_line(installed):
    nobody = f"{HOST}:{free_port()}"
    said = admin(installed, "lag", "--kafka.brokers", nobody, "--redis.address", nobody)

    assert said.returncode == 1
    assert said.stdout == "" and said.stderr.count("\nsegue-admin:") <= 1
    assert "does not answer" in said.stderr or "no answer" in said.stderr
