"""A real Chromium on the web player of a real gateway; servers as in tests/integration."""

import json
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "tests" / "screenshots"
CHROMIUM = "/usr/bin/chromium"

sys.path.insert(0, str(ROOT / "tests" / "integration"))

from fixtures import binaries, kafka, pipeline, redis_server  # noqa: E402
import wire  # noqa: E402
from players import Gateway, Player, pseudonym, tell_catalogue  # noqa: E402

TRACKS, ARTISTS = 40, 8


def tell_a_small_world(pipeline):
    """A catalogue of some artists, genres and moods; a machine made every fourth track."""
    for n in range(TRACKS):
        artist = n % ARTISTS
        more = {"artist_id": f"a-{artist}", "artist": f"Artist {artist}"}
        more |= {"genre": ("jazz", "ambient")[n % 2], "mood": ("calm", "happy", "focus")[n % 3]}
        if n % 4 == 3:
            more["ai"] = {"composed": "generated"}
        tell_catalogue(pipeline, f"t-{n}", **more)


@pytest.fixture
def gateway(pipeline):
    """With workers, a catalogue, and some listeners who have played it."""
    tell_a_small_world(pipeline)
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    gateway = Gateway(pipeline, "--dev").start()
    for listener in range(6):
        player = Player(gateway)
        player.post(*[player.heard(f"t-{(listener * 5 + n) % TRACKS}") for n in range(15)])
    pipeline.wait_drained()
    return gateway


@pytest.fixture(scope="session")
def driver():
    """One for all tests: Playwright runs no second one beside it."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(driver):
    browser = driver.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
    )
    yield browser
    browser.close()


class Page:
    """The web player in one tab, spoken of as a listener would."""

    def __init__(self, tab, gateway, listener: str) -> None:
        self.tab = tab
        self.gateway = gateway
        self.listener = listener
        self.complaints: list[str] = []
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self) -> "Page":
        self.follow_link(self.listener)
        self.tab.wait_for_selector("#list > li", timeout=20_000)
        return self

    def follow_link(self, name: str) -> None:
        """To the page of this listener, as the one who listens wants it."""
        self.tab.goto(f"http://{self.gateway.address}/#{name}")
        self.tab.locator("#whose[open], #who:not(:empty)").first.wait_for(timeout=20_000)
        if self.tab.locator("#whose[open]").count():
            self.tab.get_by_role("button", name="Listen as").click()

    def reload(self) -> None:
        self.tab.reload()
        self.tab.wait_for_selector("#list > li", timeout=20_000)

    def tracks(self) -> list[str]:
        return self.tab.eval_on_selector_all(
            "#list > li", "rows => rows.map(row => row.dataset.track)"
        )

    def press(self, name: str) -> None:
        self.tab.get_by_role("button", name=name, exact=True).click()

    def text(self, selector: str) -> str:
        return self.tab.text_content(selector) or ""

    def shoot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.tab.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


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
        "() => { const lines = [...document.querySelectorAll('#events li')].map(line => line.dataset);"
        "const skip = lines.findIndex(event => event.type === 'playback.skipped');"  # the latest come first
        "return lines.slice(0, skip + 1).some(event => event.id === document.getElementById('cause').dataset.id) }",
        timeout=within_ms,
    )


def logged(gateway, listener, kind):
    """This listener's events of this kind in Kafka."""
    return [
        json.loads(record.value)
        for record in gateway.pipeline.read(wire.EVENTS)
        if record.key.decode() == pseudonym(listener)
        and record.headers["ce_type"].decode() == f"segue.{kind}.v1"
    ]


@pytest.fixture
def new_page(chromium, gateway):
    """Makes tabs; options are a browser context's. Tabs of one context share storage."""
    contexts, pages = [], []

    def make(listener="ada", context=None, **options):
        if context is None:
            context = chromium.new_context(**{"reduced_motion": "reduce"} | options)
            contexts.append(context)
        page = Page(context.new_page(), gateway, listener)
        pages.append(page)
        return page

    yield make
    complaints = [complaint for page in pages for complaint in page.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


__all__ = ["binaries", "kafka", "redis_server"]
