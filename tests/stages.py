"""The stages of tests/run, once Python and the packages are there: their counts, one table."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "deploy" / "local"))

import environment  # noqa: E402
import lint  # noqa: E402
from build import build  # noqa: E402
from console import Console, one_line_error  # noqa: E402
from process import Process, ServerError  # noqa: E402

RESULTS = ROOT / "build" / "tests"
PYTHON = "/usr/bin/python3"
# By the kind of test: the folder under tests/ and, for C++, a build of that folder's targets.
UNIT_FOLDERS = {
    "unit": "unit",
    "scenario": "scenarios",
    "simulation": "simulation",
    "corpus": "fuzz",
}
PYTEST_FOLDERS = {
    "schema": "schemas",
    "tidy": "tidy",
    "integration": "integration",
    "hostile": "hostile",
    "install": "install",
    "openapi": "openapi",
    "clients": "clients",
    "store": "store",
    "browser": "browser",
    "watch": "watch",
}
# The stages that need more than Debian packages.
FROM_PYPI = {"openapi", "clients", "store", "browser", "watch", "install"}
# The targets of each build; together they compile every source once.
DEV_TARGETS = [f"tests/{folder}/all" for folder in UNIT_FOLDERS.values()]
RELEASE_TARGETS = [
    *(f"{room}/all" for room in ("core", "consumers", "producers", "deploy", "loadtest")),
    "tests/io/all",
    "tests/simulation/all",
]
# Only what has threads of its own, and what its tests need.
THREADED_PROGRAMS = ["segue-recommender", "segue-trainer", "segue-replay", "segue-admin"]
TARGETS = {
    "dev": DEV_TARGETS,
    "release": RELEASE_TARGETS,
    "tsan": [*THREADED_PROGRAMS, "tests/io/all", "segue-unit-io"],
}
# Tests of tests/integration that have something to do with threads.
THREADED_TESTS = [f"tests/integration/workers/test_{name}.py" for name in ("adapters", "threads")]
# Without servers: these run beside the others, with what the others leave of the processor.
BESIDE = [*UNIT_FOLDERS, "accidents", "schema", "sdk", "format"]
# With servers, after those, while the first lane goes on.
SECOND = ["openapi", "clients", "store", "browser", "watch"]
# Without servers again, beside both: what only computes fills the pauses of what waits.
REST = ["lint", "races"]
# As long as two builds, for a fault that no program has: by --only.
ASKED_FOR = ["alone"]
# Needs the third build, which is made beside, and servers: after both.
LAST = ["threads"]
RACES_END = {"TSAN_OPTIONS": f"halt_on_error=1 suppressions={ROOT / 'tests' / 'tsan.supp'}"}
# Integration takes a quarter of an hour alone, twice that beside compilers on two cores.
STAGE_WITHIN_S = 3_600
BESIDE_WITHIN_S = 5_400
# A row of faults that hangs waits three times before it says so, eight minutes each.
FAULTS_WITHIN_S = 3_000


@dataclasses.dataclass
class Count:
    """How a stage ended. A stage that ran no test at all has failed."""

    passed: int = 0
    failed: int = 0
    seconds: float = 0.0


class Lane(threading.Thread):
    """Stages in processes of their own beside those that run here: one group after the other, the
    processes of a group together."""

    def __init__(self, groups: list[list[Process]]) -> None:
        super().__init__(daemon=True)
        self._groups = groups
        self._ending = threading.Event()

    def run(self) -> None:
        for group in self._groups:
            if self._ending.is_set():
                return
            try:
                for process in group:
                    process.log.unlink(missing_ok=True)
                    process.start()
                while any(process.running for process in group) and not self._ending.wait(0.5):
                    pass
            finally:
                for process in group:
                    process.stop()

    def end(self) -> None:
        """Stops what runs; what has not begun never will."""
        self._ending.set()
        self.join()


class Stages:
    """Runs stages one after the other and remembers what they counted. One thread."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.counts: dict[str, Count] = {}
        self.troubles: list[str] = []
        self._built: set[str] = set()

    def run(self, name: str) -> None:
        began = time.monotonic()
        try:
            count = STAGES[name](self)
        except (ServerError, OSError, subprocess.SubprocessError) as error:
            self.console.say(str(error))
            self.troubles.append(f"{name}: {str(error).splitlines()[0]}")
            count = Count(failed=1)
        count.seconds = time.monotonic() - began
        self.counts[name] = count

    def build(self, preset: str) -> Path:
        """Builds once, whichever stage asks first."""
        if preset not in self._built:
            build(preset, TARGETS[preset], self.console)
            self._built.add(preset)
        return ROOT / "build" / preset

    def command(
        self,
        name: str,
        argv: list[str],
        *,
        env: dict[str, str] | None = None,
        within_s: float = STAGE_WITHIN_S,
    ) -> str:
        """Runs a test program, showing how far it is; returns what it printed."""
        said: list[str] = []

        def on_line(line: str) -> None:
            said.append(line)
            self.console.update(line.strip()[-100:])

        process = Process(name, ["env", "-C", str(ROOT), *argv], RESULTS, env=env, on_line=on_line)
        process.log.unlink(missing_ok=True)
        try:
            process.start().wait(within_s)
        finally:
            process.stop()
        return "\n".join([*said, process.log.read_text(errors="replace")])

    def junit(self, name: str, report: Path, said: str) -> Count:
        """Counts a JUnit report and says what failed. No report, no success."""
        if not report.exists():
            raise ServerError(f"{name} ended without a report:\n{said}")
        cases = list(xml.parse(report).getroot().iter("testcase"))
        bad = [case for case in cases if _trouble(case)]
        for case in bad:
            self.troubles.append(f"{name}: {case.get('name')} {_trouble(case)}")
        if bad or not cases:
            self.console.fail()
            self.console.say(said)
        else:
            self.console.done(f"{len(cases)} passed")
        if not cases:
            self.troubles.append(f"{name}: there is no test")
        return Count(passed=len(cases) - len(bad), failed=len(bad) or int(not cases))

    def unit(self, kind: str, folder: str | None = None, preset: str = "dev") -> Count:
        where = self.build(preset) / "tests" / (folder or UNIT_FOLDERS[kind])
        self.console.begin(f"Running {kind} tests")
        report = _fresh(RESULTS / f"{kind}.xml")
        argv = ["ctest", "--test-dir", str(where), "--output-on-failure", "-j", "2"]
        said = self.command(kind, [*argv, "--output-junit", str(report)])
        return self.junit(kind, report, said)

    def pytest(
        self,
        kind: str,
        tests: list[str] | None = None,
        preset: str = "release",
        more_env: dict[str, str] | None = None,
    ) -> Count:
        binaries = self.build(preset) / "bin"
        self.console.begin(f"Running {kind} tests")
        report = _fresh(RESULTS / f"{kind}.xml")
        python = str(environment.prepare()) if kind in FROM_PYPI else PYTHON
        argv = [python, "-m", "pytest", "-v", "-p", "no:cacheprovider", f"--junitxml={report}"]
        argv += tests or [f"tests/{PYTEST_FOLDERS[kind]}"]
        env = {"SEGUE_BIN": str(binaries), "PYTHONDONTWRITEBYTECODE": "1", **(more_env or {})}
        return self.junit(kind, report, self.command(kind, argv, env=env))

    def threads(self) -> Count:
        """A race ends the program that has it, and so fails whatever test needs the program."""
        return self.pytest("threads", THREADED_TESTS, "tsan", RACES_END)

    def races(self) -> Count:
        alone = self.build("tsan") / "bin" / "segue-unit-io"
        self.console.begin("Running races tests")
        report = _fresh(RESULTS / "races.xml")
        argv = [str(alone), f"--gtest_output=xml:{report}"]
        return self.junit("races", report, self.command("races", argv, env=RACES_END))

    def sdk(self) -> Count:
        self.console.begin("Running sdk tests")
        said = self.command("sdk", ["node", "--test", "tests/sdk/"])
        counted = dict(re.findall(r"^# (pass|fail|skipped|todo) (\d+)$", said, re.MULTILINE))
        passed, bad = int(counted.get("pass", 0)), int(counted.get("fail", 1))
        bad += int(counted.get("skipped", 0)) + int(counted.get("todo", 0)) + int(not passed)
        if bad:
            self.console.fail()
            self.console.say(said)
            self.troubles.append("sdk: see above")
        else:
            self.console.done(f"{passed} passed")
        return Count(passed=passed, failed=bad)

    def faults(self) -> Count:
        binaries = self.build("release") / "bin"
        self.console.begin("Breaking real programs (bounded)")
        argv = [PYTHON, "tests/faults/main.py", "--runs", "bounded", "--json"]
        env = {"SEGUE_BIN": str(binaries)}
        said = self.command("faults", argv, env=env, within_s=FAULTS_WITHIN_S)
        result = next((line for line in said.splitlines() if line.startswith('{"seed"')), "{}")
        rows = json.loads(result).get("rows", [])
        bad = [row["name"] for row in rows if not row["holds"]]
        if bad or not rows:
            self.console.fail()
            self.console.say(said)
            self.troubles += [f"faults: {name}" for name in bad] or ["faults: there is no row"]
        else:
            self.console.done(f"{sum(row['bit'] for row in rows)} faults in {len(rows)} rows")
        return Count(passed=len(rows) - len(bad), failed=len(bad) or int(not rows))

    def format(self) -> Count:
        self.console.begin("Checking the format")
        sources = [str(path) for path in lint.sources()]
        said = self.command("format", ["clang-format", "--dry-run", "-Werror", *sources])
        return self._verdict("format", len(sources), said.strip())

    def lint(self) -> Count:
        builds = [self.build("release"), self.build("dev")]
        self.console.begin("Reading the sources with clang-tidy")
        count, said = lint.run(builds, self.console.update)
        return self._verdict("lint", count, said)

    def alone(self) -> Count:
        builds = [self.build("release"), self.build("dev")]
        self.console.begin("Compiling each source by itself")
        count, said = lint.run(builds, self.console.update, by_itself=True)
        return self._verdict("alone", count, said)

    def _verdict(self, name: str, sources: int, said: str) -> Count:
        if said:
            self.console.fail()
            self.console.say(said)
            self.troubles.append(f"{name}: see above")
            return Count(failed=1)
        self.console.done(f"{sources} sources")
        return Count(passed=1)

    def run_lanes(self, names: list[str]) -> None:
        """`names` here, and in processes of their own what needs no server, nicer to the machine,
        then the second lane and the rest. All need the release build, which is therefore made first."""
        try:
            self.build("release")
        except (ServerError, OSError) as error:
            self.console.say(str(error))
            self.troubles.append(f"build: {str(error).splitlines()[0]}")
            self.counts["build"] = Count(failed=1)
            return
        latest = ""

        def on_line(line: str) -> None:
            nonlocal latest
            latest = line.strip()
            if not line.startswith("  "):  # a stage ended, or what failed in it
                self.console.say(line)

        nice = ["nice", "-n", "10"]
        lane = Lane([[_lane("beside", BESIDE, nice, on_line)],
                     [_lane("second", SECOND, [], on_line), _lane("rest", REST, nice, on_line)]])  # fmt: skip
        lane.start()
        try:
            for name in names:
                self.run(name)
            self.console.begin("Finishing the stages beside")
            until = time.monotonic() + BESIDE_WITHIN_S
            while lane.is_alive() and time.monotonic() < until:
                self.console.update(latest[-100:])
                lane.join(0.5)
            self.console.done()
        finally:
            lane.end()
        self._take(RESULTS / "beside.json", BESIDE)
        self._take(RESULTS / "second.json", SECOND)
        self._take(RESULTS / "rest.json", REST)

    def _take(self, counted: Path, names: list[str]) -> None:
        """Takes the counts of the stages beside; one that counted nothing has failed."""
        counts = json.loads(counted.read_text()) if counted.exists() else {}
        for name in names:
            self.counts[name] = Count(**counts.get("counts", {}).get(name, {"failed": 1}))
        self.troubles += counts.get("troubles", [f"{counted.stem}: see {counted.with_suffix('.log')}"])

    def write(self, path: Path) -> None:
        counts = {name: dataclasses.asdict(count) for name, count in self.counts.items()}
        path.write_text(json.dumps({"counts": counts, "troubles": self.troubles}))

    def report(self) -> bool:
        say = self.console.say
        say(f"\n{'stage':14}{'passed':>8}{'failed':>8}{'seconds':>9}")
        for name, count in self.counts.items():
            say(f"{name:14}{count.passed:8}{count.failed:8}{count.seconds:9.1f}")
        for trouble in self.troubles:
            say(self.console.paint(f"  {trouble}", "red"))
        passed = sum(count.passed for count in self.counts.values())
        failed = sum(count.failed for count in self.counts.values())
        say(f"{passed} passed, {failed} failed")
        return failed == 0


STAGES: dict[str, Callable[[Stages], Count]] = {
    "unit": lambda stages: stages.unit("unit"),
    "scenario": lambda stages: stages.unit("scenario"),
    "simulation": lambda stages: stages.unit("simulation"),
    "corpus": lambda stages: stages.unit("corpus"),
    "threads": Stages.threads,
    "races": Stages.races,
    "accidents": lambda stages: stages.unit("accidents", "simulation", "release"),
    "schema": lambda stages: stages.pytest("schema"),
    "tidy": lambda stages: stages.pytest("tidy"),
    "sdk": Stages.sdk,
    "format": Stages.format,
    "lint": Stages.lint,
    "alone": Stages.alone,
    "integration": lambda stages: stages.pytest("integration"),
    "hostile": lambda stages: stages.pytest("hostile"),
    "install": lambda stages: stages.pytest("install"),
    "faults": Stages.faults,
    "openapi": lambda stages: stages.pytest("openapi"),
    "clients": lambda stages: stages.pytest("clients"),
    "store": lambda stages: stages.pytest("store"),
    "browser": lambda stages: stages.pytest("browser"),
    "watch": lambda stages: stages.pytest("watch"),
}


def _trouble(case: xml.Element) -> str:
    """Why a test case did not pass; empty if it did."""
    for tag in ("failure", "error", "skipped"):
        if case.find(tag) is not None:
            return "was skipped" if tag == "skipped" else "failed"
    return "did not run" if case.get("status") in ("notrun", "disabled") else ""


def _lane(name: str, stages: list[str], before: list[str], on_line: Callable[[str], None]) -> Process:
    """These stages by this program; their counts are in `name`.json."""
    argv = [*before, PYTHON, str(ROOT / "tests" / "stages.py"), "--counts", str(_fresh(RESULTS / f"{name}.json"))]
    argv += [word for stage in stages for word in ("--only", stage)]
    return Process(name, argv, RESULTS, on_line=on_line)


def _fresh(report: Path) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    return report


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("tests/run", f"{message}; tests/run --help lists the flags")
        sys.exit(2)


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--fast", action="store_true")
    flags.add_argument("--only", action="append", choices=list(STAGES), default=[])
    flags.add_argument("--counts", type=Path)
    return flags.parse_args(words)


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _: sys.exit(128 + number))
    # A developer's settings are not the tests'.
    for name in [name for name in os.environ if re.match("SEGUE_(?!(DATA|KILLS)$)", name)]:
        del os.environ[name]
    os.chdir(ROOT)
    stages = Stages(Console(sys.stdout))
    try:
        if not options.only and not options.fast:
            stages.run_lanes([name for name in STAGES if name not in (*BESIDE, *SECOND, *REST, *LAST, *ASKED_FOR)])
        for name in options.only or (list(UNIT_FOLDERS) if options.fast else LAST):
            stages.run(name)
    except KeyboardInterrupt:
        stages.console.say("\nInterrupted; everything was stopped.")
        return 130
    if options.counts:
        stages.write(options.counts)
        return int(any(count.failed for count in stages.counts.values()))
    return 0 if stages.report() else 1


if __name__ == "__main__":
    sys.exit(main())
