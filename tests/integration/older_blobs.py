"""Stored values as the releases before wrote them (schemas/blobs.md), made from new ones."""

from __future__ import annotations

import wire


class Kept:
    """Reads a blob and keeps what the older format has of it."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        self._read = wire.Blob(blob)
        self.older = bytearray()

    def keep(self, *kinds: str) -> int:
        """The bytes of these fields; returns the last one's value."""
        begin = self._read.at
        value = self._field(kinds)
        self.older += self._blob[begin : self._read.at]
        return value

    def drop(self, *kinds: str) -> int:
        return self._field(kinds)

    def rest(self) -> bytes:
        return self._blob[self._read.at :]

    def _field(self, kinds: tuple[str, ...]) -> int:
        value = 0
        for kind in kinds:
            if kind.isdigit():
                self._read.skip(int(kind))
            elif kind == "text":
                self._read.text()
            else:
                value = getattr(self._read, kind)()
        return value


U16, F16, F32, VECTOR = "2", "2", "4", "68"
NO_EXPLICIT, HIDDEN, SKIPS = 1, 2, 4
SETTING, BUDGET, SESSION, OFFER, LATEST, WISHED = 1, 2, 4, 8, 32, 64


def listener(blob: bytes) -> bytes:
    """A blob of version 1 or of version 2, some of each."""
    return listener_of_1(blob) if len(blob) % 2 else listener_of_2(blob)


def listener_of_2(blob: bytes) -> bytes:
    """Requires: of what came with version 3 the listener has nothing."""
    return _listener(blob, 2)


def listener_of_1(blob: bytes) -> bytes:
    return _listener(blob, 1)


def _listener(blob: bytes, version: int) -> bytes:
    kept = Kept(blob)
    assert kept.drop("u8") == 5
    kept.older.append(version)
    later = kept.keep if version > 1 else kept.drop
    kept.keep("svarint", "varint", "varint", "svarint", "svarint")
    for _ in range(kept.keep("varint")):  # windows
        kept.keep("u64", "varint", "varint", "varint", "svarint", "svarint")
    kept.keep("u64", "varint")
    if kept.keep("u8"):  # playing
        kept.keep("u64", "u64")
    count = kept.keep("varint")  # context
    kept.keep("varint")
    for _ in range(count):
        kept.keep("u64", "u64")
    for _ in range(kept.keep("varint")):  # closed plays
        kept.keep("u64")
    for _ in range(kept.keep("varint")):  # repeats
        kept.keep("u64", F16, "varint")
        later("varint", "varint")
        kept.drop("u8")  # today
    for _ in range(kept.keep("varint")):  # artists
        kept.keep("u64", F16, "varint")
        kept.drop("u8")
    for _ in range(kept.keep("varint")):  # source credit
        kept.keep(F16)
    kept.keep(F16, F16, F16)
    if version == 1:
        return bytes(kept.older)
    kept.keep("u8", "varint", "svarint")
    has = kept.keep("u8")
    assert has & ~(NO_EXPLICIT | HIDDEN | SKIPS) == 0, "what the simulator never does"
    for _ in range(2 if has & HIDDEN else 0):
        for _ in range(kept.keep("varint")):
            kept.keep("u64")
    if has & SKIPS:
        for _ in range(kept.keep("varint")):
            kept.keep("u64", "u64", F16)
    kept.drop("varint", "varint", "varint")  # the day
    kept.drop("varint")  # what was not chosen
    for _ in range(kept.drop("varint")):  # the list that stands
        kept.drop(F32)
    _drop_composed(kept)
    return bytes(kept.older) + kept.rest()


def _drop_composed(kept: Kept) -> None:
    has = kept.drop("u8")
    assert has & (SETTING | WISHED) == 0, "what the simulator never does"
    if has & BUDGET:
        kept.drop(F32, "svarint")
    if has & SESSION:
        kept.drop("varint", "varint")
        for _ in range(kept.drop("varint")):
            kept.drop("u64")
    if has & OFFER:
        kept.drop("text", "text", "text", "text")
        assert kept.drop("varint", "u8") == 0, "only genre and mood follow from a session"
        kept.drop("u64")
    if has & LATEST:
        kept.drop("u64", "u64", "svarint")


def item(blob: bytes) -> bytes:
    kept = Kept(blob)
    kept.drop("u8")
    kept.older.append(1)
    kept.keep("varint", "varint", "u64")
    is_track = kept.keep("u8") == 0
    kept.keep("text", "u64", "varint")
    kept.drop("varint", "svarint")
    kept.keep("svarint")
    kept.drop("u8", F32)  # how many say that artist, weighted plays
    kept.keep(F32, F32, F32, F32)
    kept.drop(F32, F32, VECTOR)
    for _ in range(kept.keep("varint")):  # neighbours
        kept.keep("u64", F16, F16)
        kept.drop(F16)
        if is_track:
            kept.drop(U16)
    return bytes(kept.older)
