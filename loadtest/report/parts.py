"""The report's parts by name. Imports nothing that a machine without packages lacks."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    module: str  # of this folder; its measure(bench) returns the figures
    what: str


PARTS = {
    "ladder": Part("ladder", "throughput and latency at 25 to 150 % of the capacity"),
    "ratios": Part("ratios", "Segue beside the bare step, a Kafka echo and Redis alone"),
    "cost": Part("costs", "an event's cost by history and catalogue, an item model's in a process"),
    "memory": Part("memory", "bytes of listeners and items in Redis and processes"),
    "stages": Part("stages", "what a worker's stages take"),
    "stalls": Part("stalls", "a Redis and a broker that stand still"),
    "profile": Part("hot_path", "where the processor time goes, by perf"),
    "scale-out": Part("scale_out", "more workers, more masters: the same state, at what cost"),
    "fan-out": Part("fan_out", "what every process must read of all others"),
}
