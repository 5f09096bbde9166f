"""Recounts what the trainers must have learned of each item: from the events alone, in the order in
which the records of the item signals say that the partitions' events were learned."""

from __future__ import annotations

import collections
import ctypes
import ctypes.util
import dataclasses

import wire

COMMON = 8  # who remember an item at the same time: from then on it stays
SEEDS = {"track": 0, "artist": 1}
Item = tuple[str, str]  # "track" or "artist", and its wire id


@dataclasses.dataclass
class Counted:
    signals: int = 0
    plays: int = 0
    skips: int = 0
    holders: set | None = dataclasses.field(default_factory=set)  # None: common


@dataclasses.dataclass(frozen=True)
class Report:
    """One statement of an event about an item: played, skipped, met (in the company of another) or left."""

    offset: int
    kind: str
    item: Item
    listener: str


class Recount:
    """The counts of all events reported so far, as far as there are records that carry them."""

    def __init__(self) -> None:
        self.items: dict[Item, Counted] = {}
        self._partitions = 0
        self._reports: dict[tuple[int, int], collections.deque[Report]] = {}
        self._early: list[tuple[int, Report]] = []
        self._target: dict[Item, int] = {}

    def tell(self, partition: int, report: Report) -> None:
        self._early.append((partition, report))

    def learn(self, records: list[wire.Record], partitions: int) -> None:
        """Requires: records of a partition in offset order, and all that carry the reports."""
        for source, report in self._early:
            target = self._target_of(report.item, partitions)
            self._reports.setdefault((target, source), collections.deque()).append(report)
        self._early.clear()
        for record in records:
            if carries := wire.signals_of(record.value):
                self._learn_until(record.partition, *carries)

    def finish(self) -> None:
        """Reports that no record carries count as expected all the same: they are missing where they should be."""
        for target, source in self._reports:
            self._learn_until(target, source, None)

    def _target_of(self, item: Item, partitions: int) -> int:
        if item not in self._target:
            key = f"{_xxh3(item[1].encode(), SEEDS[item[0]]):016x}".encode()
            self._target[item] = (_murmur2(key) & 0x7FFFFFFF) % partitions
        return self._target[item]

    def _learn_until(self, target: int, source: int, until: int | None) -> None:
        waiting = self._reports.get((target, source), ())
        while waiting and (until is None or waiting[0].offset < until):
            report = waiting.popleft()
            learn(self.items, report.kind, report.item, report.listener)



def learn(items: dict, kind: str, item, listener) -> None:
    """As a trainer must: a play makes an item, and it is gone once no listener remembers it."""
    counted = items.get(item)
    if kind == "left":
        if counted and counted.holders is not None:
            counted.holders.discard(listener)
            if not counted.holders:
                del items[item]
        return
    if counted is None:
        if kind != "played":
            return  # nothing is kept of an item without plays
        counted = items[item] = Counted()
    counted.signals += 1
    counted.skips += kind == "skipped"
    if kind != "played":
        return
    counted.plays += 1
    if counted.holders is not None:
        counted.holders.add(listener)
        if len(counted.holders) == COMMON:
            counted.holders = None


_library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
_library.XXH3_64bits_withSeed.restype = ctypes.c_uint64
_library.XXH3_64bits_withSeed.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]


def _xxh3(text: bytes, seed: int) -> int:
    return _library.XXH3_64bits_withSeed(text, len(text), seed)


def _murmur2(key: bytes) -> int:
    """Kafka's: MurmurHash2 of a key whose length is a multiple of four."""
    mix, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(key)
    for at in range(0, len(key), 4):
        k = int.from_bytes(key[at : at + 4], "little") * mix & mask
        k = (k ^ k >> 24) * mix & mask
        h = (h * mix & mask) ^ k
    h = (h ^ h >> 13) * mix & mask
    return h ^ h >> 15
