"""The web player as a listener meets it. Screenshots are left in build/tests/screenshots."""

import io
import re
import wave

import pytest
from conftest import Page, logged, wait_for_answer_to_skip, wait_for_other_list
from axe_playwright_python.sync_playwright import Axe
from players import Gateway, Player, tell_catalogue, token
from servers import wait_until

SECOND_MS = 1_000
RECOVERY_MS = 30_000


def test_a_new_listener_sees_a_list_with_reasons_at_once(new_page):
    page = new_page().open()

    assert len(page.tracks()) >= 10
    reasons = page.tab.eval_on_selector_all("#list .reason", "all => all.map(each => each.textContent)")
    assert all(reasons)
    page.shoot("first-list")


def test_the_list_changes_within_a_second_of_a_skip(new_page):
    page = new_page().open()
    page.press("Play")
    page.tab.wait_for_function("() => document.getElementById('latency').dataset.ms", timeout=10_000)
    before = page.tracks()

    page.press("Skip")
    wait_for_answer_to_skip(page, SECOND_MS)
    assert page.tracks() != before

    page.tab.wait_for_selector(".moved.up, .moved.down, .moved.new", timeout=5_000)
    page.shoot("after-a-skip")


def test_a_gateway_restart_loses_no_event_nor_the_newest_list(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    page.tab.wait_for_function("() => document.getElementById('latency').dataset.ms", timeout=10_000)
    gateway.program.kill()
    page.tab.wait_for_function("() => document.getElementById('status').textContent !== 'online'")
    for _ in range(3):
        page.press("Skip")
    before = page.tracks()

    gateway.start()
    page.tab.wait_for_function(
        "() => document.getElementById('status').textContent === 'online'", timeout=RECOVERY_MS
    )
    wait_until(lambda: len(logged(gateway, "ada", "playback.skipped")) >= 3, 20, "skips arrive")
    wait_for_other_list(page, before, RECOVERY_MS)

    skips = logged(gateway, "ada", "playback.skipped")
    assert len({(skip["session_id"], skip["seq"]) for skip in skips}) == 3
    starts = logged(gateway, "ada", "playback.started")
    assert len({(start["session_id"], start["seq"]) for start in starts}) == 4


def test_two_tabs_show_the_same_list_and_keep_their_own_sessions(new_page, gateway):
    one = new_page().open()
    two = new_page(context=one.tab.context).open()

    one.press("Play")
    wait_until(lambda: "Started:" in two.text("#cause"), 10, "the other tab follows")

    two.press("Play")
    wait_until(lambda: len(logged(gateway, "ada", "playback.started")) == 2, 10, "both tell")
    sessions = {event["session_id"] for event in logged(gateway, "ada", "playback.started")}
    assert len(sessions) == 2


def test_the_keyboard_is_enough(new_page, gateway):
    page = new_page().open()

    for key in (" ", "n", "l", "s", "h"):
        page.tab.keyboard.press(key)

    for kind in ("playback.started", "playback.skipped", "feedback.rated", "feedback.saved",
                 "feedback.hidden"):
        wait_until(lambda: logged(gateway, "ada", kind), 10, f"{kind} arrives")
    page.tab.keyboard.press("Tab")
    assert page.tab.evaluate("document.activeElement.className") == "skip-link"


def test_what_a_machine_made_is_labelled_and_can_be_left_out(new_page, gateway):
    page = new_page().open()
    labels = page.tab.locator("#list .badge", has_text="AI")
    assert labels.count() == 0, "a new listener is shown none: a refusal may be on its way"
    page.press("Play")
    labels.first.wait_for(timeout=20_000)
    assert "composed by a machine" in labels.first.text_content()
    page.shoot("ai-label")

    page.tab.check("#no-ai")

    labels.first.wait_for(state="detached")
    assert len(page.tracks()) > 0


def test_the_log_shows_how_long_each_events_list_took(new_page):
    page = new_page().open()
    first = page.tracks()[0]

    page.press("Play")

    answered = page.tab.locator("#events li", has_text=re.compile(r"\d ms$"))
    answered.wait_for(timeout=10_000)
    assert answered.text_content().startswith(f"Started · Title of {first}")
    took = page.tab.get_attribute("#latency", "data-ms")
    assert f"{took} ms" in answered.text_content() and took in page.text("#latency")


def test_a_page_that_is_left_tells_what_was_not_acknowledged(new_page, gateway):
    page = new_page().open()
    page.tab.evaluate("WebSocket.prototype.send = () => {}")  # lost on its way, unnoticed
    page.press("Play")

    page.tab.goto("about:blank")

    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")


def open_with_sound(page, gateway):
    """The page with a list whose first track has a sound; returns that track."""
    track = page.open().tracks()[0]
    tell_catalogue(gateway.pipeline, track, audio_url="https://sound.example/short.wav")
    ada = Player(gateway, page.listener)
    wait_until(lambda: "audio_url" in ada.list()["items"][0], 10, "the catalogue's entry arrives")
    page.reload()
    return track


def test_a_track_with_sound_is_heard_to_its_end(new_page, gateway):
    page = new_page()
    page.tab.route("https://sound.example/*", lambda route: route.fulfill(body=silence(), content_type="audio/wav"))
    track = open_with_sound(page, gateway)

    page.tab.locator(f"[data-track='{track}'] button").first.click()

    # Asked in the page, for the sound comes from this program while it waits for the page.
    page.tab.locator("#events li", has_text="Heard to the end").wait_for(timeout=10_000)
    wait_until(lambda: logged(gateway, "ada", "playback.completed"), 10, "it is sent")
    assert logged(gateway, "ada", "playback.completed")[0]["track_id"] == track
    assert not logged(gateway, "ada", "playback.failed")


def test_a_sound_that_is_skipped_while_it_loads_has_not_failed(new_page, gateway):
    page = new_page()
    page.tab.route("https://sound.example/*", lambda route: None)  # never answered
    track = open_with_sound(page, gateway)

    page.tab.locator(f"[data-track='{track}'] button").first.click()
    page.press("Skip")
    page.press("Like")

    wait_until(lambda: logged(gateway, "ada", "feedback.rated"), 10, "the last event is sent")
    assert [skip["track_id"] for skip in logged(gateway, "ada", "playback.skipped")] == [track]
    assert not logged(gateway, "ada", "playback.failed")


def test_a_sound_that_the_browser_refuses_waits_for_a_press(new_page, gateway):
    page = new_page()
    page.tab.add_init_script(
        """const play = HTMLMediaElement.prototype.play
        HTMLMediaElement.prototype.play = function () {
          HTMLMediaElement.prototype.play = play
          return Promise.reject(new DOMException('no press yet', 'NotAllowedError'))
        }"""
    )
    page.tab.route("https://sound.example/*", lambda route: route.fulfill(body=silence(), content_type="audio/wav"))
    track = open_with_sound(page, gateway)

    page.tab.locator(f"[data-track='{track}'] button").first.click()
    page.tab.locator("#events li", has_text="Paused").wait_for(timeout=10_000)
    assert "Press Play" in page.text("#said")
    page.press("Play")

    page.tab.locator("#events li", has_text="Heard to the end").wait_for(timeout=10_000)
    wait_until(lambda: logged(gateway, "ada", "playback.resumed"), 10, "it is sent")
    assert not logged(gateway, "ada", "playback.failed")


def silence():
    """A fifth of a second of it, as a file."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1), sound.setsampwidth(2), sound.setframerate(8_000)
            sound.writeframes(bytes(2 * 1_600))
        return file.getvalue()


def test_why_this_is_answered(new_page):
    page = new_page().open()

    page.tab.locator("#list > li button", has_text="Why?").first.click()

    page.tab.wait_for_selector("dialog[open] p")
    assert page.text("#why-text").strip()
    page.shoot("why")
    page.press("Close")


def test_a_doubled_tab_counts_for_itself(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    with page.tab.expect_popup() as opened:
        page.tab.evaluate("void window.open(location.href)")  # copies what the tab keeps, as doubling it does
    doubled = Page(opened.value, gateway, page.listener)
    doubled.tab.wait_for_selector("#list > li", timeout=20_000)
    doubled.press("Play")

    page.press("Save")
    doubled.press("Hide")

    for kind in ("feedback.saved", "feedback.hidden"):
        wait_until(lambda: logged(gateway, "ada", kind), 10, f"{kind} arrives")
    counted = {(event["session_id"], event["seq"]) for kind in ("playback.started", "feedback.saved", "feedback.hidden")
            for event in logged(gateway, "ada", kind)}  # fmt: skip
    assert len({session for session, _ in counted}) == 2
    assert len(counted) >= 4


def test_who_leaves_in_mid_track_is_known_to_have_stopped(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")

    page.tab.goto("about:blank")

    wait_until(lambda: logged(gateway, "ada", "playback.stopped"), 10, "the stop arrives")


def test_keys_work_after_any_button_and_can_be_switched_off(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    playing = page.text("#now-title")

    page.tab.keyboard.press("n")
    wait_until(lambda: page.text("#now-title") != playing, 10, "it is skipped")
    page.tab.get_by_text("Keys", exact=True).click()
    page.tab.uncheck("#keys")
    playing = page.text("#now-title")
    page.tab.keyboard.press("n")

    assert page.text("#now-title") == playing


def test_playing_a_row_by_key_stays_in_the_list(new_page):
    page = new_page().open()
    page.tab.locator("#list > li").nth(2).get_by_role("button", name="Play").press("Enter")

    assert page.tab.evaluate("document.getElementById('list').contains(document.activeElement)")


@pytest.mark.parametrize("name", ["50%", "a b/ü"])
def test_odd_names_listen_like_others(new_page, name):
    new_page(listener=name).open()


def test_a_name_that_cannot_be_says_why(new_page):
    page = new_page(listener="x" * 200)
    page.follow_link(page.listener)

    page.tab.wait_for_selector("#notice:not([hidden])")
    assert "No one can listen as" in page.text("#notice")


def test_without_dev_a_token_is_asked_for_and_a_bad_one_says_why(new_page, gateway):
    page = new_page()
    page.gateway = Gateway(gateway.pipeline, name="production").start()
    page.tab.goto(f"http://{page.gateway.address}/")
    page.tab.get_by_label("Token").fill(token(page.listener, exp=1))
    page.tab.get_by_role("button", name="Connect").click()

    page.tab.wait_for_function("() => document.getElementById('sign-in-problem').textContent.includes('expired')")
    found = Axe().run(page.tab)
    assert found.violations_count == 0, found.generate_report()
    page.shoot("sign-in")

    page.tab.get_by_label("Token").fill(token(page.listener))
    page.tab.get_by_role("button", name="Connect").click()
    page.tab.wait_for_selector("#list > li", timeout=20_000)


def test_a_token_of_a_name_beyond_ascii_shows_that_name(new_page, gateway):
    page = new_page(listener="Žofie 音")
    page.gateway = Gateway(gateway.pipeline, name="production").start()
    page.tab.goto(f"http://{page.gateway.address}/")

    page.tab.get_by_label("Token").fill(token(page.listener))
    page.tab.get_by_role("button", name="Connect").click()
    page.tab.wait_for_selector("#list > li", timeout=20_000)

    assert page.text("#who") == "Žofie 音"


def test_what_waited_for_a_token_goes_up_with_the_next_one(new_page, gateway):
    page = new_page()
    production = page.gateway = Gateway(gateway.pipeline, name="production").start()

    def enter():
        page.tab.get_by_label("Token").fill(token(page.listener, jti=str(production.port)))
        page.tab.get_by_role("button", name="Connect").click()
        page.tab.wait_for_selector("#list > li", timeout=20_000)

    page.tab.goto(f"http://{production.address}/")
    enter()
    page.tab.evaluate("WebSocket.prototype.send = () => {}")  # lost on its way, unnoticed
    page.tab.route("**/v1/events", lambda route: route.abort())
    page.press("Play")
    page.tab.unroute_all()
    page.tab.reload()
    enter()

    wait_until(lambda: logged(gateway, page.listener, "playback.started"), 10, "the start arrives")


def test_explanations_are_readable_by_everybody(new_page):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()
    page.press("Show what is stored")
    page.tab.wait_for_selector("dialog[open] pre")

    assert page.tab.evaluate("document.activeElement.textContent") == "Close"
    found = Axe().run(page.tab)
    assert found.violations_count == 0, found.generate_report()
    page.tab.keyboard.press("Escape")
    assert page.tab.locator("dialog[open]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_everybody_can_use_it(new_page, scheme, size):
    width, height = {"phone": (390, 844), "desk": (1_280, 800)}[size]
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": height}).open()
    page.press("Play")
    page.tab.wait_for_function("() => document.getElementById('latency').dataset.ms", timeout=10_000)

    page.press("Skip")
    page.tab.wait_for_selector(".moved.up, .moved.down, .moved.new", timeout=10_000)

    found = Axe().run(page.tab)

    page.shoot(f"{size}-{scheme}")
    assert found.violations_count == 0, found.generate_report()
    overflow = page.tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
