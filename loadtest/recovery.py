"""How soon Segue is back, and what the protocol costs.

    SEGUE_BIN=build/release/bin /usr/bin/python3 loadtest/recovery.py [--models N]... [--json]

  ready      a recommender that has to read N item models: from its start to /readyz, and its CPU time,
             which is what counts on a machine that others use, too
  drain      workers that were away for 20 s of live listening: how fast the lag goes, over the live rate
  memory     resident memory of a recommender without Redis while 150,000 events come in, and twice as
             many, then for 20 s without Kafka; its caches have their full size before
  protocol   events a second of a recommender that catches up, with its writes to Redis over the same
             without (three turns each, medians)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import confluent_kafka  # noqa: E402
import cpu  # noqa: E402
import wire  # noqa: E402
from console import Console  # noqa: E402
from pipeline import Pipeline  # noqa: E402
from process import Process, Program  # noqa: E402
from servers import Kafka, Redis, wait_until  # noqa: E402

LIVE_RATE = 500  # events a second, as in deploy/quickstart
AWAY_S = 20
FLOOD_EVENTS = 150_000  # more than a consumer may hold, 64 MiB
LISTENERS = 2_000
CACHES_FULL_S = 30
PROTOCOL_EVENTS = 60_000
TURNS = 3
WITHIN_S = 300
MEASURED = ["ready", "drain", "memory", "protocol"]


class Recovery:
    """Measures one thing after the other on servers of its own. One thread."""

    def __init__(self, binaries: Path, folder: Path, console: Console) -> None:
        self.console = console
        self.folder = folder
        self.kafka = Kafka(folder, heap_mb=1024, quick=False)
        self.redis = Redis(folder)
        self.pipeline = Pipeline(binaries, folder, self.kafka, self.redis)

    def ready(self, models: int) -> dict:
        self.console.begin(f"Ready with {models:,} item models")
        self._anew()
        self._run("segue-fill-models", "--tracks", str(models))
        began = time.monotonic()
        worker = self.pipeline.worker("segue-recommender")
        seconds = time.monotonic() - began
        held = worker.metric("segue_item_models_held")
        assert held == models, f"{held} of {models} models are held"
        own = cpu.process_seconds(worker.pid)
        self.console.done(f"{seconds:.1f} s, {own:.1f} s of CPU")
        memory = _resident_mib(worker)
        return {"models": models, "seconds": seconds, "cpu_seconds": own, "resident_mib": memory}

    def drain(self) -> dict:
        self.console.begin("Lag drains")
        self._anew()
        live = self._live(AWAY_S + 60)
        self._workers()
        self._until_behind(0)
        self._stop_workers()
        time.sleep(AWAY_S)
        self._workers()
        began, first = time.monotonic(), self.pipeline.progress(wire.EVENTS)
        lag = self._lag()
        self._until_behind(LIVE_RATE)
        seconds = time.monotonic() - began
        rate = (self.pipeline.progress(wire.EVENTS) - first) / seconds
        live.stop()
        self.console.done(f"{lag:,} events in {seconds:.1f} s, {rate / LIVE_RATE:.1f} × live")
        return {"lag": lag, "seconds": seconds, "events_per_s": rate, "over_live": rate / LIVE_RATE}

    def memory(self) -> dict:
        self.console.begin("Memory while a server is away")
        self._anew()
        live = self._live(2 * WITHIN_S, listeners=200)
        patient = ["--redis.retry_for_s", "600", "--kafka.publish_timeout_ms", "600000"]
        worker = self._workers(*patient, recommender=["--model.rankings_kept_max", "32"])
        time.sleep(CACHES_FULL_S)
        told = {"before_mib": _resident_mib(worker)}
        with _frozen(self.redis):
            for turn in (1, 2):
                self._run(
                    "segue-replay", "--rate", "1000000", "--events-max", str(FLOOD_EVENTS),
                    "--listeners", "200", "--seed", str(turn),
                )  # fmt: skip
                time.sleep(AWAY_S / 4)
                told[f"without_redis_{turn}_mib"] = _resident_mib(worker)
        self._until_behind(LIVE_RATE)
        with _frozen(self.kafka):
            time.sleep(AWAY_S)
            told["without_kafka_mib"] = _resident_mib(worker)
        self._until_behind(LIVE_RATE)
        told["after_mib"] = _resident_mib(worker)
        live.stop()
        self.console.done(", ".join(f"{key} {value:.0f}" for key, value in told.items()))
        return told

    def protocol(self) -> dict:
        self.console.begin("What the protocol costs")
        rates: dict[str, list[float]] = {"with": [], "without": []}
        self._anew()
        self._run("segue-replay", "--rate", "1000000", "--events-max", str(PROTOCOL_EVENTS))
        self._workers()  # so that there are item models
        self.pipeline.wait_drained()
        self._stop_workers()
        meta = wire.connect(self.redis.address).hgetall("sg:meta")
        for turn in range(TURNS):
            for how in ("with", "without"):
                self.console.update(f"{how}, turn {turn + 1} of {TURNS}")
                store = wire.connect(self.redis.address)
                store.flushdb()  # the functions stay
                store.hset("sg:meta", mapping=meta)
                group = ["--kafka.group", f"{how}-{uuid.uuid4()}"]
                redis = ["--redis.address", self.redis.address]
                told = json.loads(self._run("segue-protocol-bench", how, *group, *redis))
                rates[how].append(told["events_per_s"])
        medians = {how: statistics.median(values) for how, values in rates.items()}
        ratio = medians["with"] / medians["without"]
        self.console.done(f"{ratio:.2f} of the throughput without the writes")
        return {"events_per_s": medians, "turns": rates, "ratio": ratio}

    def _anew(self) -> None:
        self._stop_workers()
        self.pipeline.prepare()

    def _workers(self, *flags: str, recommender: list[str] | None = None) -> Program:
        """The recommender of the two."""
        self.pipeline.worker("segue-trainer", *flags)
        return self.pipeline.worker("segue-recommender", *flags, *(recommender or []))

    def _stop_workers(self) -> None:
        self.pipeline.stop()
        self.pipeline.programs.clear()

    def _live(self, for_s: int, listeners: int = LISTENERS) -> Process:
        """Listening that goes on; not one of the pipeline's programs, which come and go."""
        flags = ["--kafka.brokers", self.kafka.address, "--rate", str(LIVE_RATE)]
        flags += ["--for-s", str(for_s), "--listeners", str(listeners)]
        return Process("live", [self.pipeline.binaries / "segue-replay", *flags], self.folder).start()

    def _lag(self) -> int:
        ends = wire.high_watermarks(self.kafka.address, wire.EVENTS)
        return sum(ends.values()) - self.pipeline.progress(wire.EVENTS)

    def _until_behind(self, events: int) -> None:
        """Until the state is not more than so many events behind the log, which is not empty."""

        def near() -> bool:
            try:
                return self.pipeline.progress(wire.EVENTS) > 0 and self._lag() <= max(events, 200)
            except confluent_kafka.KafkaException:  # a broker that has just come back
                return False

        wait_until(near, WITHIN_S, "the lag is gone")

    def _run(self, program: str, *words: str) -> str:
        lines: list[str] = []
        argv = [self.pipeline.binaries / program, *words, "--kafka.brokers", self.kafka.address]
        with Process(program, argv, self.folder, on_line=lines.append) as process:
            if process.wait(WITHIN_S) != 0:
                process.check()
        return lines[-1] if lines else ""


@contextlib.contextmanager
def _frozen(server: Process) -> Iterator[None]:
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(server.pid, signal.SIGCONT)


def _resident_mib(process: Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(l.split()[1]) for l in status.splitlines() if l.startswith("VmRSS")) / 1024


def main() -> int:
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    flags.add_argument("--models", type=int, action="append")
    flags.add_argument("--only", choices=MEASURED, action="append")
    flags.add_argument("--json", action="store_true")
    options = flags.parse_args()
    binaries = Path(os.environ.get("SEGUE_BIN", ROOT / "build" / "release" / "bin"))
    console = Console(sys.stderr if options.json else sys.stdout)
    told: dict = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-recovery-")))
        recovery = Recovery(binaries, folder, console)
        stack.enter_context(recovery.kafka)
        stack.enter_context(recovery.redis)
        stack.callback(recovery.pipeline.stop)
        wanted = options.only or MEASURED
        try:
            for name in wanted:
                if name == "ready":
                    told[name] = [recovery.ready(n) for n in options.models or [100_000]]
                else:
                    told[name] = getattr(recovery, name)()
        except KeyboardInterrupt:
            console.say("\nInterrupted; everything was stopped.")
            return 130
    if options.json:
        print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
