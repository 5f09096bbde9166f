"""Runs loadtest/run once Python and the packages are there; see run.txt."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local"), str(ROOT / "loadtest" / "report")]
sys.path.append(str(ROOT / "tests" / "faults"))

import cpu  # noqa: E402
from build import build  # noqa: E402
from console import Console, one_line_error  # noqa: E402
from parts import PARTS  # noqa: E402
from process import ServerError  # noqa: E402
from table import table  # noqa: E402

PROGRAMS = [
    "segue-admin", "segue-recommender", "segue-trainer", "segue-replay", "segue-evaluate",
    "segue-load", "segue-index-bench",
]
MORE_PROGRAMS = ["segue-fill-models", "segue-scale-bench"]  # of the report
WARM_UP_S = 5
RATE = 500
FOR_S, BOUNDED_FOR_S = 30, 10
# (c) and (d) take turns, so that a machine that changes its mood changes it for both.
ROUNDS = 3


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("loadtest/run", f"{message}; loadtest/run --help lists the flags")
        sys.exit(2)


def above_zero(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, not '{text}'")
    return int(text)


def folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder '{text}'")
    return Path(text).absolute()


def part_names(text: str) -> list[str]:
    for name in (names := text.split(",")):
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"there is no part '{name}'; there are {', '.join(PARTS)}")
    return [part for part in PARTS if part in names]


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--events", type=above_zero, default=60_000)
    flags.add_argument("--rate", type=above_zero, default=None)
    flags.add_argument("--for", dest="for_s", type=above_zero, default=None)
    flags.add_argument("--data", type=folder, default=None)
    flags.add_argument("--json", action="store_true")
    flags.add_argument("--report", type=Path, nargs="?", const=ROOT / "build" / "report")
    flags.add_argument("--parts", type=part_names, default=None)
    flags.add_argument("--whole", action="store_true")
    given = flags.parse_args(words)
    if not given.report and (given.parts or given.whole):
        flags.error("--parts and --whole are of --report")
    if given.report and given.report.exists() and not given.report.is_dir():
        flags.error(f"argument --report: '{given.report}' is not a folder")
    if given.report and (given.data or given.rate):
        flags.error("--report chooses its rates and simulates listening; leave --rate and --data out")
    given.rate = given.rate or RATE
    given.for_s = given.for_s or (BOUNDED_FOR_S if given.report and not given.whole else FOR_S)
    return given


class Listening:
    """A source of listening: a name for the table, and the flags by which each program plays it."""

    def __init__(self, name: str, events: int, file: Path | None = None) -> None:
        self.name = name
        self.events = events
        self.file = file

    def flags(self, program: str) -> list[str]:
        section = {"segue-replay": "replay", "segue-evaluate": "evaluate", "segue-load": "load"}
        at = section[program]
        if self.file:
            return [f"--{at}.listens", str(self.file), f"--{at}.format", "30music"]
        flags = [f"--{at}.seed", "1"]
        if program != "segue-load":
            flags += [f"--{at}.events_max", str(self.events)]
        if program == "segue-replay":
            # Without a rate simulated listeners live at a pace of their own.
            flags += ["--replay.rate", "1000000"]
        return flags


def recorded(data: Path | None) -> Listening | str:
    """30Music, or why it is not measured."""
    beside = ROOT.parent / "shared" / "data"
    found = data or Path(os.environ.get("SEGUE_DATA") or beside)
    file = found / "30music" / "listens.tsv.gz"
    if not file.is_file():
        return f"no {file} (--data or SEGUE_DATA names the folder)"
    with gzip.open(file) as text:
        rows = sum(chunk.count(b"\n") for chunk in iter(lambda: text.read(1 << 20), b""))
    return Listening("30music", rows - 1, file)  # less its heading


class LoadTest:
    """Measures and remembers. One thread."""

    def __init__(self, options: argparse.Namespace, where: Path, console: Console) -> None:
        self.options = options
        self.folder = where
        self.console = console
        self.binaries = Path()
        self.result: dict = {"sets": {}, "not_measured": {}, "machine": self._machine()}

    def _machine(self) -> dict:
        return {"cpu": cpu.model(), "cores": os.cpu_count(), "load_average": os.getloadavg()[0]}

    def run(self) -> None:
        given = os.environ.pop("SEGUE_BIN", "")
        self.binaries = Path(given) if given else build("release", PROGRAMS, self.console)
        busy, own = cpu.busy_seconds(), cpu.own_seconds()
        began = time.monotonic()
        self.measure(Listening("simulated", self.options.events))
        listens = recorded(self.options.data)
        if isinstance(listens, Listening):
            self.measure(listens)
        else:
            self.result["not_measured"]["30music"] = listens
        self.result["near"] = self.near()
        busy, own = cpu.busy_seconds() - busy, cpu.own_seconds() - own
        cores_s = (time.monotonic() - began) * (os.cpu_count() or 1)
        self.result["machine"]["others_share"] = max(busy - own, 0) / cores_s

    def measure(self, listening: Listening) -> None:
        from pipeline import Pipeline  # needs a package that --check-flags must do without

        figures = self.result["sets"][listening.name] = {}
        figures["bare"] = self.bare(listening)
        self.console.begin("Starting Kafka and Redis")
        with Pipeline(self.binaries, self.folder / listening.name) as pipeline:
            self.console.done(f"{pipeline.kafka.label}, Redis {pipeline.redis.version}")
            self.result["broker"] = pipeline.kafka.label
            self.result["redis"] = pipeline.redis.version
            self.console.begin("Starting the workers on nothing, to know what that costs")
            start_costs = pipeline.start_costs()
            self.console.done()
            self.console.begin(f"Filling the log ({listening.name}, {listening.events:,} events)")
            pipeline.preload(listening.flags("segue-replay"), self.console.update)
            self.console.done()
            self.console.begin(f"b  Pipeline on {listening.name}")
            figures["pipeline"] = pipeline.catch_up(
                listening.events, start_costs, self.console.update
            )
            self.console.done(f"{figures['pipeline']['events_per_s']:,.0f} events/s")
            pipeline.create_echo_topics()
            figures["echo"], figures["answer"] = self.take_turns(pipeline, listening)

    def take_turns(self, pipeline, listening: Listening) -> tuple[dict, dict]:
        answers, echoes = [], []
        flags = listening.flags("segue-load")
        for _ in range(ROUNDS):
            answers.append(self.load(pipeline, "latency", flags))
            size = ["--bytes", str(max(answers[0]["answer_bytes"], 256))]
            echoes.append(self.load(pipeline, "echo", [*flags, *size]))
        return median(echoes), median(answers)

    def bare(self, listening: Listening) -> dict:
        from pipeline import bare_step_us

        self.console.begin(f"a  Bare step loop on {listening.name}")
        flags = listening.flags("segue-evaluate")
        step_us = bare_step_us(self.binaries, flags, self.folder, self.console.update)
        self.console.done(f"{step_us:.1f} µs an event")
        return {"cpu_us_per_event": step_us, "events_per_s": 1e6 / step_us}

    def near(self) -> dict:
        from pipeline import last_json, run_program

        self.console.begin("e  Near tracks while their vectors change")
        bench = self.binaries / "segue-index-bench"
        figures = last_json(run_program(bench, ["--json"], self.folder, self.console.update), bench.name)
        self.console.done(f"p50 {figures['changing_us']['p50']:,.0f} µs")
        return figures

    def load(self, pipeline, command: str, flags: list[str]) -> dict:
        from pipeline import last_json

        label = "c  Kafka echo" if command == "echo" else "d  Event to recommendation"
        self.console.begin(f"{label} at {self.options.rate} events/s")
        flags = [command, "--rate", str(self.options.rate), *flags]
        for_s = max(self.options.for_s // ROUNDS, 1)
        flags += ["--for-s", str(for_s), "--warm-up-s", str(WARM_UP_S)]
        figures = last_json(pipeline.run("segue-load", flags, self.console.update), "segue-load")
        answer = figures["answer_ms"]
        self.console.done(f"p50 {answer['p50']:.2f} ms, p99 {answer['p99']:.2f} ms")
        return figures

    def complete(self) -> bool:
        sets = self.result["sets"].values()
        return all(s["answer"]["missing"] + s["echo"]["missing"] == 0 for s in sets)


def median(rounds: list[dict]) -> dict:
    """Rounds of one load as one: counts summed up, times the median round's."""
    whole = {**rounds[0], "rounds": len(rounds)}
    for count in ("sent", "expected", "answered", "missing", "undelivered"):
        whole[count] = sum(one[count] for one in rounds)
    for times in ("answer_ms", "late_ms"):
        whole[times] = {
            at: statistics.median(one[times][at] for one in rounds) for at in rounds[0][times]
        }
    return whole


def write_report(options: argparse.Namespace, console: Console, where: Path) -> int:
    from bench import Bench  # needs packages that --check-flags must do without
    from reporting import report

    given = os.environ.pop("SEGUE_BIN", "")
    binaries = Path(given) if given else build("release", [*PROGRAMS, *MORE_PROGRAMS], console)
    into = options.report.absolute()
    bench = Bench(binaries, where, console, options.for_s, options.events, options.whole)
    result, code = report(bench, options.parts or list(PARTS), into)
    console.say(f"The report: {into / 'report.md'}")
    if options.json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return code


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    console = Console(sys.stderr if options.json else sys.stdout)
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="segue-loadtest-", ignore_cleanup_errors=True) as where:
        test = LoadTest(options, Path(where), console)
        try:
            if options.report:
                return write_report(options, console, Path(where))
            test.run()
        except ServerError as error:
            console.fail()
            one_line_error("loadtest/run", error)
            return 1
        except KeyboardInterrupt:
            console.say("\nInterrupted; everything was stopped.")
            return 130
    console.say("\n" + table(test.result))
    if options.json:
        print(json.dumps(test.result, ensure_ascii=False), flush=True)
    return 0 if test.complete() else 1


if __name__ == "__main__":
    sys.exit(main())
