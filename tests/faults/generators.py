"""kill -9 of generators: each job becomes one track, whose files and entry are both there."""

from __future__ import annotations

import dataclasses
import time

from composed import RESULTS_A_JOB, Composed, a_job
from process import Program
from rows import Row
from world import SOON, World

JOBS_A_KILL = 2
GENERATORS = ["generator-1", "generator-2"]
STARTED_WITHIN_S = 60
ENDED_WITHIN_S = 600


@dataclasses.dataclass(frozen=True)
class KillGenerators:
    """Two generators, one of which is killed again and again, after a random number of results."""

    name: str = "kill -9: generators"
    bounded: int = 3
    full: int = 200

    def run(self, world: World, count: int) -> Row:
        row = Row(self.name, count)
        began = time.monotonic()
        world.go_on()
        composed = Composed(world.brokers.address, world.folder / f"composed-{began}")
        before = set(composed.ended())
        programs = [self._start(world, composed, name) for name in GENERATORS]
        jobs = [a_job(seconds=world.choose.choice([5, 6, 8])) for _ in range(count * JOBS_A_KILL)]
        try:
            composed.ask(*jobs)
            for _ in range(count):
                row.runs += 1
                row.bit += self._kill(world, composed, programs, len(jobs) - len(composed.ended() - before))
            since = time.monotonic()
            ended = lambda: len(composed.ended() - before) == len(jobs)  # noqa: E731
            world.wait(ended, ENDED_WITHIN_S, "all jobs have ended")
            row.recovery_s = time.monotonic() - since
        finally:
            for program in programs:
                program.stop()
        found = composed.verdict(jobs)
        row.findings = world.settle()
        row.findings.lost += len(found.lost)
        row.findings.double += len(found.double)
        row.findings.wrong += found.wrong
        row.stall_s = world.watch.longest_stall()
        row.seconds = time.monotonic() - began
        return row

    def _start(self, world: World, composed: Composed, name: str) -> Program:
        composed.music.parent.mkdir(exist_ok=True)
        flags = ["--kafka.brokers", world.brokers.address, "--redis.address", world.redis.address]
        program = Program(
            world.binaries / "segue-generator", [*flags, *composed.flags, *SOON], world.folder, name=name
        )
        program.spawn()
        program.wait_ready(STARTED_WITHIN_S)
        return program

    def _kill(self, world: World, composed: Composed, programs: list[Program], open_jobs: int) -> bool:
        """Whether jobs were open, so that somebody was at work."""
        until = composed.results() + world.choose.randrange(1, RESULTS_A_JOB)
        if open_jobs > 1:
            world.wait(lambda: composed.results() >= until, ENDED_WITHIN_S, "generators go on")
        victim = world.choose.choice(programs)
        victim.kill()
        victim.spawn()
        victim.wait_ready(STARTED_WITHIN_S)
        return open_jobs > 1
