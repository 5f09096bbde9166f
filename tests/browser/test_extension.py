"""A browser's extension that submits listens: its Origin is of a scheme of its own."""

import json
import time

import pytest
from conftest import CHROMIUM, logged
from players import Gateway, Player

# Without a permission for the gateway's address: what it fetches goes through CORS as a page's does.
MANIFEST = {
    "manifest_version": 3,
    "name": "A scrobbler",
    "version": "1.0",
    "background": {"service_worker": "worker.js"},
}
SUBMIT = """
async ([url, token, listens]) => {
  const headers = {Authorization: `Token ${token}`, "Content-Type": "application/json"};
  const answer = await fetch(url, {method: "POST", headers, body: JSON.stringify(listens)});
  return [answer.status, await answer.json()];
}
"""


@pytest.fixture
def extension(tmp_path, driver):
    """A page of an extension that a real Chromium has loaded, unpacked."""
    folder = tmp_path / "scrobbler"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    (folder / "worker.js").write_text("self.addEventListener('install', () => self.skipWaiting());\n")
    (folder / "page.html").write_text("<!doctype html><title>A scrobbler</title>\n")
    context = driver.chromium.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=CHROMIUM,
        args=["--no-sandbox", f"--disable-extensions-except={folder}", f"--load-extension={folder}"],
        ignore_default_args=["--disable-extensions"],
    )
    workers = context.service_workers or [context.wait_for_event("serviceworker", timeout=30_000)]
    page = context.new_page()
    page.goto(workers[0].url.replace("worker.js", "page.html"))
    yield page
    context.close()


def test_an_extension_submits_listens(extension, pipeline):
    gateway = Gateway(pipeline).start()
    ada = Player(gateway, "ada")
    listen = {"listened_at": int(time.time()) - 300,
              "track_metadata": {"artist_name": "An artist", "track_name": "A song"}}

    answer = extension.evaluate(SUBMIT, [
        f"http://{gateway.address}/1/submit-listens", ada.token,
        {"listen_type": "single", "payload": [listen]},
    ])

    assert extension.url.startswith("chrome-extension://")
    assert answer == [200, {"status": "ok"}]
    assert len(logged(gateway, "ada", "playback.completed")) == 1
    with pytest.raises(Exception, match="Failed to fetch"):
        extension.evaluate(SUBMIT, [f"http://{gateway.address}/v1/events", ada.token, {}])
