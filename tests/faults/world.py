"""A Segue of one's own to break: servers, workers behind proxies and under a supervisor, listeners."""

from __future__ import annotations

import dataclasses
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import confluent_kafka
import moments
import redis
import verify
import wire
from brokers import Brokers
from dialogue import KafkaDialogue, RedisDialogue
from process import Program, ServerError, wait_until
from proxy import Proxy
from redis_cluster import ClusterStore, RedisCluster
from servers import Redis, initialise
from traffic import Traffic, is_broken
from watch import STATES, Watch

SESSION_TIMEOUT_S = 1.5
SETTLED_WITHIN_S = 120
STARTED_WITHIN_S = 60
# The bound is for what hangs, not for what is slow: on a crowded machine all takes several times as long.
SLACK = 4
# Faults are over sooner than with the defaults; the protocol is the same.
SOON = [
    "--kafka.session_timeout_ms", str(int(1_000 * SESSION_TIMEOUT_S)),
    "--kafka.publish_timeout_ms", "4000",
    "--redis.timeout_ms", "800",
    "--redis.retry_for_s", "10",
]  # fmt: skip
SLOTS = ["recommender-1", "recommender-2", "recommender-3", "recommender-4"]
SLOTS += ["trainer-1", "trainer-2", "replay"]
USUAL = ["recommender-1", "recommender-2", "trainer-1"]


@dataclasses.dataclass
class Bite:
    """One fault done: whether it really hit something, and from when recovery counts: the kill, or
    the end of an outage."""

    bit: bool
    since: float


@dataclasses.dataclass
class Findings:
    """The findings of a verification since the one before."""

    events: int = 0
    lost: int = 0
    double: int = 0
    torn: int = 0
    outputs_missing: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)


class Worker(Program):
    """A recommender or trainer in a slot with proxies of its own; started again when it ends."""

    def __init__(self, world: "World", slot: str) -> None:
        self.slot = slot
        self.wanted = False
        self.began = 0.0
        self.restarts = 0
        brokers = world.links[slot].address if world.links else world.brokers.address
        self.store = Proxy(lambda: world.redis.port, RedisDialogue)
        # A cluster's nodes announce proxies of their own.
        store = world.redis if world.clustered else self.store
        flags = ["--kafka.brokers", brokers, "--redis.address", store.address, *SOON, *world.redis_flags]
        binary = world.binaries / f"segue-{slot.partition('-')[0]}"
        super().__init__(binary, [*flags, *world.more_flags], world.folder, name=slot)

    def up(self) -> None:
        self.wanted = True
        if not self.running:
            self.began = time.monotonic()
            self.spawn()

    def down(self) -> None:
        """In good order."""
        self.wanted = False
        self.stop()

    @property
    def ready(self) -> bool:
        return self.running and self.get("/readyz") is not None

    @property
    def proxies(self) -> list[Proxy]:
        return [self.store]


class World:
    """Everything that one row of faults needs. One thread, but for the traffic and the watch."""

    def __init__(
        self,
        binaries: Path,
        folder: Path,
        seed: int,
        *,
        brokers: int = 1,
        clustered: bool = False,
        rate: float = 300,
        flags: list[str] | None = None,
    ) -> None:
        self.binaries = binaries
        self.folder = folder
        self.seed = seed
        self.rate = rate
        self.choose = random.Random(seed)
        self.more_flags = flags or []
        self.usual = list(USUAL)
        self.links: dict[str, Proxy] = {}
        if brokers == 1:
            self.links = {slot: Proxy(lambda s=slot: self.brokers.port_of(s), KafkaDialogue) for slot in SLOTS}
        self.brokers = Brokers(folder, brokers, self.links)
        self.clustered = clustered
        self.redis = RedisCluster(folder) if clustered else Redis(folder)
        self.redis_flags = RedisCluster.flags if clustered else []
        self.workers: dict[str, Worker] = {}
        self.moments: list[moments.Moment] = []
        self.crashes: list[str] = []
        self.poisons: set[tuple[int, int]] = set()
        self.update: Callable[[str], None] = lambda _text: None
        self._before = Findings()

    def start(self) -> "World":
        self.brokers.start()
        self.redis.start()
        flags = ["--admin.replication", str(self.brokers.count), *self.redis_flags]
        initialise(self.binaries, self.brokers.address, self.redis.address, self.folder, flags=flags)
        self.log = verify.Log(self.brokers.address)
        self.traffic = Traffic(self.brokers.address, self.seed, self.rate)
        self.watch = Watch(lambda: self.redis.address, self.brokers.address, self.traffic)
        self.workers = {slot: Worker(self, slot) for slot in SLOTS if slot != "replay"}
        for slot in self.usual:
            self.workers[slot].up()
        self.wait(
            lambda: all(self.workers[slot].ready for slot in self.usual),
            STARTED_WITHIN_S,
            "they are ready",
        )
        self.traffic.begin()
        self.wait_progress(200)
        return self

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.wanted = False
            worker.kill()
        if hasattr(self, "traffic"):
            self.watch.close()
        self.redis.stop()
        self.brokers.stop()
        for proxy in [*self.links.values(), *(worker.store for worker in self.workers.values())]:
            proxy.close()

    # While something is broken.

    def tend(self) -> None:
        """The work of a supervisor."""
        for worker in self.workers.values():
            if not worker.wanted or worker.running:
                continue
            code = worker.returncode
            if code is not None and code < 0 and code != -signal.SIGKILL:
                name = signal.Signals(-code).name
                self.crashes.append(f"{worker.slot} ended with {name}; see {worker.log}")
            if time.monotonic() - worker.began > 0.3:
                worker.restarts += 1
                worker.up()

    def wait(self, condition: Callable[[], object], within_s: float, what: str) -> float:
        """Until it holds, tending meanwhile; returns how long that took. `within_s` is ample where
        nothing else runs."""
        began = time.monotonic()

        def tended() -> object:
            self.tend()
            return condition()

        try:
            wait_until(tended, SLACK * within_s, what)
        except ServerError as error:
            raise ServerError(f"{error}; the state: {self.watch.positions()}") from None
        return time.monotonic() - began

    def pass_time(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tend()
            time.sleep(0.02)

    def wait_progress(self, records: int = 20) -> None:
        """Until so many more records are in the state: whatever comes next comes in mid-work."""
        before = self.watch.progress()
        self.wait(lambda: self.watch.progress() >= before + records, 120, "the work goes on")

    def recover(self, since: float) -> float:
        """Until every partition has learned something newer; returns seconds since then."""
        self.wait(lambda: self.watch.overcome(since), 120, "the fault is overcome")
        return time.monotonic() - since

    def store(self) -> redis.Redis | ClusterStore:
        """Redis itself, past the proxies."""
        if self.clustered:
            return ClusterStore(self.redis.address)
        return redis.Redis(port=self.redis.port, socket_timeout=5)

    def look(self) -> None:
        """Remembers what Redis holds of one partition of each topic now, whole or torn."""
        for topic, count in ((wire.EVENTS, 16), (wire.ITEM_SIGNALS, 8)):
            try:
                moment = moments.take(self.store(), topic, self.choose.randrange(count))
            except redis.RedisError:
                continue
            if moment:
                self.moments.append(moment)

    def next_of(self, topic: str = wire.EVENTS) -> int:
        """How far the state of a topic is, summed; asked of Redis itself."""
        parts = [p for t, p in STATES if t == topic]
        return sum(max(0, wire.checkpoint(self.store(), topic, p)) for p in parts)

    def metric(self, name: str, **labels: str) -> float:
        return sum(w.metric(name, **labels) or 0 for w in self.workers.values() if w.running)

    # At the end of a row.

    def settle(self) -> Findings:
        """Ends the traffic, waits until all is learned, and recounts everything."""
        self.update("waiting until all is learned")
        self.traffic.end()
        self.wait(self.drained, SETTLED_WITHIN_S, "everything is learned")
        self.update("recounting")
        log = self.log.read_on()
        verdict = verify.verify(self.brokers.address, self.redis.address, log)
        torn = moments.torn(self.moments, log)
        wrong = [*verdict.mismatches, *torn, *self.crashes, *self._unexpected_letters(log)]
        unlogged = self._acknowledged_but_gone(log)
        now = Findings(
            events=len(log.events),
            lost=verdict.lost + len(unlogged),
            double=verdict.double,
            torn=len(torn),
            outputs_missing=verdict.outputs_missing,
            wrong=[*wrong, *unlogged],
        )
        self.moments, self.crashes = [], []
        before, self._before = self._before, now
        return Findings(
            events=now.events - before.events,
            lost=max(0, now.lost - before.lost),
            double=max(0, now.double - before.double),
            torn=now.torn,
            outputs_missing=max(0, now.outputs_missing - before.outputs_missing),
            wrong=[each for each in now.wrong if each not in before.wrong],
        )

    def go_on(self) -> None:
        """After settling: the next row."""
        self.traffic.forget_times()
        self.watch.longest_stall()
        self.traffic.begin()

    def drained(self) -> bool:
        try:
            store = self.store()
            for topic in (wire.EVENTS, wire.ITEM_SIGNALS):
                for p, end in wire.high_watermarks(self.brokers.address, topic).items():
                    if end > 0 and wire.checkpoint(store, topic, p) != end:
                        return False
        except (redis.RedisError, confluent_kafka.KafkaException):
            return False
        return True

    def _acknowledged_but_gone(self, log: verify.Log) -> list[str]:
        there = {(r.partition, r.offset): r.headers.get("ce_id", b"").decode() for r in log.events}
        return [
            f"event {identity} was acknowledged at {place}, where {there.get(place)} stands"
            for place, identity in self.traffic.acks().items()
            if there.get(place) != identity
        ]

    def _unexpected_letters(self, log: verify.Log) -> list[str]:
        """Dead letters of what could be read, and what could not be and has none."""
        broken = {(r.partition, r.offset) for r in log.events if is_broken(r.value)}
        letters = {}
        for letter in log.dead:
            partition = int(letter.headers["segue_dlq_original_partition"])
            place = (partition, int(letter.headers["segue_dlq_original_offset"]))
            letters[place] = letter.headers["segue_dlq_reason"].decode()
        wrong = [f"{place} cannot be read and has no dead letter" for place in broken - letters.keys()]
        for place, reason in letters.items():
            fits = place in broken or place in self.poisons or reason == "too_old"
            wrong += [] if fits else [f"{place} became a dead letter ({reason})"]
        return wrong


