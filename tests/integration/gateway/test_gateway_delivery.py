"""From an event to the screen: what is acknowledged is in Kafka, and the newest list arrives."""

import json
import os
import signal
import time

import pytest
import websocket
import wire
from pipeline import Pipeline
from players import Gateway, Player, events_of, now, token
from servers import Kafka, wait_until
from streams import Events

WITHIN_S = 20


def tracks_of(recommendations):
    return [item["track_id"] for item in recommendations["items"]]


def test_an_accepted_event_is_in_the_log_with_its_artist(gateway, pipeline):
    ada = Player(gateway)

    answer = ada.post(heard := ada.heard("t-1")).json
    assert {"accepted": 1, "refused": [], "unknown": [], "ids": [heard["id"]]}.items() <= answer.items()

    [record] = [r for r in pipeline.read(wire.EVENTS) if r.headers["ce_type"].endswith(b"completed.v1")]
    assert record.key.decode() == ada.listener
    assert json.loads(record.value)["artist_id"] == "a-1"
    assert record.headers["ce_source"] == b"/segue/gateway"


def test_cloudevents_structured_and_batch_are_read(gateway, pipeline):
    ada = Player(gateway)

    def wrapped(seq):
        data = {"session_id": "s", "seq": seq, "time": now(), "track_id": "t-1"}
        return {"specversion": "1.0", "id": f"e-{seq}", "source": "/app",
                "type": "segue.playback.started.v1", "data": data}

    one = ada.ask("POST", "/v1/events", json.dumps(wrapped(1)),
                  Content_Type="application/cloudevents+json; charset=utf-8")
    batch = ada.ask("POST", "/v1/events", json.dumps([wrapped(2), wrapped(3)]),
                    Content_Type="application/cloudevents-batch+json")
    other = ada.ask("POST", "/v1/events", "a=b", Content_Type="application/x-www-form-urlencoded")

    assert (one.status, batch.status, other.status) == (202, 202, 415)
    ids = {record.headers["ce_id"] for record in pipeline.read(wire.EVENTS)}
    assert ids == {b"e-1", b"e-2", b"e-3"}


def test_a_batch_says_which_events_it_refused(gateway):
    ada = Player(gateway)

    answer = ada.post(ada.heard("t-1"), ada.event("playback.started"), ada.heard("t-2"))

    assert answer.status == 202 and answer.json["accepted"] == 2
    assert [(r["index"], r["code"]) for r in answer.json["refused"]] == [(1, "missing_field")]


def test_an_unknown_type_is_taken_and_named(gateway, pipeline):
    """A newer player's event, or a typo: the gateway cannot tell, so the answer says so."""
    ada = Player(gateway)
    bad, typo, good, newer = (
        ada.event("playback.started"),
        ada.heard("t-1", type="playback.completd"),
        ada.heard("t-1"),
        ada.event("dance.began"),
    )

    answer = ada.post(bad, typo, good, newer)

    assert (answer.status, answer.json["accepted"]) == (202, 3)
    assert answer.json["unknown"] == [1, 3]
    assert [refused["index"] for refused in answer.json["refused"]] == [0]
    assert "segue.dance.began.v1" in [kind for kind, _ in events_of(pipeline, ada)]


def test_answers_end_their_line_and_messages_do_not(gateway):
    """A prompt begins a line of its own after curl; a message of a stream has an end already."""
    ada = Player(gateway)
    ada.list()
    whole = ada.ask("GET", "/v1/recommendations")
    answers = [whole, ada.post(ada.heard("t-1")), ada.ask("GET", "/v1/kinds"),
               ada.ask("GET", "/v1/me/export"), ada.ask("GET", "/v1/me/why/t-1"), ada.ask("GET", "/nowhere"),
               gateway.ask("GET", "/v1/kinds"), gateway.ask("POST", "/1/submit-listens", "{}")]  # fmt: skip

    for answer in answers:
        assert answer.body.endswith(b"}\n") and not answer.body.endswith(b"\n\n"), answer
        assert int(answer.headers["content-length"]) == len(answer.body)
    assert int(ada.ask("HEAD", "/v1/kinds").headers["content-length"]) == len(answers[2].body)
    with ada.connect() as stream:
        assert not stream.raw.recv().endswith("\n")


def test_who_never_played_gets_a_first_list_at_once(gateway):
    answer = Player(gateway).ask("GET", "/v1/recommendations")

    assert answer.status == 200
    assert answer.json["cause"]["type"] == "session.started"
    first = answer.json["items"][0]
    assert first["title"] == f"Title of {first['track_id']}" and first["duration_ms"] == 200_000
    assert "user_id" not in answer.json


def test_the_list_after_a_first_event_is_sent_whole(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    pipeline.wait_drained()

    listed = ada.list()

    assert listed["cause"]["type"] == "playback.completed" and listed["mix"]
    for item in listed["items"]:
        parts = sum(reason["part"] for reason in item["reasons"])
        assert parts == pytest.approx(item["score"], abs=0.01)


def test_an_unchanged_list_is_not_sent_twice(gateway):
    ada = Player(gateway)
    ada.list()
    tag = ada.ask("GET", "/v1/recommendations").headers["etag"]

    answer = ada.ask("GET", "/v1/recommendations", If_None_Match=tag)

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag and tag.startswith('W/"')


def test_a_list_is_confirmed_to_no_other_player(gateway, pipeline):
    """Not to another listener of the same browser, nor by another installation, whose versions begin again."""
    ada, bob = Player(gateway, "ada"), Player(gateway, "bob")
    ada.list(), bob.list()
    tag = ada.ask("GET", "/v1/recommendations").headers["etag"]
    bare = tag.removeprefix("W/").split("-")[0] + '"'

    answers = [bob.ask("GET", "/v1/recommendations", If_None_Match=tag),
               ada.ask("GET", "/v1/recommendations", If_None_Match=bare)]

    assert [answer.status for answer in answers] == [200, 200]
    assert all("authorization" in answer.headers["vary"].lower() for answer in answers)


@pytest.mark.usefixtures("pipeline")
def test_a_stored_list_is_sent_after_a_restart(gateway):
    ada = Player(gateway)
    ada.list()
    ada.post(ada.heard("t-1"))
    wait_until(lambda: ada.list().get("cause", {}).get("type") == "playback.completed", WITHIN_S,
               "the list follows the listen")
    before = ada.list()
    gateway.program.stop()
    gateway.start()

    after = ada.list()

    assert (after["version"], tracks_of(after)) == (before["version"], tracks_of(before))
    for then, now_ in zip(before["items"], after["items"], strict=True):
        assert now_["reasons"][0]["text"] == then["reasons"][0]["text"]


def test_a_socket_carries_events_up_and_lists_and_acks_down(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        stream.wait_for("ready")
        first = stream.wait_for("recommendations")
        stream.send({"events": [ada.heard("t-1"), ada.heard("t-2")]})

        stream.wait_for_ack(2)
        caused = stream.wait_for("recommendations")

    assert first["cause"]["type"] == "session.started"
    assert caused["version"] > first["version"]
    assert caused["cause"]["type"] == "playback.completed"


def test_a_refused_event_is_named_and_the_others_go_on(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        stream.send({"events": [ada.heard("t-1"), ada.event("playback.started"), ada.heard("t-2")]})

        error = stream.wait_for("error")
        stream.wait_for_ack(3)

    assert (error["code"], error["event"]) == ("missing_field", 2)


def test_a_player_with_the_newest_list_does_not_get_it_again(gateway):
    ada = Player(gateway)
    version = ada.list()["version"]
    with ada.connect(version) as stream:
        stream.send({"event": ada.heard("t-3")})

        assert stream.wait_for("recommendations")["version"] > version


def test_two_sockets_of_one_listener_get_the_same_list(gateway):
    ada = Player(gateway)
    with ada.connect() as one, ada.connect() as two:
        one.wait_for("recommendations"), two.wait_for("recommendations")
        one.send({"event": ada.heard("t-1")})

        lists = [each.wait_for("recommendations") for each in (one, two)]

    assert lists[0] == lists[1]


def test_listeners_get_their_own_lists(gateway):
    ada, bob = Player(gateway), Player(gateway)
    with ada.connect() as hers, bob.connect() as his:
        hers.wait_for("recommendations"), his.wait_for("recommendations")
        his.send({"event": bob.heard("t-1")})
        caused = his.wait_for("recommendations")
        hers.send({"event": ada.heard("t-2")})

        own = hers.wait_for("recommendations")

    assert own["cause"]["id"] != caused["cause"]["id"]


def test_server_sent_events_bring_lists_and_resume(gateway):
    ada = Player(gateway)
    with Events(ada) as events:
        first_id, first = events.next_list()
        ada.post(ada.heard("t-1"))
        second_id, second = events.next_list()
    with Events(ada, last=first_id) as events:
        resumed, _ = events.next_list()

    assert events.status == 200
    assert int(first_id.split("-")[0]) == first["version"]
    assert int(second_id.split("-")[0]) == second["version"]
    assert second["cause"]["type"] == "playback.completed"
    assert resumed == second_id


def test_a_version_of_another_log_keeps_no_player_from_lists(gateway):
    """A player stays open while all is reinstalled, Kafka too: versions begin at 0."""
    ada = Player(gateway)
    newest = ada.list()["version"]

    with ada.connect(version=10**9, series="of-before") as stream:
        series = stream.wait_for("ready")["series"]
        assert stream.wait_for("recommendations")["version"] == newest
    with Events(ada, last=f"{10**9}-of-before") as events:
        assert events.next_list()[0] == f"{newest}-{series}"


def test_a_hello_with_its_series_does_not_get_the_list_again(gateway):
    ada = Player(gateway)
    newest = ada.list()["version"]
    with ada.connect() as stream:
        series = stream.wait_for("ready")["series"]

    with ada.connect(version=newest, series=series) as stream:
        stream.send({"events": [ada.heard("t-1")]})

        assert stream.wait_for("recommendations")["version"] > newest


def test_events_are_acknowledged_only_once_kafka_is_back(binaries, tmp_path, redis_server):
    with Kafka(tmp_path) as kafka:
        made = Pipeline(binaries, tmp_path, kafka, redis_server)
        try:
            made.prepare()
            gateway = Gateway(made, "--confirm-within-ms", "1500").start()
            ada = Player(gateway)
            event = ada.heard("t-1")
            assert ada.post(event).status == 202
            kafka.kill()

            refused = ada.post(ada.heard("t-2"))
            listen = {"listened_at": 1_443_521_965,
                      "track_metadata": {"artist_name": "An artist", "track_name": "A track"}}  # fmt: skip
            submission = json.dumps({"listen_type": "single", "payload": [listen]})
            listens = gateway.ask("POST", "/1/submit-listens", submission, Authorization=f"Token {ada.token}")
            kafka.start()
            wait_until(lambda: ada.post(event).status == 202, 60, "the gateway confirms again")
        finally:
            made.stop()

    assert (refused.status, refused.json["code"]) == (503, "not_confirmed")
    assert int(refused.headers["retry-after"]) >= 1
    assert listens.status == 503 and "some listens may have been" in listens.json["error"]


@pytest.mark.usefixtures("pipeline")
def test_sigterm_asks_streams_to_leave_and_ends_well(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        stream.wait_for("ready")
        gateway.program.ask_to_stop()

        assert stream.wait_closed() == 1001
    assert gateway.program.wait(30) == 0


def test_events_acknowledged_before_a_kill_are_in_the_log(gateway, pipeline):
    ada = Player(gateway)
    sent = [ada.heard(f"t-{n}") for n in range(40)]
    with ada.connect() as stream:
        stream.send({"events": sent})
        acknowledged = stream.wait_for("ack")
        os.kill(gateway.program.pid, signal.SIGKILL)

    ids = {record.headers["ce_id"].decode() for record in pipeline.read(wire.EVENTS)}
    assert acknowledged >= 1
    assert {event["id"] for event in sent[:acknowledged]} <= ids


@pytest.mark.parametrize(
    "what, code",
    [
        ({"hello": {"token": "no token"}}, 1008),
        ({"event": {"type": "session.ended"}}, 1008),
    ],
)
def test_who_does_not_say_hello_well_is_sent_away(gateway, what, code):
    raw = websocket.create_connection(f"ws://{gateway.address}/v1/stream", timeout=WITHIN_S)
    raw.send(json.dumps(what))

    assert raw.recv_frame().data[:2] == code.to_bytes(2, "big")


def test_a_message_over_64_kib_closes_the_socket(gateway):
    with Player(gateway).connect() as stream:
        stream.wait_for("ready")
        stream.send({"event": {"type": "session.ended", "note": "x" * 65_536}})

        assert stream.wait_closed() == 1009


def test_a_web_site_that_is_not_listed_gets_no_socket(gateway):
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        Player(gateway).connect(origin="https://evil.example")

    assert refused.value.status_code == 403


def test_a_token_that_expires_ends_the_stream(gateway):
    ada = Player(gateway)
    ada.token = token(ada.subject, exp=int(time.time()) - 1)  # taken, for clocks differ a little
    with ada.connect() as stream:
        assert stream.wait_closed() == 1008
