"""Servers that stand still: what listeners see of it, and how soon all is as before."""

from __future__ import annotations

import time

import verify
from bench import LIVE_RATE, Bench
from pipeline import Pipeline, last_json
from process import Process, ServerError, frozen, wait_until

STALL_S, BOUNDED_STALL_S = 60, 10
BEFORE_S = 3
# An answer counts as missing 10 s after the last event: it is late, not lost, where all is slow.
AFTER_S = 40
RECOVERED_WITHIN_S = 300
LOOK_EVERY_S = 0.1
# No client gives up while a server stands still.
PATIENT = ["--kafka.publish_timeout_ms", "600000"]


def measure(bench: Bench) -> dict:
    stall_s = STALL_S if bench.whole else BOUNDED_STALL_S
    return {
        "rate": LIVE_RATE,
        "stall_s": stall_s,
        "redis": _stall(bench, "redis", stall_s),
        "broker": _stall(bench, "broker", stall_s),
    }


def _stall(bench: Bench, server: str, stall_s: int) -> dict:
    with bench.pipeline(f"stall-{server}") as pipeline:
        pipeline.more_flags = [*PATIENT, "--redis.retry_for_s", "600"]
        pipeline.start_workers()
        pipeline.wait_ready()
        stalled = pipeline.redis if server == "redis" else pipeline.kafka
        with bench.step(f"{stall_s} s without {server} at {LIVE_RATE} events/s") as said:
            figures, recovery = _stall_under_load(bench, pipeline, stalled, stall_s)
            pipeline.settle(bench.console.update)
            verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
            said.append(f"caught up {recovery['caught_up_s']:.1f} s later")
            said.append(f"{figures['missing']} answers missing, {verdict.outputs_missing} never published")
    return {
        **recovery,
        "events": verdict.compared["events"],
        "expected": figures["expected"],
        "missing": figures["missing"],
        "due_ms": figures["due_ms"],
        "lost": verdict.lost,
        "double": verdict.double,
        "unpublished": verdict.outputs_missing,
        "mismatches": len(verdict.mismatches),
    }


def _stall_under_load(
    bench: Bench, pipeline: Pipeline, stalled: Process, stall_s: int
) -> tuple[dict, dict]:
    """The load's own figures over all of it, and how soon events moved and nothing waited again."""
    for_s = BEFORE_S + stall_s + max(stall_s, AFTER_S)
    flags = ["latency", "--rate", str(LIVE_RATE), "--for-s", str(for_s), "--warm-up-s", "2"]
    flags += ["--kafka.brokers", pipeline.kafka.address, *PATIENT]
    lines: list[str] = []
    program = bench.binaries / "segue-load"
    argv = [program, *flags]
    with Process(program.name, argv, pipeline.folder, on_line=lines.append) as load:
        wait_until(pipeline.applied, 60, "the first events are learned")
        time.sleep(BEFORE_S)
        with frozen(stalled):
            time.sleep(stall_s)
            before = pipeline.applied()
        recovery = _recover(bench, pipeline, before)
        if load.wait(for_s + RECOVERED_WITHIN_S) != 0:
            load.check()
    return last_json(lines[-1] if lines else "", program.name), recovery


def _recover(bench: Bench, pipeline: Pipeline, before: int) -> dict:
    """Seconds from the end of the stall until an event is learned again, and until no more waits than
    comes in a second; workers say once a second what waits."""
    began = time.monotonic()
    moved_s = 0.0
    while time.monotonic() - began < RECOVERED_WITHIN_S:
        pipeline.check()
        if not moved_s and pipeline.applied() > before:
            moved_s = time.monotonic() - began
        lag = pipeline.lag(pipeline.recommenders)
        # A lag that was reported before the stall is of no account.
        if moved_s and time.monotonic() - began - moved_s > 1 and lag is not None and lag < LIVE_RATE:
            return {"moved_s": moved_s, "caught_up_s": time.monotonic() - began}
        bench.console.update(f"{lag or 0:,.0f} records wait")
        time.sleep(LOOK_EVERY_S)
    raise ServerError(f"the workers did not catch up within {RECOVERED_WITHIN_S} s")
