"""Bytes of listeners and items, in Redis and in the processes."""

from __future__ import annotations

import csv
import datetime
import itertools
import random
import statistics
from pathlib import Path

import redis
import wire
from bench import Bench, sizes
from pipeline import Pipeline

PLAYS = 7  # of a listener
MANY_PLAYS = 26  # 30Music's mean
PLAYED_MAX = 1_000_000  # plays that are learned for real
TRACKS = 5_000
DAYS_AGO = 30
SAMPLE = 2_000
COPY_CHUNK = 500
# Values of Redis itself under other names: what memory holds is the same, and takes seconds.
COPY = """
local first, last = tonumber(ARGV[1]), tonumber(ARGV[2])
for _, key in ipairs(KEYS) do
  for n = first, last do redis.call('COPY', key, key .. '~' .. n) end
end
return redis.status_reply('OK')
"""


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return 1024 * int(line.split()[1])


def measure(bench: Bench) -> dict:
    played = [
        _play(bench, 10_000, PLAYS, copies=sizes(bench.whole, 100_000, 1_000_000)),
        _play(bench, 2_500, MANY_PLAYS),
    ]
    if bench.whole:
        played += [_play(bench, 100_000, PLAYS), _play(bench, PLAYED_MAX, 1)]
    return {"played": played}


def _write_listens(file: Path, listeners: int, plays: int) -> None:
    """Listeners in turn, so that all are at their n-th play at a time; tracks by Zipf's law."""
    choose = random.Random(1)
    tracks = range(TRACKS)
    weights = list(itertools.accumulate(1 / (track + 1) for track in tracks))
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=DAYS_AGO)
    with file.open("w", newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["time", "user_id", "session_id", "track_id", "artist_id", "played_fraction"])
        for play in range(plays):
            at = (begin + datetime.timedelta(minutes=4 * play)).strftime("%Y-%m-%dT%H:%M:%SZ")
            for listener in range(listeners):
                track = choose.choices(tracks, cum_weights=weights)[0]
                rows.writerow([at, f"listener-{listener}", "", f"track-{track}", f"artist-{track // 10}", 1])


def _play(bench: Bench, listeners: int, plays: int, copies: list[int] | None = None) -> dict:
    """Listeners who play for real, and what is left of them once all is learned."""
    with bench.pipeline(f"memory-{listeners}-{plays}") as pipeline:
        store = wire.connect(pipeline.redis.address)
        empty = store.info("memory")["used_memory"]
        events = listeners * plays
        listens = bench.folder / "listens.csv"
        _write_listens(listens, listeners, plays)
        pipeline.start_workers()
        pipeline.wait_ready()
        before = [resident_bytes(each.pid) for each in pipeline.workers]
        with bench.step(f"Filling the log with {plays} plays of {listeners:,} listeners"):
            flags = ["--replay.listens", str(listens), "--replay.format", "segue-csv"]
            pipeline.preload(flags, bench.console.update)
        with bench.step(f"{listeners:,} listeners, {events:,} events") as said:
            pipeline.settle(bench.console.update)
            figures = {
                "listeners": listeners,
                "events": events,
                **_kinds(store),
                "used_bytes": store.info("memory")["used_memory"] - empty,
            }
            names = ("recommender_bytes", "trainer_bytes")
            after = [resident_bytes(each.pid) for each in pipeline.workers]
            figures |= dict(zip(names, after)) | {"recommender_before_bytes": before[0]}
            pipeline.stop_workers()
            said.append(f"{figures['listener']['bytes']:,.0f} bytes a listener in Redis")
        figures["copied"] = [_copied(bench, store, figures, total) for total in copies or []]
    return figures


def _kinds(store: redis.Redis) -> dict:
    """Count, bytes and plays of a listener, and of an item; of a sample of each."""
    states = wire.state_keys(store, wire.EVENTS, "u")
    listens = [wire.listener_counts(blob).listens for blob in states.values()]
    blobs = list(map(len, states.values()))
    lists = _keys(store, wire.EVENTS, "r")
    items = _keys(store, wire.ITEM_SIGNALS, "i")
    state_bytes = _mean_usage(store, _keys(store, wire.EVENTS, "u"))
    list_bytes = _mean_usage(store, lists) * len(lists) / max(len(states), 1)
    return {
        "listener": {
            "held": len(states),
            "plays": statistics.mean(listens or [0]),
            "blob_bytes": statistics.mean(blobs or [0]),
            "state_bytes": state_bytes,
            "list_bytes": list_bytes,
            "bytes": state_bytes + list_bytes,
        },
        "item": {"held": len(items), "bytes": _mean_usage(store, items)},
    }


def _keys(store: redis.Redis, topic: str, kind: str) -> list[bytes]:
    return list(store.scan_iter(match=f"sg:{{{topic}/*}}:{kind}:*", count=1_000))


def _mean_usage(store: redis.Redis, keys: list[bytes]) -> float:
    """MEMORY USAGE: name, value and entry, without the table of entries."""
    pipe = store.pipeline(transaction=False)
    for key in keys[:: max(len(keys) // SAMPLE, 1)]:
        pipe.memory_usage(key)
    return statistics.mean(pipe.execute() or [0])


def _copied(bench: Bench, store: redis.Redis, figures: dict, total: int) -> dict:
    """Redis once it holds so many: those who played, and copies of them under other names."""
    with bench.step(f"Copies until Redis holds {total:,} listeners") as said:
        there = [*_keys(store, wire.EVENTS, "u"), *_keys(store, wire.EVENTS, "r")]
        originals = [key for key in there if b"~" not in key]
        held = figures["listener"]["held"]
        have = len([key for key in there if b":u:" in key]) // held
        wanted = total // held
        script = store.register_script(COPY)
        for at in range(0, len(originals), COPY_CHUNK):
            script(keys=originals[at : at + COPY_CHUNK], args=[have, wanted - 1])
            bench.console.update(f"{at:,} of {len(originals):,}")
        used = store.info("memory")["used_memory"]
        said.append(f"{used / 2**20:,.0f} MiB")
    return {"listeners": held * wanted, "used_bytes": used}
