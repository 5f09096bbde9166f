"""The report of loadtest/run --report: which parts there are, and what becomes of each."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import time
from pathlib import Path

import cpu
from bench import Bench, NotMeasured
from console import one_line_error
from parts import PARTS
from process import ServerError

SCHEMA = 1


def report(bench: Bench, parts: list[str], into: Path) -> tuple[dict, int]:
    """Measures these parts one after the other and writes report.md, report.json and drawings after
    each of them, so that an interruption leaves the parts before. Returns the result and an exit
    code: 1 if a part failed, 130 after Ctrl-C, else 0."""
    into.mkdir(parents=True, exist_ok=True)
    result: dict = {
        "schema": SCHEMA,
        "date": _now(),
        "form": "whole" if bench.whole else "bounded",
        "for_s": bench.for_s,
        "events": bench.events,
        "machine": {
            "cpu": cpu.model(),
            "cores": os.cpu_count(),
            "load_average": os.getloadavg()[0],
        },
        "parts": {},
        "taken": {},  # when each was, and what others used of the machine meanwhile
        "not_measured": {},
    }
    whole = Crowd()
    code = 0
    try:
        for part in parts:
            bench.console.say(f"{part}: {PARTS[part].what}")
            code = max(code, _measure(bench, part, result))
            result["machine"]["others_share"] = whole.share()
            write(result, into)
    except KeyboardInterrupt:
        bench.console.say("\nInterrupted; everything was stopped.")
        code = 130
    for part in parts:
        if part not in result["parts"]:
            result["not_measured"].setdefault(part, "interrupted before it")
    for part in PARTS:
        if part not in parts:
            result["not_measured"].setdefault(part, "not asked for (--parts)")
    write(result, into)
    return result, code


class Crowd:
    """Other processes' share of all cores since it was made. Requires: our children have ended."""

    def __init__(self) -> None:
        self._busy, self._own, self._began = cpu.busy_seconds(), cpu.own_seconds(), time.monotonic()

    def share(self) -> float:
        cores_s = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        others = cpu.busy_seconds() - self._busy - (cpu.own_seconds() - self._own)
        return max(others, 0) / cores_s


def _measure(bench: Bench, part: str, result: dict) -> int:
    crowd, began = Crowd(), _now()
    try:
        result["parts"][part] = importlib.import_module(PARTS[part].module).measure(bench)
        result["taken"][part] = {"date": began, "others_share": crowd.share()}
        return 0
    except NotMeasured as why:
        result["not_measured"][part] = _line(why)
    except ModuleNotFoundError as missing:
        result["not_measured"][part] = f"Python lacks {missing.name} (deploy/local/install brings it)"
    except (ServerError, OSError) as error:
        result["not_measured"][part] = f"failed: {_line(error)}"
        one_line_error("loadtest/run", f"{part}: {error}")
        return 1
    bench.console.say(f"  {part}: not measured, {result['not_measured'][part]}")
    return 0


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(";")


def write(result: dict, into: Path) -> None:
    from drawings import drawings
    from page import page

    (into / "report.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    drawn = drawings(result)
    for name, svg in drawn.items():
        (into / name).write_text(svg)
    (into / "report.md").write_text(page(result, list(drawn)))
