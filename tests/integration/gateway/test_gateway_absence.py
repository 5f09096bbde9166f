"""A gateway's answers, and its restraint, while Redis or Kafka is stopped, frozen or back again."""

import json
import os
import signal

import pytest
from pipeline import Pipeline
from players import Gateway, Player, tell_catalogue
from servers import Kafka, Redis, wait_until

SOON_S = 30
CODES = {"redis": "no_store", "kafka": "no_log"}


@pytest.fixture
def own(binaries, tmp_path):
    """Servers that a test may stop."""
    with Kafka(tmp_path / "servers") as kafka, Redis(tmp_path / "servers") as redis:
        made = Pipeline(binaries, tmp_path, kafka, redis)
        try:
            yield made.prepare()
        finally:
            for server in (kafka, redis):
                if server.running:
                    os.killpg(server.pid, signal.SIGCONT)
            made.stop()


@pytest.fixture
def with_lists(own):
    """A gateway whose listeners get lists."""
    tell_catalogue(own, *[f"t-{n}" for n in range(8)])
    own.worker("segue-trainer")
    own.worker("segue-recommender")
    gateway = Gateway(own).start()
    wait_until(lambda: Player(gateway).ask("GET", "/v1/recommendations").status == 200, SOON_S, "lists")
    return gateway


def server_of(own, name):
    return {"redis": own.redis, "kafka": own.kafka}[name]


def why_not_ready(program):
    """The answer of /readyz; empty where the program is ready."""
    said = program.get("/readyz", any_status=True) or ""
    return "" if said == "ready\n" else said


def said(program, words):
    lines = [json.loads(line) for line in program.log.read_text().splitlines()]
    return [line for line in lines if words in line["msg"]]


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_a_gateway_without_redis_is_not_ready_and_says_so(with_lists, own, how):
    program = with_lists.program
    if how == "stopped":
        own.redis.stop()
    else:
        os.killpg(own.redis.pid, signal.SIGSTOP)

    wait_until(lambda: why_not_ready(program) == "not ready: no_store\n", SOON_S, "it says why")
    assert "wait redis no_store" in program.get("/readyz?verbose", any_status=True)
    assert program.metric("segue_dependency_up", dependency="redis") == 0
    assert program.metric("segue_dependency_up", dependency="kafka") == 1
    answer = Player(with_lists).ask("GET", "/v1/recommendations")
    assert (answer.status, answer.json["code"]) == (503, "no_store")
    assert program.get("/livez") is not None

    if how == "stopped":
        own.redis.start()
    else:
        os.killpg(own.redis.pid, signal.SIGCONT)

    wait_until(lambda: not why_not_ready(program), SOON_S, "it is ready again")
    assert program.metric("segue_dependency_up", dependency="redis") == 1
    [away] = said(program, "A server is away")
    [back] = said(program, "A server is back")
    assert (away["server"], away["code"]) == ("redis", "no_store")
    assert back["server"] == "redis" and 0 < back["away_s"] < 3 * SOON_S


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_a_gateway_without_kafka_is_not_ready_and_says_so(own, how):
    program = Gateway(own).start().program
    if how == "stopped":
        own.kafka.stop()
    else:
        os.killpg(own.kafka.pid, signal.SIGSTOP)

    wait_until(lambda: why_not_ready(program) == "not ready: no_log\n", SOON_S, "it says why")
    assert program.metric("segue_dependency_up", dependency="kafka") == 0
    assert program.metric("segue_dependency_up", dependency="redis") == 1

    if how == "stopped":
        own.kafka.start()
    else:
        os.killpg(own.kafka.pid, signal.SIGCONT)

    wait_until(lambda: not why_not_ready(program), SOON_S, "it is ready again")
    assert [line["server"] for line in said(program, "A server is back")] == ["kafka"]


def test_a_newcomer_reads_that_kafka_is_away(with_lists, own):
    """Where no newcomer's list of the same partition was read before: it could only be made by way of Kafka."""
    own.kafka.stop()
    wait_until(lambda: why_not_ready(with_lists.program) == "not ready: no_log\n", SOON_S, "Kafka is missed")

    asked = (Player(with_lists, f"not-known-{n}").ask("GET", "/v1/recommendations") for n in range(32))
    answer = next(each for each in asked if each.status != 200)

    assert (answer.status, answer.json["code"]) == (503, "no_log")


def test_a_list_that_is_known_is_shown_without_redis(with_lists, own):
    ada = Player(with_lists)
    with ada.connect() as stream:
        known = stream.wait_for("recommendations")["version"]
        own.redis.stop()
        wait_until(lambda: why_not_ready(with_lists.program), SOON_S, "Redis is missed")

        assert ada.list()["version"] == known
