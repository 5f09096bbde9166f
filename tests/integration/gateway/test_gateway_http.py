"""Requests that can be read in two ways, names that only begin like ours, and what answers carry."""

import json
import socket
import ssl
import subprocess

import jwt
import pytest
import websocket
import wire
from players import TOKEN_SECRET, Gateway, Player, stored, tell_catalogue, token
from servers import HOST, wait_until

TWIN = {"t-3399": "~*L:Fd3<", "a-7005": "sQ/Z3tcA"}  # of one XXH3 each


def first_answer(gateway, head, body=""):
    """The answer to these bytes, until the other side has nothing more to say."""
    with socket.create_connection((HOST, gateway.port), timeout=10) as raw:
        raw.sendall((head.replace("\n", "\r\n") + body).encode())
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        while more := raw.recv(65_536):
            answer += more
    return answer.decode()


AMBIGUOUS = {
    "no Host": "GET / HTTP/1.1\n\n",
    "two Hosts": "GET / HTTP/1.1\nHost: a\nHost: a\n\n",
    "a Host that is none": "GET / HTTP/1.1\nHost: a/b@c\n\n",
    "a folded header": "GET / HTTP/1.1\nHost: a\nX-One: 1\n two\n\n",
    "a header folded with a tab": "GET / HTTP/1.1\nHost: a\nX-One: 1\n\ttwo\n\n",
    "two Authorizations": "GET / HTTP/1.1\nHost: a\nAuthorization: Bearer a\nAuthorization: Bearer b\n\n",
    "two Content-Types": "GET / HTTP/1.1\nHost: a\nContent-Type: a/b\nContent-Type: a/b\n\n",
    "two Content-Lengths": "GET / HTTP/1.1\nHost: a\nContent-Length: 0\nContent-Length: 0\n\n",
    "two lengths of one body": "GET / HTTP/1.1\nHost: a\nContent-Length: 0\nTransfer-Encoding: chunked\n\n",
    "two Transfer-Encodings": "GET / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n",
    "chunks of HTTP/1.0": "POST / HTTP/1.0\nConnection: keep-alive\nTransfer-Encoding: chunked\n\n0\n\n",
    "a Transfer-Encoding of nothing": "GET / HTTP/1.1\nHost: a\nTransfer-Encoding:\nContent-Length: 0\n\n",
    "two Origins": "GET / HTTP/1.1\nHost: a\nOrigin: http://a\nOrigin: http://a\n\n",
    "two Expects": "GET / HTTP/1.1\nHost: a\nExpect: 100-continue\nExpect: 100-continue\n\n",
    "two ids of a CloudEvent": "GET / HTTP/1.1\nHost: a\nce-id: 1\nCE-ID: 1\n\n",
    "two of any attribute": "GET / HTTP/1.1\nHost: a\nCe-Mine: 1\nce-mine: 2\n\n",
    "a blank before the colon": "GET / HTTP/1.1\nHost : a\n\n",
}


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_refused(plain, kind):
    answer = first_answer(plain, AMBIGUOUS[kind] + "GET / HTTP/1.1\nHost: a\n\n")

    assert answer.startswith("HTTP/1.1 400 ")
    assert answer.count("HTTP/1.1 ") == 1, "nothing behind it is read"


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\nHost: a\n\r\n", b"\n"])
def test_a_line_without_a_carriage_return_is_refused(plain, head):
    with socket.create_connection((HOST, plain.port), timeout=10) as raw:
        raw.sendall(head)
        assert raw.recv(64).startswith(b"HTTP/1.1 400 ")


def test_a_usual_request_is_answered_however_it_is_cut(plain):
    head = "GET / HTTP/1.1\nHost: a\n\n"
    with socket.create_connection((HOST, plain.port), timeout=10) as raw:
        for letter in head.replace("\n", "\r\n"):
            raw.sendall(letter.encode())
        assert raw.recv(64).startswith(b"HTTP/1.1 200 ")
    assert first_answer(plain, head + head).count("HTTP/1.1 200 ") == 2
    assert first_answer(plain, "\n\n" + head + "\n" + head).count("HTTP/1.1 200 ") == 2
    assert first_answer(plain, "GET / HTTP/1.0\n\n").startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "host",
    ["localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "[::1].x",
     "localhost:80.evil.example", "evil.example", "localhost:evil"],
)
def test_dev_compares_names_whole(pipeline, host):
    dev = Gateway(pipeline, "--dev").start()
    body = json.dumps({"user_id": "ada"})

    given = dev.ask("POST", "/dev/token", body, Host=host)
    shown = dev.ask("GET", "/", Origin=f"http://{host}")

    assert given.status in (400, 403)
    assert shown.status == 403
    assert "access-control-allow-origin" not in shown.headers
    assert dev.ask("POST", "/dev/token", body, Host="LOCALHOST:1").status == 200


def test_a_token_with_two_subjects_is_refused(plain):
    good = jwt.decode(token("ada"), options={"verify_signature": False})
    text = json.dumps(good)[:-1] + ', "sub": "bob"}'

    class Twice(json.JSONEncoder):
        def encode(self, _):
            return text

    given = jwt.encode(good, TOKEN_SECRET, json_encoder=Twice)
    answer = plain.ask("GET", "/v1/me/export", Authorization=f"Bearer {given}")

    assert (answer.status, answer.json["code"]) == (401, "bad_token")


def test_answers_keep_browsers_from_guessing_and_from_plain_http(pipeline, plain, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    secure = Gateway(
        pipeline, "--tls-certificate", str(certificate), "--tls-key", str(key), name="tls").start()
    trusting = ssl.create_default_context(cafile=str(certificate))
    with socket.create_connection((HOST, secure.port), timeout=10) as raw:
        with trusting.wrap_socket(raw, server_hostname=HOST) as tls:
            tls.sendall(b"GET /nope HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = tls.recv(4_096).decode()

    assert "Strict-Transport-Security: max-age=31536000" in answer
    for path, policy in {"/": "same-origin", "/v1/kinds": "same-origin", "/nope": "same-origin",
                         "/sdk/segue.js": "cross-origin"}.items():
        headers = plain.ask("GET", path).headers
        assert headers["cross-origin-resource-policy"] == policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in headers


# Bytes of a client's frame with an empty mask; none of them ends a message.
FLOODS = {
    "empty fragments": (b"\x01\x80" + bytes(4), b"\x00\x80" + bytes(4)),
    "pings": (b"", b"\x89\x80" + bytes(4)),
    "pongs": (b"", b"\x8a\x80" + bytes(4)),
    "small fragments": (b"\x01\x81" + bytes(5), b"\x00\x81" + bytes(5)),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_frames_that_are_no_message_cost_the_address_and_end(pipeline, kind):
    gateway = Gateway(pipeline, "--requests-per-second", "20").start()
    stream = websocket.create_connection(f"ws://{gateway.address}/v1/stream", timeout=20)
    first, again = FLOODS[kind]

    with pytest.raises(OSError):
        stream.sock.sendall(first)
        for _ in range(10_000):
            stream.sock.sendall(again * 100)
    assert gateway.ask("GET", "/").status == 429


def test_a_message_in_pieces_and_a_ping_are_answered(plain):
    ada = Player(plain)
    stream = websocket.create_connection(f"ws://{plain.address}/v1/stream", timeout=20)
    text = json.dumps({"hello": {"token": ada.token}})
    stream.ping("x")
    stream.send_frame(websocket.ABNF(0, 0, 0, 0, 0x1, 1, text[:9]))
    stream.send_frame(websocket.ABNF(1, 0, 0, 0, 0x0, 1, text[9:]))

    assert stream.recv_frame().opcode == websocket.ABNF.OPCODE_PONG
    assert "ready" in json.loads(stream.recv())


def test_who_only_asks_leaves_nothing_behind(gateway, pipeline):
    strangers = [Player(gateway) for _ in range(40)]

    lists = [stranger.list() for stranger in strangers]
    with strangers[0].connect() as stream:
        shown = stream.wait_for("recommendations")

    assert all(each["items"] for each in [*lists, shown])
    known = {stranger.listener for stranger in strangers}
    listeners = [record.key.decode() for record in pipeline.read(wire.EVENTS)]
    assert not known & set(listeners)
    assert len(listeners) <= 16, "one for each partition at most"
    assert all(stored(pipeline, kind, stranger) is None for stranger in strangers for kind in "ur")


def test_the_first_list_of_ones_own_is_newer_than_newcomers(gateway):
    ada = Player(gateway)
    with ada.connect() as stream:
        before = stream.wait_for("recommendations")
        ada.post(ada.heard("t-1"))
        after = stream.wait_for("recommendations")

    assert after["version"] > before["version"]
    assert after["rec_id"] != before["rec_id"]


def test_an_event_is_in_the_list_asked_for_at_once(gateway):
    listeners = [Player(gateway) for _ in range(16)]

    for listener in listeners:
        version = listener.post(listener.heard("t-1")).json["version"]
        listener.list()  # of newcomers, unless the event was quicker
        wait_until(lambda: listener.list()["version"] >= version, 20, "their own list replaces it")  # noqa: B023


def test_an_id_that_shares_a_hash_is_refused(gateway, pipeline):
    tell_catalogue(pipeline, "t-3399", artist_id="a-7005", title="Mine")
    ada = Player(gateway)
    ada.post(ada.heard("t-1"))
    wait_until(lambda: ada.ask("GET", "/v1/me/why/t-3399").status == 200, 20, "it is known")

    track = ada.post(ada.heard(TWIN["t-3399"]))
    artist = ada.post(ada.heard("t-unknown", artist_id=TWIN["a-7005"]))

    for answer in (track, artist):
        assert (answer.status, answer.json["refused"][0]["code"]) == (400, "bad_field")
    assert "track_id" in track.json["refused"][0]["detail"]
    refused = gateway.program.metric("segue_gateway_events_total", outcome="refused")
    assert refused == 2


def test_players_are_sent_to_sound_over_https_alone(gateway, pipeline):
    urls = {"t-90": "https://sound.example/a.ogg", "t-91": "javascript:alert(1)",
            "t-92": "data:audio/wav;base64,AA", "t-93": "http://127.0.0.1/a.ogg", "t-94": "//x/a"}
    for track, url in urls.items():
        tell_catalogue(pipeline, track, audio_url=url)
    ada = Player(gateway)
    for track in urls:
        ada.post(ada.heard(track))

    def items():
        return {item["track_id"]: item for item in ada.list()["items"]}

    wait_until(lambda: set(urls) & set(items()), 30, "some of them are listed")
    shown = {track: item.get("audio_url") for track, item in items().items() if track in urls}

    assert all(url in (None, urls["t-90"]) for url in shown.values()), shown
