"""Faults of Redis: killed, cut, put back, replaced, full, read-only, slow."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis
from proxy import Proxy
from servers import Redis, ServerError
from world import Bite, World

CUT_BYTES_MAX = 64 * 1_024
DISK_MB = 400
AWAY_S = 1.0


def _lost_or_refused(world: World) -> float:
    return world.metric("segue_redis_commands_total", outcome="lost") + world.metric(
        "segue_redis_commands_total", outcome="refused"
    )


def _restart(world: World, meanwhile: Callable[[], None] = lambda: None) -> Bite:
    """kill -9 in mid-work, then the same Redis again with what it has on disk."""
    before = _lost_or_refused(world)
    world.redis.kill()
    world.pass_time(0.3)
    meanwhile()
    world.redis.start()
    back = time.monotonic()
    world.wait(lambda: _lost_or_refused(world) > before, 20, "the workers notice")
    return Bite(True, back)


def kill_under(appendfsync: str) -> Callable[[World], Bite]:
    def strike(world: World) -> Bite:
        world.store().config_set("appendfsync", appendfsync)
        world.wait_progress(100)
        return _restart(world)

    return strike


def _appended(world: World) -> Path:
    """The file that Redis appends to."""
    folder = world.redis.folder / "appendonlydir"
    return max(folder.glob("*.incr.aof"), key=lambda path: path.stat().st_mtime)


def cut_the_end(world: World) -> Bite:
    """The last bytes of the append-only file are gone, wherever that falls in a command."""
    last = world.next_of()

    def cut() -> None:
        file = _appended(world)
        size = file.stat().st_size
        with file.open("r+b") as opened:
            opened.truncate(max(0, size - world.choose.randrange(1_000, CUT_BYTES_MAX)))

    bite, went_back = _rewound(world, last, lambda: _restart_alone(world, cut))
    return Bite(went_back, bite)


def _restart_alone(world: World, meanwhile: Callable[[], None]) -> None:
    world.redis.kill()
    meanwhile()
    world.redis.start()


def _rewound(world: World, last: int, restart: Callable[[], None]) -> tuple[float, bool]:
    """Whether the state went back; seen before a worker may write to it again."""
    with _cut_off(world):
        last = max(last, world.next_of())
        restart()
        went_back = world.next_of() < last
        world.look()
    return time.monotonic(), went_back


@contextlib.contextmanager
def _cut_off(world: World) -> Iterator[None]:
    """No worker reaches Redis for a moment: what they have on their way is lost."""
    for worker in world.workers.values():
        worker.store.hold("up")
    try:
        yield
    finally:
        for worker in world.workers.values():
            worker.store.forget()


def older_copy(world: World) -> Bite:
    """A copy from some seconds before is put back."""
    folder = world.redis.folder / "appendonlydir"
    copy = world.folder / "older-copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    last = world.next_of()
    world.wait_progress(300)

    def put_back() -> None:
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)

    since, went_back = _rewound(world, last, lambda: _restart_alone(world, put_back))
    return Bite(went_back, since)


def fail_over(world: World) -> Bite:
    """A replica that lags takes over; the address of Redis then leads to it."""
    replication = Proxy(lambda: old.port)
    old = world.redis
    number = getattr(world, "fail_overs", 0) + 1
    world.fail_overs = number
    new = Redis(world.folder / f"replica-{number}")
    new.start()
    promoted = redis.Redis(port=new.port, socket_timeout=5)
    try:
        promoted.replicaof("127.0.0.1", replication.port)
        world.wait(lambda: _in_sync(promoted), 30, "the replica has it all")
        replication.hold("down")
        world.wait_progress(300)
        last = world.next_of()
        with _cut_off(world):
            last = max(last, world.next_of())
            old.kill()
            replication.reset()
            promoted.replicaof("NO", "ONE")
            world.redis = new
            went_back = world.next_of() < last
            world.look()
        return Bite(went_back, time.monotonic())
    finally:
        replication.close()


def _in_sync(replica: redis.Redis) -> bool:
    replication = replica.info("replication")
    return replication["master_link_status"] == "up" and not replication["master_sync_in_progress"]


def _refusing(begin: Callable[[redis.Redis], None], end: Callable[[redis.Redis], None]):
    def strike(world: World) -> Bite:
        before = world.metric("segue_redis_commands_total", outcome="refused")
        begin(world.store())
        try:
            world.wait(
                lambda: world.metric("segue_redis_commands_total", outcome="refused") > before,
                20,
                "Redis refuses",
            )
            world.look()
            world.pass_time(AWAY_S)
        finally:
            end(world.store())
        return Bite(True, time.monotonic())

    return strike


out_of_memory = _refusing(
    lambda store: store.config_set("maxmemory", "1mb"),
    lambda store: store.config_set("maxmemory", "0"),
)
read_only = _refusing(
    lambda store: store.replicaof("127.0.0.1", 1),  # no server is there
    lambda store: store.replicaof("NO", "ONE"),
)
too_few_replicas = _refusing(
    lambda store: store.config_set("min-replicas-to-write", 1),
    lambda store: store.config_set("min-replicas-to-write", 0),
)

SPIN = """
local began = redis.call('TIME')
repeat local now = redis.call('TIME') until now[1] - began[1] >= tonumber(ARGV[1])
"""


def slow_script(world: World) -> Bite:
    """Somebody else's script keeps Redis busy for longer than a reply may take."""
    before = _lost_or_refused(world)
    world.store().config_set("busy-reply-threshold", 400)
    other = redis.Redis(port=world.redis.port, socket_timeout=30)
    busy = threading.Thread(target=lambda: other.eval(SPIN, 0, 3))
    busy.start()
    world.wait(lambda: not busy.is_alive(), 30, "the script ends")
    busy.join()
    return Bite(_lost_or_refused(world) > before, time.monotonic())


def disk_full(world: World) -> Bite:
    """No space is left for the append-only file: Redis moves to a small disk (a tmpfs of its own),
    which somebody fills."""
    disk = world.folder / "small-disk"
    if not disk.is_mount():
        disk.mkdir(exist_ok=True)
        size = f"size={DISK_MB}m"
        mount = ["mount", "-t", "tmpfs", "-o", size, "none", str(disk)]
        if subprocess.run(mount, check=False).returncode != 0:
            raise ServerError("no small disk could be mounted: run as root, or leave this fault out (--only)")
    ballast = disk / "ballast"
    store = world.store()
    small = Redis(disk)
    try:
        small.start()
        moved = redis.Redis(port=small.port, socket_timeout=5)
        moved.replicaof("127.0.0.1", world.redis.port)
        world.wait(lambda: _in_sync(moved), 30, "the replica has it all")
        with _cut_off(world):
            wanted = store.info("replication")["master_repl_offset"]
            world.wait(lambda: moved.info("replication")["slave_repl_offset"] >= wanted, 20, "it is all there")
            moved.replicaof("NO", "ONE")
            big, world.redis = world.redis, small
        before = world.metric("segue_redis_commands_total", outcome="refused")

        def refuses() -> bool:
            _fill(ballast)  # again and again: a rewrite of the file gives some back when it fails
            return world.metric("segue_redis_commands_total", outcome="refused") > before

        world.wait(refuses, 60, "Redis refuses for want of space")
        world.look()
        world.pass_time(AWAY_S)
        ballast.unlink()
        since = time.monotonic()
        world.recover(since)
        # And back to the large disk.
        large = redis.Redis(port=big.port, socket_timeout=5)
        large.replicaof("127.0.0.1", small.port)
        world.wait(lambda: _in_sync(large), 30, "the large disk has it all")
        with _cut_off(world):
            wanted = moved.info("replication")["master_repl_offset"]
            world.wait(lambda: large.info("replication")["slave_repl_offset"] >= wanted, 20, "it is all there")
            large.replicaof("NO", "ONE")
            world.redis = big
            small.kill()
        return Bite(True, since)
    finally:
        ballast.unlink(missing_ok=True)
        small.kill()
        subprocess.run(["umount", str(disk)], check=False)


def _fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass
