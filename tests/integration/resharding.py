"""A Segue under a prefix, and what stands in it, read from the documented formats alone."""

from __future__ import annotations

import collections
import json
import re
import subprocess
from pathlib import Path

import confluent_kafka
import confluent_kafka.admin
import wire
from servers import REPOSITORY, Program, wait_until

INPUTS = (wire.EVENTS, wire.ITEM_SIGNALS, wire.GENERATION_JOBS)
SOON = ["--kafka.session_timeout_ms", "1500"]
BY_LISTENER = ("events", "recommendations", "generation-results", "generation-decisions")
WITHIN_S = 120


def topics_file(folder: Path, listeners: int, items: int, jobs: int) -> Path:
    """deploy/topics.toml with other numbers of partitions."""
    text = (REPOSITORY / "deploy" / "topics.toml").read_text()
    counts = {f"segue.{name}.v1": listeners for name in BY_LISTENER}
    counts |= {"segue.item-signals.v1": items, "segue.item-models.v1": items, wire.GENERATION_JOBS: jobs}
    for topic, count in counts.items():
        text, changed = re.subn(rf'(\[topics."{topic}"\]\npartitions = )\d+', rf"\g<1>{count}", text)
        assert changed == 1, topic
    file = folder / f"topics-{listeners}.toml"
    file.write_text(text)
    return file


class Place:
    """Where a Segue stands: the prefix of its topics and keys, and the first offset of its logs."""

    def __init__(self, pipeline, prefix: str = "", begins_at: int = 0) -> None:
        self.pipeline = pipeline
        self.prefix = prefix
        self.begins_at = begins_at
        self.store = wire.connect(pipeline.redis.address)
        self.workers: list[Program] = []

    @property
    def flags(self) -> list[str]:
        named = ["--kafka.prefix", self.prefix, "--redis.prefix", self.prefix] if self.prefix else []
        return [*self.pipeline.flags, *named, "--kafka.begins_at", str(self.begins_at)]

    def worker(self, program: str, *more: str) -> Program:
        argv = [*self.flags, *SOON, *more]
        made = Program(self.pipeline.binaries / program, argv, self.pipeline.folder, name=f"{self.prefix}{program}")
        self.pipeline.programs.append(made)
        self.workers.append(made)
        made.spawn()
        return made

    def start_workers(self) -> "Place":
        for program in ("segue-trainer", "segue-recommender"):
            self.worker(program).wait_ready()
        return self

    def stop_workers(self) -> None:
        for worker in self.workers:
            worker.stop()
            self.pipeline.programs.remove(worker)
        self.workers.clear()

    def produce(self, *events) -> None:
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.pipeline.kafka.address, "partitioner": "murmur2_random"}
        )
        for event in events:
            topic = self.prefix + wire.EVENTS
            producer.produce(topic, key=event.key, value=event.value, headers=event.headers)
        assert producer.flush(30) == 0

    def next_of(self, topic: str, partition: int) -> int:
        stored = self.store.hget(f"{self.prefix}sg:{{{topic}/{partition}}}:ckpt", "next")
        return -1 if stored is None else int(stored)

    def wait_drained(self) -> None:
        def at_end(topic: str) -> bool:
            for worker in self.workers:
                worker.check()
            ends = wire.high_watermarks(self.pipeline.kafka.address, self.prefix + topic)
            stands = {p: self.next_of(topic, p) for p in ends}
            return all(end == 0 or stands[p] == self.begins_at + end for p, end in ends.items())

        for topic in INPUTS[:2]:
            wait_until(lambda topic=topic: at_end(topic), WITHIN_S, f"the workers read {topic}")

    def keys(self) -> dict[str, bytes]:
        """Everything under the prefix, hashes as text."""
        names = sorted(self.store.scan_iter(match=f"{self.prefix}sg:*", count=1_000))
        hashed = {n.decode() for n in names if n.endswith((b":ckpt", b"meta"))}
        plain = [n for n in names if n.decode() not in hashed]
        found = dict(zip([n.decode() for n in plain], self.store.mget(plain) if plain else []))
        found |= {name: repr(sorted(self.store.hgetall(name).items())).encode() for name in hashed}
        return {name.removeprefix(self.prefix): value for name, value in found.items()}

    def state(self) -> dict[str, bytes]:
        """By kind and id, whichever partition holds it."""
        found: dict[str, bytes] = {}
        for key, value in self.keys().items():
            of_one = re.match(r"sg:\{segue\.[\w.-]+/\d+\}:([urij]:.+)", key)
            if of_one:
                assert of_one[1] not in found, "two partitions hold the same"
                found[of_one[1]] = value
        return found

    def partitions_used(self, topic: str) -> set[int]:
        pattern = re.compile(rf"sg:\{{{re.escape(topic)}/(\d+)\}}:[urij]:")
        return {int(m[1]) for key in self.keys() if (m := pattern.match(key))}

    def events_counted(self) -> dict[str, int]:
        """By listener."""
        state = self.state().items()
        return {k[2:]: wire.listener_counts(v).events for k, v in state if k.startswith("u:")}

    def plays_counted(self) -> dict[str, int]:
        """By track."""
        read = [wire.item_counts(v) for k, v in self.state().items() if k.startswith("i:")]
        return {name: counts.plays for kind, name, counts in read if kind == "track"}

    def latest(self, topic: str) -> dict[bytes, bytes]:
        """A compacted topic as its reader holds it."""
        held: dict[bytes, bytes | None] = {}
        for record in wire.read_topic(self.pipeline.kafka.address, self.prefix + topic):
            held[record.key] = record.value
        return {key: value for key, value in held.items() if value is not None}

    def versions(self) -> dict[str, list[int]]:
        """The versions of each listener's lists, in order."""
        found: dict[str, list[int]] = collections.defaultdict(list)
        for record in wire.read_topic(self.pipeline.kafka.address, self.prefix + wire.RECOMMENDATIONS):
            if record.value:
                found[record.key.decode()].append(json.loads(record.value)["version"])
        return found

    def topics(self) -> dict[str, int]:
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.pipeline.kafka.address})
        listed = admin.list_topics(timeout=10).topics
        return {name: len(topic.partitions) for name, topic in listed.items() if "segue." in name}

    def command(self, topics: Path, prefix: str, *more: str) -> list[str]:
        lua = REPOSITORY / "deploy" / "redis" / "segue.lua"
        return [
            f"{self.pipeline.binaries / 'segue-admin'}", "reshard", *self.flags, "--topics", f"{topics}",
            "--functions", f"{lua}", "--to-prefix", prefix, *more,
        ]  # fmt: skip

    def reshard(self, topics: Path, prefix: str, *more: str) -> subprocess.CompletedProcess:
        argv = self.command(topics, prefix, *more)
        return subprocess.run(argv, capture_output=True, text=True, timeout=300)

    def moved(self, topics: Path, prefix: str) -> "Place":
        """Where it stands after `segue-admin reshard`."""
        done = self.reshard(topics, prefix, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        summary = json.loads(done.stdout.splitlines()[-1])
        assert summary["done"] and summary["prefix"] == prefix
        return Place(self.pipeline, prefix, summary["begins_at"])


def delete_prefixed(brokers: str) -> None:
    """Topics of prefixes, which Pipeline.prepare leaves."""
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": brokers})
    names = [n for n in admin.list_topics(timeout=10).topics if ".segue." in n]
    if names:
        for deleted in admin.delete_topics(names, operation_timeout=30).values():
            deleted.result(30)
