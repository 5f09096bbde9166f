"""One Segue with Prometheus for all tests that look at it, and a Chromium."""

import pytest
from places import BIN
from playwright.sync_api import sync_playwright
from watched import WatchedSegue

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def segue(tmp_path_factory):
    with WatchedSegue(BIN, tmp_path_factory.mktemp("watched")) as running:
        running.wait_scraped(180)
        yield running


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
