"""segue-admin dead-letters on a real Kafka: they are listed, shown, chosen and put back."""

import json
import subprocess

import confluent_kafka
import pytest
import wire
from pipeline import Given, listened


def admin(pipeline, *words, code=0):
    done = subprocess.run(
        [pipeline.binaries / "segue-admin", *words, "--kafka.brokers", pipeline.kafka.address],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def letters(pipeline, *words):
    return [json.loads(line) for line in admin(pipeline, *words).stdout.splitlines()]


@pytest.fixture
def refused(pipeline):
    """A pipeline with three dead letters: one too old, two that cannot be read."""
    pipeline.worker("segue-recommender")
    broken = listened("ada", "s", 1, "t")
    broken.value = b'{"user_id": "ada", '
    binary = listened("bob", "s", 1, "t")
    binary.value = b"\xff\x00"
    pipeline.produce(
        broken, binary, listened("eve", "s", 500, "t"), listened("eve", "s", 1, "u")
    )
    pipeline.wait_drained_of(wire.EVENTS)
    return pipeline


def test_dead_letters_are_listed_with_reason_but_no_listener(refused):
    listed = letters(refused, "dead-letters")

    assert sorted(one["reason"] for one in listed) == ["malformed", "malformed", "too_old"]
    assert {one["topic"] for one in listed} == {wire.EVENTS}
    assert all(one["detail"] and one["time"] for one in listed)
    assert "ada" not in json.dumps(listed)


def test_filters_narrow_them_down(refused):
    (old,) = letters(refused, "dead-letters", "--reason", "too_old")
    place = f"{old['topic']}/{old['partition']}/{old['offset']}"

    assert letters(refused, "dead-letters", "--original", place) == [old]
    assert letters(refused, "dead-letters", "--until", "2020-01-01T00:00:00Z") == []
    assert len(letters(refused, "dead-letters", "--since", "2020-01-01T00:00:00Z")) == 3
    assert letters(refused, "dead-letters", "--from-topic", wire.ITEM_SIGNALS) == []
    assert len(letters(refused, "dead-letters", "--letters-max", "2")) == 2
    wrong = admin(refused, "dead-letters", "--original", "somewhere", code=2)
    assert "TOPIC/PARTITION/OFFSET" in wrong.stderr


def test_show_has_every_byte(refused):
    shown = {one.get("key"): one for one in letters(refused, "dead-letters", "show")}

    assert shown["ada"]["value"] == '{"user_id": "ada", '
    assert shown["bob"]["value_hex"] == "ff00"
    assert {"name": "ce_type", "value": "segue.playback.completed.v1"} in shown["ada"]["headers"]


def test_replay_puts_the_original_back_and_says_where_from(refused):
    refused.wait_drained_of(wire.EVENTS)
    before = len(refused.read(wire.EVENTS))

    summary = json.loads(admin(refused, "dead-letters", "replay", "--reason", "too_old").stdout)

    assert summary == {"letters": 1, "put_back": 1, "failed": 0, "from_elsewhere": 0, "not_whole": 0}
    after = refused.read(wire.EVENTS)
    assert len(after) == before + 1
    (back,) = [r for r in after if "segue_put_back_from" in r.headers]
    original = [r for r in after if r.key == b"eve" and b'"seq": 1,' in r.value][0]
    assert (back.key, back.value, back.partition) == (
        original.key,
        original.value,
        original.partition,
    )
    assert back.headers["segue_put_back_from"].startswith(b"segue.dlq.v1/")
    assert not [name for name in back.headers if name.startswith("segue_dlq_")]
    # It is as old as before: a new dead letter, which says that it had been put back.
    refused.wait_drained_of(wire.EVENTS)
    again = letters(refused, "dead-letters", "--reason", "too_old")
    assert [bool(one.get("put_back_from")) for one in again] == [False, True]


def test_what_was_mended_meanwhile_counts_once_it_is_put_back(refused):
    """As after an upgrade that reads what its predecessor could not: here the letter is by hand."""
    event = Given("playback.completed", "gus", "s", 1, "t")
    producer = confluent_kafka.Producer({"bootstrap.servers": refused.kafka.address})
    where = {"topic": wire.EVENTS, "partition": "0", "offset": "0"}
    headers = event.headers | {f"segue_dlq_original_{k}": v for k, v in where.items()}
    why = {"reason": "quarantined", "detail": "it crashed", "stage": "step", "attempts": "6"}
    headers |= {f"segue_dlq_{k}": v for k, v in why.items()}
    for _ in range(2):  # dead letters are published at least once
        producer.produce(wire.DEAD_LETTERS, key=event.key, value=event.value, headers=headers)
    assert producer.flush(30) == 0

    ran = admin(refused, "dead-letters", "replay", "--reason", "quarantined")

    assert json.loads(ran.stdout)["put_back"] == 1
    refused.wait_drained_of(wire.EVENTS)
    blobs = wire.state_keys(wire.connect(refused.redis.address), wire.EVENTS, "u")
    counts = {name: wire.listener_counts(blob).events for (_, name), blob in blobs.items()}
    assert counts["gus"] == 1


def test_replay_needs_a_choice_of_letters(refused):
    refusal = admin(refused, "dead-letters", "replay", code=2)
    everything = json.loads(admin(refused, "dead-letters", "replay", "--all").stdout)

    assert "--all" in refusal.stderr
    assert everything["put_back"] == 3
