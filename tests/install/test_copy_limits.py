"""`segue-admin backup` and `restore` on a Redis that stands or crawls: they end, in one line, and leave it a master."""

import itertools
import os
import resource
import signal
import subprocess

import pytest
import redis
from servers import Redis, wait_until

SOON = ["--silence-s", "1"]


def ask(server, *words):
    argv = ["redis-cli", "-p", str(server.port), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout


def argv(installed, command, server, *flags):
    return [installed / "bin/segue-admin", command, "--redis.address", server.address, *SOON, *flags]


@pytest.fixture
def saved(installed, tmp_path):
    """A copy of some hundred keys."""
    with Redis(tmp_path / "full") as server:
        ask(server, "EVAL", "for i = 1, 400 do redis.call('set', i, string.rep('x', 1000)) end", "0")
        with (tmp_path / "copy").open("wb") as copy:
            subprocess.run(argv(installed, "backup", server), check=True, stdout=copy, stderr=subprocess.PIPE, timeout=60)
    return tmp_path / "copy"


def put_back(installed, server, saved):
    with saved.open("rb") as given:
        command = argv(installed, "restore", server, "--yes")
        return subprocess.run(command, stdin=given, capture_output=True, text=True, timeout=60)


def refusal(ran):
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return ran.stderr.strip().splitlines()[-1]


def leave_one_descriptor(pid):
    """The process can open one file or socket more, and no other."""
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    limit = next(n for n in itertools.count(1) if len(set(range(n)) - taken) == 1)
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))


def test_a_redis_that_reaches_no_server_ends_a_restore(installed, tmp_path, saved):
    """The one socket left to it is that of the restoring client."""
    with Redis(tmp_path / "empty") as server, redis.Redis(port=server.port) as client:
        wait_until(lambda: len(client.client_list()) == 1, 30, "no other client is connected")
        leave_one_descriptor(server.pid)
        said = refusal(put_back(installed, server, saved))

        assert "Redis does not reach 127.0.0.1 to fetch the copy" in said
        assert client.info("replication")["role"] == "master"


def test_a_redis_that_reads_too_slowly_ends_a_restore(installed, tmp_path, saved):
    crawls = ["--key-load-delay", "20000", "--loading-process-events-interval-bytes", "1024"]
    with Redis(tmp_path / "empty", flags=crawls) as server:
        said = refusal(put_back(installed, server, saved))

        assert "Redis has not read the copy after 1 s: its log says why." in said
        assert "role:master" in ask(server, "INFO", "replication")


def test_a_redis_that_falls_silent_ends_a_backup(installed, tmp_path):
    """It takes ten seconds to write its key, and is frozen meanwhile."""
    waits = ["--rdb-key-save-delay", "10000000"]
    with Redis(tmp_path / "waits", flags=waits) as server:
        ask(server, "SET", "a-key", "a value")
        with (tmp_path / "copy").open("wb") as copy:
            process = subprocess.Popen(argv(installed, "backup", server), stdout=copy, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: "state=wait_bgsave" in ask(server, "INFO", "replication"), 30, "it is asked for a copy")
        os.kill(server.pid, signal.SIGSTOP)
        try:
            _, said = process.communicate(timeout=60)
        finally:
            os.kill(server.pid, signal.SIGCONT)

    assert process.returncode == 1
    assert said.strip() == "segue-admin: Redis has said nothing for 1 s."


def loading(server, installed, saved):
    """A restore of minutes, once Redis loads what it was given."""
    command = [installed / "bin/segue-admin", "restore", "--redis.address", server.address, "--yes"]
    with saved.open("rb") as given:
        process = subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: "loading:1" in ask(server, "INFO", "persistence"), 30, "it loads the copy")
    return process


CRAWLS = ["--key-load-delay", "100000", "--loading-process-events-interval-bytes", "1024"]


def test_a_restore_that_is_stopped_waits_for_no_loading_redis(installed, tmp_path, saved):
    with Redis(tmp_path / "empty", flags=CRAWLS) as server:
        process = loading(server, installed, saved)
        process.terminate()
        _, said = process.communicate(timeout=30)

        assert process.returncode == 1
        assert "a replica still" in said and "Tell it REPLICAOF NO ONE when it" in said
        assert "loading:1" in ask(server, "INFO", "persistence")


def test_a_restore_waits_for_no_redis_that_is_gone(installed, tmp_path, saved):
    with Redis(tmp_path / "empty", flags=CRAWLS) as server:
        process = loading(server, installed, saved)
        server.kill()
        _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Redis does not answer, and may be a replica still" in said
