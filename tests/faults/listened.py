"""The effect of an accepted event on items and on its listener's memory."""

from __future__ import annotations

import collections
import dataclasses
import struct

import remembered
from items import Item, Recount, Report

CONTEXT = 10
REACH = 10
ARTIST_REACH = 3


@dataclasses.dataclass
class Ears:
    """One listener: what they heard and remember."""

    partition: int = 0
    name: str = ""
    tracks: remembered.Memory = dataclasses.field(default_factory=remembered.tracks)
    artists: remembered.Memory = dataclasses.field(default_factory=remembered.artists)
    playing: tuple[str, str | None] | None = None
    # In this session, and with the sessions before; latest first.
    heard: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=CONTEXT)
    )
    context: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=CONTEXT)
    )

    def new_session(self, *, was_private: bool) -> None:
        self.heard.clear()
        self.playing = None
        if was_private:
            self.context.clear()

    def end(
        self, recount: Recount, offset: int, event: dict, kind: str, when_us: int, now_us: int,
        *, private: bool,
    ) -> None:
        """The first end of a play; `now_us` is the latest that the listener's events say."""
        self.playing = None
        track, artist = event["track_id"], event.get("artist_id")
        if _was_skipped(event, kind):
            if not private:
                self._tell(recount, offset, "skipped", ("track", track))
                weight = remembered.skip_weight(event, kind, _fraction(event))
                against = -remembered.single(remembered.single(remembered.SKIPPED_ARTIST) * weight)
                self._prefer(recount, offset, None, artist, against, now_us)
            return
        if not private:
            self._tell(recount, offset, "played", ("track", track))
            if artist:
                self._tell(recount, offset, "played", ("artist", artist))
            self._tell_of_before(recount, offset, track, artist)
            gone = [("track", each) for each in self.tracks.hear(track, when_us)]
            if artist:
                gone += [("artist", each) for each in self.artists.prefer(artist, 1.0, now_us)]
            self._leave(recount, offset, gone)
        self.heard.appendleft((track, artist))
        self.context.appendleft((track, artist))

    def heard_later(self, event: dict, kind: str, when_us: int) -> bool:
        """Whether it is a listen from before the latest of the session."""
        if not self.heard or _was_skipped(event, kind):
            return False
        latest = self.tracks.kept.get(self.heard[0][0])
        return latest is not None and when_us < latest[1] * 1_000_000

    def ended_out_of_order(self, track: str) -> None:
        if self.playing and self.playing[0] == track:
            self.playing = None

    def end_of_before(
        self, recount: Recount, offset: int, event: dict, kind: str, when_us: int, *, private: bool
    ) -> None:
        """The first end of a play from before the present session, which it has no place in."""
        if private:
            return
        track, artist = event["track_id"], event.get("artist_id")
        if _was_skipped(event, kind):
            self._tell(recount, offset, "skipped", ("track", track))
            return
        self._tell(recount, offset, "played", ("track", track))
        if artist:
            self._tell(recount, offset, "played", ("artist", artist))
        gone = [("track", each) for each in self.tracks.hear_late(track, when_us)]
        if artist:
            gone += [("artist", each) for each in self.artists.hear_late(artist, when_us)]
        self._leave(recount, offset, gone)

    def say(
        self, recount: Recount, offset: int, event: dict, kind: str, now_us: int, *, private: bool
    ) -> None:
        """Feedback, or a playlist that changes."""
        artist, track, of_artist = event.get("artist_id"), event.get("track_id"), False
        if "target" in event and kind.startswith("feedback."):
            target = event["target"]
            of_artist = target["type"] == "artist"
            artist = target["id"] if of_artist else artist
            track = target["id"] if target["type"] == "track" else None
            if not of_artist and track is None:
                return
        whose = artist or (self._artist_of(track) if track else None)
        rejected = kind == "feedback.hidden" or (kind == "feedback.rated" and event["score"] < 0)
        if rejected:
            # A dislike counts in private, too.
            if of_artist:
                self._prefer(recount, offset, None, artist, remembered.NOTHING_LEFT, now_us)
                return
            self._prefer(recount, offset, track, None, remembered.NOTHING_LEFT, now_us)
            if not private:
                self._prefer(recount, offset, None, whose, remembered.DISLIKED, now_us)
            return
        plays = {
            "feedback.rated": remembered.LIKED if event.get("score", 0) > 0 else 0.0,
            "feedback.saved": remembered.SAVED,
            "feedback.unsaved": -remembered.SAVED,
            "playlist.track_added": remembered.ON_A_PLAYLIST,
            "playlist.track_removed": -remembered.ON_A_PLAYLIST,
        }.get(kind, 0.0)
        if plays and not private:
            self._prefer(recount, offset, track, whose, plays, now_us)

    def forget(self, recount: Recount, offset: int) -> None:
        tracks = [("track", each) for each in self.tracks.kept]
        self._leave(recount, offset, tracks + [("artist", each) for each in self.artists.kept])

    def _prefer(
        self, recount: Recount, offset: int, track: str | None, artist: str | None, plays: float,
        now_us: int,
    ) -> None:
        gone: list[Item] = []
        if track:
            gone += [("track", each) for each in self.tracks.prefer(track, plays, now_us)]
        if artist:
            gone += [("artist", each) for each in self.artists.prefer(artist, plays, now_us)]
        self._leave(recount, offset, gone)

    def _leave(self, recount: Recount, offset: int, items: list[Item]) -> None:
        for item in items:
            self._tell(recount, offset, "left", item)

    def _tell(self, recount: Recount, offset: int, kind: str, item: Item) -> None:
        recount.tell(self.partition, Report(offset, kind, item, self.name))

    def _tell_of_before(
        self, recount: Recount, offset: int, track: str, artist: str | None
    ) -> None:
        for distance, (before, its_artist) in enumerate(self.heard, start=1):
            if before != track and distance <= REACH:
                self._tell(recount, offset, "met", ("track", before))
            # An artist leads to another, and to themselves only at once.
            if artist and its_artist and distance <= ARTIST_REACH:
                if its_artist != artist or distance == 1:
                    self._tell(recount, offset, "met", ("artist", its_artist))

    def _artist_of(self, track: str) -> str | None:
        if self.playing and self.playing[0] == track:
            return self.playing[1]
        return next((artist for heard, artist in self.context if heard == track), None)


def _was_skipped(event: dict, kind: str) -> bool:
    fraction = _fraction(event)
    return kind == "playback.skipped" if fraction is None else fraction < 0.5


def _fraction(event: dict) -> float | None:
    """In single precision, as stored: what rounds to a half is a half."""
    if event.get("duration_ms") and event.get("played_ms") is not None:
        return struct.unpack("f", struct.pack("f", event["played_ms"] / event["duration_ms"]))[0]
    if event.get("played_fraction") is not None:
        return struct.unpack("f", struct.pack("f", event["played_fraction"]))[0]
    return None
