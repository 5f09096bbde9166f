"""Kafka or Redis is away, but not gone: they are stopped and go on, on servers of their own."""

import json
import os
import signal
import time

import pytest
import wire
from pipeline import Pipeline, listened
from servers import Kafka, Redis, initialise, wait_until

WORKERS = ["segue-recommender", "segue-trainer"]
# Longer than any wait here: who obeys only afterwards is found out.
PATIENT = ["--redis.retry_for_s", "3600", "--kafka.publish_timeout_ms", "600000"]
SOON_S = 30
CODES = {"kafka": "no_log", "redis": "no_store"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("absent")
    with Kafka(folder) as kafka, Redis(folder) as redis:
        yield {"kafka": kafka, "redis": redis}


@pytest.fixture
def own(servers, binaries, tmp_path):
    made = Pipeline(binaries, tmp_path, servers["kafka"], servers["redis"])
    try:
        yield made.prepare()
    finally:
        for server in servers.values():
            os.killpg(server.pid, signal.SIGCONT)
        made.stop()


def away(server):
    os.killpg(server.pid, signal.SIGSTOP)


def back(server):
    os.killpg(server.pid, signal.SIGCONT)


def lines_of(program):
    """All of its log: each line is JSON."""
    return [json.loads(line) for line in program.log.read_text().splitlines()]


def held_by(program, topic):
    """The partitions that it holds, as its log says."""
    held = set()
    for line in lines_of(program):
        named = {int(p) for p in line.get("partitions", "").split(",") if p}
        if line.get("topic") == topic and line["msg"] == "Partitions were assigned.":
            held |= named
        if line.get("topic") == topic and line["msg"] == "Partitions were revoked.":
            held -= named
    return held


def resident_mib(program):
    with open(f"/proc/{program.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def test_what_waits_for_a_broker_takes_little_more_than_its_own_size(own, servers):
    """Each of 3,000 events would otherwise be a request of its own with 256 KiB of room."""
    replay = own.replay("--rate", "1000", "--listeners", "50", "--tracks", "100")
    sent = "segue_replay_events_total"
    wait_until(lambda: (replay.metric(sent) or 0) > 500, SOON_S, "events are sent")
    before = resident_mib(replay)

    away(servers["kafka"])
    time.sleep(4)  # at 1,000 events a second
    after = resident_mib(replay)
    back(servers["kafka"])

    assert after < before + 30


@pytest.mark.parametrize("program", WORKERS)
@pytest.mark.parametrize("server", ["kafka", "redis"])
def test_ready_turns_back_while_a_server_is_away(own, servers, server, program):
    worker = own.worker(program, *PATIENT)

    away(servers[server])
    wait_until(lambda: worker.get("/readyz") is None, SOON_S, "it is not ready")
    code = CODES[server]
    assert worker.get("/readyz", any_status=True) == f"not ready: {code}\n"
    assert f"wait {server} {code}" in worker.get("/readyz?verbose", any_status=True)
    assert worker.metric("segue_dependency_up", dependency=server) == 0
    assert worker.get("/livez") is not None

    back(servers[server])
    wait_until(lambda: worker.get("/readyz") is not None, SOON_S, "it is ready again")
    assert worker.metric("segue_dependency_up", dependency=server) == 1
    [said] = [line for line in lines_of(worker) if line["msg"].startswith("A server is back")]
    assert said["server"] == server and 0 < said["away_s"] < 2 * SOON_S


@pytest.mark.parametrize("program,topic", zip(WORKERS, [wire.EVENTS, wire.ITEM_SIGNALS]))
def test_the_log_says_which_partitions_came_and_went(own, program, topic):
    first = own.worker(program)
    wait_until(lambda: held_by(first, topic), SOON_S, "it was given partitions")
    every = held_by(first, topic)
    assert every == set(range(len(every)))

    second = own.worker(program, name="second")

    wait_until(lambda: held_by(second, topic), SOON_S, "the other was given some")
    wait_until(lambda: held_by(first, topic) | held_by(second, topic) == every, SOON_S, "all are held")
    assert not held_by(first, topic) & held_by(second, topic)


@pytest.mark.parametrize("program,topic", zip(WORKERS, [wire.EVENTS, wire.ITEM_SIGNALS]))
@pytest.mark.parametrize("server", ["kafka", "redis"])
def test_a_wish_to_stop_is_obeyed_while_a_server_is_away(own, servers, server, program, topic):
    other = [own.worker(name) for name in WORKERS if name != program]
    worker = own.worker(program, *PATIENT)
    own.produce(*[listened("ana", "s", seq, f"track-{seq}") for seq in range(1, 9)])
    wait_until(lambda: own.progress(topic) > 0, SOON_S, "it works")

    own.produce(*[listened("ben", "s", seq, f"track-{seq}") for seq in range(1, 200)])
    away(servers[server])
    worker.ask_to_stop()

    assert worker.wait(SOON_S) == 0
    for each in other:
        each.kill()


@pytest.mark.parametrize("program", WORKERS)
def test_a_start_waits_for_redis(own, servers, program, tmp_path):
    servers["redis"].kill()
    worker = own.worker_that_starts(program, *PATIENT)
    wait_until(
        lambda: "wait redis" in (worker.get("/readyz?verbose", any_status=True) or ""),
        SOON_S,
        "it waits",
    )

    servers["redis"].start()
    initialise(own.binaries, own.kafka.address, own.redis.address, tmp_path)

    worker.wait_ready()
