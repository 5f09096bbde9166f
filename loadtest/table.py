"""The load test's result as a table for a person."""

from __future__ import annotations

Row = tuple[str, str, list[str]]


def table(result: dict) -> str:
    """Rows of what was measured, a column for each kind of listening, ratios beside the figures."""
    names = list(result["sets"])
    rows: list[Row] = [("", "", names)]
    for label, unit, cells in _rows():
        rows.append((label, unit, [cells(result["sets"][name]) for name in names]))
    lines = [_machine(result), ""]
    for label, unit, cells in rows:
        lines.append(f"{label:34}{unit:14}" + "".join(f"{cell:>26}" for cell in cells).rstrip())
    for name, why in result["not_measured"].items():
        lines.append(f"{name}: not measured, {why}")
    return "\n".join([*lines, "", _near(result["near"]), *_remarks(result)])


def _rows():
    def cost(part: str):
        return lambda s: f"{s['pipeline']['cpu_us_per_event'][part]:.1f}"

    def recommender(s: dict) -> str:
        bare = s["bare"]["cpu_us_per_event"]
        used = s["pipeline"]["cpu_us_per_event"]["recommender"]
        return f"{used:.1f}  ({used / bare:.2f} × a)"

    def echo(at: str):
        return lambda s: f"{s['echo']['answer_ms'][at]:.2f}"

    def answer(at: str):
        def cell(s: dict) -> str:
            ms = s["answer"]["answer_ms"][at]
            return f"{ms:.2f}  ({ms / s['echo']['answer_ms'][at]:.2f} × c)"

        return cell

    def missing(s: dict) -> str:
        return f"{s['answer']['missing']} of {s['answer']['expected']:,}"

    return [
        ("a  bare step loop", "events/s", lambda s: f"{s['bare']['events_per_s']:,.0f}"),
        ("   CPU", "µs an event", lambda s: f"{s['bare']['cpu_us_per_event']:.1f}"),
        ("b  pipeline", "events/s", lambda s: f"{s['pipeline']['events_per_s']:,.0f}"),
        ("   CPU of the recommender", "µs an event", recommender),
        ("   CPU of the trainer", "µs an event", cost("trainer")),
        ("   CPU of Redis", "µs an event", cost("redis")),
        ("   CPU of the broker", "µs an event", cost("broker")),
        ("c  Kafka echo", "p50 ms", echo("p50")),
        ("", "p99 ms", echo("p99")),
        ("d  event to recommendation", "p50 ms", answer("p50")),
        ("", "p99 ms", answer("p99")),
        ("   missing answers", "", missing),
    ]


def _machine(result: dict) -> str:
    machine = result["machine"]
    return (
        f"{result['broker']} · Redis {result['redis']} · {machine['cores']} cores, "
        f"{machine['cpu']} · one recommender, one trainer"
    )


def _near(near: dict) -> str:
    idle, changing = near["idle_us"], near["changing_us"]
    return (
        f"e  nearest of {near['tracks']:,} tracks by vector: idle p50 {idle['p50']:,.0f} µs, p99 "
        f"{idle['p99']:,.0f} µs; while {near['changes_per_s']:,.0f} change a second p50 "
        f"{changing['p50']:,.0f} µs ({changing['p50'] / idle['p50']:.2f} ×), p99 "
        f"{changing['p99']:,.0f} µs ({changing['p99'] / idle['p99']:.2f} ×); recall "
        f"{near['recall']:.3f}."
    )


def _remarks(result: dict) -> list[str]:
    remarks = []
    for name, figures in result["sets"].items():
        echo, answer = figures["echo"], figures["answer"]
        remarks.append(
            f"{name}: {answer['rate']:g} events/s open loop, (c) and (d) in turns, medians of "
            f"{answer['rounds']} rounds; events of {answer['event_bytes']:,} bytes, answers of "
            f"{answer['answer_bytes']:,}; sender late at p99 by {echo['late_ms']['p99']:.2f} ms in "
            f"(c), {answer['late_ms']['p99']:.2f} ms in (d)."
        )
        if echo["missing"]:
            remarks.append(f"{name}: (c) lacks {echo['missing']} answers of {echo['expected']:,}.")
    others = result["machine"]["others_share"]
    if others > 0.05:
        remarks.append(f"Other processes used {others:.0%} of this machine: measure again.")
    return remarks
