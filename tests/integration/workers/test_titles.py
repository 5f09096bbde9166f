"""Listeners read the title that their client sends of a track that no catalogue has, everywhere."""

import json
import re
import subprocess
import time

import wire
from players import Gateway, Player, tell_catalogue
from servers import wait_until
from streams import Events

WITHIN_S = 30
# Ids that say nothing may stand where an id is asked for, and nowhere else.
ID_FIELDS = {"track_id", "artist_id", "hash", "session", "pseudonym", "rec_id"}
SONGS = [("Björk", "Jóga"), ("Björk", "Hunter"), ("The Clash", "Train in Vain"), ("Кино", "Звезда")]


def submitted(player, songs, ago_s=0):
    now = int(time.time()) - ago_s
    listens = [
        {
            "listened_at": now - 200 * (len(songs) - n),
            "track_metadata": {"artist_name": artist, "track_name": title},
        }
        for n, (artist, title) in enumerate(songs)
    ]
    body = json.dumps({"listen_type": "import", "payload": listens})
    answer = player.gateway.ask(
        "POST", "/1/submit-listens", body, Authorization=f"Token {player.token}"
    )
    assert answer.status == 200, answer.body


def texts(value, field=""):
    """Its title as a listener reads it."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from texts(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, field)
    elif isinstance(value, str) and field not in ID_FIELDS:
        yield value


def check_readable(value):
    for text in texts(value):
        assert not re.search(r"(name|mbid):[0-9a-f]", text), text
        assert text and text == text.strip(), repr(text)


def check_list(items):
    check_readable(items)
    for item in items:
        assert (item["artist"], item["title"]) in SONGS, item
        assert item["reasons"], item


def full_list(player):
    """Once all songs but the one just heard are known and named."""

    def named():
        submitted(player, SONGS[2:3])  # the next list, should a name not have been there yet
        items = (player.list() or {}).get("items", [])
        return items if len(items) >= 3 and all("title" in i and "artist" in i for i in items) else None

    found = []
    wait_until(lambda: found.append(named()) or found[-1], WITHIN_S, "all songs are listed")
    return found[-1]


def test_submitted_names_are_read_everywhere(pipeline):
    # As somebody without a catalogue.
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    gateway = Gateway(pipeline).start()
    ada, bob = Player(gateway), Player(gateway)
    for day in (3, 2, 1):
        for who in (ada, bob):
            submitted(who, SONGS, ago_s=day * 86_400)
    submitted(ada, SONGS[:2])
    pipeline.wait_drained()

    items = full_list(ada)
    check_list(items)
    said = " ".join(reason["text"] for item in items for reason in item["reasons"])
    assert "Björk" in said or "Jóga" in said or "The Clash" in said, said

    why = ada.ask("GET", f"/v1/me/why/{items[0]['track_id']}")
    assert why.status == 200
    check_readable(why.json)

    with ada.connect() as socket, Events(ada) as stream:
        check_list(socket.wait_for("recommendations")["items"])
        check_list(stream.next_list()[1]["items"])

    # From Redis alone, as after a restart.
    pipeline.wait_drained()
    gateway.program.stop()
    gateway.start()
    stored = ada.list()["items"]
    check_list(stored)

    export = ada.ask("GET", "/v1/me/export").json
    check_readable(export)
    assert {each["artist"]["name"] for each in export["state"]["artists"]} <= {a for a, _ in SONGS}
    back = [each["track"] for each in export["state"]["comes_back_to"]]
    assert {(each["artist"], each["title"]) for each in back} == set(SONGS[:4])


def test_names_in_events_are_read_and_leave_with_their_teller(gateway, pipeline):
    ada, bob = Player(gateway), Player(gateway)
    ada.post(ada.heard("t-1"), ada.heard("t1-620", title="My secret", artist="Mine alone"))
    bob.post(bob.heard("t1-620"), bob.heard("t-1"))
    pipeline.wait_drained()

    def named(player):
        player.post(player.heard("t-2"))  # the next list, should the name not have been there yet
        pipeline.wait_drained()
        items = (player.list() or {}).get("items", [])
        return [each for each in items if each["track_id"] == "t1-620" and "title" in each]

    [listed] = wait_until(lambda: named(ada), WITHIN_S, "it is listed with its name")
    assert (listed["title"], listed["artist"]) == ("My secret", "Mine alone")
    check_readable(listed)

    assert ada.ask("DELETE", "/v1/me").status == 202
    pipeline.wait_drained()

    def forgotten():
        bob.post(bob.heard("t-3"))
        pipeline.wait_drained()
        return b"My secret" not in bob.ask("GET", "/v1/recommendations").body

    wait_until(forgotten, WITHIN_S, "what ada alone said is gone")
    assert b"My secret" not in bob.ask("GET", "/v1/me/export").body


def test_the_catalogues_name_takes_the_place_of_a_clients(gateway, pipeline):
    ada = Player(gateway)
    ada.post(ada.heard("later-1", title="as I call it", artist="as I call them"), ada.heard("t-1"))
    pipeline.wait_drained()
    tell_catalogue(pipeline, "later-1")

    def listed():
        ada.post(ada.heard("t-2"))
        found = [each for each in (ada.list() or {}).get("items", []) if each["track_id"] == "later-1"]
        return found and found[0].get("title") == "Title of later-1" and found[0]

    wait_until(listed, WITHIN_S, "the catalogue's title is read")
    assert listed()["artist"] == "The Quiet Harbour"


def test_a_made_up_title_is_not_under_a_known_name(gateway, pipeline):
    """Neither under an artist whom the catalogue has nor as a song that was submitted by its names."""
    ada, mallory = Player(gateway), Player(gateway)
    submitted(ada, SONGS[:1])
    ada.post(ada.heard("t-1"))
    pipeline.wait_drained()

    def item(player, wanted):
        player.post(player.heard("t-2"))
        found = [each for each in (player.list() or {}).get("items", []) if wanted(each)]
        return found and found[0]

    def whole(each):
        return each.get("title") == "Jóga" and "artist_id" in each

    song = wait_until(lambda: item(ada, whole), WITHIN_S, "it is listed")
    mallory.post(
        mallory.heard(song["track_id"], title="Buy this", artist="Björk", artist_id=song["artist_id"]),
        mallory.heard("made-up", title="Buy this", artist="The Quiet Harbour", artist_id="a-1"),
    )
    pipeline.wait_drained()

    made_up = wait_until(lambda: item(mallory, lambda each: each["track_id"] == "made-up"), WITHIN_S, "it is listed")
    assert "artist" not in made_up
    again = wait_until(
        lambda: item(ada, lambda each: each["track_id"] == song["track_id"] and "title" in each), WITHIN_S, "it is named"
    )
    assert again["title"] == "Jóga"
    assert "Buy this" not in ada.ask("GET", "/v1/me/export").body.decode()


def tail(pipeline, listener):
    """The lines of segue-tail about them from the beginning of the log, once it shows a list."""
    flags = ["--kafka.brokers", pipeline.kafka.address, "--listener", listener, "--from", "start", "--for-s", "5"]
    done = subprocess.run([pipeline.binaries / "segue-tail", *flags], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lists_and_events(lines):
    shown = {"event": [], "recommendation": []}
    for line in lines.splitlines():
        for kind, value in json.loads(line).items():
            shown[kind].append(value)
    return len(shown["event"]) >= 12 and shown["recommendation"] and shown


def test_a_replayed_file_is_read_by_its_names(pipeline):
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    rows = ["time,user_id,session_id,track_id,artist_id,played_fraction,title,artist"]
    for day in (1, 2, 3):
        for n, (artist, title) in enumerate(SONGS):
            rows.append(f"2026-01-0{day}T10:{n * 4:02}:00Z,ada,,x{n},y-{artist},1,{title},{artist}")
    path = pipeline.folder / "mine.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")

    assert pipeline.replay("--listens", str(path), "--format", "segue-csv").wait(60) == 0
    pipeline.wait_drained()

    lists = [json.loads(record.value) for record in pipeline.read(wire.RECOMMENDATIONS)]
    check_list(max(lists, key=lambda each: each["version"])["items"])
    shown = wait_until(lambda: lists_and_events(tail(pipeline, "ada")), WITHIN_S, "it shows all")
    for event in shown["event"]:
        assert (event["artist"], event["title"]) in SONGS
    check_list(shown["recommendation"][-1]["items"])
