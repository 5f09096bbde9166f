"""Tokens are checked by secrets and public keys, from files and from an identity provider."""

import base64
import gzip
import json
import secrets
import subprocess

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from identity import Key, Provider, jwks
from players import TOKEN_SECRET, Gateway, Player, pseudonym, secret_of, token
from servers import HOST, wait_until

PUBLIC = ed25519.Ed25519PrivateKey.generate().public_key()
PEM = PUBLIC.public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
).decode()
DER = PUBLIC.public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
SSH = PUBLIC.public_bytes(
    serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
).decode()
PRIVATE = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
SHORT_RSA = rsa.generate_private_key(65_537, 1_024).public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
).decode()


def get(gateway, given):
    return gateway.ask("GET", "/v1/me/export", Authorization=f"Bearer {given}").status


def refusal(gateway):
    """The one line with which a gateway does not start."""
    gateway.program.spawn()
    assert gateway.program.wait(30) == 2
    return gateway.program.log.read_text().splitlines()[-1]


def compressed(curve):
    public = ec.generate_private_key(curve).public_key()
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


RANDOM = secrets.token_bytes(32)
# All know a public key: what does not say that it is a secret is none.
NO_SECRETS = {
    "a JWKS": jwks(Key("k")),
    "a JWK": json.dumps(Key("k").jwk),
    "an OpenSSH key": SSH,
    "DER": DER,
    "base64 of DER": base64.b64encode(DER).decode(),
    "base64 of PEM": base64.b64encode(PEM.encode()).decode(),
    "PEM": PEM,
    "the bare bytes of a key": DER[-32:].hex(),
    "a compressed point of P-256": compressed(ec.SECP256R1()).hex(),
    "a compressed point of P-384": base64.b64encode(compressed(ec.SECP384R1())).decode(),
    "a gzipped key": base64.b64encode(gzip.compress(PEM.encode())).decode(),
    "the modulus of a key": secrets.token_hex(128),
    "bytes that do not say that they are one": RANDOM.hex(),
    "the address of a JWKS": "https://id.example/.well-known/jwks.json",
    "line breaks": "\n" * 64,
    "nothing": b"\n",
    "a phrase": "a secret that only these tests know, and no one else",
    "another kind of JWK": secret_of(RANDOM, kty="EC"),
    "two kinds of JWK": secret_of(RANDOM, crv="P-256", x="AAAA", y="AAAA"),
    "two keys": secret_of(RANDOM)[:-1] + ', "k": "AAAA"}',
    "a secret that encrypts": secret_of(RANDOM, use="enc"),
    "a secret of another algorithm": secret_of(RANDOM, alg="A256GCM"),
    "a set of secrets": json.dumps({"keys": [json.loads(secret_of(RANDOM))]}),
    "too few bytes": secret_of(RANDOM[:31]),
    "too few bytes in hexadecimal": secret_of(RANDOM[:31].hex()),
    "too few bytes, filled up": secret_of(RANDOM[:24] + bytes(24)),
    "squares": secret_of(bytes(n * n % 256 for n in range(64))),
    "one letter": secret_of("a" * 64),
    "a phrase that says that it is one": secret_of("a secret that only these tests know, and no one else"),
    "a public key that says that it is one": secret_of(PEM),
    "DER that says that it is one": secret_of(DER),
    "base64 of DER that says that it is one": secret_of(base64.b64encode(DER)),
    "digits": secret_of("3141592653589793238462643383279502884197169399375105820974944592"),
    "a secret to encrypt with": json.dumps(json.loads(secret_of(RANDOM)) | {"key_ops": ["encrypt"]}),
    "a secret with a certificate": json.dumps(json.loads(secret_of(RANDOM)) | {"x5c": ["AAAA"]}),
}


@pytest.mark.parametrize("kind", NO_SECRETS)
@pytest.mark.parametrize("setting", ["token_secret", "pseudonym_key"])
def test_what_is_no_secret_stops_the_start_in_one_line(pipeline, kind, setting):
    gateway = Gateway(pipeline, **{setting: NO_SECRETS[kind]})

    assert setting.upper() in refusal(gateway).upper()


def admin(pipeline, *words, given=""):
    done = subprocess.run(
        [pipeline.binaries / "segue-admin", *words], input=given, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def test_a_secret_is_made_by_one_command_and_read_by_libraries(pipeline):
    _, made, _ = admin(pipeline, "secret")
    _, another, _ = admin(pipeline, "secret")
    gateway = Gateway(pipeline, token_secret=made).start()

    key = jwt.PyJWK(json.loads(made), algorithm="HS256").key
    assert get(gateway, token("ada", key=key)) == 200
    assert get(gateway, token("ada", key=made)) == 401, "the document as a secret"
    assert get(gateway, token("ada", key=jwt.PyJWK(json.loads(another), algorithm="HS256").key)) == 401


def test_a_key_of_an_older_build_stays_the_same_key(pipeline):
    older = secrets.token_hex(32)
    _, wrapped, _ = admin(pipeline, "secret", "wrap", given=older + "\n")
    gateway = Gateway(pipeline, token_secret=wrapped, pseudonym_key=wrapped).start()

    answer = gateway.ask("GET", "/v1/me/export", Authorization=f"Bearer {token('ada', key=older)}")

    assert answer.json["pseudonym"] == pseudonym("ada", older)


NO_OLDER_KEYS = {
    "two lines": "two\nlines\n",
    "base64 of DER": base64.b64encode(DER).decode(),
    "hexadecimal of DER": DER.hex(),
    "the middle of an OpenSSH key": SSH.split()[1],
    "a phrase": "a secret that only these tests know, and no one else",
    "a secret in the new form": secret_of(RANDOM),
}


@pytest.mark.parametrize("kind", NO_OLDER_KEYS)
def test_what_was_no_secret_before_is_not_made_one(pipeline, kind):
    code, said, why = admin(pipeline, "secret", "wrap", given=NO_OLDER_KEYS[kind])

    assert (code, said) == (1, "") and "standard input is" in why


NO_KEYS = {
    "a secret": (TOKEN_SECRET, "SEGUE_GATEWAY_TOKEN_SECRET_FILE"),
    "an address": ("https://id.example/jwks.json", "--token-keys-url"),
    "an OpenSSH key": (SSH, "neither PEM"),
    "DER": (DER, "neither PEM"),
    "a private key": (PRIVATE, "private"),
    "a private JWK": (json.dumps(Key("k").jwk | {"d": "AAAA"}), "private"),
    "a shared JWK": (secret_of(RANDOM), "SEGUE_GATEWAY_TOKEN_SECRET_FILE"),
    "a broken PEM": ("-----BEGIN PUBLIC KEY-----\n", "PEM block"),
    "a short RSA key": (SHORT_RSA, "2,048"),
    "no key for signatures": (json.dumps(Key("k").jwk | {"use": "enc"}), "not for signatures"),
}


@pytest.mark.parametrize("kind", NO_KEYS)
def test_what_is_no_public_key_stops_the_start_in_one_line(pipeline, kind):
    text, says = NO_KEYS[kind]

    assert says in refusal(Gateway(pipeline, token_key=text))


def test_two_ways_of_checking_stop_the_start(pipeline):
    both = Gateway(pipeline, token_key=PEM, token_secret=secret_of(TOKEN_SECRET))
    none = Gateway(pipeline, token_secret="", name="none")

    assert "give one of" in refusal(both)
    assert "nothing checks tokens" in refusal(none)


@pytest.mark.parametrize("url", ["http://127.0.0.1/jwks", "https://", "https://a@b/jwks", "jwks.json"])
def test_an_address_that_is_not_https_stops_the_start(pipeline, url):
    assert "token_keys_url" in refusal(Gateway(pipeline, "--token-keys-url", url))


def test_a_kid_chooses_among_the_keys_of_a_jwks(pipeline):
    a, b, stranger = Key("a", "RS256"), Key("b", "ES256"), Key("a", "RS256")
    gateway = Gateway(pipeline, token_key=jwks(a, b)).start()

    assert get(gateway, a.token("ada")) == 200
    assert get(gateway, b.token("ada", kid=None)) == 200
    assert get(gateway, b.token("ada", kid="a")) == 401
    assert get(gateway, b.token("ada", kid="c")) == 401
    assert get(gateway, stranger.token("ada")) == 401
    assert get(gateway, token("ada", key=jwks(a, b))) == 401, "the document as a secret"


def test_a_certificate_is_a_public_key(pipeline, tmp_path):
    certificate, private = tmp_path / "c.pem", tmp_path / "k.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=id",
         "-keyout", private, "-out", certificate],
        check=True, capture_output=True,
    )
    gateway = Gateway(pipeline, token_key=certificate.read_text()).start()

    given = token("ada", key=private.read_text(), algorithm="RS256")
    assert get(gateway, given) == 200


@pytest.fixture
def provider(tmp_path):
    made = Provider(tmp_path, Key("old"))
    yield made
    made.stop()


def test_keys_of_a_provider_are_taken_and_leave(pipeline, provider):
    old, new = Key("old"), Key("new", "EdDSA")
    provider.text = jwks(old)
    gateway = Gateway(pipeline, *provider.start().flags, "--token-keys-every-s", "1").start()
    assert get(gateway, old.token("ada")) == 200

    provider.text = jwks(new)
    wait_until(lambda: get(gateway, new.token("ada")) == 200, 20, "the new key counts")

    assert get(gateway, old.token("ada")) == 401
    assert get(gateway, token("ada")) == 401


def test_an_unknown_kid_has_the_keys_read_at_once_and_not_often(pipeline, provider):
    old, new = Key("old"), Key("new")
    provider.text = jwks(old)
    gateway = Gateway(pipeline, *provider.start().flags).start()
    assert get(gateway, old.token("ada")) == 200

    provider.text = jwks(old, new)
    wait_until(lambda: get(gateway, new.token("ada")) == 200, 20, "it is read again")
    asked = provider.asked
    for _ in range(50):
        assert get(gateway, old.token("ada", kid="unknown")) == 401

    assert provider.asked <= asked + 1
    ada = Player(gateway, "ada")
    ada.token = new.token("ada")
    with ada.connect() as stream:
        stream.wait_for("ready")


def test_while_the_provider_is_away_its_last_keys_go_on(pipeline, provider):
    old = Key("old")
    provider.text = jwks(old)
    gateway = Gateway(pipeline, *provider.start().flags, "--token-keys-every-s", "1").start()
    assert get(gateway, old.token("ada")) == 200

    provider.text = "an error page"
    wait_until(lambda: "not since" in gateway.program.get("/readyz?verbose"), 20, "it is shown")
    provider.stop()
    wait_until(lambda: "no connection" in gateway.program.get("/readyz?verbose"), 20, "it is shown")

    assert get(gateway, old.token("ada")) == 200
    assert gateway.program.log.read_text().count("cannot be read") == 1


def test_until_keys_came_no_token_is_taken_or_refused(pipeline, provider):
    old = Key("old")
    gateway = Gateway(pipeline, *provider.flags)
    gateway.program.spawn()
    wait_until(lambda: "token keys not read yet" in readiness(gateway), 30, "it waits")

    answer = gateway.ask("GET", "/v1/me/export", Authorization=f"Bearer {old.token('ada')}")
    assert (answer.status, answer.json["code"]) == (503, "no_token_keys")

    provider.text = jwks(old)
    provider.start()
    wait_until(lambda: get(gateway, old.token("ada")) == 200, 40, "it has tried again")


def readiness(gateway):
    return gateway.program.get("/readyz?verbose", any_status=True) or ""


WRONG_ANSWERS = {
    "a redirection": lambda p: (setattr(p, "status", 302), p.headers.update(Location="https://x/")),
    "an error": lambda p: setattr(p, "status", 500),
    "too much": lambda p: setattr(p, "text", json.dumps({"keys": [], "x": "x" * 300_000})),
    "a private key": lambda p: setattr(p, "text", json.dumps(Key("k").jwk | {"d": "AAAA"})),
    "no key": lambda p: setattr(p, "text", "{}"),
}


@pytest.mark.parametrize("kind", WRONG_ANSWERS)
def test_a_wrong_answer_of_a_provider_is_no_key(pipeline, provider, kind):
    WRONG_ANSWERS[kind](provider)
    gateway = Gateway(pipeline, *provider.start().flags)
    gateway.program.spawn()

    wait_until(lambda: "not read yet: " in readiness(gateway), 30, "it is shown")


@pytest.mark.parametrize("name", ["IP:127.0.0.2", "DNS:another.example"])
def test_a_provider_must_prove_its_name(pipeline, tmp_path, name):
    provider = Provider(tmp_path, Key("k"), name=name).start()
    try:
        gateway = Gateway(pipeline, *provider.flags)
        gateway.program.spawn()
        wait_until(lambda: "no TLS" in readiness(gateway), 30, "it is shown")
        assert provider.asked == 0
    finally:
        provider.stop()


def test_a_provider_of_unknown_authorities_is_not_believed(pipeline, provider):
    gateway = Gateway(pipeline, "--token-keys-url", f"https://{HOST}:{provider.start().port}/")
    gateway.program.spawn()

    wait_until(lambda: "no TLS" in readiness(gateway), 30, "it is shown")
