"""One log learned by 1, 2 and 4 recommenders and 1 and 2 trainers, on one Redis and on three masters:
the same state each time, how fast, and at what cost."""

from __future__ import annotations

import hashlib
import os

import verify
import wire
from bench import Bench
from confluent_kafka.admin import AdminClient
from masters import Masters
from pipeline import Pipeline
from process import wait_until

RECOMMENDERS = (1, 2, 4)
TRAINERS = (1, 2)
MASTERS = 3
KEPT = {wire.EVENTS, "segue.catalog.v1"}


def measure(bench: Bench) -> dict:
    with bench.pipeline("scale-out") as pipeline, Masters(pipeline.folder, MASTERS) as masters:
        with bench.step("Starting the workers on nothing, to know what that costs"):
            start_costs = pipeline.start_costs()
        bench.fill(pipeline, bench.events)
        # A broker that has just started compiles itself: neither store should pay for that.
        _run(bench, pipeline, start_costs, 1, 1)
        runs: list[dict] = []
        stores = [pipeline.redis, masters]
        for recommenders in RECOMMENDERS:
            for trainers in TRAINERS:
                for store in stores:
                    pipeline.redis = store
                    runs.append(_run(bench, pipeline, start_costs, recommenders, trainers))
                stores.reverse()  # what changes with time falls on both
        pipeline.redis = next(store for store in stores if store is not masters)
    return {
        "events": bench.events,
        "cores": os.cpu_count(),
        "runs": sorted(runs, key=lambda r: (r["masters"], r["recommenders"], r["trainers"])),
        "equal": len({run["state"] for run in runs}) == 1,
    }


def _run(
    bench: Bench,
    pipeline: Pipeline,
    start_costs: dict[str, float],
    recommenders: int,
    trainers: int,
) -> dict:
    masters = len(pipeline.redis.nodes) if isinstance(pipeline.redis, Masters) else 1
    what = f"Recommenders: {recommenders}, trainers: {trainers}, Redis masters: {masters}"
    with bench.step(what) as said:
        _empty(pipeline)
        figures = pipeline.catch_up(
            bench.events, start_costs, bench.console.update, recommenders, trainers
        )
        pipeline.stop_workers()
        state, held = _state(wire.connect(pipeline.redis.address), pipeline.kafka.address)
        said.append(f"{figures['events_per_s']:,.0f} events/s, state {state[:8]}")
    return {
        "recommenders": recommenders,
        "trainers": trainers,
        "masters": masters,
        "events_per_s": figures["events_per_s"],
        "cpu_us_per_event": figures["cpu_us_per_event"],
        "state": state,
        **held,
        **_verified(bench, pipeline),
    }


def _empty(pipeline: Pipeline) -> None:
    """All but the log of events, so that each run learns the same records."""
    stores = pipeline.redis.nodes if isinstance(pipeline.redis, Masters) else [pipeline.redis]
    for store in stores:
        wire.connect(store.address).flushall()
    admin = AdminClient({"bootstrap.servers": pipeline.kafka.address, "log_level": 3})

    def ours() -> list[str]:
        topics = admin.list_topics(timeout=10).topics
        return [name for name in topics if name.startswith("segue.") and name not in KEPT]

    if names := ours():
        for deleted in admin.delete_topics(names, operation_timeout=30).values():
            deleted.result(30)
    wait_until(lambda: not ours(), 30, "the topics are deleted")
    pipeline.initialise()


def _state(store, brokers: str) -> tuple[str, dict]:
    """A hash of all that follows from the log alone: how far each partition is; of each listener
    position, counts, times and windows against retries; of each track and artist its plays.

    Not in it: vectors and weights, which depend on when item models arrive; and signals of a track that
    had never been played yet, which count or not by whose partition a trainer reads first. The verifier knows
    that order and recounts these."""
    digest = hashlib.sha256()
    for partition in sorted(wire.high_watermarks(brokers, wire.EVENTS)):
        digest.update(f"{partition}:{wire.checkpoint(store, wire.EVENTS, partition)};".encode())
    listeners = wire.state_keys(store, wire.EVENTS, "u")
    for (partition, name), blob in sorted(listeners.items()):
        digest.update(f"{partition}/{name}:".encode() + wire.listener_head(blob))
    blobs = wire.state_keys(store, wire.ITEM_SIGNALS, "i").values()
    items = sorted((wire.item_counts(blob) for blob in blobs), key=lambda item: item[:2])
    for kind, name, counts in items:
        digest.update(f"{kind}/{name}:{counts.plays};".encode())
    signals = sum(counts.signals for _, _, counts in items)
    held = {"listeners": len(listeners), "items": len(items), "signals": signals}
    return digest.hexdigest(), held


def _verified(bench: Bench, pipeline: Pipeline) -> dict:
    """The state recomputed from the log, in the order in which the trainers read it."""
    with bench.step("Recomputing the state from the log") as said:
        verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
        said.append(f"{len(verdict.mismatches)} mismatches")
    return {
        "lost": verdict.lost,
        "double": verdict.double,
        "mismatches": len(verdict.mismatches),
    }
