#!/usr/bin/python3
"""Measures a generator on servers of its own: from a job in Kafka to its end in Kafka, one job after the other.

    loadtest/jobs.py [--seconds 30,180] [--jobs N]

For each length of music: how long a job took (half were faster; the slowest), the share of composing, and how many seconds
of music a second of the generator's CPU made. Then one job is made again: its bytes must be the same. Prints one JSON object
as the last line, progress to standard error. Programs: SEGUE_BIN, or build/release/bin.

Example: SEGUE_BIN=build/release/bin loadtest/jobs.py --seconds 30 --jobs 5
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import confluent_kafka  # noqa: E402
import cpu  # noqa: E402
from composed import ENDS, RESULTS, Composed, a_job, is_whole  # noqa: E402
from process import Program  # noqa: E402
from servers import Kafka, Redis, initialise  # noqa: E402

GENRES = ["jazz", "rock", "ambient", "classical", "electronic", "folk"]
STAGES = ("composing", "rendering", "checking")
ENDED_WITHIN_S = 300


class Bench:
    """One generator, and a reader of results that is there before the first."""

    def __init__(self, brokers: str, composed: Composed, generator: Program) -> None:
        self.composed = composed
        self.generator = generator
        self.results = confluent_kafka.Consumer(
            {"bootstrap.servers": brokers, "group.id": f"jobs-{uuid.uuid4()}", "fetch.wait.max.ms": 10}
        )
        partitions = self.results.list_topics(RESULTS, timeout=30).topics[RESULTS].partitions
        self.results.assign([confluent_kafka.TopicPartition(RESULTS, p, 0) for p in partitions])

    def end_of(self, job: dict[str, object]) -> dict:
        deadline = time.monotonic() + ENDED_WITHIN_S
        while time.monotonic() < deadline:
            message = self.results.poll(0.5)
            if message is None or message.error():
                continue
            result = json.loads(message.value())
            if result["job_id"] == job["job_id"] and result["stage"] in ENDS:
                return result
        raise SystemExit(f"a job has no end after {ENDED_WITHIN_S} s")

    def staged(self) -> dict[str, float]:
        """Seconds of each stage so far."""
        name = "segue_generation_job_seconds_sum"
        return {stage: self.generator.metric(name, stage=stage) or 0.0 for stage in STAGES}

    def measure(self, seconds: int, jobs: int) -> dict[str, float]:
        took: list[float] = []
        burned, before = cpu.process_seconds(self.generator.pid), self.staged()
        for n in range(jobs):
            print(f"{seconds} s of music: {n + 1} of {jobs}", file=sys.stderr, flush=True)
            wanted = {"genre": GENRES[n % len(GENRES)], "seconds": seconds, "seed": str(n)}
            job = a_job(specification=wanted)
            sent = time.monotonic()
            self.composed.ask(job)
            end = self.end_of(job)
            took.append(time.monotonic() - sent)
            assert end["stage"] == "ready", end
        burned = cpu.process_seconds(self.generator.pid) - burned
        stages = {stage: after - before[stage] for stage, after in self.staged().items()}
        return {
            "seconds": seconds,
            "jobs": jobs,
            "job_to_end_p50_s": round(statistics.median(took), 2),
            "job_to_end_most_s": round(max(took), 2),
            "composing_share": round(stages["composing"] / sum(stages.values()), 5),
            "music_a_cpu_second": round(seconds * jobs / burned, 1),
        }

    def same_bytes(self) -> bool:
        job = a_job()
        self.composed.ask(job)
        path = self.composed.file_of(self.end_of(job)["track"])
        path.unlink()
        self.composed.ask(job)
        return self.composed.file_of(self.end_of(job)["track"]) == path and is_whole(path)


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--seconds", default="30,180", help="lengths of music, separated by commas")
    flags.add_argument("--jobs", type=int, default=6, help="jobs of each length")
    options = flags.parse_args()
    binaries = Path(os.environ.get("SEGUE_BIN", ROOT / "build/release/bin"))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-jobs-")))
        kafka = stack.enter_context(Kafka(folder))
        redis = stack.enter_context(Redis(folder))
        initialise(binaries, kafka.address, redis.address, folder)
        composed = Composed(kafka.address, folder)
        servers = ["--kafka.brokers", kafka.address, "--redis.address", redis.address]
        generator = Program(binaries / "segue-generator", [*servers, *composed.flags], folder)
        stack.enter_context(generator)
        bench = Bench(kafka.address, composed, generator)
        stack.callback(bench.results.close)
        found = [bench.measure(int(seconds), options.jobs) for seconds in options.seconds.split(",")]
        same = bench.same_bytes()
    print(json.dumps({"machine": cpu.model(), "lengths": found, "same_bytes": same}))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
