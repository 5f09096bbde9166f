"""Clients of ListenBrainz, which submit what was heard elsewhere."""

import json
import time

import pytest
from players import Player, events_of, listened, token

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


def test_a_listenbrainz_client_submits_what_was_heard(gateway, pipeline):
    ada = Player(gateway)

    answer = submit(gateway, ada, SINGLE)

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    [(kind, event)] = events_of(pipeline, ada)
    assert kind == "segue.playback.completed.v1"
    assert event["track_id"] == "mbid:98255a8c-017a-4bc7-8dd6-1fa36124572b"
    assert event["time"].startswith("2015-09-29T10:19:25")
    assert event["duration_ms"] == event["played_ms"] == 222_000


def test_a_scrobbler_beside_a_player_keeps_its_session_and_wish(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    assert ada.ask("POST", "/v1/requests", '{"exclude_track_ids": ["t-2"]}').status == 202
    metadata = {"artist_name": "Rick Astley", "track_name": "Together Forever"}
    now = {"listen_type": "playing_now", "payload": [{"track_metadata": metadata}]}
    heard = {"listen_type": "single", "payload": [{"listened_at": int(time.time()) - 1, "track_metadata": metadata}]}

    assert [submit(gateway, ada, body).status for body in (now, heard)] == [200, 200]
    ada.post(ada.heard("t-3"))

    pipeline.wait_drained()
    state = ada.ask("GET", "/v1/me/export").json["state"]
    # The scrobble began a second before the play that was sent first: it has no place behind that.
    assert state["listens_of_the_session"] >= 2 and state["request"], state


def test_an_import_that_is_newest_first_is_taken_oldest_first(gateway, pipeline):
    """Or what was heard before a track would be learned as what follows it."""
    ada = Player(gateway)
    now = int(time.time())
    listens = [
        {"listened_at": now - n * 200, "track_metadata": {"artist_name": "A", "track_name": f"T{n}"}}
        for n in range(1, 6)
    ]

    assert submit(gateway, ada, {"listen_type": "import", "payload": listens}).status == 200

    times = [event["time"] for _, event in events_of(pipeline, ada)]
    assert len(times) == 5 and times == sorted(times)


def test_the_same_listen_submitted_again_is_one_listen(gateway, pipeline):
    ada = Player(gateway)
    for _ in range(3):
        submit(gateway, ada, SINGLE)
    pipeline.wait_drained()

    assert listened(pipeline, ada, 1)


def test_a_song_is_one_however_its_name_and_id_are_written(gateway, pipeline):
    ada = Player(gateway)
    spelled = [named("Jóga", "Björk"), named("J\u006f\u0301ga", "Bj\u006f\u0308rk"), named("JÓGA", "björk")]
    track = SINGLE["payload"][0]["track_metadata"]
    info = track["additional_info"]
    loud = info | {"recording_mbid": info["recording_mbid"].upper()}
    both = [SINGLE["payload"][0] | {"track_metadata": track | {"additional_info": each}} for each in (info, loud)]

    for listen in spelled + both:
        assert submit(gateway, ada, {"listen_type": "single", "payload": [listen]}).status == 200
    pipeline.wait_drained()

    assert len({data["track_id"] for _, data in events_of(pipeline, ada)}) == 2
    assert listened(pipeline, ada, 2)


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
    events = events_of(pipeline, ada)
    assert [kind for kind, _ in events].count("segue.playback.completed.v1") == 3
    assert {event["track_id"] for _, event in events} == {"t-4"}
    assert {event["artist_id"] for _, event in events} == {"a-1"}


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


TRACK = SINGLE["payload"][0]["track_metadata"]
INFO = TRACK["additional_info"]


def named(track, artist):
    return SINGLE["payload"][0] | {"track_metadata": {"track_name": track, "artist_name": artist}}


def with_info(**info):
    track = TRACK | {"additional_info": INFO | info}
    return SINGLE | {"payload": [SINGLE["payload"][0] | {"track_metadata": track}]}


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"listen_type": "import", "payload": SINGLE["payload"] * 1_001}, "more than 1000 listens"),
        (with_info(note="x" * 10_240), "may not be larger than 10240"),
        (with_info(tags=["t"] * 51), "more than 50 items"),
        ({"listen_type": "import", "payload": [*SINGLE["payload"] * 20, named("x" * 70_000, "y")]}, "longer than 10240"),
        ({"listen_type": "single", "payload": [named("\u0001", "y")]}, "does not contain required"),
        ({"listen_type": "single", "payload": [named("x", "\u200b\u0001")]}, "does not contain required"),
        (with_info(tags=["t" * 65]), "longer than 64 characters"),
        (with_info(recording_mbid="98255a8c"), "recording_mbid MBID format invalid"),
        (with_info(artist_mbids=["x"]), "artist_mbids MBID format invalid"),
        ({"listen_type": "playing_now", "payload": SINGLE["payload"]}, "must not contain listened_at"),
        (SINGLE | {"payload": [SINGLE["payload"][0] | {"listened_at": int(time.time()) + 7_200}]},
         "listened_at is too high"),
    ],
)
def test_listenbrainz_limits_hold(gateway, wrong, says):
    answer = submit(gateway, Player(gateway), wrong)

    assert answer.status == answer.json["code"] == 400
    assert says in answer.json["error"]


def test_a_full_import_of_a_thousand_long_listens_is_taken(gateway, pipeline):
    ada = Player(gateway)
    listens = [
        {"listened_at": 1_443_521_965 + n, "track_metadata": TRACK | {"additional_info": {"note": "x" * 9_000}}}
        for n in range(1_000)
    ]

    answer = submit(gateway, ada, {"listen_type": "import", "payload": listens})

    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert len(events_of(pipeline, ada)) == 1_000


def test_answers_say_how_much_more_may_be_submitted(gateway):
    ada = Player(gateway)
    first, second = submit(gateway, ada, SINGLE), submit(gateway, ada, SINGLE)

    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left[1] <= left[0] < int(first.headers["x-ratelimit-limit"])
    assert int(first.headers["x-ratelimit-reset-in"]) >= 1


def test_listenbrainz_tokens_are_checked(gateway):
    ada = Player(gateway)
    valid = gateway.ask("GET", "/1/validate-token", Authorization=f"Token {ada.token}")
    ada.token = token(ada.subject, aud="another")
    invalid = gateway.ask("GET", "/1/validate-token", Authorization=f"Token {ada.token}")
    none = gateway.ask("GET", f"/1/validate-token?token={token(ada.subject)}")

    assert (invalid.status, invalid.json["valid"]) == (200, False)
    assert (none.status, none.json["code"]) == (400, 400)
    assert valid.json == {
        "code": 200, "message": "Token valid.", "valid": True, "user_name": ada.subject
    }
    assert submit(gateway, ada, SINGLE).json["code"] == 401
    assert gateway.ask("POST", "/1/submit-listens", json.dumps(SINGLE)).status == 401
