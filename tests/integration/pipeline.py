"""Segue's programs on the session's Kafka and Redis, for one test."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import confluent_kafka
import confluent_kafka.admin
import wire
from servers import Kafka, Program, Redis, initialise, wait_until

DRAINED_WITHIN_S = 90


class Pipeline:
    """Owns the topics and the Redis state while it is entered; programs are stopped at its end."""

    def __init__(self, binaries: Path, folder: Path, kafka: Kafka, redis: Redis) -> None:
        self.binaries = binaries
        self.folder = folder
        self.kafka = kafka
        self.redis = redis
        self.programs: list[Program] = []
        # Whether their partitions or settings are no longer those that they are made with.
        self.topics_changed = False

    def __enter__(self) -> "Pipeline":
        try:
            return self.prepare()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def prepare(self) -> "Pipeline":
        """Empty topics and an empty Redis, made ready by `segue-admin init`."""
        wire.connect(self.redis.address).flushall()
        if not topics_are_unused(self.kafka):
            delete_topics(self.kafka.address)
        self.initialise()
        return self

    def initialise(self) -> None:
        initialise(self.binaries, self.kafka.address, self.redis.address, self.folder)

    @property
    def flags(self) -> list[str]:
        return ["--kafka.brokers", self.kafka.address, "--redis.address", self.redis.address]

    def worker(self, program: str, *more: str, name: str = "") -> Program:
        """A segue-recommender or segue-trainer that is ready."""
        worker = self.worker_that_starts(program, *more, name=name)
        worker.wait_ready()
        return worker

    def worker_that_starts(self, program: str, *more: str, name: str = "") -> Program:
        """The same as soon as it runs."""
        worker = Program(
            self.binaries / program, [*self.flags, *more], self.folder, name=name or program
        )
        self.programs.append(worker)
        worker.spawn()
        return worker

    def replay(self, *flags: str) -> Program:
        """A running replay; wait for it with `wait`."""
        brokers = ["--kafka.brokers", self.kafka.address]
        replay = Program(self.binaries / "segue-replay", [*brokers, *flags], self.folder)
        self.programs.append(replay)
        replay.spawn()
        return replay

    def wait_drained(self) -> None:
        """Until the state stands at the end of the events, then at the end of the signals."""
        for topic in (wire.EVENTS, wire.ITEM_SIGNALS):
            self.wait_drained_of(topic)

    def wait_drained_of(self, topic: str) -> None:
        wait_until(lambda: self._at_end(topic), DRAINED_WITHIN_S, f"the workers read {topic}")

    def _at_end(self, topic: str) -> bool:
        for program in self.programs:
            if program.binary.name != "segue-replay":
                program.check()
        store = wire.connect(self.redis.address)
        ends = wire.high_watermarks(self.kafka.address, topic)
        return all(end in (0, wire.checkpoint(store, topic, p)) for p, end in ends.items())

    def progress(self, topic: str) -> int:
        """How many records of the topic are in the state."""
        store = wire.connect(self.redis.address)
        ends = wire.high_watermarks(self.kafka.address, topic)
        return sum(max(0, wire.checkpoint(store, topic, p)) for p in ends)

    def produce(self, *records: "Given") -> list[tuple[int, int]]:
        """Writes them to the events topic; returns partition and offset of each."""
        places: dict[int, tuple[int, int]] = {}

        def on_delivery(index: int):
            def reported(error, message) -> None:
                assert error is None, error
                places[index] = (message.partition(), message.offset())

            return reported

        producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": self.kafka.address,
                "partitioner": "murmur2_random",
                "message.max.bytes": 2_000_000,  # the broker's limit is what counts
            }
        )
        for index, record in enumerate(records):
            producer.produce(
                wire.EVENTS,
                key=record.key,
                value=record.value,
                headers=record.headers,
                on_delivery=on_delivery(index),
            )
        assert producer.flush(30) == 0
        return [places[index] for index in range(len(records))]

    def read(self, topic: str) -> list[wire.Record]:
        return wire.read_topic(self.kafka.address, topic)

    def stop(self) -> None:
        for program in reversed(self.programs):
            program.stop()
        if self.topics_changed:
            delete_topics(self.kafka.address)


class Given:
    """An event as an app would send it; any part of it may be replaced by something wrong."""

    def __init__(
        self, kind: str, listener: str, session: str, seq: int, track: str, **more: object
    ) -> None:
        self.key: bytes | None = listener.encode()
        data = {
            "user_id": listener,
            "session_id": session,
            "seq": seq,
            "track_id": track,
            "artist_id": f"artist of {track}",
            "play_id": f"{session}-{track}-{seq}",
            "time": f"2026-01-02T03:{seq // 60:02}:{seq % 60:02}Z",
        }
        self.value: bytes | None = json.dumps(data | more).encode()
        self.headers = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_source": "/tests",
            "ce_type": f"segue.{kind}.v1",
        }


def listened(listener: str, session: str, seq: int, track: str) -> Given:
    """A track heard to its end."""
    return Given("playback.completed", listener, session, seq, track, played_fraction=1.0)


def topics_are_unused(kafka: Kafka) -> bool:
    """Whether no record was ever written to any, as the broker's files say: then they are as good as new."""
    data = kafka.folder / f"data-{kafka.port}"
    folders = [each for each in data.iterdir() if each.name.startswith("segue.") and not each.name.endswith("-delete")]
    try:
        return all((folder / "00000000000000000000.log").stat().st_size == 0 for folder in folders)
    except FileNotFoundError:  # it is being deleted, or begins later
        return False


def delete_topics(brokers: str) -> None:
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": brokers})

    def ours() -> list[str]:
        return [name for name in admin.list_topics(timeout=10).topics if name.startswith("segue.")]

    if names := ours():
        for deleted in admin.delete_topics(names, operation_timeout=30).values():
            deleted.result(30)
    wait_until(lambda: not ours(), 30, "the topics are deleted")
