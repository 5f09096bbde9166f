"""The pipeline under measurement: servers, workers, what they did and what it cost."""

from __future__ import annotations

import contextlib
import json
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

import cpu
from process import Process, Program, ServerError
from servers import REPOSITORY, Kafka, Redis, initialise

EVENTS = "segue.events.v1"
ANSWERS = "segue.recommendations.v1"
ECHO = {"segue.load-events.v1": EVENTS, "segue.load-answers.v1": ANSWERS}
DONE_WITHIN_S = 900
SAMPLE_EVERY_S = 0.25
# The trainer tells its lag once a second; it is done when it has told none so often in a row.
QUIET_SAMPLES = 10


class Pipeline:
    """Kafka, Redis, one recommender and one trainer. A context manager; not thread-safe."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.kafka = Kafka(folder, heap_mb=1024, quick=False)
        self.redis = Redis(folder)
        self._workers: list[Program] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Pipeline":
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.kafka)
            stack.enter_context(self.redis)
            stack.callback(self.stop_workers)
            initialise(self.binaries, self.kafka.address, self.redis.address, self.folder)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_workers(self) -> None:
        flags = ["--kafka.brokers", self.kafka.address, "--redis.address", self.redis.address]
        for name in ("segue-recommender", "segue-trainer"):
            worker = Program(self.binaries / name, flags, self.folder)
            self._workers.append(worker)
            worker.spawn()

    def stop_workers(self) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def run(self, program: str, flags: list[str], update: Callable[[str], None]) -> str:
        """As run_program, against this Kafka."""
        flags = [*flags, "--kafka.brokers", self.kafka.address]
        return run_program(self.binaries / program, flags, self.folder, update)

    def preload(self, flags: list[str], update: Callable[[str], None]) -> None:
        self.run("segue-replay", flags, update)

    def create_echo_topics(self) -> None:
        """Like the topics they stand for."""
        deployed = tomllib.loads((REPOSITORY / "deploy" / "topics.toml").read_text())["topics"]
        admin = AdminClient({"bootstrap.servers": self.kafka.address, "log_level": 3})
        topics = [NewTopic(new, deployed[like]["partitions"], 1) for new, like in ECHO.items()]
        for made in admin.create_topics(topics).values():
            made.result(timeout=30)

    def start_costs(self) -> dict[str, float]:
        """CPU seconds that the workers use to start and do nothing. Requires: empty topics."""
        self.start_workers()
        for worker in self._workers:
            worker.wait_ready()
        costs = self._cpu_seconds(self._workers)
        self.stop_workers()
        return costs

    def catch_up(
        self, events: int, start_costs: dict[str, float], update: Callable[[str], None]
    ) -> dict:
        """Starts the workers on a log of so many events; what it took until all were learned."""
        servers = [self.kafka, self.redis]
        before = self._cpu_seconds(servers) | start_costs
        self.start_workers()
        per_s = self._watch(events, update)
        after = self._cpu_seconds([*servers, *self._workers])
        names = {
            "recommender": "segue-recommender",
            "trainer": "segue-trainer",
            "redis": self.redis.name,
            "broker": self.kafka.name,
        }
        cost = {part: 1e6 * (after[n] - before[n]) / events for part, n in names.items()}
        return {"events": events, "events_per_s": per_s, "cpu_us_per_event": cost}

    def _watch(self, events: int, update: Callable[[str], None]) -> float:
        """Waits until all events are applied and the trainer is done; events applied a second."""
        recommender, trainer = self._workers
        seen: list[tuple[float, int]] = []
        quiet = 0
        deadline = time.monotonic() + DONE_WITHIN_S
        while quiet < QUIET_SAMPLES:
            for process in (self.kafka, self.redis, *self._workers):
                process.check()
            applied = recommender.metric(
                "segue_worker_events_total", topic=EVENTS, outcome="applied"
            )
            done = int(applied or 0)
            if done and (not seen or done > seen[-1][1]):
                seen.append((time.monotonic(), done))
            lag = trainer.metric("segue_worker_lag_events")
            quiet = quiet + 1 if done >= events and lag == 0 else 0
            if time.monotonic() > deadline:
                raise ServerError(f"{done} of {events} events applied after {DONE_WITHIN_S} s")
            update(f"{done:,} of {events:,} events")
            time.sleep(SAMPLE_EVERY_S)
        if len(seen) < 2:
            raise ServerError("too few events to measure: all were done in one sample")
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])

    def _cpu_seconds(self, processes: Sequence[Process]) -> dict[str, float]:
        return {process.name: cpu.process_seconds(process.pid) for process in processes}


def run_program(
    binary: Path, flags: list[str], folder: Path, update: Callable[[str], None]
) -> str:
    """Runs it to its end and returns its last line of output; ServerError if it fails."""
    lines: list[str] = []
    began = time.monotonic()
    with Process(binary.name, [binary, *flags], folder, on_line=lines.append) as process:
        while process.running and time.monotonic() - began < DONE_WITHIN_S:
            update(f"{time.monotonic() - began:.0f} s")
            time.sleep(SAMPLE_EVERY_S)
        if process.wait(1) != 0:
            process.check()
    return lines[-1] if lines else ""


def last_json(line: str, program: str) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        raise ServerError(f"{program} ended without a line of JSON, but with: {line!r}") from None
