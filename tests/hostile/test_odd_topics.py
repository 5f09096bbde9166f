"""Records on every topic that no program of Segue's would write: nothing stops, and good ones count."""

import random

import confluent_kafka
import pytest
import wire
from composed import RESULTS, a_job
from jobs import Generators
from players import Gateway, Player, tell_catalogue

SEED = 20261129
ALL = [
    wire.EVENTS, wire.ITEM_SIGNALS, "segue.item-models.v1", "segue.lessons.v1", "segue.catalog.v1",
    wire.RECOMMENDATIONS, wire.GENERATION_JOBS, wire.GENERATION_DECISIONS, RESULTS, wire.DEAD_LETTERS,
]
DEEP = b"[" * 5_000 + b"]" * 5_000
VALUES = [None, b"", b"{}", b"[]", b"null", b"{", DEEP, b'{"track_id":7}', b"\xff" * 100, bytes(100), b"x" * 500_000]
VALUES += [bytes([version]) + bytes(200) for version in range(12)]
VALUES += [bytes([version]) + b"\xff" * 200 for version in range(12)]
KEYS = [None, b"", b"\xff\xfe", b"0123456789abcdef", b"ada", b"k" * 5_000]


def spoiled(good: bytes, dice: random.Random) -> bytes:
    """A good value, cut off, with bytes turned around or one part twice."""
    kind, at = dice.randrange(3), dice.randrange(len(good) + 1)
    if kind == 0:
        return good[:at]
    if kind == 1:
        return good[:at] + good[max(0, at - dice.randrange(40)):]
    changed = bytearray(good)
    for _ in range(dice.randrange(1, 5)):
        changed[dice.randrange(len(good))] = dice.randrange(256)
    return bytes(changed)


def odd_records(pipeline, topic: str, dice: random.Random):
    for key in KEYS:
        yield from ((key, value, []) for value in VALUES)
    good = [record for record in pipeline.read(topic) if record.value]
    for record in good[:40]:
        headers = list(record.headers.items())
        for _ in range(10):
            yield record.key, spoiled(record.value, dice), headers
        yield record.key, record.value, [(name, b"\xff") for name, _ in headers]
        yield record.key, record.value, []
        yield b"another", record.value, headers


def put_odd_records(pipeline, dice: random.Random) -> int:
    producer = confluent_kafka.Producer({"bootstrap.servers": pipeline.kafka.address, "message.max.bytes": 2_000_000})
    count = 0
    for topic in ALL:
        partitions = len(wire.high_watermarks(pipeline.kafka.address, topic))
        for key, value, headers in list(odd_records(pipeline, topic, dice)):
            producer.produce(topic, key=key, value=value, headers=headers, partition=dice.randrange(partitions))
            producer.poll(0)
            count += 1
    assert producer.flush(60) == 0
    return count


@pytest.fixture
def gateway(pipeline):
    """All programs, with a little of everything on each topic."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    generators = Generators(pipeline)
    generators.start()
    gateway = Gateway(pipeline).start()
    for name in ("ada", "bob", "cleo"):
        player = Player(gateway, name)
        own = player.heard("own-" + name, title="Own", artist="Own")
        player.post(*[player.heard(f"t-{n}") for n in range(6)], own)
    ended = a_job()
    generators.ask(ended)
    generators.end_of(ended)
    pipeline.wait_drained()
    return gateway


def check_all_go_on(gateway, pipeline, name):
    player = Player(gateway, name)
    with player.connect() as stream:
        caused = player.post(player.heard("t-1"), player.heard("t-2")).json["version"]
        assert stream.wait_for_list(caused)["items"]
    pipeline.wait_drained()
    for program in pipeline.programs:
        program.check()
        assert program.get("/readyz") is not None, program.get("/readyz?verbose", any_status=True)


def test_records_that_no_program_writes_stop_nothing(gateway, pipeline):
    print(f"seed {SEED}")

    assert put_odd_records(pipeline, random.Random(SEED)) > 1_000

    pipeline.wait_drained()
    check_all_go_on(gateway, pipeline, "dora")
    for program in pipeline.programs:
        program.stop()
        program.start()
    check_all_go_on(gateway, pipeline, "emil")
