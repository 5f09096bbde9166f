"""Faults of a Redis Cluster: a master killed, replaced, cut off; slots that migrate."""

from __future__ import annotations

import time
from collections.abc import Callable

import redis
import wire
from redis_cluster import SLOTS, Node, slot_of, slots
from world import Bite, World

FAILED_OVER_WITHIN_S = 60
KEYS_AT_ONCE = 20
MIGRATED_AT_ONCE = 3


def _unanswered(world: World) -> float:
    return sum(
        world.metric("segue_redis_commands_total", outcome=outcome) for outcome in ("lost", "refused")
    )


def _is_master(node: Node) -> bool:
    try:
        return node.direct().info("replication")["role"] == "master"
    except redis.RedisError:
        return False


def _whole(world: World) -> None:
    world.wait(world.redis.whole, FAILED_OVER_WITHIN_S, "each master has a replica")


def _without(world: World, begin: Callable[[Node], None], end: Callable[[Node], None]) -> Bite:
    """A master is gone until its replica has taken over, then it is back as a replica."""
    _whole(world)
    master = world.choose.choice(world.redis.masters())
    replica = world.redis.replica_of(master)
    before = _unanswered(world)
    begin(master)
    try:
        world.wait(lambda: _is_master(replica), FAILED_OVER_WITHIN_S, "its replica takes over")
        since = time.monotonic()
        world.look()
        bit = _unanswered(world) > before
    finally:
        end(master)
    _whole(world)
    return Bite(bit, since)


def kill_a_master(world: World) -> Bite:
    return _without(world, lambda node: node.kill(), lambda node: node.start())


def cut_off(world: World) -> Bite:
    """Nothing reaches it, and it reaches nothing."""
    return _without(world, world.redis.cut_off, lambda _node: world.redis.rejoin())


def part(world: World) -> Bite:
    """It goes on for a moment without the others, and takes commands that are lost later."""
    return _without(world, world.redis.part, lambda _node: world.redis.rejoin())


def fail_over(world: World) -> Bite:
    """As an administrator does it before a restart: nothing is lost."""
    _whole(world)
    master = world.choose.choice(world.redis.masters())
    replica = world.redis.replica_of(master)
    replica.direct().execute_command("CLUSTER FAILOVER")
    world.wait(lambda: _is_master(replica), FAILED_OVER_WITHIN_S, "its replica takes over")
    since = time.monotonic()
    _whole(world)
    return Bite(not _is_master(master), since)


def migrate(world: World) -> Bite:
    """Partitions in work move to other masters, key by key."""
    _whole(world)
    partitions = world.choose.sample([(wire.EVENTS, p) for p in range(16)], MIGRATED_AT_ONCE - 1)
    partitions += world.choose.sample([(wire.ITEM_SIGNALS, p) for p in range(8)], 1)
    moved = 0
    for topic, partition in partitions:
        slot = slot_of(f"sg:{{{topic}/{partition}}}:ckpt")
        source = world.redis.master_of(slot)
        target = world.choose.choice([n for n in world.redis.masters() if n is not source])
        moved += _migrate(world, slot, source, target)
    since = time.monotonic()
    return Bite(moved > 0, since)


def _migrate(world: World, slot: int, source: Node, target: Node) -> int:
    """As redis-cli does it; with a pause in the middle, so that workers meet both halves."""
    assert 0 <= slot < SLOTS
    identity = world.redis.id_of
    target.direct().execute_command("CLUSTER SETSLOT", slot, "IMPORTING", identity(source))
    source.direct().execute_command("CLUSTER SETSLOT", slot, "MIGRATING", identity(target))
    moved = 0
    while keys := source.direct().execute_command("CLUSTER GETKEYSINSLOT", slot, KEYS_AT_ONCE):
        where = ["127.0.0.1", target.port, "", 0, 5_000]
        source.direct().execute_command("MIGRATE", *where, "KEYS", *keys)
        if moved == 0:
            world.pass_time(0.5)
        moved += len(keys)
    for node in (target, source, *world.redis.masters()):
        node.direct().execute_command("CLUSTER SETSLOT", slot, "NODE", identity(target))
    world.wait(
        lambda: all(_serves(n, slot) == target.clients.port for n in world.redis.nodes),
        FAILED_OVER_WITHIN_S,
        "all know of it",
    )
    return moved


def _serves(node: Node, slot: int) -> int:
    """The port of the master of this slot, as a node sees it."""
    return next(port for first, last, port in slots(node.direct()) if first <= slot <= last)
