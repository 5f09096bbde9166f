"""The tables of deploy/SIZING.md are those of the report they were made of, and add up."""

import json
import math
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "loadtest/report"))

import sizing  # noqa: E402

PAGE = (ROOT / "deploy/SIZING.md").read_text(encoding="utf-8")
RESULT = json.loads(sizing.MEASURED.read_text(encoding="utf-8"))


def rows(name):
    """By the first cell; the other cells as numbers where they are."""
    found = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)[1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()[2:]]
    return {first: [number(cell) for cell in rest] for first, *rest in cells}


def number(cell):
    return float(cell.replace(",", "")) if re.fullmatch(r"[\d,]+(\.\d+)?", cell) else cell


def row(table, begins):
    found = [cells for first, cells in table.items() if first.startswith(begins)]
    assert len(found) == 1, begins
    return found[0]


def test_tables_are_those_of_the_report():
    assert sizing.written(PAGE, RESULT) == PAGE, "run loadtest/report/sizing.py"


def test_the_plan_is_the_units_times_its_size():
    units, plan = rows("sizing units"), rows("sizing plan")

    memory = 100 * (row(units, "the same by Redis' own count")[0] + row(units, "a million items")[0])
    assert row(plan, "Redis: memory")[0] == pytest.approx(memory, rel=0.02)
    cores = {part: 1_000 * row(units, f"1,000 events/s: {part}")[1] for part in ("recommender", "trainer", "redis")}
    assert row(plan, "recommenders: cores to learn")[0] == pytest.approx(cores["recommender"] / 0.6, rel=0.02)
    assert row(plan, "trainers: cores")[0] == pytest.approx(cores["trainer"] / 0.6, rel=0.05)
    assert row(plan, "Redis: cores")[0] == pytest.approx(cores["redis"] / 0.6, rel=0.05)


def test_the_plan_agrees_with_itself():
    plan = rows("sizing plan")

    processes = row(plan, "recommenders: processes")[0]
    assert processes == math.ceil(row(plan, "recommenders: cores to learn")[0] / 8)
    assert row(plan, "Redis: nodes with")[0] == 2 * row(plan, "Redis: masters")[0]
    assert row(plan, "Redis: masters")[0] * 48 >= row(plan, "Redis: memory")[0]
    # A partition is one thread's.
    assert row(plan, "partitions of events")[0] >= row(plan, "recommenders: cores to learn")[0]
    into = row(plan, "network: events, lists and signals into")[0]
    assert row(plan, "network: copies")[0] == pytest.approx(2 * into, abs=0.11)


def test_costs_of_a_run_add_up():
    for cells in rows("sizing scale-out").values():
        *parts, total = cells[1:6]
        assert total == pytest.approx(sum(parts), abs=0.3)


def test_all_runs_end_in_one_state():
    states = {cells[6] for cells in rows("sizing scale-out").values()}

    assert len(states) == 1
    assert len(rows("sizing scale-out")) == 12
    runs = RESULT["parts"]["scale-out"]["runs"]
    assert [run for run in runs if run["lost"] or run["double"] or run["mismatches"]] == []


def test_a_page_without_a_table_is_refused():
    with pytest.raises(ValueError, match="0 tables 'sizing plan'"):
        sizing.written(PAGE.replace("<!-- table: sizing plan -->", ""), RESULT)


def test_a_report_without_a_part_is_refused():
    partial = {**RESULT, "parts": {n: p for n, p in RESULT["parts"].items() if n != "memory"}}

    with pytest.raises(ValueError, match="the report lacks memory"):
        sizing.written(PAGE, partial)
