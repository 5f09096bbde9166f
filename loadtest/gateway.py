#!/usr/bin/python3
"""Measures a gateway with a recommender behind it, on servers of its own.

    loadtest/gateway.py [--only push,slow,sockets,kills,rates] [--events-per-second N] [--for SECONDS] ...

  push     from an event sent to the list that it caused, on the same WebSocket; in turns with it, from
           an event written straight into Kafka to its list in the hand of a plain reader of Kafka
  sockets  memory of the gateway a socket: idle ones of a listener each, and active ones
  slow     what one player who never reads does to the others' p99, beside a gateway without one
  kills    acknowledged events that are not in the log, over kills of the gateway in mid-stream
  rates    accepted events a second, single and in batches of 100, beside a gateway that acknowledges
           without a log (segue-gateway-unlogged); no worker runs meanwhile, and the two take turns

Players are segue-players, one C++ process with one clock; its own cost is reported. Prints one JSON object
as the last line, progress to standard error. Programs: SEGUE_BIN, or build/release/bin.

Example: SEGUE_BIN=build/release/bin loadtest/gateway.py --only push --for 20
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import wire  # noqa: E402
from pipeline import Pipeline  # noqa: E402
from players import Gateway, Player, tell_catalogue, token  # noqa: E402
from servers import Kafka, Redis, wait_until  # noqa: E402

UNLIMITED = [
    "--events-per-second", "1000000", "--requests-per-second", "1000000",
    "--connections-max", "100000", "--connections-per-address-max", "100000",
    "--idle-timeout-s", "3600", "--request-within-s", "300",
]  # fmt: skip
TRACKS = 200
SLOW_ROUNDS = 10
RATE_ROUNDS = 9
WARM_UP_ROUNDS = 3  # of a JVM that has just started


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Bench:
    """Kafka, Redis, the workers and a gateway; and players who talk to it."""

    def __init__(self, binaries: Path, folder: Path, kafka: Kafka, redis: Redis, options) -> None:
        self.options = options
        self.pipeline = Pipeline(binaries, folder, kafka, redis)
        self.pipeline.prepare()
        tell_catalogue(self.pipeline, *[f"t-{n}" for n in range(TRACKS)])
        self.workers = [self.pipeline.worker(f"segue-{name}") for name in ("trainer", "recommender")]
        self.gateway = Gateway(self.pipeline, *UNLIMITED).start()

    def tokens(self, count: int) -> str:
        """A file with a token a line, each of a listener of its own."""
        file = Path(self.pipeline.folder) / f"tokens-{time.monotonic_ns()}"
        file.write_text("".join(f"{token(f'{file.name}-{n}')}\n" for n in range(count)))
        return str(file)

    def players(self, command: str, connections: int, *flags: object, gateway=None) -> list[str]:
        address = (gateway or self.gateway).address
        return [
            str(self.pipeline.binaries / "segue-players"), command, "--log.level", "warn",
            "--kafka.brokers", self.pipeline.kafka.address, "--gateway", address,
            "--tokens", self.tokens(connections), "--connections", str(connections),
            *map(str, flags),
        ]  # fmt: skip

    def measure(self, *words: object, gateway=None) -> dict:
        argv = self.players(*words, gateway=gateway)
        ended = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=600)
        return json.loads(ended.stdout.splitlines()[-1])

    def push(self, connections: int, seconds: float, slow: int = 0, warm_up: int = 3) -> dict:
        rate = self.options.events_per_second
        return self.measure("push", connections, "--rate", rate, "--for-s", int(seconds),
                            "--warm-up-s", warm_up, "--slow-readers", slow)  # fmt: skip


def push(bench: Bench) -> dict:
    bench.push(100, 10)  # a JVM and caches that have just started measure themselves
    runs = [bench.push(100, bench.options.seconds / 3) for _ in range(3)]
    # The middle one of three: a neighbour on the machine falls on one of them.
    middle = sorted(runs, key=lambda run: run["p99_ratio"])[1]
    return middle | {"all_p50_ratios": [run["p50_ratio"] for run in runs],
                     "all_p99_ratios": [run["p99_ratio"] for run in runs]}  # fmt: skip


def rates(bench: Bench) -> dict:
    """Leaves millions of events that no worker has read: nothing is measured after it."""
    for worker in bench.workers:
        worker.stop()
    unlogged = Gateway(bench.pipeline, *UNLIMITED, name="unlogged")
    unlogged.program.argv[0] = str(bench.pipeline.binaries / "segue-gateway-unlogged")
    unlogged.start()
    gateways = {"logged": bench.gateway, "unlogged": unlogged}
    figures = {}
    # Gathered are events of one partition that come while another is on its way: of 64 players there
    # would be four at most, of a gateway's thousands there are more. A batch has its own company.
    for batch, connections in ((1, 256), (100, 16)):
        rounds = []
        for _ in range(WARM_UP_ROUNDS + RATE_ROUNDS):
            each = {}
            for name, gateway in gateways.items():
                words = ("post", connections, "--batch", batch, "--for-s", 2, "--warm-up-s", 1)
                each[name] = bench.measure(*words, gateway=gateway)["accepted_events_per_second"]
            rounds.append(each)
        rounds = rounds[WARM_UP_ROUNDS:]
        ratios = [each["logged"] / each["unlogged"] for each in rounds]
        figures[f"batch_{batch}"] = {
            "connections": connections,
            "events_per_second": statistics.median(each["logged"] for each in rounds),
            "without_log": statistics.median(each["unlogged"] for each in rounds),
            "ratio": statistics.median(ratios),
            "ratios": ratios,
        }
        say(f"rates: {figures}")
    return figures


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def sockets(bench: Bench) -> dict:
    """Growth of a gateway that has just started, with the list of every listener in its memory."""
    figures = {}
    for kind, count in (("idle", bench.options.sockets), ("active", bench.options.sockets // 10)):
        bench.gateway.program.stop()
        bench.gateway.start()
        bench.push(20, 3, warm_up=0)  # what is allocated once
        before = resident_kib(bench.gateway.program.pid)
        command = "hold" if kind == "idle" else "push"
        flags = () if kind == "idle" else ("--rate", 2 * count, "--for-s", 10, "--warm-up-s", 0)
        argv = bench.players(command, count, *flags)
        sent_before = _pushed(bench.gateway, "sent")  # to those who warmed it up
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
            if kind == "idle":
                assert json.loads(held.stdout.readline())["open"] == count
                wait_until(lambda: _pushed(bench.gateway, "sent") >= sent_before + count, 120, "each has a list")
                after = resident_kib(bench.gateway.program.pid)
                held.stdin.close()
            else:
                peak = 0
                while held.poll() is None:
                    peak = max(peak, resident_kib(bench.gateway.program.pid))
                    time.sleep(0.1)
                after = peak
                figures["active_run"] = json.loads(held.stdout.read().splitlines()[-1])
        figures[kind] = {"sockets": count, "kib_each": round((after - before) / count, 1)}
        say(f"sockets: {figures}")
    return figures


def _pushed(gateway: Gateway, outcome: str) -> float:
    return gateway.program.metric("segue_player_push_total", outcome=outcome) or 0


def slow(bench: Bench) -> dict:
    """Two gateways at the same time, so that whatever else happens falls on both. Player 0 of one
    sends as much as the others and never reads; in the next turn it is at the other gateway."""
    other = Gateway(bench.pipeline, *UNLIMITED, name="other")
    try:
        turns = _slow_turns(bench, [bench.gateway, other.start()])
    finally:  # the parts that follow measure one gateway
        other.program.stop()
        bench.pipeline.programs.remove(other.program)
    bench.gateway.program.check()
    ratios = [beside_slow / all_read for all_read, beside_slow in turns]
    return {
        "p99_ms_all_read": statistics.median(all_read for all_read, _ in turns),
        "p99_ms_beside_slow": statistics.median(beside_slow for _, beside_slow in turns),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def _slow_turns(bench: Bench, gateways: list[Gateway]) -> list[list[float]]:
    """For each turn, the p99 where all read, and the p99 beside one who does not."""
    command = ("push", 20, "--rate", bench.options.events_per_second, "--for-s", 8, "--warm-up-s", 4)
    turns = []
    for _ in range(1 + SLOW_ROUNDS):
        replaced_before = _pushed(gateways[1], "replaced")
        with concurrent.futures.ThreadPoolExecutor() as both:
            runs = [both.submit(bench.measure, *command, "--slow-readers", slow, gateway=gateway)
                    for slow, gateway in enumerate(gateways)]  # fmt: skip
            turns.append([run.result()["event_to_push_ms"]["p99"] for run in runs])
        # Its lists were replaced by newer ones: it was too slow indeed.
        assert _pushed(gateways[1], "replaced") > replaced_before
        gateways.reverse()
        say(f"slow: {turns[-1]}")
    return turns[1:]


def kills(bench: Bench) -> dict:
    """Kills the gateway in the middle of events; every acknowledged one must be in the log."""
    gateway = bench.gateway
    acknowledged: set[str] = set()
    for _ in range(bench.options.kills):
        player = Player(gateway)
        sent = [player.heard(f"t-{n % 40}") for n in range(60)]
        with player.connect() as stream:
            stream.send({"events": sent})
            number = stream.wait_for("ack")
            os.kill(gateway.program.pid, signal.SIGKILL)
            gateway.program.wait(10)
        acknowledged |= {event["id"] for event in sent[:number]}
        gateway.start()
    there = {r.headers["ce_id"].decode() for r in gateway.pipeline.read(wire.EVENTS)}
    return {
        "kills": bench.options.kills,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - there),
    }


PARTS = {"push": push, "slow": slow, "sockets": sockets, "kills": kills, "rates": rates}


def flags() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    made.add_argument("--events-per-second", type=int, default=300)
    made.add_argument("--for", dest="seconds", type=float, default=30)
    made.add_argument("--sockets", type=int, default=10_000)
    made.add_argument("--kills", type=int, default=50)
    return made


def main() -> int:
    options = flags().parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(PARTS):
        flags().error(f"--only: {sorted(unknown)} are none of {sorted(PARTS)}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # inherited by what is started here
    binaries = Path(os.environ.pop("SEGUE_BIN", ROOT / "build" / "release" / "bin")).resolve()
    report: dict = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-gateway-")))
        kafka = stack.enter_context(Kafka(folder, quick=False))
        redis = stack.enter_context(Redis(folder))
        bench = Bench(binaries, folder, kafka, redis, options)
        stack.callback(bench.pipeline.stop)
        for name, measure in PARTS.items():
            if name not in wanted:
                continue
            before = os.getloadavg()[0]
            report[name] = measure(bench) | {"load_before": round(before, 2)}
            say(f"{name}: {json.dumps(report[name])}")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
