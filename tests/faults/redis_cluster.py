"""A Redis Cluster of six, three masters and a replica of each, and a client that reads all of it.

Each node announces two proxies of its own, for clients and for the other nodes: who holds them cuts
it off.
"""

from __future__ import annotations

import binascii
import collections
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis
from proxy import Proxy
from servers import HOST, Redis, free_port, wait_until

SLOTS = 16_384
MASTERS, NODES = 3, 6
NODE_TIMEOUT_MS = 1_500
FORMED_WITHIN_S = 60


def slot_of(key: str) -> int:
    tag = re.search(r"\{([^}]+)\}", key)
    return binascii.crc_hqx((tag[1] if tag else key).encode(), 0) % SLOTS


class Node(Redis):
    """One of six. `clients` and `bus` are what it announces."""

    def __init__(self, folder: Path, number: int, flags: Callable[["Node"], list[str]]) -> None:
        super().__init__(folder / f"node-{number}")
        self.number = number
        self.bus_port, self.tls_port = free_port(), free_port()
        self.source = f"127.0.0.{10 + number}"  # where it comes from, to other nodes
        self.clients = Proxy(lambda: self.port)
        self.bus = Proxy(lambda: self.bus_port)
        self.more = flags

    def _prepare(self) -> None:
        super()._prepare()
        self.argv += ["--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)]
        self.argv += ["--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
        self.argv += ["--cluster-announce-ip", HOST, "--cluster-announce-port", str(self.clients.port)]
        self.argv += ["--cluster-announce-bus-port", str(self.bus.port)]
        self.argv += ["--bind-source-addr", self.source, "--protected-mode", "no"]
        self.argv += ["--repl-diskless-sync-delay", "0", *self.more(self)]

    def direct(self) -> redis.Redis:
        """Past the proxies."""
        return redis.Redis(port=self.port, socket_timeout=5, decode_responses=True)

    def close(self) -> None:
        self.stop()
        self.clients.close()
        self.bus.close()


class RedisCluster:
    """As servers.Redis, where a test does not care which of the two it has."""

    flags = ["--redis.cluster"]

    def __init__(self, folder: Path, flags: Callable[[Node], list[str]] = lambda node: []) -> None:
        self.nodes = [Node(folder, number, flags) for number in range(NODES)]

    def __enter__(self) -> "RedisCluster":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return ",".join(node.clients.address for node in self.nodes)

    @property
    def running(self) -> bool:
        return all(node.running for node in self.nodes)

    def start(self) -> "RedisCluster":
        for node in self.nodes:
            node.start()
        self._form()
        return self

    def stop(self) -> None:
        for node in self.nodes:
            node.close()

    def _form(self) -> None:
        first, *others = self.nodes
        for number, node in enumerate(self.nodes):
            node.direct().execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for number, node in enumerate(self.nodes[:MASTERS]):
            begin, end = number * SLOTS // MASTERS, (number + 1) * SLOTS // MASTERS - 1
            node.direct().execute_command("CLUSTER ADDSLOTSRANGE", begin, end)
        for node in others:
            first.direct().execute_command("CLUSTER MEET", HOST, node.clients.port, node.bus.port)
        wait_until(self._all_met, FORMED_WITHIN_S, "the nodes have met")
        for master, replica in zip(self.nodes, self.nodes[MASTERS:]):
            replica.direct().execute_command("CLUSTER REPLICATE", self.id_of(master))
        wait_until(self.whole, FORMED_WITHIN_S, "each master has a replica")

    def _all_met(self) -> bool:
        return all(len(self.view(node)) == NODES for node in self.nodes)

    @staticmethod
    def view(node: Node) -> dict:
        """A node's view of all; nothing while it does not answer."""
        try:
            return node.direct().execute_command("CLUSTER NODES")
        except redis.RedisError:
            return {}

    @staticmethod
    def id_of(node: Node) -> str:
        return node.direct().execute_command("CLUSTER MYID")

    def whole(self) -> bool:
        """All answer, three are masters, each of the others is in sync with one, and all agree."""
        try:
            replication = [node.direct().info("replication") for node in self.nodes]
            states = [node.direct().execute_command("CLUSTER INFO") for node in self.nodes]
            maps = {repr(slots(node.direct())) for node in self.nodes}
        except redis.RedisError:
            return False
        followers = [each for each in replication if each["role"] == "slave"]
        fine = all(state["cluster_state"] == "ok" for state in states)
        linked = all(each["master_link_status"] == "up" for each in followers)
        return fine and linked and len(followers) == NODES - MASTERS and len(maps) == 1

    def cut_off(self, node: Node) -> None:
        """Neither clients nor other nodes reach it, nor does it reach them."""
        node.clients.hold("up", "down")
        self.part(node)

    def part(self, node: Node) -> None:
        """It and the other nodes do not reach each other, while clients reach all of them."""
        node.bus.hold("up", "down")
        for other in self.nodes:
            node.clients.hold_from(other.source)
            if other is not node:
                other.clients.hold_from(node.source)
                other.bus.hold_from(node.source)

    def rejoin(self) -> None:
        for node in self.nodes:
            for proxy in (node.clients, node.bus):
                proxy.forget()

    def masters(self) -> list[Node]:
        """As they see themselves."""
        return [node for node in self.nodes if node.direct().info("replication")["role"] == "master"]

    def replica_of(self, master: Node) -> Node:
        return next(
            node
            for node in self.nodes
            if node.direct().info("replication").get("master_port") == master.clients.port
        )

    def master_of(self, slot: int) -> Node:
        port = next(port for first, last, port in slots(self.nodes[0].direct()) if first <= slot <= last)
        return next(node for node in self.nodes if node.clients.port == port)


def slots(node: redis.Redis) -> list[tuple[int, int, int]]:
    """First, last, and the port of the master."""
    rows = node.execute_command("CLUSTER SLOTS")
    return sorted((first, last, master[1]) for first, last, master, *_ in rows)


class ClusterStore:
    """The part of redis.Redis that tests use, on all masters. Which is which is the opinion of most
    nodes, and asked again after any error."""

    def __init__(self, address: str) -> None:
        self._ports = [int(each.rpartition(":")[2]) for each in address.split(",")]
        self._nodes: dict[int, redis.Redis] = {}
        self._slots: list[tuple[int, int, int]] = []

    def _node(self, port: int) -> redis.Redis:
        return self._nodes.setdefault(port, redis.Redis(port=port, socket_timeout=1))

    def _learn(self) -> None:
        said: collections.Counter = collections.Counter()
        for port in self._ports:
            try:
                said[tuple(slots(self._node(port)))] += 1
            except redis.RedisError:
                continue
        if not said:
            raise redis.ConnectionError("no node of the cluster answers")
        self._slots = list(said.most_common(1)[0][0])

    def _at(self, key: str | bytes) -> redis.Redis:
        if not self._slots:
            self._learn()
        slot = slot_of(key if isinstance(key, str) else key.decode())
        for first, last, port in self._slots:
            if first <= slot <= last:
                return self._node(port)
        raise redis.ConnectionError(f"no node serves slot {slot}")

    def _try(self, ask: Callable[[], object]):
        try:
            return ask()
        except redis.RedisError:
            self._slots = []
            raise

    def hget(self, key: str, field: str):
        return self._try(lambda: self._at(key).hget(key, field))

    def hgetall(self, key: str):
        return self._try(lambda: self._at(key).hgetall(key))

    def hmget(self, key: str, *fields: str):
        return self._try(lambda: self._at(key).hmget(key, *fields))

    def eval(self, script: str, count: int, key: str, *more: str):
        return self._try(lambda: self._at(key).eval(script, count, key, *more))

    def mget(self, keys: list) -> list:
        parts = collections.defaultdict(list)
        for at, key in enumerate(keys):
            parts[slot_of(key if isinstance(key, str) else key.decode())].append((at, key))
        found: dict[int, bytes | None] = {}
        for part in parts.values():
            values = self._try(lambda some=part: self._at(some[0][1]).mget([key for _, key in some]))
            found |= {at: value for (at, _), value in zip(part, values)}
        return [found[at] for at in range(len(keys))]

    def scan_iter(self, match: str, count: int = 1_000) -> Iterator[bytes]:
        self._learn()
        for port in {port for _, _, port in self._slots}:
            yield from self._node(port).scan_iter(match=match, count=count)

    def flushall(self) -> None:
        self._learn()
        for port in {port for _, _, port in self._slots}:
            self._node(port).flushall()

    def fields(self, keys: list[str], field: str) -> list:
        """One field of each, at a time."""
        parts = collections.defaultdict(list)
        for key in keys:
            parts[self._try(lambda k=key: self._at(k)).connection_pool].append(key)
        found: dict[str, bytes | None] = {}
        for some in parts.values():

            def ask(part=some):
                pipe = self._at(part[0]).pipeline(transaction=False)
                for key in part:
                    pipe.hget(key, field)
                return pipe.execute(raise_on_error=True)

            found |= dict(zip(some, self._try(ask)))
        return [found[key] for key in keys]


def settle(cluster: RedisCluster, within_s: float = FORMED_WITHIN_S) -> float:
    """Until each master has a replica again; returns when that was."""
    wait_until(cluster.whole, within_s, "the cluster is whole")
    return time.monotonic()
