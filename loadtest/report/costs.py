"""An event's cost by what lies behind the listener and by how many tracks there are (segue-scale-bench);
an item's by how many a recommender holds."""

from __future__ import annotations

import time

import cpu
from bench import Bench, sizes
from memory import resident_bytes
from pipeline import Pipeline


def measure(bench: Bench) -> dict:
    with bench.step("What a step costs by history and catalogue") as said:
        tracks = sizes(bench.whole, 10_000, 100_000, 1_000_000)[-1]
        flags = ["--json", "--tracks-max", str(tracks), "--plays-max", str(tracks // 10)]
        # 1: a state that is larger than it may be, which the page says.
        steps = bench.program("segue-scale-bench", *flags, may_end_with=(0, 1))
        said.append(f"{steps['catalogue'][-1]['mean_us']:.0f} µs with {tracks:,} tracks")
    with bench.pipeline("costs") as pipeline:
        items = [_hold(bench, pipeline, 0)]
        for count in sizes(bench.whole, 10_000, 100_000, 1_000_000):
            items.append(_hold(bench, pipeline, count))
    return {**steps, "replica": items}


def _hold(bench: Bench, pipeline: Pipeline, count: int) -> dict:
    """A recommender that has read so many item models and does nothing else. Models of
    earlier calls are overwritten."""
    with bench.step(f"A recommender that holds {count:,} item models") as said:
        if count:
            flags = ["--replay.tracks", str(count)]
            pipeline.run("segue-fill-models", flags, bench.console.update)
        began = time.monotonic()
        pipeline.start_workers(recommenders=1, trainers=0)
        pipeline.recommenders[0].wait_ready(600)
        worker = pipeline.recommenders[0]
        figures = {
            "models": count,
            "ready_s": time.monotonic() - began,
            "cpu_s": cpu.process_seconds(worker.pid),
            "resident_bytes": resident_bytes(worker.pid),
        }
        pipeline.stop_workers()
        said.append(f"{figures['resident_bytes'] / 2**20:,.0f} MiB, {figures['cpu_s']:.1f} s of CPU")
    return figures
