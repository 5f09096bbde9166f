"""How soon Segue is back, and what the protocol costs.

    SEGUE_BIN=build/release/bin /usr/bin/python3 loadtest/recovery.py [--models N]... [--json]

  ready      a recommender that has to read N item models: from its start to /readyz, and its CPU time,
             which is what counts on a machine that others use, too
  drain      workers that were away for 20 s of live listening: how fast the lag goes, over the live rate
  memory     resident memory of a recommender without Redis when 75,000 events have come in, and twice
             as many, and when it has caught up; the same three times more, which must add little; then
             after 20 s without Kafka. It has learned the same listeners and tracks before
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
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import confluent_kafka  # noqa: E402
import cpu  # noqa: E402
import wire  # noqa: E402
from console import Console  # noqa: E402
from pipeline import Pipeline  # noqa: E402
from process import Process, Program, frozen  # noqa: E402
from servers import Kafka, Redis, wait_until  # noqa: E402

LIVE_RATE = 500  # events a second, as in deploy/quickstart
SLOW_RATE = 100  # beside a flood, which a crowded machine must catch up with, too
AWAY_S = 20
FLOOD_EVENTS = 150_000  # in two portions; five times what a consumer may hold (30,000 records)
LISTENERS = 2_000
FEW_LISTENERS = 200
FEW_TRACKS = 1_000  # all of them are heard before anything is judged
LEARNED_EVENTS = 150_000
STALLS = 4
PROTOCOL_EVENTS = 60_000
TURNS = 3
WITHIN_S = 900
# Another crowd than the live one, as fast as it can; a producer that is stopped for long gives up nothing.
RUSHED = ["--seed", "11", "--rate", "1000000", "--kafka.publish_timeout_ms", "600000"]
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
        self._start_afresh()
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
        self._start_afresh()
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
        self._start_afresh()
        few = ["--listeners", str(FEW_LISTENERS), "--tracks", str(FEW_TRACKS)]
        live = self._live(4 * WITHIN_S, *few, rate=SLOW_RATE)
        flood = Flood(self._replay("flood", *few, *RUSHED), self._sent)
        patient = ["--redis.retry_for_s", "600", "--kafka.publish_timeout_ms", "600000"]
        worker = self._workers(*patient)
        flood.send(LEARNED_EVENTS)
        self._until_behind(LIVE_RATE)
        figures = {"before_mib": _resident_mib(worker)}
        for stall in range(1, STALLS + 1):
            with frozen(self.redis):
                for portion in (1, 2):
                    flood.send(FLOOD_EVENTS // 2)
                    time.sleep(AWAY_S / 4)
                    figures[f"stall_{stall}_without_redis_{portion}_mib"] = _resident_mib(worker)
            self._until_behind(LIVE_RATE)
            figures[f"stall_{stall}_caught_up_mib"] = _resident_mib(worker)
        with frozen(self.kafka):
            time.sleep(AWAY_S)
            figures["without_kafka_mib"] = _resident_mib(worker)
        self._until_behind(LIVE_RATE)
        figures["after_mib"] = _resident_mib(worker)
        live.stop()
        flood.end()
        self.console.done(", ".join(f"{key} {value:.0f}" for key, value in figures.items()))
        return figures

    def protocol(self) -> dict:
        self.console.begin("What the protocol costs")
        rates: dict[str, list[float]] = {"with": [], "without": []}
        self._start_afresh()
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
                figures = json.loads(self._run("segue-protocol-bench", how, *group, *redis))
                rates[how].append(figures["events_per_s"])
        medians = {how: statistics.median(values) for how, values in rates.items()}
        ratio = medians["with"] / medians["without"]
        self.console.done(f"{ratio:.2f} of the throughput without the writes")
        return {"events_per_s": medians, "turns": rates, "ratio": ratio}

    def _start_afresh(self) -> None:
        self._stop_workers()
        self.pipeline.prepare()

    def _workers(self, *flags: str, recommender: list[str] | None = None) -> Program:
        """The recommender of the two."""
        self.pipeline.worker("segue-trainer", *flags)
        return self.pipeline.worker("segue-recommender", *flags, *(recommender or []))

    def _stop_workers(self) -> None:
        self.pipeline.stop()
        self.pipeline.programs.clear()

    def _live(self, for_s: int, *flags: str, rate: int = LIVE_RATE) -> Process:
        """Listening that goes on; not one of the pipeline's programs, which come and go."""
        crowd = flags or ("--listeners", str(LISTENERS))
        return self._replay("live", "--rate", str(rate), "--for-s", str(for_s), *crowd)

    def _replay(self, name: str, *flags: str) -> Process:
        argv = [self.pipeline.binaries / "segue-replay", "--kafka.brokers", self.kafka.address]
        return Process(name, [*argv, *flags], self.folder).start()

    def _sent(self) -> int:
        return sum(wire.high_watermarks(self.kafka.address, wire.EVENTS).values())

    def _lag(self) -> int:
        return self._sent() - self.pipeline.progress(wire.EVENTS)

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


class Flood:
    """More than anybody keeps up with, a portion at a time. Its crowd goes on where it was stopped: from
    its beginning the same seed would be duplicates, and another seed new listeners and tracks."""

    def __init__(self, replay: Process, sent: Callable[[], int]) -> None:
        self._replay = replay
        self._sent = sent
        os.killpg(replay.pid, signal.SIGSTOP)

    def send(self, events: int) -> None:
        """Until about so many more are in the log."""
        enough = self._sent() + events

        def is_in() -> bool:
            self._replay.check()
            return self._sent() >= enough

        os.killpg(self._replay.pid, signal.SIGCONT)
        try:
            wait_until(is_in, WITHIN_S, "the flood is in")
        finally:
            os.killpg(self._replay.pid, signal.SIGSTOP)

    def end(self) -> None:
        self._replay.kill()


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
    report: dict = {}
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
                    report[name] = [recovery.ready(n) for n in options.models or [100_000]]
                else:
                    report[name] = getattr(recovery, name)()
        except KeyboardInterrupt:
            console.say("\nInterrupted; everything was stopped.")
            return 130
    if options.json:
        print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
