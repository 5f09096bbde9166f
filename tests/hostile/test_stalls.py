"""A partition that makes no progress does not look well."""

import socket

import confluent_kafka
import confluent_kafka.admin
import wire
from pipeline import listened
from servers import HOST, wait_until
from test_unreadable import events_of


def limit_age(pipeline, topic: str, before_ms: str) -> None:
    """How old a record may be that the topic takes, which no producer can know."""
    resource = confluent_kafka.admin.ConfigResource(
        confluent_kafka.admin.ConfigResource.Type.TOPIC, topic
    )
    resource.set_config("message.timestamp.before.max.ms", before_ms)
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": pipeline.kafka.address})
    for done in admin.alter_configs([resource]).values():
        done.result(30)


def test_a_partition_that_stands_is_seen_from_outside(pipeline):
    worker = pipeline.worker(
        "segue-recommender", "--kafka.publish_timeout_ms", "1000", "--kafka.linger_ms", "50"
    )
    [(partition, first)] = pipeline.produce(listened("ada", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)
    limit_age(pipeline, wire.RECOMMENDATIONS, "0")
    pipeline.produce(*[listened("ada", "s", 2 + n, f"t{n}") for n in range(300)])

    wait_until(lambda: worker.get("/readyz") is None, 60, "it is not ready any more")

    label = {"topic": wire.EVENTS, "partition": str(partition)}
    assert f"wait partition {partition} stands" in worker.get("/readyz?verbose", any_status=True)
    assert worker.metric("segue_worker_lag_seconds", **label) > 20
    assert worker.metric("segue_worker_lag_events", **label) == 300
    assert worker.metric("segue_worker_partition_attempts", **label) > 1
    line = next(text for text in worker.log.read_text().splitlines() if "not confirmed" in text)
    assert f'"topic":"{wire.RECOMMENDATIONS}"' in line and f'"partition":{partition}' in line
    assert f'"offset":{first + 1}' in line and "timestamp" in line.lower()

    limit_age(pipeline, wire.RECOMMENDATIONS, "9000000000")

    wait_until(lambda: worker.get("/readyz") is not None, 60, "it goes on")
    wait_until(lambda: events_of(pipeline) == {"ada": 301}, 30, "all count")


def test_silent_connections_lock_no_probe_out(pipeline):
    worker = pipeline.worker("segue-recommender")

    silent = [socket.create_connection((HOST, worker.port)) for _ in range(150)]

    assert worker.get("/livez") == "ok\n"
    assert worker.get("/metrics")
    for connection in silent:
        connection.close()
