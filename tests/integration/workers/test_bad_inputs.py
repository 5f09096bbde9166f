"""Every line of bad_inputs.jsonl through the real pipeline: each gets what it says, none is lost."""

import collections
import time

import bad_inputs
import wire
from ordinary import is_ordinary
from pipeline import listened


def letters_of(pipeline):
    """Dead letters by where their original stands."""
    letters = {}
    for letter in pipeline.read(wire.DEAD_LETTERS):
        if letter.headers["segue_dlq_original_topic"] != wire.EVENTS.encode():
            continue
        place = tuple(int(letter.headers[f"segue_dlq_original_{x}"]) for x in ("partition", "offset"))
        letters[place] = letter
    return letters


def test_the_file_holds_what_it_should():
    inputs = bad_inputs.read()
    names = [one.name for one in inputs]

    assert len(inputs) >= 200
    assert len(set(names)) >= 200
    assert {one.gets for one in inputs} >= {"accepted", "duplicate", "malformed", "too_large"}


def test_the_verifier_takes_none_for_ordinary_that_is_refused():
    found = collections.defaultdict(set)
    for n, one in enumerate(bad_inputs.read()):
        headers = {name: value for name, value in one.headers if value is not None}
        now_ms = int(1_000 * time.time())
        record = wire.Record(wire.EVENTS, 0, n, now_ms, one.key, one.value, headers)
        found[one.gets].add(is_ordinary(record))

    assert {gets for gets, ordinary in found.items() if True in ordinary} == {
        "accepted", "duplicate", "too_old",
    }  # fmt: skip


def test_each_odd_input_gets_what_the_file_says(pipeline):
    recommender = pipeline.worker("segue-recommender")
    inputs = bad_inputs.read()

    places = pipeline.produce(*inputs)
    pipeline.produce(listened("dora", "s", 1, "t"))
    pipeline.wait_drained_of(wire.EVENTS)

    letters = letters_of(pipeline)
    wrong = []
    accepted = collections.Counter()
    for one, place in zip(inputs, places):
        letter = letters.pop(place, None)
        got = letter.headers["segue_dlq_reason"].decode() if letter else "no dead letter"
        wanted = "no dead letter" if one.gets in ("accepted", "duplicate") else one.gets
        if got != wanted:
            wrong.append(f"{one.name}: {got}, not {one.gets}")
        if letter:
            assert (letter.key, letter.value) == (one.key, one.value), one.name
            # A header without a value is kept as one with an empty value.
            kept = {k: v or b"" for k, v in one.headers if not k.startswith("segue_dlq_")}
            assert kept.items() <= letter.headers.items(), one.name
            assert letter.headers["segue_dlq_detail"] and letter.headers["segue_dlq_stage"]
        accepted[one.listener] += one.gets == "accepted"
    assert wrong == []
    assert letters == {}

    blobs = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, "u")
    counted = {name: wire.listener_counts(blob).events for (_, name), blob in blobs.items()}
    assert counted.pop("dora") == 1
    assert {k: v for k, v in counted.items() if v} == {k: v for k, v in accepted.items() if v}
    malformed = recommender.metric("segue_dlq_records_total", reason="malformed")
    assert malformed == sum(one.gets == "malformed" for one in inputs)
