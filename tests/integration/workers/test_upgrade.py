"""Stored values of an older version are taken over, worker by worker under load: nothing is lost."""

import older_blobs
import verify
import wire
from servers import wait_until

SOON = ["--kafka.session_timeout_ms", "1500"]
LISTENING = ["--listeners", "80", "--seed", "5"]


def write_older(store, topic, kind, older):
    """Writes what the release before would have left; returns how much."""
    found = wire.state_keys(store, topic, kind)
    for (partition, key), blob in found.items():
        store.set(f"sg:{{{topic}/{partition}}}:{kind}:{key}", older(blob))
    return len(found)


def versions(store, topic, kind):
    return {blob[0] for blob in wire.state_keys(store, topic, kind).values()}


def test_state_of_the_release_before_is_kept(pipeline):
    workers = [
        pipeline.worker("segue-trainer", *SOON),
        pipeline.worker("segue-recommender", *SOON, name="first"),
        pipeline.worker("segue-recommender", *SOON, name="second"),
    ]
    assert pipeline.replay(*LISTENING, "--rate", "2000", "--events-max", "3000").wait(60) == 0
    pipeline.wait_drained()
    for worker in workers:
        worker.stop()
    store = wire.connect(pipeline.redis.address)
    assert write_older(store, wire.EVENTS, "u", older_blobs.listener) > 50
    assert versions(store, wire.EVENTS, "u") == {1, 2}
    assert write_older(store, wire.ITEM_SIGNALS, "i", older_blobs.item) > 100

    # One after the other, under load, as a rolling upgrade does.
    replay = pipeline.replay("--listeners", "80", "--seed", "6", "--rate", "500", "--events-max", "4000")
    for worker in workers:
        before = pipeline.progress(wire.EVENTS)
        worker.spawn()
        worker.wait_ready()
        if worker is not workers[0]:
            wait_until(lambda: pipeline.progress(wire.EVENTS) > before, 60, "it goes on")
    assert replay.wait(60) == 0
    pipeline.wait_drained()

    verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []
    assert verdict.compared["events"] == 7000
    assert 5 in versions(store, wire.EVENTS, "u")
