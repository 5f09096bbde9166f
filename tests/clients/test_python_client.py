"""producers/gateway/clients/segue.py, as its page says."""

import pytest
import segue


def test_a_player_in_python_gets_the_list_that_answers(base, ada):
    player = segue.Segue(base, ada.token)
    lists = player.lists()
    first = next(lists)

    sent = player.tell("playback.completed", session_id="s", seq=1, track_id="t-1", play_id="p-1",
                       played_fraction=1.0)
    answer = player.list_of(sent)

    assert answer["version"] >= sent["version"] > first["version"]
    assert answer["cause"]["id"] == sent["ids"][0]
    assert next(lists)["version"] == answer["version"]


def test_a_type_that_is_unknown_gets_no_list(base, ada):
    player = segue.Segue(base, ada.token)
    sent = player.tell("playback.skiped", session_id="s", seq=1, track_id="t-1")

    with pytest.raises(ValueError, match="unknown"):
        player.list_of(sent)


def test_a_wish_says_what_of_it_shapes_lists(base, ada):
    player = segue.Segue(base, ada.token)

    asked = player.ask(seeds=[{"track_id": "t-1", "weight": -1}], filter={"not_heard_days": 7, "genres": ["polka"]})

    assert set(asked["applied"]) <= {"seeds", "filter"} and "filter" in asked["applied"]
    assert "filter.genres[0]" in [each["wish"] for each in asked["ignored"]]
    assert player.list_of(asked)["items"] == []
    with pytest.raises(segue.Refused, match="filter.year"):
        player.ask(filter={"year": {"min": 1999, "max": 1970}})


def test_what_is_refused_is_raised_in_words(base, ada):
    player = segue.Segue(base, ada.token)

    try:
        player.tell("playback.completed", session_id="s")
    except segue.Refused as refused:
        assert refused.code == "no_good_event" and "refused" in str(refused)
    else:
        raise AssertionError("it was taken")
