"""All that the quick start runs: broker, Redis, workers, tails and the replay."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gzip
import math
import os
from pathlib import Path

import exports
import running

from build import build
from console import Console
from kafka_jars import KafkaUnavailable, cached, fetch, find_java
from listen_files import Kind, Unreadable
from process import HOST, Process, Program, ServerError, free_port, port_is_free, wait_until
from servers import Kafka, MemoryBroker, Redis, initialise, new_secret
from view import Figures, Session
from watching import Prometheus, RedisExporter, WatchedKafka, target_of

PROGRAMS = [
    "segue-admin",
    "segue-recommender",
    "segue-trainer",
    "segue-generator",
    "segue-gateway",
    "segue-replay",
    "segue-tail",
    "segue-trace",
    "segue-compose",
]
PLAYER_PORT = 8080  # of the web player, if it is free
PROMETHEUS_PORT = 9090  # if that one is
RECOMMENDERS = 2
SIMULATED_RATE = 500
# At that rate three and a half days of listening pass in a minute: in a demonstration of ten it comes
# to the present. What begins much earlier has faded (the half-life of trends is 14 days): one play on
# the web player would then outweigh it all.
DAYS_AGO = 35
EVENTS, ITEM_SIGNALS = "segue.events.v1", "segue.item-signals.v1"
# A file's replay is planned to end a little early, so that its last events are seen in time.
PLANNED_SHARE = 0.95


@dataclasses.dataclass(frozen=True)
class Listens:
    """A file to replay, and what it is."""

    path: Path
    kind: Kind


class Stand:
    """Everything that runs, in the order it was started; the stack stops it in reverse."""

    def __init__(self, options: argparse.Namespace, folder: Path, console: Console) -> None:
        self.options = options
        self.folder = folder
        self.console = console
        self.stack = contextlib.ExitStack()
        self.running: list[Process] = []
        self.workers: list[Program] = []
        self.figures = Figures()
        self.session = Session()
        self.binaries = Path()
        self.brokers = self.redis = self.label = ""
        self.player = ""  # the web player's address
        self.flags: list[str] = []
        self.targets: dict[str, tuple[str, str]] = {}  # of Prometheus, beside the programs
        self.listens: Listens | None = options.listens
        self.catalogue: Path | None = None
        # This run's key: somebody replayed from a file can sign in to the web player by name.
        self.pseudonym_key = folder / "pseudonyms.key"

    def _run(self, process: Process) -> Process:
        self.stack.callback(process.stop)
        process.start()
        self.running.append(process)
        return process

    def start(self) -> Process:
        """Starts all; returns the replay, which is what ends."""
        if self.listens and self.listens.kind.converts:
            self._convert(self.listens)
        given = os.environ.pop("SEGUE_BIN", "")
        self.binaries = Path(given) if given else build("release", PROGRAMS, self.console)
        self.pseudonym_key.write_text(new_secret(self.binaries))
        self._start_broker()
        self._start_redis()
        self.console.begin("Creating topics, loading Redis functions")
        initialise(self.binaries, self.brokers, self.redis, self.folder)
        self.console.done()
        self.flags += ["--kafka.brokers", self.brokers]
        self._start_workers()
        self._start_tails()
        self._start_gateway()
        if self.options.watch:
            self._start_watching()
        key = {"SEGUE_REPLAY_PSEUDONYM_KEY_FILE": str(self.pseudonym_key)} if self.listens else {}
        replay = self._run(self._program("segue-replay", self._replay_flags(), env=key))
        self.stack.callback(self._ask_programs_to_stop)
        return replay

    def _convert(self, export: Listens) -> None:
        """Before anything runs: what cannot be read needs no Kafka to be found out."""
        self.console.begin(f"Reading {export.kind.name}")
        try:
            read = exports.read(export.path, export.kind)
        except Unreadable as why:
            self.console.fail()
            raise ServerError(str(why)) from None
        self.listens = Listens(self.folder / "listens.csv", Kind("segue-csv"))
        self.catalogue = self.folder / "songs.jsonl"
        with self.listens.path.open("w", encoding="utf-8") as rows:
            exports.write_listens(read.listens, "me", rows)
        with self.catalogue.open("w", encoding="utf-8") as songs:
            exports.write_catalogue(read.listens, songs)
        self.console.done(read.summary)

    def _ask_programs_to_stop(self) -> None:
        """All at once, so that stopping them in turn does not take their sum."""
        for process in self.running:
            if isinstance(process, Program):
                process.ask_to_stop()

    def _start_broker(self) -> None:
        which = self.options.broker
        if which == "kafka":
            try:
                self._start_kafka()
                return
            except KafkaUnavailable as error:
                self.console.fail()
                self.console.warn(f"No Apache Kafka here: {error}.")
                self.console.warn(
                    "Falling back to the in-memory broker, for demonstration only: it keeps nothing."
                )
        elif which != "memory":
            self.brokers = self.label = which
            return
        self.console.begin("Starting the in-memory broker (for demonstration only)")
        broker = MemoryBroker(self.binaries, self.folder)
        self._run(broker)
        self.brokers, self.label = broker.address, broker.label
        self.flags += broker.client_flags
        self.console.done(f"{self.label} at {self.brokers}")

    def _start_kafka(self) -> None:
        self.console.begin(f"Fetching {Kafka.label} from Maven Central (once)")
        find_java()
        known = cached()
        fetch()
        self.console.done("in the cache" if known else "")
        self.console.begin(f"Starting {Kafka.label}")
        kafka = WatchedKafka(self.folder) if self.options.watch else Kafka(self.folder)
        self._run(kafka)
        if isinstance(kafka, WatchedKafka) and kafka.figures:
            self.targets["kafka"] = ("kafka", kafka.figures)
        self.brokers, self.label = kafka.address, kafka.label
        self.console.done(self.brokers)

    def _start_redis(self) -> None:
        if self.options.redis:
            self.redis = self.options.redis
            return
        redis = Redis(self.folder)
        self.console.begin(f"Starting Redis {redis.version}")
        self._run(redis)
        self.redis = redis.address
        self.console.done(self.redis)

    def _start_workers(self) -> None:
        self.console.begin(f"Starting {RECOMMENDERS} recommenders, a trainer and a generator")
        flags = ["--redis.address", self.redis]
        names = [f"segue-recommender-{number}" for number in range(1, RECOMMENDERS + 1)]
        for name in [*names, "segue-trainer", "segue-generator"]:
            program = "segue-recommender" if name in names else name
            own = [*self._music(), *self._music_key()] if name == "segue-generator" else []
            worker = self._program(program, [*flags, *own], name=name)
            self.stack.callback(worker.stop)
            worker.spawn()
            self.running.append(worker)
            self.workers.append(worker)
        for ready, worker in enumerate(self.workers, 1):
            worker.wait_ready()
            self.console.update(f"{ready} of {len(self.workers)} ready")
        self.console.done()

    def _music(self) -> list[str]:
        """Where composed tracks are kept: the generator writes, the gateway reads."""
        return ["--store.folder", str(self.folder / "music")]

    def _music_key(self) -> list[str]:
        """The secret of this run that signs them."""
        return ["--audio.signing-key", str(self.folder / "signing-key.pem")]

    def _start_tails(self) -> None:
        summary = ["--summary", "--json"]
        self.summary_tail = self._run(
            self._program(
                "segue-tail", summary, "summary", serves=False, on_line=self.figures.take
            )
        )
        self._run(
            self._program("segue-tail", ["--json"], "tail", serves=False, on_line=self.session.take)
        )
        # Plays before its first line would not be counted.
        wait_until(self._tail_speaks, 30, "segue-tail reads the topics")

    def _start_gateway(self) -> None:
        """The web player, for a person at this machine: --dev, on the loopback, its names for this run."""
        self.console.begin("Starting the web player")
        port = PLAYER_PORT if port_is_free(PLAYER_PORT) else free_port()
        flags = ["--dev", "--listen", f"{HOST}:{port}", "--redis.address", self.redis, *self._music()]
        key = {"SEGUE_GATEWAY_PSEUDONYM_KEY_FILE": str(self.pseudonym_key)}
        gateway = self._program("segue-gateway", flags, env=key)
        self.stack.callback(gateway.stop)
        gateway.spawn()
        self.running.append(gateway)
        gateway.wait_ready()
        self.player = f"http://{HOST}:{port}/"
        running.note(
            self.folder,
            gateway=self.player.rstrip("/"),
            brokers=self.brokers,
            redis=self.redis,
            pseudonym_key=str(self.pseudonym_key),
            programs=str(self.binaries.resolve()),
        )
        self.console.done(f'{self.player}   (for a shell: eval "$(deploy/quickstart --env)")')

    def _start_watching(self) -> None:
        """Prometheus with boards and rules. Segue runs as well without, and goes on should it end."""
        self.console.begin("Starting Prometheus")
        programs = {p.name: p for p in self.running if isinstance(p, Program) and p.port}
        try:
            exporter = self.stack.enter_context(RedisExporter(self.folder, self.redis))
            targets = self.targets | {name: target_of(program) for name, program in programs.items()}
            targets["redis"] = ("redis", exporter.address)
            prometheus = Prometheus(self.folder, targets, port_wished=PROMETHEUS_PORT)
            self.stack.enter_context(prometheus)
        except ServerError as error:
            self.console.fail()
            self.console.warn(f"Nothing watches this Segue: {error}")
            return
        self.console.done(f"{prometheus.board('overview')}   (six boards, alerts)")

    def _tail_speaks(self) -> bool:
        self.check()
        return self.figures.lines > 0

    def _program(self, program: str, flags: list[str], name: str = "", **more) -> Program:
        return Program(
            self.binaries / program, [*flags, *self.flags], self.folder, name=name, **more
        )

    def _replay_flags(self) -> list[str]:
        options, flags = self.options, []
        rate = options.rate
        if self.listens:
            flags += ["--listens", str(self.listens.path), "--format", self.listens.kind.key]
            if self.catalogue:
                flags += ["--catalogue", str(self.catalogue)]
            if not rate and options.for_s:
                rate = math.ceil(_lines_of(self.listens.path) / (options.for_s * PLANNED_SHARE))
        else:
            flags += ["--days-ago", str(DAYS_AGO)]
        if options.for_s:
            flags += ["--for-s", str(math.ceil(options.for_s))]
        return [*flags, "--rate", str(rate or SIMULATED_RATE)]

    def check(self, ended: Process | None = None) -> None:
        """ServerError if something that should run does not; the replay may have `ended` well."""
        for process in self.running:
            if process is ended and process.returncode == 0:
                continue
            process.check()

    def read_lag(self) -> None:
        # Each worker watches all partitions of its topic: the recommenders say the same.
        by_topic = [
            [worker.metric("segue_worker_lag_events", topic=topic) for worker in self.workers]
            for topic in (EVENTS, ITEM_SIGNALS)
        ]
        worst = [max((lag for lag in lags if lag is not None), default=None) for lags in by_topic]
        if None in worst:  # where no worker answers what was known stands
            return
        late_s = [worker.greatest("segue_worker_lag_seconds", topic=EVENTS) for worker in self.workers]
        oldest_s = max((each for each in late_s if each is not None), default=0)
        falls_behind = self.figures.take_lag(int(sum(worst)), oldest_s)
        if falls_behind and not self.console.live:  # a terminal shows it in its picture
            self.console.warn(self.figures.behind)

    @property
    def title(self) -> str:
        redis = "a Redis that ran already" if self.options.redis else "Redis"
        return f"{self.label} · {redis} · {RECOMMENDERS} recommenders, 1 trainer, 1 generator"


def _lines_of(listens: Path) -> int:
    """Rows of a recorded file, plain or gzip, which its first bytes show."""
    with listens.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with gzip.open(listens) if packed else listens.open("rb") as text:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: text.read(1 << 20), b""))
