"""Events whose sender's partitioner is not Java's: one listener, one state."""

import json
import subprocess

import confluent_kafka
import wire
from pipeline import listened
from players import tell_catalogue
from servers import wait_until
from test_unreadable import events_of, letters_of

CATALOGUE = "segue.catalog.v1"


def send_as_librdkafka_does(pipeline, *events) -> list[int]:
    """Its own default partitioner, as any client made of it has; returns the partitions."""
    partitions: list[int] = []

    def reported(error, message) -> None:
        assert error is None, error
        partitions.append(message.partition())

    producer = confluent_kafka.Producer({"bootstrap.servers": pipeline.kafka.address})
    for event in events:
        producer.produce(
            wire.EVENTS, key=event.key, value=event.value, headers=event.headers,
            on_delivery=reported,
        )
    assert producer.flush(30) == 0
    return partitions


def test_a_catalogue_entry_on_another_partition_is_reported(pipeline):
    worker = pipeline.worker("segue-recommender")
    tell_catalogue(pipeline, "t-1")
    [entry] = pipeline.read(CATALOGUE)
    partitions = len(wire.high_watermarks(pipeline.kafka.address, CATALOGUE))
    producer = confluent_kafka.Producer({"bootstrap.servers": pipeline.kafka.address})
    producer.produce(CATALOGUE, key="t-1", value=None, partition=(entry.partition + 1) % partitions)
    assert producer.flush(30) == 0

    def reported():
        return [line for line in worker.log.read_text().splitlines() if "key's partition" in line]

    wait_until(reported, 30, "it is reported")
    said = json.loads(reported()[0])
    assert (said["track_id"], said["belongs_on"]) == ("t-1", entry.partition)


def test_an_event_on_another_partition_changes_nothing(pipeline):
    worker = pipeline.worker("segue-recommender")
    pipeline.worker("segue-trainer")
    [(right, _)] = pipeline.produce(listened("ada", "s", 1, "t"))

    [wrong] = send_as_librdkafka_does(pipeline, listened("ada", "s", 2, "u"))

    assert wrong != right, "choose another name"
    wait_until(lambda: letters_of(pipeline, "wrong_partition"), 30, "it is set aside")
    [letter] = letters_of(pipeline, "wrong_partition")
    assert f"belongs on partition {right}" in letter.headers["segue_dlq_detail"].decode()
    assert worker.metric("segue_dlq_records_total", reason="wrong_partition") == 1
    assert events_of(pipeline) == {"ada": 1}

    listed = subprocess.run(
        [pipeline.binaries / "segue-admin", "dead-letters", "replay", "--reason",
         "wrong_partition", "--kafka.brokers", pipeline.kafka.address],
        capture_output=True, text=True, timeout=60,
    )

    assert '"put_back":1' in listed.stdout, listed.stdout + listed.stderr
    wait_until(lambda: events_of(pipeline) == {"ada": 2}, 30, "put back it counts")
    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, "u")
    assert [partition for partition, _ in blobs] == [right]
