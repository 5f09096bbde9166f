"""liblistenbrainz, as its documentation uses it, against the gateway in ListenBrainz's place."""

import time

import liblistenbrainz
import pytest
from players import Player, events_of

DAY_S = 86_400
NOW = int(time.time())


@pytest.fixture
def client(base, ada):
    made = liblistenbrainz.ListenBrainz(api_base_url=base)
    made.set_auth_token(ada.token)  # asks /1/validate-token
    return made


def listen(name, at=None):
    return liblistenbrainz.Listen(track_name=f"Song of {name}", artist_name=name, listened_at=at)


def state(ada, pipeline):
    pipeline.wait_drained()
    return ada.ask("GET", "/v1/me/export").json["state"]


def seconds(at):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))


def last_heard(known):
    """When each artist was heard last, the earliest first."""
    return sorted(each["last"][:19] for each in known["artists"])


def test_singles_imports_and_what_plays_now_are_taken(client, ada, pipeline):
    client.submit_single_listen(listen("One", NOW - 600))
    client.submit_multiple_listens([listen("Two", NOW - 400), listen("Three", NOW - 200)])
    client.submit_playing_now(listen("Four"))

    kinds = [kind for kind, _ in events_of(pipeline, ada)]
    assert kinds.count("segue.playback.completed.v1") == 3
    assert kinds.count("segue.playback.started.v1") == 1
    assert client.remaining_requests is not None


def test_a_bad_token_is_refused_in_its_own_words(base):
    client = liblistenbrainz.ListenBrainz(api_base_url=base)

    with pytest.raises(liblistenbrainz.errors.InvalidAuthTokenException):
        client.set_auth_token("no token")


def test_a_history_newest_first_keeps_its_own_times(client, ada, pipeline):
    """As every export has it, after a listen of today: it counts by its age and moves no session."""
    client.submit_single_listen(listen("Today", NOW - 60))
    old = [NOW - n * 300 * DAY_S for n in range(1, 5)]
    client.submit_multiple_listens([listen(f"Old {at}", at) for at in old])

    known = state(ada, pipeline)

    assert (known["listens"], known["listens_of_the_session"]) == (5, 1)
    assert known["time"][:19] == seconds(NOW - 60)
    assert last_heard(known) == sorted(seconds(at) for at in [*old, NOW - 60])


def test_a_pause_of_half_an_hour_begins_another_session(client, ada, pipeline):
    client.submit_multiple_listens([listen("One", NOW - 9_000), listen("Two", NOW - 8_800)])
    assert state(ada, pipeline)["listens_of_the_session"] == 2
    client.submit_multiple_listens([listen("Three", NOW - 6_900)])

    assert state(ada, pipeline)["listens_of_the_session"] == 1


def test_what_a_phone_kept_while_offline_keeps_its_own_time(ada, pipeline, gateway):
    """Its queue of yesterday in one request, out of order, after it played a track of today."""
    def heard(track, ago_s, session):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(NOW - ago_s))
        return ada.heard(track, time=at, session_id=session, artist_id=f"artist of {track}")

    ada.post(heard("today", 60, "s-today"))
    queue = [heard(f"q-{n}", DAY_S + n * 200, "s-yesterday") for n in (2, 1, 3)]
    phone = Player(gateway, ada.subject)
    assert phone.post(*queue).json["accepted"] == 3

    known = state(ada, pipeline)

    assert (known["listens"], known["listens_of_the_session"]) == (4, 1)
    assert known["time"][:19] == seconds(NOW - 60)
    assert last_heard(known) == sorted(seconds(NOW - ago) for ago in (60, *(DAY_S + n * 200 for n in (1, 2, 3))))
