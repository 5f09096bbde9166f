"""Accounts push a track into others' lists, take another's name, or leave something behind."""

import json
import math

import wire
from pipeline import Given
from players import Gateway, Player, tell_catalogue
from servers import wait_until

WITHIN_S = 30
MODELS = "segue.item-models.v1"
NO_NUMBER = b"\x00\x00\xc0\x7f"  # a float, little-endian
OF_MANY = "Popular right now"  # the reason that no track of one listener's may have
# Two texts whose XXH3-64 is the same: eight bytes can be computed for any hash.
TEXT, TWIN = "track-507", ",C1ZEJAa"


class Accounts:
    """Numbers the events of each listener."""

    def __init__(self, pipeline) -> None:
        self._pipeline = pipeline
        self._numbers: dict[str, int] = {}

    def event(self, kind: str, listener: str, **data) -> Given:
        self._numbers[listener] = self._numbers.get(listener, 0) + 1
        track = data.pop("track", None)
        return Given(kind, listener, f"{listener}-s", self._numbers[listener], track, **data)

    def play(self, listener: str, track: str, artist: str, times: int = 1) -> None:
        self._pipeline.produce(
            *(
                self.event(
                    "playback.completed", listener, track=track, artist_id=artist, played_fraction=1.0
                )
                for _ in range(times)
            )
        )

    def list_of(self, listener: str) -> list[dict]:
        """The list that a new session begins with."""
        [(partition, offset)] = self._pipeline.produce(self.event("session.started", listener))
        self._pipeline.wait_drained()
        for record in self._pipeline.read(wire.RECOMMENDATIONS):
            if record.key == listener.encode() and record.value is not None:
                event = json.loads(record.value)
                if event["version"] == offset:
                    return event["items"]
        raise AssertionError(f"{listener} got no list")


def models(pipeline) -> dict[bytes, bytes | None]:
    """The latest of each item, as a compacted topic keeps it."""
    return {record.key: record.value for record in pipeline.read(MODELS)}


def names(pipeline) -> set[str]:
    """The texts of all items that are in Redis."""
    store = wire.connect(pipeline.redis.address)
    blobs = wire.state_keys(store, wire.ITEM_SIGNALS, "i").values()
    return {wire.item_counts(blob)[1] for blob in blobs}


def stored_with(pipeline, text: str) -> list[bytes]:
    """The keys of all values in Redis that have this text."""
    store = wire.connect(pipeline.redis.address)
    kept = [key for key in store.scan_iter(count=1_000) if store.type(key) == b"string"]
    return [key for key in kept if text.encode() in (store.get(key) or b"")]


def at_work(pipeline) -> Accounts:
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    return Accounts(pipeline)


def test_a_borrowed_name_reaches_no_other_listener(pipeline):
    tell_catalogue(pipeline, "t-1", "t-2", "t-3")
    accounts = at_work(pipeline)
    for fan in ("ada", "bob", "cy"):
        for track in ("t-1", "t-2", "t-3"):
            accounts.play(fan, track, "a-1")
    accounts.play("mallory", "made-up", "a-1", times=3)
    pipeline.wait_drained()
    wait_until(lambda: b"made-up" in b"".join(v or b"" for v in models(pipeline).values()), WITHIN_S, "")

    # Its model has reached the recommenders once a track of later has.
    accounts.play("ada", "t-1", "a-1")
    lists = [accounts.list_of(listener) for listener in ("ada", "bob", "cy", "new-1", "new-2")]

    assert all(lists)
    assert "made-up" not in {item["track_id"] for items in lists for item in items}


def test_a_pushed_track_is_not_what_many_listen_to(pipeline):
    accounts = at_work(pipeline)
    for listener in range(9):
        accounts.play(f"l-{listener}", "liked", "a")
    accounts.play("mallory", "pushed", "b", times=400)
    pipeline.wait_drained()

    def known():
        """Both, and the last model of what many like."""
        items = accounts.list_of("new")
        said = {item["track_id"]: {reason["text"] for reason in item["reasons"]} for item in items}
        return "pushed" in said and OF_MANY in said.get("liked", ()) and (items, said)

    items, said = wait_until(known, WITHIN_S, "both are known")

    assert [item["track_id"] for item in items][:2] == ["liked", "pushed"]
    assert OF_MANY not in said["pushed"]


def test_a_twin_renames_nothing(pipeline):
    accounts = at_work(pipeline)
    accounts.play("ada", TEXT, "a")
    pipeline.wait_drained()

    accounts.play("mallory", TWIN, "b", times=5)
    pipeline.wait_drained()

    assert TEXT in names(pipeline)
    assert TWIN not in names(pipeline)
    assert TWIN.encode() not in b"".join(value or b"" for value in models(pipeline).values())


def test_an_erasure_leaves_nothing_that_one_listener_alone_sent(pipeline):
    accounts = at_work(pipeline)
    alone = "a-text-that-no-other-listener-sent"
    accounts.play("ada", alone, f"{alone}-artist", times=3)
    accounts.play("ada", "shared", "a")
    accounts.play("bob", "shared", "a")
    pipeline.wait_drained()
    assert {alone, f"{alone}-artist", "shared"} <= names(pipeline)

    pipeline.produce(accounts.event("privacy.erasure_requested", "ada"))
    pipeline.wait_drained()

    assert names(pipeline) == {"shared", "a"}

    def forgotten():
        return alone.encode() not in b"".join(value or b"" for value in models(pipeline).values())

    wait_until(forgotten, WITHIN_S, "its models are gone")
    assert stored_with(pipeline, alone) == [], "lists of others have it"


def test_lists_of_others_lose_what_an_erased_listener_sent(pipeline):
    """In Redis there is nothing of it, and no gateway shows it: the one that had it, or a fresh one."""
    at_work(pipeline)
    here = Gateway(pipeline).start()
    ada, bob = Player(here), Player(here)
    alone, title = "a-text-that-no-other-listener-sent", "A Title That No Other Gave"
    hers = {"title": title, "artist_id": f"{alone}-artist", "artist": "Her Own Singer"}
    ada.post(ada.heard(alone, **hers), ada.heard("shared", artist_id="a"))
    bob.post(bob.heard("shared", artist_id="a"))
    pipeline.wait_drained()

    def listed():
        bob.post(bob.heard("shared", artist_id="a"))
        pipeline.wait_drained()
        # The artist's model comes from another partition, perhaps later, and its id with it.
        return [item for item in bob.list()["items"] if item["track_id"] == alone and "artist_id" in item]

    wait_until(listed, WITHIN_S, "others are offered it")
    assert not [key for key in stored_with(pipeline, alone) if b":r:" in key]
    there = Player(Gateway(pipeline, name="there").start(), bob.subject)
    [restored] = [item for item in there.list()["items"] if item["track_id"] == alone]
    assert (restored["title"], restored["artist"]) == (title, "Her Own Singer")
    before = there.list()["version"]

    ada.ask("DELETE", "/v1/me")

    def forgotten():
        lists = [json.dumps(player.list()) for player in (bob, there)]
        return not [text for text in lists for own in (alone, title, "Her Own Singer") if own in text]

    wait_until(forgotten, WITHIN_S, "no gateway shows it")
    pipeline.wait_drained()
    assert stored_with(pipeline, alone) == []
    fresh = Player(Gateway(pipeline, name="fresh").start(), bob.subject)
    lists = [player.list() for player in (bob, there, fresh)]
    assert {each["version"] for each in lists} == {before}, "without a list of bob's being made"
    assert {item["track_id"] for each in lists for item in each["items"]} == {"shared"}


def test_a_skip_of_a_made_up_text_leaves_nothing(pipeline):
    accounts = at_work(pipeline)
    pipeline.produce(
        accounts.event(
            "playback.skipped", "mallory", track="made-up", artist_id="unknown", played_fraction=0.1
        )
    )

    pipeline.wait_drained()

    assert names(pipeline) == set()
    # The recommender that knows a track of later has read all about the one before.
    for listener in range(3):
        accounts.play(f"l-{listener}", "later", "b")
    pipeline.wait_drained()
    items = []

    def later_is_known():
        items[:] = accounts.list_of("new")
        return "later" in {item["track_id"] for item in items}

    wait_until(later_is_known, WITHIN_S, "a track of later is listed")
    assert "made-up" not in {item["track_id"] for item in items}


def test_a_model_or_lesson_that_is_no_number_stops_no_reader(pipeline):
    tell_catalogue(pipeline, "t-1")
    accounts = at_work(pipeline)
    accounts.play("ada", "t-1", "a-1", times=40)
    pipeline.wait_drained()
    [(key, model), *_] = [(k, v) for k, v in models(pipeline).items() if v and b"t-1" in v]
    producer = _producer(pipeline)
    # No number in the place of each four bytes behind the name, whatever stands there; last the good one.
    for at in range(model.index(b"t-1") + 3, len(model) - 3):
        producer.produce(MODELS, key=key, value=model[:at] + NO_NUMBER + model[at + 4 :])
    producer.produce(MODELS, key=key, value=model)
    producer.produce("segue.lessons.v1", key=b"5", value=b"\x03\x01\x01\x00\x00\x00\x00" + NO_NUMBER)
    assert producer.flush(30) == 0

    recommender = next(each for each in pipeline.programs if each.name == "segue-recommender")

    def refused():
        accounts.list_of("new")  # a turn, after which the gauge is set
        return recommender.metric("segue_item_models_refused")

    wait_until(refused, WITHIN_S, "what is no number is refused")
    items = accounts.list_of("new")

    assert items and items[0]["track_id"] == "t-1"
    assert all(math.isfinite(item["score"]) for item in items)


def _producer(pipeline):
    import confluent_kafka

    return confluent_kafka.Producer({"bootstrap.servers": pipeline.kafka.address})
