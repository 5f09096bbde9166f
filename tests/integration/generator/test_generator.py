"""segue-generator on real servers: each job ends once, as its specification and the disk allow."""

import json
import os
import resource

import pytest
import wire
from composed import LONG_AGO, RESULTS, a_job, is_whole
from jobs import SOON, Generators
from servers import wait_until

STORE_BYTES_MAX = 100_000_000  # the least
FILE_BYTES_MAX = 150_000  # less than any piece, more than a log


@pytest.fixture
def generators(pipeline):
    return Generators(pipeline)


def test_a_job_becomes_a_labelled_track(generators):
    program = generators.start()
    job = a_job(wish="ambient|calm|1")

    generators.ask(job)
    end = generators.end_of(job)

    assert [one["stage"] for one in end["stages"]] == [
        "queued", "composing", "rendering", "checking", "ready"]
    track = f"segue-composed-{job['job_id']}"
    entry = generators.entries()[track]
    assert end["track"] == {
        key: entry[key] for key in ("track_id", "title", "duration_ms", "audio_url")}
    assert entry["ai"] == {"composed": "generated", "performed": "generated"}
    assert (entry["wish"], entry["genre"], entry["mood"]) == (job["wish"], "ambient", "calm")
    assert abs(entry["duration_ms"] - 5_000) <= 100
    for path in (generators.file_of(entry), *generators.files("mp3")):
        checked = generators.check(path)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    counted = {"outcome": "ready", "trigger": "no_match"}
    wait_until(lambda: program.metric("segue_generation_jobs_total", **counted) == 1, 10, "it counts")
    assert program.metric("segue_generation_jobs_open") == 0
    assert program.metric("segue_generation_realtime_ratio") > 0


def test_a_track_stands_before_its_end_is_published(generators):
    generators.start()
    job = a_job()

    generators.ask(job)
    generators.end_of(job)

    ready = [r for r in generators.pipeline.read(RESULTS) if json.loads(r.value)["stage"] == "ready"]
    (entry,) = generators.pipeline.read("segue.catalog.v1")
    assert entry.timestamp_ms <= ready[0].timestamp_ms


def test_the_same_job_twice_makes_one_track(generators):
    generators.start()
    job = a_job()
    generators.ask(job, job)
    first = generators.end_of(job)
    files = generators.files("*")

    generators.ask(job)
    again = generators.end_of(job, times=2)

    assert again["track"] == first["track"]
    assert generators.files("*") == files and len(generators.files("flac")) == 1
    assert len(generators.pipeline.read("segue.catalog.v1")) == 1


def test_a_job_made_again_has_the_same_bytes(generators):
    generators.start()
    job = a_job()
    generators.ask(job)
    first = generators.end_of(job)
    path = generators.file_of(first["track"])
    path.unlink()

    generators.ask(job)
    again = generators.end_of(job, times=2)

    assert again["track"]["audio_url"] == first["track"]["audio_url"]
    assert is_whole(path)


def test_a_late_track_is_kept_for_the_next_who_asks(generators):
    generators.start()
    late, same = a_job(deadline=LONG_AGO, wish="w"), a_job(wish="w")
    asked_for = a_job(rule="request", wish="w")

    generators.ask(late)
    assert generators.end_of(late)["stage"] == "expired"
    wait_until(lambda: generators.entries(), 10, "the entry stands")
    generators.ask(same)
    reused = generators.end_of(same)
    generators.ask(asked_for)

    assert reused["stage"] == "reused"
    assert reused["track"] == generators.end_of(late)["track"]
    assert generators.end_of(asked_for)["stage"] == "ready"


def test_what_cannot_be_composed_fails_with_its_reason(generators):
    generators.start()
    wrong = a_job(specification={"genre": "ambient", "instruments": ["kazoo"]})
    long = a_job(specification={"genre": "ambient", "seconds": 10_800})
    right = a_job()

    generators.ask(wrong, long, right)

    assert generators.end_of(right)["stage"] == "ready"
    for job, word in ((wrong, "kazoo"), (long, "seconds")):
        reason = generators.end_of(job)["reason"]
        assert reason["code"] == "specification" and word in reason["text"]
    assert list(generators.entries()) == [f"segue-composed-{right['job_id']}"]


def test_what_cannot_be_read_is_set_aside(generators):
    generators.start()
    newer, right = a_job(schema_version=2), a_job()

    generators.send(("a", "{"), (newer["job_id"], json.dumps(newer)), ("b", json.dumps(a_job())))
    generators.ask(right)

    assert generators.end_of(right)["stage"] == "ready"
    letters = generators.pipeline.read(wire.DEAD_LETTERS)
    assert sorted(letter.headers["segue_dlq_reason"].decode() for letter in letters) == [
        "malformed", "unknown_version", "wrong_key"]


def test_a_full_disk_fails_the_job_and_not_the_worker(generators):
    program = generators.start()
    first, second = a_job(), a_job()
    soft, hard = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, hard))
    generators.ask(first)
    failed = generators.end_of(first)
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (soft, hard))
    generators.ask(second)

    assert failed["reason"]["code"] == "store" and "track" not in failed
    assert generators.end_of(second)["stage"] == "ready"
    assert list(generators.entries()) == [f"segue-composed-{second['job_id']}"]


def test_without_a_soundfont_jobs_fail_until_there_is_one(generators, tmp_path):
    font = tmp_path / "font.sf2"
    font.write_text("no SoundFont")
    program = generators.start_unready("--audio.soundfont", str(font))
    first, second = a_job(), a_job()

    generators.ask(first)
    failed = generators.end_of(first)
    not_ready = program.get("/readyz?verbose", any_status=True)
    font.unlink()
    font.symlink_to("/usr/share/sounds/sf3/FluidR3Mono_GM.sf3")
    generators.ask(second)

    assert failed["reason"]["code"] == "sound"
    assert "wait sound" in not_ready
    assert generators.end_of(second)["stage"] == "ready"
    program.wait_ready()


def test_a_track_whose_file_has_to_go_leaves_the_catalogue(generators):
    generators.start("--store.bytes-max", str(STORE_BYTES_MAX))
    old, new = a_job(), a_job()
    generators.ask(old)
    old_file = generators.file_of(generators.end_of(old)["track"])
    wait_until(lambda: generators.entries(), 10, "the entry stands")
    of_a_track = sum(path.stat().st_size for path in generators.files("*"))
    for path in generators.files("*"):
        os.utime(path, (1, 1))  # not played for long
    much = generators.music / "00" / ("0" * 64 + ".flac")
    much.parent.mkdir(exist_ok=True)
    with much.open("wb") as file:
        file.truncate(STORE_BYTES_MAX - 3 * of_a_track // 2)  # room for one track, not for two

    generators.ask(new)

    assert generators.end_of(new)["stage"] == "ready"
    assert list(generators.entries()) == [f"segue-composed-{new['job_id']}"]
    assert not old_file.exists() and much.exists()


def test_long_work_keeps_its_partitions(generators):
    first = generators.start("--kafka.session-timeout-ms", "4000", name="first")
    long = a_job(seconds=240)
    short = a_job(seconds=5, priority=1)
    generators.ask(long)
    wait_until(lambda: [r for r in generators.results_of(long) if r["stage"] == "rendering"], 60, "it renders")

    generators.ask(short)
    generators.end_of(short)

    stages = [one["stage"] for one in generators.results_of(long)]
    assert stages.count("composing") == 1
    assert generators.end_of(long)["stage"] == "ready"
    assert first.metric("segue_worker_rebalances_total", kind="revoked") == 0
    assert first.metric("segue_worker_fenced_total") == 0
    queued_at = generators.results_of(short)[0]["stages"][0]["at"]
    assert queued_at < generators.end_of(long)["stages"][-1]["at"]


def test_a_stop_in_mid_piece_is_clean_and_another_goes_on(generators):
    first = generators.start(*SOON, name="first")
    job = a_job(seconds=60)
    generators.ask(job)
    wait_until(lambda: [r for r in generators.results_of(job) if r["stage"] == "rendering"], 60, "it renders")

    assert first.stop() == 0
    assert generators.results_of(job)[-1]["stage"] != "ready"
    generators.start(*SOON, name="second")

    assert generators.end_of(job)["stage"] == "ready"
    assert len(generators.files("flac")) == 1
