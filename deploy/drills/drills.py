"""The drills: what each breaks, which alert it has to raise, and how all is mended afterwards."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import resource
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from watched import ServerError, WatchedSegue

# A drill breaks on entering and mends on leaving.
Break = Callable[[WatchedSegue], contextlib.AbstractContextManager[None]]
POISON_EVERY_S = 0.1
# A recommender that runs for an eighth of the time.
HELD_S, FREE_S = 0.35, 0.05
# Five bots' events to three of listeners (watched.RATE).
BOT_EVERY_S = 0.01
BOTS, TRACKS = 200, 5_000


@dataclasses.dataclass(frozen=True)
class Drill:
    name: str
    does: str
    alert: str
    breaks: Break
    within_s: float = 60  # with windows shortened by main.FACTOR


@contextlib.contextmanager
def redis_stops(segue: WatchedSegue) -> Iterator[None]:
    segue.redis.kill()
    try:
        yield
    finally:
        segue.redis.start()


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def redis_is_full(segue: WatchedSegue) -> Iterator[None]:
    _redis(segue, "CONFIG", "SET", "maxmemory", "1mb")
    try:
        yield
    finally:
        _redis(segue, "CONFIG", "SET", "maxmemory", "0")


def _redis(segue: WatchedSegue, *words: str) -> None:
    command = ["redis-cli", "-p", str(segue.redis.port), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if done.stdout.strip() != "OK":
        raise ServerError(f"Redis does not take {' '.join(words)}: {done.stdout.strip() or done.stderr.strip()}")


def full_disk(pid: int) -> None:
    """From now on no file of the process grows: its writes end as on a disk without room."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))


@contextlib.contextmanager
def disk_of_redis_is_full(segue: WatchedSegue) -> Iterator[None]:
    before = resource.prlimit(segue.redis.pid, resource.RLIMIT_FSIZE)
    full_disk(segue.redis.pid)
    try:
        yield
    finally:
        resource.prlimit(segue.redis.pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def disk_of_broker_is_full(segue: WatchedSegue) -> Iterator[None]:
    """The broker ends by itself, and is started again where there is room."""
    full_disk(segue.kafka.pid)
    try:
        yield
    finally:
        segue.kafka.kill()
        segue.kafka.start()


@contextlib.contextmanager
def music_has_no_folder(segue: WatchedSegue) -> Iterator[None]:
    """As where a volume was not mounted; composing works and nothing can be kept."""
    away = segue.music.with_name("music.away")
    segue.music.rename(away)
    segue.music.write_text("no folder\n")
    try:
        yield
    finally:
        segue.music.unlink()
        away.rename(segue.music)


@contextlib.contextmanager
def model_collapses(segue: WatchedSegue) -> Iterator[None]:
    """Bots play: their plays cannot be foreseen, and what they teach is wrong for everybody else."""
    with producing(segue, BOT_EVERY_S, Bots().event):
        yield


class Bots:
    """A crowd that plays tracks of the simulator's catalogue at random."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self._played = [0] * BOTS

    def event(self) -> dict:
        bot = self._random.randrange(BOTS)
        self._played[bot] += 1
        play = {
            "user_id": f"bot-{bot}", "session_id": "bots", "seq": self._played[bot], "play_id": uuid.uuid4().hex,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "track_id": f"t1-{self._random.randrange(TRACKS)}",
            "duration_ms": 200_000, "played_ms": 200_000,
        }
        headers = {"ce_specversion": "1.0", "ce_type": "segue.playback.completed.v1", "ce_source": "/drill"}
        headers |= {"ce_id": uuid.uuid4().hex, "content-type": "application/json"}
        return {"key": play["user_id"], "value": json.dumps(play), "headers": headers}


def killed(name: str) -> Break:
    @contextlib.contextmanager
    def breaks(segue: WatchedSegue) -> Iterator[None]:
        program = segue.programs[name]
        program.kill()
        try:
            yield
        finally:
            program.start()

    return breaks


@contextlib.contextmanager
def poison(segue: WatchedSegue) -> Iterator[None]:
    """Unreadable events, beside those that are played."""
    event = {"key": b"poison", "value": b"{not json"}
    with producing(segue, POISON_EVERY_S, lambda: event):
        yield


@contextlib.contextmanager
def producing(segue: WatchedSegue, every_s: float, event: Callable[[], dict[str, Any]]) -> Iterator[None]:
    """Writes an event to the log again and again."""
    try:
        import confluent_kafka
    except ImportError:
        raise ServerError("there is no confluent_kafka (install python3-confluent-kafka)") from None
    over = threading.Event()
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": segue.kafka.address, "partitioner": "murmur2_random", "log_level": 0}
    )

    def send() -> None:
        while not over.wait(every_s):
            producer.produce("segue.events.v1", **event())
            producer.poll(0)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        producer.flush(30)


@contextlib.contextmanager
def recommenders_are_slow(segue: WatchedSegue) -> Iterator[None]:
    """They get an eighth of the processor's time, in pieces, as on a machine that others fill."""
    over = threading.Event()
    pids = [program.pid for name, program in segue.programs.items() if name.startswith("recommender")]

    def hold() -> None:
        while not over.is_set():
            for signum, pause_s in ((signal.SIGSTOP, HELD_S), (signal.SIGCONT, FREE_S)):
                for pid in pids:
                    os.kill(pid, signum)
                time.sleep(pause_s)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()  # it ends with SIGCONT


DRILLS = [
    # First: what others leave behind would make lists late, too.
    Drill("slow-ranker", "recommenders run for an eighth of the time", "SegueFreshnessBudgetBurns", recommenders_are_slow, 180),
    Drill("redis-stops", "kill -9 of Redis", "SegueRedisDown", redis_stops),
    Drill("redis-freezes", "SIGSTOP of Redis", "SegueRedisDown", lambda segue: frozen(segue.redis.pid)),
    Drill("redis-is-full", "Redis reaches its maxmemory", "SegueRedisRefuses", redis_is_full),
    Drill("redis-disk-is-full", "nothing more fits on the disk of Redis", "SegueRedisRefuses", disk_of_redis_is_full),
    Drill("broker-freezes", "SIGSTOP of the broker", "SegueKafkaDown", lambda segue: frozen(segue.kafka.pid)),
    Drill("broker-disk-is-full", "nothing more fits on the disk of the broker", "SegueKafkaDown", disk_of_broker_is_full),
    Drill("gateway-loses-kafka", "the way from the gateway to Kafka is cut", "SegueServerOutOfReach", lambda segue: segue.way_of_gateway.cut()),
    Drill("recommender-dies", "kill -9 of one of two recommenders", "SegueDown", killed("recommender-1")),
    Drill("trainer-dies", "kill -9 of the trainer", "SegueDown", killed("trainer")),
    Drill("gateway-dies", "kill -9 of the gateway", "SegueDown", killed("gateway")),
    Drill("poison", "one event in seven is not JSON", "SegueDeadLetters", poison),
    Drill("generator-fails", "the folder of composed tracks is gone", "SegueGeneratorFails", music_has_no_folder, 120),
    # Last: the lists' foresight until then is what they are compared with.
    Drill("model-collapses", "bots play at random, five events to three of listeners", "SegueQualityDrops", model_collapses, 420),
]
