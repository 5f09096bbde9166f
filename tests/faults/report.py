"""The table, for people and as JSON."""

from __future__ import annotations

import dataclasses

from console import Console
from rows import Row

HEADING = ["fault", "runs", "bit", "events", "lost", "double", "torn", "missing", "stall", "recovery"]


def cells(row: Row) -> list[str]:
    found = row.findings
    counts = [row.runs, row.bit, found.events, found.lost, found.double, found.torn]
    counts.append(found.outputs_missing)
    times = [f"{row.stall_s:.1f} s", f"{row.recovery_s:.1f} s"]
    return [row.name, *(f"{count:,}" for count in counts), *times]


def table(rows: list[Row], console: Console) -> None:
    lines = [HEADING, *map(cells, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADING))]
    for n, line in enumerate(lines):
        text = line[0].ljust(widths[0])
        text += "".join("  " + cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))
        style = "bold" if n == 0 else "" if rows[n - 1].holds else "red"
        console.say(console.paint(text, style))
    total = [sum(getattr(row.findings, name) for row in rows) for name in SUMMED]
    bit = sum(row.bit for row in rows)
    words = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in zip(SUMMED, total))
    console.say(f"\n{bit:,} faults that bit; {words}")


SUMMED = ["events", "lost", "double", "torn", "outputs_missing"]


def as_json(rows: list[Row], seed: int) -> dict:
    return {"seed": seed, "holds": all(row.holds for row in rows), "rows": [_json(row) for row in rows]}


def _json(row: Row) -> dict:
    fields = dataclasses.asdict(row)
    found = fields.pop("findings")
    return {**fields, **found, "holds": row.holds}
