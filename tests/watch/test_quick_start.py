"""The quick start's Prometheus, and what is said where there is none."""

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest
from places import BIN, ROOT, boards
from process import wait_until

QUICK_START = [sys.executable, str(ROOT / "deploy/local/quickstart.py")]
SHOWN_WITHIN_S = 180  # a minute on a machine of its own


@pytest.fixture
def quick_start(tmp_path):
    """Starts one; it is asked to end at the end of the test."""
    started = []

    def start(*flags, path=os.environ["PATH"]):
        env = os.environ | {"SEGUE_BIN": str(BIN), "TMPDIR": str(tmp_path), "PATH": path}
        log = (tmp_path / "said").open("wb")
        started.append(subprocess.Popen([*QUICK_START, *flags], stdout=log, stderr=log, env=env))
        return tmp_path / "said"

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def said(log, pattern):
    return wait_until(lambda: re.search(pattern, log.read_text()), SHOWN_WITHIN_S, f"'{pattern}' is said")


def has_value(prometheus, expr):
    query = urllib.parse.urlencode({"query": expr})
    with urllib.request.urlopen(f"{prometheus}/api/v1/query?{query}", timeout=30) as answer:
        found = json.load(answer)["data"]["result"]
    return any(each["value"][1] != "NaN" for each in found)


def test_pages_of_a_quick_start_show_data(quick_start):
    log = quick_start("--rate", "50")
    prometheus = said(log, r"(http://[\d.:]+)/consoles/overview.html")[1]

    for board in boards.read():
        for panel in [] if board.awaits else board.panels:
            if board.name != "gateway":  # no web player is open here
                shown = lambda: has_value(prometheus, panel.expr)  # noqa: E731
                wait_until(shown, SHOWN_WITHIN_S, f"{board.name}: {panel.title}")


def test_quick_start_without_prometheus_says_so(quick_start, tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in os.environ["PATH"].split(":"):
        for program in os.scandir(folder) if os.path.isdir(folder) else []:
            if not program.name.startswith("prometheus") and not (programs / program.name).exists():
                (programs / program.name).symlink_to(program.path)
    log = quick_start("--broker", "memory", "--rate", "50", path=str(programs))

    said(log, r"Nothing watches this Segue: there is no prometheus-redis-exporter \(install the package")
    said(log, r"events/s")


def test_quick_start_leaves_prometheus_out_if_asked(quick_start):
    log = quick_start("--broker", "memory", "--rate", "50", "--no-prometheus")

    said(log, r"events/s")
    assert "Prometheus" not in log.read_text()
