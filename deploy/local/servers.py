"""Kafka and Redis of one's own, on free ports, in a folder of one's own, gone when stopped.

For the quick start, the integration tests and the load test:

    with Kafka(folder) as kafka, Redis(folder) as redis:
        initialise(binaries, kafka.address, redis.address)
        worker = Program(binaries / "segue-recommender", flags(kafka, redis), folder).start()

Each server is a context manager; `start()` returns once it answers and raises ServerError, with
the end of the server's log, when it cannot. Ports are chosen at the first start and kept, so that a
stopped or killed server can be started again where its clients expect it, with its data.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

import kafka_jars
from kafka_jars import KafkaUnavailable
from process import (
    HOST,
    Process,
    Program,
    ServerError,
    free_port,
    last_lines,
    sum_of_metric,
    wait_until,
)

__all__ = [
    "HOST",
    "Kafka",
    "KafkaUnavailable",
    "MemoryBroker",
    "Process",
    "Program",
    "REPOSITORY",
    "Redis",
    "ServerError",
    "free_port",
    "initialise",
    "last_lines",
    "sum_of_metric",
    "wait_until",
]

REPOSITORY = Path(__file__).resolve().parents[2]
PORT_ATTEMPTS = 5


class Server(Process):
    """A server process that owns a port on the loopback and a folder."""

    START_WITHIN_S = 60.0

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        self.port = 0
        super().__init__(name, [], self.folder)

    @property
    def address(self) -> str:
        assert self.port, f"{self.name} was not started"
        return f"{HOST}:{self.port}"

    def start(self) -> "Server":
        fresh = self.port == 0
        for attempt in range(PORT_ATTEMPTS if fresh else 1):
            if fresh:
                self.port = free_port()
                self._prepare()
            try:
                self.spawn()
                wait_until(self._answers, self.START_WITHIN_S, f"{self.name} answers")
                return self
            except ServerError as error:
                self.stop()
                taken = "ddress already in use" in f"{error}"
                if not (fresh and taken) or attempt + 1 == PORT_ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def _prepare(self) -> None:
        """Writes what it needs on disk and sets `argv`, for the port chosen."""
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class Kafka(Server):
    """Apache Kafka, one broker, KRaft, one JVM. The jars are fetched at the first start ever.

    `quick` trades the JVM's peak speed for its start (no optimising compiler): right for tests and
    demonstrations, False for measuring.
    """

    version = kafka_jars.VERSION
    label = f"Apache Kafka {kafka_jars.VERSION}"

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "kafka",
        heap_mb: int = 512,
        quick: bool = True,
        properties: dict[str, str] | None = None,
    ) -> None:
        super().__init__(name, folder)
        self._heap_mb = heap_mb
        self._quick = quick
        self._properties = properties or {}

    def _java(self) -> list[str]:
        words = [kafka_jars.find_java(), f"-Xms{self._heap_mb}m", f"-Xmx{self._heap_mb}m"]
        words += ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] if self._quick else []
        words += [f"-Dsegue.log={self.folder / 'server.log'}", "-Djava.awt.headless=true"]
        words += [f"-Djava.io.tmpdir={self.folder}"]  # where libraries unpack their own
        words += [f"-Dlog4j.configuration=file:{kafka_jars.POM.with_name('log4j.properties')}"]
        return [*words, "-cp", f"{kafka_jars.fetch()}/*"]

    def _prepare(self) -> None:
        java = self._java()
        data = self.folder / f"data-{self.port}"
        settings = self.folder / f"server-{self.port}.properties"
        self.folder.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{key}={value}\n" for key, value in self._settings(data).items())
        settings.write_text(text)
        identity = self._cluster_id()
        tool = [*java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", str(settings)]
        _run([*tool, *self._format_flags()], "Kafka's StorageTool")
        self.argv = [*java, "kafka.Kafka", str(settings)]

    def _format_flags(self) -> list[str]:
        """More flags of the StorageTool: users and their passwords."""
        return []

    def _cluster_id(self) -> str:
        return self.new_cluster_id()

    @staticmethod
    def new_cluster_id() -> str:
        """Kafka's text form of a UUID; one that began with "-" would be read as an option."""
        return "S" + base64.urlsafe_b64encode(uuid.uuid4().bytes)[1:22].decode()

    def _settings(self, data: Path) -> dict[str, str]:
        controller = free_port()
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "log.dirs": str(data),
            "auto.create.topics.enable": "false",
            # One broker cannot replicate; production's values stand with the production files.
            "default.replication.factor": "1",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            # A broker that was killed may register again only when its old session is over.
            "broker.session.timeout.ms": "4000",
            "broker.heartbeat.interval.ms": "1000",
            # A worker that joins gets its partitions at once.
            "group.initial.rebalance.delay.ms": "0",
            # Tests let a killed worker's partitions move sooner than Kafka allows by default.
            "group.min.session.timeout.ms": "1000",
            # When to flush is left to the operating system: a crash of Kafka alone loses nothing.
            "num.network.threads": "2",
            "num.io.threads": "4",
            "background.threads": "2",
            # The cleaner takes its buffer from the heap at once.
            "log.cleaner.dedupe.buffer.size": "16777216",
            "log.segment.bytes": "67108864",
            **self._properties,
        }

    def _answers(self) -> bool:
        self.check()
        return self.known_brokers() > 0

    def known_brokers(self) -> int:
        """How many brokers it knows to be serving, itself among them; 0: it does not answer."""
        return _kafka_brokers(self.port)

    def check(self) -> None:
        try:
            super().check()
        except ServerError as error:
            raise ServerError(f"{error}\n{last_lines(self.folder / 'server.log')}") from None


class Redis(Server):
    """Debian's redis-server: append-only file, fsync every second, nothing evicted."""

    def __init__(self, folder: Path, *, flags: list[str] | None = None) -> None:
        super().__init__("redis", folder)
        self._flags = flags or []

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.argv = ["redis-server", "--port", str(self.port), "--bind", HOST]
        self.argv += ["--dir", str(self.folder), "--save", "", "--appendonly", "yes"]
        self.argv += ["--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
        self.argv += [*self._flags]

    def _answers(self) -> bool:
        self.check()
        return _exchange(self.port, b"PING\r\n", 7) == b"+PONG\r\n"

    @property
    def version(self) -> str:
        printed = _run(["redis-server", "--version"], "redis-server")
        found = re.search(r"v=([\d.]+)", printed)
        return found[1] if found else "of unknown version"


class MemoryBroker(Process):
    """librdkafka's in-process broker. It forgets; for demonstrations and adapter tests only."""

    # The broker does not wake an empty fetch when a record comes, so clients must ask often.
    # A member that joins late waits for the session time-out, so that is short as well.
    client_flags = ["--kafka.fetch_wait_ms", "2", "--kafka.session_timeout_ms", "3000"]

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.address = ""
        topics = REPOSITORY / "deploy" / "topics.toml"
        argv = [binaries / "segue-admin", "broker", "--admin.topics", topics]
        super().__init__("memory-broker", argv, folder, on_line=self._read_address)

    @property
    def label(self) -> str:
        version = _run(["pkg-config", "--modversion", "rdkafka"], "pkg-config").strip()
        return f"in-memory (librdkafka {version}, demonstration only)"

    def _read_address(self, line: str) -> None:
        if not self.address:
            self.address = json.loads(line)["brokers"]

    def start(self) -> "MemoryBroker":
        self.spawn()
        wait_until(self._answers, 20, f"{self.name} answers")
        return self

    def _answers(self) -> bool:
        self.check()
        return bool(self.address)


def initialise(
    binaries: Path,
    brokers: str,
    redis: str,
    folder: Path,
    wait_s: int = 30,
    flags: Sequence[str] = (),
    env: dict[str, str] | None = None,
) -> None:
    """Creates the topics and loads the Redis functions: `segue-admin init`."""
    deploy = REPOSITORY / "deploy"
    command = [binaries / "segue-admin", "init", "--kafka.brokers", brokers]
    command += ["--redis.address", redis, "--admin.wait_s", str(wait_s)]
    command += ["--admin.topics", deploy / "topics.toml"]
    command += ["--admin.functions", deploy / "redis" / "segue.lua", *flags]
    with Process("segue-admin", command, folder, env=env) as admin:
        if admin.wait(wait_s + 60) != 0:
            admin.check()


def new_secret(binaries: Path) -> str:
    """A key for pseudonyms, as the gateway and the replay take it: `segue-admin secret`."""
    return _run([str(binaries / "segue-admin"), "secret"], "segue-admin secret")


def _run(command: list[str], what: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ServerError(f"{what} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def _exchange(port: int, request: bytes, reply_bytes: int) -> bytes:
    """Sends and reads exactly so many bytes; fewer when no server answers."""
    reply = b""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(request)
            while len(reply) < reply_bytes:
                part = connection.recv(reply_bytes - len(reply))
                if not part:
                    break
                reply += part
    except OSError:
        return b""
    return reply


def _kafka_brokers(port: int) -> int:
    """How many brokers the one at this port knows to be serving: a Metadata request, version 1."""
    body = struct.pack(">hhih5si", 3, 1, 1, 5, b"segue", 0)  # key, version, correlation, client, []
    head = _exchange(port, struct.pack(">i", len(body)) + body, 12)
    return struct.unpack(">iii", head)[2] if len(head) == 12 else 0  # size, correlation, brokers
