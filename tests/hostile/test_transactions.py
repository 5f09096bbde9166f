"""A producer that uses Kafka's transactions. What is in the log counts, committed or not."""

import subprocess

import confluent_kafka
import wire
from pipeline import listened
from servers import wait_until
from test_unreadable import events_of, letters_of


def in_transaction(pipeline, *events, commit: bool) -> None:
    """Leaves a marker behind the events, at an offset of its own."""
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": pipeline.kafka.address,
            "partitioner": "murmur2_random",
            "transactional.id": "tests",
        }
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    for event in events:
        producer.produce(wire.EVENTS, key=event.key, value=event.value, headers=event.headers)
    assert producer.flush(30) == 0
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


def test_a_marker_at_the_logs_end_is_no_lag(pipeline):
    worker = pipeline.worker("segue-recommender")
    for commit in (True, False):
        in_transaction(pipeline, listened("ada", "s", 1 + commit, "t"), commit=commit)

    wait_until(lambda: events_of(pipeline) == {"ada": 2}, 30, "what is in the log counts")
    ends = wire.high_watermarks(pipeline.kafka.address, wire.EVENTS)
    [partition] = [p for p, end in ends.items() if end]
    label = {"topic": wire.EVENTS, "partition": str(partition)}
    wait_until(
        lambda: worker.metric("segue_worker_lag_events", **label) == 0, 30, "no event is waited for"
    )
    worker.check()
    assert letters_of(pipeline) == []


def test_events_after_markers_count_and_all_go_on(pipeline):
    pipeline.worker("segue-trainer")
    first = pipeline.worker("segue-recommender", name="first")
    in_transaction(pipeline, listened("ada", "s", 1, "t"), commit=False)
    in_transaction(pipeline, listened("ada", "s", 2, "u"), commit=True)
    wait_until(lambda: events_of(pipeline) == {"ada": 2}, 30, "the first two count")
    first.stop()
    pipeline.programs.remove(first)
    in_transaction(pipeline, listened("ada", "s", 3, "v"), commit=False)
    pipeline.worker("segue-recommender", name="second")
    pipeline.produce(listened("ada", "s", 4, "w"))

    pipeline.wait_drained()

    assert events_of(pipeline) == {"ada": 4}
    assert letters_of(pipeline) == []
    told = subprocess.run(
        [pipeline.binaries / "segue-tail", "--kafka.brokers", pipeline.kafka.address,
         "--from", "start", "--json", "--summary", "--for-s", "3"],
        capture_output=True, text=True, timeout=60,
    )
    assert told.returncode == 0, told.stderr
    assert "cannot be read" not in told.stderr
