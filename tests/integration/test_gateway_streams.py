"""Event streams, byte by byte: what readers in blocks and proxies need."""

import socket

from players import Player
from servers import HOST

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
