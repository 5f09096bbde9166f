"""Measures what earlier listening is worth, in the running pipeline and in the evaluator.

    SEGUE_BIN=build/release/bin /usr/bin/python3 loadtest/experience.py --listens FILE [--rate N] [--json]

The last window of a recording (30Music's column `slice`) is replayed into a Segue that knows nothing, and into one
that was given the earlier windows first by segue-replay, and then restarted. Hit rate and MRR are the recommender's
own metrics of the last window; beside them stands what segue-evaluate says of the same listens. Test, then train, in
all four.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local"), str(ROOT / "loadtest" / "report"), str(ROOT / "tests" / "faults")]

from console import Console, one_line_error  # noqa: E402
from pipeline import Pipeline, last_json, run_program  # noqa: E402
from process import ServerError  # noqa: E402

WINDOW = 5  # the column


def windows_of(path: Path, folder: Path) -> tuple[Path, Path, float]:
    """The earlier windows and the last one as files of their own, and the earlier ones' share. Raises ServerError."""
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else path.open()
    try:
        with opened as file:
            head, rows = file.readline(), file.readlines()
        windows = [int(row.split("\t")[WINDOW]) for row in rows]
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ServerError(f"{path} cannot be read: {error}") from None
    except (IndexError, ValueError):
        windows = []
    parts = [[row for row, window in zip(rows, windows) if (window == max(windows)) is late] for late in (False, True)]
    if not all(parts):
        raise ServerError(f"{path} has no two windows in its column {WINDOW + 1}: is it 30music's format?")
    files = [folder / "earlier.tsv", folder / "last.tsv"]
    for file, part in zip(files, parts):
        file.write_text(head + "".join(part))
    return files[0], files[1], len(parts[0]) / len(rows)


class Experience:
    """Measures one thing after the other, each on servers of its own. One thread."""

    def __init__(self, binaries: Path, folder: Path, rate: int, console: Console) -> None:
        self.binaries = binaries
        self.folder = folder
        self.rate = rate
        self.console = console

    def live(self, name: str, last: Path, earlier: Path | None) -> dict[str, float]:
        self.console.begin(f"Live, {name}")
        with Pipeline(self.binaries, self.folder / name) as pipeline:
            if earlier:
                self._play(pipeline, earlier)
                pipeline.stop_workers()  # what was learned is in Redis and Kafka
            scored = self._play(pipeline, last)
        self.console.done(f"HR@20 {scored['hit_rate']:.4f}, MRR@20 {scored['mrr']:.4f}")
        return scored

    def _play(self, pipeline: Pipeline, listens: Path) -> dict[str, float]:
        """Replays them at the rate, and returns what the recommender says of them."""
        pipeline.start_workers()
        pipeline.wait_ready()
        pipeline.settle(self.console.update)
        pipeline.run("segue-replay", ["--listens", str(listens), "--rate", str(self.rate)], self.console.update)
        pipeline.settle(self.console.update)
        [recommender] = pipeline.recommenders
        scored = recommender.metric("segue_recommendation_scored_total")
        if not scored:
            raise ServerError("nothing was scored")
        hits = recommender.metric("segue_recommendation_hits_total", k="20")
        reciprocal = recommender.metric("segue_recommendation_reciprocal_rank_total")
        return {"scored": scored, "hit_rate": hits / scored, "mrr": reciprocal / scored}

    def evaluated(self, name: str, listens: Path, scored_from: float) -> dict[str, float]:
        self.console.begin(f"Evaluator, {name}")
        flags = ["--listens", str(listens), "--baselines", "none", "--json", "--scored-from", f"{scored_from:.6f}"]
        said = run_program(self.binaries / "segue-evaluate", flags, self.folder, self.console.update)
        mix = last_json(said, "segue-evaluate")
        self.console.done(f"HR@20 {mix['hit_rate_at_20']:.4f}, MRR@20 {mix['mrr_at_20']:.4f}")
        return {"scored": mix["scored"], "hit_rate": mix["hit_rate_at_20"], "mrr": mix["mrr_at_20"]}


def measure(listens: Path, binaries: Path, rate: int, console: Console) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="segue-experience-") as folder:
        earlier, last, share = windows_of(listens, Path(folder))
        measured = Experience(binaries, Path(folder), rate, console)
        return {
            "evaluator, nothing before": measured.evaluated("nothing before", last, 0),
            "evaluator, other months before": measured.evaluated("other months before", listens, share),
            "live, nothing before": measured.live("cold", last, None),
            "live, other months before": measured.live("warm", last, earlier),
        }


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--listens", type=Path, required=True, help="in 30music's format, plain or gzip")
    flags.add_argument("--rate", type=int, default=300, help="events a second (default: 300)")
    flags.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    options = flags.parse_args()
    console = Console(sys.stderr if options.json else sys.stdout)
    binaries = Path(os.environ.get("SEGUE_BIN", ROOT / "build" / "release" / "bin"))
    try:
        figures = measure(options.listens, binaries, options.rate, console)
    except (ServerError, OSError) as error:
        one_line_error("experience", str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n| last window | scored | HR@20 | MRR@20 |\n|---|---:|---:|---:|")
        for name, each in figures.items():
            print(f"| {name} | {each['scored']:,.0f} | {each['hit_rate']:.4f} | {each['mrr']:.4f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
