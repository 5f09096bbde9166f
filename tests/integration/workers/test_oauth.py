"""Programs that show a Kafka tokens (OAUTHBEARER): what works, and each refusal in one clear line."""

import json

import pytest
import wire
from oauth import CLIENT_SECRET, OauthKafka, TokenEndpoint
from pipeline import Pipeline, listened
from servers import HOST, Program, Redis, free_port, wait_until

WITHIN_S = 60
WRONG = "of-another-client"
RECOMMENDER = "segue-recommender"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    made = TokenEndpoint(tmp_path_factory.mktemp("tokens"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def servers(tmp_path_factory, endpoint):
    folder = tmp_path_factory.mktemp("by-token")
    with OauthKafka(folder, endpoint.jwks) as kafka, Redis(folder) as redis:
        kafka.give_rights()
        yield kafka, redis


@pytest.fixture
def secured(servers, binaries, tmp_path):
    with Pipeline(binaries, tmp_path, *servers) as made:
        yield made


def recommender(pipeline, url, *more, secret=CLIENT_SECRET):
    """It runs; its client's secret comes from a file."""
    file = pipeline.folder / "client.secret"
    file.write_text(secret + "\n")
    authority = f"{pipeline.kafka.authority.file}"
    flags = ["--kafka.brokers", pipeline.kafka.by_token, "--kafka.tls", "--kafka.tls_ca", authority]
    flags += ["--kafka.sasl_mechanism", "OAUTHBEARER", "--kafka.sasl_user", RECOMMENDER]
    flags += ["--kafka.sasl_token_url", url, "--kafka.sasl_scope", "kafka all"]
    flags += ["--redis.address", pipeline.redis.address, *more]
    env = {"SEGUE_KAFKA_SASL_PASSWORD_FILE": f"{file}"}
    program = Program(pipeline.binaries / RECOMMENDER, flags, pipeline.folder, name=RECOMMENDER, env=env)
    pipeline.programs.append(program)
    program.spawn()
    return program


def refusal(program, code=1):
    """The line with which it ends."""
    assert program.wait(WITHIN_S) == code, program.log.read_text()
    text = program.log.read_text()
    assert CLIENT_SECRET not in text and WRONG not in text and "eyJ" not in text
    if code == 2:
        return text.splitlines()[-1]
    [line] = [json.loads(line) for line in text.splitlines() if '"exit_code"' in line]
    return line["error"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_recommender_with_a_token_publishes_lists(secured, endpoint, scheme):
    certified = secured.kafka.authority.certify("tokens") if scheme == "https" else None
    more = ["--kafka.sasl_token_ca", f"{secured.kafka.authority.file}"] if certified else []
    worker = recommender(secured, endpoint.serve(certified), *more)
    worker.wait_ready()

    secured.produce(*[listened("ada", "s", seq, f"t{seq}") for seq in range(1, 5)])
    secured.wait_drained_of(wire.EVENTS)

    assert {record.key for record in secured.read(wire.RECOMMENDATIONS)} == {b"ada"}
    assert endpoint.asked[-1]["scope"] == ["kafka all"]
    assert CLIENT_SECRET not in worker.log.read_text() + worker.get("/metrics")


def test_a_token_is_renewed_before_it_ends(secured, endpoint):
    endpoint.lasts_s = 5
    try:
        worker = recommender(secured, endpoint.serve())
        worker.wait_ready()
        asked = len(endpoint.asked)
        wait_until(lambda: len(endpoint.asked) >= asked + 6, WITHIN_S, "tokens are renewed")
    finally:
        endpoint.lasts_s = 300

    secured.produce(listened("ada", "s", 1, "t1"))
    secured.wait_drained_of(wire.EVENTS)
    assert worker.running


def test_a_wrong_secret_is_one_line_with_the_remedy(secured, endpoint):
    line = refusal(recommender(secured, endpoint.serve(), secret=WRONG))

    assert "401" in line and "kafka.sasl_token_url" in line and "SEGUE_KAFKA_SASL_PASSWORD" in line


def test_a_wrong_secret_leaves_a_program_not_ready(secured, endpoint):
    program = recommender(secured, endpoint.serve(), secret=WRONG)

    wait_until(
        lambda: program.get("/readyz", any_status=True) == "not ready: no_log\n", WITHIN_S, "it says so"
    )


def test_a_token_endpoint_that_is_away_is_named(secured):
    line = refusal(recommender(secured, f"http://{HOST}:{free_port()}/token"))

    assert "no token from kafka.sasl_token_url" in line


def test_a_token_for_another_audience_is_refused(secured, endpoint):
    endpoint.audience = "somebody-else"
    try:
        line = refusal(recommender(secured, endpoint.serve()))
    finally:
        endpoint.audience = "segue-kafka"

    assert "kafka.sasl_mechanism" in line


def test_an_endpoint_of_an_unknown_authority_is_refused(secured, endpoint):
    url = endpoint.serve(secured.kafka.authority.certify("tokens"))

    assert "no token from kafka.sasl_token_url" in refusal(recommender(secured, url))


@pytest.mark.parametrize(
    ("url", "more", "says"),
    [
        ("http://id.example/token", [], "kafka.sasl_token_url"),
        ("id.example/token", [], "kafka.sasl_token_url"),
        ("https://id.example/token", ["--no-kafka.tls", "--kafka.tls_ca", ""], "kafka.tls"),
        ("https://id.example/token", ["--kafka.sasl_mechanism", "SCRAM-SHA-512"], "OAUTHBEARER alone"),
        ("https://id.example/token", ["--kafka.sasl_token_ca", "/no/file"], "kafka.sasl_token_ca: cannot read"),
        ("https://id.example/token", ["--kafka.sasl_token_ca", "/etc/hostname"], "kafka.sasl_token_ca: cannot read"),
    ],
    ids=["clear", "no-address", "no-tls", "scram", "no-authority", "no-pem"],
)
def test_a_setting_that_cannot_be_is_refused(secured, url, more, says):
    assert says in refusal(recommender(secured, url, *more), code=2)
