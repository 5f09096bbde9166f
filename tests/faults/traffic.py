"""Listeners who play without end, and their apps, which send every event until Kafka has it.

What Kafka acknowledged is remembered: `acks` says which event must stand at which offset. Apps send
some events twice, as after a lost answer, and a few that cannot be read. One thread of its own.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import random
import threading
import time

import confluent_kafka
import wire

LISTENERS = 96
TRACKS = 400
ARTISTS = 60
SESSION_PLAYS = 12
RETRIES = 0.02
BROKEN = 0.004
UNSENT_MAX = 20_000
# Brokers that do not come back are to be found out, not such as are slow.
ACKNOWLEDGED_WITHIN_S = 480


@dataclasses.dataclass(frozen=True)
class Sent:
    """As a producer takes it; a retry is the same again."""

    key: bytes
    value: bytes
    headers: dict[str, str]


class App:
    """One listener, who plays a track after the other."""

    def __init__(self, name: str, choose: random.Random) -> None:
        self.name = name
        self.sent: collections.deque[Sent] = collections.deque(maxlen=20)
        self._choose = choose
        self._numbers = 0
        self._sessions = 0
        self._begin_session()
        self._track = ""

    def next(self) -> Sent:
        if self.sent and self._choose.random() < RETRIES:
            return self._choose.choice(self.sent)
        event = self._broken() if self._choose.random() < BROKEN else self._play_on()
        self.sent.append(event)
        return event

    def _begin_session(self) -> None:
        self._sessions += 1
        self._session = f"{self.name}-{self._sessions}"
        self._private = self._choose.random() < 0.1
        self._seq = self._plays = 0

    def _play_on(self) -> Sent:
        if not self._track:
            if self._plays >= SESSION_PLAYS:
                self._begin_session()
            number = min(int(self._choose.expovariate(1 / 80)), TRACKS - 1)
            self._track = f"track-{number}"
            return self._event("playback.started")
        end = self._choose.choices(["completed", "skipped", "stopped"], [70, 25, 5])[0]
        heard = 1.0 if end == "completed" else round(self._choose.random(), 3)
        event = self._event(f"playback.{end}", played_fraction=heard)
        self._track = ""
        self._plays += 1
        return event

    def _event(self, kind: str, **more: object) -> Sent:
        self._seq += 1
        number = int(self._track.removeprefix("track-"))
        data = {
            "user_id": self.name,
            "session_id": self._session,
            "seq": self._seq,
            "track_id": self._track,
            "artist_id": f"artist-{number % ARTISTS}",
            "play_id": f"{self._session}-{self._plays}",
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            **({"private_session": True} if self._private else {}),
            **more,
        }
        return self._record(kind, json.dumps(data).encode())

    def _broken(self) -> Sent:
        return self._record("playback.completed", b'{"user_id": "')

    def _record(self, kind: str, value: bytes) -> Sent:
        self._numbers += 1
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{self.name}:{self._numbers}",
            "ce_source": "/tests/faults",
            "ce_type": f"segue.{kind}.v1",
        }
        return Sent(self.name.encode(), value, headers)


class Traffic:
    """`rate` events a second while it runs; `begin` and `end` as often as one likes."""

    def __init__(self, brokers: str, seed: int, rate: float) -> None:
        self.rate = rate
        self._choose = random.Random(seed)
        self._apps = [App(f"listener-{n}", self._choose) for n in range(LISTENERS)]
        self._lock = threading.Lock()
        self._acks: dict[tuple[int, int], str] = {}  # partition and offset: the event's id
        # By partition: offset and when it was acknowledged, in the order of acknowledgements.
        self._reports: dict[int, list[tuple[int, float]]] = collections.defaultdict(list)
        self._again: collections.deque[Sent] = collections.deque()
        self._unsent = 0
        self._running = threading.Event()
        self._thread: threading.Thread | None = None
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": brokers,
                "partitioner": "murmur2_random",
                "acks": "all",
                "reconnect.backoff.max.ms": 500,
                "message.timeout.ms": 10_000,
                "request.timeout.ms": 3_000,
                "log_level": 0,
            }
        )

    def begin(self) -> None:
        """Nothing happens if it is running."""
        if self._thread:
            return
        self._running.set()
        self._thread = threading.Thread(target=self._play, name="traffic", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stops and waits until Kafka has acknowledged everything."""
        self._running.clear()
        if self._thread:
            self._thread.join()
            self._thread = None
        deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_S
        while self._unsent or self._again:
            assert time.monotonic() < deadline, f"{self._unsent} events were never acknowledged"
            self._send_again()
            self._producer.poll(0.05)

    def send(self, event: Sent) -> None:
        """One event of the caller's own among the others. Requires: it is not running."""
        self._produce(event)

    def acks(self) -> dict[tuple[int, int], str]:
        with self._lock:
            return dict(self._acks)

    def first_after(self, when: float) -> dict[int, int]:
        """By partition the first offset that was acknowledged after then."""
        with self._lock:
            firsts = {}
            for partition, reports in self._reports.items():
                for offset, at in reversed(reports):
                    if at < when:
                        break
                    firsts[partition] = offset
            return firsts

    def acknowledged_at(self, partition: int, offset: int) -> float | None:
        """When the first event from that offset on was."""
        with self._lock:
            found = None
            for known, at in reversed(self._reports.get(partition, [])):
                if known < offset:
                    break
                found = at
            return found

    def forget_times(self) -> None:
        with self._lock:
            self._reports.clear()

    def _play(self) -> None:
        began, played = time.monotonic(), 0
        while self._running.is_set():
            due = int((time.monotonic() - began) * self.rate)
            if self._unsent > UNSENT_MAX:
                due = played  # Kafka is away: people go on listening, but our memory ends
            for _ in range(min(due - played, 500)):
                self._produce(self._choose.choice(self._apps).next())
            played = due
            self._send_again()
            self._producer.poll(0.01)

    def _send_again(self) -> None:
        for _ in range(len(self._again)):
            self._produce(self._again.popleft())

    def _produce(self, event: Sent) -> None:
        def reported(error, message) -> None:
            self._unsent -= 1
            if error is not None or message.offset() < 0:
                self._again.append(event)
                return
            with self._lock:
                place = message.partition(), message.offset()
                self._acks[place] = event.headers["ce_id"]
                self._reports[place[0]].append((place[1], time.monotonic()))

        self._unsent += 1
        self._producer.produce(
            wire.EVENTS, key=event.key, value=event.value, headers=event.headers, on_delivery=reported
        )


def is_broken(value: bytes | None) -> bool:
    """Whether it is one of the unreadable ones."""
    try:
        json.loads(value or b"")
    except ValueError:
        return True
    return False
