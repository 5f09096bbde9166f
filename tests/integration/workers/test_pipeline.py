"""Events in, recommendations out; what cannot be read is put aside and the stream goes on."""

import json

import verify
import wire
from pipeline import Given, listened
from servers import wait_until

TRACKS = [f"track-{number}" for number in range(6)]


def start_workers(pipeline):
    pipeline.worker("segue-trainer")
    return pipeline.worker("segue-recommender")


def crowd(listeners=12):
    """Many who heard the same tracks in the same order, so that there is something to learn."""
    return [
        listened(f"listener-{who}", f"session-{who}", seq, track)
        for who in range(listeners)
        for seq, track in enumerate(TRACKS, 1)
    ]


def recommendations_of(pipeline, listener):
    return [
        json.loads(record.value)
        for record in pipeline.read(wire.RECOMMENDATIONS)
        if record.key == listener.encode()
    ]


def test_each_listen_refreshes_the_list_with_a_newer_version(pipeline):
    start_workers(pipeline)

    places = pipeline.produce(*[listened("ana", "s", seq, t) for seq, t in enumerate(TRACKS, 1)])
    pipeline.wait_drained()

    versions = [message["version"] for message in recommendations_of(pipeline, "ana")]
    assert versions == [offset for _, offset in places]


def test_what_the_crowd_heard_next_is_recommended(pipeline):
    start_workers(pipeline)
    pipeline.produce(*crowd())
    pipeline.wait_drained()

    def recommended():
        # Item models travel from the trainer to the recommenders; each try is one more listener.
        recommended.tries += 1
        newcomer = f"newcomer-{recommended.tries}"
        pipeline.produce(listened(newcomer, "first", 1, TRACKS[0]))
        pipeline.wait_drained()
        items = recommendations_of(pipeline, newcomer)[-1]["items"]
        # A repeat of the track just heard may come before it; how they weigh is not the matter.
        new = [item["track_id"] for item in items if item["track_id"] != TRACKS[0]]
        return new[:1] == [TRACKS[1]]

    recommended.tries = 0
    wait_until(recommended, 30, "the track that follows leads the new ones")


def test_a_recommendation_says_its_cause_and_its_reasons(pipeline):
    start_workers(pipeline)
    pipeline.produce(*crowd())
    pipeline.wait_drained()
    event = listened("ben", "first", 1, TRACKS[0])
    pipeline.produce(event)
    pipeline.wait_drained()

    message = recommendations_of(pipeline, "ben")[-1]

    assert message["cause"]["id"] == event.headers["ce_id"]
    assert message["cause"]["type"].startswith("playback.completed") or (
        message["cause"]["type"] == "segue.playback.completed.v1"
    )
    for item in message["items"]:
        total = sum(reason["part"] for reason in item["reasons"])
        assert abs(total - item["score"]) < 0.01 + 0.01 * abs(item["score"])


def test_a_retry_is_counted_once(pipeline):
    start_workers(pipeline)
    event = listened("cleo", "s", 1, TRACKS[0])

    pipeline.produce(event, event, listened("cleo", "s", 2, TRACKS[1]), event)
    pipeline.wait_drained()

    [blob] = wire.state_keys(pipeline_store(pipeline), wire.EVENTS, "u").values()
    assert wire.listener_counts(blob).events == 2
    assert len(recommendations_of(pipeline, "cleo")) == 2


def pipeline_store(pipeline):
    return wire.connect(pipeline.redis.address)


def bad_events():
    """Each kind of bad input with the reason that its dead letter must carry."""

    def broken(**replaced):
        event = listened("dora", "s", 1, TRACKS[0])
        for name, value in replaced.items():
            setattr(event, name, value)
        return event

    def header(value):
        return broken(headers=broken().headers | {"ce_type": value})

    deep = b'{"user_id":"dora","x":' + b"[" * 40 + b"]" * 40 + b"}"
    large = json.dumps({"user_id": "dora", "padding": "x" * 70_000}).encode()
    largest = b"x" * 1_048_000  # with key and headers just what Kafka lets in
    return [
        (broken(value=b'{"user_id": "dora", '), "malformed"),
        (broken(value=b"\xff\xfe\x00"), "malformed"),
        (broken(value=large), "too_large"),
        (broken(value=largest), "too_large"),
        (broken(value=deep), "too_deep"),
        (header("segue.playback.completed.v9"), "unknown_version"),
        (broken(headers={}), "missing_type"),
        (broken(key=None), "null_key"),
        (broken(key=b"somebody else"), "wrong_key"),
        (Given("playback.completed", "dora", "s", 1, TRACKS[0], time="yesterday"), "bad_time"),
        (Given("playback.completed", "dora", "s", 1, TRACKS[0], played_ms="long"), "bad_field"),
        (broken(value=b'{"user_id":"dora","time":"2026-01-01T00:00:00Z"}'), "missing_field"),
    ]


def test_bad_events_become_dead_letters_and_the_stream_goes_on(pipeline):
    recommender = start_workers(pipeline)
    bad = bad_events()

    places = pipeline.produce(*[event for event, _ in bad])
    pipeline.produce(listened("dora", "s", 1, TRACKS[0]))
    pipeline.wait_drained()

    letters = {
        (int(h["segue_dlq_original_partition"]), int(h["segue_dlq_original_offset"])): letter
        for letter in pipeline.read(wire.DEAD_LETTERS)
        if (h := letter.headers)["segue_dlq_original_topic"] == wire.EVENTS.encode()
    }
    reasons = {place: letters[place].headers["segue_dlq_reason"].decode() for place in places}
    assert list(reasons.values()) == [reason for _, reason in bad]
    for (event, _), place in zip(bad, places):
        letter = letters[place]
        assert (letter.key, letter.value) == (event.key, event.value)
        assert letter.headers["segue_dlq_detail"] and letter.headers["segue_dlq_stage"]
        kept = {name: value.encode() for name, value in event.headers.items()}
        assert kept.items() <= letter.headers.items()
    assert len(recommendations_of(pipeline, "dora")) == 1
    assert recommender.metric("segue_dlq_records_total", reason="wrong_key") == 1


def test_two_recommenders_share_the_partitions_and_agree_with_the_log(pipeline):
    recommender = start_workers(pipeline)
    other = pipeline.worker("segue-recommender", name="other-recommender")

    def partitions(worker):
        return (worker.get("/metrics") or "").count("segue_worker_partition_attempts{")

    wait_until(lambda: partitions(other) >= 4, 60, "the second recommender got partitions")
    replay = pipeline.replay("--rate", "3000", "--events-max", "3000", "--listeners", "60")
    assert replay.wait(60) == 0
    pipeline.wait_drained()

    wait_until(lambda: partitions(recommender) + partitions(other) == 16, 30, "each has one owner")
    verdict = verify.verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []
    assert verdict.compared["events"] == 3000
    for worker in (recommender, other):
        assert worker.metric("segue_worker_events_total", outcome="applied")
