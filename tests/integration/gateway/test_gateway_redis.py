"""A gateway's lists while Redis has not yet, has still, or does not say what the topic has said."""

import contextlib
import http.client
import json
import socket
import time

import pytest
import wire
from players import Gateway, Player, events_of, stored, tell_catalogue
from proxy import Proxy
from servers import HOST, free_port, wait_until

WITHIN_S = 20


@pytest.fixture
def store(redis_server):
    """A Redis one can hold up, or lead elsewhere."""
    proxy = Proxy(lambda: proxy.leads_to)
    proxy.leads_to = redis_server.port
    yield proxy
    proxy.close()


@pytest.fixture
def two_gateways(pipeline, store):
    """And a recommender that publishes, but does not store, while `store` is held."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender", "--redis.address", store.address)
    return [Gateway(pipeline, name=name).start() for name in ("a", "b")]


@pytest.fixture
def gateway_of_store(pipeline, store):
    """The only one who reads by way of `store`."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    return Gateway(pipeline, "--redis.address", store.address).start()


def at(gateway, player):
    """The same listener, at another gateway."""
    there = Player(gateway, player.subject)
    there.token = player.token
    return there


def published_but_not_stored(stream, ada, pipeline, store):
    """The version of a list that stands on the topic and not in Redis."""
    stream.wait_for("recommendations")
    stream.send({"event": ada.heard("t-1")})
    stream.wait_for("recommendations")
    pipeline.wait_drained()
    store.hold("up")
    stream.send({"event": ada.heard("t-1")})
    return stream.wait_for("recommendations")["version"]


def waits_or_has(gateway, player, version):
    answer = at(gateway, player).ask("GET", "/v1/recommendations")
    return answer.status == 503 or answer.json["version"] == version


def wait_until_read(gateway, player, version):
    """Before it has read the record it knows of no newer list than Redis has."""
    wait_until(lambda: waits_or_has(gateway, player, version), WITHIN_S, "the record is read")


def test_another_gateway_sends_a_list_redis_does_not_have_yet(two_gateways, pipeline, store):
    here, there = two_gateways
    ada = Player(here)
    with ada.connect() as stream:
        newest = published_but_not_stored(stream, ada, pipeline, store)
        wait_until_read(there, ada, newest)
        with at(there, ada).connect() as other:
            other.wait_for("ready")
            store.release()

            assert other.wait_for("recommendations")["version"] == newest
    assert at(there, ada).list()["version"] == newest


def test_a_request_waits_for_what_redis_does_not_have_yet(two_gateways, pipeline, store):
    here, there = two_gateways
    ada = Player(here)
    with ada.connect() as stream:
        newest = published_but_not_stored(stream, ada, pipeline, store)
        wait_until_read(there, ada, newest)
        assert all(waits_or_has(there, ada, newest) for _ in range(10))
        store.release()

        assert at(there, ada).list()["version"] == newest


def test_a_gateway_that_starts_knows_what_redis_does_not_have_yet(two_gateways, pipeline, store):
    here, _ = two_gateways
    ada = Player(here)
    with ada.connect() as stream:
        newest = published_but_not_stored(stream, ada, pipeline, store)
        fresh = Gateway(pipeline, name="fresh").start()
        with at(fresh, ada).connect() as other:
            other.wait_for("ready")
            early = at(fresh, ada).ask("GET", "/v1/recommendations")
            store.release()

            assert early.status == 503
            assert other.wait_for("recommendations")["version"] == newest


def test_a_list_that_cannot_be_read_ends_no_session(gateway_of_store, pipeline):
    ada = Player(gateway_of_store)
    ada.post(ada.heard("t-1"))
    wait_until(lambda: stored(pipeline, "r", ada) is not None, WITHIN_S, "it is stored")
    pipeline.wait_drained()
    before = ada.list()["version"]
    store = wire.connect(pipeline.redis.address)
    [key] = store.scan_iter(match=f"*:r:{ada.listener}")
    store.set(key, b"no list")

    fresh = Gateway(pipeline, name="fresh").start()

    assert at(fresh, ada).list()["version"] > before
    began = [data for kind, data in events_of(pipeline, ada) if kind == "segue.session.started.v1"]
    assert began and "session_id" not in began[-1]


def test_asking_again_while_workers_lag_has_one_list_made(pipeline):
    """Or each time it is asked for, the list of a listener whose stored one is lost costs an event."""
    recommender = pipeline.worker("segue-recommender")
    ada = Player(Gateway(pipeline).start())
    ada.post(ada.heard("t-1"))
    wait_until(lambda: stored(pipeline, "r", ada) is not None, WITHIN_S, "it is stored")
    recommender.stop()
    store = wire.connect(pipeline.redis.address)
    [key] = store.scan_iter(match=f"*:r:{ada.listener}")
    store.set(key, b"no list")
    fresh = at(Gateway(pipeline, name="fresh").start(), ada)

    answers = [fresh.ask("GET", "/v1/recommendations").status for _ in range(3)]
    with fresh.connect() as stream:
        stream.wait_for("ready")
        answers.append(fresh.ask("GET", "/v1/recommendations").status)

    assert answers == [503] * 4
    kinds = [kind for kind, _ in events_of(pipeline, ada)]
    assert kinds.count("segue.session.started.v1") == 1
    pipeline.worker("segue-recommender", name="again")
    assert fresh.list()["version"] >= 0


def test_no_gateway_shows_what_was_erased_though_redis_has_it(two_gateways, pipeline, store):
    here, there = two_gateways
    ada = Player(here)
    with ada.connect() as stream:
        stream.wait_for("recommendations")
        stream.send({"event": ada.heard("t-1")})
        erased = stream.wait_for("recommendations")["version"]
        wait_until(lambda: stored(pipeline, "r", ada) is not None, WITHIN_S, "it is stored")
        store.hold("up")
        assert ada.ask("DELETE", "/v1/me").status == 202
        stream.wait_for("erased")
        assert stored(pipeline, "r", ada) is not None

        answers = [at(gateway, ada).ask("GET", "/v1/recommendations") for gateway in two_gateways]
        store.release()

    assert [answer.status for answer in answers] == [503, 503]
    assert {at(gateway, ada).list()["version"] > erased for gateway in two_gateways} == {True}


def test_a_silent_redis_delays_no_request_of_the_others(gateway_of_store, store):
    known = Player(gateway_of_store)
    known.list()
    store.hold("up")
    began = time.monotonic()
    asking = [Asking(Player(gateway_of_store), "/v1/recommendations") for _ in range(10)]
    asking += [Asking(known, "/v1/me/export")]
    statuses = [each.status() for each in asking]
    took_s = time.monotonic() - began

    assert statuses == [503] * 11
    assert took_s < 5
    assert known.ask("GET", "/v1/recommendations").status == 200
    store.forget()
    wait_until(lambda: known.ask("GET", "/v1/me/export").status == 200, WITHIN_S, "Redis is asked again")


def test_sigterm_does_not_wait_for_a_silent_redis(gateway_of_store, store):
    Player(gateway_of_store).list()
    store.hold("up")
    touched = store.touched
    asking = [Asking(Player(gateway_of_store), "/v1/recommendations") for _ in range(30)]
    wait_until(lambda: store.touched > touched, WITHIN_S, "Redis is asked")

    gateway_of_store.program.ask_to_stop()

    assert gateway_of_store.program.wait(10) == 0
    for each in asking:
        each.socket.close()


class Asking:
    """A GET on a connection of its own, not waited for."""

    def __init__(self, player, path):
        self.socket = socket.create_connection((HOST, player.gateway.port), timeout=2 * WITHIN_S)
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {player.token}\r\n\r\n".encode()
        )

    def status(self):
        with self.socket, self.socket.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.mark.parametrize("redis_is", ["away", "silent"])
def test_who_connects_without_redis_gets_a_first_list_once_it_is_back(
    gateway_of_store, redis_server, store, redis_is
):
    wait_until(lambda: Player(gateway_of_store).list(), WITHIN_S, "lists are made")
    if redis_is == "away":
        store.leads_to = free_port()
        store.reset()
    else:
        store.hold("up")
    streamed = Asking(Player(gateway_of_store), "/v1/recommendations/stream")
    with Player(gateway_of_store).connect() as stream:
        stream.wait_for("ready")
        # Reads are answered in turn, so the others were not answered either.
        assert Player(gateway_of_store).ask("GET", "/v1/recommendations").status == 503
        store.leads_to = redis_server.port
        store.forget()

        assert stream.wait_for("recommendations")["items"]
    with streamed.socket, streamed.socket.makefile(encoding="utf-8") as lines:
        data = next(line for line in lines if line.startswith("data: "))
    assert json.loads(data.removeprefix("data: "))["items"]


def asked_in_vain(gateway):
    with contextlib.suppress(OSError, http.client.HTTPException):
        Player(gateway).ask("GET", "/v1/me/export")
    return True


def test_a_redis_that_refuses_the_gateway_leaves_it_not_ready(pipeline, redis_server):
    gateway = Gateway(pipeline).start()
    streams = [Player(gateway).connect() for _ in range(5)]
    for stream in streams:
        stream.wait_for("ready")
    redis = wire.connect(redis_server.address)
    redis.config_set("requirepass", "another")
    try:
        redis.client_kill_filter(_type="normal", skipme=True)
        wait_until(lambda: asked_in_vain(gateway) and not ready(gateway), WITHIN_S, "it is not ready")
    finally:
        redis.config_set("requirepass", "")
    assert "SEGUE_REDIS_PASSWORD" in gateway.program.log.read_text()
    wait_until(lambda: ready(gateway), WITHIN_S, "it is ready again")


def ready(gateway):
    return gateway.program.get("/readyz") is not None
