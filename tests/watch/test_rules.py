"""Rules: each alert says what it is, leads to a page, and is shown firing and resting."""

import re
import subprocess
import tomllib

import pytest
import yaml

from places import BIN, ROOT, WATCH, series_of

RULES = sorted((WATCH / "rules").glob("*.yml"))
TESTS = sorted((ROOT / "tests/watch/rules").glob("*.yml"))


def rules(kind):
    files = [yaml.safe_load(path.read_text()) for path in RULES]
    return [rule for file in files for group in file["groups"] for rule in group["rules"] if kind in rule]


ALERTS = {rule["alert"]: rule for rule in rules("alert")}
CASES = {path: [case["name"] for case in yaml.safe_load(path.read_text())["tests"]] for path in TESTS}


def promtool(*words):
    ran = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def anchors(page):
    return {heading.lower() for heading in re.findall(r"^## (\w+)$", page.read_text(), re.M)}


def test_rules_are_rules():
    promtool("check", "rules", *RULES)


def test_configurations_are_read(tmp_path):
    """Prometheus' own reader wants the file of targets to be there."""
    for path in WATCH.glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "rules").symlink_to(WATCH / "rules")
    (tmp_path / "targets.json").write_text("[]")
    promtool("check", "config", tmp_path / "prometheus.yml")


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_and_rest(path):
    promtool("test", "rules", path)


def test_each_alert_is_shown_firing_and_resting():
    """Cases of recorded series begin otherwise; each alert has one of both kinds."""
    shown = {name.split(":")[0] for names in CASES.values() for name in names if name.startswith("Segue")}

    assert len(ALERTS) > 25
    assert shown == {f"{name} {verb}" for name in ALERTS for verb in ("fires", "rests")}


def test_each_alert_says_what_it_is():
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket"), name
        assert rule["labels"]["layer"] in ("dependency", "program", "symptom", "data"), name
        assert all(rule["annotations"][text] for text in ("summary", "description")), name


def test_each_alert_leads_to_its_heading():
    for name, rule in ALERTS.items():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")

        assert anchor == name.lower()
        assert anchor in anchors(ROOT / page)


def test_headings_of_the_runbook_are_alerts():
    pages = {ROOT / rule["annotations"]["runbook"].partition("#")[0] for rule in ALERTS.values()}

    assert {name.lower() for name in ALERTS} == set().union(*map(anchors, pages))


def test_recorded_series_are_named_in_three_parts():
    names = [rule["record"] for rule in rules("record")]

    assert [name for name in names if not re.fullmatch(r"[a-z_]+:\w+:\w+", name)] == []


def test_the_lift_weighs_trials_by_the_share_that_is_forced():
    source = (ROOT / "core/generation/decision.h").read_text()
    forced = float(re.search(r"forced_share = ([\d.]+);", source)[1])
    text = " ".join(rule["expr"] for rule in rules("record") if "trials" in rule["expr"])

    chances = {float(each) for each in re.findall(r'forced="\w+"} / ([\d.]+)', text)}
    squares = sorted(float(each) for each in re.findall(r"vector\(([\d.]+)\), \"forced\"", text))
    assert chances == {forced, 1 - forced}
    assert squares == pytest.approx([(1 - forced) ** -2, forced**-2])


def test_partitions_are_those_of_the_topics():
    topics = tomllib.loads((ROOT / "deploy/topics.toml").read_text())["topics"]
    required = re.findall(r'topic="([\w.-]+)"} < (\d+)', ALERTS["SeguePartitionsUnowned"]["expr"])

    assert {name: int(count) for name, count in required} == {name: topics[name]["partitions"] for name, _ in required}
    assert len(required) == 2


def test_rules_read_metrics_that_exist():
    """Segue's own: its programs print the names."""
    table = subprocess.run([BIN / "segue-recommender", "--metrics-table"], capture_output=True, text=True, timeout=30)
    known = set(re.findall(r"^\| `(\w+)`", table.stdout, re.M))
    read = set().union(*(series_of(rule["expr"]) for rule in rules("expr")))
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in read if name.startswith("segue_")}

    assert bare - known == set()
