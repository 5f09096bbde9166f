"""kill -9 of generators: each job becomes one track, whose files and entry are both there."""

from __future__ import annotations

import dataclasses
import time

from composed import RESULTS_A_JOB, Composed, a_job
from process import Program
from rows import TRIES, Row
from world import SLACK, SOON, World

JOBS_A_KILL = 3
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
        jobs: list[dict[str, object]] = []
        try:
            while row.bit < count and row.runs < TRIES * count + 3:
                world.update(f"{row.bit} of {count}")
                row.runs += 1
                row.bit += self._kill(world, composed, programs, jobs)
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
        program.wait_ready(SLACK * STARTED_WITHIN_S)
        return program

    def _kill(
        self, world: World, composed: Composed, programs: list[Program], jobs: list[dict[str, object]]
    ) -> bool:
        """Asks for some more, and kills while they are made. Whether one of them was open then, so
        that a generator was at work: a quick one makes them all before an old one is ready again."""
        until = composed.results() + world.choose.randrange(1, RESULTS_A_JOB)
        more = [a_job(seconds=world.choose.choice([5, 6, 8])) for _ in range(JOBS_A_KILL)]
        jobs += more
        composed.ask(*more)
        world.wait(lambda: composed.results() >= until, ENDED_WITHIN_S, "generators go on")
        victim = world.choose.choice(programs)
        victim.kill()
        was_at_work = not composed.ended() >= {str(job["job_id"]) for job in more}
        victim.spawn()
        victim.wait_ready(SLACK * STARTED_WITHIN_S)
        return was_at_work
