"""Grafana's JSON comes back whole from Grafana's own types, and a list that is wrong is refused in a line."""

import json
import subprocess
import sys

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
import pytest
from places import WATCH, boards

BOARDS = boards.read()
plugins.register_default_plugins()


def lost(given, back, where=""):
    """Places of `given` that `back` lacks or has otherwise: the types drop what they do not know."""
    if isinstance(given, dict) and isinstance(back, dict):
        for key, value in given.items():
            yield from lost(value, back[key], f"{where}.{key}") if key in back else [f"{where}.{key}"]
    elif isinstance(given, list) and isinstance(back, list) and len(given) == len(back):
        for at, (one, other) in enumerate(zip(given, back)):
            yield from lost(one, other, f"{where}[{at}]")
    elif given != back:
        yield where


def round_trip(dashboard):
    return json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(json.loads(json.dumps(dashboard)))))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_dashboard_comes_back_without_loss(board):
    given = boards.grafana(board)

    assert list(lost(given, round_trip(given))) == []


def test_a_misspelt_field_would_be_noticed():
    given = boards.grafana(BOARDS[0])
    given["panels"][0]["gridPoss"] = given["panels"][0].pop("gridPos")

    assert list(lost(given, round_trip(given))) == [".panels[0].gridPoss"]


def test_panels_have_unit_description_and_source():
    dashboards = [boards.grafana(board) for board in BOARDS]

    assert len({dashboard["uid"] for dashboard in dashboards}) == len(BOARDS) == 6
    for dashboard in dashboards:
        assert [each["type"] for each in dashboard["templating"]["list"]] == ["datasource"]
        for panel in dashboard["panels"]:
            assert panel["fieldConfig"]["defaults"]["unit"] and panel["description"]
            assert panel["datasource"]["uid"] == "${datasource}"


def test_grafana_and_pages_have_the_same_expressions(tmp_path):
    boards.write_grafana(tmp_path)

    for board in BOARDS:
        dashboard = json.loads((tmp_path / f"segue-{board.name}.json").read_text())
        exprs = [panel["targets"][0]["expr"] for panel in dashboard["panels"]]
        assert exprs == [panel.expr.strip() for panel in board.panels]
        assert boards.console(board, BOARDS).count("data-expr=") == len(exprs)


def test_a_list_that_cannot_be_read_is_one_line(tmp_path):
    for name in ("boards.py", "boards.toml"):
        (tmp_path / name).write_text((WATCH / name).read_text())
    broken = (tmp_path / "boards.toml").read_text().replace('unit = "ratio"', 'unit = "parsecs"', 1)
    (tmp_path / "boards.toml").write_text(broken)
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "boards.py"), "grafana", str(tmp_path / "out")],
        capture_output=True, text=True, timeout=60,
    )

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1 and "Acknowledged late" in ran.stderr
