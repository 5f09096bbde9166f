"""Recomputes from the event log what must be in Redis and on the topics, and compares.

As a command, on a Segue that has caught up with its topics:

    /usr/bin/python3 tests/faults/verify.py --brokers HOST:PORT --redis HOST:PORT

prints one JSON object with what was compared and every mismatch; exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import json
import re
import sys

import items
import wire
from listened import Ears
from ordinary import is_ordinary

SESSION_GAP_S = 1_800
PLAY_MAX_S = 6 * 3_600  # that a play bridges
SKEW_TOLERATED_S = 5
WINDOW = 128
ERASURE_KEPT_S = 30 * 86_400
_REC_ID = re.compile(rb'"rec_id": ?"([^"\\]+)"')
_VERSION = re.compile(rb'"version": ?(\d+)')
CLOSED_PLAYS = 8
ENDS = {"playback.skipped", "playback.completed", "playback.stopped"}
# Refused before it is known whose event it is.
REFUSED_LATER = {"too_old"}
QUARANTINED = "quarantined"


@dataclasses.dataclass(frozen=True)
class Erasure:
    """Events from before it come too late, for ERASURE_KEPT_S."""

    at: float  # by right clocks
    device_at: float  # as late as any clock said


@dataclasses.dataclass
class Listener:
    """A listener's state by the log, by the rules that README and schemas/ print."""

    last_offset: int = -1
    events: int = 0
    listens: int = 0
    refreshed: int = -1  # offset of the last event that refreshed the list
    seen: set[tuple[str, int]] = dataclasses.field(default_factory=set)
    closed: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=CLOSED_PLAYS)
    )
    tops: dict[str, int] = dataclasses.field(default_factory=dict)  # highest seq of each session
    device_time: float = -1.0  # the latest that came with a number
    session: tuple[str, bool] = ("", False)  # a private part of a session is a session of its own
    time: float = 0.0
    learning: bool = True
    erasure: Erasure | None = None
    ears: Ears = dataclasses.field(default_factory=Ears)


@dataclasses.dataclass
class Expected:
    listeners: dict[tuple[int, str], Listener]
    recount: items.Recount
    refreshes: set[tuple[int, int]]  # partition and offset of the events that refresh a list
    wrongly_refused: list[str] = dataclasses.field(default_factory=list)
    brought_back: list[str] = dataclasses.field(default_factory=list)
    # Items of quarantined events: the process that died of one may have published its signals before.
    uncertain: set[tuple[str, str]] = dataclasses.field(default_factory=set)


def nothing_yet() -> Expected:
    return Expected(
        collections.defaultdict(Listener), items.Recount(), set()
    )


def recompute(
    events: list[wire.Record], dead: list[wire.Record], before: Expected | None = None
) -> Expected:
    """The state that these events lead to, alone or after those that `before` came from, which changes.
    Requires: events of a partition in offset order, and the dead letters of them all."""
    refused = _refused(dead)
    expected = before or nothing_yet()
    for record in events:
        reason = refused.get((record.partition, record.offset))
        if reason == QUARANTINED:
            _leave_out(expected, record)
        if reason is not None and reason not in REFUSED_LATER:
            if reason != QUARANTINED and is_ordinary(record):
                place = f"{record.partition}/{record.offset}"
                expected.wrongly_refused.append(f"event {place} was refused as {reason}, but is fine")
            continue
        assert record.key is not None and record.value is not None
        listener = expected.listeners[record.partition, record.key.decode()]
        listener.last_offset = record.offset
        listener.ears.partition, listener.ears.name = record.partition, record.key.decode()
        event = json.loads(record.value)
        was_erased = _was_erased(listener, record, event)
        place = f"{record.partition}/{record.offset}"
        may_be_late = was_erased or _may_be_too_old(listener, record, event)
        if reason is not None and (_withdraws(record, event) or not may_be_late):
            expected.wrongly_refused.append(f"event {place} was refused as {reason}, but counts")
        if reason is None and was_erased and not _withdraws(record, event):
            expected.brought_back.append(f"event {place} was counted, but was erased before")
        if reason is not None:
            continue
        if _kind(record) != "privacy.erasure_requested":
            _accept(expected, listener, record, event, late=was_erased)
        elif not (was_erased and event.get("sent_at")):  # else it is done already
            listener.ears.forget(expected.recount, record.offset)
            key = (record.partition, record.key.decode())
            expected.listeners[key] = _erased(listener, record, event)
    return expected


def _erased(listener: Listener, record: wire.Record, event: dict) -> Listener:
    """Nothing is left but when it was asked for, and what they do not consent to."""
    before = listener.erasure or Erasure(at=0.0, device_at=0.0)
    at = _happened(record, event) if event.get("sent_at") else record.timestamp_ms / 1_000
    return Listener(
        last_offset=record.offset,
        learning=listener.learning,
        erasure=Erasure(
            at=max(at, before.at),
            device_at=max(_device_time(record, event), listener.device_time, before.device_at),
        ),
    )


def _withdraws(record: wire.Record, event: dict) -> bool:
    """Asks to be forgotten, or takes consent back: that counts however late it comes."""
    if _kind(record) == "privacy.consent_changed":
        return False in (event["consent"].get(each) for each in ("learning", "personalisation"))
    return _kind(record) == "privacy.erasure_requested"


def _was_erased(listener: Listener, record: wire.Record, event: dict) -> bool:
    """It happened before the listener was erased; where it says when it was sent, by right clocks."""
    if listener.erasure is None:
        return False
    if record.timestamp_ms / 1_000 > listener.erasure.at + ERASURE_KEPT_S:
        listener.erasure = None
        return False
    if event.get("sent_at"):
        return _happened(record, event) <= listener.erasure.at
    return _device_time(record, event) <= listener.erasure.device_at


def _refused(dead: list[wire.Record]) -> dict[tuple[int, int], str]:
    reasons = {}
    for letter in dead:
        if letter.headers["segue_dlq_original_topic"].decode() != wire.EVENTS:
            continue
        place = (
            int(letter.headers["segue_dlq_original_partition"]),
            int(letter.headers["segue_dlq_original_offset"]),
        )
        reasons[place] = letter.headers["segue_dlq_reason"].decode()
    return reasons


def _leave_out(expected: Expected, record: wire.Record) -> None:
    try:
        event = json.loads(record.value or b"")
        listener = expected.listeners.get((record.partition, event["user_id"]), Listener())
        heard = [(event["track_id"], event.get("artist_id")), *listener.ears.heard]
    except (ValueError, KeyError):
        return
    expected.uncertain |= {("track", track) for track, _ in heard}
    expected.uncertain |= {("artist", artist) for _, artist in heard if artist}


def _may_be_too_old(listener: Listener, record: wire.Record, event: dict) -> bool:
    """Whether it was counted before, or is too old to tell."""
    session, seq = event.get("session_id", ""), event.get("seq", 0)
    if (session, seq) in listener.seen or seq <= listener.tops.get(session, 0) - WINDOW:
        return True
    return session not in listener.tops and _device_time(record, event) <= listener.device_time


def _accept(
    expected: Expected, listener: Listener, record: wire.Record, event: dict, *, late: bool
) -> None:
    session, seq = event.get("session_id", ""), event.get("seq", 0)
    if seq:
        if (session, seq) in listener.seen:
            return
        listener.seen.add((session, seq))
        listener.tops[session] = max(seq, listener.tops.get(session, 0))
        listener.device_time = max(listener.device_time, _device_time(record, event))
    listener.events += 1
    kind = _kind(record)
    happened = _happened(record, event)
    # Without consent to learn from it all is as in a private session.
    private = bool(event.get("private_session")) or not listener.learning
    session = (session, private)
    now_us = round(max(listener.time, happened) * 1e6)
    # From before the present session: it counts at its own time, and the session goes on.
    of_before = round(happened * 1e6) < round(listener.time * 1e6) - SESSION_GAP_S * 1_000_000
    if of_before and kind in ("playback.started", "session.started", "request.made"):
        return
    if kind == "playback.started":
        _enter(listener, session, happened)
        if event.get("play_id") is None or event["play_id"] not in listener.closed:
            listener.ears.playing = (event["track_id"], event.get("artist_id"))
        _refresh(expected, listener, record)
    elif kind in ENDS and _first_end(listener, event.get("play_id")):
        listener.listens += 1
        when_us = round(happened * 1e6)
        same = (not session[0] or session == listener.session) and private == listener.session[1]
        if of_before or (same and listener.ears.heard_later(event, kind, when_us)):
            if not of_before:
                listener.ears.ended_out_of_order(event["track_id"])
            listener.ears.end_of_before(
                expected.recount, record.offset, event, kind, when_us, private=private
            )
        else:
            heard_s = min((event.get("played_ms") or 0) / 1_000, PLAY_MAX_S)
            _enter(listener, session, happened - heard_s)
            listener.ears.end(
                expected.recount, record.offset, event, kind, when_us, now_us, private=private
            )
        _refresh(expected, listener, record)
    elif kind == "privacy.consent_changed":
        said = event["consent"].get("learning")
        if said is not None and not (late and said):
            listener.learning = said
        _refresh(expected, listener, record)
    elif kind in ("session.started", "request.made"):
        _enter(listener, session, happened)
        _refresh(expected, listener, record)
    elif kind.startswith("feedback.") and _subject(event) in ("track", "artist"):
        listener.ears.say(expected.recount, record.offset, event, kind, now_us, private=private)
        _refresh(expected, listener, record)
    elif kind.startswith("playlist."):
        listener.ears.say(expected.recount, record.offset, event, kind, now_us, private=private)
    listener.time = max(listener.time, happened)


def _kind(record: wire.Record) -> str:
    return record.headers["ce_type"].decode().removeprefix("segue.").rpartition(".v")[0]


def _subject(event: dict) -> str:
    if "target" in event:
        return event["target"]["type"]
    return "track" if "track_id" in event else ""


def _refresh(expected: Expected, listener: Listener, record: wire.Record) -> None:
    listener.refreshed = record.offset
    expected.refreshes.add((record.partition, record.offset))


def _device_time(record: wire.Record, event: dict) -> float:
    return _seconds(event.get("time") or record.headers["ce_time"].decode())


def _happened(record: wire.Record, event: dict) -> float:
    """The device's time, less what its clock was wrong by when it sent, if that was much."""
    received = record.timestamp_ms / 1_000
    sent_at = event.get("sent_at")
    skew = received - _seconds(sent_at) if sent_at else 0.0
    corrected = skew if abs(skew) > SKEW_TOLERATED_S else 0.0
    return max(min(_device_time(record, event) + corrected, received), 0.0)


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _enter(listener: Listener, session: tuple[str, bool], happened: float) -> None:
    named, private = session
    paused = round((happened - listener.time) * 1e6) > SESSION_GAP_S * 1_000_000
    goes_on = not paused and (not named or session == listener.session)
    if not goes_on or private != listener.session[1]:
        listener.ears.new_session(was_private=listener.session[1])
        listener.session = session


def _first_end(listener: Listener, play: str | None) -> bool:
    if play is None:
        return True
    if play in listener.closed:
        return False
    listener.closed.append(play)
    return True


class Log:
    """All that is in the topics, in offset order within a partition; `read_on` adds what is new."""

    def __init__(self, brokers: str) -> None:
        self.brokers = brokers
        self.events: list[wire.Record] = []
        self.dead: list[wire.Record] = []
        self.published: list[wire.Record] = []
        self.signals: list[wire.Record] = []
        self.expected = nothing_yet()
        self._ends: dict[str, dict[int, int]] = {}

    def read_on(self) -> "Log":
        """Requires: the workers have caught up, so that all dead letters are there."""
        self.dead += self._news(wire.DEAD_LETTERS)
        events = self._news(wire.EVENTS)
        self.events += events
        self.expected = recompute(events, self.dead, self.expected)
        self.published += self._news(wire.RECOMMENDATIONS)
        signals = self._news(wire.ITEM_SIGNALS)
        self.signals += signals
        targets = len(wire.high_watermarks(self.brokers, wire.ITEM_SIGNALS))
        self.expected.recount.learn(signals, targets)
        return self

    def _news(self, topic: str) -> list[wire.Record]:
        ends = self._ends.setdefault(topic, {})
        records = wire.read_topic(self.brokers, topic, after=ends)
        for record in records:
            ends[record.partition] = record.offset + 1
        return records


@dataclasses.dataclass
class Verdict:
    """A comparison: what did not agree, in words, and how much that is.

    lost and double count events of listeners and signals of items; an event that was refused
    although it is new is lost, one that comes back after an erasure is double."""

    compared: dict[str, int]
    mismatches: list[str]
    lost: int = 0
    double: int = 0
    outputs_missing: int = 0


def verify(brokers: str, redis_address: str, log: Log | None = None) -> Verdict:
    """Requires: the workers have caught up (see `wire.checkpoint`)."""
    store = wire.connect(redis_address)
    log = log or Log(brokers).read_on()
    expected = log.expected
    compared = {
        "events": len(log.events),
        "listeners": len(expected.listeners),
        "items": len(expected.recount.items),
        "refreshes": len(expected.refreshes),
        "recommendations": len(log.published),
    }
    wrong = expected.wrongly_refused + expected.brought_back
    verdict = Verdict(
        compared, wrong, lost=len(expected.wrongly_refused), double=len(expected.brought_back)
    )
    for topic in (wire.EVENTS, wire.ITEM_SIGNALS):
        verdict.mismatches += _checkpoints(store, brokers, topic)
    _listeners(store, expected, verdict)
    verdict.mismatches += _snapshots(store, expected)
    _items(store, expected, verdict)
    _recommendations(log.published, expected, verdict)
    return verdict


def _checkpoints(store, brokers: str, topic: str) -> list[str]:
    return [
        f"{topic}/{p}: state is at {wire.checkpoint(store, topic, p)}, the log ends at {end}"
        for p, end in wire.high_watermarks(brokers, topic).items()
        if end > 0 and wire.checkpoint(store, topic, p) != end
    ]


def _listeners(store, expected: Expected, verdict: Verdict) -> None:
    stored = {
        key: wire.listener_counts(blob)
        for key, blob in wire.state_keys(store, wire.EVENTS, "u").items()
    }
    wanted = {
        key: wire.ListenerCounts(each.last_offset, each.events, each.listens)
        for key, each in expected.listeners.items()
    }
    verdict.mismatches += _differences("listener", wanted, stored)
    _tally(verdict, _numbers(wanted, "events"), _numbers(stored, "events"))


def _snapshots(store, expected: Expected) -> list[str]:
    stored = {
        key: wire.snapshot_version(blob)
        for key, blob in wire.state_keys(store, wire.EVENTS, "r").items()
    }
    wanted = {
        key: each.refreshed for key, each in expected.listeners.items() if each.refreshed >= 0
    }
    return _differences("snapshot", wanted, stored)


def _items(store, expected: Expected, verdict: Verdict) -> None:
    expected.recount.finish()
    stored = {}
    for (partition, key), blob in wire.state_keys(store, wire.ITEM_SIGNALS, "i").items():
        kind, name, counts = wire.item_counts(blob)
        if (kind, name) in stored:
            verdict.mismatches.append(f"{kind} {name} stands twice, once as {partition}/{key}")
        stored[kind, name] = counts
    wanted = {
        key: wire.ItemCounts(each.signals, each.plays, each.skips)
        for key, each in expected.recount.items.items()
    }
    for key in expected.uncertain:
        wanted.pop(key, None)
        stored.pop(key, None)
    verdict.mismatches += _differences("item", wanted, stored)
    _tally(verdict, _numbers(wanted, "signals"), _numbers(stored, "signals"))


def _recommendations(
    published: list[wire.Record], expected: Expected, verdict: Verdict
) -> None:
    """At least once each, and nothing that no event asked for. Content may differ in a replay."""
    listed = set()
    for record in published:
        if record.value is None:
            continue  # the listener was erased
        # Not the whole JSON: most of the time would go into lists that are not compared.
        rec_id = _REC_ID.search(record.value)[1].decode()
        version = int(_VERSION.search(record.value)[1])
        topic, partition, offset, _ = rec_id.rsplit("/", 3)
        if topic != wire.EVENTS or int(offset) != version:
            verdict.mismatches.append(f"recommendation {rec_id} has version {version}")
        listed.add((int(partition), int(offset)))
    missing, extra = expected.refreshes - listed, listed - expected.refreshes
    verdict.outputs_missing = len(missing)
    verdict.mismatches += [f"recommendation of {place} is missing" for place in sorted(missing)]
    verdict.mismatches += [f"recommendation of {place} was not asked for" for place in sorted(extra)]


def _numbers(counts: dict, field: str) -> collections.Counter:
    return collections.Counter({key: getattr(each, field) for key, each in counts.items()})


def _tally(verdict: Verdict, wanted: collections.Counter, stored: collections.Counter) -> None:
    verdict.lost += (wanted - stored).total()
    verdict.double += (stored - wanted).total()


def _differences(what: str, wanted: dict, stored: dict) -> list[str]:
    return [
        f"{what} {key}: expected {wanted.get(key)}, stored {stored.get(key)}"
        for key in sorted(wanted.keys() | stored.keys())
        if wanted.get(key) != stored.get(key)
    ]


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--brokers", required=True)
    flags.add_argument("--redis", required=True)
    options = flags.parse_args()
    verdict = verify(options.brokers, options.redis)
    print(json.dumps(dataclasses.asdict(verdict)))
    return 1 if verdict.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
