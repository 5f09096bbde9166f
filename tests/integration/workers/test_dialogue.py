"""Faults are done at named points of the protocol: requests and answers must be kept apart exactly."""

import struct

import pytest
from dialogue import KafkaDialogue, RedisDialogue, is_produce

PRODUCE, FETCH = 0, 1


def kafka_request(kind: int, number: int, body: bytes) -> bytes:
    return struct.pack(">ihhi", 8 + len(body), kind, 9, number) + body


def kafka_answer(number: int, body: bytes) -> bytes:
    return struct.pack(">ii", 4 + len(body), number) + body


def fed(listen, data: bytes, size: int) -> list:
    heard = []
    for begin in range(0, len(data), size):
        heard += listen(data[begin : begin + size])
    return heard


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_kafka_dialogue_is_parsed_however_it_is_cut(size):
    dialogue = KafkaDialogue()
    first, second = kafka_request(FETCH, 7, b"events"), kafka_request(PRODUCE, 8, b"lists" * 20)
    assert fed(dialogue.asked, first + second, size) == [(7, first), (8, second)]
    assert not is_produce(first) and is_produce(second)
    # A broker may be asked for more before it has answered.
    assert fed(dialogue.answered, kafka_answer(7, b"x" * 50) + kafka_answer(8, b""), size) == [7, 8]


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_redis_requests_are_words_and_answered_in_order(size):
    dialogue = RedisDialogue()
    words = [b"FCALL", b"sg_apply", b"1", b"k", b"FCALL sg_unmark\r\n$3\r\n"]
    request = b"*5\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)
    ping = b"*1\r\n$4\r\nPING\r\n"
    assert fed(dialogue.asked, request + ping, size) == [(0, words), (1, [b"PING"])]
    answers = b"*2\r\n$2\r\nok\r\n*1\r\n:4\r\n" + b"-ERR not so\r\n" + b"$-1\r\n"
    assert fed(dialogue.answered, answers, size) == [0, 1, 2]


def test_an_answer_that_is_not_whole_does_not_count():
    dialogue = RedisDialogue()
    dialogue.asked(b"*1\r\n$4\r\nPING\r\n")
    assert dialogue.answered(b"+PON") == []
    assert dialogue.answered(b"G\r\n") == [0]
