"""A producer that uses Kafka's transactions. What is in the log counts, committed or not."""

import json
import subprocess

import confluent_kafka
import wire
from pipeline import listened
from players import Gateway, Player, tell_catalogue
from players import events_of as events_of_player
from servers import wait_until
from test_unreadable import events_of, letters_of


def in_transaction(pipeline, *events, commit: bool, topic: str = wire.EVENTS) -> None:
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
        producer.produce(topic, key=event.key, value=event.value, headers=event.headers)
    assert producer.flush(30) == 0
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


def counted(worker) -> float | None:
    return worker.metric("segue_worker_events_total", topic=wire.EVENTS)


def test_a_marker_at_the_logs_end_is_no_lag(pipeline):
    names = ("ada", "bob", "cy", "dan")
    places = pipeline.produce(*(listened(name, "s", 1, "t") for name in names))
    partition = places[0][0]
    other = next(name for name, place in zip(names, places, strict=True) if place[0] != partition)
    worker = pipeline.worker("segue-recommender")
    for commit in (True, False):
        in_transaction(pipeline, listened("ada", "s", 2 + commit, "t"), commit=commit)

    wait_until(lambda: events_of(pipeline).get("ada") == 3, 30, "what is in the log counts")
    label = {"topic": wire.EVENTS, "partition": str(partition)}
    pipeline.produce(listened(other, "s", 2, "t"))
    wait_until(lambda: counted(worker) == 7, 30, "another partition goes on")
    wait_until(
        lambda: worker.metric("segue_worker_lag_events", **label) == 0, 30, "no event is waited for"
    )
    wait_until(
        lambda: worker.metric("segue_worker_partition_state", **label) == 0, 30, "nothing is stalled"
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
    wait_until(lambda: events_shown(pipeline) == 4, 60, "segue-tail shows them all")


def admin_lists(pipeline) -> list[dict]:
    ran = subprocess.run(
        [pipeline.binaries / "segue-admin", "dead-letters", "--kafka.brokers", pipeline.kafka.address],
        capture_output=True, text=True, timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_markers_stop_no_reader_of_any_topic(pipeline, gateway):
    """A replica and a gateway begin by reading to the log's end, where a marker is no record."""
    ada = Player(gateway)
    broken = listened("bob", "s", 1, "t")
    broken.value = b"{"
    pipeline.produce(broken)
    ada.post(ada.heard("t-1"))
    pipeline.wait_drained()
    for topic in ("segue.catalog.v1", "segue.item-models.v1", "segue.lessons.v1", wire.RECOMMENDATIONS,
                  wire.DEAD_LETTERS):
        again = {record.key: record for record in pipeline.read(topic) if record.value}.values()
        for commit in (True, False):
            in_transaction(pipeline, *again, commit=commit, topic=topic)

    late = pipeline.worker("segue-recommender", name="late")
    fresh = Gateway(pipeline, name="fresh").start()
    tell_catalogue(pipeline, "t-late")
    answer = ada.post(ada.heard("t-2")).json

    there = Player(fresh, ada.subject)
    wait_until(lambda: there.list()["version"] >= answer["version"], 30, "lists go on")
    wait_until(lambda: t_late_is_known(there), 30, "the catalogue goes on")
    pipeline.produce(broken, listened("bob", "s", 2, "t"))
    wait_until(lambda: events_of(pipeline).get("bob") == 1, 30, "it was set aside")
    # Each original once, however often its letter is there.
    assert [each["reason"] for each in admin_lists(pipeline)] == ["malformed"] * 2
    late.check(), fresh.program.check(), gateway.program.check()


def t_late_is_known(player) -> bool:
    """An event of it that names no artist is given the catalogue's."""
    player.post(player.heard("t-late"))
    events = [data for _, data in events_of_player(player.gateway.pipeline, player)]
    return events[-1].get("artist_id") == "a-1"


def events_shown(pipeline) -> int:
    """By segue-tail in the time it has, which on a busy machine may be too short for all."""
    ran = subprocess.run(
        [pipeline.binaries / "segue-tail", "--kafka.brokers", pipeline.kafka.address,
         "--from", "start", "--json", "--for-s", "3"],
        capture_output=True, text=True, timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert "cannot be read" not in ran.stderr
    return sum("event" in json.loads(line) for line in ran.stdout.splitlines())
