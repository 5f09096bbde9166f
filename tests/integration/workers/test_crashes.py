"""kill -9 in mid-replay: the counts end as if nothing had happened.

The verifier recomputes them from the log; the undisturbed run shows that it can be satisfied, and
the counts of both runs are compared with each other besides.
"""

import confluent_kafka
import pytest
import verify
import wire
from pipeline import listened
from servers import wait_until

EVENTS = 10_000
REPLAY = ["--events-max", str(EVENTS), "--listeners", "120", "--seed", "7", "--rate", "1000"]
# A killed worker's partitions move after this silence; the default would outlast the replay.
SOON = ["--kafka.session_timeout_ms", "1500"]


def counts(pipeline):
    """Events and listens of each listener and plays of each track.

    Nothing here depends on the order in which two partitions' signals reach a trainer. An item's
    skips do: a skip before anybody has played the track counts nothing. The verifier knows the order.
    """
    store = wire.connect(pipeline.redis.address)
    listeners = {
        name: (counted.events, counted.listens)
        for (_, name), blob in wire.state_keys(store, wire.EVENTS, "u").items()
        if (counted := wire.listener_counts(blob))
    }
    plays = {}
    for blob in wire.state_keys(store, wire.ITEM_SIGNALS, "i").values():
        kind, name, counted = wire.item_counts(blob)
        if kind == "track":
            plays[name] = counted.plays
    return listeners, plays


def played(pipeline, disturb):
    """Replays the same listening, disturbed in the middle, and returns what is counted."""
    workers = {
        "trainer": pipeline.worker("segue-trainer", *SOON),
        "first": pipeline.worker("segue-recommender", *SOON, name="first"),
        "second": pipeline.worker("segue-recommender", *SOON, name="second"),
    }
    replay = pipeline.replay(*REPLAY)
    disturb(pipeline, workers, replay)
    assert replay.wait(120) == 0
    pipeline.wait_drained()

    verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []
    assert verdict.compared["events"] == EVENTS
    assert verdict.compared["listeners"] > 50 and verdict.compared["items"] > 100
    return counts(pipeline)


def kill_in_mid_replay(pipeline, workers, replay, topic):
    """kill -9 while records of that topic are being worked on; then the same programs again."""
    before = pipeline.progress(topic)
    wait_until(lambda: pipeline.progress(topic) > before, 30, f"work on {topic} goes on")
    for worker in workers:
        worker.kill()
    assert replay.running, "the replay ended too soon: this was no kill in mid-replay"
    for worker in workers:
        worker.spawn()
    for worker in workers:
        worker.wait_ready()


def nothing(_pipeline, _workers, _replay):
    pass


def kill_a_recommender(pipeline, workers, replay):
    for _ in range(2):
        kill_in_mid_replay(pipeline, [workers["first"]], replay, wire.EVENTS)


def kill_the_trainer(pipeline, workers, replay):
    for _ in range(2):
        kill_in_mid_replay(pipeline, [workers["trainer"]], replay, wire.ITEM_SIGNALS)


def kill_everybody(pipeline, workers, replay):
    kill_in_mid_replay(pipeline, list(workers.values()), replay, wire.EVENTS)


UNDISTURBED = {}


@pytest.fixture
def undisturbed(pipeline):
    """The counts of a run in which nothing happens; played once."""
    if not UNDISTURBED:
        UNDISTURBED["counts"] = played(pipeline, nothing)
        pipeline.stop()
        pipeline.programs.clear()
        pipeline.prepare()
    return UNDISTURBED["counts"]


@pytest.mark.parametrize("disturb", [kill_a_recommender, kill_the_trainer, kill_everybody])
def test_counts_are_those_of_an_undisturbed_run(undisturbed, pipeline, disturb):
    assert played(pipeline, disturb) == undisturbed


def test_the_verifier_sees_a_lost_and_a_doubled_event(pipeline):
    """A verifier that cannot fail proves nothing."""
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    assert pipeline.replay("--events-max", "600", "--listeners", "20", "--rate", "600").wait(60) == 0
    pipeline.wait_drained()
    store = wire.connect(pipeline.redis.address)
    events = pipeline.read(wire.EVENTS)
    last = max(events, key=lambda record: record.offset)
    key = f"sg:{{{wire.EVENTS}/{last.partition}}}:u:{last.key.decode()}"

    blob = store.get(key)
    counted = wire.listener_counts(blob)
    for events_counted in (counted.events - 1, counted.events + 1):
        store.set(key, with_events(blob, counted.events, events_counted))
        verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
        assert len(verdict.mismatches) == 1 and "listener" in verdict.mismatches[0]


def with_events(blob, old, new):
    """The listener blob with another number of events; both must be as long when written."""
    at = 1
    while blob[at] >= 0x80:
        at += 1
    at += 1  # past the last offset

    def varint(value):
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes(out + bytes([value]))

    assert blob[at:].startswith(varint(old))
    return blob[:at] + varint(new) + blob[at + len(varint(old)) :]


def test_the_verifier_goes_past_what_is_no_signal(pipeline):
    """A trainer sets it aside, and nothing else is counted otherwise for it."""
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    producer = confluent_kafka.Producer({"bootstrap.servers": pipeline.kafka.address})
    for value in (b"", b"\x05", b"\x05\x20short", b"\x05\x01\xff\x00", b"\xee" * 9, None):
        producer.produce(wire.ITEM_SIGNALS, value=value, key="k", partition=0)
    assert producer.flush(30) == 0
    pipeline.produce(*[listened("ada", "s", n, f"t-{n}") for n in range(1, 4)])
    pipeline.wait_drained()

    verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)

    assert verdict.mismatches == []
    assert verdict.compared["events"] == 3
