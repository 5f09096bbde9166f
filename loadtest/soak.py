"""Runs loadtest/soak once Python and the packages are there; see soak.txt."""

from __future__ import annotations

import argparse
import collections
import contextlib
import itertools
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import growth  # noqa: E402
import redis  # noqa: E402
import websocket  # noqa: E402
import wire  # noqa: E402
from build import build  # noqa: E402
from console import Console, one_line_error  # noqa: E402
from pipeline import Pipeline  # noqa: E402
from players import Gateway, Player, tell_catalogue  # noqa: E402
from process import Process, ServerError  # noqa: E402
from servers import Kafka, Redis  # noqa: E402

PROGRAMS = [
    "segue-admin", "segue-gateway", "segue-recommender", "segue-replay", "segue-trainer",
]  # fmt: skip
JUDGED = ["recommender-1", "trainer-1", "gateway", "replay", "redis"]
READ_EVERY_S = 2.0
FROZEN_S = 3.0
LISTENERS = 200
TRACKS = 1_000
PLAYERS = 20
PLAY_EVERY_S = 0.05
# A player keeps its WebSocket for so many events.
EVENTS_A_SOCKET = 20


def measure(pid: int) -> dict[str, float]:
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return {
        "memory": 1024 * int(fields["VmRSS"].split()[0]),
        "files": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(fields["Threads"]),
    }


class Players(threading.Thread):
    """Listeners at the gateway, one after the other, over sockets that they close and reopen, and
    over HTTP. What fails while something is disturbed is tried again later."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(daemon=True)
        self.gateway = gateway
        self.acknowledged = 0
        self.failed = 0
        self._trouble: Exception | None = None
        self._ending = threading.Event()

    def run(self) -> None:
        try:
            self._play_on()
        except Exception as error:  # whatever it is: no listener plays any more
            self._trouble = error

    def check(self) -> None:
        """They have played: without them nothing of the gateway is judged."""
        if self._trouble:
            raise ServerError(f"players ended with {type(self._trouble).__name__}: {self._trouble}")
        if not self.acknowledged:
            raise ServerError(f"no event of a player was acknowledged, {self.failed} tries failed")

    def _play_on(self) -> None:
        for turn in itertools.count():
            if self._ending.is_set():
                return
            try:
                self._play(Player(self.gateway, f"listener-{turn % PLAYERS}"))
            except (AssertionError, OSError, ServerError, websocket.WebSocketException):
                self.failed += 1
                self._ending.wait(0.5)

    def _play(self, player: Player) -> None:
        with player.connect() as stream:
            for n in range(EVENTS_A_SOCKET):
                if self._ending.wait(PLAY_EVERY_S):
                    return
                stream.send({"event": player.heard(f"t-{n % 40}")})
                stream.wait_for("ack")
                self.acknowledged += 1
        if player.post(player.heard("t-0")).status == 202:
            self.acknowledged += 1
        player.ask("GET", "/v1/recommendations")

    def end(self) -> None:
        self._ending.set()
        if self.ident:
            self.join(60)


class Soak:
    """A Segue under load, what is done to it, and what its processes use. One thread, but for the
    players."""

    def __init__(self, options: argparse.Namespace, folder: Path, binaries: Path) -> None:
        self.options = options
        self.kafka = Kafka(folder, heap_mb=512, quick=False)
        self.redis = Redis(folder)
        self.pipeline = Pipeline(binaries, folder, self.kafka, self.redis)
        self.processes: dict[str, Process] = {}
        self.samples: dict[str, dict[str, list[growth.Sample]]] = {}
        self.disturbed: collections.Counter[str] = collections.Counter()
        self.sent = 0

    def start(self, stack: contextlib.ExitStack) -> None:
        stack.enter_context(self.kafka)
        stack.enter_context(self.redis)
        stack.callback(self.pipeline.stop)
        self.pipeline.prepare()
        tell_catalogue(self.pipeline, *[f"t-{n}" for n in range(40)])
        for kind, number in itertools.product(("trainer", "recommender"), (1, 2)):
            name = f"{kind}-{number}"
            self.processes[name] = self.pipeline.worker(f"segue-{kind}", name=name)
        gateway = Gateway(self.pipeline).start()
        self.processes |= {"gateway": gateway.program, "kafka": self.kafka, "redis": self.redis}
        flags = ["--rate", str(self.options.rate), "--listeners", str(LISTENERS)]
        flags += ["--tracks", str(TRACKS), "--for-s", str(self.options.for_s)]
        self.processes["replay"] = self.pipeline.replay(*flags)
        self.players = Players(gateway)
        stack.callback(self.players.end)
        self.players.start()

    def run(self, update: Callable[[str], None]) -> None:
        began = time.monotonic()
        every = self.options.disturb_every_s
        disturb = itertools.cycle(self._disturbances())
        next_at = began + every
        end = began + self.options.for_s - READ_EVERY_S  # replay ends by itself
        while (now := time.monotonic()) < end:
            self._read(now - began)
            update(self._state(now - began))
            if every and now >= next_at:
                next_at += every
                what, do = next(disturb)
                do()
                self.disturbed[what] += 1
            time.sleep(READ_EVERY_S)

    def settle(self) -> None:
        """Ends the load and waits until all of it is learned."""
        self.players.end()
        self.players.check()
        self.processes["replay"].wait(60)
        self.pipeline.wait_drained()
        self.sent = sum(wire.high_watermarks(self.kafka.address, wire.EVENTS).values())

    def _read(self, at_s: float) -> None:
        for name, process in self.processes.items():
            process.check()
            of_process = self.samples.setdefault(name, collections.defaultdict(list))
            for what, value in measure(process.pid).items():
                of_process[what].append((at_s, value))

    def _state(self, at_s: float) -> str:
        memory = (
            f"{name} {self.samples[name]['memory'][-1][1] / growth.MIB:.0f}" for name in JUDGED
        )
        return f"{at_s:.0f} of {self.options.for_s} s; MiB: {', '.join(memory)}"

    def _disturbances(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("recommender stopped", lambda: self._restart("recommender-2", Process.stop)),
            ("Redis connections cut", self._cut_connections),
            ("trainer killed", lambda: self._restart("trainer-2", Process.kill)),
            ("broker frozen", self._freeze_broker),
            ("recommender killed", lambda: self._restart("recommender-2", Process.kill)),
            ("trainer stopped", lambda: self._restart("trainer-2", Process.stop)),
        ]

    def _restart(self, name: str, end: Callable[[Process], object]) -> None:
        end(self.processes[name])
        self.processes[name].spawn()

    def _cut_connections(self) -> None:
        with redis.Redis(port=self.redis.port) as store:
            store.client_kill_filter(_type="normal", skipme=True)

    def _freeze_broker(self) -> None:
        os.killpg(self.kafka.pid, signal.SIGSTOP)
        try:
            time.sleep(FROZEN_S)
        finally:
            os.killpg(self.kafka.pid, signal.SIGCONT)

    def report(self) -> dict:
        after = {"memory": growth.growth_of_memory}
        processes = {}
        for name, of_process in self.samples.items():
            figures = {}
            for what, samples in of_process.items():
                kept = [sample for sample in samples if sample[0] >= self.options.warm_up_s]
                grown = after.get(what, growth.growth_of_count)(kept)
                figures[what] = {
                    "median": grown.median,
                    "gained": grown.gained,
                    "an_hour": grown.an_hour,
                    "bound": grown.bound,
                    "flat": grown.flat,
                }
            processes[name] = figures | {"judged": name in JUDGED}
        return {
            "for_s": self.options.for_s,
            "warm_up_s": self.options.warm_up_s,
            "events": self.sent,
            "at_the_gateway": self.players.acknowledged,
            "tried_again": self.players.failed,
            "disturbed": dict(self.disturbed),
            "processes": processes,
            "flat": all(
                figures[what]["flat"]
                for name, figures in processes.items()
                if name in JUDGED
                for what in ("memory", "files", "threads")
            ),
        }


def table(report: dict, console: Console) -> str:
    """Medians and what was gained after the warm-up."""
    lines = [f"{'':15}{'memory':>12}{'gained':>12}{'an hour':>12}{'files':>8}{'gained':>8}  "]
    for name, of in sorted(report["processes"].items(), key=lambda item: not item[1]["judged"]):
        memory, files, threads = of["memory"], of["files"], of["threads"]
        if not of["judged"]:
            verdict = "not judged"
        elif memory["flat"] and files["flat"] and threads["flat"]:
            verdict = console.paint("flat", "green")
        else:
            verdict = console.paint("grows", "red")
        mib = [f"{memory[key] / growth.MIB:+8.1f} MiB" for key in ("gained", "an_hour")]
        lines.append(
            f"{name:15}{memory['median'] / growth.MIB:8.1f} MiB{mib[0]:>12}{mib[1]:>12}"
            f"{files['median']:8.0f}{files['gained']:+8.1f}  {verdict}"
        )
    return "\n".join(lines)


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("loadtest/soak", f"{message}; loadtest/soak --help lists the flags")
        sys.exit(2)


def seconds(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number, not '{text}'")
    return int(text)


def parse(words: list[str]) -> argparse.Namespace:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("--check-flags", action="store_true")
    flags.add_argument("--for", dest="for_s", type=seconds, default=1_800)
    flags.add_argument("--warm-up", dest="warm_up_s", type=seconds)
    flags.add_argument("--rate", type=seconds, default=200)
    flags.add_argument("--disturb-every", dest="disturb_every_s", type=seconds, default=20)
    flags.add_argument("--json", action="store_true")
    options = flags.parse_args(words)
    if options.warm_up_s is None:
        options.warm_up_s = options.for_s // 3
    if options.rate == 0:
        flags.error("--rate must be above 0")
    if options.for_s < options.warm_up_s + 10:
        flags.error("--for must leave at least 10 s after the warm-up")
    return options


def main() -> int:
    options = parse(sys.argv[1:])
    if options.check_flags:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(sys.stderr if options.json else sys.stdout)
    try:
        with contextlib.ExitStack() as stack:
            given = os.environ.pop("SEGUE_BIN", "")
            binaries = Path(given).absolute() if given else build("release", PROGRAMS, console)
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-soak-"))
            soak = Soak(options, Path(folder), binaries)
            console.begin("Starting servers and programs")
            soak.start(stack)
            console.done()
            console.begin("Listening, with disturbances" if options.disturb_every_s else "Listening")
            soak.run(console.update)
            console.done(f"{sum(soak.disturbed.values())} disturbances")
            console.begin("Waiting until all is learned")
            soak.settle()
            console.done(f"{soak.sent:,} events")
            report = soak.report()
    except ServerError as error:
        console.fail()
        one_line_error("loadtest/soak", error)
        return 1
    except KeyboardInterrupt:
        console.say("\nInterrupted; everything was stopped.")
        return 130
    console.say("\n" + table(report, console))
    if options.json:
        print(json.dumps(report))
    return 0 if report["flat"] else 1


if __name__ == "__main__":
    sys.exit(main())
