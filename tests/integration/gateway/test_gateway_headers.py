"""Values of headers are read as the RFCs have them; headers that other sites' pages may send."""

import gzip
import json
import socket
import uuid

import pytest
from players import Gateway, Player, events_of
from servers import HOST

WITHIN_S = 20
LISTEN = {"listened_at": 1_443_521_965, "track_metadata": {"artist_name": "A", "track_name": "B"}}


def answer_to(gateway, head):
    """Status and headers, as lines, of what comes back for these lines."""
    with socket.create_connection((HOST, gateway.port), timeout=WITHIN_S) as raw:
        raw.sendall((head.replace("\n", "\r\n") + "\r\n\r\n").encode())
        with raw.makefile("rb") as answer:
            return [line.decode().strip() for line in iter(answer.readline, b"\r\n")]


JSON_TYPES = [
    "Application/JSON", "application/json ; charset=utf-8", 'application/json;charset="UTF-8"',
    "application/json;a=b;Charset=UTF-8", "APPLICATION/CloudEvents+JSON", "application/cloudevents-batch+json;",
]  # fmt: skip
OTHER_TYPES = [
    "application/jsonx", "text/plain", "application/json; charset=iso-8859-1", ";application/json",
    "application/json, text/plain", "",
]  # fmt: skip


@pytest.mark.parametrize("media", JSON_TYPES + OTHER_TYPES)
def test_media_types_are_read_in_any_spelling(plain, media):
    ada = Player(plain)
    body = json.dumps({"event": ada.heard("t-1")})

    answer = ada.ask("POST", "/v1/events", body, Content_Type=media)

    assert answer.status == (202 if media in JSON_TYPES else 415), answer


@pytest.mark.parametrize("scheme, status", [
    ("Bearer ", 200), ("bearer ", 200), ("BEARER   ", 200), ("Bearer", 401), ("Bearer\t", 401), ("Basic ", 401)])
def test_a_scheme_and_its_token_are_parted_by_blanks(plain, scheme, status):
    ada = Player(plain)

    assert plain.ask("GET", "/v1/kinds", Authorization=f"{scheme}{ada.token}").status == status


def test_an_entity_tag_is_found_in_any_list_of_them(gateway):
    ada = Player(gateway)
    ada.list()
    sent = ada.ask("GET", "/v1/recommendations").headers["etag"]
    assert sent.startswith('W/"')
    tag = sent.removeprefix("W/")
    head = f"GET /v1/recommendations HTTP/1.1\nHost: x\nAuthorization: Bearer {ada.token}\n"

    for given in (tag, f"W/{tag}", f'"x,y" , W/{tag}', f'"x"\nIf-None-Match: {tag}', "*"):
        assert answer_to(gateway, f"{head}If-None-Match: {given}")[0].split()[1] == "304", given
    for given in ('"x"', tag.strip('"'), f'"x\\{tag}', f'"x" {tag}'):
        assert answer_to(gateway, f"{head}If-None-Match: {given}")[0].split()[1] == "200", given


@pytest.mark.parametrize("lines", [
    "Connection: keep-alive, Upgrade", "Connection: keep-alive\nConnection: upgrade", "connection:UPGRADE"])
def test_a_socket_opens_however_its_upgrade_is_written(plain, lines):
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\nSec-WebSocket-Version: 13"

    answer = answer_to(plain, f"GET /v1/stream HTTP/1.1\nHost: x\n{lines}\nUpgrade: WebSocket\n{key}")

    assert answer[0].startswith("HTTP/1.1 101 ")


def test_a_whole_address_may_be_asked_for_of_the_same_host(plain):
    for target, host, status in [
        ("http://a/", "a", "200"), ("HTTP://A", "a", "200"), ("http://a?x=/1", "a", "200"),
        ("https://a/sdk/segue.js?x", "A", "200"), ("http://a/nope", "a", "404"), ("http://b/", "a", "400"),
        ("http://b/sdk/segue.js", "a:80", "400"), ("http:///", "a", "404"),
        ("http://a:80/", "a", "200"), ("http://a/", "a:80", "200"), ("https://a:443/", "a", "200"),
        ("http://a:443/", "a", "400"), ("https://a:80/", "a", "400"), ("http://a:8080/", "a", "400"),
    ]:  # fmt: skip
        assert answer_to(plain, f"GET {target} HTTP/1.1\nHost: {host}")[0].split()[1] == status, target


def test_tracing_may_add_headers_to_a_pages_request(pipeline):
    gateway = Gateway(pipeline, "--origins", "https://player.example, app://segue").start()
    asked = {"Access_Control_Request_Method": "POST",
             "Access_Control_Request_Headers": "authorization,Baggage, sentry-trace,traceparent , x-b3-traceid"}
    for origin in ("https://player.example", "app://segue", "https://other.example"):
        for path in ("/v1/events", "/v1/recommendations", "/v1/recommendations/stream"):
            answer = gateway.ask("OPTIONS", path, Origin=origin, **asked)

            allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
            assert {"baggage", "sentry-trace", "traceparent", "x-b3-traceid"} <= set(allowed)
            assert {"authorization", "content-type", "content-encoding"} <= set(allowed)
            listed = origin if "other" not in origin else None
            assert answer.headers.get("access-control-allow-origin") == listed


def test_a_preflight_repeats_header_names_alone(plain):
    for asked in ("a b", "x-one, a b", ", ".join(f"x-{n}" for n in range(100))):
        answer = plain.ask("OPTIONS", "/v1/events", Origin="https://a", Access_Control_Request_Headers=asked)

        assert (answer.status, "x-99" in answer.headers["access-control-allow-headers"]) == (204, False)
        assert "a b" not in answer.headers["access-control-allow-headers"]


ORIGINS = ["chrome-extension://abcdefghijklmnopabcdefghijklmnop", "moz-extension://6f1c", "null", "file://",
           "https://other.example", "capacitor://localhost", "safari-web-extension://6F1C"]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_any_origin_may_submit_listens_and_nothing_else(plain, pipeline, origin):
    ada = Player(plain)
    listen = {"listened_at": 1_443_521_965, "track_metadata": {"artist_name": "A", "track_name": "B"}}
    body = json.dumps({"listen_type": "single", "payload": [listen]})
    token = {"Authorization": f"Token {ada.token}", "Origin": origin}
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}

    for answer in (plain.ask("OPTIONS", "/1/submit-listens", Origin=origin, **asked),
                   plain.ask("POST", "/1/submit-listens", body, **token),
                   plain.ask("GET", "/1/validate-token", **token),
                   plain.ask("POST", "/1/submit-listens", "{}", **token),
                   plain.ask("POST", "/1/submit-listens", body, Origin=origin)):
        assert answer.status in (200, 204, 400, 401), answer
        assert answer.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answer.headers
    for path in ("/v1/kinds", "/v1/me/export", "/1/../v1/kinds", "/"):
        answer = ada.ask("GET", path, Origin=origin)
        assert answer.status in (403, 404)
        if not path.startswith("/1/"):
            assert "access-control-allow-origin" not in answer.headers
    assert len(events_of(pipeline, ada)) == 1


def test_an_event_may_stand_in_headers_and_body(plain, pipeline):
    """CloudEvents in binary mode; what is no JSON by itself cannot reach into the envelope."""
    ada = Player(plain)
    data = {"session_id": "s", "seq": 1, "track_id": "t-1", "play_id": str(uuid.uuid4()), "played_fraction": 1.0}
    envelope = {"ce_specversion": "1.0", "ce_id": "e%2D%C3%BC", "ce_source": "/a", "Content_Type": "Application/JSON",
                "ce_type": "segue.playback.completed.v1", "ce_time": "2026-01-01T00:00:00Z"}  # fmt: skip

    taken = ada.ask("POST", "/v1/events", json.dumps(data), **envelope)
    into = ada.ask("POST", "/v1/events", json.dumps(data) + ',"id":"other"', **envelope)

    assert (taken.status, into.status, into.json["code"]) == (202, 400, "malformed")
    [record] = [each for each in pipeline.read("segue.events.v1") if each.key.decode() == ada.listener]
    assert record.headers["ce_id"].decode() == "e-ü"


@pytest.mark.parametrize("sent, means", [
    ('"e-1"', "e-1"), ('"a \\"b\\" %22c%22"', 'a "b" "c"'), ("%22e%22", '"e"'), ("e%252D", "e%2D"), ('"e', '"e'),
    ("100%", "100%")])
def test_an_attribute_may_be_quoted_and_in_percents(plain, pipeline, sent, means):
    """CloudEvents, HTTP binding 1.0.2, 3.1.3.2: quotes first, then percents, once."""
    ada = Player(plain)
    data = {"track_id": "t-1", "play_id": str(uuid.uuid4()), "played_fraction": 1.0}
    envelope = {"ce_specversion": '"1.0"', "ce_id": sent, "ce_source": '"/a"', "Content_Type": "application/json",
                "ce_type": '"segue.playback.completed.v1"', "ce_time": '"2026-01-01T00:00:00Z"'}  # fmt: skip

    answer = ada.ask("POST", "/v1/events", json.dumps(data), **envelope)

    assert (answer.status, answer.json["ids"]) == (202, [means]), answer


def test_a_byte_order_mark_before_json_says_nothing(plain, pipeline):
    """In each body; packed, and in a message of a socket, too."""
    ada = Player(plain)
    mark = b"\xef\xbb\xbf"
    event = mark + json.dumps({"event": ada.heard("t-1")}).encode()
    listens = mark + json.dumps({"listen_type": "single", "payload": [LISTEN]}).encode()
    kind = {"Content_Type": "application/json"}

    assert ada.ask("POST", "/v1/events", event, **kind).status == 202
    assert ada.ask("POST", "/v1/events", gzip.compress(event), Content_Encoding="gzip", **kind).status == 202
    assert ada.ask("POST", "/v1/requests", mark + b'{"mood": "calm"}').status == 202
    assert plain.ask("POST", "/1/submit-listens", listens, Authorization=f"Token {ada.token}").status == 200
    with ada.connect() as stream:
        stream.raw.send(mark.decode() + json.dumps({"event": ada.heard("t-2")}))
        stream.wait_for_ack(1)
