"""Several faults at once, each in the middle of the others."""

from __future__ import annotations

import time

from world import Bite, World

LATENCY_S = 0.05


def several_at_once(world: World) -> Bite:
    """A worker's network is bad; meanwhile another is killed, partitions move, and Redis dies and comes
    back. Ends before anything is overcome."""
    choose = world.choose
    workers = [worker for worker in world.workers.values() if worker.wanted]
    cut_off, victim = choose.sample(workers, 2)
    proxy = choose.choice([cut_off.store, world.links[cut_off.slot]])
    met = proxy.touched
    choose.choice(
        [
            lambda: proxy.delay(LATENCY_S),
            lambda: proxy.hold("down"),
            lambda: proxy.hold("up", "down"),
            lambda: proxy.hold_present("up"),
        ]
    )()
    try:
        world.pass_time(choose.uniform(0.1, 0.8))
        worked = victim.running
        victim.kill()
        other = world.workers["recommender-3"]
        if choose.random() < 0.5:
            other.down() if other.wanted else other.up()
        world.pass_time(choose.uniform(0.1, 0.8))
        if choose.random() < 0.5:
            world.redis.kill()
            world.pass_time(choose.uniform(0.1, 0.8))
            world.redis.start()
        world.pass_time(choose.uniform(0.1, 0.8))
    finally:
        proxy.delay(0)
        # Lost, or late: what a client sent before it gave up arrives now.
        choose.choice([proxy.forget, proxy.release])()
    return Bite(worked and proxy.touched > met, time.monotonic())
