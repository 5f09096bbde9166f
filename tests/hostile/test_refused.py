"""A record that its topic refuses never holds up a partition; an operator's way past one that does."""

import hashlib
import os
import signal
import subprocess

import confluent_kafka
import confluent_kafka.admin
import pytest
import raw_kafka
import wire
from pipeline import Given, listened
from servers import wait_until
from test_unreadable import events_of, letters_of, place_of

SMALL = "3000"


def limit(pipeline, topic: str, value: str) -> None:
    """The topic's max.message.bytes, which no producer of ours knows."""
    resource = confluent_kafka.admin.ConfigResource(
        confluent_kafka.admin.ConfigResource.Type.TOPIC, topic
    )
    resource.set_config("max.message.bytes", value)
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": pipeline.kafka.address})
    for done in admin.alter_configs([resource]).values():
        done.result(30)


def large(listener: str, size: int) -> Given:
    """Nothing that compression could make small, and no event."""
    event = Given("playback.completed", listener, "s", 1, "t")
    event.value = b"".join(
        hashlib.sha256(b"%d" % n).digest() for n in range(size // 32)
    )
    return event


def produce(pipeline, event: Given) -> tuple[int, int]:
    placed: list[tuple[int, int]] = []

    def reported(error, message) -> None:
        assert error is None, error
        placed.append((message.partition(), message.offset()))

    producer = confluent_kafka.Producer(
        {"bootstrap.servers": pipeline.kafka.address, "partitioner": "murmur2_random",
         "message.max.bytes": 9_000_000}
    )
    producer.produce(wire.EVENTS, key=event.key, value=event.value, headers=event.headers,
                     on_delivery=reported)
    assert producer.flush(30) == 0
    return placed[0]


def test_a_record_larger_than_the_dead_letters_take(pipeline):
    """Five megabytes on a topic that takes them: the letter has the beginning, size and hash."""
    limit(pipeline, wire.EVENTS, "8000000")
    worker = pipeline.worker("segue-recommender")
    event = large("ada", 5_000_000)
    place = produce(pipeline, event)
    pipeline.produce(listened("ada", "s", 2, "u"))

    wait_until(lambda: events_of(pipeline) == {"ada": 1}, 40, "what came after it counts")

    [letter] = letters_of(pipeline, "malformed") or letters_of(pipeline, "too_large")
    assert place_of(letter)[:2] == place
    assert letter.key == b"ada"
    assert event.value.startswith(letter.value) and len(letter.value) >= 1_000
    assert letter.headers["segue_dlq_value_bytes"] == b"%d" % len(event.value)
    assert letter.headers["segue_dlq_value_sha256"].decode() == (
        hashlib.sha256(event.value).hexdigest()
    )
    assert worker.metric("segue_dlq_records_total") == 1
    listed = subprocess.run(
        [pipeline.binaries / "segue-admin", "dead-letters", "replay", "--all",
         "--kafka.brokers", pipeline.kafka.address],
        capture_output=True, text=True, timeout=60,
    )
    assert '"not_whole":1' in listed.stdout


@pytest.mark.parametrize("topic_limit", [SMALL, "600"])
def test_letters_shrink_until_their_topic_takes_them(pipeline, topic_limit):
    limit(pipeline, wire.DEAD_LETTERS, topic_limit)
    pipeline.worker("segue-recommender")
    places = [produce(pipeline, large("ada", size)) for size in (800, 20_000, 40_000)]
    pipeline.produce(listened("ada", "s", 2, "u"))

    wait_until(lambda: events_of(pipeline) == {"ada": 1}, 40, "what came after them counts")

    assert sorted(place_of(letter)[:2] for letter in letters_of(pipeline, "malformed")) == places


def test_lists_and_signals_are_cut_to_what_their_topics_take(pipeline):
    for topic in (wire.RECOMMENDATIONS, wire.ITEM_SIGNALS):
        limit(pipeline, topic, "1500")
    worker = pipeline.worker("segue-recommender")
    trainer = pipeline.worker("segue-trainer")

    for first in range(0, 60, 20):
        pipeline.produce(*[listened("ada", "s", 1 + n, f"t{n}") for n in range(first, first + 20)])
    wait_until(lambda: events_of(pipeline) == {"ada": 60}, 60, "all are counted")
    pipeline.wait_drained()

    worker.check(), trainer.check()
    lists = [r for r in pipeline.read(wire.RECOMMENDATIONS) if r.value]
    assert max(len(r.value) for r in lists) < 8_000  # as compressed, 1,500
    items = wire.state_keys(wire.connect(pipeline.redis.address), wire.ITEM_SIGNALS, "i")
    counted = [wire.item_counts(blob) for blob in items.values()]
    assert {name for kind, name, counts in counted if kind == "track" and counts.plays == 1} == {
        f"t{n}" for n in range(60)
    }


def test_a_letter_that_its_topic_takes_in_no_form_is_left_out(pipeline):
    worker = pipeline.worker("segue-recommender")
    limit(pipeline, wire.DEAD_LETTERS, "100")
    bad = listened("ada", "s", 1, "t")
    bad.value = b"{"
    [(partition, offset), _] = pipeline.produce(bad, listened("ada", "s", 2, "u"))

    wait_until(lambda: events_of(pipeline) == {"ada": 1}, 40, "what came after it counts")

    assert worker.metric("segue_worker_left_out_total", topic=wire.DEAD_LETTERS) == 1
    assert not worker.metric("segue_dlq_records_total")
    line = next(text for text in worker.log.read_text().splitlines() if "left out" in text)
    assert f'"partition":{partition}' in line and f'"offset":{offset}' in line
    assert f'"topic":"{wire.DEAD_LETTERS}"' in line and "too large" in line.lower()


def admin_skip(pipeline, *words, code):
    done = subprocess.run(
        [pipeline.binaries / "segue-admin", "skip", *pipeline.flags, *words],
        capture_output=True, text=True, timeout=90,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_an_operator_moves_a_partition_past_records(pipeline):
    worker = pipeline.worker("segue-recommender")
    [(partition, first)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)
    worker.stop()
    pipeline.programs.remove(worker)
    pipeline.produce(listened("ada", "s", 2, "u"), listened("ada", "s", 3, "v"))
    batch = raw_kafka.zstd_bomb(300_000_000)
    assert raw_kafka.produce(pipeline.kafka.address, wire.EVENTS, partition, batch) == 0
    pipeline.produce(listened("ada", "s", 4, "w"))
    where = ["--partition", str(partition), "--to", str(first + 4)]

    assert "Nothing was changed" in admin_skip(pipeline, *where, code=1)
    assert "--to is the first offset" in admin_skip(
        pipeline, "--partition", str(partition), "--to", "99", "--yes", code=2
    )
    store = wire.connect(pipeline.redis.address)
    assert wire.checkpoint(store, wire.EVENTS, partition) == first + 1

    printed = admin_skip(pipeline, *where, "--yes", code=0)

    assert "2 dead letters" in printed and "1 offsets at which nothing can be read" in printed
    assert wire.checkpoint(store, wire.EVENTS, partition) == first + 4
    assert sorted(place_of(one)[1] for one in letters_of(pipeline, "skipped")) == [
        first + 1,
        first + 2,
    ]
    pipeline.worker("segue-recommender", name="again")
    pipeline.wait_drained_of(wire.EVENTS)
    assert events_of(pipeline) == {"ada": 2}


def test_nothing_that_is_done_is_skipped(pipeline):
    worker = pipeline.worker("segue-recommender", "--worker.batch_wait_ms", "100")
    [(partition, first)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)

    printed = admin_skip(
        pipeline, "--partition", str(partition), "--to", str(first + 1), "--yes", code=2
    )

    assert "stands at" in printed
    worker.check()


def test_skipping_fences_the_owner_of_the_partition(pipeline):
    """The owner is paused, and would go on where it stood."""
    worker = pipeline.worker("segue-recommender", "--worker.batch_wait_ms", "100")
    [(partition, first)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)
    os.killpg(worker.pid, signal.SIGSTOP)
    try:
        pipeline.produce(*(listened("ada", "s", seq, "u") for seq in (2, 3, 4)))
        where = ["--partition", str(partition), "--to", str(first + 3), "--yes"]
        admin_skip(pipeline, *where, code=0)
    finally:
        os.killpg(worker.pid, signal.SIGCONT)

    pipeline.wait_drained_of(wire.EVENTS)
    assert events_of(pipeline) == {"ada": 2}, "the first and the last"
    worker.check()
