"""Torn state: what Redis held of a partition at some moment, against the log up to that moment.

A moment is taken in one step of Redis, so that no batch is half in it. At its end every listener
and item of the partition must be exactly what the records before the checkpoint make of it: not
merely at the end of a run, when replays have mended all, but at every moment in between.
"""

from __future__ import annotations

import dataclasses

import items
import redis
import verify
import wire

ALL_AT_ONCE = """
local next = redis.call('HGET', KEYS[1], 'next')
if not next then return {} end
local found = {next}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('GET', key)
end
return found
"""
PLAYED, SKIPPED, FOLLOWED, OF_ARTIST, LED_TO, LEFT = range(6)
VECTOR_BYTES = 4 + 64
WEIGHT_BYTES = 2
SESSION_BYTES = 4
KINDS = {PLAYED: "played", OF_ARTIST: "played", SKIPPED: "skipped", LEFT: "left"}


@dataclasses.dataclass(frozen=True)
class Moment:
    topic: str
    partition: int
    next: int
    counts: dict[str, wire.ListenerCounts | wire.ItemCounts]  # by the key's last part


def take(store: redis.Redis, topic: str, partition: int) -> Moment | None:
    """None before the partition's first run."""
    prefix = f"sg:{{{topic}/{partition}}}:"
    kind = "u" if topic == wire.EVENTS else "i"
    found = store.eval(ALL_AT_ONCE, 1, f"{prefix}ckpt", f"{prefix}{kind}:*")
    if not found or int(found[0]) < 0:
        return None
    blobs = {
        key.decode().removeprefix(f"{prefix}{kind}:"): blob
        for key, blob in zip(found[1::2], found[2::2])
    }
    if kind == "u":
        counts = {key: wire.listener_counts(blob) for key, blob in blobs.items()}
    else:
        counts = {key: wire.item_counts(blob)[2] for key, blob in blobs.items()}
    return Moment(topic, partition, int(found[0]), counts)


def torn(moments: list[Moment], log: verify.Log) -> list[str]:
    """In words, each moment whose state is not that of the log before its checkpoint."""
    found = []
    for moment in moments:
        before = [
            record
            for record in (log.events if moment.topic == wire.EVENTS else log.signals)
            if record.partition == moment.partition and record.offset < moment.next
        ]
        if moment.topic == wire.EVENTS:
            wanted = _listeners(before, log.dead)
        else:
            wanted = _items(before)
        if wanted != moment.counts:
            keys = wanted.keys() | moment.counts.keys()
            wrong = next(key for key in keys if wanted.get(key) != moment.counts.get(key))
            found.append(
                f"{moment.topic}/{moment.partition} at {moment.next}: {wrong} is"
                f" {moment.counts.get(wrong)}, the log says {wanted.get(wrong)}"
            )
    return found


def _listeners(before: list[wire.Record], dead: list[wire.Record]) -> dict:
    return {
        key: wire.ListenerCounts(each.last_offset, each.events, each.listens)
        for (_, key), each in verify.recompute(before, dead).listeners.items()
    }


def _items(before: list[wire.Record]) -> dict:
    """As a trainer must: what an earlier record covered is skipped, inside a record too."""
    covered: dict[tuple[str, int], int] = {}
    counts: dict[str, items.Counted] = {}
    for record in before:
        batch = read_signals(record.value or b"")
        source = (batch.source, batch.partition)
        for signal in batch.signals:
            if signal.offset >= covered.get(source, 0):
                items.learn(counts, KINDS.get(signal.kind, "met"), signal.item, signal.listener)
        covered[source] = max(covered.get(source, 0), batch.next)
    return {
        item: wire.ItemCounts(each.signals, each.plays, each.skips)
        for item, each in counts.items()
    }


@dataclasses.dataclass(frozen=True)
class Signal:
    offset: int
    kind: int
    item: str  # in hex
    listener: int = 0


@dataclasses.dataclass(frozen=True)
class SignalBatch:
    source: str
    partition: int
    next: int
    signals: list[Signal]


def read_signals(value: bytes) -> SignalBatch:
    read = wire.Blob(value)
    assert read.u8() == 6, "signal batch is not version 6"
    source, partition, offset = read.text(), read.varint(), read.varint()
    after = offset + read.varint()
    signals = []
    for _ in range(read.varint()):
        offset += read.varint()
        signals += _read_signal(read, offset)
    return SignalBatch(source, partition, after, signals)


def _read_signal(read: wire.Blob, offset: int) -> list[Signal]:
    """One of each item that it is of."""
    kind, item, listener = read.u8(), read.u64(), 0
    if kind == LEFT:
        read.svarint()
        read.skip(SESSION_BYTES)
        left = [read.u64() for _ in range(read.varint())]
        return [Signal(offset, kind, f"{each:016x}", item) for each in left]
    read.u64()  # the other item
    read.svarint()  # time
    if kind in (PLAYED, SKIPPED, OF_ARTIST):
        read.text()
    else:
        distance = read.u8()
        read.skip(WEIGHT_BYTES)
        if kind == FOLLOWED and distance == 1:
            read.u64()  # the track before the two
    if kind in (PLAYED, OF_ARTIST):
        read.u8()  # heard for the first time
        for _ in range(read.varint()):
            read.u64()
        read.skip(VECTOR_BYTES)
        listener = read.u64()
        read.skip(WEIGHT_BYTES)
        read.text()  # what the listener calls it
    if kind == PLAYED:
        read.skip(SESSION_BYTES)
    return [Signal(offset, kind, f"{item:016x}", listener)]
