"""kill -9 of generators at random places: no track is lost, and none is there twice."""

import random

from composed import RESULTS_A_JOB, a_job
from fixtures import KILLS
from jobs import SOON, Generators
from servers import wait_until

JOBS_A_KILL = 3
ENDED_WITHIN_S = 300


def test_kills_lose_no_track_and_double_none(pipeline):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draws = random.Random(seed)
    generators = Generators(pipeline)
    programs = [generators.start(*SOON, name=name) for name in ("first", "second")]
    jobs = [a_job(seconds=draws.choice([5, 6, 8])) for _ in range(KILLS * JOBS_A_KILL)]
    generators.ask(*jobs)

    for kill in range(KILLS):
        until = min(generators.results() + draws.randrange(1, 2 * RESULTS_A_JOB), len(jobs) * RESULTS_A_JOB)
        wait_until(lambda: generators.results() >= until, ENDED_WITHIN_S, "work goes on")  # noqa: B023
        for program in programs:
            program.check()
        victim = draws.choice(programs)
        victim.kill()
        victim.spawn()
        if kill % 2:  # every other one may be killed while it starts
            victim.wait_ready()

    wait_until(lambda: len(generators.ended()) == len(jobs), ENDED_WITHIN_S, "all jobs have ended")
    assert generators.verdict(jobs).wrong == []


def test_the_verifier_sees_a_lost_track_and_a_file_too_many(pipeline):
    """A verifier that cannot fail proves nothing."""
    generators = Generators(pipeline)
    generators.start()
    job, never = a_job(), a_job()
    generators.ask(job)
    path = generators.file_of(generators.end_of(job)["track"])
    more = path.with_name("0" * 64 + ".flac")
    more.write_bytes(b"no sound")
    path.write_bytes(b"no sound either")

    found = generators.verdict([job, never])

    assert found.lost == [never["job_id"]] and found.double == []
    assert found.files_without_entry == [more.name]
    assert found.entries_without_file == [f"segue-composed-{job['job_id']}"]
