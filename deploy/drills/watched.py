"""A Segue of one's own that Prometheus watches: what drills break and tests look at.

Kafka, Redis, their exporters, two recommenders, a trainer, a generator with some jobs, a gateway with players, replayed
listening, Prometheus and, if asked for, Alertmanager. All on free ports of the loopback, in one folder, gone at the end.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import confluent_kafka

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "local")]

from process import HOST, Process, Program, ServerError, free_port, wait_until  # noqa: E402
from servers import Redis, initialise, new_secret  # noqa: E402
from watching import WATCH, Alertmanager, Prometheus, RedisExporter, WatchedKafka, target_of  # noqa: E402
from way import Way  # noqa: E402

RATE = 60  # replayed events a second: what two busy cores carry with ease
PLAYER_EVERY_S = 0.2
WISH_EVERY_S = 5
PROGRAMS = ["segue-admin", "segue-recommender", "segue-trainer", "segue-generator", "segue-gateway", "segue-replay"]
POST_WITHIN_S = 10
JOBS = "segue.generation-jobs.v1"


class DrilledKafka(WatchedKafka):
    """With a second door, whose way can be cut for those that use it."""

    def _settings(self, data: Path) -> dict[str, str]:
        settings = super()._settings(data)
        self.door, self.way = free_port(), free_port()
        settings["listeners"] += f",DOOR://{HOST}:{self.door}"
        settings["advertised.listeners"] += f",DOOR://{HOST}:{self.way}"
        settings["listener.security.protocol.map"] = ",".join(
            f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", "DOOR")
        )
        return settings


class DrilledRedis(Redis):
    """A file that may not grow is an error to it, as on a full disk, and does not end it."""

    def _prepare(self) -> None:
        super()._prepare()
        self.argv = ["env", "--ignore-signal=XFSZ", *self.argv]


def ask_for_track(brokers: str) -> None:
    """A generation job, as a recommender publishes it."""
    job = {
        "job_id": uuid.uuid4().hex, "user_id": "ada", "created": "2026-01-02T03:04:05Z", "deadline": "2099-01-01T00:00:00Z",
        "specification": {"genre": "ambient", "mood": "calm", "seconds": 5, "seed": "1"},
        "trigger": {"rule": "request", "choice": "generate", "signals": {"setting": "on"}},
    }
    producer = confluent_kafka.Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random", "log_level": 0})
    producer.produce(JOBS, key=job["job_id"], value=json.dumps(job))
    if producer.flush(POST_WITHIN_S):
        raise ServerError("Kafka did not take a generation job")


class Wishes:
    """Somebody who asks for a track every few seconds, whether or not Kafka answers."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(2 * POST_WITHIN_S)

    def _ask(self) -> None:
        while not self._over.wait(WISH_EVERY_S):
            with contextlib.suppress(ServerError):
                ask_for_track(self._brokers)


class Players:
    """Somebody who plays through the gateway, an event after the other, whatever it answers."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._seq = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(2 * POST_WITHIN_S)

    def _play(self) -> None:
        token = ""
        while not self._over.wait(PLAYER_EVERY_S):
            with contextlib.suppress(OSError, ValueError, KeyError):
                token = token or json.loads(self._post("/dev/token", {"user_id": "ada"}))["token"]
                self._post("/v1/events", self._event(), token)

    def _event(self) -> dict:
        """In the envelope of CloudEvents, which may name a trace."""
        self._seq += 1
        return {
            "specversion": "1.0", "id": uuid.uuid4().hex, "source": "/drill", "type": "segue.playback.completed.v1",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
            "data": {
                "session_id": "drill", "seq": self._seq, "play_id": uuid.uuid4().hex,
                "track_id": f"t1-{self._seq % 200}", "duration_ms": 200_000, "played_ms": 200_000,
            },
        }

    def _post(self, path: str, body: dict, token: str = "") -> bytes:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        asked = urllib.request.Request(self._gateway + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(asked, timeout=POST_WITHIN_S) as answer:
            return answer.read()


class WatchedSegue:
    """All of it; a context manager. `rules` is the folder whose prometheus.yml and rules/ are used."""

    def __init__(self, binaries: Path, folder: Path, rules: Path = WATCH, alerts: bool = False) -> None:
        missing = [name for name in PROGRAMS if not (binaries / name).exists()]
        if missing:
            raise ServerError(f"there is no {missing[0]} in {binaries}; build it, or say where with SEGUE_BIN")
        self.binaries, self.folder, self.music = binaries, folder, folder / "music"
        self._rules, self._alerts = rules, alerts
        self._stack = contextlib.ExitStack()
        self.programs: dict[str, Program] = {}
        self.kafka = DrilledKafka(folder)
        self.redis = DrilledRedis(folder)
        self.alertmanager = Alertmanager(folder)

    def __enter__(self) -> "WatchedSegue":
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in self.programs.values():
            program.ask_to_stop()
        self._stack.close()

    def _start(self) -> None:
        enter = self._stack.enter_context
        enter(self.kafka)
        self.way_of_gateway = enter(Way(self.kafka.way, self.kafka.door))
        enter(self.redis)
        self.exporter = enter(RedisExporter(self.folder, self.redis.address))
        initialise(self.binaries, self.kafka.address, self.redis.address, self.folder)
        for name in ("recommender-1", "recommender-2"):
            self.run(name, "segue-recommender", self.flags)
        self.run("trainer", "segue-trainer", self.flags)
        self.run("generator", "segue-generator", [*self.flags, *self._own_music])
        self._start_gateway()
        replay = ["--kafka.brokers", self.kafka.address, "--rate", str(RATE), "--days-ago", "35"]
        self.run("replay", "segue-replay", replay)
        for name, program in self.programs.items():
            if name != "replay":
                program.wait_ready(180)
        self.players = Players(self.gateway)
        self.players.start()
        self._stack.callback(self.players.stop)
        wishes = Wishes(self.kafka.address)
        wishes.start()
        self._stack.callback(wishes.stop)
        address = enter(self.alertmanager).address if self._alerts else ""
        self.prometheus = Prometheus(self.folder, self.targets(), source=self._rules, alertmanager=address)
        enter(self.prometheus)

    def _start_gateway(self) -> None:
        key = self.folder / "pseudonyms.key"
        key.write_text(new_secret(self.binaries))
        port = free_port()
        self.gateway = f"http://{HOST}:{port}"
        flags = ["--dev", "--listen", f"{HOST}:{port}", "--gateway.confirm_within_ms", "2000"]
        flags += ["--kafka.brokers", f"{HOST}:{self.kafka.way}", "--redis.address", self.redis.address]
        self.run("gateway", "segue-gateway", flags, {"SEGUE_GATEWAY_PSEUDONYM_KEY_FILE": str(key)})

    @property
    def flags(self) -> list[str]:
        return ["--kafka.brokers", self.kafka.address, "--redis.address", self.redis.address]

    @property
    def _own_music(self) -> list[str]:
        return ["--store.folder", str(self.music), "--audio.signing-key", str(self.music / "signing-key.pem")]

    def run(self, name: str, program: str, flags: list[str], env: dict[str, str] | None = None) -> Program:
        """Starts it and does not wait."""
        made = Program(self.binaries / program, flags, self.folder, name=name, env=env)
        self._stack.callback(made.stop)
        made.spawn()
        self.programs[name] = made
        return made

    def targets(self) -> dict[str, tuple[str, str]]:
        jobs = {name: p for name, p in self.programs.items() if name != "replay"}
        found = {name: target_of(program) for name, program in jobs.items()}
        return found | {"kafka": ("kafka", self.kafka.figures), "redis": ("redis", self.exporter.address)}

    def wait_scraped(self, within_s: float = 120) -> None:
        """Until Prometheus has read each target, some of them thrice, so that rates are known."""
        wanted = len(self.targets())
        expr = f"count(up == 1) == {wanted} and on () (min(count_over_time(up[5m])) >= 3)"
        wait_until(lambda: self.prometheus.query(expr), within_s, "Prometheus reads all targets")


__all__ = ["Process", "ROOT", "ServerError", "WatchedSegue", "wait_until"]
