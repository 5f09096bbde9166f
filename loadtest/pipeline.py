"""The pipeline under measurement: servers, workers, what they did and what it cost."""

from __future__ import annotations

import contextlib
import json
import time
import tomllib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

import cpu
from masters import Masters
from process import Process, Program, ServerError
from servers import REPOSITORY, Kafka, Redis, initialise

EVENTS = "segue.events.v1"
ANSWERS = "segue.recommendations.v1"
ECHO = {"segue.load-events.v1": EVENTS, "segue.load-answers.v1": ANSWERS}
# Events that a recommender that catches up steps until a model that changed reaches it:
# the trainer and the replica let the broker gather for 50 ms each, at about 10,000 events/s. Models
# that change again within a second come later, but cost a step no more or less.
MODELS_EVERY = 1_500
DONE_WITHIN_S = 900
SAMPLE_EVERY_S = 0.25
# The trainer reports its lag once a second; it is done after this many reports of none in a row.
QUIET_SAMPLES = 10


class Pipeline:
    """Kafka, a Redis or a cluster of them, and workers. A context manager; not thread-safe."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.kafka = Kafka(folder, heap_mb=1024, quick=False)
        self.redis: Redis | Masters = Redis(folder)
        self.more_flags: list[str] = []  # of workers
        self.recommenders: list[Program] = []
        self.trainers: list[Program] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Pipeline":
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.kafka)
            stack.enter_context(self.redis)
            stack.callback(self.stop_workers)
            self.initialise()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def workers(self) -> list[Program]:
        return [*self.recommenders, *self.trainers]

    def initialise(self) -> None:
        """Topics and functions; again after Redis or topics were emptied."""
        address, flags = self.redis.address, self.redis_flags
        initialise(self.binaries, self.kafka.address, address, self.folder, flags=flags)

    @property
    def redis_flags(self) -> list[str]:
        return ["--redis.cluster"] if isinstance(self.redis, Masters) else []

    def start_workers(self, recommenders: int = 1, trainers: int = 1) -> None:
        """Returns when all run, which is before they are ready."""
        flags = ["--kafka.brokers", self.kafka.address, "--redis.address", self.redis.address]
        flags += [*self.redis_flags, *self.more_flags]
        kinds = (("segue-recommender", self.recommenders, recommenders),
                 ("segue-trainer", self.trainers, trainers))  # fmt: skip
        for kind, running, count in kinds:
            for number in range(count):
                name = kind if number == 0 else f"{kind}-{number + 1}"
                worker = Program(self.binaries / kind, flags, self.folder, name=name)
                running.append(worker)
                worker.spawn()

    def wait_ready(self) -> None:
        for worker in self.workers:
            worker.wait_ready()

    def stop_workers(self) -> None:
        for worker in self.workers:
            worker.ask_to_stop()
        for worker in self.workers:
            worker.stop()
        self.recommenders.clear()
        self.trainers.clear()

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
        """CPU seconds that one of each kind of worker uses to start and do nothing. Requires: empty
        topics."""
        self.start_workers()
        self.wait_ready()
        costs = {name: self._cpu_s(running) for name, running in self._parts().items()}
        self.stop_workers()
        return {part: costs[part] for part in ("recommender", "trainer")}

    def catch_up(
        self,
        events: int,
        start_costs: dict[str, float],
        update: Callable[[str], None],
        recommenders: int = 1,
        trainers: int = 1,
    ) -> dict:
        """Starts the workers on a log of so many events; what it took until all were learned."""
        started = {"recommender": recommenders, "trainer": trainers}
        before = {name: self._cpu_s(servers) for name, servers in self._servers().items()}
        before |= {part: count * start_costs[part] for part, count in started.items()}
        self.start_workers(recommenders, trainers)
        per_s = self._watch(events, update)
        after = {name: self._cpu_s(running) for name, running in self._parts().items()}
        cost = {part: 1e6 * (after[part] - before[part]) / events for part in after}
        return {"events": events, "events_per_s": per_s, "cpu_us_per_event": cost}

    def applied(self) -> int:
        """Events that the recommenders that run have in their state."""
        counts = (
            each.metric("segue_worker_events_total", topic=EVENTS, outcome="applied")
            for each in self.recommenders
        )
        return int(sum(count or 0 for count in counts))

    def lag(self, workers: Sequence[Program]) -> float | None:
        """Records that wait, as the workers said last; None before all have said it."""
        lags = [each.metric("segue_worker_lag_events") for each in workers]
        return None if None in lags else sum(lags)

    def settle(self, update: Callable[[str], None]) -> None:
        """Waits until nothing waits for the workers."""
        quiet = 0
        deadline = time.monotonic() + DONE_WITHIN_S
        while quiet < QUIET_SAMPLES:
            self.check()
            lag = self.lag(self.workers)
            quiet = quiet + 1 if lag == 0 else 0
            if time.monotonic() > deadline:
                raise ServerError(f"{lag} records still wait after {DONE_WITHIN_S} s")
            update(f"{lag or 0:,.0f} records wait")
            time.sleep(SAMPLE_EVERY_S)

    def check(self) -> None:
        for process in (self.kafka, *self._servers()["redis"], *self.workers):
            process.check()

    def _watch(self, events: int, update: Callable[[str], None]) -> float:
        """Waits until all events are applied and the trainers are done; events applied a second."""
        seen: list[tuple[float, int]] = []
        quiet = 0
        deadline = time.monotonic() + DONE_WITHIN_S
        while quiet < QUIET_SAMPLES:
            self.check()
            done = self.applied()
            if done and (not seen or done > seen[-1][1]):
                seen.append((time.monotonic(), done))
            quiet = quiet + 1 if done >= events and self.lag(self.trainers) == 0 else 0
            if time.monotonic() > deadline:
                raise ServerError(f"{done} of {events} events applied after {DONE_WITHIN_S} s")
            update(f"{done:,} of {events:,} events")
            time.sleep(SAMPLE_EVERY_S)
        if len(seen) < 2:
            raise ServerError("too few events to measure: all were done in one sample")
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])

    def _servers(self) -> dict[str, Sequence[Process]]:
        stores = self.redis.nodes if isinstance(self.redis, Masters) else [self.redis]
        return {"redis": stores, "broker": [self.kafka]}

    def _parts(self) -> dict[str, Sequence[Process]]:
        return {"recommender": self.recommenders, "trainer": self.trainers, **self._servers()}

    @staticmethod
    def _cpu_s(processes: Sequence[Process]) -> float:
        return sum(cpu.process_seconds(process.pid) for process in processes)


def bare_step_us(
    binaries: Path, flags: list[str], folder: Path, update: Callable[[str], None]
) -> float:
    """Microseconds of CPU an event that the decisions alone take: segue-evaluate without baselines,
    with models as late as they are in the pipeline, where that makes a step cheaper."""
    flags = ["--json", "--baselines", "none", "--models-every", str(MODELS_EVERY), *flags]
    line = run_program(binaries / "segue-evaluate", flags, folder, update)
    return last_json(line, "segue-evaluate")["step_us_per_event"]


def run_program(
    binary: Path,
    flags: list[str],
    folder: Path,
    update: Callable[[str], None],
    may_end_with: Collection[int] = (0,),
) -> str:
    """Runs it to its end and returns its last line of output; ServerError if it fails."""
    lines: list[str] = []
    began = time.monotonic()
    with Process(binary.name, [binary, *flags], folder, on_line=lines.append) as process:
        while process.running and time.monotonic() - began < DONE_WITHIN_S:
            update(f"{time.monotonic() - began:.0f} s")
            time.sleep(SAMPLE_EVERY_S)
        if process.wait(1) not in may_end_with:
            process.check()
    return lines[-1] if lines else ""


def last_json(line: str, program: str) -> dict:
    try:
        return json.loads(line)
    except ValueError:
        raise ServerError(f"{program} ended without a line of JSON, but with: {line!r}") from None
