"""More workers and fewer again: the state must be what a single process makes of the same log."""

from __future__ import annotations

import dataclasses
import hashlib
import time

import wire
from process import Program, wait_until
from rows import Row
from servers import Redis, initialise
from world import SOON, STATES, World

GROWN = ["recommender-1", "recommender-2", "recommender-3", "recommender-4", "trainer-1", "trainer-2"]
SMALL = ["recommender-1", "recommender-2", "trainer-1"]
EACH_S = 6.0
ALONE_WITHIN_S = 180


@dataclasses.dataclass(frozen=True)
class ScaleOut:
    """1 -> 4 -> 2 recommenders and 1 -> 2 -> 1 trainers under load, then everything again by one of
    each on an empty Redis: counts, offsets and windows of each partition, hashed, must be equal."""

    name: str = "scale out and back"
    bounded: int = 1
    full: int = 3

    def run(self, world: World, count: int) -> Row:
        row = Row(self.name, count)
        began = time.monotonic()
        for _ in range(count):
            world.go_on()
            for slots in (["recommender-1", "trainer-1"], GROWN, SMALL):
                _only(world, slots)
                since = time.monotonic()
                row.recovery_s = max(row.recovery_s, world.recover(since))
                world.pass_time(EACH_S)
            row.runs += 1
            found = world.settle()
            row.stall_s = max(row.stall_s, world.watch.longest_stall())
            row.findings = found if row.runs == 1 else _sum(row.findings, found)
            together = hashes(world.redis.port)
            _only(world, [])
            alone = _alone(world)
            wrong = [f"{topic}/{p}: one process makes another state" for topic, p in STATES
                     if together[topic, p] != alone[topic, p]]  # fmt: skip
            row.findings.wrong += wrong
            row.bit += not wrong
            _only(world, world.usual)
            world.watch.longest_stall()  # the others stood while one worked alone
        row.seconds = time.monotonic() - began
        return row


def _only(world: World, slots: list[str]) -> None:
    for slot, worker in world.workers.items():
        if slot not in slots:
            worker.down()
    for slot in slots:
        world.workers[slot].up()
    world.wait(lambda: all(world.workers[slot].ready for slot in slots), 60, "they are ready")


def _sum(one, other):
    added = {
        field.name: getattr(one, field.name) + getattr(other, field.name)
        for field in dataclasses.fields(one)
    }
    return type(one)(**added)


def hashes(port: int) -> dict[tuple[str, int], str]:
    """Hashes of each partition's counts, offsets and windows against retries."""
    store = wire.connect(f"127.0.0.1:{port}")
    digests = {place: hashlib.sha256() for place in STATES}
    for topic, kind in ((wire.EVENTS, "u"), (wire.ITEM_SIGNALS, "i")):
        for (partition, key), blob in sorted(wire.state_keys(store, topic, kind).items()):
            counted = wire.listener_head(blob) if kind == "u" else repr(wire.item_counts(blob)).encode()
            digests[topic, partition].update(f"{key}\n".encode() + counted)
    return {place: digest.hexdigest() for place, digest in digests.items()}


def _alone(world: World) -> dict[tuple[str, int], str]:
    """The state that one recommender and one trainer make of the whole log."""
    with Redis(world.folder / f"alone-{time.monotonic()}") as empty:
        initialise(world.binaries, world.brokers.address, empty.address, world.folder)
        # The same log: its signals are in the topic twice now, and are counted once.
        meta = world.store().hgetall("sg:meta")
        store = wire.connect(empty.address)
        store.hset("sg:meta", mapping=meta)
        flags = ["--kafka.brokers", world.brokers.address, "--redis.address", empty.address]
        flags += [*SOON, "--kafka.group", f"alone-{time.monotonic()}"]
        workers = [
            Program(world.binaries / name, flags, world.folder, name=f"{name}-alone")
            for name in ("segue-recommender", "segue-trainer")
        ]
        try:
            for topic, worker in zip((wire.EVENTS, wire.ITEM_SIGNALS), workers):
                worker.start()
                wait_until(
                    lambda: all(
                        wire.checkpoint(store, topic, p) == end
                        for p, end in wire.high_watermarks(world.brokers.address, topic).items()
                        if end
                    ),
                    ALONE_WITHIN_S,
                    f"one process reads {topic}",
                )
            return hashes(empty.port)
        finally:
            for worker in workers:
                worker.stop()
