"""What a listener may ask about themselves: requests, why, export, erasure; and other clients."""

import json
import time
import uuid

import pytest
import wire
from players import Player, token
from servers import wait_until
from verify import verify

WITHIN_S = 20


def stored(pipeline, kind, player):
    """What Redis keeps under this listener's pseudonym."""
    found = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, kind)
    return {name: value for (_, name), value in found.items()}.get(player.listener)


def listened(pipeline, player, times):
    blob = stored(pipeline, "u", player)
    return blob is not None and wire.listener_counts(blob).listens == times


def test_a_request_shapes_the_next_list(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        first = stream.wait_for("recommendations")
        unwanted = first["items"][0]["track_id"]
        wishes = {"exclude_track_ids": [unwanted], "mood": "calm", "genre": "jazz", "adventurous": 1}

        answer = ada.ask("POST", "/v1/requests", json.dumps(wishes))
        after = stream.wait_for("recommendations")

    assert answer.status == 202
    assert after["cause"]["type"] == "request.made"
    assert unwanted not in [item["track_id"] for item in after["items"]]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"colour": "red"}', '{"adventurous": 2}'])
def test_a_request_for_nothing_sensible_is_refused(gateway, body):
    assert Player(gateway).ask("POST", "/v1/requests", body).status == 400


def test_why_gives_the_reasons_of_the_list(gateway):
    ada = Player(gateway)
    item = ada.list()["items"][0]

    told = ada.ask("GET", f"/v1/me/why/{item['track_id']}").json

    assert (told["listed"], told["place"]) == (True, 1)
    assert told["reasons"] == item["reasons"]


def test_why_says_what_the_listener_did_to_it(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.event("feedback.hidden", track_id="t-1"))
    wait_until(lambda: stored(pipeline, "u", ada), WITHIN_S, "the hide is stored")

    told = ada.ask("GET", "/v1/me/why/t-1").json

    assert told["listed"] is False and "You hid this track." in told["note"]
    assert ada.ask("GET", "/v1/me/why/no%20such%20track").status == 404


def test_the_export_is_what_is_stored_in_words(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-3"), ada.event("feedback.hidden", track_id="t-5"))
    wait_until(lambda: listened(pipeline, ada, 1), WITHIN_S, "the listen is stored")

    told = ada.ask("GET", "/v1/me/export").json

    assert told["pseudonym"] == ada.listener
    assert told["state"]["listens"] == 1
    assert told["state"]["comes_back_to"][0]["track"]["title"] == "Title of t-3"
    assert told["state"]["hidden_tracks"] == [
        {"track_id": "t-5", "title": "Title of t-5", "artist": "The Quiet Harbour"}
    ]
    assert told["list"]["items"]
    assert Player(gateway).ask("GET", "/v1/me/export").json["state"] is None


def test_erasure_removes_all_and_tells_whoever_watches(gateway, pipeline):
    ada, bob = Player(gateway), Player(gateway)
    late = ada.heard("t-1")
    ada.post(late)
    bob.post(bob.heard("t-2"))
    with ada.connect() as stream:
        stream.wait_for("recommendations")
        wait_until(lambda: listened(pipeline, ada, 1), WITHIN_S, "the listen is stored")

        assert ada.ask("DELETE", "/v1/me").status == 202
        stream.wait_for("erased")

    wait_until(lambda: stored(pipeline, "r", ada) is None, WITHIN_S, "the list is gone")
    assert wire.listener_counts(stored(pipeline, "u", ada)).listens == 0
    # A late retry brings nothing back.
    ada.post(late)
    pipeline.wait_drained()
    assert wire.listener_counts(stored(pipeline, "u", ada)).events == 0
    assert wire.listener_counts(stored(pipeline, "u", bob)).listens == 1
    verdict = verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []


def test_erasure_survives_a_replay(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    ada.ask("DELETE", "/v1/me")
    ada.post(ada.heard("t-2"))
    pipeline.wait_drained()
    [recommender] = [p for p in pipeline.programs if p.binary.name == "segue-recommender"]
    recommender.stop()
    pipeline.programs.remove(recommender)
    store = wire.connect(pipeline.redis.address)
    keys = list(store.scan_iter(match=f"sg:{{{wire.EVENTS}/*"))
    store.delete(*keys)  # as after a loss of all state: the log is read from its beginning

    pipeline.worker("segue-recommender", name="recommender-again")
    pipeline.wait_drained()

    assert wire.listener_counts(stored(pipeline, "u", ada)).listens == 1


# The payloads of ListenBrainz's own documentation.
SINGLE = {
    "listen_type": "single",
    "payload": [
        {
            "listened_at": 1443521965,
            "track_metadata": {
                "additional_info": {
                    "media_player": "Rhythmbox",
                    "submission_client": "Rhythmbox ListenBrainz Plugin",
                    "submission_client_version": "1.0",
                    "release_mbid": "bf9e91ea-8029-4a04-a26a-224e00a83266",
                    "artist_mbids": ["db92a151-1ac2-438b-bc43-b82e149ddd50"],
                    "recording_mbid": "98255a8c-017a-4bc7-8dd6-1fa36124572b",
                    "tags": ["you", "just", "got", "rick rolled!"],
                    "duration_ms": 222000,
                },
                "artist_name": "Rick Astley",
                "track_name": "Never Gonna Give You Up",
                "release_name": "Whenever you need somebody",
            },
        }
    ],
}


def submit(gateway, player, body, scheme="Token"):
    return gateway.ask(
        "POST", "/1/submit-listens", json.dumps(body), Authorization=f"{scheme} {player.token}"
    )


def events_of(pipeline, player):
    return [
        (record.headers["ce_type"].decode(), json.loads(record.value))
        for record in pipeline.read(wire.EVENTS)
        if record.key.decode() == player.listener
    ]


def test_a_listenbrainz_client_submits_what_was_heard(gateway, pipeline):
    ada = Player(gateway)

    answer = submit(gateway, ada, SINGLE)

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    [(kind, event)] = events_of(pipeline, ada)
    assert kind == "segue.playback.completed.v1"
    assert event["track_id"] == "mbid:98255a8c-017a-4bc7-8dd6-1fa36124572b"
    assert event["time"].startswith("2015-09-29T10:19:25")
    assert event["duration_ms"] == event["played_ms"] == 222_000


def test_the_same_listen_submitted_again_is_one_listen(gateway, pipeline):
    ada = Player(gateway)
    for _ in range(3):
        submit(gateway, ada, SINGLE)
    pipeline.wait_drained()

    assert listened(pipeline, ada, 1)


def test_names_of_the_catalogue_are_its_tracks(gateway, pipeline):
    ada = Player(gateway)
    metadata = {"artist_name": "the quiet harbour", "track_name": "Title of T-4"}

    now_playing = submit(
        gateway, ada, {"listen_type": "playing_now", "payload": [{"track_metadata": metadata}]}
    )
    imported = [
        {"listened_at": int(time.time()) - 600 - n, "track_metadata": metadata} for n in range(3)
    ]
    submit(gateway, ada, {"listen_type": "import", "payload": imported})

    assert now_playing.status == 200
    told = events_of(pipeline, ada)
    assert [kind for kind, _ in told].count("segue.playback.completed.v1") == 3
    assert {event["track_id"] for _, event in told} == {"t-4"}
    assert {event["artist_id"] for _, event in told} == {"a-1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        SINGLE | {"listen_type": "loud"},
        SINGLE | {"payload": []},
        SINGLE | {"payload": SINGLE["payload"] * 2},
        SINGLE | {"payload": [{"listened_at": 1, "track_metadata": {}}]},
        SINGLE | {"payload": [SINGLE["payload"][0] | {"listened_at": "now"}]},
    ],
)
def test_a_wrong_submission_is_refused_in_listenbrainz_words(gateway, wrong):
    answer = submit(gateway, Player(gateway), wrong)

    assert answer.status == answer.json["code"] == 400
    assert answer.json["error"]


def test_listenbrainz_tokens_are_checked(gateway):
    ada = Player(gateway)
    valid = gateway.ask("GET", "/1/validate-token", Authorization=f"Token {ada.token}")
    ada.token = token(ada.subject, aud="another")

    assert valid.json == {
        "code": 200, "message": "Token valid.", "valid": True, "user_name": ada.subject
    }
    assert submit(gateway, ada, SINGLE).json["code"] == 401
    assert gateway.ask("POST", "/1/submit-listens", json.dumps(SINGLE)).status == 401


def test_private_sessions_leave_no_trace_in_what_is_learned(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1", private_session=True))
    pipeline.wait_drained()

    assert ada.ask("GET", "/v1/me/export").json["state"]["comes_back_to"] == []


def test_two_listeners_never_share_a_name(gateway):
    one, two = Player(gateway, str(uuid.uuid4())), Player(gateway, str(uuid.uuid4()))

    assert one.ask("GET", "/v1/me/export").json["pseudonym"] == one.listener != two.listener
