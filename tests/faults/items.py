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
class Told:
    """What an event says of an item: played, skipped, met (in the company of another) or left."""

    offset: int
    kind: str
    item: Item
    listener: str


class Recount:
    """The counts of all events told so far, as far as there are records that carry them."""

    def __init__(self) -> None:
        self.items: dict[Item, Counted] = {}
        self._partitions = 0
        self._told: dict[tuple[int, int], collections.deque[Told]] = {}
        self._early: list[tuple[int, Told]] = []
        self._target: dict[Item, int] = {}

    def tell(self, partition: int, told: Told) -> None:
        self._early.append((partition, told))

    def learn(self, records: list[wire.Record], partitions: int) -> None:
        """Requires: records of a partition in offset order, and all that carry what was told."""
        for source, told in self._early:
            target = self._target_of(told.item, partitions)
            self._told.setdefault((target, source), collections.deque()).append(told)
        self._early.clear()
        for record in records:
            if carries := wire.signals_of(record.value):
                self._learn_until(record.partition, *carries)

    def finish(self) -> None:
        """What no record carries counts as expected all the same: it is missing where it should be."""
        for target, source in self._told:
            self._learn_until(target, source, None)

    def _target_of(self, item: Item, partitions: int) -> int:
        if item not in self._target:
            key = f"{_xxh3(item[1].encode(), SEEDS[item[0]]):016x}".encode()
            self._target[item] = (_murmur2(key) & 0x7FFFFFFF) % partitions
        return self._target[item]

    def _learn_until(self, target: int, source: int, until: int | None) -> None:
        waiting = self._told.get((target, source), ())
        while waiting and (until is None or waiting[0].offset < until):
            told = waiting.popleft()
            learn(self.items, told.kind, told.item, told.listener)



def learn(items: dict, kind: str, item, listener) -> None:
    """As a trainer must: a play makes an item, and it is gone once nobody remembers it."""
    counted = items.get(item)
    if kind == "left":
        if counted and counted.holders is not None:
            counted.holders.discard(listener)
            if not counted.holders:
                del items[item]
        return
    if counted is None:
        if kind != "played":
            return  # of what nobody has played nothing is kept
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
