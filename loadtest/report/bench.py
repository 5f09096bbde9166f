"""Servers and programs for every part of the report, and how long to measure."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

from console import Console
from pipeline import Pipeline, last_json, run_program
from process import ServerError

LIVE_RATE = 500  # events a second, as in deploy/quickstart


class NotMeasured(ServerError):
    """This machine lacks something; the message says what."""


@dataclasses.dataclass
class Bench:
    """One thread."""

    binaries: Path
    folder: Path  # gone at the end
    console: Console
    for_s: int  # how long one load is measured
    events: int  # of logs that are filled before
    whole: bool  # all sizes, and stalls of a minute

    @contextlib.contextmanager
    def pipeline(self, part: str) -> Iterator[Pipeline]:
        """Servers of its own with topics and functions, no worker yet."""
        with contextlib.ExitStack() as stack:
            with self.step("Starting Kafka and Redis"):
                made = stack.enter_context(Pipeline(self.binaries, self.folder / part))
            yield made

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[list[str]]:
        """A line of progress; what is put into the list is said at its end."""
        said: list[str] = []
        self.console.begin(what)
        try:
            yield said
        except ServerError:
            self.console.fail()
            raise
        self.console.done(", ".join(said))

    def program(self, name: str, *flags: str, may_end_with: Collection[int] = (0,)) -> dict:
        """Its last line of output, JSON."""
        binary, update = self.binaries / name, self.console.update
        return last_json(run_program(binary, list(flags), self.folder, update, may_end_with), name)

    def load(self, pipeline: Pipeline, command: str, rate: float, *flags: str) -> dict:
        """segue-load against this pipeline, open loop."""
        words = [command, "--rate", f"{rate:.0f}", "--for-s", str(self.for_s)]
        words += ["--warm-up-s", str(self.warm_up_s), *flags]
        return last_json(pipeline.run("segue-load", words, self.console.update), "segue-load")

    @property
    def warm_up_s(self) -> int:
        return 5 if self.for_s >= 20 else 2

    def fill(self, pipeline: Pipeline, events: int, *flags: str) -> None:
        """The log, with simulated listening, as fast as it goes."""
        with self.step(f"Filling the log with {events:,} events"):
            words = ["--replay.seed", "1", "--replay.rate", "1000000"]
            words += ["--replay.events_max", str(events), *flags]
            pipeline.preload(words, self.console.update)


def sizes(whole: bool, *all_sizes: int) -> list[int]:
    """All, or all but the largest."""
    return list(all_sizes if whole else all_sizes[:-1])
