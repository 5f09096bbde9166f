"""Threads of one process do not get into each other's way. The stage `threads` of tests/run runs
these with ThreadSanitizer, which ends a program at the first race it sees."""

import os
import signal
import time

import redis
import verify
import wire
from servers import wait_until

TWO = ["--worker.threads", "2"]
# Slow enough for programs that a sanitizer makes ten times slower.
REPLAY = ["--rate", "150", "--listeners", "60", "--tracks", "300"]
FROZEN_S = 1.0


def cut_connections(pipeline):
    with redis.Redis(port=pipeline.redis.port) as store:
        store.client_kill_filter(_type="normal", skipme=True)


def freeze_the_broker(pipeline):
    os.killpg(pipeline.kafka.pid, signal.SIGSTOP)
    try:
        time.sleep(FROZEN_S)
    finally:
        os.killpg(pipeline.kafka.pid, signal.SIGCONT)


def move_partitions(pipeline):
    """Another joins, works, and leaves."""
    other = pipeline.worker("segue-recommender", *TWO, name="other")
    wait_until(lambda: (other.metric("segue_worker_events_total") or 0) > 0, 60, "it has a share")
    assert other.stop(60) == 0
    pipeline.programs.remove(other)


def test_two_threads_count_as_one(pipeline):
    """Threads of a process are consumers of the group like any other; whatever happens to them."""
    workers = [pipeline.worker(name, *TWO) for name in ("segue-trainer", "segue-recommender")]
    replay = pipeline.replay(*REPLAY)

    def has_worked_since(position):
        for worker in workers:
            worker.check()
        return pipeline.progress(wire.EVENTS) > position

    for disturb in (cut_connections, move_partitions, freeze_the_broker):
        before = pipeline.progress(wire.EVENTS)
        wait_until(lambda: has_worked_since(before), 60, "the work goes on")
        disturb(pipeline)
    assert replay.stop(60) == 0
    pipeline.wait_drained()

    assert [worker.stop(60) for worker in workers] == [0, 0]
    verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []
    ends = wire.high_watermarks(pipeline.kafka.address, wire.EVENTS)
    assert verdict.compared["events"] == sum(ends.values())
