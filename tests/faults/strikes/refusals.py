"""Where going on would skip or repeat records, a worker must refuse to start and say why in a line."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import wire
from confluent_kafka import admin
from rows import Row
from servers import initialise, wait_until
from world import World

REFUSES_WITHIN_S = 60
PARTITIONS = {wire.EVENTS: 16, wire.ITEM_SIGNALS: 8}
READER = {wire.EVENTS: "recommender-1", wire.ITEM_SIGNALS: "trainer-1"}


@dataclasses.dataclass(frozen=True)
class Refusal:
    """`breaks` does it to a topic whose records are all learned, while no worker runs; the worker's
    line must then say `says`."""

    name: str
    breaks: Callable[[World, str], None]
    says: str
    bounded: int = 1  # with the recommender's topic
    full: int = 2  # with the trainer's, too

    def run(self, world: World, count: int) -> Row:
        row = Row(self.name, count)
        began = time.monotonic()
        for topic, slot in list(READER.items())[:count]:
            world.update(topic)
            _start_afresh(world)
            self.breaks(world, topic)
            before = _state(world, topic)
            line = _line_of(world, slot)
            row.runs += 1
            if self.says in line:
                row.bit += 1
            else:
                row.findings.wrong.append(f"{slot} did not refuse, but said: {line}")
            if _state(world, topic) != before:
                row.findings.wrong.append(f"{slot} moved the state of {topic}")
        row.seconds = time.monotonic() - began
        return row


def _client(world: World) -> admin.AdminClient:
    return admin.AdminClient({"bootstrap.servers": world.brokers.address, "log_level": 0})


def _add_partitions(world: World, topic: str) -> None:
    client, wanted = _client(world), PARTITIONS[topic] + 4
    for done in client.create_partitions([admin.NewPartitions(topic, wanted)]).values():
        done.result(30)
    wait_until(
        lambda: len(client.list_topics(topic, timeout=10).topics[topic].partitions) == wanted,
        30,
        "the partitions are there",
    )


def _recreate(world: World, topic: str) -> None:
    client = _client(world)
    for done in client.delete_topics([topic], operation_timeout=30).values():
        done.result(30)
    wait_until(lambda: topic not in client.list_topics(timeout=10).topics, 30, "it is deleted")
    for done in client.create_topics([admin.NewTopic(topic, PARTITIONS[topic], 1)]).values():
        done.result(30)


def _let_retention_pass(world: World, topic: str) -> None:
    """Unread records are too old; Kafka itself deletes them."""
    if topic == wire.ITEM_SIGNALS:  # somebody must write them
        world.workers["recommender-1"].up()
    world.traffic.begin()
    ends = wire.high_watermarks(world.brokers.address, topic)

    def all_written() -> bool:
        now = wire.high_watermarks(world.brokers.address, topic)
        return all(now[p] > end for p, end in ends.items())

    wait_until(all_written, 60, "every partition has something unread")
    world.traffic.end()
    keep = {"retention.ms": "1000", "cleanup.policy": "delete"}
    resource = admin.ConfigResource(admin.RESOURCE_TOPIC, topic, set_config=keep)
    client = _client(world)
    for done in client.alter_configs([resource]).values():
        done.result(30)
    store = world.store()

    def passed() -> bool:
        lows = wire.low_watermarks(world.brokers.address, topic)
        return any(low > wire.checkpoint(store, topic, p) for p, low in lows.items())

    wait_until(passed, 60, "retention passes the state")
    _all_down(world)


REFUSALS = [
    Refusal("retention has passed the state", _let_retention_pass, "retention has passed"),
    Refusal("topic re-created", _recreate, "truncated or re-created"),
    Refusal("partitions added", _add_partitions, "partitions, but its state was made for"),
]


def _start_afresh(world: World) -> None:
    """Everything as on the first day, some listening learned, and no worker running."""
    _all_down(world)
    world.traffic.end()
    world.store().flushall()
    client = _client(world)
    ours = [name for name in client.list_topics(timeout=10).topics if name.startswith("segue.")]
    for done in client.delete_topics(ours, operation_timeout=30).values():
        done.result(30)
    wait_until(
        lambda: not any(n.startswith("segue.") for n in client.list_topics(timeout=10).topics),
        30,
        "the topics are deleted",
    )
    initialise(world.binaries, world.brokers.address, world.redis.address, world.folder)
    for slot in world.usual:
        world.workers[slot].up()
    world.traffic.begin()
    world.wait(lambda: world.next_of() > 500, 60, "some events are learned")
    world.traffic.end()
    world.wait(world.drained, 60, "everything is learned")
    _all_down(world)


def _all_down(world: World) -> None:
    for worker in world.workers.values():
        worker.down()


def _state(world: World, topic: str) -> list[int]:
    return [wire.checkpoint(world.store(), topic, p) for p in range(PARTITIONS[topic])]


def _line_of(world: World, slot: str) -> str:
    """Its last words; empty if it does not end."""
    worker = world.workers[slot]
    worker.spawn()
    deadline = time.monotonic() + REFUSES_WITHIN_S
    while worker.running and time.monotonic() < deadline:
        time.sleep(0.05)
    if worker.running or worker.returncode != 1:
        worker.stop()
        return ""
    lines = worker.log.read_text(errors="replace").splitlines()
    return next((line for line in reversed(lines) if '"exit_code"' in line), "")
