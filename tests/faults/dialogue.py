"""The dialogue of a client and its server, cut into requests and the answers to them, however
it was cut on its way."""

from __future__ import annotations

import struct
from typing import Protocol

import hiredis

KAFKA_HEADER = struct.Struct(">ihhi")  # length of the rest, request's kind, its version, its number
KAFKA_ANSWER = struct.Struct(">ii")  # length of the rest, number of the request
PRODUCE = 0  # Kafka's name for the request that writes records


class Dialogue(Protocol):
    """One connection's requests and replies. Both are fed all that passes, in order."""

    def asked(self, data: bytes) -> list[tuple[int, object]]:
        """The requests that are whole now, each with a number."""

    def answered(self, data: bytes) -> list[int]:
        """The numbers of the requests whose answers are whole now."""


class KafkaDialogue:
    """A request is its bytes."""

    def __init__(self) -> None:
        self._requests = bytearray()
        self._answers = bytearray()

    def asked(self, data: bytes) -> list[tuple[int, bytes]]:
        whole = _frames(self._requests, data)
        return [(KAFKA_HEADER.unpack_from(frame)[3], frame) for frame in whole]

    def answered(self, data: bytes) -> list[int]:
        return [KAFKA_ANSWER.unpack_from(frame)[1] for frame in _frames(self._answers, data)]


class RedisDialogue:
    """A request is the list of its words. Redis answers in the order of the requests."""

    def __init__(self) -> None:
        self._requests = hiredis.Reader()
        self._answers = hiredis.Reader()
        self._asked = 0
        self._answered = 0

    def asked(self, data: bytes) -> list[tuple[int, list[bytes]]]:
        whole = list(enumerate(_replies(self._requests, data), start=self._asked))
        self._asked += len(whole)
        return whole

    def answered(self, data: bytes) -> list[int]:
        before = self._answered
        self._answered += len(_replies(self._answers, data))
        return list(range(before, self._answered))


def is_produce(request: bytes) -> bool:
    """Whether a Kafka request writes records."""
    return KAFKA_HEADER.unpack_from(request)[1] == PRODUCE


def _frames(held: bytearray, data: bytes) -> list[bytes]:
    held += data
    whole = []
    while len(held) >= 4:
        end = 4 + struct.unpack_from(">i", held)[0]
        if len(held) < end:
            break
        whole.append(bytes(held[:end]))
        del held[:end]
    return whole


def _replies(reader: hiredis.Reader, data: bytes) -> list:
    reader.feed(data)
    whole = []
    while (reply := reader.gets()) is not False:
        whole.append(reply)
    return whole
