"""segue-admin reshard: other numbers of partitions, the same state, nothing lost and nothing twice."""

import json
import signal
import subprocess

import pytest
import wire
from pipeline import Pipeline, listened
from players import tell_catalogue
from redis_cluster import RedisCluster
from resharding import INPUTS, Place, delete_prefixed, topics_file
from servers import initialise, wait_until

LISTENERS = [f"listener-{n}" for n in range(40)]
TRACKS = [f"track-{n}" for n in range(12)]


def round_of(number):
    """Each listener hears four tracks, in a session of its own."""
    return [
        listened(who, f"{who}-{number}", seq, TRACKS[(place + seq * (number + 1)) % len(TRACKS)])
        for place, who in enumerate(LISTENERS)
        for seq in range(1, 5)
    ]


def plays_of(events):
    counts = {}
    for event in events:
        track = json.loads(event.value)["track_id"]
        counts[track] = counts.get(track, 0) + 1
    return counts


@pytest.fixture
def prefixed(pipeline):
    delete_prefixed(pipeline.kafka.address)
    yield pipeline
    pipeline.stop()
    delete_prefixed(pipeline.kafka.address)


@pytest.fixture
def played(prefixed):
    """Sixteen partitions whose workers have read everything and stopped."""
    tell_catalogue(prefixed, *TRACKS)
    place = Place(prefixed).start_workers()
    place.produce(*round_of(0))
    place.wait_drained()
    place.stop_workers()
    return place


def refused(place, *arguments):
    """The one line of a reshard that changed nothing."""
    keys, topics = place.keys(), place.topics()
    done = place.reshard(*arguments)
    assert done.returncode == 1, done.stdout
    assert (place.keys(), place.topics()) == (keys, topics)
    [line] = done.stderr.splitlines()
    assert "Nothing was changed" in line
    return line


def go_on(place, number, before):
    """One more round under the new partitions; returns where it stands."""
    state, models, versions = before.state(), before.latest("segue.item-models.v1"), before.versions()
    assert place.state() == state and len(state) > 60
    assert place.latest("segue.item-models.v1") == models
    assert place.latest("segue.catalog.v1") == before.latest("segue.catalog.v1")

    place.start_workers()
    place.produce(*round_of(number))
    place.wait_drained()

    for who, newer in place.versions().items():
        assert newer == sorted(newer) and newer[0] > versions[who][-1]
    place.stop_workers()


def test_from_16_to_24_to_8_nothing_is_lost_and_nothing_twice(played, tmp_path):
    more = played.moved(topics_file(tmp_path, 24, 12, 6), "b.")
    go_on(more, 1, played)
    fewer = more.moved(topics_file(tmp_path, 8, 3, 2), "c.")
    go_on(fewer, 2, more)

    events = [event for number in range(3) for event in round_of(number)]
    assert fewer.events_counted() == {who: 12 for who in LISTENERS}
    assert fewer.plays_counted() == plays_of(events)
    assert max(more.partitions_used(wire.EVENTS)) >= 16
    assert fewer.partitions_used(wire.EVENTS) == set(range(8))
    assert [fewer.topics()[f"c.{topic}"] for topic in INPUTS] == [8, 3, 2]


def test_lessons_add_up_to_what_was_learned(played, tmp_path):
    def learned(place):
        asked = place.reshard(topics_file(tmp_path, 8, 8, 4), "z.", "--dry-run", "--json")
        assert asked.returncode == 0, asked.stderr
        return json.loads(asked.stdout.splitlines()[-1])["learned"]

    before = learned(played)

    fewer = played.moved(topics_file(tmp_path, 5, 8, 4), "b.")

    assert before > 0 and learned(fewer) == before
    assert 0 < len(fewer.latest("segue.lessons.v1")) <= 5


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(played, tmp_path):
    keys, topics = played.keys(), played.topics()

    said = played.reshard(topics_file(tmp_path, 24, 8, 4), "b.", "--dry-run")

    assert said.returncode == 0, said.stderr
    assert "segue.events.v1 16 -> 24" in said.stdout and "40 listeners" in said.stdout
    assert (played.keys(), played.topics()) == (keys, topics)


def test_a_living_worker_is_named_and_nothing_changed(prefixed, tmp_path):
    place = Place(prefixed).start_workers()
    place.produce(*round_of(0))
    place.wait_drained()

    line = refused(place, topics_file(tmp_path, 24, 8, 4), "b.")

    assert "members that read" in line and "stop all workers" in line


def test_an_owner_that_died_a_moment_ago_is_waited_for(played, tmp_path):
    checkpoint = f"sg:{{{wire.EVENTS}/3}}:ckpt"
    now_s, _ = played.store.time()
    played.store.hset(checkpoint, mapping={"token": "t", "owner": "host/1", "updated_ms": now_s * 1_000})

    assert "host/1" in refused(played, topics_file(tmp_path, 24, 8, 4), "b.")
    played.store.hset(checkpoint, "updated_ms", (now_s - 60) * 1_000)
    assert played.reshard(topics_file(tmp_path, 24, 8, 4), "b.").returncode == 0


def test_events_that_wait_are_counted_and_nothing_changed(played, tmp_path):
    played.produce(listened("late", "s", 1, "track-1"))

    assert "1 records of segue.events.v1/" in refused(played, topics_file(tmp_path, 24, 8, 4), "b.")


def test_a_prefix_that_is_in_use_is_refused(played, tmp_path):
    topics = topics_file(tmp_path, 24, 8, 4)
    played.moved(topics, "b.")

    assert "under redis.prefix b. already" in refused(played, topics, "b.")
    assert "moved to the prefix b. already" in refused(played, topics, "c.")


def test_the_old_state_is_closed_and_a_wrong_place_said(played, tmp_path):
    moved = played.moved(topics_file(tmp_path, 24, 8, 4), "b.")

    old = played.worker("segue-recommender")
    elsewhere = Place(played.pipeline, "b.", moved.begins_at + 1_000)
    wrong = elsewhere.worker("segue-recommender")

    assert old.wait(60) == 1 and "moved by segue-admin reshard" in old.log.read_text()
    assert wrong.wait(60) == 1 and "kafka.begins_at" in wrong.log.read_text()
    for place in (played, elsewhere):
        played.pipeline.programs = [p for p in played.pipeline.programs if p not in place.workers]


def test_a_killed_reshard_is_run_again_to_the_same_end(played, tmp_path):
    many = 20_000
    pipe = played.store.pipeline(transaction=False)
    for n in range(many):
        pipe.set(f"sg:{{{wire.EVENTS}/{n % 16}}}:r:held-{n}", b"\x04" + n.to_bytes(4, "little"))
    pipe.execute()
    topics = topics_file(tmp_path, 24, 8, 4)
    killed = subprocess.Popen(played.command(topics, "b."), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pattern = f"b.sg:{{{wire.EVENTS}/*r:held-*"
    wait_until(lambda: next(played.store.scan_iter(match=pattern), None), 60, "some keys are there")
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(30) == -signal.SIGKILL, "it had ended before"
    half = Place(played.pipeline, "b.", int(played.store.hget("b.sg:meta", "begins_at")))
    early = half.worker("segue-recommender")
    assert early.wait(60) == 1 and "has not ended" in early.log.read_text()
    played.pipeline.programs.remove(early)
    # A key that is gone by the second attempt must not come back from the first.
    played.store.delete(f"sg:{{{wire.EVENTS}/0}}:r:held-0")

    moved = played.moved(topics, "b.")

    assert moved.state() == played.state() and "r:held-0" not in moved.state()


@pytest.fixture
def clustered(kafka, binaries, tmp_path):
    with RedisCluster(tmp_path / "cluster") as cluster:
        made = ClusterPipeline(binaries, tmp_path, kafka, cluster)
        delete_prefixed(kafka.address)
        try:
            yield made.prepare()
        finally:
            made.stop()
            delete_prefixed(kafka.address)


class ClusterPipeline(Pipeline):
    @property
    def flags(self):
        return [*super().flags, "--redis.cluster"]

    def initialise(self):
        initialise(self.binaries, self.kafka.address, self.redis.address, self.folder, flags=["--redis.cluster"])


def test_on_a_cluster_a_state_moves_as_on_one_node(clustered, tmp_path):
    tell_catalogue(clustered, *TRACKS)
    place = Place(clustered).start_workers()
    place.produce(*round_of(0))
    place.wait_drained()
    place.stop_workers()

    more = place.moved(topics_file(tmp_path, 24, 12, 6), "b.")
    go_on(more, 1, place)

    assert more.events_counted() == {who: 8 for who in LISTENERS}
    assert more.plays_counted() == plays_of(round_of(0) + round_of(1))
