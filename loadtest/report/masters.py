"""A Redis Cluster of masters alone: what a cluster costs, without what its replicas do."""

from __future__ import annotations

from pathlib import Path

import redis
from servers import HOST, Redis, free_port, wait_until

SLOTS = 16_384
FORMED_WITHIN_S = 60


class Node(Redis):
    """One of them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.bus_port = 0

    def _prepare(self) -> None:
        super()._prepare()
        self.bus_port = free_port()
        self.argv += ["--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)]

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=30, decode_responses=True)


class Masters:
    """As servers.Redis. A context manager; one thread."""

    name = "redis"

    def __init__(self, folder: Path, count: int) -> None:
        self.nodes = [Node(folder / f"master-{number + 1}") for number in range(count)]

    def __enter__(self) -> "Masters":
        try:
            for node in self.nodes:
                node.start()
            self._form()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return ",".join(node.address for node in self.nodes)

    @property
    def version(self) -> str:
        return self.nodes[0].version

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _form(self) -> None:
        first, *others = self.nodes
        for number, node in enumerate(self.nodes):
            begin = number * SLOTS // len(self.nodes)
            end = (number + 1) * SLOTS // len(self.nodes) - 1
            node.client().execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            node.client().execute_command("CLUSTER ADDSLOTSRANGE", begin, end)
        for node in others:
            first.client().execute_command("CLUSTER MEET", HOST, node.port, node.bus_port)
        wait_until(self._agree, FORMED_WITHIN_S, "the masters agree on who has which slots")

    def _agree(self) -> bool:
        views = [node.client().execute_command("CLUSTER INFO") for node in self.nodes]
        whole = all(info["cluster_state"] == "ok" for info in views)
        return whole and all(int(info["cluster_known_nodes"]) == len(self.nodes) for info in views)
