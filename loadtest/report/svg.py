"""A line chart as SVG, small enough to read: axes, series, a legend. Colours fit a light and a dark page."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 74
COLOURS = ("#2f6fde", "#d9603b", "#1f9d6b", "#9a5bd0", "#888888")


@dataclasses.dataclass(frozen=True)
class Series:
    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclasses.dataclass(frozen=True)
class Axis:
    title: str
    logarithmic: bool = False
    unit: str = ""


def chart(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Requires: at least one point; positive values on a logarithmic axis."""
    xs = _scale([at for one in series for at, _ in one.points], x, LEFT, WIDTH - RIGHT)
    ys = _scale([at for one in series for _, at in one.points], y, HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 20, title, size=14),
    ]
    for at, label in ys.ticks:
        parts.append(_line(LEFT, at, WIDTH - RIGHT, at, "#dddddd"))
        parts.append(_text(LEFT - 8, at + 4, label, anchor="end"))
    for at, label in xs.ticks:
        parts.append(_line(at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 5, "#888888"))
        parts.append(_text(at, HEIGHT - BOTTOM + 18, label, anchor="middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 36, x.title, anchor="middle"))
    parts.append(_text(LEFT, 35, y.title, fill="#555555", size=11))
    legend_at = LEFT
    for one, colour in zip(series, COLOURS):
        dash = ' stroke-dasharray="6 4"' if one.dashed else ""
        points = " ".join(f"{xs.place(a):.1f},{ys.place(b):.1f}" for a, b in one.points)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
        )
        for a, b in one.points:
            parts.append(f'<circle cx="{xs.place(a):.1f}" cy="{ys.place(b):.1f}" r="3" fill="{colour}"/>')
        below = HEIGHT - 12
        parts.append(_line(legend_at, below - 4, legend_at + 22, below - 4, colour, dash))
        parts.append(_text(legend_at + 28, below, one.name))
        legend_at += 44 + 7 * len(one.name)
    return "\n".join([*parts, "</svg>"]) + "\n"


@dataclasses.dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    begin: float
    end: float
    logarithmic: bool
    ticks: list[tuple[float, str]] = dataclasses.field(default_factory=list)

    def place(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)


def _scale(values: list[float], axis: Axis, begin: float, end: float) -> _Scale:
    if axis.logarithmic:
        low = 10.0 ** math.floor(math.log10(min(values)))
        high = max(10.0 ** math.ceil(math.log10(max(values))), 10 * low)
        steps = [low * 10**n for n in range(round(math.log10(high / low)) + 1)]
    else:
        low, step = 0.0, _round_step(max(values) or 1.0)
        steps = [n * step for n in range(math.ceil(max(values) / step) + 1)]
        high = max(steps[-1], step)
    scale = _Scale(low, high, begin, end, axis.logarithmic)
    scale.ticks.extend((scale.place(at), f"{at:,.6g}{axis.unit}") for at in steps)
    return scale


def _round_step(largest: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are four to ten steps."""
    power = 10.0 ** math.floor(math.log10(largest / 4))
    return next(factor * power for factor in (1, 2, 5, 10) if largest / (factor * power) <= 7)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}"{more}/>'


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, fill: str = "#222222"
) -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    return f"<text {at}>{escape(words)}</text>"
