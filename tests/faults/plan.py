"""All faults, by the world in which they are done, with how often."""

from __future__ import annotations

import dataclasses

import generators
from rows import Fault
from strikes import broker_faults, cluster_faults, kills, network_faults, redis_faults, refusals, scale, storm

# In the bounded form left out for its length; something like it is in.
FULL_ONLY = {
    "kill -9: recommender while publishing",
    "kill -9: trainer while publishing",
    "kill -9: trainer after publish",
    "kill -9: replay while publishing",
    "network, redis: latency 50 ms",
    "network, redis: answers lost",
    "network, kafka: latency 50 ms",
    "network, kafka: answers lost",
    "network, kafka: reset",
}


def _each(names: str, strikes: dict, full: int) -> list[Fault]:
    faults = [Fault(f"{names}{name}", strike, 1, full) for name, strike in strikes.items()]
    return [dataclasses.replace(f, bounded=0) if f.name in FULL_ONLY else f for f in faults]


# Kafka with one broker, every worker behind proxies of its own.
ONE_BROKER = [
    Fault("kill -9 at random", kills.kill_at_random, 6, 200, recover_every=8),
    Fault("kill -9 of all workers", kills.kill_all_workers, 1, 5),
    *_each("kill -9: ", kills.POINTS, 5),
    *_each("kill -9: ", kills.REPLAY_POINTS, 5),
    Fault("zombie: SIGSTOP, then SIGCONT", kills.sleep_and_wake, 1, 10),
    Fault("redis kill -9, appendfsync always", redis_faults.kill_under("always"), 0, 5),
    Fault("redis kill -9, appendfsync everysec", redis_faults.kill_under("everysec"), 1, 5),
    Fault("redis kill -9, appendfsync no", redis_faults.kill_under("no"), 0, 5),
    Fault("redis: end of its file cut", redis_faults.cut_the_end, 1, 8),
    Fault("redis: older copy put back", redis_faults.older_copy, 1, 5),
    Fault("redis: fail-over, replica lags", redis_faults.fail_over, 1, 5),
    Fault("redis: out of memory", redis_faults.out_of_memory, 1, 5),
    Fault("redis: read-only", redis_faults.read_only, 1, 4),
    Fault("redis: too few replicas", redis_faults.too_few_replicas, 0, 3),
    Fault("redis: slow script", redis_faults.slow_script, 0, 3),
    Fault("redis: disk full", redis_faults.disk_full, 0, 2),
    *_each("network, ", network_faults.NETWORK, 5),
    Fault("partitions move", broker_faults.move_partitions, 1, 30),
    Fault("several at once", storm.several_at_once, 2, 40, recover_every=4),
    Fault("kafka: its only broker killed", broker_faults.kill_a_broker, 0, 3),
]

# A quarantined event is left out by the process that died of it, and by no other: after it a single process
# makes another state of the same log.
POISON = Fault("poison event", kills.poison, 1, 3)

# A cluster of three, three replicas of everything, two of which must have a record.
THREE_BROKERS = [
    Fault("kafka: one of three brokers killed", broker_faults.kill_a_broker, 1, 20),
    Fault("kafka: one of three brokers frozen", broker_faults.freeze_a_broker, 0, 5),
    Fault("kafka: all brokers killed", broker_faults.kill_all_brokers, 1, 5),
]

# A Redis Cluster of six: three masters, a replica of each.
CLUSTER = [
    Fault("redis cluster: kill -9 of a master", cluster_faults.kill_a_master, 1, 10),
    Fault("redis cluster: fail-over on request", cluster_faults.fail_over, 1, 10),
    Fault("redis cluster: slots migrate under load", cluster_faults.migrate, 1, 10),
    Fault("redis cluster: network of a master cut", cluster_faults.cut_off, 1, 10),
    Fault("redis cluster: a master parted from the others", cluster_faults.part, 1, 10),
]


@dataclasses.dataclass(frozen=True)
class Stage:
    """The servers on which these faults are done, one after the other."""

    faults: list
    brokers: int = 1
    clustered: bool = False


WORLDS = [
    Stage([*ONE_BROKER, generators.KillGenerators(), scale.ScaleOut(), POISON, *refusals.REFUSALS]),
    Stage(THREE_BROKERS, brokers=3),
    Stage(CLUSTER, clustered=True),
]
