"""A listener's memory of tracks and artists, by the rules that schemas/blobs.md prints.

A trainer drops an item once no listener remembers it, so a verifier has to know who does. Numbers
are rounded as they are stored: a half float of plays, whole seconds of time.
"""

from __future__ import annotations

import dataclasses
import math
import struct

HALF_LIFE_S = 60 * 86_400
TRACKS, ARTISTS = 300, 50
WHOLE_UNTIL_S = 3_600  # nothing fades before
LEAST_KEPT = 1 / 256
HALF_MAX = 65_504.0
LIKED, SAVED, ON_A_PLAYLIST = 2.0, 2.0, 1.0
DISLIKED, NOTHING_LEFT = -1.0, -10_000.0
SKIPPED_ARTIST = 0.3


def single(number: float) -> float:
    return struct.unpack("f", struct.pack("f", number))[0]


def half(number: float) -> float:
    return struct.unpack("e", struct.pack("e", min(max(number, -HALF_MAX), HALF_MAX)))[0]


def faded(plays: float, last_s: int, now_us: int) -> float:
    age = (now_us - last_s * 1_000_000) / 1e6
    if age < WHOLE_UNTIL_S:
        return plays
    return single(plays * single(math.exp2(-age / HALF_LIFE_S)))


@dataclasses.dataclass
class Memory:
    """Ids in the order they came, with plays and the second they were last strengthened."""

    room: int
    fades_when_strengthened: bool = True
    kept: dict[str, tuple[float, int]] = dataclasses.field(default_factory=dict)

    def hear(self, name: str, now_us: int) -> list[str]:
        """Returns who had to make room."""
        if name not in self.kept:
            return self._add(name, 1.0, now_us)
        plays, last = self.kept[name]
        now = half(single(faded(plays, last, now_us) + 1))
        self.kept[name] = (now, max(last, now_us // 1_000_000))
        return []

    def hear_late(self, name: str, when_us: int) -> list[str]:
        if name not in self.kept:
            return self._add(name, 1.0, when_us)
        plays, last = self.kept[name]
        if when_us >= last * 1_000_000:
            return self.hear(name, when_us)
        late = faded(1.0, when_us // 1_000_000, last * 1_000_000)
        self.kept[name] = (half(single(plays + late)), last)
        return []

    def prefer(self, name: str, plays: float, now_us: int) -> list[str]:
        if name not in self.kept:
            return self._add(name, plays, now_us) if plays > 0 else []
        known, last = self.kept[name]
        if self.fades_when_strengthened:
            now = single(faded(known, last, now_us) + single(plays))
            self.kept[name] = (half(max(0.0, now)), now_us // 1_000_000)
        else:
            kept = max(faded(1.0, last, now_us), LEAST_KEPT)
            now = single(known + single(single(plays) / kept))
            self.kept[name] = (half(max(0.0, now)), last)
        return []

    def _add(self, name: str, plays: float, now_us: int) -> list[str]:
        gone = []
        if len(self.kept) == self.room:
            gone = [min(self.kept, key=lambda each: faded(*self.kept[each], now_us))]
            del self.kept[gone[0]]
        self.kept[name] = (plays, now_us // 1_000_000)
        return gone


def tracks() -> Memory:
    return Memory(TRACKS, fades_when_strengthened=False)


def artists() -> Memory:
    return Memory(ARTISTS)


def skip_weight(event: dict, kind: str, fraction: float | None) -> float:
    """How much the end of a play speaks against its track. Requires: it was skipped."""
    if kind == "playback.stopped":
        return 0.0
    if fraction is None:
        return single(0.8)
    heard_s = event["played_ms"] / 1_000 if event.get("duration_ms") else fraction * 210
    return 1.0 if heard_s < 10 else single(0.8) if heard_s < 30 else single(0.4)
