"""Rules whose windows are shorter by one factor, so that a drill need not last for hours.

Ranges, offsets and `for` are divided; thresholds stay. Prometheus scrapes and evaluates once a second.
"""

from __future__ import annotations

import re
from pathlib import Path

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# A rate needs a few scrapes.
SHORTEST_RANGE_MS = 5_000
DURATION = re.compile(r"(?P<before>\[|offset |for: )(?P<count>\d+)(?P<unit>[smhd])\b")


def shorten(text: str, factor: float) -> str:
    """A file of rules with each of its durations divided."""

    def divided(found: re.Match[str]) -> str:
        milliseconds = round(int(found["count"]) * SECONDS[found["unit"]] * 1_000 / factor)
        least = SHORTEST_RANGE_MS if found["before"] == "[" else 1_000
        return f"{found['before']}{max(milliseconds, least)}ms"

    return DURATION.sub(divided, text)


def write(source: Path, target: Path, factor: float) -> None:
    """`source`, the folder deploy/watch, as Prometheus is to read it for a drill."""
    (target / "rules").mkdir(parents=True, exist_ok=True)
    for path in (source / "rules").glob("*.yml"):
        (target / "rules" / path.name).write_text(shorten(path.read_text(encoding="utf-8"), factor), encoding="utf-8")
    config = (source / "prometheus.yml").read_text(encoding="utf-8")
    config = re.sub(r"(scrape_interval|scrape_timeout|evaluation_interval|refresh_interval): \w+", r"\1: 1s", config)
    (target / "prometheus.yml").write_text(config, encoding="utf-8")
