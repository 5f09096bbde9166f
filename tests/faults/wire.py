"""Reads what Segue leaves in Kafka and Redis, written from the documented formats alone.

Shares no code with the workers: that is its worth to a verifier.
"""

from __future__ import annotations

import dataclasses
import struct
import time
import uuid

import confluent_kafka
import redis
from redis_cluster import ClusterStore

EVENTS = "segue.events.v1"
RECOMMENDATIONS = "segue.recommendations.v1"
ITEM_SIGNALS = "segue.item-signals.v1"
GENERATION_JOBS = "segue.generation-jobs.v1"
GENERATION_DECISIONS = "segue.generation-decisions.v1"
DEAD_LETTERS = "segue.dlq.v1"


@dataclasses.dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


def _consumer(brokers: str) -> confluent_kafka.Consumer:
    return confluent_kafka.Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": f"verifier-{uuid.uuid4()}",  # required, never joined
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )


def high_watermarks(brokers: str, topic: str) -> dict[int, int]:
    """The offset after the last record, by partition."""
    return {partition: marks[1] for partition, marks in _watermarks(brokers, topic).items()}


def low_watermarks(brokers: str, topic: str) -> dict[int, int]:
    """The offset of the first record still there, by partition."""
    return {partition: marks[0] for partition, marks in _watermarks(brokers, topic).items()}


def _watermarks(brokers: str, topic: str) -> dict[int, tuple[int, int]]:
    consumer = _consumer(brokers)
    try:
        partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
        return {
            number: consumer.get_watermark_offsets(
                confluent_kafka.TopicPartition(topic, number), timeout=30
            )
            for number in partitions
        }
    finally:
        consumer.close()


def read_topic(
    brokers: str, topic: str, within_s: float = 60, after: dict[int, int] | None = None
) -> list[Record]:
    """Everything in the topic, in offset order within a partition; `after` says where to begin in
    some partitions."""
    starts = after or {}
    marks = high_watermarks(brokers, topic)
    ends = {p: end for p, end in marks.items() if end > starts.get(p, 0)}
    records: list[Record] = []
    consumer = _consumer(brokers)
    try:
        consumer.assign(
            [confluent_kafka.TopicPartition(topic, p, starts.get(p, 0)) for p in ends]
        )
        deadline = time.monotonic() + within_s
        open_partitions = set(ends)
        while open_partitions:
            assert time.monotonic() < deadline, f"{topic} cannot be read to its end"
            for message in consumer.consume(1_000, timeout=1):
                if message.error() is None:
                    records.append(_record(message))
                elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
                else:
                    raise confluent_kafka.KafkaException(message.error())
    finally:
        consumer.close()
    return records


def _record(message: confluent_kafka.Message) -> Record:
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
        dict(message.headers() or []),
    )


def connect(address: str, timeout_s: float = 30) -> redis.Redis | ClusterStore:
    """Addresses separated by commas are a cluster's."""
    if "," in address:
        return ClusterStore(address)
    host, _, port = address.rpartition(":")
    return redis.Redis(host=host, port=int(port), socket_timeout=timeout_s)


def checkpoint(store: redis.Redis, topic: str, partition: int) -> int:
    """The first offset that is not in the state yet; -1 before the first run."""
    stored = store.hget(f"sg:{{{topic}/{partition}}}:ckpt", "next")
    return -1 if stored is None else int(stored)


def checkpoints(store: redis.Redis | ClusterStore, places: list[tuple[str, int]]) -> list[bytes | None]:
    """As stored, in one go."""
    keys = [f"sg:{{{topic}/{partition}}}:ckpt" for topic, partition in places]
    if isinstance(store, ClusterStore):
        return store.fields(keys, "next")
    pipe = store.pipeline(transaction=False)
    for key in keys:
        pipe.hget(key, "next")
    return pipe.execute(raise_on_error=True)


def state_keys(store: redis.Redis, topic: str, kind: str) -> dict[tuple[int, str], bytes]:
    """Blobs of one kind ("u", "r", "i": see schemas/blobs.md) by partition and id."""
    prefix = f"sg:{{{topic}/"
    keys = list(store.scan_iter(match=f"{prefix}*}}:{kind}:*", count=1_000))
    found: dict[tuple[int, str], bytes] = {}
    for first in range(0, len(keys), 1_000):
        chunk = keys[first : first + 1_000]
        for key, value in zip(chunk, store.mget(chunk)):
            partition, _, name = key.decode().removeprefix(prefix).partition(f"}}:{kind}:")
            found[int(partition), name] = value
    return found


class Blob:
    """A cursor over a stored value: little-endian numbers, LEB128 counts."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def u8(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def u64(self) -> int:
        self._at += 8
        return struct.unpack_from("<Q", self._data, self._at - 8)[0]

    @property
    def at(self) -> int:
        return self._at

    def skip(self, size: int) -> None:
        self._at += size

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def svarint(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def text(self) -> str:
        size = self.varint()
        self._at += size
        return self._data[self._at - size : self._at].decode()


@dataclasses.dataclass(frozen=True)
class ListenerCounts:
    last_offset: int
    events: int
    listens: int


@dataclasses.dataclass(frozen=True)
class ItemCounts:
    signals: int
    plays: int
    skips: int


def listener_counts(blob: bytes) -> ListenerCounts:
    read = Blob(blob)
    assert read.u8() in (1, 2, 3, 4, 5), "listener blob is not version 1 to 5"
    return ListenerCounts(read.svarint(), read.varint(), read.varint())


def listener_head(blob: bytes) -> bytes:
    """The part that follows from the log alone: offset, counts, time and windows against retries."""
    read = Blob(blob)
    assert read.u8() == 5, "listener blob is not version 5"
    read.svarint(), read.varint(), read.varint(), read.svarint(), read.svarint()
    for _ in range(read.varint()):
        read.u64()
        read.varint(), read.varint(), read.varint(), read.svarint(), read.svarint()
    return blob[: read.at]


def snapshot_version(blob: bytes) -> int:
    """The offset of the event behind the list that a player is given when it connects."""
    read = Blob(blob)
    assert read.u8() in (2, 3, 4), "snapshot is not version 2 to 4"
    read.text()  # rec_id
    return read.svarint()


def item_counts(blob: bytes) -> tuple[str, str, ItemCounts]:
    """Its kind ("track" or "artist"), its wire id, and its counts."""
    read = Blob(blob)
    assert read.u8() in (1, 2, 3, 4, 5, 6), "item blob is not version 1 to 6"
    signals, skips = read.varint(), read.varint()
    read.u64()  # its hash, which the key repeats
    kind = ("track", "artist")[read.u8()]
    name = read.text()
    read.u64()  # its artist's hash
    return kind, name, ItemCounts(signals, read.varint(), skips)


def signals_of(blob: bytes | None) -> tuple[int, int] | None:
    """The partition whose events the record carries, and the offset after the last of them; None
    where it is no batch of signals, which a trainer sets aside."""
    read = Blob(blob or b"")
    try:
        if read.u8() not in (1, 2, 3, 4, 5, 6):
            return None
        read.text()  # the input topic
        partition, first = read.varint(), read.varint()
        return partition, first + read.varint()
    except (IndexError, UnicodeDecodeError):
        return None
