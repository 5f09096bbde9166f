"""Lag is true in the outage that it is for: no frozen server or dead worker hides it."""

import os
import signal

import wire
from pipeline import listened
from servers import wait_until


def lag_of(worker, partition: int) -> tuple[float, float, float]:
    """Events, seconds and state of a partition of the events, as this worker reports them."""
    label = {"topic": wire.EVENTS, "partition": str(partition)}
    names = ("worker_lag_events", "worker_lag_seconds", "worker_partition_state")
    lags = [worker.metric(f"segue_{name}", **label) for name in names]
    assert None not in lags, "a partition always has its series"
    return lags[0], lags[1], lags[2]


def test_lag_grows_while_redis_is_frozen(pipeline):
    worker = pipeline.worker("segue-recommender")
    [(partition, _)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)
    wait_until(lambda: lag_of(worker, partition)[0] == 0, 30, "nothing waits")

    os.killpg(pipeline.redis.pid, signal.SIGSTOP)
    try:
        pipeline.produce(*[listened("ada", "s", 2 + n, f"t{n}") for n in range(20)])
        wait_until(lambda: lag_of(worker, partition)[0] >= 20, 30, "the events are seen to wait")
        wait_until(lambda: lag_of(worker, partition)[1] > 6, 30, "and to get older")
        assert lag_of(worker, partition)[2] >= 2  # stalled
        assert worker.metric("segue_dependency_up", dependency="redis") == 0
        assert worker.metric("segue_dependency_up", dependency="kafka") == 1
        assert worker.get("/readyz") is None
    finally:
        os.killpg(pipeline.redis.pid, signal.SIGCONT)

    pipeline.wait_drained_of(wire.EVENTS)
    wait_until(lambda: lag_of(worker, partition) == (0, 0, 0), 30, "all is applied")
    wait_until(lambda: worker.metric("segue_dependency_up", dependency="redis") == 1, 30, "back")


def test_a_killed_workers_partitions_keep_their_series(pipeline):
    killed = pipeline.worker("segue-recommender")
    [(partition, _)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)
    other = pipeline.worker("segue-recommender", name="other-recommender")
    wait_until(lambda: other.metric("segue_worker_lag_events") == 0, 60, "both watch")

    killed.kill()
    pipeline.programs.remove(killed)
    pipeline.produce(*[listened("ada", "s", 2 + n, f"t{n}") for n in range(5)])

    assert 0 <= lag_of(other, partition)[0] <= 5
    pipeline.wait_drained_of(wire.EVENTS)
    wait_until(lambda: lag_of(other, partition) == (0, 0, 0), 30, "the other has taken over")

