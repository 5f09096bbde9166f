"""A page that is only hidden, as by a phone's swipe: its last play is sent, and once."""

import contextlib

from conftest import logged
from playwright.sync_api import Error
from servers import wait_until

# Headless, every tab is in front: the page gets the events that a browser would fire.
HIDE = """shown => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => shown ? "visible" : "hidden" });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""
ENDS = ("playback.stopped", "playback.skipped", "playback.completed")


def playing(page, gateway):
    page.open()
    page.press("Play")
    wait_until(lambda: logged(gateway, page.listener, "playback.started"), 10, "the start arrives")
    return logged(gateway, page.listener, "playback.started")[0]["play_id"]


def ends_of(gateway, listener, play):
    """The play's ends; what was sent twice under one number is one."""
    events = [event for kind in ENDS for event in logged(gateway, listener, kind) if event["play_id"] == play]
    return list({(event["session_id"], event["seq"]): event for event in events}.values())


def kill(page):
    """Its process dies without another word."""
    with contextlib.suppress(Error), page.tab.expect_event("crash", timeout=10_000):
        page.tab.goto("chrome://crash", timeout=5_000)


def test_a_hidden_page_that_is_killed_tells_its_last_play(new_page, gateway):
    page = new_page()
    play = playing(page, gateway)
    page.tab.evaluate(HIDE, False)
    assert not ends_of(gateway, "ada", play)

    kill(page)

    wait_until(lambda: ends_of(gateway, "ada", play), 20, "the browser tells the end")
    assert [event["reason_end"] for event in ends_of(gateway, "ada", play)] == ["endplay"]


def test_without_a_browser_that_tells_it_the_next_visit_does(new_page, gateway):
    page = new_page()
    page.tab.add_init_script("delete window.fetchLater")
    play = playing(page, gateway)
    page.tab.evaluate(HIDE, False)
    # A page that plays a track of some minutes leaves events that are taken over once the track is over.
    page.tab.evaluate(
        """() => { for (const key of Object.keys(localStorage).filter(key => key.startsWith("segue.words."))) {
             const kept = JSON.parse(localStorage[key]);
             localStorage[key] = JSON.stringify({ ...kept, until: 1 });
        } }"""
    )
    kill(page)

    new_page(context=page.tab.context).open()

    wait_until(lambda: ends_of(gateway, "ada", play), 20, "the next visit tells the end")
    assert len(ends_of(gateway, "ada", play)) == 1


def test_a_page_that_is_shown_again_plays_on_and_ends_once(new_page, gateway):
    page = new_page()
    play = playing(page, gateway)

    for shown in (False, True, False, True):
        page.tab.evaluate(HIDE, shown)
    page.press("Skip")
    page.press("Save")
    wait_until(lambda: logged(gateway, "ada", "feedback.saved"), 10, "what came last arrives")

    assert [event["reason_end"] for event in ends_of(gateway, "ada", play)] == ["fwdbtn"]


def test_a_page_that_is_frozen_has_stopped(new_page, gateway):
    page = new_page()
    play = playing(page, gateway)
    page.tab.evaluate(HIDE, False)

    page.tab.evaluate("document.dispatchEvent(new Event('freeze'))")
    wait_until(lambda: ends_of(gateway, "ada", play), 10, "the stop arrives")
    page.tab.evaluate("document.dispatchEvent(new Event('resume'))")
    page.tab.evaluate(HIDE, True)

    page.tab.wait_for_function("() => document.getElementById('now-title').textContent === 'Nothing yet'")
    assert len(ends_of(gateway, "ada", play)) == 1


def test_a_page_says_whose_idea_a_play_was(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    page.press("Skip")
    page.tab.locator("#list > li").nth(3).get_by_role("button", name="Play").click()

    wait_until(lambda: len(logged(gateway, "ada", "playback.started")) == 3, 10, "all arrive")
    reasons = [event["reason_start"] for event in logged(gateway, "ada", "playback.started")]
    assert reasons == ["autoplay", "fwdbtn", "clickrow"]
    skip = logged(gateway, "ada", "playback.skipped")[0]
    assert skip["reason_start"] == "autoplay" and skip["rec_id"]
