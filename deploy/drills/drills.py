"""The drills: what each breaks, which alert it has to raise, and how all is mended afterwards."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

from watched import ServerError, WatchedSegue

# A drill breaks on entering and mends on leaving.
Break = Callable[[WatchedSegue], contextlib.AbstractContextManager[None]]
POISON_EVERY_S = 0.1
# A recommender that runs for an eighth of the time.
HELD_S, FREE_S = 0.35, 0.05


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
    """Events that nobody can read, beside those that are played."""
    try:
        import confluent_kafka
    except ImportError:
        raise ServerError("there is no confluent_kafka (install python3-confluent-kafka)") from None
    over = threading.Event()
    producer = confluent_kafka.Producer({"bootstrap.servers": segue.kafka.address, "log_level": 0})

    def send() -> None:
        while not over.wait(POISON_EVERY_S):
            producer.produce("segue.events.v1", key=b"poison", value=b"{not json")
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
    Drill("broker-freezes", "SIGSTOP of the broker", "SegueKafkaDown", lambda segue: frozen(segue.kafka.pid)),
    Drill("gateway-loses-kafka", "the way from the gateway to Kafka is cut", "SegueServerOutOfReach", lambda segue: segue.way_of_gateway.cut()),
    Drill("recommender-dies", "kill -9 of one of two recommenders", "SegueDown", killed("recommender-1")),
    Drill("trainer-dies", "kill -9 of the trainer", "SegueDown", killed("trainer")),
    Drill("gateway-dies", "kill -9 of the gateway", "SegueDown", killed("gateway")),
    Drill("poison", "one event in seven is not JSON", "SegueDeadLetters", poison),
]
