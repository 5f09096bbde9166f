"""Programs and a Kafka with TLS, users and rights: what works, and each refusal in one clear line."""

import dataclasses
import json

import pytest
import wire
from pipeline import Pipeline, listened
from players import Gateway, Player
from secured import DAY, GROUP, LITERAL, PASSWORD, TOPIC, Authority, SecuredKafka
from servers import HOST, Program, Redis, initialise, wait_until

ENDS_WITHIN_S = 60
WRONG = "9a2e77c1b0"
READS_OF_A_RECOMMENDER = [
    (TOPIC, "segue.events.v1", LITERAL, "READ"),
    (TOPIC, "segue.item-models.v1", LITERAL, "READ"),
    (TOPIC, "segue.lessons.v1", LITERAL, "READ"),
    (GROUP, "segue-recommender", LITERAL, "READ"),
]
RECOMMENDER = "segue-recommender"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    with SecuredKafka(folder) as kafka, Redis(folder) as redis:
        kafka.give_rights()
        yield kafka, redis


@pytest.fixture
def secured(servers, binaries, tmp_path):
    """Topics and functions are prepared by way of the plain listener, which is the tests' own."""
    with Pipeline(binaries, tmp_path, *servers) as made:
        yield made


@dataclasses.dataclass
class User:
    """How a program speaks to Kafka; `over` is a listener."""

    name: str
    over: str = "secure"
    host: str = "localhost"
    mechanism: str = "SCRAM-SHA-512"
    password: str = PASSWORD
    authority: str = ""  # the file; empty: the right one


def flags_of(pipeline, user):
    kafka = pipeline.kafka
    flags = ["--kafka.brokers", kafka.brokers(user.over, user.host), "--kafka.tls"]
    flags += ["--kafka.tls_ca", user.authority or str(kafka.authority.file)]
    flags += ["--redis.address", pipeline.redis.address]
    if user.over == "mutual":
        certificate, key = kafka.authority.certify(user.name)
        return [*flags, "--kafka.tls_certificate", str(certificate), "--kafka.tls_key", str(key)]
    return [*flags, "--kafka.sasl_mechanism", user.mechanism, "--kafka.sasl_user", user.name]


def program_of(pipeline, name, user, *more):
    """It is not started; its password comes from a file."""
    secret = pipeline.folder / f"{name}-{user.over}.password"
    secret.write_text(user.password + "\n")
    env = {} if user.over == "mutual" else {"SEGUE_KAFKA_SASL_PASSWORD_FILE": str(secret)}
    flags = [*flags_of(pipeline, user), *more]
    program = Program(pipeline.binaries / name, flags, pipeline.folder, name=name, env=env)
    pipeline.programs.append(program)
    return program


def refusal(pipeline, user, name=RECOMMENDER, *more):
    """The line with which it ends, the only one of its kind. No line holds a password."""
    program = program_of(pipeline, name, user, *more)
    program.spawn()
    assert program.wait(ENDS_WITHIN_S) == 1, program.log.read_text()
    text = program.log.read_text()
    assert user.password not in text and PASSWORD not in text
    [line] = [json.loads(line) for line in text.splitlines() if '"exit_code"' in line]
    return line["error"]


@pytest.mark.parametrize(
    "user",
    [
        User(RECOMMENDER),
        User(RECOMMENDER, mechanism="SCRAM-SHA-256"),
        User(RECOMMENDER, mechanism="PLAIN"),
        User(RECOMMENDER, over="mutual"),
    ],
    ids=["scram-512", "scram-256", "plain", "certificate"],
)
def test_a_recommender_with_its_rights_publishes_lists(secured, user):
    worker = program_of(secured, RECOMMENDER, user).start()

    secured.produce(*[listened("ada", "s", seq, f"t{seq}") for seq in range(1, 5)])
    secured.wait_drained_of(wire.EVENTS)

    assert {record.key for record in secured.read("segue.recommendations.v1")} == {b"ada"}
    assert worker.metric("segue_dependency_up", dependency="kafka") == 1
    assert PASSWORD not in worker.log.read_text()
    assert PASSWORD not in worker.get("/metrics")


def test_all_programs_work_with_the_rights_of_the_page(secured):
    secured_init(secured)
    for name in (RECOMMENDER, "segue-trainer"):
        program_of(secured, name, User(name)).start()
    gateway = Gateway(secured, *flags_of(secured, User("segue-gateway")))
    gateway.program._env["SEGUE_KAFKA_SASL_PASSWORD"] = PASSWORD
    gateway.start()
    ada = Player(gateway)

    assert ada.post(ada.heard("t-1")).status == 202
    secured.wait_drained()

    assert ada.list()["items"]
    assert all(program.running for program in secured.programs)


def secured_init(pipeline):
    """`segue-admin init` as its own user, on topics that are there and one that is not."""
    user = User("segue-admin")
    flags = flags_of(pipeline, user)
    secret = pipeline.folder / "admin.password"
    secret.write_text(PASSWORD)
    initialise(
        pipeline.binaries,
        pipeline.kafka.brokers("secure"),
        pipeline.redis.address,
        pipeline.folder,
        flags=flags[2:],
        env={"SEGUE_KAFKA_SASL_PASSWORD_FILE": str(secret)},
    )


def test_a_wrong_password_is_one_line_with_the_remedy(secured):
    line = refusal(secured, User(RECOMMENDER, password=WRONG))

    assert "SEGUE_KAFKA_SASL_PASSWORD" in line and "kafka.brokers" in line


def test_a_wrong_password_leaves_a_program_not_ready(secured):
    program = program_of(secured, RECOMMENDER, User(RECOMMENDER, password=WRONG))
    program.spawn()

    wait_until(
        lambda: program.get("/readyz", any_status=True) == "not ready: no_log\n", ENDS_WITHIN_S, "it says so"
    )
    wait_until(lambda: "SEGUE_KAFKA_SASL_PASSWORD" in program.log.read_text(), ENDS_WITHIN_S, "and why")


def test_a_wrong_user_is_refused_in_the_same_way(secured):
    assert "kafka.sasl_user" in refusal(secured, User("segue-stranger"))


def test_a_certificate_that_names_other_hosts_is_refused(secured):
    line = refusal(secured, User(RECOMMENDER, host=HOST))

    assert "advertised.listeners" in line and "mismatch" in line


def test_a_certificate_that_has_expired_is_refused(secured):
    assert "expired" in refusal(secured, User(RECOMMENDER, over="expired"))


def test_a_certificate_of_an_unknown_authority_is_refused(secured, tmp_path):
    other = Authority(tmp_path / "other", "stranger")

    assert "kafka.tls_ca" in refusal(secured, User(RECOMMENDER, authority=str(other.file)))


def test_a_user_without_rights_is_led_to_the_page_of_rights(secured):
    """The gateway's user may read none of a recommender's topics but the catalogue."""
    assert "deploy/SECURITY.md" in refusal(secured, User("segue-gateway"))


def test_a_topic_that_is_forbidden_ends_the_worker_in_one_line(secured):
    """The generator's user may publish no list."""
    secured.produce(listened("ada", "s", 1, "t1"))
    secured.kafka.give({"segue-generator": READS_OF_A_RECOMMENDER})

    line = refusal(secured, User("segue-generator"))

    assert "deploy/SECURITY.md" in line
    assert secured.progress(wire.EVENTS) == 0


def test_a_port_without_tls_is_named(secured):
    user = User(RECOMMENDER)
    line = refusal(secured, user, RECOMMENDER, "--kafka.brokers", secured.kafka.address)

    assert "kafka.tls" in line


def test_an_own_certificate_that_has_expired_stops_the_start(secured):
    certificate, key = secured.kafka.authority.certify(RECOMMENDER, -DAY)
    flags = ["--kafka.tls_certificate", str(certificate), "--kafka.tls_key", str(key)]
    program = program_of(secured, RECOMMENDER, User(RECOMMENDER, over="mutual"), *flags)
    program.spawn()

    assert program.wait(ENDS_WITHIN_S) == 2
    assert "has expired; renew it" in program.log.read_text().splitlines()[-1]
