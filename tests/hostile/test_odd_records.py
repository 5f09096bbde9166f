"""Records that a broker takes and no client of Segue's would write."""

import pytest
import raw_kafka
import wire
from pipeline import Given, listened
from raw_kafka import Raw

FAR_AHEAD_MS = 2**62


def raw_of(event) -> Raw:
    headers = [(name.encode(), value.encode()) for name, value in event.headers.items()]
    return Raw(event.key, event.value, headers)


def put(pipeline, partition: int, *raws: Raw, **more) -> None:
    batch = raw_kafka.batch(raw_kafka.records(*raws), len(raws), **more)
    assert raw_kafka.produce(pipeline.kafka.address, wire.EVENTS, partition, batch) == 0


@pytest.mark.parametrize("timestamp_ms", [FAR_AHEAD_MS, -5, 0])
def test_a_record_of_another_time_stops_no_reader(pipeline, timestamp_ms):
    worker = pipeline.worker("segue-recommender")
    [(partition, _)] = pipeline.produce(listened("ada", "s", 1, "t"))

    put(pipeline, partition, raw_of(listened("ada", "s", 2, "u")), timestamp_ms=timestamp_ms)
    pipeline.produce(listened("ada", "s", 3, "v"))

    pipeline.wait_drained_of(wire.EVENTS)
    worker.check()
    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, "u")
    assert {wire.listener_counts(blob).events for blob in blobs.values()} == {3}


def test_a_producers_clock_moves_no_listeners_time(pipeline):
    """The broker stamps events: what a producer says of when neither ages nor ends anything."""
    worker = pipeline.worker("segue-recommender")
    first = listened("ada", "s", 1, "t")
    far = listened("ada", "s", 9, "far")
    far.value = far.value.replace(b"2026-01-02T03", b"2080-01-02T03")
    erasure = Given("privacy.erasure_requested", "ada", "s", 2, None)
    [(partition, _), _] = pipeline.produce(first, erasure)

    put(pipeline, partition, raw_of(far), timestamp_ms=FAR_AHEAD_MS)
    put(pipeline, partition, raw_of(listened("ada", "s", 3, "u")), timestamp_ms=FAR_AHEAD_MS)
    put(pipeline, partition, raw_of(first), timestamp_ms=FAR_AHEAD_MS)
    pipeline.produce(listened("ada", "s", 4, "v"))

    pipeline.wait_drained_of(wire.EVENTS)
    worker.check()
    letters = pipeline.read(wire.DEAD_LETTERS)
    reasons = [letter.headers["segue_dlq_reason"].decode() for letter in letters]
    assert reasons == ["bad_time", "too_old"], "2080, and what was before the erasure"
    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, "u")
    assert {wire.listener_counts(blob).events for blob in blobs.values()} == {2}


def test_ten_thousand_headers_and_no_key_stop_no_reader(pipeline):
    worker = pipeline.worker("segue-recommender")
    headers = [(b"h%d" % n, b"x") for n in range(10_000)]

    put(pipeline, 0, Raw(None, None), Raw(b"", b""), Raw(b"ada", b"{}", headers), Raw(b"ada", None))

    pipeline.wait_drained_of(wire.EVENTS)
    worker.check()
    letters = pipeline.read(wire.DEAD_LETTERS)
    assert sorted(int(letter.headers["segue_dlq_original_offset"]) for letter in letters) == [*range(4)]
