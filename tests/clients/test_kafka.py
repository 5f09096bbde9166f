"""confluent-kafka without a gateway, as the page for player developers says."""

import datetime
import json
import uuid

import confluent_kafka
from servers import wait_until

WITHIN_S = 30
EVENTS, LISTS = "segue.events.v1", "segue.recommendations.v1"


def test_a_kafka_client_sends_events_and_reads_lists(pipeline):
    """Both under the listener's key; of lists it keeps the one with the highest version."""
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    brokers = {"bootstrap.servers": pipeline.kafka.address}
    reader = confluent_kafka.Consumer(brokers | {"group.id": "my-player", "auto.offset.reset": "earliest"})
    reader.subscribe([LISTS])
    producer = confluent_kafka.Producer(brokers | {"partitioner": "murmur2_random"})
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    heard = {
        "user_id": "ada", "session_id": "s-17", "seq": 4, "time": now.replace("+00:00", "Z"), "play_id": "p-99",
        "track_id": "blue-in-green", "artist_id": "bill-evans", "duration_ms": 337_000, "played_ms": 337_000,
    }
    headers = {
        "ce_specversion": "1.0", "ce_type": "segue.playback.completed.v1", "ce_id": str(uuid.uuid4()),
        "ce_source": "/my-player",
    }
    try:
        producer.produce(EVENTS, key="ada", value=json.dumps(heard), headers=headers)
        assert producer.flush(WITHIN_S) == 0

        def listed():
            message = reader.poll(1)
            return message and not message.error() and message

        message = wait_until(listed, WITHIN_S, "a list comes")
    finally:
        reader.close()
    recommendation = json.loads(message.value())
    assert (message.key(), recommendation["cause"]["id"]) == (b"ada", headers["ce_id"])
    assert [item["track_id"] for item in recommendation["items"]] == ["blue-in-green"]
