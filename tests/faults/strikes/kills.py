"""kill -9 at random and between the steps of the protocol; processes that sleep and wake up."""

from __future__ import annotations

import datetime
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from dialogue import is_produce
from process import Process
from proxy import Proxy, Trap
from traffic import Sent
from wire import EVENTS
from world import SESSION_TIMEOUT_S, Bite, Worker, World

TRAPPED_WITHIN_S = 30
ASLEEP_S = 2 * SESSION_TIMEOUT_S + 1
LISTENS = 3_000


def kill_at_random(world: World) -> Bite:
    """Kills a worker that works now, without waiting until the kill before is overcome."""
    world.pass_time(world.choose.uniform(0.1, 1.2))
    workers = [w for w in world.workers.values() if w.wanted and w.ready]
    if not workers:
        return Bite(False, time.monotonic())
    now = time.monotonic()
    world.choose.choice(workers).kill()
    return Bite(True, now)


def kill_all_workers(world: World) -> Bite:
    now = time.monotonic()
    workers = [w for w in world.workers.values() if w.wanted]
    bit = all(w.running for w in workers)
    for worker in workers:
        worker.kill()
    return Bite(bit, now)


def _is_call(function: bytes) -> Callable[[list[bytes]], bool]:
    return lambda request: request[:2] == [b"FCALL", function]


def _kill(worker: Process) -> Callable[[], None]:
    return lambda: os.killpg(worker.pid, signal.SIGKILL)


def _spring(world: World, worker: Process, proxy: Proxy, trap: Trap) -> Bite:
    victim = worker.pid if worker.running else 0
    proxy.set_trap(trap)
    try:
        world.wait(trap.sprung.is_set, TRAPPED_WITHIN_S, f"{worker.name} comes to the point")
    finally:
        proxy.set_trap(None)
    now = time.monotonic()
    # A supervisor may have started it again by now.
    world.wait(lambda: not worker.running or worker.pid != victim, 10, f"{worker.name} is dead")
    return Bite(True, now)


def _point(program: str, of: str, wanted: Callable, answered: bool):
    def strike(world: World) -> Bite:
        workers = [w for w in world.workers.values() if w.wanted and w.slot.startswith(program)]
        worker: Worker = world.choose.choice(workers)
        world.wait(lambda: worker.ready, 60, f"{worker.slot} is ready")
        proxy = worker.store if of == "redis" else world.links[worker.slot]
        return _spring(world, worker, proxy, Trap(wanted, _kill(worker), answered))

    return strike


# By name: a worker dies between two steps of the protocol. What it had asked for before has
# happened or not as the name says; nothing after it has.
POINTS = {
    f"{program} {name}": _point(program, of, wanted, answered)
    for program in ("recommender", "trainer")
    for name, of, wanted, answered in [
        ("before publish", "kafka", is_produce, False),
        ("while publishing", "kafka", is_produce, True),
        ("after publish", "redis", _is_call(b"sg_apply"), False),
        ("after apply", "redis", _is_call(b"sg_apply"), True),
    ]
}


def _replay(world: World) -> Process:
    """Recorded listens, so that a replay that starts again sends the same events again."""
    listens = Path(world.folder) / f"listens-{world.choose.random()}.csv"
    began = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
    lines = ["time,user_id,session_id,track_id,artist_id,played_fraction"]
    name = f"replayed-{world.choose.randrange(10**9)}"
    for n in range(LISTENS):
        when = (began + datetime.timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ")
        who, track = n % 40, world.choose.randrange(200)
        lines.append(f"{when},{name}-{who},{name}-{who},track-{track},artist-{track % 60},1.0")
    listens.write_text("\n".join(lines) + "\n")
    flags = ["--kafka.brokers", world.links["replay"].address, "--listens", str(listens)]
    flags += ["--format", "segue-csv", "--rate", "2000"]
    return Process("replay", [world.binaries / "segue-replay", *flags], world.folder)


def _replay_dies(answered: bool):
    def strike(world: World) -> Bite:
        replay = _replay(world)
        proxy = world.links["replay"]
        trap = Trap(is_produce, _kill(replay), answered)
        proxy.set_trap(trap)
        replay.spawn()
        bite = _spring(world, replay, proxy, trap)
        replay.wait(10)
        return _again(world, replay, bite)

    return strike


def kill_replay_at_random(world: World) -> Bite:
    replay = _replay(world)
    replay.spawn()
    world.pass_time(world.choose.uniform(0.2, 1.5))
    now = time.monotonic()
    bit = replay.running
    replay.kill()
    return _again(world, replay, Bite(bit, now))


def _again(world: World, replay: Process, bite: Bite) -> Bite:
    """From the beginning; what was sent before is known by session and seq."""
    replay.spawn()
    world.wait(lambda: not replay.running, 60, "the replay ends")
    return Bite(bite.bit and replay.returncode == 0, bite.since)


REPLAY_POINTS = {
    "replay at random": kill_replay_at_random,
    "replay before publish": _replay_dies(answered=False),
    "replay while publishing": _replay_dies(answered=True),
}


def sleep_and_wake(world: World) -> Bite:
    """SIGSTOP until others have taken over, then SIGCONT: what it was about to write is refused."""
    workers = [w for w in world.workers.values() if w.wanted and w.slot.startswith("recommender")]
    worker = world.choose.choice(workers)
    world.wait(lambda: worker.ready, 60, f"{worker.slot} is ready")
    # A worker without partitions has nothing to lose: the one that slept may wait for its share.
    done = _events(worker)
    world.wait(lambda: _events(worker) > done, 60, f"{worker.slot} works")
    before, victim = _taken_away(worker), worker.pid
    # In the middle of a batch: when its next apply is on its way, which then arrives late.
    worker.store.hold_present("up")
    world.pass_time(0.2)
    os.killpg(worker.pid, signal.SIGSTOP)
    asleep = time.monotonic()
    world.pass_time(ASLEEP_S)
    os.killpg(worker.pid, signal.SIGCONT)
    woken = time.monotonic()
    worker.store.release()

    world.wait(
        lambda: not worker.running or worker.pid != victim or _taken_away(worker) > before,
        30,
        f"{worker.slot} learns that it lost its partitions",
    )
    return Bite(worker.running and worker.pid == victim and asleep < woken, woken)


def _events(worker: Worker) -> float:
    return worker.metric("segue_worker_events_total") or 0


def _taken_away(worker: Worker) -> float:
    """How often Redis or Kafka refused it because a partition is another's."""
    fenced = worker.metric("segue_worker_fenced_total") or 0
    return fenced + (worker.metric("segue_worker_rebalances_total", kind="revoked") or 0)


MARKER = "poison"


def poison(world: World) -> Bite:
    """An event that ends every worker that steps it, until it is set aside. The proxy does what the
    event would do: it kills the process that publishes the event's effects and, once events are stepped
    one by one, the one that has marked it and not yet taken the mark away."""
    world.traffic.end()
    who = f"{MARKER}-{world.choose.randrange(10**9)}"
    body = f'{{"user_id": "{who}", "session_id": "{who}", "seq": 1, "track_id": "{who}",'
    body += ' "played_fraction": 1, "time": "2026-03-01T00:00:00Z"}'
    headers = {"ce_id": who, "ce_type": "segue.playback.completed.v1", "ce_source": "/tests/faults"}
    before = set(world.traffic.acks())
    world.traffic.send(Sent(who.encode(), body.encode(), headers))
    world.traffic.end()
    [(partition, offset)] = set(world.traffic.acks()) - before
    world.poisons.add((partition, offset))
    key, mark = f"sg:{{{EVENTS}/{partition}}}:ckpt".encode(), str(offset).encode()
    deaths = 0
    is_unmark = _is_call(b"sg_unmark")

    def is_marked(request: list[bytes]) -> bool:
        return is_unmark(request) and key in request and mark in request

    def is_consequence(request: bytes) -> bool:
        # Its dead letter has its key, too, but comes from a worker that has not read it.
        return is_produce(request) and who.encode() in request and b"quarantined" not in request

    world.traffic.begin()
    recommenders = [w for w in world.workers.values() if w.slot.startswith("recommender")]
    traps: dict[str, list[Trap]] = {}

    def arm() -> None:
        nonlocal deaths
        for worker in recommenders:
            if any(trap.sprung.is_set() for trap in traps.get(worker.slot, [])):
                deaths += 1
                del traps[worker.slot]
            if worker.slot not in traps:
                publishes = Trap(is_consequence, _kill(worker), False)
                traps[worker.slot] = [publishes, Trap(is_marked, _kill(worker), False)]
                world.links[worker.slot].set_trap(publishes)
                worker.store.set_trap(traps[worker.slot][1])

    def set_aside() -> bool:
        arm()
        return world.watch.positions().get((EVENTS, partition), -1) > offset

    world.wait(set_aside, 120, "the poison is set aside")
    for worker in recommenders:
        world.links[worker.slot].set_trap(None)
        worker.store.set_trap(None)
    return Bite(deaths >= 3, time.monotonic())
