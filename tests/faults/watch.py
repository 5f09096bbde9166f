"""How far the state is, sampled all the time: stalls, and how soon a fault is overcome."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import confluent_kafka
import redis
import wire
from traffic import Traffic

SAMPLE_EVERY_S = 0.02
STATES = [(wire.EVENTS, p) for p in range(16)] + [(wire.ITEM_SIGNALS, p) for p in range(8)]
Place = tuple[str, int]


class Watch:
    """Samples every checkpoint from Redis, on a thread of its own, and knows what waits from the
    traffic and from the signals that it reads along."""

    def __init__(self, store_address: Callable[[], str], brokers: str, traffic: Traffic) -> None:
        self._store_address = store_address
        self._traffic = traffic
        self._lock = threading.Lock()
        self._next: dict[Place, int] = {}
        self._moved: dict[Place, float] = {}
        self._signals: dict[int, list[tuple[int, float]]] = {}
        self._stall_s = 0.0
        self._ending = threading.Event()
        self._reader = confluent_kafka.Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "watch",  # required, never joined
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )
        self._reader.assign([confluent_kafka.TopicPartition(wire.ITEM_SIGNALS, p, 0) for p in range(8)])
        self._threads = [
            threading.Thread(target=work, daemon=True) for work in (self._sample, self._read_signals)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._reader.close()

    def positions(self) -> dict[Place, int]:
        with self._lock:
            return dict(self._next)

    def progress(self) -> int:
        """Records in the state, of both topics."""
        return sum(self.positions().values())

    def longest_stall(self) -> float:
        """Seconds that something waited in some partition while its state stood still, since last
        asked."""
        with self._lock:
            stall, self._stall_s = self._stall_s, 0.0
            return stall

    def overcome(self, since: float) -> bool:
        """Whether every partition has since learned something that came after that moment."""
        positions = self.positions()
        firsts = {(wire.EVENTS, p): o for p, o in self._traffic.first_after(since).items()}
        with self._lock:
            for partition, signals in self._signals.items():
                after = next((offset for offset, at in signals if at >= since), None)
                if after is not None:
                    firsts[wire.ITEM_SIGNALS, partition] = after
        return len(firsts) == len(STATES) and all(
            positions.get(place, -1) > offset for place, offset in firsts.items()
        )

    def _sample(self) -> None:
        store = None
        while not self._ending.wait(SAMPLE_EVERY_S):
            try:
                address = self._store_address()
                if store is None or store[0] != address:
                    store = address, wire.connect(address, timeout_s=1)
                replies = wire.checkpoints(store[1], STATES)
            except redis.RedisError:
                store = None
                continue
            self._note(time.monotonic(), dict(zip(STATES, replies)))

    def _note(self, now: float, states: dict[Place, bytes | None]) -> None:
        for place, text in states.items():
            offset = int(text or -1)
            known = self._next.get(place, -1)
            if offset == known:
                continue
            waited = self._waiting_since(place, known)
            with self._lock:
                since = max(self._moved.get(place, now), waited or now)
                self._stall_s = max(self._stall_s, now - since)
                self._next[place] = offset
                self._moved[place] = now

    def _waiting_since(self, place: Place, offset: int) -> float | None:
        topic, partition = place
        if topic == wire.EVENTS:
            return self._traffic.acknowledged_at(partition, max(offset, 0))
        with self._lock:
            signals = self._signals.get(partition, [])
            return next((at for known, at in signals if known >= offset), None)

    def _read_signals(self) -> None:
        while not self._ending.is_set():
            for message in self._reader.consume(500, timeout=0.1):
                if message.error():
                    continue
                with self._lock:
                    signals = self._signals.setdefault(message.partition(), [])
                    signals.append((message.offset(), time.monotonic()))
                    del signals[:-2_000]
