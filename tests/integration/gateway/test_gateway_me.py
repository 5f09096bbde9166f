"""A listener's questions about themselves: requests, consent, why, export, erasure."""

import json
import uuid

import pytest
import wire
from players import Player, events_of, listened, now, stored, tell_catalogue
from servers import wait_until
from verify import verify

WITHIN_S = 20


def test_a_request_shapes_the_next_list(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        first = stream.wait_for("recommendations")
        unwanted = first["items"][0]["track_id"]
        wishes = {"exclude_track_ids": [unwanted], "seed_track_id": "t-1", "adventurous": 1}

        answer = ada.ask("POST", "/v1/requests", json.dumps(wishes))
        after = stream.wait_for("recommendations")

    assert answer.status == 202
    assert {"accepted": 1, "applied": list(wishes), "ignored": []}.items() <= answer.json.items()
    assert after["cause"]["type"] == "request.made"
    assert unwanted not in [item["track_id"] for item in after["items"]]


def test_genre_mood_and_prompt_count_if_the_catalogue_has_them(gateway, pipeline):
    tell_catalogue(pipeline, "j-1", genre="Bebop", mood="calm")
    ada = Player(gateway)
    wait_until(lambda: "Bebop" in ada.ask("GET", "/v1/kinds").json["genres"], WITHIN_S, "it is known")
    ada.list()

    named = ada.ask("POST", "/v1/requests", json.dumps({"prompt": "some bebop, please: CALM"}))
    unknown = ada.ask("POST", "/v1/requests", json.dumps({"genre": "polka", "mood": "calm", "prompt": "x"}))

    assert named.json["applied"] == ["prompt"]
    assert unknown.json["applied"] == ["mood"]
    assert [each["wish"] for each in unknown.json["ignored"]] == ["genre", "prompt"]
    [first, _] = [event for kind, event in events_of(pipeline, ada) if kind == "segue.request.made.v1"]
    assert (first["genre"], first["mood"]) == ("Bebop", "calm")

    def calm_comes_first():
        # A recommender may hear of the catalogue later than the gateway: then one asks again.
        ada.ask("POST", "/v1/requests", json.dumps({"mood": "calm"}))
        items = (ada.list() or {}).get("items", [])
        return items and items[0]["track_id"] == "j-1"

    wait_until(calm_comes_first, WITHIN_S, "calm comes first")


def test_seeds_and_a_filter_shape_lists_as_far_as_known(gateway, pipeline):
    tell_catalogue(pipeline, "f-1", genre="Fado", mood="sad", duration_ms=200_000, year=1961)
    tell_catalogue(pipeline, "f-2", genre="Fado", mood="sad", duration_ms=200_000, year=1999)
    tell_catalogue(pipeline, "f-3", genre="Fado", mood="sad")
    ada = Player(gateway)
    wait_until(lambda: "Fado" in ada.ask("GET", "/v1/kinds").json["genres"], WITHIN_S, "it is known")
    ada.list()
    wishes = {"seeds": [{"track_id": "f-2", "weight": 0.5}, {"track_id": "no such"}, {"artist_id": "a-1", "weight": -1}],
              "filter": {"genres": ["fado", "polka"], "year": {"max": 1970}, "seconds": {"min": 100}}}

    def only_what_meets_it_is_listed():
        # A recommender may hear of the catalogue later than the gateway: then one asks again.
        answer = ada.ask("POST", "/v1/requests", json.dumps(wishes))
        assert answer.json["applied"] == ["seeds", "filter"]
        assert [each["wish"] for each in answer.json["ignored"]] == ["seeds[1]", "filter.genres[1]"]
        items = (ada.list() or {}).get("items", [])
        return [item["track_id"] for item in items] == ["f-1"]

    wait_until(only_what_meets_it_is_listed, WITHIN_S, "only what meets the filter is listed")
    export = ada.ask("GET", "/v1/me/export").json["state"]["request"]
    assert "Fado" in export["filter"].pop("genres")
    assert export["filter"] == {"milliseconds": {"min": 100_000}, "year": {"max": 1970}}
    assert [seed["weight"] for seed in export["seeds"]] == [1, 0.5, -1]


def test_what_a_filter_leaves_out_is_not_composed(gateway):
    wishes = {"generate": True, "filter": {"not_heard_days": 30.0}}

    answer = Player(gateway).ask("POST", "/v1/requests", json.dumps(wishes))

    assert answer.json["applied"] == ["filter"]
    assert answer.json["ignored"] == [{"wish": "generate", "detail": "the filter's days leave out composed music"}]


def test_a_long_genre_of_a_filter_is_found(gateway, pipeline):
    long = "Music for " + "very " * 20 + "long evenings"
    tell_catalogue(pipeline, "l-1", genre=long)
    ada = Player(gateway)
    wait_until(lambda: long in ada.ask("GET", "/v1/kinds").json["genres"], WITHIN_S, "it is known")
    ada.list()

    def is_listed():
        ada.ask("POST", "/v1/requests", json.dumps({"filter": {"genres": [long]}}))
        return [item["track_id"] for item in (ada.list() or {}).get("items", [])] == ["l-1"]

    wait_until(is_listed, WITHIN_S, "the one track of that genre is listed")


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"mood": "calm"'])
def test_a_request_that_is_no_json_object_is_said_to_be_none(gateway, body):
    answer = Player(gateway).ask("POST", "/v1/requests", body)

    assert (answer.status, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize(("wishes", "field"), [
    ({"filter": {"colour": "blue"}}, "filter has a field"),
    ({"filter": {"kind": "podcast"}}, "filter.kind"),
    ({"filter": {"year": {"min": 1999, "max": 1970}}}, "filter.year.min"),
    ({"filter": {"genres": ["jazz"]}, "genre": "rock"}, "filter.genres"),
    ({"seeds": [{"track_id": f"t-{i}"} for i in range(1_000)]}, "seeds"),
    ({"seeds": [{"track_id": "t-1", "weight": 2}]}, "seeds[0].weight"),
])
def test_a_wish_that_is_wrong_is_one_error_naming_its_field(gateway, wishes, field):
    answer = Player(gateway).ask("POST", "/v1/requests", json.dumps(wishes))

    assert (answer.status, answer.json["code"]) == (400, "bad_field")
    assert answer.json["detail"].startswith(field) and "\n" not in answer.json["detail"]


def erase(pipeline, player):
    """An event of the same millisecond would be from before it."""
    assert player.ask("DELETE", "/v1/me").status == 202
    _, erasure = events_of(pipeline, player)[-1]
    wait_until(lambda: now() > erasure["time"], WITHIN_S, "its millisecond is over")


def test_consent_is_kept_and_applied(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.event("privacy.consent_changed", consent={"learning": False}))
    ada.post(ada.heard("t-3"))
    pipeline.wait_drained()

    state = ada.ask("GET", "/v1/me/export").json["state"]
    assert state["consent"] == {"learning": False, "personalisation": True}
    assert state["comes_back_to"] == [] and state["listens"] == 1
    assert verify(pipeline.kafka.address, pipeline.redis.address).mismatches == []


def test_a_refusal_survives_an_erasure(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-3"), ada.event("privacy.consent_changed", consent={"learning": False}))
    erase(pipeline, ada)
    ada.post(ada.heard("t-4"), ada.heard("t-5"))
    pipeline.wait_drained()

    state = ada.ask("GET", "/v1/me/export").json["state"]
    assert state["consent"] == {"learning": False, "personalisation": True}
    assert state["comes_back_to"] == [] and state["listens"] == 2
    assert verify(pipeline.kafka.address, pipeline.redis.address).mismatches == []


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", '{"colour": "red"}', '{"adventurous": 2}', json.dumps({"prompt": "x" * 2_001})],
    ids=lambda body: body[:20],
)
def test_a_request_for_nothing_sensible_is_refused(gateway, body):
    assert Player(gateway).ask("POST", "/v1/requests", body).status == 400


def test_why_gives_the_reasons_of_the_list(gateway):
    ada = Player(gateway)
    item = ada.list()["items"][0]

    why = ada.ask("GET", f"/v1/me/why/{item['track_id']}").json

    assert (why["listed"], why["place"]) == (True, 1)
    assert why["reasons"] == item["reasons"]


def test_why_says_what_the_listener_did_to_it(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.event("feedback.hidden", track_id="t-1"))
    wait_until(lambda: stored(pipeline, "u", ada), WITHIN_S, "the hide is stored")

    why = ada.ask("GET", "/v1/me/why/t-1").json

    assert why["listed"] is False and "You hid this track." in why["note"]
    assert ada.ask("GET", "/v1/me/why/no%20such%20track").status == 404


def test_the_export_is_what_is_stored_in_words(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-3"), ada.event("feedback.hidden", track_id="t-5"))
    pipeline.wait_drained()

    export = ada.ask("GET", "/v1/me/export").json

    assert export["pseudonym"] == ada.listener
    assert export["state"]["listens"] == 1
    assert export["state"]["comes_back_to"][0]["track"]["title"] == "Title of t-3"
    assert export["state"]["hidden_tracks"] == [
        {"track_id": "t-5", "title": "Title of t-5", "artist": "The Quiet Harbour"}
    ]
    assert export["list"]["items"]
    assert Player(gateway).ask("GET", "/v1/me/export").json["state"] is None


def test_what_was_heard_and_hidden_is_not_come_back_to(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-3"), ada.heard("t-5"), ada.event("feedback.hidden", track_id="t-5"))
    ada.ask("POST", "/v1/requests", json.dumps({"adventurous": 0.7, "session_id": ada.session}))
    pipeline.wait_drained()

    state = ada.ask("GET", "/v1/me/export").json["state"]

    assert [each["track"]["track_id"] for each in state["comes_back_to"]] == ["t-3"]
    assert [each["track_id"] for each in state["counts_no_more"]] == ["t-5"]
    assert state["request"]["adventurous"] == 0.7
    why = ada.ask("GET", "/v1/me/why/t-3").json
    assert "You have played it about once lately." in why["note"]


def test_feedback_on_nothing_is_refused(gateway, pipeline):
    """An artist is hidden as a target; an artist_id alone would be taken and change nothing."""
    ada = Player(gateway)
    artist = {"type": "artist", "id": "a-1"}

    refused = ada.post(ada.event("feedback.hidden", artist_id="a-1"))
    taken = ada.post(ada.event("feedback.hidden", target=artist))
    pipeline.wait_drained()

    assert (refused.status, refused.json["refused"][0]["code"]) == (400, "missing_field")
    assert taken.status == 202
    hidden = ada.ask("GET", "/v1/me/export").json["state"]["hidden_artists"]
    assert [each["artist_id"] for each in hidden] == ["a-1"]


def test_erasure_removes_all_and_reaches_open_streams(gateway, pipeline):
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
    # The rest of them goes by itself once no event from before it can come any more.
    key = next(k for k in wire.connect(pipeline.redis.address).scan_iter(f"*:u:{ada.listener}"))
    assert 59 * 86_400 < wire.connect(pipeline.redis.address).ttl(key) <= 60 * 86_400
    # A late retry brings nothing back.
    ada.post(late)
    pipeline.wait_drained()
    assert wire.listener_counts(stored(pipeline, "u", ada)).events == 0
    assert "time" not in ada.ask("GET", "/v1/me/export").json["state"], "nothing has happened yet"
    assert wire.listener_counts(stored(pipeline, "u", bob)).listens == 1
    ada.post(ada.heard("t-2"))
    pipeline.wait_drained()
    assert wire.listener_counts(stored(pipeline, "u", ada)).listens == 1
    assert wire.connect(pipeline.redis.address).ttl(key) == -1
    verdict = verify(pipeline.kafka.address, pipeline.redis.address)
    assert verdict.mismatches == []


def test_an_erased_listener_who_stays_sees_a_newcomers_list(gateway, pipeline):
    ada = Player(gateway)
    heard = ada.post(ada.heard("t-1")).json["version"]
    wait_until(lambda: ada.list()["version"] >= heard, WITHIN_S, "one of their own is known, and none looked for")
    with ada.connect() as stream:
        stream.wait_for("recommendations")

        erased = ada.ask("DELETE", "/v1/me").json["version"]
        stream.wait_for("erased")
        shown = stream.wait_for("recommendations")

        assert shown["version"] == erased, "any of their own is newer"
        pipeline.wait_drained()
        assert wire.listener_counts(stored(pipeline, "u", ada)).events == 0, "it leaves nothing behind"
        ada.post(ada.heard("t-2"))
        assert stream.wait_for("recommendations")["version"] > erased


def test_each_erasure_is_followed_by_a_list_at_once(gateway, pipeline):
    """Whatever keeps a listener from having list after list made, an erasure begins it again, also
    while events from before it are still on their way."""
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    for _ in range(3):
        with ada.connect() as stream:
            stream.wait_for("recommendations")
            erased = ada.ask("DELETE", "/v1/me").json["version"]
            stream.wait_for("erased")

        with ada.connect() as stream:
            stream.wait_for_list(erased + 1)
        assert ada.list()["version"] > erased


def test_erasure_survives_a_replay(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    erase(pipeline, ada)
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


def test_private_sessions_leave_no_trace_in_what_is_learned(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1", private_session=True))
    pipeline.wait_drained()

    assert ada.ask("GET", "/v1/me/export").json["state"]["comes_back_to"] == []


def test_two_listeners_never_share_a_name(gateway):
    one, two = Player(gateway, str(uuid.uuid4())), Player(gateway, str(uuid.uuid4()))

    assert one.ask("GET", "/v1/me/export").json["pseudonym"] == one.listener != two.listener
