"""Apache Kafka to break: one broker that workers reach through proxies, or three in a cluster."""

from __future__ import annotations

from pathlib import Path

from confluent_kafka.admin import AdminClient
from process import HOST, free_port, wait_until
from proxy import Proxy
from servers import Kafka
from wire import EVENTS

ANSWERS_WITHIN_S = 180
HEAP_MB = {1: 512, 3: 320}


class Broker(Kafka):
    """One of them. `links` maps a worker's slot to the proxy it goes through: a listener each, which
    tells its clients the proxy's address."""

    def __init__(self, folder: Path, number: int, cluster: "Brokers", links: dict[str, Proxy]) -> None:
        super().__init__(folder, name=f"kafka-{number}", heap_mb=HEAP_MB[cluster.count])
        self.number = number
        self.controller_port = free_port()
        self.link_ports = {slot: free_port() for slot in links}
        self._cluster = cluster
        self._links = links

    def _cluster_id(self) -> str:
        return self._cluster.identity

    def _settings(self, data: Path) -> dict[str, str]:
        settings = super()._settings(data)
        names = {slot: f"LINK{n}" for n, slot in enumerate(self._links)}
        plain = f"PLAINTEXT://{HOST}:{self.port}"
        listeners = [plain, f"CONTROLLER://{HOST}:{self.controller_port}"]
        listeners += [f"{names[s]}://{HOST}:{port}" for s, port in self.link_ports.items()]
        advertised = [plain, *(f"{names[s]}://{proxy.address}" for s, proxy in self._links.items())]
        protocols = ["PLAINTEXT", "CONTROLLER", *names.values()]
        count = self._cluster.count
        voters = [f"{b.number}@{HOST}:{b.controller_port}" for b in self._cluster.brokers]
        replicated = {
            "default.replication.factor": str(count),
            "offsets.topic.replication.factor": str(count),
            "min.insync.replicas": str(min(count, 2)),
            "unclean.leader.election.enable": "false",
            # On a crowded machine a quorum is not to fall apart by itself.
            "controller.quorum.election.timeout.ms": "3000",
            "controller.quorum.fetch.timeout.ms": "5000",
            "controller.quorum.request.timeout.ms": "5000",
            # Old segments are looked for at once, for the test of retention.
            "log.retention.check.interval.ms": "1000",
            "log.initial.task.delay.ms": "1000",
        }
        return {
            **settings,
            "node.id": str(self.number),
            "controller.quorum.voters": ",".join(voters),
            "listeners": ",".join(listeners),
            "advertised.listeners": ",".join(advertised),
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in protocols),
            **replicated,
        }

    def prepare(self) -> None:
        self.port = free_port()
        self._prepare()


class Brokers:
    """All of them, started together: none answers before a majority runs."""

    def __init__(self, folder: Path, count: int, links: dict[str, Proxy]) -> None:
        self.count = count
        self.identity = Kafka.new_cluster_id()
        self.brokers: list[Broker] = []
        self.brokers += [Broker(folder, n + 1, self, links) for n in range(count)]

    @property
    def address(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    def port_of(self, slot: str) -> int:
        return self.brokers[0].link_ports[slot]

    def led_by(self, number: int) -> int:
        """Partitions of the events whose leader is that broker now."""
        metadata = AdminClient({"bootstrap.servers": self.address, "log_level": 0}).list_topics(EVENTS, 10)
        return sum(p.leader == number for p in metadata.topics[EVENTS].partitions.values())

    def start(self) -> None:
        for broker in self.brokers:
            broker.prepare()
        for broker in self.brokers:
            broker.spawn()
        self.wait()

    def wait(self) -> None:
        """Until all that run know all the others."""
        for broker in self.brokers:
            wait_until(
                lambda: broker.known_brokers() == self.count, ANSWERS_WITHIN_S, f"{broker.name} answers"
            )

    def stop(self) -> None:
        for broker in self.brokers:
            broker.kill()
