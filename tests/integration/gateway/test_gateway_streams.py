"""Event streams, byte by byte: what readers in blocks and proxies need."""

import socket
import time

import pytest
from players import Gateway, Player, token
from servers import HOST
from streams import Events

WITHIN_S = 20


def test_each_event_of_a_stream_is_a_chunk(gateway):
    ada = Player(gateway)
    ada.list()
    head = f"GET /v1/recommendations/stream HTTP/1.%d\nHost: x\nAuthorization: Bearer {ada.token}\n"
    with socket.create_connection((HOST, gateway.port), timeout=WITHIN_S) as raw:
        raw.sendall((head % 1).replace("\n", "\r\n").encode() + b"\r\n")
        with raw.makefile("rb") as lines:
            top = b"".join(iter(lines.readline, b"\r\n")).lower()
            comment = lines.read(int(lines.readline(), 16) + 2)
            event = lines.read(int(lines.readline(), 16) + 2)
    with socket.create_connection((HOST, gateway.port), timeout=WITHIN_S) as raw:
        raw.sendall((head % 0).replace("\n", "\r\n").encode() + b"\r\n")
        with raw.makefile("rb") as lines:
            top_of_old = b"".join(iter(lines.readline, b"\r\n")).lower()
            first = lines.readline()

    assert b"transfer-encoding: chunked\r\n" in top and b"x-accel-buffering: no\r\n" in top
    assert comment == b":\n\n\r\n"
    assert event.startswith(b"id: ") and event.endswith(b"\n\n\r\n")
    assert b"chunked" not in top_of_old and first == b":\n"


def test_an_event_stream_ends_with_its_token(pipeline):
    """Its pings would come only after five minutes."""
    gateway = Gateway(pipeline, "--idle-timeout-s", "600").start()
    ada = Player(gateway)
    ada.token = token(ada.subject, exp=int(time.time()) + 2)
    with Events(ada) as stream:
        assert stream.status == 200
        with pytest.raises(AssertionError, match="the stream ended"):
            while stream.next():
                pass
