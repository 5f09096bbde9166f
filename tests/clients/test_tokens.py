"""Tokens as the library most issuers in Node use makes them, checked by the settings of this page."""

import json

import pytest
from identity import Provider
from players import AUDIENCE, TOKEN_SECRET, Gateway

PUBLIC = ["RS256", "ES256", "EdDSA"]
GOOD = {"sub": "ada", "aud": AUDIENCE}
SEVERAL_AUDIENCES = {"sub": "ada", "aud": ["https://api.example", AUDIENCE]}
BAD = [
    {"sub": "ada", "aud": "another"},
    {"sub": "ada", "aud": AUDIENCE, "exp": "1h ago"},
    {"sub": "ada", "aud": AUDIENCE, "nbf": 4_102_444_800},
    {"aud": AUDIENCE},
]


@pytest.fixture
def signed(node):
    def sign(algorithm, *claims):
        with node("sign.mjs", algorithm, TOKEN_SECRET, json.dumps(claims)) as issuer:
            said, _ = issuer.communicate(timeout=60)
        assert issuer.returncode == 0
        return json.loads(said)

    return sign


def get(gateway, token):
    return gateway.ask("GET", "/v1/me/export", Authorization=f"Bearer {token}").status


def check(gateway, tokens):
    """The first two tokens are good, all others are not."""
    statuses = [get(gateway, token) for token in tokens["tokens"]]

    assert statuses == [200, 200] + [401] * len(BAD)
    assert [get(gateway, token) for token in tokens["strangers"]] == [401] * len(statuses)
    assert get(gateway, tokens["encrypted"]) == 401


@pytest.mark.parametrize("algorithm", PUBLIC)
@pytest.mark.parametrize("form", ["jwks", "pem"])
def test_tokens_signed_in_node_are_checked_by_public_keys(pipeline, signed, algorithm, form):
    tokens = signed(algorithm, GOOD, SEVERAL_AUDIENCES, *BAD)

    check(Gateway(pipeline, token_key=tokens[form]).start(), tokens)


@pytest.mark.parametrize("algorithm", PUBLIC)
def test_tokens_signed_in_node_are_checked_by_a_provider(pipeline, signed, tmp_path, algorithm):
    tokens = signed(algorithm, GOOD, SEVERAL_AUDIENCES, *BAD)
    provider = Provider(tmp_path)
    provider.text = tokens["jwks"]
    try:
        check(Gateway(pipeline, *provider.start().flags).start(), tokens)
    finally:
        provider.stop()


def test_tokens_signed_in_node_are_checked_by_a_secret(pipeline, signed):
    tokens = signed("HS256", GOOD, SEVERAL_AUDIENCES, *BAD)

    check(Gateway(pipeline).start(), tokens)


def test_another_algorithm_of_node_is_refused(pipeline, signed):
    """Also with a secret that the gateway has, or a key whose type fits."""
    good = signed("ES256", GOOD)
    by_key = Gateway(pipeline, token_key=good["jwks"], name="by-key").start()
    by_secret = Gateway(pipeline, name="by-secret").start()

    for algorithm in ["HS256", "PS256", "ES384"]:
        assert get(by_key, signed(algorithm, GOOD)["tokens"][0]) == 401
    for algorithm in ["RS256", "ES256", "EdDSA"]:
        assert get(by_secret, signed(algorithm, GOOD)["tokens"][0]) == 401
