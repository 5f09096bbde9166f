"""Trainers learn what a listener no longer remembers: each item once, by a record of its partition."""

import wire
from moments import LEFT, read_signals
from pipeline import Given

TRACKS = 12


def left(pipeline):
    """Partition, item and listener of each such signal."""
    return [
        (record.partition, signal.item, signal.listener)
        for record in pipeline.read(wire.ITEM_SIGNALS)
        for signal in read_signals(record.value).signals
        if signal.kind == LEFT
    ]


def items(pipeline):
    return set(wire.state_keys(wire.connect(pipeline.redis.address), wire.ITEM_SIGNALS, "i"))


def heard(listener, n):
    data = {"track": f"track-{n}", "artist_id": f"artist-{n % 3}", "played_fraction": 1.0}
    return Given("playback.completed", listener, f"{listener}-s", n + 1, **data)


def test_an_erasure_takes_each_item_from_its_partition(pipeline):
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    pipeline.produce(*(heard("ada", n) for n in range(TRACKS)), heard("bob", 0))
    pipeline.wait_drained()
    held = items(pipeline)
    bobs = {key for key in held if key[1] in ids_of(pipeline, "track-0", "artist-0")}
    assert len(held) == TRACKS + 3 and len(bobs) == 2
    assert len({partition for partition, _ in held}) > 1
    assert left(pipeline) == []

    erased = [Given("privacy.erasure_requested", "ada", "ada-s", TRACKS + n, None) for n in (1, 2)]
    pipeline.produce(*erased)
    pipeline.wait_drained()

    signals = left(pipeline)
    assert sorted((partition, item) for partition, item, _ in signals) == sorted(held)
    assert len({listener for _, _, listener in signals}) == 1
    assert items(pipeline) == bobs, "no listener remembers the others"


def ids_of(pipeline, *names):
    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.ITEM_SIGNALS, "i")
    return {item for (_, item), blob in blobs.items() if wire.item_counts(blob)[1] in names}
