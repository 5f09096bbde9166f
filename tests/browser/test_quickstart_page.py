"""The page whose address the quick start prints: its list follows, and what it lacks is composed.

All of it is real: Kafka, Redis, recommenders, gateway, generator, sound.
"""

import contextlib

import pytest
from conftest import Page, wait_for_answer_to_skip
from quick import quick_start

FOLLOWS_WITHIN_MS = 20_000
COMPOSED_WITHIN_MS = 180_000  # a minute of music takes seconds where nothing else runs
PLAYS_WITHIN_MS = 20_000
LACKED = "lofi"  # no simulated track is that


@pytest.fixture
def page(chromium, binaries, tmp_path):
    with quick_start(binaries, tmp_path, "--rate", "100") as gateway:
        with contextlib.closing(chromium.new_page()) as tab:
            page = Page(tab, gateway, "ada").open()
            yield page
    assert page.complaints == []


def test_the_list_follows_a_skip(page):
    page.press("Play")
    page.tab.wait_for_function("() => document.getElementById('latency').dataset.ms", timeout=FOLLOWS_WITHIN_MS)
    before = page.tracks()

    page.press("Skip")

    wait_for_answer_to_skip(page, FOLLOWS_WITHIN_MS)
    assert page.tracks() != before
    page.shoot("quickstart")


def wish_for(page, kind, name):
    """By its chip, which may be among those that are folded away."""
    chip = page.tab.locator(f"{kind} label", has_text=name)
    chip.first.wait_for(state="attached", timeout=FOLLOWS_WITHIN_MS)
    if not chip.first.is_visible():
        page.tab.locator(f"{kind} button").click()
    chip.first.click()


def test_what_the_catalogue_lacks_is_composed_and_plays(page):
    wish_for(page, "#genres", LACKED)
    offer = page.tab.get_by_text(f"Nothing in the catalogue fits {LACKED}. Compose it?")
    offer.wait_for(timeout=FOLLOWS_WITHIN_MS)
    page.shoot("loop-offer")

    page.press("Compose it")
    job = page.tab.locator("#jobs li")
    job.wait_for(timeout=FOLLOWS_WITHIN_MS)
    assert offer.count() == 0
    page.shoot("loop-progress")
    page.tab.locator("#jobs li[data-stage=ready]").wait_for(timeout=COMPOSED_WITHIN_MS)
    assert LACKED in job.text_content() and "by a machine" in page.text("#jobs .badge")

    page.press("Play it")
    page.tab.wait_for_function("() => document.getElementById('audio').currentTime > 1", timeout=PLAYS_WITHIN_MS)
    assert page.tab.evaluate("document.getElementById('audio').duration") > 4
    assert LACKED in page.text("#now-title")
    assert "by a machine" in page.text("#now-artist")
    page.shoot("loop-plays")

    page.press("Why was it composed?")
    why = page.tab.get_by_role("dialog")
    why.get_by_text(f"genre: {LACKED}").wait_for(timeout=PLAYS_WITHIN_MS)
    assert "You asked for it." in why.text_content()
    page.shoot("loop-why")
