"""Bodies that are packed, announced or sent in pieces; answers say which events were taken."""

import gzip
import json
import socket
import uuid
import zlib

import pytest
from players import Gateway, Player, events_of
from servers import HOST, wait_until

WITHIN_S = 20
LISTEN = {"listened_at": 1_443_521_965, "track_metadata": {"artist_name": "A", "track_name": "B"}}


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def in_two_members(data):
    return gzip.compress(data[:10]) + gzip.compress(data[10:])


GOOD = {
    "gzip": ("gzip", gzip.compress), "gzip in capitals": ("GZip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress), "two members": ("gzip", in_two_members),
    "filled up with zeros": ("gzip", lambda data: gzip.compress(data) + bytes(512)),
    "deflate": ("deflate", zlib.compress), "raw deflate": ("deflate", raw_deflate),
    "identity": ("identity", bytes), "in two words": ("identity, gzip", gzip.compress),
}  # fmt: skip
BAD = {
    "an unknown coding": ("br", bytes, 415, "bad_content_encoding"),
    "two codings": ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data)), 415, "bad_content_encoding"),
    "not packed": ("gzip", bytes, 400, "bad_coding"),
    "cut off": ("gzip", lambda data: gzip.compress(data)[:-1], 400, "bad_coding"),
    "more behind it": ("gzip", lambda data: gzip.compress(data) + b"x", 400, "bad_coding"),
    "a bomb": ("gzip", lambda data: gzip.compress(bytes(50_000_000)), 413, "too_large"),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_packed_body_is_unpacked(plain, pipeline, kind):
    ada = Player(plain)
    coding, pack = GOOD[kind]
    body = pack(json.dumps({"event": ada.heard("t-1")}).encode())

    answer = ada.ask("POST", "/v1/events", body, Content_Type="application/json", Content_Encoding=coding)

    assert answer.status == 202, answer
    assert len(events_of(pipeline, ada)) == 1


@pytest.mark.parametrize("kind", BAD)
def test_what_cannot_be_unpacked_is_refused_by_name(plain, pipeline, kind):
    ada = Player(plain)
    coding, pack, status, code = BAD[kind]
    body = pack(json.dumps({"event": ada.heard("t-1")}).encode())

    answer = ada.ask("POST", "/v1/events", body, Content_Type="application/json", Content_Encoding=coding)

    assert (answer.status, answer.json["code"]) == (status, code)
    assert (answer.headers.get("accept-encoding") == "gzip, deflate") == (status == 415)
    assert events_of(pipeline, ada) == []


def test_listens_and_wishes_come_packed_too(plain, pipeline):
    ada = Player(plain)
    listens = gzip.compress(json.dumps({"listen_type": "single", "payload": [LISTEN]}).encode())
    wishes = gzip.compress(json.dumps({"mood": "calm"}).encode())

    answered = plain.ask("POST", "/1/submit-listens", listens, Authorization=f"Token {ada.token}", Content_Encoding="gzip")
    asked = ada.ask("POST", "/v1/requests", wishes, Content_Encoding="gzip")

    assert (answered.status, asked.status) == (200, 202)
    assert len(events_of(pipeline, ada)) == 2


def test_unpacking_costs_the_listener_what_reading_costs(pipeline):
    """A packed body costs as many events as it has pieces unpacked, also if refused."""
    gateway = Gateway(pipeline, "--events-per-second", "0.1").start()
    ada = Player(gateway)
    body = gzip.compress(bytes(50_000_000))

    def answered():
        return ada.ask("POST", "/v1/events", body, Content_Type="application/json", Content_Encoding="gzip")

    assert [answered().json["code"], answered().json["code"]] == ["too_large", "too_many_events"]


def exchanged(gateway, head, body=b""):
    """The first answer to this head and, once it is there, to this body."""
    with socket.create_connection((HOST, gateway.port), timeout=WITHIN_S) as raw:
        raw.sendall((head.replace("\n", "\r\n") + "\r\n\r\n").encode())
        with raw.makefile("rb") as answer:
            first = answer.readline().decode()
            if body:
                assert answer.readline() == b"\r\n"
                raw.sendall(body)
                return first, answer.readline().decode()
            return first, ""


def test_who_waits_to_be_invited_is_invited(plain):
    ada = Player(plain)
    body = json.dumps({"event": ada.heard("t-1")}).encode()
    head = (f"POST /v1/events HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: {len(body)}\n"
            f"Authorization: Bearer {{}}\nExpect: ")  # fmt: skip

    assert [each.split()[1] for each in exchanged(plain, head.format(ada.token) + "100-Continue", body)] == ["100", "202"]
    assert exchanged(plain, head.format("none") + "100-continue")[0].split()[1] == "401"
    assert exchanged(plain, head.format(ada.token) + "200-ok")[0].split()[1] == "417"


def test_of_transfer_codings_only_chunked_is_read(plain):
    ada = Player(plain)
    head = f"POST /v1/requests HTTP/1.1\nHost: x\nAuthorization: Bearer {ada.token}\nTransfer-Encoding: "
    body = '\n\n11\n{"mood": "calmer"}\n0'.replace("calmer", "calme")

    assert exchanged(plain, head + "Chunked" + body)[0].split()[1] == "202"
    assert exchanged(plain, head + "gzip, chunked" + body)[0].split()[1] == "501"


@pytest.mark.parametrize("chunks", [b"1\n", b"1\r\n{\n", b"1\r\n{\r\n0\n", b"0\r\nTrailer: x\n", b"1;" + b"x" * 20_000])
def test_a_line_between_chunks_that_has_no_end_is_answered(plain, chunks):
    """Where more would be waited for, for as long as a request may take."""
    ada = Player(plain)
    head = f"POST /v1/requests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\n"
    with socket.create_connection((HOST, plain.port), timeout=10) as raw:
        raw.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        answer = raw.recv(64)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 ")), answer


@pytest.mark.parametrize("extension", [b';a="x\ny"', b';a="x\0y"', b';a="x\x7fy"'])
def test_a_chunk_line_holds_nothing_that_cannot_be_seen(plain, extension):
    """A proxy in front may take a line feed for the line's end."""
    ada = Player(plain)
    head = f"POST /v1/requests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ada.token}\r\n"
    body = b'11' + extension + b'\r\n{"mood": "calme"}\r\n0\r\n\r\n'
    with socket.create_connection((HOST, plain.port), timeout=10) as raw:
        raw.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        assert raw.recv(64).startswith(b"HTTP/1.1 400 ")


def test_a_trailer_is_no_header(plain):
    """Headers are checked before the body comes; what comes behind it is passed over (RFC 9110, 6.5.1)."""
    ada = Player(plain)
    head = f"POST /v1/requests HTTP/1.1\nHost: x\nAuthorization: Bearer {ada.token}\nTransfer-Encoding: chunked"
    body = '\n\n11\n{"mood": "calme"}\n0\nContent-Encoding: gzip\nConnection: close\nce-specversion: 1.0\nce-type: x\nce-id: 1'

    assert exchanged(plain, head + body)[0].split()[1] == "202"


def test_an_answer_says_which_events_and_which_list(gateway):
    """Their ids, and from which version on lists know of them: over HTTP and a socket alike."""
    ada = Player(gateway)
    ada.list()
    own, given = ada.heard("t-1"), ada.heard("t-2")
    del given["id"]
    answered = ada.post(own, given, ada.event("playback.completed")).json

    assert answered["ids"][0] == own["id"] and uuid.UUID(answered["ids"][1])
    assert (answered["accepted"], len(answered["ids"]), len(answered["refused"])) == (2, 2, 1)
    newest = wait_until(lambda: ada.list()["version"] >= answered["version"] and ada.list(), WITHIN_S, "its list")
    assert (newest["cause"]["id"], newest["version"]) == (answered["ids"][1], answered["version"])

    wished = ada.ask("POST", "/v1/requests", json.dumps({"adventurous": 0.5})).json
    assert len(wished["ids"]) == 1 and wished["version"] > answered["version"]
    with ada.connect() as stream:
        stream.send({"events": [ada.heard("t-3"), ada.heard("t-4")]})
        while (ack := json.loads(stream.raw.recv())).get("ack") != 2:
            pass
    assert ack["version"] > wished["version"]
    erased = ada.ask("DELETE", "/v1/me").json
    assert (erased["accepted"], len(erased["ids"])) == (1, 1)
    assert erased["version"] > ack["version"]


def in_chunks(body):
    return b"".join(b"%x\r\n%b\r\n" % (len(body[i:i + 4_096]), body[i:i + 4_096]) for i in range(0, len(body), 4_096)) \
        + b"0\r\n\r\n"  # fmt: skip


def test_listens_packed_and_in_chunks_fit_into_the_least_room(pipeline):
    gateway = Gateway(pipeline, "--bodies-bytes-max", str(16 * 1_024 * 1_024)).start()
    ada = Player(gateway)
    listens = [LISTEN | {"listened_at": LISTEN["listened_at"] + n * 300, "note": "x" * 8_000} for n in range(500)]
    body = in_chunks(gzip.compress(json.dumps({"listen_type": "import", "payload": listens}).encode()))
    head = (f"POST /1/submit-listens HTTP/1.1\nHost: x\nAuthorization: Token {ada.token}\nExpect: 100-continue\n"
            "Content-Encoding: gzip\nTransfer-Encoding: chunked")  # fmt: skip

    assert [each.split()[1] for each in exchanged(gateway, head, body)] == ["100", "200"]


def test_a_packed_body_that_was_refused_is_taken_later(pipeline):
    """However often it is tried meanwhile: what it got halfway with is given back."""
    gateway = Gateway(pipeline, "--events-per-second", "5").start()
    ada = Player(gateway)
    body = gzip.compress(json.dumps({"event": ada.heard("t-2")}).encode() + b" " * 400_000)

    def answered():
        return ada.ask("POST", "/v1/events", body, Content_Type="application/json", Content_Encoding="gzip")

    assert ada.post(*[ada.heard("t-1") for _ in range(40)]).status == 202
    refused = answered()
    assert (refused.status, refused.json["code"]) == (429, "too_many_events")
    assert 1 <= int(refused.headers["retry-after"]) <= 8
    taken = wait_until(lambda: (answer := answered()).status != 429 and answer, 60, "it is taken")
    assert taken.status == 202
