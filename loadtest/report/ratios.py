"""Segue beside what it stands on: its decisions alone, Kafka alone, Redis alone."""

from __future__ import annotations

import statistics
import time

import cpu
import wire
from bench import LIVE_RATE, Bench
from pipeline import Pipeline, bare_step_us

ROUNDS = 3
LONG_S = 5  # shorter loads are for a first look
ALONE_TIMED = 2_000  # round trips of Redis
ALONE_CPU_S = 0.5  # the kernel counts hundredths


def measure(bench: Bench) -> dict:
    bare = _bare(bench)
    with bench.pipeline("ratios") as pipeline:
        with bench.step("Starting the workers on nothing, to know what that costs"):
            start_costs = pipeline.start_costs()
        bench.fill(pipeline, bench.events)
        before = _written(pipeline)
        with bench.step("The pipeline, as fast as it goes") as said:
            caught_up = pipeline.catch_up(bench.events, start_costs, bench.console.update)
            said.append(f"{caught_up['events_per_s']:,.0f} events/s")
        written = {name: count - before[name] for name, count in _written(pipeline).items()}
        pipeline.create_echo_topics()
        answers, echoes = _take_turns(bench, pipeline)
        pipeline.stop_workers()
        redis = _redis_alone(bench, pipeline, written)
    return {
        "events": bench.events,
        "rate": LIVE_RATE,
        "bare_us": bare,
        "pipeline": caught_up,
        "echo_ms": echoes,
        "answer_ms": answers,
        "redis": redis,
    }


def _bare(bench: Bench) -> float:
    with bench.step("The bare step loop") as said:
        flags = ["--evaluate.seed", "1", "--evaluate.events_max", str(bench.events)]
        us = bare_step_us(bench.binaries, flags, bench.folder, bench.console.update)
        said.append(f"{us:.1f} µs of CPU an event")
    return us


def _take_turns(bench: Bench, pipeline: Pipeline) -> tuple[dict, dict]:
    """Event to recommendation and Kafka echo, medians of rounds, from when an event was due."""
    answers, echoes = [], []
    for number in range(ROUNDS if bench.for_s >= LONG_S else 1):
        with bench.step(f"Events and echoes at {LIVE_RATE}/s, round {number + 1}") as said:
            answers.append(bench.load(pipeline, "latency", LIVE_RATE))
            size = str(max(answers[0]["answer_bytes"], 256))
            echoes.append(bench.load(pipeline, "echo", LIVE_RATE, "--bytes", size))
            said += [f"p50 {each[-1]['due_ms']['p50']:.2f} ms" for each in (answers, echoes)]
    return _median(answers), _median(echoes)


def _median(rounds: list[dict]) -> dict:
    at = {p: statistics.median(one["due_ms"][p] for one in rounds) for p in rounds[0]["due_ms"]}
    return at | {"missing": sum(one["missing"] for one in rounds), "rounds": len(rounds)}


def _written(pipeline: Pipeline) -> dict[str, int]:
    """Calls of functions and bytes that came in, by Redis' own count."""
    store = wire.connect(pipeline.redis.address)
    calls = store.info("commandstats").get("cmdstat_fcall", {}).get("calls", 0)
    return {"calls": calls, "bytes": store.info("stats")["total_net_input_bytes"]}


def _redis_alone(bench: Bench, pipeline: Pipeline, written: dict[str, int]) -> dict:
    """The same bytes in as many calls, each an MSET of values as large as listeners are."""
    with bench.step("The same bytes into Redis alone") as said:
        store = wire.connect(pipeline.redis.address)
        blobs = list(wire.state_keys(store, wire.EVENTS, "u").values())
        value = b"x" * int(statistics.mean(map(len, blobs)))
        calls = max(written["calls"], 1)
        values = max(round(written["bytes"] / calls / len(value)), 1)
        pairs = {f"alone:{n}": value for n in range(values)}
        began, used, rounds = cpu.process_seconds(pipeline.redis.pid), 0.0, 0
        while used < ALONE_CPU_S:
            _write(store, pairs, calls)
            rounds += 1
            used = cpu.process_seconds(pipeline.redis.pid) - began
        cost = 1e6 * used / rounds / bench.events
        trips = []
        for _ in range(ALONE_TIMED):
            at = time.perf_counter()
            store.set("alone:0", value)
            trips.append(1e3 * (time.perf_counter() - at))
        trips.sort()
        said.append(f"{cost:.1f} µs of CPU an event")
    return {
        "calls": calls,
        "bytes": written["bytes"],
        "values_a_call": values,
        "value_bytes": len(value),
        "cpu_us_per_event": cost,
        "set_ms": {"p50": trips[len(trips) // 2], "p99": trips[len(trips) * 99 // 100]},
    }


def _write(store, pairs: dict[str, bytes], calls: int) -> None:
    pipe = store.pipeline(transaction=False)
    for number in range(calls):
        pipe.mset(pairs)
        if number % 64 == 63:
            pipe.execute()
    pipe.execute()
