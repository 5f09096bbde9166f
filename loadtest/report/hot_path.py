"""Where a recommender that catches up spends its processor time, by `perf`."""

from __future__ import annotations

import collections
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from bench import Bench, NotMeasured
from pipeline import Pipeline
from process import Process, wait_until

SAMPLES_A_SECOND = 499
SHOWN = 12
NAMED = 3
# Symbols by what they are for, in this order: first that fits.
AREAS = {
    "kernel": r"\[k\]",
    "memory": r"malloc|free|_int_|memcpy|memmove|memset|operator new|operator delete|realloc|_M_realloc",
    "Kafka client": r"rdkafka|\brd_|crc32|lz4|LZ4|murmur",
    "messages: JSON and blobs": r"json|encode|decode|format|to_chars|from_chars|put_u|varint|utf8|strtod|itoa",
    "ranking: network and linear model": r"Network|Ranker|linear|Eigen|gemm|gemv|sigmoid|libm\.so",
    "hash tables and maps": r"boost::unordered|_Hashtable|_Rb_tree|XXH|hash",
    "candidates: proposed, described, ordered": r"describe|propose|Candidates|Ranking|explain|arrange|Query|"
    r"ItemModels|TrackIndex|faiss|fvec|segue::rank|segue::source|introsort|adjust_heap|insertion_sort",
}


def measure(bench: Bench) -> dict:
    perf = shutil.which("perf")
    if not perf:
        raise NotMeasured("there is no perf (install linux-perf)")
    with bench.pipeline("profile") as pipeline:
        bench.fill(pipeline, bench.events)
        with bench.step("Profiling a recommender that catches up") as said:
            recorded = _record(bench, pipeline, perf)
            symbols = _symbols(perf, recorded)
            said += [f"{share:.1f} % {name[:40]}" for share, _, name in symbols[:NAMED]]
    return {
        "samples_per_s": SAMPLES_A_SECOND,
        "symbols": [
            {"share": share, "object": where, "name": name} for share, where, name in symbols[:SHOWN]
        ],
        "areas": _areas(symbols),
        "objects": _objects(symbols),
    }


def _record(bench: Bench, pipeline: Pipeline, perf: str) -> Path:
    """From when the recommender is ready to when nothing waits."""
    file = bench.folder / "perf.data"
    pipeline.start_workers()
    wait_until(pipeline.applied, 120, "the first events are learned")
    pid = pipeline.recommenders[0].pid
    argv = [perf, "record", "-F", str(SAMPLES_A_SECOND), "-p", str(pid), "-o", file]
    recorder = Process("perf", argv, bench.folder).start()
    time.sleep(0.5)
    if not recorder.running:
        said = recorder.log.read_text(errors="replace").strip().splitlines()
        raise NotMeasured(f"perf may not record here: {said[0] if said else 'it says nothing'}")
    while not pipeline.lag(pipeline.recommenders) == 0:
        pipeline.check()
        bench.console.update(f"{pipeline.applied():,} of {bench.events:,} events")
        time.sleep(0.25)
    recorder.popen.send_signal(signal.SIGINT)
    recorder.wait(60)
    return file


def _symbols(perf: str, file: Path) -> list[tuple[float, str, str]]:
    """Share in percent, library and name, the largest first."""
    argv = [perf, "report", "-i", str(file), "--stdio", "--no-children"]
    argv += ["--sort", "dso,symbol", "--percent-limit", "0.05"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=300)
    found = re.findall(r"^\s*(\d+\.\d+)%\s+(\S+)\s+(\[[.k]\] .+?)\s*$", ran.stdout, re.MULTILINE)
    if not found:
        said = ran.stderr.strip().splitlines()
        raise NotMeasured(f"perf recorded nothing: {said[0] if said else 'no samples'}")
    shares: collections.Counter[tuple[str, str]] = collections.Counter()
    for share, where, name in found:  # overloads have one name
        short = re.sub(r"<.*>", "<…>", re.split(r"\s{2,}", name.removeprefix("[.] "))[0])
        shares[where, short] += float(share)
    return [(share, where, name) for (where, name), share in shares.most_common()]


def _areas(symbols: list[tuple[float, str, str]]) -> list[dict]:
    shares: collections.Counter[str] = collections.Counter()
    for share, where, name in symbols:
        text = f"{where} {name}"
        area = next((a for a, fits in AREAS.items() if re.search(fits, text)), "all else")
        shares[area] += share
    return [{"area": area, "share": share} for area, share in shares.most_common()]


def _objects(symbols: list[tuple[float, str, str]]) -> list[dict]:
    shares: collections.Counter[str] = collections.Counter()
    for share, where, _ in symbols:
        shares[where] += share
    return [{"object": where, "share": share} for where, share in shares.most_common(6)]
