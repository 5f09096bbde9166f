"""The web player as a listener meets it. Screenshots are left in build/tests/screenshots."""

import io
import json
import re
import wave

import pytest
import wire
from conftest import ARTISTS, TRACKS, Page
from axe_playwright_python.sync_playwright import Axe
from players import Player, pseudonym, tell_catalogue
from servers import wait_until

SECOND_MS = 1_000
RECOVERY_MS = 30_000


def wait_for_other_list(page, before, within_ms):
    page.tab.wait_for_function(
        "before => { const now = [...document.querySelectorAll('#list > li')]"
        ".map(row => row.dataset.track); return now.length && now.join() !== before }",
        arg=",".join(before),
        timeout=within_ms,
    )


def wait_for_answer_to_skip(page, within_ms):
    """The list on the screen was made for the skip, or for what began after it: the gateway answered."""
    page.tab.wait_for_function(
        "() => { const told = [...document.querySelectorAll('#events li')].map(line => line.dataset);"
        "const skip = told.findIndex(event => event.type === 'playback.skipped');"  # the latest come first
        "return told.slice(0, skip + 1).some(event => event.id === document.getElementById('cause').dataset.id) }",
        timeout=within_ms,
    )


def wait_for_answer_to_wish(page):
    page.tab.wait_for_function("() => document.getElementById('cause').dataset.type === 'request.made'")


def logged(gateway, listener, kind):
    """This listener's events of this kind in Kafka."""
    return [
        json.loads(record.value)
        for record in gateway.pipeline.read(wire.EVENTS)
        if record.key.decode() == pseudonym(listener)
        and record.headers["ce_type"].decode() == f"segue.{kind}.v1"
    ]


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


def test_a_gateway_that_restarts_loses_no_event_and_shows_the_newest_list(new_page, gateway):
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
    assert "composed by a machine" in labels.first.text_content()
    page.shoot("ai-label")

    page.tab.check("#no-ai")

    assert labels.count() == 0
    assert len(page.tracks()) > 0


def test_the_dial_asks_for_what_is_less_known(new_page, gateway):
    page = new_page().open()

    page.tab.locator("#adventurous").press("End")

    wait_for_answer_to_wish(page)
    [request] = logged(gateway, "ada", "request.made")
    assert request["adventurous"] == 1
    assert page.text("#dial") == "100 %"


def test_what_was_told_is_listed_with_how_long_its_list_took(new_page):
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
    page.tab.evaluate("WebSocket.prototype.send = () => {}")  # lost on its way, and nobody knows
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
    wait_until(lambda: logged(gateway, "ada", "playback.completed"), 10, "it is told")
    assert logged(gateway, "ada", "playback.completed")[0]["track_id"] == track
    assert not logged(gateway, "ada", "playback.failed")


def test_a_sound_that_is_skipped_while_it_loads_has_not_failed(new_page, gateway):
    page = new_page()
    page.tab.route("https://sound.example/*", lambda route: None)  # never answered
    track = open_with_sound(page, gateway)

    page.tab.locator(f"[data-track='{track}'] button").first.click()
    page.press("Skip")
    page.press("Like")

    wait_until(lambda: logged(gateway, "ada", "feedback.rated"), 10, "what came last is told")
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
    wait_until(lambda: logged(gateway, "ada", "playback.resumed"), 10, "it is told")
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


def number(track):
    """Of a track of the small world, whose genre and mood follow from it."""
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


def test_consent_is_told(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()

    page.tab.uncheck("#learning")

    wait_until(lambda: logged(gateway, "ada", "privacy.consent_changed"), 10, "it is told")
    [told] = logged(gateway, "ada", "privacy.consent_changed")
    assert told["consent"] == {"learning": False}


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
            route.fulfill(status=202, json={"accepted": 1, "heeded": [], "not_heeded": missed})
        page.tab.evaluate("new Promise(done => setTimeout(done, 50))")

    answer(held[1], "newer")
    answer(held[0], "older")

    assert "newer" in page.text("#heeded")


def test_erasure_empties_the_page_and_what_is_stored(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    page.press("Like")
    wait_until(lambda: logged(gateway, "ada", "feedback.rated"), 10, "the like arrives")
    page.tab.on("dialog", lambda dialog: dialog.accept())

    page.tab.get_by_text("Privacy").click()
    page.press("Erase me")

    wait_until(lambda: "erased" in page.text("#cause"), 10, "the page says so")
    assert page.tracks() == []
    gateway.pipeline.wait_drained()
    page.press("Show what is stored")
    page.tab.wait_for_selector("dialog[open] pre")
    told = json.loads(page.text("#why-text pre"))
    assert told["list"] is None and told["state"]["comes_back_to"] == []
    page.shoot("erased")


def test_whoever_was_erased_begins_anew_with_play(new_page, gateway):
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


def test_wishes_that_still_hold_are_shown_after_the_page_was_loaded_anew(new_page):
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
    wait_until(lambda: page.tab.evaluate("document.getElementById('cause').dataset.type") == "request.made",
               10, "a wish can be taken back")  # fmt: skip


def test_what_was_switched_stays_when_the_page_is_loaded_anew(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()
    page.tab.check("#private")
    page.tab.check("#no-ai")

    page.reload()
    page.press("Play")

    assert page.tab.is_checked("#private") and page.tab.is_checked("#no-ai")
    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")
    assert all(event["private_session"] for event in logged(gateway, "ada", "playback.started"))


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
    told = {(event["session_id"], event["seq"]) for kind in ("playback.started", "feedback.saved", "feedback.hidden")
            for event in logged(gateway, "ada", kind)}  # fmt: skip
    assert len({session for session, _ in told}) == 2
    assert len(told) >= 4


def test_who_leaves_in_mid_track_is_known_to_have_stopped(new_page, gateway):
    page = new_page().open()
    page.press("Play")
    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")

    page.tab.goto("about:blank")

    wait_until(lambda: logged(gateway, "ada", "playback.stopped"), 10, "the stop arrives")


def test_keys_work_wherever_a_button_was_pressed_last_and_can_be_switched_off(new_page, gateway):
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


def test_whoever_plays_a_row_by_key_stays_in_the_list(new_page):
    page = new_page().open()
    page.tab.locator("#list > li").nth(2).get_by_role("button", name="Play").press("Enter")

    assert page.tab.evaluate("document.getElementById('list').contains(document.activeElement)")


@pytest.mark.parametrize("name", ["50%", "a b/ü"])
def test_odd_names_listen_like_others(new_page, name):
    new_page(listener=name).open()


def test_a_name_that_cannot_be_says_why(new_page):
    page = new_page(listener="x" * 200)
    page.tab.goto(f"http://{page.gateway.address}/#{page.listener}")

    page.tab.wait_for_selector("#notice:not([hidden])")
    assert "Nobody can listen as" in page.text("#notice")


def test_a_private_session_says_so_in_every_event(new_page, gateway):
    page = new_page().open()
    page.tab.get_by_text("Privacy").click()
    page.tab.check("#private")
    page.press("Play")

    wait_until(lambda: logged(gateway, "ada", "playback.started"), 10, "the start arrives")
    assert all(event["private_session"] for event in logged(gateway, "ada", "playback.started"))


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
