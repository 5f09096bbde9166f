"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from parts import PARTS

MIB = 1 << 20


def page(result: dict, drawings: Sequence[str]) -> str:
    lines = ["# Load test report", "", _machine(result), ""]
    for name, part in PARTS.items():
        lines += [f"## {part.what[0].upper()}{part.what[1:]}", ""]
        if name in result["parts"]:
            lines += [*SECTIONS[name](result["parts"][name]), ""]
            lines += [f"![{d.removesuffix('.svg')}]({d})\n" for d in DRAWN.get(name, ()) if d in drawings]
        else:
            lines += [f"Not measured: {result['not_measured'].get(name, 'not reached yet')}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The first column is words, the others figures."""
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(row)} |" for row in (heads, rule, *rows)]


def _machine(result: dict) -> str:
    machine = result["machine"]
    others = machine.get("others_share", 0)
    crowd = f"; other processes used {others:.0%} of it: measure again" if others > 0.05 else ""
    return (
        f"{result['date']} · {machine['cores']} cores ({machine['cpu']}) for sender, broker, Redis and workers"
        f" · load average at the start {machine['load_average']:.2f}{crowd} · {result['form']} form,"
        f" {result['for_s']} s a load, logs of {result['events']:,} events, simulated listening."
    )


def _ladder(figures: dict) -> list[str]:
    rows = [
        [
            f"{step['share']:.0%}",
            f"{step['rate']:,.0f}",
            f"{step['events_per_s']:,.0f}",
            _ms(step["due_ms"], "p50"),
            _ms(step["due_ms"], "p99"),
            _ms(step["sent_ms"], "p99"),
            f"{step['missing']:,}",
            _ms(step["echo_due_ms"], "p50"),
            _ms(step["echo_due_ms"], "p99"),
            f"{step['turns']['events_a_turn']:.1f}",
        ]
        for step in figures["steps"]
    ]
    heads = [
        "load", "events/s due", "answered", "p50, ms", "p99, ms", "p99 from the send", "missing",
        "echo p50", "echo p99", "events a turn",
    ]  # fmt: skip
    return [
        f"Capacity: {figures['capacity_events_per_s']:,.0f} events/s are answered when more are sent, by one "
        "recommender and one trainer.",
        "Open loop; latencies count from when an event was due (corrected for coordinated omission), "
        f"{figures['for_s']} s each. An answer that is missing had not come 10 s after the last event.",
        "",
        *table(heads, rows),
        *_doubt(figures),
    ]


def _doubt(figures: dict) -> list[str]:
    """The machine may have been more crowded while the capacity was looked for than later."""
    most = max(step["events_per_s"] for step in figures["steps"])
    if most <= 1.1 * figures["capacity_events_per_s"]:
        return []
    return ["", f"**{most:,.0f} events/s were answered later: the capacity is more than was found, and the shares are too high.**"]


def _ratios(figures: dict) -> list[str]:
    cost, bare = figures["pipeline"]["cpu_us_per_event"], figures["bare_us"]
    redis, answer, echo = figures["redis"], figures["answer_ms"], figures["echo_ms"]
    return table(
        ["", "Segue", "beside it", "ratio"],
        [
            _ratio("recommender, µs of CPU an event; the bare step", cost["recommender"], bare, 1),
            _ratio("Redis, µs of CPU an event; the same bytes by MSET", cost["redis"],
                   redis["cpu_us_per_event"], 1),
            _ratio(f"event to recommendation at {figures['rate']}/s, p50 ms; Kafka echo", answer["p50"],
                   echo["p50"], 2),
            _ratio(f"event to recommendation at {figures['rate']}/s, p99 ms; Kafka echo", answer["p99"],
                   echo["p99"], 2),
            _ratio("event to recommendation, p50 ms; a SET of a listener", answer["p50"],
                   redis["set_ms"]["p50"], 2),
        ],
    ) + [
        "",
        f"As fast as it goes: {figures['pipeline']['events_per_s']:,.0f} events/s; trainer {cost['trainer']:.1f}, "
        f"broker {cost['broker']:.1f} µs of CPU an event. Redis took {redis['calls']:,} calls of "
        f"{redis['bytes'] / redis['calls'] / 1024:.1f} KiB for {figures['events']:,} events.",
    ]  # fmt: skip


def _ratio(what: str, own: float, other: float, digits: int) -> list[str]:
    return [what, f"{own:.{digits}f}", f"{other:.{digits}f}", f"{own / max(other, 1e-9):.2f} ×"]


def _cost(figures: dict) -> list[str]:
    def steps(what: str, rows: list[dict]) -> list[str]:
        heads = [what, "mean, µs", "p50", "p99", "listener's state, bytes", "held, bytes each"]
        return table(
            heads,
            [
                [
                    f"{row['size']:,}",
                    f"{row['mean_us']:.0f}",
                    f"{row['p50_us']:.0f}",
                    f"{row['p99_us']:.0f}",
                    f"{row['bytes']:,}",
                    f"{row['held_bytes'] / row['size']:,.0f}" if row["held_bytes"] else "",
                ]
                for row in rows
            ],
        )

    replica = [
        [
            f"{row['models']:,}",
            f"{row['ready_s']:.1f}",
            f"{row['cpu_s']:.2f}",
            f"{row['resident_bytes'] / MIB:,.0f}",
        ]
        for row in figures["replica"]
    ]
    largest = max(row["bytes"] for row in [*figures["history"], *figures["catalogue"]])
    bound = figures["listener_bytes_max"]
    held = f"A listener's state takes {largest:,} bytes at most; segue-scale-bench allows {bound:,}"
    return [
        f"{held}{'.' if largest <= bound else ': **larger than it may be**.'}",
        "",
        *steps("plays behind the listener", figures["history"]),
        "",
        *steps("tracks held", figures["catalogue"]),
        "",
        *table(["item models of a recommender", "ready after, s", "CPU, s", "resident, MiB"], replica),
    ]


def _memory(figures: dict) -> list[str]:
    rows = [
        [
            f"{row['listener']['held']:,}",
            f"{row['listener']['plays']:.1f}",
            f"{row['listener']['state_bytes']:,.0f}",
            f"{row['listener']['list_bytes']:,.0f}",
            f"{row['used_bytes'] / MIB:,.0f}",
            f"{row['item']['bytes']:,.0f}",
            f"{row['recommender_bytes'] / MIB:,.0f}",
            f"{row['trainer_bytes'] / MIB:,.0f}",
        ]
        for row in figures["played"]
    ]
    heads = [
        "listeners", "plays each", "state, bytes", "list, bytes", "Redis, MiB", "an item, bytes",
        "recommender, MiB", "trainer, MiB",
    ]  # fmt: skip
    copied = [
        [f"{copy['listeners']:,}", f"{copy['used_bytes'] / MIB:,.0f}"]
        for row in figures["played"]
        for copy in row["copied"]
    ]
    return [
        "Listeners who played for real; bytes of a value with its key and entry (MEMORY USAGE), Redis by its own "
        "count (used_memory).",
        "",
        *table(heads, rows),
        "",
        "Their values copied under other names inside Redis, until it holds so many:",
        "",
        *table(["listeners", "Redis, MiB"], copied),
    ]


def _stages(figures: dict) -> list[str]:
    rows = [
        [
            f"{worker}, {how}",
            f"{stages['events_a_turn']:.1f}",
            *[f"{stages['ms_a_turn'][s]:.2f}" for s in ("load", "step", "publish", "apply")],
            *[f"{stages['us_an_event'][s]:.1f}" for s in ("load", "step", "publish", "apply")],
        ]
        for how, workers in ((f"{figures['rate']} events/s", figures["live"]), ("catching up", figures["behind"]))
        for worker, stages in workers.items()
    ]
    heads = ["", "records a turn"]
    heads += [f"{s}, ms a turn" for s in ("load", "step", "publish", "apply")]
    heads += [f"{s}, µs each" for s in ("load", "step", "publish", "apply")]
    due = figures["live_due_ms"]
    return [
        *table(heads, rows),
        "",
        f"At {figures['rate']} events/s from due to answer: p50 {due['p50']:.2f}, p99 {due['p99']:.2f} ms. Publish and "
        "apply are times of waiting for Kafka and Redis, not of a processor.",
    ]


def _stalls(figures: dict) -> list[str]:
    rows = [
        [
            server,
            f"{row['moved_s']:.1f}",
            f"{row['caught_up_s']:.1f}",
            f"{row['due_ms']['max'] / 1_000:.1f}",
            f"{row['missing']:,} of {row['expected']:,}",
            f"{row['lost']:,} / {row['double']:,} of {row['events']:,}",
            f"{row['unpublished']:,}",
        ]
        for server, row in (("Redis", figures["redis"]), ("broker", figures["broker"]))
    ]
    heads = ["who stands still", "first event again, s", "caught up, s", "longest wait, s", "answers missing",
             "events lost / double", "lists never published"]  # fmt: skip
    return [
        f"Stopped for {figures['stall_s']} s at {figures['rate']} events/s, open loop. Times count from its end; caught up "
        "is: no more waits than comes in a second. An answer is missing that had not come 10 s after the last event; "
        "lost, double and never published are as the verifier of tests/faults recounts them afterwards.",
        "",
        *table(heads, rows),
    ]


def _profile(figures: dict) -> list[str]:
    largest = figures["symbols"][:3]
    names = "; ".join(f"{row['share']:.1f} % `{row['name']}` ({row['object']})" for row in largest)
    symbols = [[f"`{row['name'].replace('|', '/')}`", f"{row['share']:.1f} %"] for row in figures["symbols"]]
    areas = [[row["area"], f"{row['share']:.1f} %"] for row in figures["areas"]]
    return [
        f"A recommender that catches up, {figures['samples_per_s']} samples a second of CPU. The three largest costs: {names}.",
        "",
        *table(["function", "share"], symbols),
        "",
        *table(["functions by name", "share"], areas),
    ]


def _scale_out(figures: dict) -> list[str]:
    rows = []
    for run in figures["runs"]:
        cost = run["cpu_us_per_event"]
        total = sum(cost.values())
        rows.append(
            [
                f"{run['recommenders']} / {run['trainers']} / {run['masters']}",
                f"{run['events_per_s']:,.0f}",
                *[f"{cost[part]:.1f}" for part in ("recommender", "trainer", "redis", "broker")],
                f"{total:.0f}",
                f"{run['events_per_s'] * total / 1e6:.1f} of {figures['cores']}",
                f"`{run['state'][:8]}`",
            ]
        )
    heads = ["recommenders / trainers / masters", "events/s", "recommenders, µs", "trainers, µs", "Redis, µs",
             "broker, µs", "all, µs", "cores used", "state"]  # fmt: skip
    same = "All states are equal" if figures["equal"] else "**The states differ**"
    lost, double, wrong = (sum(run[what] for run in figures["runs"]) for what in ("lost", "double", "mismatches"))
    first = figures["runs"][0]
    return [
        f"One log of {figures['events']:,} events, learned again each time. {same}; the verifier recounted each from the log: "
        f"{lost} lost, {double} double, {wrong} mismatches among {first['listeners']:,} listeners and "
        f"{first['items']:,} items. CPU an event, all processes of a kind together.",
        "",
        *table(heads, rows),
    ]


def _fan_out(figures: dict) -> list[str]:
    measured = figures["measured"]
    topics = [
        [f"`{name}`", f"{each['records']:.3f}", f"{each['bytes']:,.0f}", f"{each['logged']:,.0f}"]
        for name, each in measured["per_event"].items()
    ]
    checked = [
        [f"{row['signals_per_s']:,} a second of {row['items']:,} items", f"{row['simulated_per_s']:,.0f}",
         f"{row['summed_per_s']:,.0f}"]
        for row in figures["checked"]
    ]  # fmt: skip
    projected = [
        [
            f"{row['events_per_s']:,}",
            f"{row['models_per_s']:,.0f}",
            f"{row['model_cores']:.2f}",
            f"{row['hot_model_cores']:.2f}",
            f"{row['slow_model_cores']:.2f}",
            f"{row['lesson_bytes_per_s'] / MIB:,.1f}",
            f"{row['tail_bytes_per_s'] / MIB:,.1f}",
        ]
        for row in figures["projected"]
    ]
    return [
        f"Measured at {measured['rate']} events/s; {measured['signals_per_event']:.1f} signals an event, a model costs its "
        f"reader {measured['model_cpu_us']:.1f} µs of CPU and {measured['model_bytes']:,.0f} bytes.",
        "",
        *table(["topic", "records an event", "bytes an event", "in the log"], topics),
        "",
        f"Item models sent a second, signals drawn by Zipf's law ({figures['zipf']}):",
        "",
        *table(["signals", "simulated", "summed over items"], checked),
        "",
        "Each recommender reads all models and lessons, each gateway all lists; 100 M tracks, all played for months. "
        "*Hot*: only the million most played are sent; *later*: and six times as late.",
        "",
        *table(
            ["events/s", "models/s", "cores to read them", "hot ones", "later", "lessons, MiB/s", "a gateway's lists, MiB/s unpacked"],
            projected,
        ),
    ]


def _ms(times: dict, at: str) -> str:
    return f"{times[at]:,.2f}" if times[at] < 1_000 else f"{times[at]:,.0f}"


DRAWN = {
    "ladder": ("latency.svg", "throughput.svg"),
    "cost": ("cost.svg",),
    "scale-out": ("scale-out.svg",),
    "fan-out": ("fan-out.svg",),
}
SECTIONS = {
    "ladder": _ladder,
    "ratios": _ratios,
    "cost": _cost,
    "memory": _memory,
    "stages": _stages,
    "stalls": _stalls,
    "profile": _profile,
    "scale-out": _scale_out,
    "fan-out": _fan_out,
}
