"""Makes the boards of boards.toml: Prometheus' console pages and Grafana's JSON.

    /usr/bin/python3 deploy/watch/boards.py consoles FOLDER     a page a board, for --web.console.templates
    /usr/bin/python3 deploy/watch/boards.py grafana FOLDER      a dashboard a board, to import or provision

Standard library only. Exit 0, or 1 after one line that says what is wrong with the list.
"""

from __future__ import annotations

import dataclasses
import html
import json
import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIST = HERE / "boards.toml"
# Our units, as Grafana calls them; pages use ours.
GRAFANA_UNITS = {
    "events": "short",
    "events/s": "cps",
    "s": "s",
    "ratio": "percentunit",
    "bytes": "bytes",
    "requests/s": "reqps",
    "tracks": "short",
    "count": "short",
}
KINDS = {"line": "timeseries", "stat": "stat"}
COLUMNS = 24  # of a Grafana page


class BadList(ValueError):
    """A mistake in boards.toml, in one line."""


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    unit: str
    description: str
    expr: str
    legend: str = ""
    kind: str = "line"


@dataclasses.dataclass(frozen=True)
class Board:
    name: str
    title: str
    description: str
    panels: list[Panel]
    awaits: str = ""  # why its metrics do not exist yet


def read(path: Path = LIST) -> list[Board]:
    """All boards; BadList if the file cannot be read or a board misses something."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return [_board(each) for each in table["board"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadList(f"{path}: {error}") from None


def _board(table: dict) -> Board:
    panels = [Panel(**each) for each in table["panels"]]
    for panel in panels:
        if panel.unit not in GRAFANA_UNITS or panel.kind not in KINDS:
            raise ValueError(f"panel '{panel.title}': unknown unit or kind")
        if not (panel.expr.strip() and panel.description):
            raise ValueError(f"panel '{panel.title}' has no expression or no description")
    return Board(**(table | {"panels": panels}))


def console(board: Board, boards: list[Board]) -> str:
    """A page for Prometheus' console templates; consoles/segue.lib draws its frame."""
    awaits = f'<p class="awaits">Nothing to see yet: {html.escape(board.awaits)}.</p>' if board.awaits else ""
    menu = "".join(
        f'<a href="{each.name}.html"{" aria-current=page" if each is board else ""}>{html.escape(each.title)}</a>'
        for each in boards
    )
    return (
        '{{ template "segue_head" . }}\n'
        f"<title>{html.escape(board.title)} · Segue</title>\n<nav>{menu}</nav>\n"
        f"<h1>{html.escape(board.title)}</h1>\n<p>{html.escape(board.description)}</p>\n{awaits}"
        f'<main>\n{"".join(_section(panel) for panel in board.panels)}</main>\n'
        '{{ template "segue_tail" . }}\n'
    )


def _section(panel: Panel) -> str:
    # A legend's {{label}} is the page's script's, not the template's.
    target = {"expr": panel.expr, "legend": panel.legend.replace("{{", "[[").replace("}}", "]]"), "unit": panel.unit}
    attributes = "".join(f' data-{key}="{html.escape(value)}"' for key, value in target.items())
    return (
        f'<section class="{panel.kind}"{attributes}>\n<h2>{html.escape(panel.title)}</h2>\n'
        f"<p>{html.escape(panel.description)}</p>\n<div></div>\n</section>\n"
    )


def grafana(board: Board) -> dict:
    """The classic model, for any data source of Prometheus: chosen on the page."""
    return {
        "uid": f"segue-{board.name}",
        "title": f"Segue · {board.title}",
        "description": board.description + (f" Nothing to see yet: {board.awaits}." if board.awaits else ""),
        "tags": ["segue"],
        "timezone": "browser",
        "editable": True,
        "schemaVersion": 39,
        "version": 1,
        "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"},
        "links": [
            {
                "title": "Segue", "type": "dashboards", "tags": ["segue"], "asDropdown": True,
                "icon": "external link", "includeVars": True, "keepTime": True,
                "targetBlank": False, "tooltip": "", "url": "",
            }
        ],
        "templating": {
            "list": [{"type": "datasource", "name": "datasource", "label": "Prometheus", "query": "prometheus"}]
        },
        "panels": [_grafana_panel(at, panel) for at, panel in enumerate(board.panels)],
    }


def _grafana_panel(at: int, panel: Panel) -> dict:
    source = {"type": "prometheus", "uid": "${datasource}"}
    width, height = COLUMNS // 2, 8
    return {
        "id": at + 1,
        "type": KINDS[panel.kind],
        "title": panel.title,
        "description": panel.description,
        "datasource": source,
        "gridPos": {"x": (at % 2) * width, "y": (at // 2) * height, "w": width, "h": height},
        "fieldConfig": {"defaults": {"unit": GRAFANA_UNITS[panel.unit], "min": 0}, "overrides": []},
        "options": {},
        "targets": [
            {
                "refId": "A",
                "expr": panel.expr.strip(),
                "legendFormat": panel.legend or panel.title,
                "range": panel.kind == "line",
                "instant": panel.kind == "stat",
                "datasource": source,
            }
        ],
    }


def names_of_metrics(expr: str) -> set[str]:
    """Names of metrics and recorded series that an expression reads."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", expr)
    return set(re.findall(r"\b(?:\w+:)*(?:segue|kafka|redis|jvm)_\w+(?::\w+)*|\b\w+:segue_\w+:\w+|\bsegue:\w+:\w+", bare))


def write_consoles(folder: Path) -> None:
    boards = read()
    folder.mkdir(parents=True, exist_ok=True)
    for board in boards:
        (folder / f"{board.name}.html").write_text(console(board, boards), encoding="utf-8")


def write_grafana(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for board in read():
        text = json.dumps(grafana(board), indent=2, ensure_ascii=False)
        (folder / f"segue-{board.name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> int:
    making = {"consoles": write_consoles, "grafana": write_grafana}
    if len(sys.argv) != 3 or sys.argv[1] not in making:
        print("boards: expected consoles FOLDER or grafana FOLDER", file=sys.stderr)
        return 2
    try:
        making[sys.argv[1]](Path(sys.argv[2]))
    except (BadList, OSError) as error:
        print(f"boards: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
