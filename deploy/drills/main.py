"""Runs deploy/drill: breaks a Segue of its own and reads from Alertmanager who would have been woken."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import shorten
from drills import DRILLS, Drill
from watched import ROOT, ServerError, WatchedSegue

from console import Console, one_line_error
from watching import WATCH

# Windows are shorter by this: an hour lasts three minutes, five minutes fifteen seconds.
FACTOR = 20
# After the alert: what else fires then has had its time, as group_wait gives it in production.
SETTLED_S = 5
CALM_WITHIN_S = 120
PATIENT_S = 45
ASKED_EVERY_S = 0.5


@dataclasses.dataclass
class Outcome:
    name: str
    does: str
    alert: str
    after_s: float | None = None  # until Alertmanager had it; None: it never came
    inhibited: list[str] = dataclasses.field(default_factory=list)
    also: list[str] = dataclasses.field(default_factory=list)
    before: list[str] = dataclasses.field(default_factory=list)  # fired already: not the drill's

    @property
    def holds(self) -> bool:
        return self.after_s is not None and not self.also


def named(segue: WatchedSegue, state: str) -> set[str]:
    """Alerts that Alertmanager has in this state: active, or suppressed by another."""
    alerts = segue.alertmanager.alerts()
    return {alert["labels"]["alertname"] for alert in alerts if alert["status"]["state"] == state}


def wait_calm(drill: Drill, segue: WatchedSegue, console: Console) -> None:
    """Until nothing pages; on a crowded machine objectives may be missed all the time, and are left out then."""
    began = time.monotonic()
    while True:
        waited_s = time.monotonic() - began
        firing = pages(segue, "program|dependency" if waited_s > PATIENT_S else ".+")
        if not firing and drill.alert not in named(segue, "active"):
            return
        if waited_s > CALM_WITHIN_S:
            raise ServerError(f"Segue does not run well enough to be broken: {', '.join(sorted(firing or {drill.alert}))}")
        console.update("waiting until all is well")
        time.sleep(ASKED_EVERY_S)


def pages(segue: WatchedSegue, layers: str) -> set[str]:
    """Pages of these layers that Prometheus is about to send or has sent, and targets that are away."""
    found = segue.prometheus.query(f'ALERTS{{severity="page",layer=~"{layers}"}}')
    away = segue.prometheus.query("up == 0")
    return {each["metric"]["alertname"] for each in found} | {each["metric"]["instance"] for each in away}


def carry_out(drill: Drill, segue: WatchedSegue, console: Console) -> Outcome:
    """Breaks, watches and mends. What fired before is not the drill's."""
    console.begin(f"{drill.name}: {drill.does}")
    wait_calm(drill, segue, console)
    before = named(segue, "active")
    outcome = Outcome(drill.name, drill.does, drill.alert, before=sorted(before))
    with drill.breaks(segue):
        began = time.monotonic()
        while outcome.after_s is None and time.monotonic() - began < drill.within_s:
            console.update(f"broken for {time.monotonic() - began:.0f} s")
            time.sleep(ASKED_EVERY_S)
            if drill.alert in named(segue, "active"):
                outcome.after_s = round(time.monotonic() - began, 1)
        time.sleep(SETTLED_S)
        outcome.also = sorted(named(segue, "active") - before - {drill.alert})
        outcome.inhibited = sorted(named(segue, "suppressed"))
    if outcome.before:
        console.say(f"  fired already, and is not counted: {', '.join(outcome.before)}")
    if outcome.holds:
        console.done(f"{drill.alert} after {outcome.after_s} s")
    else:
        console.fail()
        console.warn(f"  {drill.alert} {'came' if outcome.after_s else 'did not come'}; besides {outcome.also or 'nothing'}")
    return outcome


def table(outcomes: list[Outcome]) -> str:
    rows = ["| drill | what breaks | alert | after | hidden by it | woken besides |", "|---|---|---|---:|---|---|"]
    for each in outcomes:
        after = "never" if each.after_s is None else f"{each.after_s} s"
        hidden, also = (", ".join(f"`{name}`" for name in names) for names in (each.inhibited, each.also))
        rows.append(f"| `{each.name}` | {each.does} | `{each.alert}` | {after} | {hidden} | {also or 'none'} |")
    return "\n".join(rows)


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("drill", f"{message}; deploy/drill --help lists the flags")
        sys.exit(2)


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--only", action="append", choices=[drill.name for drill in DRILLS], default=[])
    flags.add_argument("--list", action="store_true")
    flags.add_argument("--json", action="store_true")
    flags.add_argument("--rules", type=Path, default=WATCH)
    return flags.parse_args(words)


def run(options: argparse.Namespace, folder: Path, console: Console) -> list[Outcome]:
    chosen = [drill for drill in DRILLS if not options.only or drill.name in options.only]
    try:
        shorten.write(options.rules, folder / "shortened", FACTOR)
    except OSError as error:
        raise ServerError(f"the rules cannot be read: {error}") from None
    binaries = Path(os.environ.pop("SEGUE_BIN", ROOT / "build" / "release" / "bin")).absolute()
    console.begin("Starting a Segue to break")
    with WatchedSegue(binaries, folder, folder / "shortened", alerts=True) as segue:
        segue.wait_scraped(180)
        console.done(segue.prometheus.url)
        return [attempt(drill, segue, console) for drill in chosen]


def attempt(drill: Drill, segue: WatchedSegue, console: Console) -> Outcome:
    """One that cannot be carried out does not take the others with it."""
    try:
        return carry_out(drill, segue, console)
    except ServerError as error:
        console.fail()
        console.warn(f"  {error}")
        return Outcome(drill.name, drill.does, drill.alert)


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    if options.list:
        print("\n".join(f"{drill.name:22}{drill.does}: {drill.alert}" for drill in DRILLS))
        return 0
    console = Console(sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="segue-drill-", ignore_cleanup_errors=True) as folder:
        try:
            outcomes = run(options, Path(folder), console)
        except ServerError as error:
            console.say()
            one_line_error("drill", str(error).splitlines()[0])
            return 1
        except KeyboardInterrupt:
            return 130
    drills = [dataclasses.asdict(each) | {"holds": each.holds} for each in outcomes]
    print(json.dumps({"factor": FACTOR, "drills": drills}) if options.json else table(outcomes))
    return 0 if all(each.holds for each in outcomes) else 1


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
