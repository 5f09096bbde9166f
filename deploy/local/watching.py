"""Prometheus and the exporters beside a Segue on this machine, with the boards and rules of deploy/watch.

Servers like those of servers.py: context managers on free ports of the loopback, in folders of their own.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import kafka_jars
from process import HOST, Program, ServerError, free_port, port_is_free
from servers import REPOSITORY, Kafka, Server

WATCH = REPOSITORY / "deploy" / "watch"
sys.path.append(str(WATCH))

import boards  # noqa: E402

ANSWERS_WITHIN_S = 10
KEPT_FOR = "2d"  # what a Prometheus of ours remembers

# Target -> its job and its address.
Targets = Mapping[str, tuple[str, str]]


class NotInstalled(ServerError):
    """A program of Debian's is not here; the message names its package."""


def installed(program: str) -> bool:
    return shutil.which(program) is not None


def get(url: str) -> bytes:
    """The body of an answer of any status; ServerError when no server answers."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWERS_WITHIN_S) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()
    except (OSError, ValueError) as error:
        raise ServerError(f"no answer from {url.split('?')[0]}: {error}") from None


class Web(Server):
    """A server that says at one path of HTTP that it is ready."""

    READY = "/-/ready"

    def _answers(self) -> bool:
        self.check()
        try:
            with urllib.request.urlopen(self.url + self.READY, timeout=ANSWERS_WITHIN_S) as answer:
                return answer.status == 200
        except OSError:
            return False

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def need(self, program: str) -> str:
        if not installed(program):
            raise NotInstalled(f"there is no {program} (install the package {program})")
        return program


class Prometheus(Web):
    """Scrapes `targets`, evaluates the rules of `source` and serves the boards at /consoles."""

    def __init__(
        self,
        folder: Path,
        targets: Targets,
        *,
        source: Path = WATCH,
        alertmanager: str = "",
        port_wished: int = 0,
    ) -> None:
        super().__init__("prometheus", folder)
        self._port_wished = port_wished
        self._source = source
        self._targets = dict(targets)
        self._alertmanager = alertmanager

    def _prepare(self) -> None:
        program = self.need("prometheus")
        if self._port_wished and port_is_free(self._port_wished):
            self.port = self._port_wished
        self.folder.mkdir(parents=True, exist_ok=True)
        config = (self._source / "prometheus.yml").read_text(encoding="utf-8")
        if self._alertmanager:
            config += f'alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{self._alertmanager}"]}}]}}]}}\n'
        (self.folder / "prometheus.yml").write_text(config, encoding="utf-8")
        shutil.copytree(self._source / "rules", self.folder / "rules", dirs_exist_ok=True)
        boards.write_consoles(self.folder / "consoles")
        self.watch(self._targets)
        self.argv = [program, f"--config.file={self.folder / 'prometheus.yml'}"]
        self.argv += [f"--storage.tsdb.path={self.folder / 'data'}", f"--storage.tsdb.retention.time={KEPT_FOR}"]
        self.argv += [f"--web.listen-address={HOST}:{self.port}", "--enable-feature=exemplar-storage"]
        self.argv += [f"--web.console.templates={self.folder / 'consoles'}"]
        self.argv += [f"--web.console.libraries={WATCH / 'consoles'}", f"--web.user-assets={WATCH / 'assets'}"]
        self.argv += ["--log.level=warn"]

    def check(self) -> None:
        """As ever, but a file that Prometheus refuses is said in one line."""
        if not self.running and (said := _refusal(self.log)):
            raise ServerError(f"Prometheus refuses what it was given: {said}")
        super().check()

    def watch(self, targets: Targets) -> None:
        """Other targets from now on; Prometheus notices within seconds."""
        groups = [
            {"targets": [address], "labels": {"job": job, "instance": name}}
            for name, (job, address) in targets.items()
        ]
        waiting = self.folder / "targets.json.new"
        waiting.write_text(json.dumps(groups, indent=1), encoding="utf-8")
        os.replace(waiting, self.folder / "targets.json")

    def query(self, expr: str) -> list[dict]:
        """The value of an expression now; ServerError with Prometheus' words if it is none."""
        answer = json.loads(get(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"))
        if answer["status"] != "success":
            raise ServerError(f"Prometheus refuses '{expr}': {answer['error']}")
        found = answer["data"]["result"]
        return found if answer["data"]["resultType"] == "vector" else [{"metric": {}, "value": found}]

    def number(self, expr: str) -> float | None:
        """The one value of an expression; None where it returns nothing."""
        found = self.query(expr)
        return float(found[0]["value"][1]) if found else None

    def board(self, name: str) -> str:
        return f"{self.url}/consoles/{name}.html"


def _refusal(log: Path) -> str:
    """Prometheus' complaint about a file that it could not load; empty if there was none."""
    for line in log.read_text(errors="replace").splitlines() if log.exists() else []:
        if "loading config" in line.lower() or "Error loading rules" in line or "parse" in line:
            return line.split("err=", 1)[-1].strip('"')[:300]
    return ""


def _secret(variable: str) -> str:
    """The variable's value, or its _FILE's text less the last line break; empty: neither is set."""
    if not (file := os.environ.get(f"{variable}_FILE")):
        return os.environ.get(variable, "")
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, ValueError) as error:
        raise ServerError(f"{variable}_FILE cannot be read: {error}") from None


class RedisExporter(Web):
    """Debian's exporter, for the Redis at `redis`; logs in and speaks TLS as the environment has Segue's programs do,
    but cannot read an encrypted key."""

    READY = "/health"

    def __init__(self, folder: Path, redis: str) -> None:
        super().__init__("redis-exporter", folder)
        self._redis = redis
        if password := _secret("SEGUE_REDIS_PASSWORD"):
            self._env = {"REDIS_PASSWORD": password}

    def _prepare(self) -> None:
        program = self.need("prometheus-redis-exporter")
        tls = os.environ.get("SEGUE_REDIS_TLS") in ("true", "1")
        address = f"{'rediss' if tls else 'redis'}://{self._redis}"
        self.argv = [program, "-redis.addr", address, "-web.listen-address", self.address]
        if user := os.environ.get("SEGUE_REDIS_USER"):
            self.argv += ["-redis.user", user]
        if authority := os.environ.get("SEGUE_REDIS_TLS_CA"):
            self.argv += ["-tls-ca-cert-file", authority]
        if certificate := os.environ.get("SEGUE_REDIS_TLS_CERTIFICATE"):
            self.argv += ["-tls-client-cert-file", certificate]
            self.argv += ["-tls-client-key-file", os.environ.get("SEGUE_REDIS_TLS_KEY", "")]
        # Below Prometheus' own time-out: a Redis that is away is redis_up 0, not a target that is.
        self.argv += ["-connection-timeout", "2s", "-include-system-metrics=false"]


class WatchedKafka(Kafka):
    """Kafka with the agent that serves its figures, at `figures`; empty where the agent cannot be had."""

    figures = ""

    def _prepare(self) -> None:
        super()._prepare()
        try:
            agent = kafka_jars.fetch_agent()
        except kafka_jars.KafkaUnavailable:
            return
        self.figures = f"{HOST}:{free_port()}"
        self.argv.insert(1, f"-javaagent:{agent}={self.figures}:{WATCH / 'kafka.yml'}")


class Alertmanager(Web):
    """Debian's, with the routes of deploy/watch; it sends nothing unless asked."""

    def _prepare(self) -> None:
        program = self.need("prometheus-alertmanager")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.argv = [program, f"--config.file={WATCH / 'alertmanager.yml'}"]
        self.argv += [f"--storage.path={self.folder / 'data'}", f"--web.listen-address={self.address}"]
        self.argv += ["--cluster.listen-address=", "--log.level=warn"]

    def __init__(self, folder: Path) -> None:
        super().__init__("alertmanager", folder)

    def alerts(self) -> list[dict]:
        """Alerts that have arrived and are not over, inhibited ones included."""
        return json.loads(get(f"{self.url}/api/v2/alerts"))


def target_of(program: Program) -> tuple[str, str]:
    return program.binary.name, f"{HOST}:{program.port}"


__all__ = ["Alertmanager", "NotInstalled", "Prometheus", "RedisExporter", "WatchedKafka", "get", "target_of"]
