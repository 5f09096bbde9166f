"""The report's drawings, of those parts that were measured."""

from __future__ import annotations

from svg import Axis, Series, chart


def drawings(result: dict) -> dict[str, str]:
    """SVG by file name."""
    drawn: dict[str, str] = {}
    for part, draw in (("ladder", _ladder), ("cost", _cost), ("scale-out", _scale_out), ("fan-out", _fan_out)):
        if part in result["parts"]:
            drawn |= draw(result["parts"][part])
    return drawn


def _ladder(ladder: dict) -> dict[str, str]:
    steps = ladder["steps"]
    load = Axis("load, % of the capacity")

    def line(name: str, times: str, at: str, dashed: bool = False) -> Series:
        points = [(100 * s["share"], max(s[times][at], 0.01)) for s in steps]
        return Series(name, points, dashed)

    latency = [
        line("p50", "due_ms", "p50"),
        line("p99", "due_ms", "p99"),
        line("Kafka echo, p50", "echo_due_ms", "p50", True),
        line("Kafka echo, p99", "echo_due_ms", "p99", True),
    ]
    done = [
        Series("answered", [(100 * s["share"], s["events_per_s"]) for s in steps]),
        Series("due", [(100 * s["share"], s["rate"]) for s in steps], True),
    ]
    return {
        "latency.svg": chart(
            "Event to recommendation, from when it was due", load, Axis("ms", True), latency
        ),
        "throughput.svg": chart("Events a second", load, Axis("events/s"), done),
    }


def _cost(cost: dict) -> dict[str, str]:
    series = [
        Series("tracks held", [(row["size"], row["mean_us"]) for row in cost["catalogue"]]),
        Series("plays behind", [(row["size"], row["mean_us"]) for row in cost["history"]]),
    ]
    return {"cost.svg": chart("CPU of a step", Axis("how many", True), Axis("µs"), series)}


def _scale_out(scale: dict) -> dict[str, str]:
    series = [
        Series(
            f"{trainers} trainer{'s' * (trainers > 1)}, {masters} Redis",
            [
                (run["recommenders"], run["events_per_s"])
                for run in scale["runs"]
                if (run["trainers"], run["masters"]) == (trainers, masters)
            ],
            masters > 1,
        )
        for masters in sorted({run["masters"] for run in scale["runs"]})
        for trainers in sorted({run["trainers"] for run in scale["runs"]})
    ]
    title = f"Events a second by recommenders, {scale['cores']} cores for all"
    return {"scale-out.svg": chart(title, Axis("recommenders"), Axis("events/s"), series)}


def _fan_out(fan: dict) -> dict[str, str]:
    def line(name: str, figure: str, dashed: bool = False) -> Series:
        points = [(row["events_per_s"], max(row[figure], 1e-4)) for row in fan["projected"]]
        return Series(name, points, dashed)

    series = [
        line("all models", "model_cores"),
        line("hot ones", "hot_model_cores"),
        line("hot ones, six times as late", "slow_model_cores", True),
    ]
    title = "Cores that each recommender needs to read item models"
    return {
        "fan-out.svg": chart(title, Axis("events/s of all", True), Axis("cores", True), series)
    }
