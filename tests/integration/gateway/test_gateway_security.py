"""Players, names, origins, amounts and rates that the gateway admits: a row, a test."""

import base64
import json
import socket
import ssl
import subprocess
import time

import jwt
import pytest
import wire
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from players import TOKEN_SECRET, Gateway, Player, now, token
from servers import HOST, wait_until

EVENT = json.dumps({"event": {"type": "session.ended", "session_id": "s", "time": now()}})


@pytest.fixture
def gateway(pipeline):
    return Gateway(pipeline, "--origins", "https://player.example").start()


def post(gateway, given, **headers):
    return gateway.ask(
        "POST", "/v1/events", EVENT, Content_Type="application/json",
        Authorization=f"Bearer {given}", **headers,
    )


def logged(pipeline):
    """All events in Kafka."""
    return pipeline.read(wire.EVENTS)


def unsigned(subject):
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, jwt.decode(token(subject), options={"verify_signature": False}))
    )
    return f"{head}.{body}."


REFUSED = {
    "expired": lambda: token("ada", exp=int(time.time()) - 3_600),
    "without an end": lambda: token("ada", exp=None),
    "not valid yet": lambda: token("ada", nbf=int(time.time()) + 3_600),
    "for another audience": lambda: token("ada", aud="another"),
    "for no audience": lambda: token("ada", aud=None),
    "signed with another key": lambda: token("ada", key=TOKEN_SECRET + "!"),
    "with alg=none": lambda: unsigned("ada"),
"without a subject": lambda: token("ada", sub=None),
    "with another algorithm": lambda: token("ada", algorithm="HS512"),
    "that is none": lambda: "not-a-token",
}


def test_a_good_token_is_taken(gateway, pipeline):
    assert post(gateway, token("ada")).status == 202
    assert len(logged(pipeline)) == 1


def test_without_a_token_nothing_is_taken(gateway, pipeline):
    answer = gateway.ask("POST", "/v1/events", EVENT, Content_Type="application/json")

    assert (answer.status, answer.json["code"]) == (401, "no_token")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert logged(pipeline) == []


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_token_is_refused(gateway, pipeline, kind):
    answer = post(gateway, REFUSED[kind]())

    assert (answer.status, answer.json["code"]) == (401, "bad_token")
    assert logged(pipeline) == []


def test_a_token_in_the_url_is_no_token(gateway):
    answer = gateway.ask("GET", f"/v1/recommendations?access_token={token('ada')}")

    assert (answer.status, answer.json["code"]) == (401, "no_token")


def test_of_another_issuer_is_refused(pipeline):
    gateway = Gateway(pipeline, "--token-issuer", "https://id.example").start()

    assert post(gateway, token("ada", iss="https://id.example")).status == 202
    assert post(gateway, token("ada", iss="https://evil.example")).status == 401
    assert post(gateway, token("ada")).status == 401
    assert "token_issuer" not in gateway.program.log.read_text()


def test_that_no_issuer_is_asked_for_is_warned_of(gateway):
    warnings = [line for line in gateway.program.log.read_text().splitlines() if "token_issuer" in line]

    assert len(warnings) == 1 and '"warn"' in warnings[0]


@pytest.mark.parametrize(
    "algorithm, make",
    [
        ("RS256", lambda: rsa.generate_private_key(65_537, 2_048)),
        ("ES256", lambda: ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate),
    ],
)
def test_public_keys_are_checked_by_their_own_algorithm(pipeline, algorithm, make):
    private = make()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    gateway = Gateway(pipeline, token_key=public.decode()).start()

    assert post(gateway, token("ada", key=private, algorithm=algorithm)).status == 202
    assert post(gateway, token("ada", key=make(), algorithm=algorithm)).status == 401
    # The public key as an HMAC secret: PyJWT refuses to sign so, an attacker does not.
    assert post(gateway, token("ada", key=TOKEN_SECRET)).status == 401


def test_another_listeners_events_are_refused(gateway, pipeline):
    ada = Player(gateway, "ada")

    answer = ada.post(ada.heard("t-1"), ada.heard("t-2", user_id="bob"))

    assert (answer.status, answer.json["code"]) == (403, "wrong_user")
    assert logged(pipeline) == []


def test_ones_own_id_becomes_a_pseudonym(gateway, pipeline):
    ada = Player(gateway, "ada")

    assert ada.post(ada.heard("t-1", user_id="ada")).status == 202

    [record] = logged(pipeline)
    assert record.key.decode() == ada.listener
    assert json.loads(record.value)["user_id"] == ada.listener
    assert b'"ada"' not in record.value


def test_a_web_site_that_is_not_listed_is_refused(gateway, pipeline):
    answer = post(gateway, token("ada"), Origin="https://evil.example")

    assert (answer.status, answer.json["code"]) == (403, "bad_origin")
    assert "access-control-allow-origin" not in answer.headers
    assert logged(pipeline) == []


def test_listed_web_sites_and_the_own_page_may(gateway):
    listed = post(gateway, token("ada"), Origin="https://player.example")
    own = post(gateway, token("ada"), Origin=f"http://{gateway.address}")

    assert listed.status == own.status == 202
    assert listed.headers["access-control-allow-origin"] == "https://player.example"


def test_a_retry_is_counted_once(gateway, pipeline):
    pipeline.worker("segue-recommender")
    ada = Player(gateway, "ada")
    event = ada.heard("t-1")

    assert [ada.post(event).status for _ in range(3)] == [202, 202, 202]

    store = wire.connect(pipeline.redis.address)
    wait_until(lambda: pipeline.progress(wire.EVENTS) >= 3, 30, "the retries are read")
    [counts] = wire.state_keys(store, wire.EVENTS, "u").values()
    assert wire.listener_counts(counts).listens == 1


def test_what_is_too_large_is_refused(gateway, pipeline):
    huge = gateway.ask(
        "POST", "/v1/events", "x" * (1_024 * 1_024 + 1), Content_Type="application/json",
        Authorization=f"Bearer {token('ada')}",
    )
    ada = Player(gateway, "ada")
    large = ada.post(ada.heard("t-1", note="x" * 65_536))
    named = ada.post(ada.event("x" * 65_536))

    assert (huge.status, huge.json["code"]) == (413, "too_large")
    assert (large.status, large.json["refused"][0]["code"]) == (400, "too_large")
    assert (named.status, named.json["refused"][0]["code"]) == (400, "bad_field")
    assert logged(pipeline) == []


def test_headers_that_are_too_large_are_refused(gateway):
    assert gateway.ask("GET", "/v1/recommendations", X="x" * 20_000).status == 431


def test_a_request_that_trickles_in_is_ended(pipeline):
    gateway = Gateway(pipeline, "--request-within-s", "1").start()
    with socket.create_connection((HOST, gateway.port), timeout=10) as slow:
        slow.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\n")

        assert slow.recv(4_096) == b""
    ended = lambda: gateway.program.metric("segue_gateway_http_requests_total", code="408")  # noqa: E731
    wait_until(lambda: ended() == 1, 10, "it is counted")


def test_an_idle_connection_is_closed(pipeline):
    gateway = Gateway(pipeline, "--idle-timeout-s", "2").start()
    with socket.create_connection((HOST, gateway.port), timeout=10) as idle:
        assert idle.recv(1) == b""


def test_a_player_that_asks_too_often_reads_when_to_retry(pipeline):
    gateway = Gateway(pipeline, "--requests-per-second", "1").start()

    answers = [post(gateway, token("ada")) for _ in range(12)]

    assert answers[0].status == 202
    assert (answers[-1].status, answers[-1].json["code"]) == (429, "too_many_requests")
    assert int(answers[-1].headers["retry-after"]) >= 1


UNGRANTED = {
    "no such path": ("GET", "/nope", {}),
    "no such method": ("PUT", "/v1/events", {}),
    "a preflight": ("OPTIONS", "/v1/events", {}),
    "a site that is not listed": ("GET", "/", {"Origin": "https://evil.example"}),
}


@pytest.mark.parametrize("kind", UNGRANTED)
def test_what_is_not_granted_costs_as_much(pipeline, kind):
    gateway = Gateway(pipeline, "--requests-per-second", "1").start()
    method, path, headers = UNGRANTED[kind]

    answers = [gateway.ask(method, path, **headers).status for _ in range(40)]

    assert answers[0] != 429 and answers[-1] == 429


def test_who_tells_too_much_does_not_slow_others(pipeline):
    gateway = Gateway(pipeline, "--events-per-second", "1").start()
    ada, bob = Player(gateway, "ada"), Player(gateway, "bob")

    loud = [ada.post(*[ada.heard("t-1") for _ in range(6)]) for _ in range(2)]

    assert [answer.status for answer in loud] == [202, 429]
    assert loud[1].json["code"] == "too_many_events"
    assert bob.post(bob.heard("t-1")).status == 202


def test_one_address_has_a_bounded_number_of_connections(pipeline):
    gateway = Gateway(pipeline, "--connections-per-address-max", "2").start()
    held = [socket.create_connection((HOST, gateway.port), timeout=10) for _ in range(2)]

    with socket.create_connection((HOST, gateway.port), timeout=10) as third:
        assert third.recv(1) == b""
    for connection in held:
        connection.close()
    wait_until(lambda: _answers(gateway), 10, "who leaves makes room")


def _answers(gateway):
    try:
        return post(gateway, token("ada")).status == 202
    except OSError:
        return False


def test_nothing_but_http_is_refused_in_words(gateway):
    with socket.create_connection((HOST, gateway.port), timeout=10) as other:
        other.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert other.recv(4_096).startswith(b"HTTP/1.1 400 ")


def test_tls_is_spoken_and_old_versions_are_not(pipeline, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )
    gateway = Gateway(pipeline, "--tls-certificate", str(certificate), "--tls-key", str(key)).start()
    trusting = ssl.create_default_context(cafile=str(certificate))

    def first_line(request):
        with socket.create_connection((HOST, gateway.port), timeout=10) as raw:
            with trusting.wrap_socket(raw, server_hostname=HOST) as secure:
                assert secure.version() == "TLSv1.3"
                secure.sendall(request.encode())
                return secure.recv(64).split(b"\r\n")[0]

    page = "GET / HTTP/1.1\r\nHost: {0}\r\nOrigin: {1}://{0}\r\n\r\n"
    assert first_line("GET /v1/recommendations HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 401 ")
    assert first_line(page.format(gateway.address, "https")).startswith(b"HTTP/1.1 200 ")
    assert first_line(page.format(gateway.address, "http")).startswith(b"HTTP/1.1 403 ")
    old = ssl.create_default_context(cafile=str(certificate))
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection((HOST, gateway.port), timeout=10) as raw:
        with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
            old.wrap_socket(raw, server_hostname=HOST)


@pytest.mark.parametrize("host, warns", [("0.0.0.0", True), ("[::1]", False), ("localhost", False)])
def test_tokens_in_the_clear_beyond_this_machine_are_warned_of(pipeline, host, warns):
    gateway = Gateway(pipeline, "--listen", f"{host}:0").start()

    assert ("there is no TLS" in gateway.program.log.read_text()) is warns


def test_no_secret_and_no_name_is_logged_or_counted(gateway, pipeline):
    ada = Player(gateway, "canary-listener")
    ada.post(ada.heard("t-1"))
    gateway.ask("GET", f"/v1/recommendations?token={ada.token}")
    ada.post({"type": "nonsense"})

    written = gateway.program.log.read_text() + gateway.program.get("/metrics")
    for secret in (TOKEN_SECRET, ada.token, ada.subject, ada.listener):
        assert secret not in written


def test_tokens_are_given_only_in_dev(pipeline, gateway):
    ask = json.dumps({"user_id": "ada"})
    dev = Gateway(pipeline, "--dev", name="dev").start()

    given = dev.ask("POST", "/dev/token", ask)
    rebound = dev.ask("POST", "/dev/token", ask, Host="evil.example")

    assert gateway.ask("POST", "/dev/token", ask).status == 404
    assert given.status == 200 and post(dev, given.json["token"]).status == 202
    assert rebound.status == 403
    assert "--dev" in dev.program.log.read_text()
