"""Batches that Kafka's client cannot read: set aside with their place, and the partition goes on."""

import json
import subprocess

import pytest
import raw_kafka
import wire
from pipeline import listened
from raw_kafka import Raw
from servers import wait_until

ZEROS = 300_000_000  # more than librdkafka unpacks


def five() -> bytes:
    return raw_kafka.records(*[Raw(b"ada", b"{}") for _ in range(5)])


def zstd_bomb(pipeline, topic, partition):
    batch = raw_kafka.zstd_bomb(ZEROS)
    assert raw_kafka.produce(pipeline.kafka.address, topic, partition, batch) == 0
    return 1, 0


def gzip_in_two(pipeline, topic, partition):
    """Two of its records can be read; of the rest librdkafka says nothing, for ever."""
    batch = raw_kafka.batch(raw_kafka.gzip_in_two(five()), 5, attributes=raw_kafka.GZIP)
    assert raw_kafka.produce(pipeline.kafka.address, topic, partition, batch) == 0
    return 5, 2


def broken_at(position):
    """A byte turned around on the broker's disk."""

    def put(pipeline, topic, partition):
        batch = raw_kafka.batch(five(), 5)
        assert raw_kafka.produce(pipeline.kafka.address, topic, partition, batch) == 0
        raw_kafka.spoil_last_batch(pipeline.kafka, topic, partition, position)
        return 5, 0

    return put


BAD = {
    "a bomb": zstd_bomb,
    "two gzip members": gzip_in_two,
    "a broken record": broken_at(raw_kafka.BATCH_HEAD_BYTES),
}
# Broken so that the broker passes them over: no client learns that there was something.
PASSED_OVER = {"magic byte": broken_at(16), "number of offsets": broken_at(23)}


def letters_of(pipeline, reason="unreadable"):
    letters = [r for r in pipeline.read(wire.DEAD_LETTERS)]
    return [r for r in letters if r.headers["segue_dlq_reason"] == reason.encode()]


def place_of(letter) -> tuple[int, int, int]:
    first = int(letter.headers["segue_dlq_original_offset"])
    last = int(letter.headers.get("segue_dlq_original_last_offset", first))
    return int(letter.headers["segue_dlq_original_partition"]), first, last


def events_of(pipeline) -> dict[str, int]:
    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, "u")
    return {name: wire.listener_counts(blob).events for (_, name), blob in blobs.items()}


@pytest.mark.parametrize("kind", BAD)
def test_an_unreadable_batch_is_set_aside(pipeline, kind):
    [(partition, offset)] = pipeline.produce(listened("ada", "s", 1, "t"))
    count, readable = BAD[kind](pipeline, wire.EVENTS, partition)
    pipeline.produce(*[listened("ada", "s", 2 + n, f"t{n}") for n in range(3)])

    worker = pipeline.worker("segue-recommender")

    wait_until(lambda: events_of(pipeline) == {"ada": 4}, 40, "what came after it counts")
    worker.check()
    [letter] = letters_of(pipeline)
    assert place_of(letter) == (partition, offset + 1 + readable, offset + count)
    assert (letter.key, letter.value) == (None, None)
    assert letter.headers["segue_dlq_stage"] == b"read"
    assert letter.headers["segue_dlq_detail"]
    assert worker.metric("segue_unreadable_total") == 1
    assert worker.metric("segue_dlq_records_total", reason="unreadable") == 1
    pipeline.wait_drained_of(wire.EVENTS)


@pytest.mark.parametrize("part", PASSED_OVER)
def test_a_batch_that_the_broker_passes_over_stops_no_reader(pipeline, part):
    [(partition, _)] = pipeline.produce(listened("ada", "s", 1, "t"))
    PASSED_OVER[part](pipeline, wire.EVENTS, partition)
    pipeline.produce(*[listened("ada", "s", 2 + n, f"t{n}") for n in range(3)])

    worker = pipeline.worker("segue-recommender")

    wait_until(lambda: events_of(pipeline) == {"ada": 4}, 40, "what came after it counts")
    worker.check()


def test_each_offset_of_a_broken_frame_is_accounted_for(pipeline):
    """The broker itself finds nothing there until its index leads it past."""
    [(partition, _)] = pipeline.produce(listened("ada", "s", 1, "t"))
    broken_at(11)(pipeline, wire.EVENTS, partition)
    for n in range(40):
        pipeline.produce(listened("ada", "s", 2 + n, f"t{n}"))

    worker = pipeline.worker("segue-recommender")
    pipeline.wait_drained_of(wire.EVENTS)

    worker.check()
    lost = sum(last - first + 1 for _, first, last in map(place_of, letters_of(pipeline)))
    assert lost >= 5 and events_of(pipeline)["ada"] > 1
    assert lost + events_of(pipeline)["ada"] == 46


def test_bad_batches_in_a_row_and_at_the_log_s_end(pipeline):
    [(partition, first)] = pipeline.produce(listened("ada", "s", 1, "t"))
    for put in (zstd_bomb, gzip_in_two, broken_at(raw_kafka.BATCH_HEAD_BYTES)):
        put(pipeline, wire.EVENTS, partition)
    pipeline.produce(listened("ada", "s", 2, "u"))
    zstd_bomb(pipeline, wire.EVENTS, partition)

    worker = pipeline.worker("segue-recommender")
    pipeline.wait_drained_of(wire.EVENTS)

    worker.check()
    assert events_of(pipeline) == {"ada": 2}
    places = sorted(place_of(letter)[1:] for letter in letters_of(pipeline))
    assert places == [
        (first + 1, first + 1),
        (first + 4, first + 6),
        (first + 7, first + 11),
        (first + 13, first + 13),
    ]


def test_a_trainer_goes_past_a_batch_of_signals(pipeline):
    trainer = pipeline.worker("segue-trainer")
    for partition in range(2):
        zstd_bomb(pipeline, wire.ITEM_SIGNALS, partition)

    pipeline.wait_drained_of(wire.ITEM_SIGNALS)

    trainer.check()
    assert {place_of(letter)[0] for letter in letters_of(pipeline)} == {0, 1}


def test_every_reader_of_a_topic_goes_past_it(pipeline, gateway):
    """A recommender's replica, a gateway's tail and segue-tail; then they read what comes."""
    for topic in ("segue.catalog.v1", "segue.item-models.v1", wire.RECOMMENDATIONS, wire.EVENTS):
        for partition in range(4):
            zstd_bomb(pipeline, topic, partition)
    recommender = pipeline.worker("segue-recommender", name="late")
    tail = subprocess.run(
        [pipeline.binaries / "segue-tail", "--kafka.brokers", pipeline.kafka.address,
         "--from", "start", "--json", "--summary", "--for-s", "5"],
        capture_output=True, text=True, timeout=60,
    )

    assert tail.returncode == 0, tail.stderr
    assert "cannot be read" in tail.stderr
    lists = {"topic": wire.RECOMMENDATIONS}
    wait_until(lambda: gateway.program.metric("segue_unreadable_total", **lists), 20, "the gateway passes")
    for topic, count in {"segue.catalog.v1": 4, "segue.item-models.v1": 4, wire.RECOMMENDATIONS: 0}.items():
        assert recommender.metric("segue_unreadable_total", topic=topic) == count
    gateway.program.check()


def test_dead_letters_are_listed_although_their_topic_is_broken(pipeline):
    pipeline.worker("segue-recommender")
    broken = listened("ada", "s", 1, "t")
    broken.value = b"{"
    pipeline.produce(broken)
    pipeline.wait_drained_of(wire.EVENTS)
    for partition in range(4):
        zstd_bomb(pipeline, wire.DEAD_LETTERS, partition)

    ran = subprocess.run(
        [pipeline.binaries / "segue-admin", "dead-letters", "--kafka.brokers", pipeline.kafka.address],
        capture_output=True, text=True, timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    assert [json.loads(line)["reason"] for line in ran.stdout.splitlines()] == ["malformed"]
    assert "cannot be read" in ran.stderr
