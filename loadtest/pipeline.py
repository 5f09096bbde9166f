"""The running pipeline under measurement: servers, workers, what they have done and what it cost."""

from __future__ import annotations

import contextlib
import json
import time
import tomllib
from collections.abc import Callable
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
        admin = AdminClient({"bootstrap.servers": self.kafka.address})
        topics = [NewTopic(new, deployed[like]["partitions"], 1) for new, like in ECHO.items()]
        for made in admin.create_topics(topics).values():
            made.result(timeout=30)

    def catch_up(self, events: int, update: Callable[[str], None]) -> dict:
        """Starts the workers on a log of so many events; what it took until all were learned."""
        before = {s.name: cpu.process_seconds(s.pid) for s in (self.kafka, self.redis)}
        self.start_workers()
        recommender, trainer = self._workers
        first = last = (0.0, 0.0, 0)
        quiet = 0
        deadline = time.monotonic() + DONE_WITHIN_S
        while quiet < QUIET_SAMPLES:
            for process in (self.kafka, self.redis, *self._workers):
                process.check()
            if time.monotonic() > deadline:
                raise ServerError(f"the pipeline is not done after {DONE_WITHIN_S} s")
            done = int(recommender.metric("segue_worker_events_total", topic=EVENTS) or 0)
            sample = (time.monotonic(), cpu.process_seconds(recommender.pid), done)
            if not first[2]:
                first = sample
            if done > last[2]:
                last = sample
            lag = trainer.metric("segue_worker_lag_events")
            quiet = quiet + 1 if done >= events and lag == 0 else 0
            update(f"{done:,} of {events:,} events")
            time.sleep(SAMPLE_EVERY_S)
        counted = last[2] - first[2]
        if counted <= 0:
            raise ServerError("too few events to measure: all were done in one sample")
        return {
            "events": last[2],
            "events_per_s": counted / (last[0] - first[0]),
            "cpu_us_per_event": {
                "recommender": 1e6 * (last[1] - first[1]) / counted,
                "trainer": 1e6 * cpu.process_seconds(trainer.pid) / last[2],
                "redis": self._us_per_event(self.redis, before, last[2]),
                "broker": self._us_per_event(self.kafka, before, last[2]),
            },
        }

    def _us_per_event(self, server: Process, before: dict[str, float], events: int) -> float:
        return 1e6 * (cpu.process_seconds(server.pid) - before[server.name]) / events


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
