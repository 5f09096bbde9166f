"""Generators on a pipeline's Kafka and Redis."""

from __future__ import annotations

import subprocess
from pathlib import Path

import confluent_kafka
import wire
from composed import CATALOG, ENDS, RESULTS, Composed
from pipeline import Pipeline
from servers import Program, wait_until

# A killed generator's partitions move after this silence.
SOON = ["--kafka.session-timeout-ms", "1500"]
MADE_WITHIN_S = 120


class Generators(Composed):
    """Generators that share a folder and a key, as they have to."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline.kafka.address, pipeline.folder)
        self.pipeline = pipeline
        for topic in (RESULTS, CATALOG):
            wait_until(lambda: self._has_leaders(topic), 30, f"{topic} can be read")  # noqa: B023

    def _has_leaders(self, topic: str) -> bool:
        """A topic that was made a moment ago may have none."""
        try:
            return bool(wire.high_watermarks(self.brokers, topic))
        except confluent_kafka.KafkaException:
            return False

    def start(self, *flags: str, name: str = "generator") -> Program:
        return self.pipeline.worker("segue-generator", *self.flags, *flags, name=name)

    def start_unready(self, *flags: str, name: str = "generator") -> Program:
        return self.pipeline.worker_that_starts("segue-generator", *self.flags, *flags, name=name)

    def end_of(self, job: dict[str, object], times: int = 1, within_s: float = MADE_WITHIN_S) -> dict:
        """The end of the job, once it was published that often."""

        def ends() -> list[dict]:
            return [one for one in self.results_of(job) if one["stage"] in ENDS]

        wait_until(lambda: len(ends()) >= times, within_s, f"the job has {times} ends")
        return ends()[-1]

    def check(self, path: Path) -> subprocess.CompletedProcess[str]:
        """The summary of segue-compose for a file."""
        argv = [self.pipeline.binaries / "segue-compose", "--check", path, "--audio.signing-key", self.key]
        return subprocess.run(argv, capture_output=True, text=True, timeout=120)
