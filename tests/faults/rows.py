"""A row of the table: a fault, how often it is done, and what is found."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from world import Bite, Findings, World

# A fault that does not always bite is tried so many times more.
TRIES = 3


@dataclasses.dataclass(frozen=True)
class Fault:
    """`strike` does it once. `bounded` and `full` say how many must bite. Recovery is waited for
    after each `recover_every`-th; those in between overlap."""

    name: str
    strike: Callable[[World], Bite]
    bounded: int
    full: int
    recover_every: int = 1

    def run(self, world: World, count: int) -> "Row":
        """Ends with everything recounted."""
        world.go_on()
        row = Row(self.name, count)
        began = time.monotonic()
        while row.bit < count and row.runs < TRIES * count + 3:
            world.update(f"{row.bit} of {count}")
            world.wait_progress()
            bite = self.strike(world)
            row.runs += 1
            row.bit += bite.bit
            world.look()
            if row.runs % self.recover_every == 0 or row.bit == count:
                row.recovery_s = max(row.recovery_s, world.recover(bite.since))
                world.look()
        row.findings = world.settle()
        row.stall_s = world.watch.longest_stall()
        row.seconds = time.monotonic() - began
        return row


@dataclasses.dataclass
class Row:
    name: str
    wanted: int
    runs: int = 0
    bit: int = 0
    seconds: float = 0.0
    stall_s: float = 0.0
    recovery_s: float = 0.0  # the longest
    findings: Findings = dataclasses.field(default_factory=Findings)

    @property
    def holds(self) -> bool:
        return not self.findings.wrong and self.bit >= self.wanted
