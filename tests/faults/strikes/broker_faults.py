"""Brokers that die, and partitions that move."""

from __future__ import annotations

import os
import signal
import time

from world import Bite, World

MOVE_EVERY_S = 10.0
DOWN_S = 2.0


def kill_a_broker(world: World) -> Bite:
    """kill -9 of one in mid-work, and the same again a little later."""
    broker = world.choose.choice(world.brokers.brokers)
    leads = world.brokers.led_by(broker.number) > 0
    broker.kill()
    killed = time.monotonic()
    world.pass_time(DOWN_S)
    broker.spawn()
    world.wait(lambda: broker.known_brokers() == world.brokers.count, 120, f"{broker.name} is back")
    return Bite(leads, killed if world.brokers.count > 1 else time.monotonic())


def kill_all_brokers(world: World) -> Bite:
    leading = [b for b in world.brokers.brokers if world.brokers.led_by(b.number) > 0]
    for broker in world.brokers.brokers:
        broker.kill()
    world.pass_time(DOWN_S)
    for broker in world.brokers.brokers:
        broker.spawn()

    def all_back() -> bool:
        return all(b.known_brokers() == world.brokers.count for b in world.brokers.brokers)

    world.wait(all_back, 180, "the brokers are back")
    # The broker that was first back the last time leads all: one is enough.
    return Bite(bool(leading), time.monotonic())


def freeze_a_broker(world: World) -> Bite:
    broker = world.choose.choice(world.brokers.brokers)
    leads = world.brokers.led_by(broker.number) > 0
    os.killpg(broker.pid, signal.SIGSTOP)
    world.pass_time(2 * DOWN_S)
    os.killpg(broker.pid, signal.SIGCONT)
    return Bite(leads, time.monotonic())


def move_partitions(world: World) -> Bite:
    """Another recommender joins, or the one that joined leaves."""
    began = time.monotonic()
    other = world.workers["recommender-3"]
    staying = [w for w in world.workers.values() if w is not other and w.running]

    def moves() -> float:
        return sum(w.metric("segue_worker_rebalances_total") or 0 for w in staying)

    before = moves()
    if other.wanted:
        other.down()
    else:
        other.up()
    world.wait(lambda: moves() > before, 60, "partitions move")
    since = time.monotonic()
    world.recover(since)
    world.pass_time(max(0.0, MOVE_EVERY_S - (time.monotonic() - began)))
    return Bite(True, since)
