"""Wishes for the list, in the web player."""

from conftest import ARTISTS, TRACKS, logged, wait_for_other_list
from players import Player, tell_catalogue
from servers import wait_until


def wait_for_answer_to_wish(page):
    page.tab.wait_for_function("() => document.getElementById('cause').dataset.type === 'request.made'")


def test_the_dial_asks_for_what_is_less_known(new_page, gateway):
    page = new_page().open()

    page.tab.locator("#adventurous").press("End")

    wait_for_answer_to_wish(page)
    [request] = logged(gateway, "ada", "request.made")
    assert request["adventurous"] == 1
    assert page.text("#dial") == "100 %"


def number(track):
    """The number of a track of the small world, whose genre and mood follow from it."""
    return int(track.removeprefix("t-"))


def test_a_mood_comes_first(new_page, gateway):
    page = new_page().open()

    page.tab.get_by_label("calm").check()

    wait_for_answer_to_wish(page)
    assert [number(track) % 3 for track in page.tracks()[:5]] == [0] * 5
    [request] = logged(gateway, "ada", "request.made")
    assert request["mood"] == "calm"
    page.shoot("mood")


def test_every_genre_can_be_chosen(new_page, gateway):
    for n in range(12):
        tell_catalogue(gateway.pipeline, f"t-{n}", genre=f"genre {n}")
    ada = Player(gateway)
    wait_until(lambda: len(ada.ask("GET", "/v1/kinds").json["genres"]) >= 12, 10, "the catalogue's entries arrive")
    page = new_page().open()
    page.tab.locator("#genres button").wait_for()
    chips = page.tab.locator("#genres label:visible")
    assert chips.count() == 1 + 8  # any, and the first ones

    page.tab.locator("#genres button").click()
    last = chips.last.text_content()
    chips.last.click()

    wait_for_answer_to_wish(page)
    assert [request["genre"] for request in logged(gateway, "ada", "request.made")] == [last]


def test_more_like_this_puts_what_is_heard_after_it_first(new_page, gateway):
    page = new_page().open()
    before = page.tracks()
    wanted = number(before[-1])

    page.tab.locator("#list > li button", has_text="More like this").last.click()
    wait_for_other_list(page, before, 10_000)

    assert f"More like Title of t-{wanted}" in page.text("#seed")
    assert f"t-{wanted}" not in page.tracks()
    # The small world hears its tracks in the order of their numbers; beside what is heard after it
    # its artist's tracks are like it.
    first = [number(track) for track in page.tracks()[:3]]
    assert (first[0] - wanted) % TRACKS < 10
    assert all((n - wanted) % TRACKS < 10 or n % ARTISTS == wanted % ARTISTS for n in first), first
    page.shoot("more-like-this")
    page.press("Forget the track to be like")
    wait_until(lambda: len(logged(gateway, "ada", "request.made")) == 2, 10, "it is forgotten")
    assert "seed_track_id" not in logged(gateway, "ada", "request.made")[1]


def test_an_older_answer_does_not_replace_a_newer(new_page):
    page = new_page().open()
    held = []
    page.tab.route("**/v1/requests", lambda route: held.append(route))
    page.tab.get_by_label("calm").check()
    page.tab.get_by_label("jazz").check()
    wait_until(lambda: page.tab.evaluate("true") and len(held) == 2, 10, "both are asked")

    def answer(route, detail):
        missed = [{"wish": "genre", "detail": detail}]
        with page.tab.expect_response("**/v1/requests"):
            route.fulfill(status=202, json={"accepted": 1, "applied": [], "ignored": missed})
        page.tab.evaluate("new Promise(done => setTimeout(done, 50))")

    answer(held[1], "newer")
    answer(held[0], "older")

    assert "newer" in page.text("#applied")


def test_wishes_that_still_hold_are_shown_after_a_reload(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_label("calm").check()
    page.tab.locator("#adventurous").press("End")
    page.tab.locator("#list > li").first.get_by_role("button", name="More like this").click()
    wanted = page.text("#seed-name")
    wait_for_answer_to_wish(page)

    page.reload()

    page.tab.locator("#moods :checked[value=calm]").wait_for(state="attached")
    assert (page.text("#seed-name"), page.text("#dial")) == (wanted, "100 %")
    page.tab.get_by_label("any").first.check()
    wait_until(lambda: len(logged(gateway, "ada", "request.made")) == 4, 10, "the mood is taken back")
    last = logged(gateway, "ada", "request.made")[-1]
    assert "mood" not in last and last["seed_track_id"] and last["adventurous"] == 1
