"""Kafka's protocol by hand: record batches that no client library would write.

A batch is made with `batch`, spoiled or not, and written with `produce`; what a broker refuses, a
test writes into the broker's own file with `spoil_last_batch`.
"""

from __future__ import annotations

import gzip
import socket
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

WITHIN_S = 30
PRODUCE, VERSION = 0, 7  # the first version that takes zstd
NO_LEADER_YET = (3, 5, 6)  # of a topic that was just created
NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
BATCH_HEAD_BYTES = 61
CRC_AT = 17  # offset, length, leader epoch and magic stand before it

_CASTAGNOLI = 0x82F63B78


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (_CASTAGNOLI if byte & 1 else 0)
        table.append(byte)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    code = 0xFFFFFFFF
    for byte in data:
        code = (code >> 8) ^ _CRC_TABLE[(code ^ byte) & 0xFF]
    return code ^ 0xFFFFFFFF


def varint(number: int) -> bytes:
    """Zig-zag, as records have it."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _sized(data: bytes | None) -> bytes:
    return varint(-1) if data is None else varint(len(data)) + data


@dataclass
class Raw:
    """A record of a batch."""

    key: bytes | None = None
    value: bytes | None = b""
    headers: list[tuple[bytes, bytes | None]] | None = None
    timestamp_delta: int = 0

    def encode(self, offset_delta: int) -> bytes:
        body = b"\x00" + varint(self.timestamp_delta) + varint(offset_delta)
        body += _sized(self.key) + _sized(self.value) + varint(len(self.headers or []))
        for name, value in self.headers or []:
            body += _sized(name) + _sized(value)
        return varint(len(body)) + body


def records(*raw: Raw) -> bytes:
    return b"".join(record.encode(delta) for delta, record in enumerate(raw))


def batch(
    payload: bytes,
    count: int,
    *,
    attributes: int = NONE,
    timestamp_ms: int | None = None,
    spoil_crc: bool = False,
    magic: int = 2,
) -> bytes:
    """A record batch around `payload`, which is compressed already if `attributes` say so."""
    at = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
    tail = struct.pack(">hiqqqhii", attributes, count - 1, at, at, -1, -1, -1, count) + payload
    crc = crc32c(tail) ^ (1 if spoil_crc else 0)
    return struct.pack(">qiibI", 0, len(tail) + 9, -1, magic, crc) + tail


def zstd_of_zeros(before: bytes, zeros: int, after: bytes) -> bytes:
    """A zstd frame of raw bytes, so many zeros at three bytes for each 128 KiB, and raw bytes."""
    block = 128 * 1024
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 7 << 3)  # no size, no checksum; a window of 128 KiB

    def head(size: int, kind: int, last: int = 0) -> bytes:
        return struct.pack("<I", size << 3 | kind << 1 | last)[:3]

    frame += head(len(before), 0) + before
    while zeros > 0:
        frame += head(min(zeros, block), 1) + b"\x00"
        zeros -= block
    return frame + head(len(after), 0, last=1) + after


def zstd_bomb(zeros: int) -> bytes:
    """A batch of one record whose value is so many zeros: some 9 KB for 300 MB."""
    tail = b"\x00"  # no headers
    fixed = b"\x00" + varint(0) + varint(0) + _sized(b"k") + varint(zeros)
    head = varint(len(fixed) + zeros + len(tail)) + fixed
    return batch(zstd_of_zeros(head, zeros, tail), 1, attributes=ZSTD)


def gzip_in_two(payload: bytes) -> bytes:
    """Two gzip members one after the other: what a broker reads to its end and others do not."""
    half = len(payload) // 2
    return gzip.compress(payload[:half]) + gzip.compress(payload[half:])


def gzip_bomb(zeros: int) -> bytes:
    """A batch of one record whose value is so many zeros."""
    tail = b"\x00"
    fixed = b"\x00" + varint(0) + varint(0) + _sized(b"k") + varint(zeros)
    head = varint(len(fixed) + zeros + len(tail)) + fixed
    zipped = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [zipped.compress(head)]
    block = bytes(1 << 20)
    for first in range(0, zeros, len(block)):
        parts.append(zipped.compress(block[: zeros - first]))
    parts += [zipped.compress(tail), zipped.flush()]
    return batch(b"".join(parts), 1, attributes=GZIP)


def produce(address: str, topic: str, partition: int, record_batch: bytes) -> int:
    """Writes it as it is; waits for a leader. Returns Kafka's error code: 0 if it was taken."""
    deadline = time.monotonic() + WITHIN_S
    while (error := _produce(address, topic, partition, record_batch)) in NO_LEADER_YET:
        assert time.monotonic() < deadline, f"{topic}/{partition} has no leader"
    return error


def _produce(address: str, topic: str, partition: int, record_batch: bytes) -> int:
    name = topic.encode()
    body = struct.pack(">hhi", -1, -1, WITHIN_S * 1000)  # no transaction, acks=all
    body += struct.pack(">ih", 1, len(name)) + name
    body += struct.pack(">iii", 1, partition, len(record_batch)) + record_batch
    head = struct.pack(">hhih", PRODUCE, VERSION, 1, -1)
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=WITHIN_S) as connection:
        connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        (size,) = struct.unpack(">i", _read(connection, 4))
        answer = _read(connection, size)
    # Correlation, one topic and its name, one partition; then the error.
    (error,) = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(name) + 4 + 4)
    return error


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        assert part, "the broker hung up"
        data += part
    return data


def log_file(kafka, topic: str, partition: int) -> Path:
    """The newest segment of a partition in the broker's folder."""
    folder = kafka.folder / f"data-{kafka.port}" / f"{topic}-{partition}"
    return sorted(folder.glob("*.log"))[-1]


def batches_in(segment: Path) -> list[tuple[int, int, int]]:
    """Position, bytes and first offset of each batch of a segment."""
    data = segment.read_bytes()
    found, at = [], 0
    while at + 12 <= len(data):
        offset, length = struct.unpack_from(">qi", data, at)
        if length <= 0:
            break
        found.append((at, length + 12, offset))
        at += length + 12
    return found


def overwrite(segment: Path, position: int, data: bytes) -> None:
    """Under the running broker, which reads the file again for each consumer."""
    with segment.open("r+b") as file:
        file.seek(position)
        file.write(data)


def spoil_last_batch(kafka, topic: str, partition: int, at: int = BATCH_HEAD_BYTES) -> int:
    """Turns a byte of the newest batch around, as a broken disk would; returns its first offset."""
    segment = log_file(kafka, topic, partition)
    position, _, offset = batches_in(segment)[-1]
    byte = segment.read_bytes()[position + at]
    overwrite(segment, position + at, bytes([byte ^ 0xFF]))
    return offset
