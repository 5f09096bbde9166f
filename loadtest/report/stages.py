"""Where a worker's time goes: what each of its stages takes, a turn and an event."""

from __future__ import annotations

from collections.abc import Sequence

from bench import LIVE_RATE, Bench
from process import Program, sum_of_metric

STAGES = ("load", "step", "publish", "apply")


class Stages:
    """Gains of these workers' histograms since it was made."""

    def __init__(self, workers: Sequence[Program]) -> None:
        self._workers = workers
        self._before = self._sums()

    def read(self) -> dict:
        """Turns, events of a turn, and milliseconds of a turn and microseconds of an event by stage.
        Stages of partitions overlap where one waits for a server, so that they add up to more than
        the turn."""
        now = self._sums()
        gained = {name: now[name] - self._before[name] for name in now}
        turns, events = max(gained["turns"], 1), max(gained["events"], 1)
        return {
            "turns": gained["turns"],
            "events_a_turn": gained["events"] / turns,
            "ms_a_turn": {stage: 1e3 * gained[stage] / turns for stage in STAGES},
            "us_an_event": {stage: 1e6 * gained[stage] / events for stage in STAGES},
        }

    def _sums(self) -> dict[str, float]:
        texts = [worker.get("/metrics") or "" for worker in self._workers]

        def total(name: str, **labels: str) -> float:
            return sum(sum_of_metric(text, name, labels) or 0 for text in texts)

        sums = {s: total("segue_worker_stage_duration_seconds_sum", stage=s) for s in STAGES}
        sums["turns"] = total("segue_worker_batch_events_count")
        sums["events"] = total("segue_worker_batch_events_sum")
        return sums


def measure(bench: Bench) -> dict:
    with bench.pipeline("stages") as pipeline:
        pipeline.start_workers()
        pipeline.wait_ready()
        recommender, trainer = Stages(pipeline.recommenders), Stages(pipeline.trainers)
        with bench.step(f"Stages at {LIVE_RATE} events/s") as said:
            answer = bench.load(pipeline, "latency", LIVE_RATE)
            live = {"recommender": recommender.read(), "trainer": trainer.read()}
            said.append(_words(live["recommender"]))
        pipeline.stop_workers()
        bench.fill(pipeline, bench.events)
        with bench.step("Stages as fast as it goes") as said:
            pipeline.start_workers()
            recommender, trainer = Stages(pipeline.recommenders), Stages(pipeline.trainers)
            pipeline.settle(bench.console.update)
            behind = {"recommender": recommender.read(), "trainer": trainer.read()}
            said.append(_words(behind["recommender"]))
    return {
        "rate": LIVE_RATE,
        "live": live,
        "live_due_ms": answer["due_ms"],
        "behind": behind,
    }


def _words(figures: dict) -> str:
    return ", ".join(f"{stage} {us:.1f}" for stage, us in figures["us_an_event"].items()) + " µs an event"
