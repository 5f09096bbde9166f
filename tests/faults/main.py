"""Runs tests/faults/run once Python and the packages are there; see run.txt."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "local"))

from build import build  # noqa: E402
from console import Console, one_line_error  # noqa: E402
from process import ServerError  # noqa: E402

PROGRAMS = ["segue-admin", "segue-recommender", "segue-trainer", "segue-generator", "segue-replay"]
WRONG_SHOWN_MAX = 10
EVENTS_A_WORLD = 100_000


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("tests/faults/run", f"{message}; tests/faults/run --help lists the flags")
        sys.exit(2)


def runs(text: str) -> str:
    if text not in ("full", "bounded") and not (text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected full, bounded or a number, not '{text}'")
    return text


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--runs", type=runs, default="bounded")
    flags.add_argument("--only", action="append", default=[])
    flags.add_argument("--seed", type=int, default=1)
    flags.add_argument("--list", action="store_true")
    flags.add_argument("--json", action="store_true")
    flags.add_argument("--keep", action="store_true")
    return flags.parse_args(words)


class Faults:
    """Goes through the plan and remembers the rows. One thread."""

    def __init__(self, options: argparse.Namespace, folder: Path, console: Console) -> None:
        self.options = options
        self.folder = folder
        self.console = console
        self.binaries = Path()
        self.rows: list = []

    def run(self) -> bool:
        from plan import WORLDS

        given = os.environ.pop("SEGUE_BIN", "")
        self.binaries = Path(given) if given else build("release", PROGRAMS, self.console)
        for stage in WORLDS:
            if wanted := [f for f in stage.faults if self._wanted(f.name) and self._count(f)]:
                self._in_world(stage, wanted)
        return all(row.holds for row in self.rows)

    def _wanted(self, name: str) -> bool:
        return not self.options.only or any(word in name for word in self.options.only)

    def _in_world(self, stage, faults: list) -> None:
        """Each row gets a verdict, whatever becomes of those before it."""
        from rows import Row

        world = None
        try:
            for fault in faults:
                try:
                    world = world or self._start(stage)
                    self.console.begin(fault.name)
                    world.update = self.console.update
                    row = fault.run(world, self._count(fault))
                except Exception as error:  # of whatever kind: the row has failed, and only the row
                    row = Row(fault.name, self._count(fault))
                    row.findings.wrong.append(f"{type(error).__name__}: {error}")
                self._tell(row)
                # The next fault must not be blamed for this one; and a log is recounted in memory.
                if world and (row.findings.wrong or len(world.log.events) > EVENTS_A_WORLD):
                    ended, world = world, None
                    self._end(ended)
        finally:
            if world:
                self._end(world)

    def _start(self, stage):
        from world import World

        folder = Path(tempfile.mkdtemp(prefix=f"brokers-{stage.brokers}-", dir=self.folder))
        brokers = f"{stage.brokers} broker{'s' * (stage.brokers > 1)}"
        store = "a Redis Cluster of six" if stage.clustered else "Redis"
        self.console.begin(f"Starting Kafka with {brokers}, {store}, Segue")
        world = World(
            self.binaries, folder, self.options.seed, brokers=stage.brokers, clustered=stage.clustered
        )
        try:
            world.start()
        except BaseException:
            self.console.fail()
            self._end(world)
            raise
        self.console.done()
        return world

    def _end(self, world) -> None:
        try:
            world.stop()
        except Exception as error:  # what is left of it is killed with us, and says nothing of others
            self.console.say(f"    the servers did not end well: {type(error).__name__}: {error}")

    def _count(self, fault) -> int:
        wanted = self.options.runs
        return int(wanted) if wanted.isdigit() else getattr(fault, wanted)

    def _tell(self, row) -> None:
        self.rows.append(row)
        if row.holds:
            self.console.done(f"{row.bit} bit, {row.findings.events:,} events, nothing wrong")
            return
        self.console.fail()
        if row.bit < row.wanted:
            self.console.say(f"    it bit {row.bit} times of {row.wanted}")
        for wrong in row.findings.wrong[:WRONG_SHOWN_MAX]:
            self.console.say(f"    {wrong}")
        if len(row.findings.wrong) > WRONG_SHOWN_MAX:
            self.console.say(f"    and {len(row.findings.wrong) - WRONG_SHOWN_MAX} more")


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _: sys.exit(128 + number))
    for name in [name for name in os.environ if re.match("SEGUE_(?!BIN$)", name)]:
        del os.environ[name]
    if options.list:
        from plan import WORLDS

        print(*(fault.name for stage in WORLDS for fault in stage.faults), sep="\n")
        return 0
    console = Console(sys.stderr if options.json else sys.stdout)
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=ROOT / "build"))
    faults = Faults(options, folder, console)
    fine = False
    try:
        fine = faults.run()
    except KeyboardInterrupt:
        console.say("\nInterrupted; everything was stopped. What was done until then:")
        _report(faults.rows, options, console, folder, fine=True)
        fine = True
        return 130
    except ServerError as error:
        one_line_error("tests/faults/run", error)
    finally:
        if fine and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return _report(faults.rows, options, console, folder, fine)


def _report(rows: list, options: argparse.Namespace, console: Console, folder: Path, fine: bool) -> int:
    import report

    console.say()
    report.table(rows, console)
    console.say(f"seed {options.seed}" + ("" if fine else f"; logs and data are in {folder}"))
    if options.json:
        print(json.dumps(report.as_json(rows, options.seed)))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
