"""producers/gateway/clients/segue.py, as its page says."""

import pytest
import segue


def test_a_player_in_python_gets_the_list_that_answers(base, ada):
    player = segue.Segue(base, ada.token)
    lists = player.lists()
    first = next(lists)

    told = player.tell("playback.completed", session_id="s", seq=1, track_id="t-1", play_id="p-1",
                       played_fraction=1.0)
    answer = player.list_of(told)

    assert answer["version"] >= told["version"] > first["version"]
    assert answer["cause"]["id"] == told["ids"][0]
    assert next(lists)["version"] == answer["version"]


def test_a_type_that_is_unknown_gets_no_list(base, ada):
    player = segue.Segue(base, ada.token)
    told = player.tell("playback.skiped", session_id="s", seq=1, track_id="t-1")

    with pytest.raises(ValueError, match="unknown"):
        player.list_of(told)


def test_what_is_refused_is_raised_in_words(base, ada):
    player = segue.Segue(base, ada.token)

    try:
        player.tell("playback.completed", session_id="s")
    except segue.Refused as refused:
        assert refused.code == "no_good_event" and "refused" in str(refused)
    else:
        raise AssertionError("it was taken")
