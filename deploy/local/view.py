"""The quick start's live view: what is measured, and one listener's session unfolding.

`Figures` and `Session` take what the programs report and hold no process; `rows` and `plain_line`
turn them into text. So all of it works on recorded lines too.
"""

from __future__ import annotations

import dataclasses
import json
import time

from console import Span

TOP = 5
# Workers are behind when the oldest event has waited for so long, several times in a row: at its
# start a run may be so for a moment.
BEHIND_S = 5
BEHIND_READS = 3
BAR_WIDTH = 10
MARKS = {"completed": "✓", "skipped": "»", "started": "▶", "stopped": "■"}


@dataclasses.dataclass
class Figures:
    """The latest line of `segue-tail --summary --json`, and the workers' lag."""

    summary: dict = dataclasses.field(default_factory=dict)
    lag_events: int = 0
    lines: int = 0
    events_per_second: float | None = None
    refreshes_per_second: float | None = None
    behind: str = ""  # what to say while the machine does not keep up
    fell_behind: bool = False  # now or before
    _late_reads: int = 0

    def take_lag(self, events: int, late_s: float) -> bool:
        """Once a second: how many events wait, and the age of the oldest. True when it begins to be
        clear that the workers do not keep up."""
        self.lag_events = events
        rate = self.events_per_second or 0
        self._late_reads = self._late_reads + 1 if late_s >= BEHIND_S else 0
        was = bool(self.behind)
        if self._late_reads >= BEHIND_READS:
            self.behind = f"This machine does not keep up: {events:,} events wait, lists come {late_s:.0f} s late."
            if rate > 0:
                self.behind += f" --rate {max(1, int(rate / 2))} plays half as many."
            self.fell_behind = True
        elif late_s < BEHIND_S / 2:
            self.behind = ""
        return bool(self.behind) and not was

    def take(self, line: str) -> None:
        try:
            summary = json.loads(line)
        except ValueError:
            return  # cut off by a crash; that is reported where it happened
        before, counted = self.summary, self.counts
        self.summary = summary
        self.lines += 1
        seconds = summary["seconds"] - before.get("seconds", 0)
        if before and seconds > 0:
            events, recommendations = self.counts
            self.events_per_second = (events - counted[0]) / seconds
            self.refreshes_per_second = (recommendations - counted[1]) / seconds

    @property
    def counts(self) -> tuple[int, int]:
        return self.summary.get("events", 0), self.summary.get("recommendations", 0)

    def result(self, broker: str) -> dict:
        """The object that `--json` prints."""
        latency = self.summary.get("event_to_recommendation_ms") or {}
        events, recommendations = self.counts
        return {
            "events": events,
            "recommendations": recommendations,
            "event_to_recommendation_ms": {name: latency.get(name) for name in ("p50", "p99")},
            "lag_events": self.lag_events,
            "hit_rate_at_20": self.summary.get("hit_rate_at_20"),
            "mrr_at_20": self.summary.get("mrr_at_20"),
            "broker": broker,
        }


class Session:
    """One listener: the last event, and the list that answered it with what moved in it."""

    def __init__(self) -> None:
        self.event: dict = {}
        self.items: list[dict] = []
        self.movement: list[str] = []
        self.outcome = ""

    def take(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return
        if event := message.get("event"):
            self.event = event
        if recommendation := message.get("recommendation"):
            self._take_list(recommendation)

    def _take_list(self, recommendation: dict) -> None:
        before = {item["track_id"]: place for place, item in enumerate(self.items, 1)}
        self.items = recommendation.get("items", [])
        self.movement = [
            _movement(before.get(item["track_id"]), place)
            for place, item in enumerate(self.items, 1)
        ]
        rank = (recommendation.get("previous") or {}).get("rank")
        self.outcome = "" if rank is None else f"was number {rank}" if rank else "was not listed"


def _movement(before: int | None, now: int) -> str:
    if before is None:
        return "new"
    return "  =" if before == now else f"▲{before - now}" if before > now else f"▼{now - before}"


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f} ms" if value < 100 else f"{value:,.0f} ms"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


def plain_line(figures: Figures, elapsed_s: float, for_s: float) -> str:
    """One line for where nothing can be redrawn."""
    summary, of = figures.summary, f"/{_clock(for_s)}" if for_s else ""
    latency = summary.get("event_to_recommendation_ms") or {}
    return (
        f"{_clock(elapsed_s)}{of}  {_number(figures.events_per_second)} events/s"
        f"  {_number(figures.refreshes_per_second)} refreshes/s"
        f"  p50 {_milliseconds(latency.get('p50'))}  p99 {_milliseconds(latency.get('p99'))}"
        f"  lag {_number(figures.lag_events)}"
        f"  hit rate@20 {_number(summary.get('hit_rate_at_20'), 3)}"
        f"  MRR@20 {_number(summary.get('mrr_at_20'), 3)}"
    )


def summary_lines(result: dict) -> list[str]:
    """`Figures.result` for people, when all is over."""
    latency = result["event_to_recommendation_ms"]
    return [
        "",
        f"  events                    {_number(result['events'])}, lag {_number(result['lag_events'])}",
        f"  recommendations           {_number(result['recommendations'])}",
        f"  event to recommendation   p50 {_milliseconds(latency['p50'])}, p99 {_milliseconds(latency['p99'])}",
        f"  hit rate@20, MRR@20       {_number(result['hit_rate_at_20'], 3)}, {_number(result['mrr_at_20'], 3)}",
        f"  broker                    {result['broker']}",
        "",
    ]


def rows(
    title: str, player: str, figures: Figures, session: Session, elapsed_s: float, for_s: float
) -> list[list[Span]]:
    """The whole picture, a list of styled words a row."""
    summary = figures.summary
    latency = summary.get("event_to_recommendation_ms") or {}
    events, recommendations = figures.counts
    of = f" of {_clock(for_s)}" if for_s else "   Ctrl-C ends it"
    return [
        [],
        [("Segue", "bold"), (f"  {title}   {_clock(elapsed_s)}{of}", "dim")],
        [("listen yourself  ", "dim"), (player, "cyan")],
        [],
        [
            *_figure("events/s", _number(figures.events_per_second)),
            *_figure("refreshes/s", _number(figures.refreshes_per_second)),
            *_figure("lag", _number(figures.lag_events), "green" if not figures.lag_events else ""),
        ],
        [
            ("event to recommendation  ", "dim"),
            *_figure("p50", _milliseconds(latency.get("p50")), "green"),
            *_figure("p99", _milliseconds(latency.get("p99")), "green"),
        ],
        [
            *_figure("hit rate@20", _number(summary.get("hit_rate_at_20"), 3), "cyan"),
            *_figure("MRR@20", _number(summary.get("mrr_at_20"), 3), "cyan"),
            (f"{events:,} events, {recommendations:,} recommendations so far", "dim"),
        ],
        [(figures.behind, "yellow")] if figures.behind else [],
        *_session_rows(session),
    ]


def _figure(name: str, value: str, style: str = "") -> list[Span]:
    return [(f"{name} ", "dim"), (f"{value:<11}", style or "bold")]


def _session_rows(session: Session) -> list[list[Span]]:
    if not session.event:
        return [[("One listener: waiting for somebody to play.", "dim")]]
    event = session.event
    kind = str(event.get("type", "")).removeprefix("segue.").removesuffix(".v1")
    word = kind.split(".")[-1]
    heading = [
        (f"{MARKS.get(word, '·')} {word} ", "yellow" if word == "skipped" else "green"),
        (_name(event), "bold"),
        (f"   {session.outcome}", "dim"),
    ]
    top = session.items[:TOP]
    best = max((abs(item.get("score", 0)) for item in top), default=0) or 1
    listed = [
        _item_row(place, item, session.movement[place - 1], best)
        for place, item in enumerate(top, 1)
    ]
    return [[("One listener", "dim")], heading, [], *listed]


def _name(of: dict) -> str:
    title = of.get("title") or _readable(of.get("track_id"), "Unknown title")
    artist = of.get("artist") or _readable(of.get("artist_id"), "")
    return f"{title} · {artist}" if artist else str(title)


def _readable(found: str | None, otherwise: str) -> str:
    """An id, but for those that say nothing to a reader."""
    return otherwise if (found or "").startswith(("name:", "mbid:")) else found or ""


def _item_row(place: int, item: dict, moved: str, best: float) -> list[Span]:
    colours = {"▲": "green", "▼": "red", "n": "cyan"}
    bar = "█" * max(1, round(BAR_WIDTH * abs(item.get("score", 0)) / best))
    because = " · ".join(reason.get("text", "") for reason in item.get("reasons", [])[:2])
    return [
        (f"  {place} ", "bold"),
        (f"{moved:<4} ", colours.get(moved[:1], "dim")),
        (f"{_name(item)[:38]:<38} ", ""),
        (f"{bar:<{BAR_WIDTH}} ", "cyan"),
        (because, "dim"),
    ]


class Pace:
    """True at most once in `every_s`, for drawing."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._next = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._every_s
        return True
