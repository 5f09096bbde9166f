"""Slow, late, silent or greedy players are cut off or put off, and no other notices."""

import json
import socket
import time

import pytest
import websocket
from players import Gateway, Player, token
from servers import HOST, wait_until

WITHIN_S = 30
# More lists than any buffer between the gateway and a player holds.
LISTS_MAX = 600


def open_socket(gateway, **options):
    return websocket.create_connection(f"ws://{gateway.address}/v1/stream", timeout=WITHIN_S, **options)


@pytest.fixture
def impatient(pipeline):
    """A gateway that gives readers, requests and hellos one second; a recommender makes lists."""
    pipeline.worker("segue-recommender")
    limits = ["--request-within-s", "1", "--events-per-second", "100000", "--requests-per-second", "100000"]
    return Gateway(pipeline, *limits).start()


def test_a_slow_reader_is_closed_and_others_get_every_list(impatient):
    ada, bob = Player(impatient), Player(impatient)
    slow = open_socket(impatient, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)])
    slow.send(json.dumps({"hello": {"token": ada.token}}))

    def ended():
        return impatient.program.metric("segue_player_push_total", outcome="slow")

    with ada.connect() as hers, bob.connect() as his:
        for n in range(LISTS_MAX):
            for player, stream in ((ada, hers), (bob, his)):
                event = player.heard(f"t-{n % 40}")
                stream.send({"event": event})
                while stream.wait_for("recommendations").get("cause", {}).get("id") != event["id"]:
                    pass
            if ended():
                break
        wait_until(ended, WITHIN_S, "the slow reader is closed")
        his.send({"event": bob.heard("t-1")})
        his.wait_for("recommendations")

    assert ended() == 1
    wait_until(lambda: impatient.program.metric("segue_gateway_streams", kind="websocket") == 0, WITHIN_S,
               "all have left")
    slow.shutdown()


def test_a_body_that_trickles_in_is_ended(impatient):
    with socket.create_connection((HOST, impatient.port), timeout=WITHIN_S) as trickle:
        head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('ada')}\r\n"
        trickle.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{{".encode())

        assert trickle.recv(4_096) == b""
    ended = lambda: impatient.program.metric("segue_gateway_http_requests_total", code="408")  # noqa: E731
    wait_until(lambda: ended() == 1, 10, "it is counted")


def test_who_says_no_hello_is_sent_away(impatient):
    silent = open_socket(impatient)

    assert silent.recv_frame().data[:2] == (1008).to_bytes(2, "big")


def test_a_frame_that_is_too_large_is_not_even_read(impatient):
    stream = open_socket(impatient)
    # The head of a text frame of a gigabyte, masked; nothing of it follows.
    stream.sock.sendall(bytes([0x81, 0x80 | 127]) + (1 << 30).to_bytes(8, "big") + bytes(4))

    assert stream.recv_frame().data[:2] == (1009).to_bytes(2, "big")


def test_a_fresh_token_must_be_the_same_listeners(impatient):
    with Player(impatient, "ada").connect() as stream:
        stream.wait_for("ready")
        stream.send({"hello": {"token": token("bob")}})

        assert stream.wait_closed() == 1008


STREAMS = {
    "a socket": ("/v1/stream", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"),
    "events": ("/v1/recommendations/stream", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_that_comes_while_the_gateway_stops_goes_elsewhere(pipeline, kind):
    gateway = Gateway(pipeline, "--drain-s", "30").start()
    path, more = STREAMS[kind]
    with socket.create_connection((HOST, gateway.port), timeout=WITHIN_S) as late:
        asks = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('ada')}\r\n"
        # Once the first has its answer the second's beginning has arrived.
        late.sendall(f"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n{asks}".encode())
        assert late.recv(4_096).startswith(b"HTTP/1.1 404 ")
        gateway.program.ask_to_stop()
        wait_until(lambda: lets_no_player_in(gateway), WITHIN_S, "it stops")
        late.sendall(f"{more}\r\n".encode())

        answer = b""
        while received := late.recv(4_096):
            answer += received
    assert answer.startswith(b"HTTP/1.1 503 ") and b"\r\nRetry-After: 1\r\n" in answer
    assert gateway.program.wait(20) == 0


def lets_no_player_in(gateway):
    try:
        socket.create_connection((HOST, gateway.port), timeout=WITHIN_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_bodies_of_all_connections_have_one_limit(pipeline):
    """While one listener's large import trickles in, another's does not fit beside it."""
    gateway = Gateway(pipeline, "--bodies-bytes-max", str(16 * 1_024 * 1_024)).start()
    ada, bob = large_import(Player(gateway)), large_import(Player(gateway))
    with from_address(gateway, "127.0.0.2") as trickle:
        trickle.sendall(ada + b"{")
        wait_until(lambda: b" 503 " in first_answer(gateway, bob), WITHIN_S, "there is no room for his")
        refused = first_answer(gateway, bob)
        assert b"Retry-After: 1\r\n" in refused and b"Send the same again later." in refused
        small = Player(gateway)
        assert small.post(small.heard("t-1")).status == 202, "what is small still fits"

    wait_until(lambda: first_answer(gateway, bob) == b"", WITHIN_S, "her room is free again")


def test_bodies_of_one_address_leave_room_for_others(pipeline):
    """There is room for six such imports; who announces one after the other gets two."""
    gateway = Gateway(pipeline, "--bodies-bytes-max", str(64 * 1_024 * 1_024)).start()
    head = large_import(Player(gateway))
    with from_address(gateway, "127.0.0.2") as greedy, from_address(gateway, "127.0.0.2") as greedier:
        for each in (greedy, greedier):
            each.sendall(head + b"{")
        wait_until(lambda: b" 503 " in first_answer(gateway, head, "127.0.0.2"), WITHIN_S, "its share is taken")
        assert b"Retry-After: 1\r\n" in first_answer(gateway, head, "127.0.0.2")
        assert first_answer(gateway, head, "127.0.0.3") == b"", "another's is waited for"


def large_import(player):
    return (f"POST /1/submit-listens HTTP/1.1\r\nHost: x\r\nAuthorization: Token {player.token}\r\n"
            f"Content-Length: 10000000\r\n\r\n").encode()  # fmt: skip


def from_address(gateway, address):
    return socket.create_connection((HOST, gateway.port), timeout=WITHIN_S, source_address=(address, 0))


def first_answer(gateway, head, address=HOST):
    """The answer that comes at once; nothing where the gateway waits for the body."""
    with from_address(gateway, address) as asked:
        asked.sendall(head)
        asked.settimeout(1)
        try:
            return asked.recv(4_096)
        except TimeoutError:
            return b""


def test_what_finds_no_room_is_put_off(pipeline):
    gateway = Gateway(pipeline, "--unconfirmed-events-max", "1").start()
    ada = Player(gateway)

    answer = ada.post(ada.heard("t-1"), ada.heard("t-2"))

    assert (answer.status, answer.json["code"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) >= 1

    listens = {"listen_type": "import", "payload": [listen(1_443_521_965), listen(1_443_521_966)]}
    put_off = gateway.ask("POST", "/1/submit-listens", json.dumps(listens), Authorization=f"Token {ada.token}")
    assert (put_off.status, put_off.json["code"]) == (503, 503)
    assert "None of the listens was taken" in put_off.json["error"]


def listen(at):
    return {"listened_at": at, "track_metadata": {"artist_name": "An artist", "track_name": "A track"}}


@pytest.fixture
def strict(pipeline):
    """A gateway that takes ten events of a listener at once."""
    return Gateway(pipeline, "--events-per-second", "1").start()


BROKEN = [("POST", "/v1/events", "Bearer"), ("POST", "/v1/requests", "Bearer"), ("POST", "/1/submit-listens", "Token")]


@pytest.mark.parametrize("method, path, scheme", BROKEN)
def test_a_body_of_a_limited_listener_is_not_read(pipeline, method, path, scheme):
    """A body without JSON is found out by reading it."""
    strict = Gateway(pipeline, "--events-per-second", "0.1").start()
    ada, bob = Player(strict), Player(strict)
    assert ada.post(ada.heard("t-1")).status == 202

    def broken(player):
        return strict.ask(method, path, "{", Content_Type="application/json", Authorization=f"{scheme} {player.token}")

    refused = broken(ada)
    assert (refused.status, broken(bob).status) == (429, 400)
    assert int(refused.headers["retry-after"]) >= 1


def test_what_has_to_be_read_costs_whatever_it_is(strict):
    ada, bob = Player(strict), Player(strict)

    events = [ada.post(*[ada.event("playback.completed") for _ in range(10)]).status for _ in range(2)]
    bytes_ = [bob.ask("POST", "/v1/events", "x" * 100_000, Content_Type="application/json").status for _ in range(2)]

    assert (events, bytes_) == ([400, 429], [400, 429])


def test_refused_events_are_taken_after_retry_after(pipeline):
    """Though reading it cost something the first time."""
    gateway = Gateway(pipeline, "--events-per-second", "5").start()
    ada = Player(gateway)
    assert ada.post(*[ada.heard("t-1") for _ in range(40)]).status == 202
    large = [ada.heard("t-1", note="x" * 2_000) for _ in range(25)]

    refused = ada.post(*large)
    assert (refused.status, refused.json["code"]) == (429, "too_many_events")
    time.sleep(int(refused.headers["retry-after"]))
    assert ada.post(*large).status == 202
