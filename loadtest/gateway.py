#!/usr/bin/python3
"""Measures a running gateway with a recommender behind it: event to push beside event to
recommendation, what a socket costs, and acknowledged events lost over kills.

    SEGUE_BIN=build/release/bin loadtest/gateway.py [--events N] [--sockets N] [--kills N]

Starts its own Kafka, Redis and programs on free ports. Prints one JSON object. Ratios are of one run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "deploy" / "local")]
sys.path[:0] = [str(ROOT / "tests" / room) for room in ("integration", "faults")]

import wire  # noqa: E402
from pipeline import Pipeline  # noqa: E402
from players import Gateway, Player, tell_catalogue  # noqa: E402
from servers import HOST, Kafka, Redis  # noqa: E402

UNLIMITED = [
    "--events-per-second", "1000000", "--requests-per-second", "1000000",
    "--connections-max", "100000", "--connections-per-address-max", "100000",
]  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def push(gateway: Gateway, events: int) -> dict:
    """One player, one event at a time: from sending to the list that it caused, and, of the same
    events, from Kafka's timestamp of the event to that of the list's record."""
    player = Player(gateway)
    took_ms, causes = [], {}
    with player.connect() as stream:
        stream.wait_for("recommendations")
        for n in range(events):
            event = player.heard(f"t-{n % 40}")
            began = time.perf_counter()
            stream.send({"event": event})
            while stream.wait_for("recommendations").get("cause", {}).get("id") != event["id"]:
                pass
            took_ms.append(1e3 * (time.perf_counter() - began))
            causes[event["id"]] = took_ms[-1]
    inside_ms = []
    for record in gateway.pipeline.read(wire.RECOMMENDATIONS):
        told = json.loads(record.value)
        if told["cause"]["id"] in causes:
            received = wire_time_ms(told["event_received"])
            inside_ms.append(max(record.timestamp_ms - received, 0.5))  # Kafka counts whole ms
    return {
        "events": events,
        "event_to_push_ms": {name: percentile(took_ms, s) for name, s in (("p50", 0.5), ("p99", 0.99))},
        "event_to_recommendation_ms": {
            name: percentile(inside_ms, s) for name, s in (("p50", 0.5), ("p99", 0.99))
        },
        "mean_ratio": statistics.mean(took_ms) / statistics.mean(inside_ms),
    }


def wire_time_ms(text: str) -> float:
    import datetime

    return 1e3 * datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def sockets(gateway: Gateway, count: int) -> dict:
    """Idle WebSockets that said hello, and what the gateway's memory grew by for each."""
    player = Player(gateway)
    player.list()
    hello = json.dumps({"hello": {"token": player.token, "version": 1 << 40}}).encode()
    frame = bytes([0x81, 0x80 | 126, *len(hello).to_bytes(2, "big"), 0, 0, 0, 0]) + hello
    upgrade = (
        "GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
    before = resident_kib(gateway.program.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            each = stack.enter_context(socket.create_connection((HOST, gateway.port), timeout=20))
            each.sendall(upgrade)
            each.recv(4_096)
            each.sendall(frame)
            assert b"ready" in each.recv(4_096)
        after = resident_kib(gateway.program.pid)
    return {"sockets": count, "kib_each": (after - before) / count}


def rates(gateway: Gateway, seconds: float) -> dict:
    """Accepted events a second over one connection, single and in batches of 100."""
    import http.client

    player = Player(gateway)
    told = {}
    headers = {"Authorization": f"Bearer {player.token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(HOST, gateway.port)
    for size in (1, 100):
        accepted, until = 0, time.perf_counter() + seconds
        began = time.perf_counter()
        while time.perf_counter() < until:
            body = json.dumps({"events": [player.event("playback.heartbeat", track_id="t-1") for _ in range(size)]})
            connection.request("POST", "/v1/events", body, headers)
            answer = connection.getresponse()
            assert answer.status == 202, answer.read()
            accepted += json.loads(answer.read())["accepted"]
        told[f"batch_{size}"] = accepted / (time.perf_counter() - began)
    return {"accepted_events_per_second_one_connection": told}


def kills(gateway: Gateway, count: int) -> dict:
    """Kills the gateway in the middle of events; every acknowledged one must be in the log."""
    acknowledged: set[str] = set()
    for _ in range(count):
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
    return {"kills": count, "acknowledged": len(acknowledged), "lost": len(acknowledged - there)}


def main() -> int:
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--events", type=int, default=500)
    flags.add_argument("--sockets", type=int, default=10_000)
    flags.add_argument("--kills", type=int, default=50)
    flags.add_argument("--seconds", type=float, default=5)
    options = flags.parse_args()
    binaries = Path(os.environ.pop("SEGUE_BIN", ROOT / "build" / "release" / "bin"))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="segue-gateway-")))
        kafka = stack.enter_context(Kafka(folder, quick=False))
        redis = stack.enter_context(Redis(folder))
        pipeline = Pipeline(binaries, folder, kafka, redis)
        stack.callback(pipeline.stop)
        pipeline.prepare()
        tell_catalogue(pipeline, *[f"t-{n}" for n in range(40)])
        pipeline.worker("segue-trainer")
        pipeline.worker("segue-recommender")
        gateway = Gateway(pipeline, *UNLIMITED).start()
        push(gateway, 50)  # a JVM and caches that have just started measure themselves
        result = push(gateway, options.events) | rates(gateway, options.seconds)
        result |= {"idle": sockets(gateway, options.sockets)}
        result |= {"crashes": kills(gateway, options.kills)}
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
