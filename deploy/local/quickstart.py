"""Runs deploy/quickstart once Python and the packages are there; see quickstart.txt."""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import running
from build import REPOSITORY
from console import Console, one_line_error
from listen_files import PLAYABLE, Unreadable, recognise
from process import Process, ServerError
from stand import Listens, Stand
from view import Figures, Pace, plain_line, rows, summary_lines

DRAIN_WITHIN_S = 30
DRAW_EVERY_S = 0.25
PLAIN_EVERY_S = 1.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """Ctrl-C or SIGTERM; carries the signal's number."""


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("quickstart", f"{message}; deploy/quickstart --help lists the flags")
        sys.exit(2)


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--env", nargs="?", const=running.LISTENER)
    flags.add_argument("--for", dest="for_s", type=_seconds, default=0.0)
    flags.add_argument("--json", action="store_true")
    flags.add_argument("--broker", type=_broker, default="kafka")
    flags.add_argument("--redis", type=_address, default=None)
    flags.add_argument("--listens", type=_listens)
    flags.add_argument("--format", choices=sorted(PLAYABLE))
    flags.add_argument("--rate", type=_rate, default=0.0)
    flags.add_argument("--no-prometheus", dest="watch", action="store_false")
    options = flags.parse_args(words)
    if options.listens and options.format and options.format != options.listens.kind.key:
        flags.error(f"{options.listens.path} is {options.listens.kind.name}, not {options.format}")
    return options


def _seconds(text: str) -> float:
    return _above_zero(text, "a number of seconds above 0")


def _rate(text: str) -> float:
    return _above_zero(text, "a number of events a second above 0")


def _above_zero(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"expected {what}, not '{text}'")
    return value


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, not '{text}'")
    return text


def _broker(text: str) -> str:
    if text in ("kafka", "memory"):
        return text
    try:
        return _address(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"expected kafka, memory or HOST:PORT, not '{text}'")


def _listens(text: str) -> Listens:
    path = Path(text).absolute()
    try:
        return Listens(path, recognise(path))
    except Unreadable as why:
        raise argparse.ArgumentTypeError(str(why))


def show(stand: Stand, replay: Process) -> None:
    """Draws until the replay has ended, then until nothing more comes."""
    began = time.monotonic()
    live = stand.console.live
    drawing, lag = Pace(DRAW_EVERY_S if live else PLAIN_EVERY_S), Pace(1.0)
    drain: Drain | None = None
    while True:
        stand.check(ended=replay)
        if lag.due():
            stand.read_lag()
        if drawing.due():
            for_s = stand.options.for_s
            elapsed = min(time.monotonic() - began, for_s or math.inf)
            if live:
                seen = (stand.figures, stand.session)
                stand.console.draw(rows(stand.title, stand.player, *seen, elapsed, for_s))
            else:
                stand.console.say(plain_line(stand.figures, elapsed, for_s))
        if not replay.running:
            drain = drain or Drain(stand.figures)
            if drain.over():
                return
        time.sleep(0.05)


class Drain:
    """After the last event: over when lag is gone and nothing new comes, or when it is too late."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._deadline = time.monotonic() + DRAIN_WITHIN_S
        self._lines = figures.lines
        self._counts = figures.counts
        self._quiet_lines = 0

    def over(self) -> bool:
        if self._figures.lines > self._lines:
            quiet = self._figures.counts == self._counts and self._figures.lag_events == 0
            self._quiet_lines = self._quiet_lines + 1 if quiet else 0
            self._lines, self._counts = self._figures.lines, self._figures.counts
        # Two: the workers tell their lag once a second.
        return self._quiet_lines >= 2 or time.monotonic() > self._deadline


def report(stand: Stand) -> None:
    result = stand.figures.result(stand.label)
    if stand.figures.fell_behind:
        stand.console.warn("This machine did not keep up at times: delays and lag are its, too.")
    if stand.options.json:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    else:
        for line in summary_lines(result):
            stand.console.say(line)


def play(options: argparse.Namespace, folder: Path, console: Console) -> int:
    stand = Stand(options, folder, console)
    code = 0
    with stand.stack:
        try:
            show(stand, stand.start())
        except Interrupted as interrupted:
            # Without --for, Ctrl-C is how a run ends well.
            if options.for_s or not stand.figures.counts[0]:
                code = 128 + interrupted.args[0]
        finally:
            # From here on nothing may come between us and stopping what runs.
            for signum in ENDING_SIGNALS:
                signal.signal(signum, signal.SIG_IGN)
        if code == 0:
            stand.read_lag()
            stand.summary_tail.stop()  # its last line is exact
            report(stand)
        console.begin("Stopping all of it")
        stand.stack.close()
        console.done()
    return code


def tell_exports(listener: str) -> int:
    try:
        print("\n".join(running.export_lines(listener)))
    except ServerError as error:
        one_line_error("quickstart", error)
        return 1
    return 0


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    if options.env is not None:
        return tell_exports(options.env)
    console = Console(sys.stderr if options.json else sys.stdout)

    def interrupt(signum: int, _: object) -> None:
        raise Interrupted(signum)

    for signum in ENDING_SIGNALS:
        signal.signal(signum, interrupt)
    os.chdir(REPOSITORY)
    folder = Path(tempfile.mkdtemp(prefix=running.PREFIX))
    try:
        code = play(options, folder, console)
    except Interrupted as interrupted:
        code = 128 + interrupted.args[0]
    except ServerError as error:
        one_line_error("quickstart", error)
        console.say(f"  Logs are kept in {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
