"""A bad network between one worker, or all, and its Redis or its Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable

from proxy import Proxy
from world import Bite, World

LATENCY_S = 0.05
FOR_S = 2.0


def _between(world: World, of: str) -> list[Proxy]:
    """One worker's way, or everybody's."""
    workers = [w for w in world.workers.values() if w.wanted]
    if world.choose.random() < 0.7:
        workers = [world.choose.choice(workers)]
    return [w.store if of == "redis" else world.links[w.slot] for w in workers]


def _network(
    of: str, begin: Callable[[Proxy], None], end: Callable[[Proxy], None], for_s: float = FOR_S
) -> Callable[[World], Bite]:
    def strike(world: World) -> Bite:
        proxies = _between(world, of)
        before = sum(proxy.touched for proxy in proxies)
        for proxy in proxies:
            begin(proxy)
        try:
            world.pass_time(for_s * world.choose.uniform(0.5, 1.5))
        finally:
            for proxy in proxies:
                end(proxy)
        return Bite(sum(proxy.touched for proxy in proxies) > before, time.monotonic())

    return strike


def _nothing(_proxy: Proxy) -> None:
    pass


# A request of a client that gave up reaches the server all the same, after its new connection.
NETWORK = {
    f"{of}: {name}": _network(of, begin, end, for_s)
    for of in ("redis", "kafka")
    for name, begin, end, for_s in [
        ("latency 50 ms", lambda p: p.delay(LATENCY_S), lambda p: p.delay(0), FOR_S),
        ("reset", Proxy.reset, _nothing, 0.1),
        ("black hole", lambda p: p.hold("up", "down"), Proxy.forget, FOR_S),
        ("answers lost", lambda p: p.hold("down"), Proxy.forget, FOR_S),
        ("requests late", lambda p: p.hold_present("up"), Proxy.release, FOR_S),
    ]
}
