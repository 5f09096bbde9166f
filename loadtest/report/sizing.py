"""Writes the tables of deploy/SIZING.md from a report.

    /usr/bin/python3 loadtest/report/sizing.py [build/report/report.json]...

Without a file from loadtest/report/measured.json, which is the report that the page was made of last; with
some, they become measured.json: parts of a later file replace those of one before. The text around the
tables stays.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))

from page import table  # noqa: E402

PAGE = ROOT / "deploy" / "SIZING.md"
MEASURED = Path(__file__).with_name("measured.json")
NEEDED = ("cost", "memory", "scale-out", "fan-out")

EVENTS, LISTS = "segue.events.v1", "segue.recommendations.v1"
SIGNALS, MODELS, LESSONS = "segue.item-signals.v1", "segue.item-models.v1", "segue.lessons.v1"
GIB, MIB, TIB = 1 << 30, 1 << 20, 1 << 40
DAY_S = 86_400

# The large one.
LISTENERS, TRACKS, RATE = 100_000_000, 100_000_000, 1_000_000
# A core is planned to be used so much, so that what has waited is caught up.
USED = 0.6
REPLICAS = 2  # of each key in Redis: a master and a replica
COPIES = 3  # of each record in Kafka
THREADS = 8  # of a recommender process, which share one replica of the item models
NODE_MEMORY = 48 * GIB  # of a Redis master: it is copied, moved and read back as a whole
MANY_PLAYS = 26  # of those in loadtest/report/memory.py
KEPT_DAYS = {EVENTS: 7, LISTS: 1, SIGNALS: 7}  # deploy/topics.toml
# Bytes of lists, unpacked, that one gateway thread is planned to read. Assumed, not measured.
GATEWAY_BYTES_PER_S = 100 * MIB


class Figures:
    """Units of one report, from which all else is multiplied. Bytes and seconds."""

    def __init__(self, result: dict) -> None:
        parts = result["parts"]
        if missing := [part for part in NEEDED if part not in parts]:
            raise ValueError(f"the report lacks {', '.join(missing)}; run loadtest/run --report again")
        self.result = result
        self.usual, many = parts["memory"]["played"][:2]
        self.listener = self._listener(self.usual)
        self.many = self._listener(many)
        self.item = self.usual["item"]["bytes"]
        replica = parts["cost"]["replica"]
        self.base = replica[0]["resident_bytes"]
        self.grown = (replica[-1]["resident_bytes"] - self.base) / replica[-1]["models"]
        self.cached = self._cached(many)
        self.runs = parts["scale-out"]["runs"]
        self.fan = parts["fan-out"]
        per_event = self.fan["measured"]["per_event"].items()
        self.bytes = {name: each["logged"] for name, each in per_event}  # as sent: compressed

    def _cached(self, few: dict) -> float:
        """Bytes of a listener in a recommender's memory: what it takes more than one that learned about
        as many events of fewer listeners, by how much more their states are."""

        def states(played: dict) -> float:
            return played["listener"]["held"] * played["listener"]["blob_bytes"]

        more = max(self.usual["recommender_bytes"] - few["recommender_bytes"], 0)
        return more / (states(self.usual) - states(few)) * self.usual["listener"]["blob_bytes"]

    @property
    def listener_in_table(self) -> float:
        """A listener by Redis' own count: what copies of those who played added."""
        copied = self.usual["copied"][-1]
        added = copied["listeners"] - self.usual["listener"]["held"]
        return (copied["used_bytes"] - self.usual["used_bytes"]) / added

    @staticmethod
    def _listener(played: dict) -> float:
        return played["listener"]["bytes"]

    def run(self, recommenders: int, trainers: int, masters: int) -> dict:
        wanted = (recommenders, trainers, masters)
        return next(r for r in self.runs if (r["recommenders"], r["trainers"], r["masters"]) == wanted)

    @property
    def cpu_us(self) -> dict[str, float]:
        """An event's, one recommender and one trainer on a cluster."""
        return self.run(1, 1, max(run["masters"] for run in self.runs))["cpu_us_per_event"]

    def cores(self, part: str, events_per_s: float) -> float:
        return events_per_s * self.cpu_us[part] / 1e6


def tables(result: dict) -> dict[str, list[str]]:
    """By name; Markdown lines."""
    figures = Figures(result)
    return {
        "sizing taken": _taken(result),
        "sizing units": _units(figures),
        "sizing scale-out": _scale_out(figures),
        "sizing cluster": _cluster(figures),
        "sizing plan": _plan_table(plan(figures)),
        "sizing fan-out": _fan_out(figures),
        "sizing simulation": _simulation(figures),
    }


def merged(first: dict, later: dict) -> dict:
    """The first report with the parts of a later one in place of its own."""
    keys = ("parts", "taken", "not_measured")
    whole = {**first, **{key: {**first.get(key, {}), **later.get(key, {})} for key in keys}}
    reasons = whole["not_measured"].items()
    whole["not_measured"] = {part: why for part, why in reasons if part not in whole["parts"]}
    return whole


def _taken(result: dict) -> list[str]:
    machine = result["machine"]
    rows = [
        ["date", result["date"]],
        ["machine", f"{machine['cores']} cores, {machine['cpu']}, for sender, broker, Redis and workers"],
        ["load average before", f"{machine['load_average']:.1f}"],
        ["used by other processes", f"{machine['others_share']:.0%}"],
        ["form", f"{result['form']}; {result['for_s']} s a load"],
    ]
    for part, taken in result["taken"].items():
        if part in NEEDED:
            rows.append([f"`{part}`", f"{taken['date']}, others used {taken['others_share']:.0%}"])
    if "ratios" in result["parts"]:
        bare = result["parts"]["ratios"]["bare_us"]
        quiet = "[an idle machine's](../loadtest/README.md#speed)"
        rows.append(["bare `step` (`ratios`)", f"{bare:.1f} µs of CPU an event; compare {quiet}"])
    return table(["how it was taken", ""], rows)


def _units(figures: Figures) -> list[str]:
    per_s = 1_000
    cores = {part: figures.cores(part, per_s) for part in figures.cpu_us}
    plays = figures.usual["listener"]["plays"]
    traffic = {name: per_s * size / MIB for name, size in figures.bytes.items()}
    rows = [
        [f"a million listeners with {plays:.1f} plays each, state and list in Redis", _gib(1e6 * figures.listener), ""],
        ["the same by Redis' own count, with its table of entries", _gib(1e6 * figures.listener_in_table), ""],
        [f"a million listeners with {MANY_PLAYS} plays each (30Music's mean)", _gib(1e6 * figures.many), ""],
        ["a million items in Redis", _gib(1e6 * figures.item), ""],
        ["a million item models in a recommender", _gib(1e6 * figures.grown), ""],
        ["a million listeners in recommenders' caches", _gib(1e6 * figures.cached), ""],
        *[[f"1,000 events/s: {part}", "", f"{cores[part]:.3f}"] for part in cores],
        [f"1,000 events/s into Kafka, MiB/s: events {traffic[EVENTS]:.2f}, lists {traffic[LISTS]:.2f}, signals "
         f"{traffic[SIGNALS]:.2f}, models {traffic[MODELS]:.2f}, lessons {traffic[LESSONS]:.3f}", "", ""],
    ]  # fmt: skip
    return table(["unit", "GiB", "cores"], rows)


def _scale_out(figures: Figures) -> list[str]:
    rows = []
    for run in figures.runs:
        total = sum(run["cpu_us_per_event"].values())
        rows.append(
            [
                f"{run['recommenders']} / {run['trainers']} / {run['masters']}",
                f"{run['events_per_s']:,.0f}",
                *[f"{run['cpu_us_per_event'][p]:.1f}" for p in ("recommender", "trainer", "redis", "broker")],
                f"{total:.1f}",
                f"`{run['state'][:8]}`",
            ]
        )
    heads = ["recommenders / trainers / masters", "events/s", "recommenders, µs of CPU an event", "trainers",
             "Redis", "broker", "all", "state"]  # fmt: skip
    return table(heads, rows)


def _cluster(figures: Figures) -> list[str]:
    """Three masters over one node, means of the runs with equal numbers of workers."""
    several = [run for run in figures.runs if run["masters"] > 1]
    alone = [figures.run(run["recommenders"], run["trainers"], 1) for run in several]

    def mean(runs: list[dict], figure) -> float:
        return sum(figure(run) for run in runs) / len(runs)

    def row(what: str, figure) -> list[str]:
        one, three = mean(alone, figure), mean(several, figure)
        return [what, f"{one:,.1f}", f"{three:,.1f}", f"{three / one:.2f} ×"]

    def part(name: str):
        return lambda run: run["cpu_us_per_event"][name]

    rows = [
        row("events/s", lambda run: run["events_per_s"]),
        row("recommenders, µs of CPU an event", part("recommender")),
        row("trainers", part("trainer")),
        row("Redis", part("redis")),
        row("recommenders, trainers and Redis", _without_broker),
    ]
    return table(["means of six runs each", "one node", "three masters", "ratio"], rows)


def _without_broker(run: dict) -> float:
    return sum(us for part, us in run["cpu_us_per_event"].items() if part != "broker")


# -- the large one


def plan(figures: Figures) -> dict[str, float]:
    """Resources for LISTENERS, TRACKS and RATE, with the remedies of the fan-out: only hot models are sent,
    six times as late, and a process's threads share them."""
    cores = {part: math.ceil(figures.cores(part, RATE) / USED) for part in figures.cpu_us}
    large = next(row for row in figures.fan["projected"] if row["events_per_s"] == RATE)
    processes = math.ceil(cores["recommender"] / THREADS)
    replica_cores = math.ceil(processes * large["slow_model_cores"])
    redis_bytes = LISTENERS * figures.listener_in_table + TRACKS * figures.item
    masters = max(math.ceil(redis_bytes / NODE_MEMORY), cores["redis"])
    gateways = math.ceil(large["tail_bytes_per_s"] / GATEWAY_BYTES_PER_S)
    once = RATE * sum(figures.bytes[name] for name in (EVENTS, LISTS, SIGNALS))
    read = RATE * (figures.bytes[EVENTS] + figures.bytes[LISTS] + figures.bytes[SIGNALS])
    disk = RATE * sum(figures.bytes[name] * days * DAY_S for name, days in KEPT_DAYS.items())
    return {
        "event_partitions": _partitions(figures.cpu_us["recommender"]),
        "signal_partitions": _partitions(figures.cpu_us["trainer"]),
        "recommender_cores": cores["recommender"],
        "processes": processes,
        "replica_cores": replica_cores,
        "process_bytes": figures.base + 1e6 * figures.grown + THREADS * 1e5 * figures.cached,
        "trainer_cores": cores["trainer"],
        "redis_cores": cores["redis"],
        "redis_bytes": redis_bytes,
        "masters": masters,
        "broker_cores": COPIES * cores["broker"],
        "gateways": gateways,
        "in_bytes_per_s": once,
        "copied_bytes_per_s": (COPIES - 1) * once,
        "read_bytes_per_s": read,
        "model_bytes_per_s": processes * large["slow_model_bytes_per_s"],
        "lesson_bytes_per_s": processes * large["lesson_bytes_per_s"],
        "disk_bytes": COPIES * disk,
    }


def _partitions(us: float) -> int:
    """A partition is one thread's at a time: so many that none is planned fuller than USED, in powers of
    two, so that they divide among workers."""
    return 1 << math.ceil(math.log2(max(RATE * us / 1e6 / USED, 1)))


def _plan_table(planned: dict[str, float]) -> list[str]:
    p = planned
    rows = [
        ["partitions of events and lists", f"{p['event_partitions']:,}"],
        ["partitions of signals and models", f"{p['signal_partitions']:,}"],
        ["recommenders: cores to learn and rank", f"{p['recommender_cores']:,}"],
        [f"recommenders: processes of {THREADS} threads", f"{p['processes']:,}"],
        ["recommenders: cores besides to read item models, all processes", f"{p['replica_cores']:,}"],
        ["recommenders: memory a process, GiB", f"{p['process_bytes'] / GIB:,.1f}"],
        ["trainers: cores", f"{p['trainer_cores']:,}"],
        ["Redis: memory of the masters, GiB", f"{p['redis_bytes'] / GIB:,.0f}"],
        ["Redis: cores", f"{p['redis_cores']:,}"],
        [f"Redis: masters of {NODE_MEMORY / GIB:.0f} GiB at most, one core each", f"{p['masters']:,}"],
        [f"Redis: nodes with {REPLICAS - 1} replica of each", f"{REPLICAS * p['masters']:,}"],
        [f"brokers: cores, {COPIES} copies counted as {COPIES} times the work", f"{p['broker_cores']:,}"],
        [f"gateways that share the lists, {GATEWAY_BYTES_PER_S / MIB:.0f} MiB/s unpacked each (assumed)", f"{p['gateways']:,}"],
        ["network: events, lists and signals into Kafka, GiB/s", f"{p['in_bytes_per_s'] / GIB:,.1f}"],
        ["network: copies between brokers, GiB/s", f"{p['copied_bytes_per_s'] / GIB:,.1f}"],
        ["network: events, lists and signals read once, GiB/s", f"{p['read_bytes_per_s'] / GIB:,.1f}"],
        ["network: item models to all recommenders, GiB/s", f"{p['model_bytes_per_s'] / GIB:,.1f}"],
        ["network: lessons to all recommenders, GiB/s", f"{p['lesson_bytes_per_s'] / GIB:,.1f}"],
        [f"disk of the brokers, {COPIES} copies, TiB", f"{p['disk_bytes'] / TIB:,.0f}"],
    ]
    return table(["100 M listeners, 100 M tracks, 1 M events/s", ""], rows)


def _fan_out(figures: Figures) -> list[str]:
    rows = [
        [
            f"{row['events_per_s']:,}",
            f"{row['models_per_s']:,.0f}",
            f"{row['model_cores']:.2f}",
            f"{row['hot_models_per_s']:,.0f}",
            f"{row['hot_model_cores']:.2f}",
            f"{row['slow_models_per_s']:,.0f}",
            f"{row['slow_model_cores']:.2f}",
            f"{row['lesson_bytes_per_s'] / MIB:,.2f}",
            f"{row['tail_bytes_per_s'] / MIB:,.0f}",
        ]
        for row in figures.fan["projected"]
    ]
    heads = ["events/s", "models/s to each recommender", "cores to read them", "only hot ones, models/s", "cores",
             "and later, models/s", "cores", "lessons, MiB/s", "lists of each gateway, MiB/s unpacked"]  # fmt: skip
    return table(heads, rows)


def _simulation(figures: Figures) -> list[str]:
    rows = [
        [
            f"{row['signals_per_s']:,}",
            f"{row['items']:,}",
            f"{row['simulated_per_s']:,.1f}",
            f"{row['summed_per_s']:,.1f}",
        ]
        for row in figures.fan["checked"]
    ]
    return table(["signals/s", "items", "models/s, simulated", "models/s, by the sum"], rows)


def _gib(size: float) -> str:
    return f"{size / GIB:.2f}"


def written(text: str, result: dict) -> str:
    """The page with the tables of this report."""
    for name, lines in tables(result).items():
        marked = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        body = "\n".join(lines) + "\n"
        text, count = marked.subn(lambda found, b=body: found[1] + b + found[2], text)
        if count != 1:
            raise ValueError(f"{PAGE.name} has {count} tables '{name}', and needs one")
    return text


def main() -> int:
    sources = [Path(word) for word in sys.argv[1:]] or [MEASURED]
    source = sources[0]
    try:
        result: dict = {}
        for source in sources:
            read = json.loads(source.read_text(encoding="utf-8"))
            result = merged(result, read) if result else read
        page = written(PAGE.read_text(encoding="utf-8"), result)
    except (OSError, ValueError, KeyError) as error:
        print(f"sizing: {source}: {error}", file=sys.stderr)
        return 1
    PAGE.write_text(page, encoding="utf-8")
    MEASURED.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
