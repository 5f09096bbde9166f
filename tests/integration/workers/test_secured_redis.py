"""Programs and a Redis with TLS, users and rights: what works, and each refusal in one clear line."""

import json
import os
import subprocess

import pytest
import wire
from jobs import Generators
from pipeline import Pipeline, listened
from players import Gateway, Player
from secured import DAY, PASSWORD, Authority
from secured_redis import ADMIN, GATEWAY, GENERATOR, RECOMMENDER, SOON, TRAINER, SecuredRedis
from servers import HOST, Program, initialise, wait_until
from watching import RedisExporter, get

WITHIN_S = 60
WRONG = "9a2e77c1b0"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with SecuredRedis(tmp_path_factory.mktemp("secured")) as redis:
        redis.give_rights()
        yield redis


@pytest.fixture
def secured(store, kafka, binaries, tmp_path):
    """Topics and functions are prepared by way of the plain port, which is the tests' own."""
    with Pipeline(binaries, tmp_path, kafka, store) as made:
        yield made
        store.show_certificate()
        store.want_certificates(False)


def tls_of(redis, host="", authority=""):
    address = redis.secure(host) if host else redis.secure()
    return ["--redis.address", address, "--redis.tls", "--redis.tls_ca", authority or str(redis.authority.file)]


def program_of(pipeline, name, *more, user="", password=PASSWORD, tls=None):
    """It is not started; its password comes from a file."""
    secret = pipeline.folder / f"{name}.password"
    secret.write_text(password + "\n")
    flags = ["--kafka.brokers", pipeline.kafka.address, *(tls or tls_of(pipeline.redis))]
    flags += ["--redis.user", user or name, *more]
    env = {"SEGUE_REDIS_PASSWORD_FILE": str(secret)}
    serves = name != ADMIN
    program = Program(pipeline.binaries / name, flags, pipeline.folder, name=name, env=env, serves=serves)
    pipeline.programs.append(program)
    return program


def refusal(pipeline, *more, **of):
    """The line with which a recommender ends, the only one of its kind. No line holds a password."""
    program = program_of(pipeline, RECOMMENDER, *SOON, *more, **of)
    program.spawn()
    assert program.wait(WITHIN_S) == 1, program.log.read_text()
    pipeline.programs.remove(program)
    text = program.log.read_text()
    assert WRONG not in text and PASSWORD not in text
    [line] = [json.loads(line) for line in text.splitlines() if '"exit_code"' in line]
    return line["error"]


def secured_init(pipeline):
    secret = pipeline.folder / "admin.password"
    secret.write_text(PASSWORD)
    initialise(
        pipeline.binaries,
        pipeline.kafka.address,
        pipeline.redis.secure(),
        pipeline.folder,
        flags=[*tls_of(pipeline.redis)[2:], "--redis.user", ADMIN],
        env={"SEGUE_REDIS_PASSWORD_FILE": str(secret)},
    )


def test_all_programs_work_with_the_rights_of_the_page(secured):
    secured_init(secured)
    for name in (RECOMMENDER, TRAINER):
        program_of(secured, name).start()
    program_of(secured, GENERATOR, *Generators(secured).flags).start()
    gateway = Gateway(secured, *tls_of(secured.redis), "--redis.user", GATEWAY)
    gateway.program._env["SEGUE_REDIS_PASSWORD"] = PASSWORD
    gateway.start()
    ada = Player(gateway)

    assert ada.post(ada.heard("t-1")).status == 202
    secured.wait_drained()

    assert ada.list()["items"]
    assert ada.ask("GET", "/v1/me/export").status == 200
    for program in secured.programs:
        assert program.metric("segue_dependency_up", dependency="redis") == 1
        assert "Redis refuses" not in program.log.read_text()


def test_an_administrators_commands_work_with_the_pages_rights(secured):
    secured.produce(listened("ada", "s", 1, "t1"))
    program_of(secured, RECOMMENDER).start()
    secured.wait_drained_of(wire.EVENTS)
    for command in ("doctor", "lag"):
        admin = program_of(secured, ADMIN)
        admin.argv.insert(1, command)
        admin.spawn()
        admin.wait(WITHIN_S)

        assert "NOPERM" not in admin.log.read_text(), command
        assert command != "doctor" or f"certificate {secured.redis.authority.file}" in admin.log.read_text()


def test_a_copy_is_made_and_put_back_with_the_rights_of_the_page(binaries, tmp_path):
    """Without TLS, which copies do not go by."""
    saved = tmp_path / "segue.rdb"
    env = os.environ | {"SEGUE_REDIS_PASSWORD": PASSWORD}
    with SecuredRedis(tmp_path) as redis:
        redis.give_rights()
        redis.plain().set("u:ada", "before")
        redis.plain().execute_command("ACL", "LOG", "RESET")
        argv = [binaries / "segue-admin", "backup", "--redis.address", redis.address, "--redis.user", ADMIN]
        with saved.open("wb") as out:
            done = subprocess.run(argv, stdout=out, stderr=subprocess.PIPE, text=True, timeout=120, env=env)
        assert done.returncode == 0, done.stderr
        redis.plain().set("u:ada", "after")

        argv[1:2] = ["restore", "--yes"]
        with saved.open("rb") as given:
            done = subprocess.run(argv, stdin=given, capture_output=True, text=True, timeout=120, env=env)

        assert done.returncode == 0, done.stderr
        assert redis.plain().get("u:ada") == b"before"
        assert not [denied for denied in redis.plain().execute_command("ACL", "LOG") if ADMIN in repr(denied)]


def test_an_exporter_works_with_the_rights_of_the_page(secured, tmp_path, monkeypatch):
    authority = str(secured.redis.authority.file)
    given = {"PASSWORD": PASSWORD, "USER": "prometheus-redis-exporter", "TLS": "true", "TLS_CA": authority}
    for name, value in given.items():
        monkeypatch.setenv(f"SEGUE_REDIS_{name}", value)
    with RedisExporter(tmp_path, secured.redis.secure()) as exporter:
        exported = get(f"{exporter.url}/metrics").decode()

    for line in ("redis_up 1", "redis_memory_used_bytes", "redis_db_keys", "redis_commands_total"):
        assert f"\n{line}" in exported, line
    for denied in secured.redis.plain().execute_command("ACL", "LOG"):
        assert "prometheus-redis-exporter" not in repr(denied)


def test_an_exporter_takes_the_file_and_shows_a_certificate(secured, tmp_path, monkeypatch):
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    certificate, key = secured.redis.authority.certify("exporter")
    secured.redis.want_certificates(True)
    given = {"PASSWORD_FILE": secret, "USER": "prometheus-redis-exporter", "TLS": "true"}
    given |= {"TLS_CA": secured.redis.authority.file, "TLS_CERTIFICATE": certificate, "TLS_KEY": key}
    for name, value in given.items():
        monkeypatch.setenv(f"SEGUE_REDIS_{name}", str(value))
    with RedisExporter(tmp_path, secured.redis.secure()) as exporter:
        assert "\nredis_up 1" in get(f"{exporter.url}/metrics").decode()


def test_a_certificate_of_ours_is_shown_where_redis_wants_one(secured):
    certificate, key = secured.redis.authority.certify(RECOMMENDER)
    secured.redis.want_certificates(True)
    secured.produce(listened("ada", "s", 1, "t1"))

    without = refusal(secured)
    ours = ["--redis.tls_certificate", str(certificate), "--redis.tls_key", str(key)]
    program_of(secured, RECOMMENDER, *ours).start()
    secured.wait_drained_of(wire.EVENTS)

    assert "redis.tls_certificate" in without


def test_a_wrong_password_is_one_line_with_the_remedy(secured):
    assert "SEGUE_REDIS_PASSWORD" in refusal(secured, password=WRONG)


def test_a_program_is_not_ready_until_its_password_is_right(secured):
    program = program_of(secured, RECOMMENDER, password=WRONG)
    program.spawn()
    wait_until(
        lambda: program.get("/readyz", any_status=True) == "not ready: no_store\n", WITHIN_S, "it says so"
    )
    wait_until(lambda: "SEGUE_REDIS_PASSWORD" in program.log.read_text(), WITHIN_S, "and why")

    secured.redis.plain().execute_command("ACL", "SETUSER", RECOMMENDER, f">{WRONG}")
    try:
        program.wait_ready()
    finally:
        secured.redis.plain().execute_command("ACL", "SETUSER", RECOMMENDER, f"<{WRONG}")


def test_a_changed_password_makes_a_running_worker_not_ready(secured):
    program = program_of(secured, RECOMMENDER).start()
    store = secured.redis.plain()
    store.execute_command("ACL", "SETUSER", RECOMMENDER, "off")
    try:
        store.client_kill_filter(_type="normal", skipme=True)
        wait_until(
            lambda: program.get("/readyz", any_status=True) == "not ready: no_store\n", WITHIN_S, "not ready"
        )
    finally:
        store.execute_command("ACL", "SETUSER", RECOMMENDER, "on")
    program.wait_ready()
    secured.produce(listened("ada", "s", 1, "t1"))
    secured.wait_drained_of(wire.EVENTS)


def test_a_host_that_the_certificate_does_not_name_is_refused(secured):
    line = refusal(secured, tls=tls_of(secured.redis, host=HOST))

    assert "mismatch" in line and "redis.address" in line


def test_a_certificate_of_redis_that_has_expired_is_refused(secured):
    secured.redis.show_certificate(-DAY)

    assert "expired" in refusal(secured)


def test_a_certificate_of_an_unknown_authority_is_refused(secured, tmp_path):
    other = Authority(tmp_path / "other", "stranger")

    assert "redis.tls_ca" in refusal(secured, tls=tls_of(secured.redis, authority=str(other.file)))


def test_a_port_that_speaks_no_tls_is_named(secured):
    line = refusal(secured, "--redis.address", secured.redis.address.replace(HOST, "localhost"))

    assert "redis.tls" in line


def test_a_port_that_wants_tls_is_named(secured):
    assert "redis.tls" in refusal(secured, tls=["--redis.address", secured.redis.secure()])


@pytest.mark.parametrize("without", ["del", "fcall", "mset", "hget"])
def test_a_missing_right_ends_the_worker_before_it_writes(secured, without):
    redis = secured.redis
    redis.give("half", f"{redis.users[RECOMMENDER]} -{without}")
    secured.produce(listened("ada", "s", 1, "t1"))

    line = refusal(secured, user="half")

    assert "deploy/SECURITY.md" in line and without in line.lower()
    assert wire.state_keys(redis.plain(), wire.EVENTS, "u") == {}


def test_keys_that_may_only_be_read_end_the_worker(secured):
    redis = secured.redis
    redis.give("reader", redis.users[RECOMMENDER].replace("~sg:{", "%R~sg:{"))
    secured.produce(listened("ada", "s", 1, "t1"))

    assert "deploy/SECURITY.md" in refusal(secured, user="reader")
    assert wire.state_keys(redis.plain(), wire.EVENTS, "u") == {}


def test_who_may_not_ping_works_and_is_ready(secured):
    redis = secured.redis
    redis.give("mute", f"{redis.users[RECOMMENDER]} -ping")
    program_of(secured, RECOMMENDER, user="mute").start()
    secured.produce(listened("ada", "s", 1, "t1"))

    secured.wait_drained_of(wire.EVENTS)


def test_a_user_may_touch_no_other_programs_state(secured):
    """The trainer's user as a recommender."""
    assert "deploy/SECURITY.md" in refusal(secured, user=TRAINER)


def test_an_own_certificate_that_has_expired_stops_the_start(secured):
    certificate, key = secured.redis.authority.certify(RECOMMENDER, -DAY)
    flags = ["--redis.tls_certificate", str(certificate), "--redis.tls_key", str(key)]
    program = program_of(secured, RECOMMENDER, *flags)
    program.spawn()

    assert program.wait(WITHIN_S) == 2
    assert "has expired; renew it" in program.log.read_text().splitlines()[-1]


def test_a_password_is_taken_from_no_flag(secured):
    program = program_of(secured, RECOMMENDER, "--redis.password", WRONG)
    program.spawn()

    assert program.wait(WITHIN_S) == 2
    last = program.log.read_text().splitlines()[-1]
    assert "redis.password" in last and "environment" in last and WRONG not in last


