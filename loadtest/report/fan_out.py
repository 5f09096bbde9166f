"""Streams that every process must read whole, measured small and simulated large.

A changed item model goes to every recommender, a partition's lessons too, and a gateway reads the lists of
all listeners. How many models are sent is simulated small; the sum over all items that stands for what is
too large to simulate is compared with that.
"""

from __future__ import annotations

import cpu
import wire
from bench import LIVE_RATE, Bench
from broadcasts import ZIPF, broadcasts_per_s, simulate
from pipeline import Pipeline

MODELS_FILLED = 20_000
LESSONS = "segue.lessons.v1"
MODELS = "segue.item-models.v1"
SIMULATED_S = 120
SIMULATED = ((200, 5_000), (1_000, 50_000), (2_000, 200_000))  # signals a second, items
PROJECTED = (1_000, 10_000, 100_000, 1_000_000)  # events a second
TRACKS = 100_000_000
HELD_MAX = 1_000_000  # model.models_held_max


def measure(bench: Bench) -> dict:
    with bench.pipeline("fan-out") as pipeline:
        measured = _measured(bench, pipeline)
    with bench.step("Simulating the fan-out"):
        checked = [_checked(signals, items) for signals, items in SIMULATED]
    return {"measured": measured, "zipf": ZIPF, "checked": checked, "projected": projected(measured)}


def _measured(bench: Bench, pipeline: Pipeline) -> dict:
    """Per event at live rate: what goes into each topic; and what a model costs who reads it."""
    idle = _reading_costs(bench, pipeline, 0)
    full = _reading_costs(bench, pipeline, MODELS_FILLED)
    filled = _size(pipeline, MODELS)
    pipeline.start_workers()
    pipeline.wait_ready()
    with bench.step(f"What {LIVE_RATE} events/s put into the topics") as said:
        before = {name: _size(pipeline, name) for name in _topics()}
        bench.load(pipeline, "latency", LIVE_RATE)
        pipeline.settle(bench.console.update)
        seconds = bench.for_s + bench.warm_up_s
        after = {name: _size(pipeline, name) for name in _topics()}
        gained = {
            name: {what: after[name][what] - before[name][what] for what in after[name]}
            for name in after
        }
        events = gained[wire.EVENTS]["records"]
        said.append(f"{gained[MODELS]['records'] / events:.2f} models an event")
    pipeline.stop_workers()
    store = wire.connect(pipeline.redis.address)
    items = wire.state_keys(store, wire.ITEM_SIGNALS, "i").values()
    return {
        "rate": LIVE_RATE,
        "seconds": seconds,
        "events": events,
        "per_event": {
            name: {what: count / events for what, count in gained[name].items()} for name in gained
        },
        "signals_per_event": sum(wire.item_counts(blob)[2].signals for blob in items) / events,
        "model_bytes": filled["bytes"] / max(filled["records"], 1),
        "model_cpu_us": max(1e6 * (full - idle) / MODELS_FILLED, 0.1),
    }


def _topics() -> list[str]:
    return [wire.EVENTS, wire.RECOMMENDATIONS, wire.ITEM_SIGNALS, MODELS, LESSONS]


def _size(pipeline: Pipeline, topic: str) -> dict[str, float]:
    """Records, bytes of their keys, values and headers, and bytes of the log, which is compressed."""
    records = wire.read_topic(pipeline.kafka.address, topic)

    def bytes_of(record: wire.Record) -> int:
        headers = sum(len(name) + len(value or b"") for name, value in record.headers.items())
        return len(record.key or b"") + len(record.value or b"") + headers

    segments = pipeline.kafka.folder.glob(f"data-*/{topic}-*/*.log")
    logged = sum(segment.stat().st_size for segment in segments)
    return {"records": len(records), "bytes": sum(map(bytes_of, records)), "logged": logged}


def _reading_costs(bench: Bench, pipeline: Pipeline, models: int) -> float:
    """CPU seconds of a recommender that reads so many models and is ready then."""
    with bench.step(f"A recommender that reads {models:,} models"):
        if models:
            flags = ["--replay.tracks", str(models)]
            pipeline.run("segue-fill-models", flags, bench.console.update)
        pipeline.start_workers(recommenders=1, trainers=0)
        pipeline.recommenders[0].wait_ready(120)
        used = cpu.process_seconds(pipeline.recommenders[0].pid)
        pipeline.stop_workers()
    return used


def _checked(signals_per_s: int, items: int) -> dict:
    simulated = simulate(signals_per_s, items, SIMULATED_S)
    summed = broadcasts_per_s(signals_per_s, items, 1, warm=False, for_s=SIMULATED_S)
    return {
        "signals_per_s": signals_per_s,
        "items": items,
        "simulated_per_s": simulated,
        "summed_per_s": summed,
    }


def projected(measured: dict) -> list[dict]:
    """Bytes and cores to read for each recommender and gateway, by events a second, as it is and otherwise."""
    per_event = measured["per_event"]
    answer_bytes = per_event[wire.RECOMMENDATIONS]["bytes"]  # a gateway unpacks them
    lesson_bytes = per_event[LESSONS]["logged"]
    rows = []
    for events_per_s in PROJECTED:
        signals = events_per_s * measured["signals_per_event"]
        as_it_is = broadcasts_per_s(signals, TRACKS, 1)
        hot = broadcasts_per_s(signals, TRACKS, 1, hottest=HELD_MAX)
        slow = broadcasts_per_s(signals, TRACKS, 6, hottest=HELD_MAX)
        rows.append(
            {
                "events_per_s": events_per_s,
                "signals_per_s": signals,
                "models_per_s": as_it_is,
                "model_cores": as_it_is * measured["model_cpu_us"] / 1e6,
                "model_bytes_per_s": as_it_is * measured["model_bytes"],
                "hot_models_per_s": hot,
                "hot_model_cores": hot * measured["model_cpu_us"] / 1e6,
                "slow_models_per_s": slow,
                "slow_model_cores": slow * measured["model_cpu_us"] / 1e6,
                "slow_model_bytes_per_s": slow * measured["model_bytes"],
                "lesson_bytes_per_s": events_per_s * lesson_bytes,
                "tail_bytes_per_s": events_per_s * answer_bytes,
            }
        )
    return rows

