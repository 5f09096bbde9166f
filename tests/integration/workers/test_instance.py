"""A worker with a name of its own (kafka.instance) comes back to its partitions; no other moves."""

import json

import wire
from pipeline import listened
from servers import wait_until

SOON_S = 60
# Longer than any restart here.
MEMBER = ["--kafka.session_timeout_ms", "45000"]


def lines_of(program):
    return [json.loads(line) for line in program.log.read_text().splitlines()]


def moves(program, what):
    """The lines that say so, partitions and all."""
    return [line["partitions"] for line in lines_of(program) if line["msg"] == f"Partitions were {what}."]


def two_members(pipeline):
    workers = [
        pipeline.worker("segue-recommender", *MEMBER, "--kafka.instance", name, name=name)
        for name in ("host-a", "host-b")
    ]
    wait_until(lambda: all(moves(worker, "assigned") for worker in workers), SOON_S, "both take part")
    wait_until(lambda: held(workers[0]) + held(workers[1]) == 16, SOON_S, "all is held")
    return workers


def held(worker):
    """How many partitions it has claimed, by its own metrics."""
    text = worker.get("/metrics") or ""
    return sum(
        line.startswith("segue_worker_partition_attempts{") and wire.EVENTS in line
        for line in text.splitlines()
    )


def test_a_restart_within_the_time_out_moves_no_partition(pipeline):
    stays, restarts = two_members(pipeline)
    before = [moves(stays, "assigned"), moves(stays, "revoked")]
    mine = held(restarts)

    restarts.stop()
    restarts.spawn()
    restarts.wait_ready()
    pipeline.produce(*[listened(f"listener-{n}", "s", 1, "t") for n in range(64)])
    pipeline.wait_drained_of(wire.EVENTS)

    wait_until(lambda: held(restarts) == mine, SOON_S, "it holds what it held")
    assert [moves(stays, "assigned"), moves(stays, "revoked")] == before


def test_a_second_process_of_one_name_ends_the_first_in_one_line(pipeline):
    flags = [*MEMBER, "--kafka.instance", "host-a"]
    first = pipeline.worker("segue-recommender", *flags, name="first")
    wait_until(lambda: moves(first, "assigned"), SOON_S, "it takes part")

    pipeline.worker_that_starts("segue-recommender", *flags, name="second")

    assert first.wait(SOON_S) == 1
    assert "kafka.instance" in lines_of(first)[-1]["error"]
    pipeline.programs.remove(first)
