"""A real Prometheus on a running Segue: each expression returns data, each board shows it."""

import json
import subprocess
import urllib.parse
import urllib.request

import pytest
import yaml
from places import ROOT, WATCH, boards
from process import wait_until

BOARDS = {board.name: board for board in boards.read()}
PHOTOGRAPHS = ROOT / "build" / "tests" / "screenshots"
SHOWN_WITHIN_S = 180


def has_value(prometheus, expr):
    return any(each["value"][1] != "NaN" for each in prometheus.query(expr))


@pytest.mark.parametrize("name", BOARDS)
def test_each_expression_of_a_board_returns_data(segue, name):
    """A board that awaits its metrics says so, and is to lose the mark once they are there."""
    for panel in BOARDS[name].panels:
        if BOARDS[name].awaits:
            assert not has_value(segue.prometheus, panel.expr), f"{name} awaits nothing any more"
        else:
            shown = lambda: has_value(segue.prometheus, panel.expr)  # noqa: E731
            wait_until(shown, SHOWN_WITHIN_S, f"{name}: {panel.title}")


@pytest.mark.parametrize("path", sorted((WATCH / "rules").glob("*.yml")), ids=lambda path: path.stem)
def test_each_recorded_series_is_there(segue, path):
    for group in yaml.safe_load(path.read_text())["groups"]:
        for rule in group["rules"]:
            if "record" in rule:
                there = lambda: has_value(segue.prometheus, rule["record"])  # noqa: E731
                wait_until(there, SHOWN_WITHIN_S, rule["record"])


def test_alerts_read_series_that_are_there(segue):
    """An alert whose series are misspelt would rest for ever. Rare counters begin with their first count."""
    rare = {"segue_worker_left_out_total"}
    for path in (WATCH / "rules").glob("*.yml"):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                for name in boards.names_of_metrics(rule["expr"]) - rare:
                    there = lambda: segue.prometheus.query(f"count({name})")  # noqa: B023, E731
                    wait_until(there, SHOWN_WITHIN_S, f"{rule.get('alert')}: {name}")


def test_slow_recommendations_lead_to_traces(segue):
    """Exemplars: Prometheus scrapes OpenMetrics, and keeps the trace of an event in each bucket."""
    query = urllib.parse.urlencode({"query": "segue_event_to_recommendation_seconds_bucket", "start": 0, "end": 4e9})

    def traces():
        with urllib.request.urlopen(f"{segue.prometheus.url}/api/v1/query_exemplars?{query}", timeout=30) as answer:
            found = json.load(answer)["data"]
        return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}

    assert all(len(trace) == 32 for trace in wait_until(traces, SHOWN_WITHIN_S, "there are exemplars"))


def test_no_rule_fails_in_prometheus(segue):
    assert segue.prometheus.number("sum(prometheus_rule_evaluation_failures_total) or vector(0)") in (0, None)


def test_metrics_of_each_program_pass_promtool(segue):
    for name, program in segue.programs.items():
        checked = subprocess.run(
            ["promtool", "check", "metrics"], input=program.get("/metrics"),
            capture_output=True, text=True, timeout=60,
        )
        assert checked.returncode == 0 and not checked.stderr, f"{name}: {checked.stdout}{checked.stderr}"


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_drawn(segue, chromium, name):
    board = BOARDS[name]
    page = chromium.new_page(viewport={"width": 1100, "height": 700})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(segue.prometheus.board(name) + "#300")
    for _ in range(SHOWN_WITHIN_S):
        page.wait_for_timeout(1000)
        drawn = page.eval_on_selector_all("section", "all => all.map(one => one.dataset.drawn)")
        if drawn == ["empty" if board.awaits else "yes"] * len(board.panels):
            break
    PHOTOGRAPHS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PHOTOGRAPHS / f"board-{name}.png", full_page=True)
    titles = page.eval_on_selector_all("h2", "all => all.map(one => one.textContent)")
    page.close()

    assert drawn == ["empty" if board.awaits else "yes"] * len(board.panels)
    assert titles == [panel.title for panel in board.panels]
    assert complaints == []


def test_pages_need_nothing_but_prometheus(segue):
    for name in BOARDS:
        with urllib.request.urlopen(segue.prometheus.board(name), timeout=30) as answer:
            text = answer.read().decode()

        assert "http://" not in text and "https://" not in text and "//cdn" not in text
