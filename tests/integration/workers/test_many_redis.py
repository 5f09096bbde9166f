"""Sentinels that name the master, and a Redis Cluster: with TLS and users, and each refusal in a line."""

import json
import os
import subprocess

import pytest
import redis as clients
import wire
from pipeline import Pipeline, listened
from players import Gateway, Player
from redis_cluster import ClusterStore, RedisCluster, slot_of
from secured import PASSWORD, Authority
from secured_redis import ADMIN, GATEWAY, RECOMMENDER, SOON, TRAINER, redis_rights
from servers import HOST, Program, Redis, initialise, wait_until

WITHIN_S = 60
IN_A_CLUSTER = ["+cluster|slots", "+asking"]
MASTER = "segue"


class Sentinel(Redis):
    """One that watches a Redis under the name MASTER; it alone decides."""

    def __init__(self, folder, master):
        super().__init__(folder / "sentinel")
        self._master = master

    def _prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "sentinel.conf"
        settings.write_text(
            f"port {self.port}\nbind {HOST}\ndir {self.folder}\n"
            f"sentinel monitor {MASTER} {HOST} {self._master.port} 1\n"
            f"sentinel down-after-milliseconds {MASTER} 700\n"
            f"sentinel failover-timeout {MASTER} 5000\n"
        )
        self.argv = ["redis-server", str(settings), "--sentinel"]


@pytest.fixture
def watched(kafka, binaries, tmp_path):
    """A master and its replica under a sentinel."""
    at_once = ["--repl-diskless-sync-delay", "0"]
    with Redis(tmp_path / "one", flags=at_once) as master, Redis(tmp_path / "two") as replica:
        copy = clients.Redis(port=replica.port)
        copy.replicaof(HOST, master.port)
        wait_until(lambda: copy.info("replication")["master_link_status"] == "up", WITHIN_S, "in sync")
        with Sentinel(tmp_path, master) as sentinel:
            client = clients.Redis(port=sentinel.port, decode_responses=True)
            wait_until(lambda: client.sentinel_master(MASTER)["num-slaves"] == 1, WITHIN_S, "it knows both")
            made = Pipeline(binaries, tmp_path, kafka, master)
            made.sentinel, made.replica = sentinel, replica
            with made:
                yield made


def by_sentinel(pipeline, name=MASTER):
    return ["--redis.address", pipeline.sentinel.address, "--redis.sentinel_master", name]


def wait_for_replica(pipeline):
    """A replica follows after the master's answers, and at its beginning up to a second after."""
    written = clients.Redis(port=pipeline.redis.port).info("replication")["master_repl_offset"]
    copy = clients.Redis(port=pipeline.replica.port)
    wait_until(lambda: copy.info("replication")["slave_repl_offset"] >= written, WITHIN_S, "it has all")


def role_of(client):
    """Nothing while it is away: a server that becomes the master closes its connections."""
    try:
        return client.info("replication")["role"]
    except clients.ConnectionError:
        return None


def started(pipeline, program, *flags, env=None):
    kafka = ["--kafka.brokers", pipeline.kafka.address]
    made = Program(pipeline.binaries / program, [*kafka, *flags], pipeline.folder, name=program, env=env)
    pipeline.programs.append(made)
    made.spawn()
    return made


def last_line(program):
    """The line with which it ended."""
    assert program.wait(WITHIN_S) == 1, program.log.read_text()
    [line] = [json.loads(line) for line in program.log.read_text().splitlines() if '"exit_code"' in line]
    return line["error"]


def test_a_worker_follows_the_master_that_the_sentinels_name(watched):
    initialise(
        watched.binaries, watched.kafka.address, watched.sentinel.address, watched.folder, flags=by_sentinel(watched)
    )
    worker = started(watched, RECOMMENDER, *by_sentinel(watched))
    worker.wait_ready()
    watched.produce(listened("ada", "s", 1, "t1"))
    watched.wait_drained_of(wire.EVENTS)
    wait_for_replica(watched)  # what it does not have yet would be lost with the master

    watched.redis.kill()
    watched.redis = watched.replica
    promoted = clients.Redis(port=watched.replica.port)
    wait_until(lambda: role_of(promoted) == "master", WITHIN_S, "the replica is promoted")
    watched.produce(listened("ada", "s", 2, "t2"))

    watched.wait_drained_of(wire.EVENTS)
    assert worker.running


def test_a_master_that_no_sentinel_knows_is_said_in_one_line(watched):
    line = last_line(started(watched, RECOMMENDER, *by_sentinel(watched, "another"), *SOON))

    assert 'knows no master "another"' in line and "redis.sentinel_master" in line


def test_a_server_that_is_no_sentinel_is_named(watched):
    flags = ["--redis.address", watched.redis.address, "--redis.sentinel_master", MASTER]

    assert "names sentinels" in last_line(started(watched, RECOMMENDER, *flags, *SOON))


class SecuredCluster(RedisCluster):
    """All of it by TLS, also between nodes; each program is a user of its own name with PASSWORD."""

    def __init__(self, folder):
        self.authority = Authority(folder / "certificates", "authority")
        certificate, key = self.authority.certify("node")
        self._tls = ["--tls-ca-cert-file", str(self.authority.file)]
        self._tls += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
        self._tls += ["--tls-auth-clients", "optional", "--tls-cluster", "yes", "--tls-replication", "yes"]
        super().__init__(folder, self._flags)

    def _flags(self, node):
        # Clients of TLS are sent to the port for TLS by name, tests' own go to the plain one.
        flags = [*self._tls, "--tls-port", str(node.tls_port)]
        flags += ["--cluster-announce-tls-port", str(node.tls_port)]
        return [*flags, "--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname"]

    @property
    def secure(self):
        return ",".join(f"localhost:{node.tls_port}" for node in self.nodes)

    def give_rights(self):
        for user, rules in redis_rights().items():
            words = [*rules.split(), *IN_A_CLUSTER]
            for node in self.nodes:
                node.direct().execute_command("ACL", "SETUSER", user, "reset", "on", f">{PASSWORD}", *words)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with SecuredCluster(tmp_path_factory.mktemp("cluster")) as made:
        made.give_rights()
        yield made


@pytest.fixture
def clustered(cluster, kafka, binaries, tmp_path):
    with ClusterPipeline(binaries, tmp_path, kafka, cluster) as made:
        yield made


class ClusterPipeline(Pipeline):
    """Initialised with the administrator's rights, by TLS."""

    def initialise(self):
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        initialise(
            self.binaries,
            self.kafka.address,
            self.redis.secure,
            self.folder,
            flags=[*tls_of(self)[2:], "--redis.user", ADMIN],
            env={"SEGUE_REDIS_PASSWORD_FILE": str(secret)},
        )


def tls_of(pipeline):
    flags = ["--redis.address", pipeline.redis.secure, "--redis.cluster", "--redis.tls"]
    return [*flags, "--redis.tls_ca", str(pipeline.redis.authority.file)]


def secured(pipeline, program, *more):
    flags = [*tls_of(pipeline), "--redis.user", program, *more]
    return started(pipeline, program, *flags, env={"SEGUE_REDIS_PASSWORD": PASSWORD})


def test_the_pipeline_works_on_a_cluster_with_tls_and_users(clustered):
    for name in (RECOMMENDER, TRAINER):
        secured(clustered, name).wait_ready()
    gateway = Gateway(clustered, *tls_of(clustered), "--redis.user", GATEWAY)
    gateway.program._env["SEGUE_REDIS_PASSWORD"] = PASSWORD
    gateway.start()
    players = [Player(gateway, f"listener-{n}") for n in range(12)]

    for player in players:
        assert player.post(player.heard("t-1")).status == 202
    clustered.wait_drained()

    assert all(player.list()["items"] for player in players)
    assert players[0].ask("GET", "/v1/me/export").status == 200
    holders = {clustered.redis.master_of(slot_of(f"sg:{{{wire.EVENTS}/{p}}}:ckpt")).number for p in range(16)}
    assert len(holders) == 3


def test_init_loads_the_functions_on_every_master(clustered):
    for node in clustered.redis.masters():
        assert node.direct().execute_command("FCALL_RO", "sg_version", 0)


def test_doctor_looks_at_every_master_and_names_it(clustered):
    argv = [clustered.binaries / ADMIN, "doctor", "--json", "--kafka.brokers", clustered.kafka.address]
    argv += [*tls_of(clustered), "--redis.user", ADMIN]
    env = os.environ | {"SEGUE_REDIS_PASSWORD": PASSWORD}
    said = subprocess.run(argv, capture_output=True, text=True, timeout=120, env=env)

    found = {line["check"]: line for line in map(json.loads, said.stdout.splitlines())}
    for node in clustered.redis.masters():
        for check in ("redis memory", "redis persistence", "redis cluster", "clock"):
            assert found[f"{check} localhost:{node.tls_port}"]["state"] == "ok", sorted(found)


def test_a_master_without_functions_stops_a_start_in_one_line(clustered):
    clustered.redis.masters()[1].direct().execute_command("FUNCTION", "FLUSH")
    try:
        assert "segue-admin init" in last_line(secured(clustered, RECOMMENDER, *SOON))
    finally:
        clustered.initialise()


def test_a_master_with_another_version_stops_a_start_in_one_line(clustered):
    master = clustered.redis.masters()[1].direct()
    library = master.execute_command("FUNCTION", "LIST", "WITHCODE")[0][-1]
    master.execute_command("FUNCTION", "LOAD", "REPLACE", library.replace("VERSION = '3'", "VERSION = '1'"))
    try:
        line = last_line(secured(clustered, RECOMMENDER, *SOON))
    finally:
        clustered.initialise()

    assert "version 1" in line and "segue-admin init" in line


def test_an_unserved_slot_stops_a_start_in_one_line(clustered):
    slot = slot_of("sg:{unserved}")
    for node in clustered.redis.nodes:
        node.direct().execute_command("CONFIG", "SET", "cluster-require-full-coverage", "no")
    owner = clustered.redis.master_of(slot)
    for node in clustered.redis.nodes:
        node.direct().execute_command("CLUSTER", "DELSLOTS", slot)
    try:
        line = last_line(secured(clustered, RECOMMENDER, *SOON))
    finally:
        for node in clustered.redis.masters():
            node.direct().execute_command("CLUSTER", "SETSLOT", slot, "NODE", clustered.redis.id_of(owner))
        wait_until(clustered.redis.whole, WITHIN_S, "it is whole again")

    assert "1 of its 16384 slots" in line and "redis-cli --cluster check" in line


def test_a_clusters_node_without_the_setting_is_named(clustered):
    tls = [flag for flag in tls_of(clustered) if flag != "--redis.cluster"]
    tls[1] = clustered.redis.secure.split(",")[0]
    program = started(
        clustered, RECOMMENDER, *tls, "--redis.user", RECOMMENDER, env={"SEGUE_REDIS_PASSWORD": PASSWORD}
    )

    assert "set redis.cluster" in last_line(program)


def test_a_redis_that_is_no_cluster_is_named(pipeline):
    worker = pipeline.worker_that_starts(RECOMMENDER, "--redis.cluster", *SOON)

    assert "set redis.cluster to false" in last_line(worker)


def test_state_of_a_cluster_is_that_of_the_log(clustered):
    for name in (RECOMMENDER, TRAINER):
        secured(clustered, name).wait_ready()
    clustered.produce(*[listened(f"l{n % 20}", "s", n, f"t{n % 7}") for n in range(1, 200)])
    clustered.wait_drained()

    store = wire.connect(clustered.redis.address)
    assert isinstance(store, ClusterStore)
    assert len(wire.state_keys(store, wire.EVENTS, "u")) == 20
