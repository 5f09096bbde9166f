"""Throughput and latency at shares of what the pipeline can do, open loop.

Latencies count from when an event was due, so that what holds the sender up is part of them; those from
the produce call stand beside. Sender, broker, Redis and workers share the machine.
"""

from __future__ import annotations

from bench import Bench
from pipeline import Pipeline
from stages import Stages

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5)
FIRST_RATE = 2_000
LAST_RATE = 512_000
# A rate of which so much is not answered while it is sent is more than it can do.
ANSWERED_SHARE = 0.9


def measure(bench: Bench) -> dict:
    with bench.pipeline("ladder") as pipeline:
        pipeline.start_workers()
        pipeline.wait_ready()
        capacity = _capacity(bench, pipeline)
        pipeline.create_echo_topics()
        return {
            "capacity_events_per_s": capacity,
            "for_s": bench.for_s,
            "steps": [_step(bench, pipeline, share, share * capacity) for share in SHARES],
        }


def _capacity(bench: Bench, pipeline: Pipeline) -> float:
    """Events answered a second when more are sent; the better of two, once all is warm."""
    _answered(bench, pipeline, FIRST_RATE, "Warming up")
    rate = FIRST_RATE
    done = _answered(bench, pipeline, rate)
    while done >= ANSWERED_SHARE * rate and rate < LAST_RATE:
        rate *= 2
        done = _answered(bench, pipeline, rate)
    return max(done, _answered(bench, pipeline, rate))


def _answered(bench: Bench, pipeline: Pipeline, rate: int, why: str = "Capacity") -> float:
    with bench.step(f"{why}: {rate:,} events/s") as said:
        done = throughput(bench.load(pipeline, "latency", rate))
        said.append(f"{done:,.0f} answered")
    _settle(bench, pipeline)
    return done


def throughput(figures: dict) -> float:
    """Events a second, as far as answers tell: not every event has one."""
    return figures["answered_per_s"] * figures["sent"] / max(figures["expected"], 1)


def _step(bench: Bench, pipeline: Pipeline, share: float, rate: float) -> dict:
    with bench.step(f"{share:.0%} of the capacity: {rate:,.0f} events/s") as said:
        stages = Stages(pipeline.recommenders)
        answer = bench.load(pipeline, "latency", rate)
        due = answer["due_ms"]
        said.append(f"p50 {due['p50']:.2f} ms, p99 {due['p99']:.2f} ms")
    _settle(bench, pipeline)
    turns = stages.read()
    with bench.step(f"A Kafka echo at {rate:,.0f} events/s") as said:
        size = str(max(answer["answer_bytes"], 256))
        echo = bench.load(pipeline, "echo", rate, "--bytes", size)
        said.append(f"p50 {echo['due_ms']['p50']:.2f} ms, p99 {echo['due_ms']['p99']:.2f} ms")
    return {
        "share": share,
        "rate": rate,
        "sent": answer["sent"],
        "events_per_s": throughput(answer),
        "due_ms": answer["due_ms"],
        "sent_ms": answer["answer_ms"],
        "missing": answer["missing"],
        "echo_events_per_s": throughput(echo),
        "echo_due_ms": echo["due_ms"],
        "echo_missing": echo["missing"],
        "turns": turns,
    }


def _settle(bench: Bench, pipeline: Pipeline) -> None:
    with bench.step("Waiting until nothing waits"):
        pipeline.settle(bench.console.update)
