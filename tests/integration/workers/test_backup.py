"""deploy/runbook/redis-backup.md, step by step, with listening going on meanwhile."""

import shutil
import subprocess

import pytest
import verify
import wire
from pipeline import Pipeline
from servers import Redis, wait_until

LISTENING = ["--listeners", "80", "--rate", "800"]
SOON = ["--kafka.session_timeout_ms", "1500", "--redis.retry_for_s", "60"]


@pytest.fixture
def own(binaries, tmp_path, kafka):
    with Redis(tmp_path) as store:
        with Pipeline(binaries, tmp_path, kafka, store) as made:
            yield made


def backup(redis, file):
    command = ["redis-cli", "-p", str(redis.port), "--rdb", str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    checked = subprocess.run(["redis-check-rdb", str(file)], capture_output=True, text=True, timeout=60)
    assert "RDB looks OK!" in checked.stdout


def appends(persistence):
    """All is in the append-only file, not only about to be."""
    writing = persistence["aof_rewrite_scheduled"] or persistence["aof_rewrite_in_progress"]
    return persistence["aof_enabled"] and not writing and persistence["aof_last_bgrewrite_status"] == "ok"


def restore(redis, file):
    redis.kill()
    shutil.move(redis.folder / "appendonlydir", redis.folder / "appendonlydir-before")
    shutil.copy(file, redis.folder / "segue.rdb")
    usual = list(redis.argv)
    redis.argv += ["--dbfilename", "segue.rdb", "--appendonly", "no"]
    redis.start()
    store = wire.connect(redis.address)
    store.config_set("appendonly", "yes")
    wait_until(lambda: appends(store.info("persistence")), 60, "it appends")
    redis.argv = usual


def test_a_restored_copy_is_replayed_to_the_head(own, tmp_path):
    own.worker("segue-trainer", *SOON)
    own.worker("segue-recommender", *SOON)
    replay = own.replay(*LISTENING, "--events-max", "8000")
    wait_until(lambda: own.progress(wire.EVENTS) > 1_000, 60, "some events are learned")
    backup(own.redis, tmp_path / "copy.rdb")
    then = own.progress(wire.EVENTS)
    wait_until(lambda: own.progress(wire.EVENTS) > then + 2_000, 60, "more events are learned")

    restore(own.redis, tmp_path / "copy.rdb")

    assert replay.wait(120) == 0
    own.wait_drained()
    verdict = verify.verify(own.kafka.address, own.redis.address)
    assert verdict.mismatches == []
    assert verdict.compared["events"] == 8_000
    rewinds = [w.metric("segue_worker_checkpoint_rewinds_total") for w in own.programs[:2]]
    fenced = [w.metric("segue_worker_fenced_total") for w in own.programs[:2]]
    assert sum(rewinds) + sum(fenced) > 0, "the workers noticed nothing"


def test_what_was_restored_lasts(own, tmp_path):
    """The append-only file begins with the copy: a restarted Redis has it all."""
    own.worker("segue-trainer", *SOON)
    own.worker("segue-recommender", *SOON)
    assert own.replay(*LISTENING, "--events-max", "1500").wait(60) == 0
    own.wait_drained()
    backup(own.redis, tmp_path / "copy.rdb")
    restore(own.redis, tmp_path / "copy.rdb")
    own.redis.kill()
    own.redis.start()

    own.wait_drained()

    assert verify.verify(own.kafka.address, own.redis.address).mismatches == []
