"""Recomputes from the event log what must be in Redis and on the topics, and compares.

As a command, on a Segue that has caught up with its topics:

    /usr/bin/python3 tests/integration/verify.py --brokers HOST:PORT --redis HOST:PORT

prints one JSON object with what was compared and every mismatch; exit code 1 if there is any.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import json
import struct
import sys

import wire

SESSION_GAP_S = 1_800
CLOSED_PLAYS = 8
CONTEXT = 10
REACH = 10
ARTIST_REACH = 3
ENDS = {"playback.skipped", "playback.completed", "playback.stopped"}
# Refused before it is known whose event it is.
REFUSED_LATER = {"too_old"}


@dataclasses.dataclass
class Listener:
    """What the log says of one listener, by the rules that README and schemas/ print."""

    last_offset: int = -1
    events: int = 0
    listens: int = 0
    refreshed: int = -1  # offset of the last event that refreshed the list
    seen: set[tuple[str, int]] = dataclasses.field(default_factory=set)
    closed: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=CLOSED_PLAYS)
    )
    session: str = ""
    time: float = 0.0
    heard: collections.deque = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=CONTEXT)
    )


@dataclasses.dataclass
class Expected:
    listeners: dict[tuple[int, str], Listener]
    items: dict[tuple[str, str], collections.Counter]
    refreshes: set[tuple[int, int]]  # partition and offset of the events that refresh a list


def recompute(events: list[wire.Record], dead: list[wire.Record]) -> Expected:
    """Requires: events of a partition in offset order."""
    refused = _refused(dead)
    expected = Expected(
        collections.defaultdict(Listener), collections.defaultdict(collections.Counter), set()
    )
    for record in events:
        reason = refused.get((record.partition, record.offset))
        if reason is not None and reason not in REFUSED_LATER:
            continue
        assert record.key is not None and record.value is not None
        listener = expected.listeners[record.partition, record.key.decode()]
        listener.last_offset = record.offset
        if reason is None and _kind(record) == "privacy.erasure_requested":
            # Nothing is left but where it was asked for.
            key = (record.partition, record.key.decode())
            expected.listeners[key] = Listener(last_offset=record.offset)
        elif reason is None:
            _accept(expected, listener, record, json.loads(record.value))
    return expected


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


def _accept(expected: Expected, listener: Listener, record: wire.Record, event: dict) -> None:
    session, seq = event.get("session_id", ""), event.get("seq", 0)
    if seq:
        if (session, seq) in listener.seen:
            return
        listener.seen.add((session, seq))
    listener.events += 1
    kind = _kind(record)
    happened = _seconds(event.get("time") or record.headers["ce_time"].decode())
    if kind == "playback.started":
        _enter(listener, session, happened)
        _refresh(expected, listener, record)
    elif kind in ENDS and _first_end(listener, event.get("play_id")):
        _enter(listener, session, happened)
        _listen(expected, listener, event, kind)
        _refresh(expected, listener, record)
    elif kind in ("session.started", "request.made"):
        _enter(listener, session, happened)
        _refresh(expected, listener, record)
    elif kind.startswith("feedback.") and _subject(event) in ("track", "artist"):
        _refresh(expected, listener, record)
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


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _enter(listener: Listener, session: str, happened: float) -> None:
    same = session == listener.session if session else happened - listener.time <= SESSION_GAP_S
    if not same:
        listener.session = session
        listener.heard.clear()


def _first_end(listener: Listener, play: str | None) -> bool:
    if play is None:
        return True
    if play in listener.closed:
        return False
    listener.closed.append(play)
    return True


def _listen(expected: Expected, listener: Listener, event: dict, kind: str) -> None:
    track, artist = event["track_id"], event.get("artist_id")
    listener.listens += 1
    skipped = _skipped(event, kind)
    if not event.get("private_session"):
        counts = expected.items["track", track]
        counts["signals"] += 1
        counts["skips" if skipped else "plays"] += 1
        if not skipped:
            if artist:
                expected.items["artist", artist].update(signals=1, plays=1)
            _tell_of_before(expected, listener, track, artist)
    if not skipped:
        listener.heard.appendleft((track, artist))


def _tell_of_before(expected: Expected, listener: Listener, track: str, artist: str | None) -> None:
    for distance, (before, its_artist) in enumerate(listener.heard, start=1):
        if before != track and distance <= REACH:
            expected.items["track", before]["signals"] += 1
        # An artist leads to another, and to themselves only at once.
        if artist and its_artist and distance <= ARTIST_REACH:
            if its_artist != artist or distance == 1:
                expected.items["artist", its_artist]["signals"] += 1


def _skipped(event: dict, kind: str) -> bool:
    if event.get("duration_ms") and event.get("played_ms") is not None:
        fraction = event["played_ms"] / event["duration_ms"]
    elif event.get("played_fraction") is not None:
        fraction = event["played_fraction"]
    else:
        return kind == "playback.skipped"
    # Single precision, as stored: what rounds to a half is a half.
    return struct.unpack("f", struct.pack("f", fraction))[0] < 0.5


@dataclasses.dataclass
class Verdict:
    """What was compared, and in words what did not agree."""

    compared: dict[str, int]
    mismatches: list[str]


def verify(brokers: str, redis_address: str) -> Verdict:
    """Requires: the workers have caught up (see `wire.checkpoint`)."""
    store = wire.connect(redis_address)
    events = wire.read_topic(brokers, wire.EVENTS)
    expected = recompute(events, wire.read_topic(brokers, wire.DEAD_LETTERS))
    published = wire.read_topic(brokers, wire.RECOMMENDATIONS)
    mismatches = [
        *_checkpoints(store, brokers, wire.EVENTS),
        *_checkpoints(store, brokers, wire.ITEM_SIGNALS),
        *_listeners(store, expected),
        *_snapshots(store, expected),
        *_items(store, expected),
        *_recommendations(published, expected),
    ]
    compared = {
        "events": len(events),
        "listeners": len(expected.listeners),
        "items": len(expected.items),
        "refreshes": len(expected.refreshes),
        "recommendations": len(published),
    }
    return Verdict(compared, mismatches)


def _checkpoints(store, brokers: str, topic: str) -> list[str]:
    return [
        f"{topic}/{p}: state is at {wire.checkpoint(store, topic, p)}, the log ends at {end}"
        for p, end in wire.high_watermarks(brokers, topic).items()
        if end > 0 and wire.checkpoint(store, topic, p) != end
    ]


def _listeners(store, expected: Expected) -> list[str]:
    stored = {
        key: wire.listener_counts(blob)
        for key, blob in wire.state_keys(store, wire.EVENTS, "u").items()
    }
    wanted = {
        key: wire.ListenerCounts(each.last_offset, each.events, each.listens)
        for key, each in expected.listeners.items()
    }
    return _differences("listener", wanted, stored)


def _snapshots(store, expected: Expected) -> list[str]:
    stored = {
        key: wire.snapshot_version(blob)
        for key, blob in wire.state_keys(store, wire.EVENTS, "r").items()
    }
    wanted = {
        key: each.refreshed for key, each in expected.listeners.items() if each.refreshed >= 0
    }
    return _differences("snapshot", wanted, stored)


def _items(store, expected: Expected) -> list[str]:
    stored, twice = {}, []
    for (partition, key), blob in wire.state_keys(store, wire.ITEM_SIGNALS, "i").items():
        kind, name, counts = wire.item_counts(blob)
        if (kind, name) in stored:
            twice.append(f"item {kind} {name} stands twice, once as {partition}/{key}")
        stored[kind, name] = counts
    wanted = {
        key: wire.ItemCounts(each["signals"], each["plays"], each["skips"])
        for key, each in expected.items.items()
    }
    return twice + _differences("item", wanted, stored)


def _recommendations(published: list[wire.Record], expected: Expected) -> list[str]:
    """At least once each, and nothing that no event asked for. Content may differ in a replay."""
    told = set()
    for record in published:
        if record.value is None:
            continue  # the listener was erased
        message = json.loads(record.value)
        topic, partition, offset, _ = message["rec_id"].rsplit("/", 3)
        if topic != wire.EVENTS or int(offset) != message["version"]:
            return [f"recommendation {message['rec_id']} has version {message['version']}"]
        told.add((int(partition), int(offset)))
    missing, extra = expected.refreshes - told, told - expected.refreshes
    return [f"recommendation of {place} is missing" for place in sorted(missing)] + [
        f"recommendation of {place} was not asked for" for place in sorted(extra)
    ]


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
