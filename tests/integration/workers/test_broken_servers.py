"""Broken surroundings: one clear line that names the setting and the remedy, a non-zero exit."""

import dataclasses
import json
import os
import re
import subprocess

import confluent_kafka.admin
import pytest
import wire
from pipeline import delete_topics
from servers import REPOSITORY, free_port, initialise, wait_until

WORKERS = ["segue-recommender", "segue-trainer"]
SERVICES = [*WORKERS, "segue-gateway"]
ENDS_WITHIN_S = 60
DEPLOY = REPOSITORY / "deploy"


@dataclasses.dataclass
class Ended:
    code: int
    line: str


def run(binaries, program, *flags, env=None):
    """Runs a program that must end by itself. A service's one line is a JSON log record that says
    with which code it ends; another program's is the only one that is none."""
    done = subprocess.run(
        [binaries / program, *flags],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
        env=os.environ | (env or {}),
        cwd="/",
    )
    written = [line for line in done.stderr.splitlines() if line]
    if program in SERVICES:
        last = json.loads(written[-1])
        ends = [line for line in written if '"exit_code"' in line]
        assert ends == written[-1:] and last["level"] == "error", done.stderr
        assert (last["component"], last["exit_code"]) == (program, done.returncode)
        return Ended(done.returncode, last["error"])
    lines = [line for line in written if not line.startswith("{")]
    assert len(lines) == 1, f"not one line but: {lines}\n{done.stderr}"
    assert lines[0].startswith(f"{program}: ")
    return Ended(done.returncode, lines[0])


def closed_address():
    return f"127.0.0.1:{free_port()}"


@pytest.mark.parametrize("program", [*WORKERS, "segue-replay", "segue-tail"])
def test_unreachable_broker(pipeline, program):
    flags = ["--redis.address", pipeline.redis.address] if program in WORKERS else []

    ended = run(pipeline.binaries, program, "--kafka.brokers", closed_address(), *flags)

    assert ended.code == 1
    assert "kafka.brokers" in ended.line


@pytest.mark.parametrize("program", WORKERS)
def test_unreachable_redis(pipeline, program):
    flags = ["--redis.address", closed_address(), "--redis.retry_for_s", "2"]

    ended = run(pipeline.binaries, program, "--kafka.brokers", pipeline.kafka.address, *flags)

    assert ended.code == 1
    assert "redis.address" in ended.line


def test_init_without_servers(binaries, kafka, redis_server):
    for name, brokers, redis in [
        ("kafka.brokers", closed_address(), redis_server.address),
        ("redis.address", kafka.address, closed_address()),
    ]:
        flags = ["--kafka.brokers", brokers, "--redis.address", redis, "--admin.wait_s", "1"]
        ended = run_init(binaries, *flags)
        assert ended.code == 1
        assert name in ended.line


def run_init(binaries, *flags):
    topics = ["--admin.topics", str(DEPLOY / "topics.toml")]
    functions = ["--admin.functions", str(DEPLOY / "redis" / "segue.lua")]
    done = subprocess.run(
        [binaries / "segue-admin", "init", *topics, *functions, *flags],
        capture_output=True,
        text=True,
        timeout=ENDS_WITHIN_S,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("segue-admin: ")]
    assert len(said) == 1, done.stderr
    return Ended(done.returncode, said[0])


@pytest.mark.parametrize("program", WORKERS)
def test_nothing_was_initialised(pipeline, program):
    wire.connect(pipeline.redis.address).flushall()

    ended = run(pipeline.binaries, program, *pipeline.flags)

    assert ended.code == 1
    assert "segue-admin init" in ended.line


@pytest.mark.parametrize("program", WORKERS)
def test_missing_topic(pipeline, program):
    delete_topics(pipeline.kafka.address)

    ended = run(pipeline.binaries, program, *pipeline.flags)

    assert ended.code == 1
    assert "segue." in ended.line and "segue-admin init" in ended.line


def widen(pipeline, topic, partitions):
    pipeline.topics_changed = True
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": pipeline.kafka.address})
    wider = confluent_kafka.admin.NewPartitions(topic, partitions)
    for done in admin.create_partitions([wider]).values():
        done.result(30)

    def is_known():
        return len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == partitions

    wait_until(is_known, 30, "the partitions are there")


@pytest.mark.parametrize("program,topic", zip(WORKERS, [wire.EVENTS, wire.ITEM_SIGNALS]))
def test_partitions_were_added(pipeline, program, topic):
    widen(pipeline, topic, 20)

    ended = run(pipeline.binaries, program, *pipeline.flags)

    assert ended.code == 1
    assert topic in ended.line and "20" in ended.line


def test_init_refuses_another_partition_count(pipeline):
    widen(pipeline, wire.EVENTS, 20)

    ended = run_init(pipeline.binaries, *pipeline.flags)

    assert ended.code == 1
    assert wire.EVENTS in ended.line and "20" in ended.line


def alter(pipeline, topic, **settings):
    """Sets these on the topic, `_` standing for a dot, and leaves it with no others of its own."""
    pipeline.topics_changed = True
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": pipeline.kafka.address})
    resource = confluent_kafka.admin.ConfigResource(
        confluent_kafka.admin.ConfigResource.Type.TOPIC, topic
    )
    for name, value in settings.items():
        resource.set_config(name.replace("_", "."), value)
    for done in admin.alter_configs([resource]).values():
        done.result(30)

    def is_set():
        config = admin.describe_configs([resource])[resource].result(30)
        return all(config[name.replace("_", ".")].value == value for name, value in settings.items())

    wait_until(is_set, 30, "the broker shows the settings")


DEAD_LETTERS = {"cleanup_policy": "delete", "retention_ms": "2592000000", "max_message_bytes": "2097152"}


@pytest.mark.parametrize(
    "topic,settings,says",
    [
        (wire.EVENTS, {"message_timestamp_type": "CreateTime", "retention_ms": "604800000"},
         "message.timestamp.type=LogAppendTime"),
        (wire.EVENTS, {"message_timestamp_type": "LogAppendTime", "retention_ms": "3600000"},
         "retention.ms=604800000"),
        ("segue.catalog.v1", {"cleanup_policy": "delete"}, "cleanup.policy=compact"),
        ("segue.catalog.v1", {"cleanup_policy": "compact,delete"}, "cleanup.policy=compact"),
        ("segue.dlq.v1", DEAD_LETTERS | {"max_message_bytes": "1048588"}, "max.message.bytes=2097152"),
    ],
)
def test_init_refuses_a_topic_of_other_settings(pipeline, topic, settings, says):
    alter(pipeline, topic, **settings)

    ended = run_init(pipeline.binaries, *pipeline.flags)

    assert ended.code == 1
    assert f"Topic {topic} has " in ended.line
    assert f"--entity-name {topic} --add-config '{says}'" in ended.line
    assert ended.line.count("--add-config") == 1


def test_init_takes_topics_of_larger_limits(pipeline):
    """And whatever else an operator tunes."""
    tuned = {"max_message_bytes": "4000000", "retention_ms": "-1", "segment_bytes": "1048576"}
    alter(pipeline, "segue.dlq.v1", **DEAD_LETTERS | tuned)

    initialise(pipeline.binaries, pipeline.kafka.address, pipeline.redis.address, pipeline.folder)


def test_init_twice_changes_nothing(pipeline):
    store = wire.connect(pipeline.redis.address)
    before = store.hgetall("sg:meta")

    initialise(pipeline.binaries, pipeline.kafka.address, pipeline.redis.address, pipeline.folder)

    assert store.hgetall("sg:meta") == before


@pytest.mark.parametrize("program", WORKERS)
def test_functions_of_another_version(pipeline, program):
    source = (DEPLOY / "redis" / "segue.lua").read_text()
    older = re.sub(r"local VERSION = '\d+'", "local VERSION = '0'", source)
    assert older != source
    wire.connect(pipeline.redis.address).execute_command("FUNCTION", "LOAD", "REPLACE", older)

    ended = run(pipeline.binaries, program, *pipeline.flags)

    assert ended.code == 1
    assert "segue-admin init" in ended.line and "version" in ended.line


@pytest.mark.parametrize(
    "flags,env",
    [
        (["--kafka.brokerz", "x"], {}),
        ([], {"SEGUE_KAFKA_BROKERZ": "x"}),
    ],
)
def test_unknown_setting_names_the_nearest(binaries, flags, env):
    ended = run(binaries, "segue-recommender", *flags, env=env)

    assert ended.code == 2
    assert "brokerz" in ended.line.lower()
    assert "brokers" in ended.line.lower()


def test_an_unknown_reason_names_the_known(binaries):
    ended = run(binaries, "segue-admin", "dead-letters", "--reason", "quarantine")

    assert ended.code == 2
    assert "quarantined" in ended.line and "too_old" in ended.line


def test_unknown_setting_in_a_file(binaries, tmp_path):
    settings = tmp_path / "segue.toml"
    settings.write_text('[kafka]\nbrokerz = "x"\n')

    ended = run(binaries, "segue-recommender", "--config", str(settings))

    assert ended.code == 2
    assert "kafka.brokerz" in ended.line and "kafka.brokers" in ended.line


@pytest.mark.parametrize(
    "flags", [["--worker.batch_events_max", "0"], ["--worker.batch_events_max", "many"]]
)
def test_a_value_out_of_bounds_or_of_the_wrong_kind(binaries, flags):
    ended = run(binaries, "segue-recommender", *flags)

    assert ended.code == 2
    assert "worker.batch_events_max" in ended.line


def test_unreadable_settings_file(binaries, tmp_path):
    ended = run(binaries, "segue-recommender", "--config", str(tmp_path / "absent.toml"))

    assert ended.code == 2
    assert "absent.toml" in ended.line


def test_unreadable_listens(pipeline, tmp_path):
    brokers = ["--kafka.brokers", pipeline.kafka.address]

    ended = run(pipeline.binaries, "segue-replay", *brokers, "--listens", str(tmp_path / "absent"))

    assert ended.code != 0
    assert "absent" in ended.line


def test_unreadable_topics_and_functions(pipeline, tmp_path):
    for setting in ("admin.topics", "admin.functions"):
        ended = run_init(pipeline.binaries, *pipeline.flags, f"--{setting}", str(tmp_path / "no"))
        assert ended.code != 0
        assert setting in ended.line or str(tmp_path / "no") in ended.line
