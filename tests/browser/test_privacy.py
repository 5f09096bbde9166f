"""The web player shows, and forgets, what is remembered of a listener."""

import json

from conftest import logged
from servers import wait_until


def test_consent_is_sent(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()

    page.tab.uncheck("#learning")

    wait_until(lambda: logged(gateway, "ada", "privacy.consent_changed"), 10, "it is sent")
    [event] = logged(gateway, "ada", "privacy.consent_changed")
    assert event["consent"] == {"learning": False}


def test_consent_is_shown_as_it_is_stored(new_page, gateway):
    page = new_page().open()
    other = new_page().open()  # a browser of its own: nothing but the listener is shared
    page.tab.get_by_text("Privacy").click()
    page.tab.uncheck("#learning")

    other.tab.wait_for_function("() => !document.getElementById('learning').checked", timeout=10_000)
    assert other.tab.is_checked("#personalisation")
    gateway.pipeline.wait_drained()
    later = new_page().open()
    later.tab.wait_for_function("() => !document.getElementById('learning').checked", timeout=10_000)


def test_erasure_empties_the_page_and_what_is_stored(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    page.press("Like")
    wait_until(lambda: logged(gateway, "ada", "feedback.rated"), 10, "the like arrives")
    page.tab.on("dialog", lambda dialog: dialog.accept())

    page.tab.get_by_text("Privacy").click()
    page.press("Erase me")

    wait_until(lambda: "erased" in page.text("#cause"), 10, "the page says so")
    wait_until(page.tracks, 20, "what a newcomer is shown comes")
    assert "erased" in page.text("#cause")
    gateway.pipeline.wait_drained()
    page.press("Show what is stored")
    page.tab.wait_for_selector("dialog[open] pre")
    shown = json.loads(page.text("#why-text pre"))
    assert shown["list"] is None and shown["state"]["comes_back_to"] == []
    page.shoot("erased")


def test_after_an_erasure_play_begins_a_new_history(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    page.tab.on("dialog", lambda dialog: dialog.accept())
    page.tab.get_by_text("Privacy").click()
    page.press("Erase me")
    wait_until(lambda: "erased" in page.text("#cause"), 10, "the page says so")
    assert page.text("#now-title") == "Nothing yet"

    page.press("Play")

    page.tab.wait_for_selector("#list > li", timeout=10_000)
    assert page.text("#now-title").startswith("Title of")


def test_switches_stay_when_the_page_is_reloaded(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()
    page.tab.check("#private")
    page.tab.check("#no-ai")

    page.reload()
    page.press("Play")

    assert page.tab.is_checked("#private") and page.tab.is_checked("#no-ai")
    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")
    assert all(event["private_session"] for event in logged(gateway, "ada", "playback.started"))


def test_a_private_session_says_so_in_every_event(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()
    page.tab.check("#private")
    page.press("Play")

    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")
    assert all(event["private_session"] for event in logged(gateway, "ada", "playback.started"))
