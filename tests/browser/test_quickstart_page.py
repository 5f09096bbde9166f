"""The page whose address the quick start prints."""

import contextlib
import os
import re
import signal
import subprocess
import types

from conftest import ROOT, Page, wait_for_answer_to_skip
from servers import wait_until

READY_WITHIN_S = 90
FOLLOWS_WITHIN_MS = 20_000
ENDS_WITHIN_S = 60


def test_the_quick_start_prints_an_address_whose_list_follows_a_skip(chromium, binaries, tmp_path):
    said = tmp_path / "said"
    address = lambda: re.search(r"http://(127\.0\.0\.1:\d+)/", said.read_text())  # noqa: E731
    with open(said, "w") as out:
        running = subprocess.Popen(
            [ROOT / "deploy" / "quickstart", "--for", "300"],
            stdout=out,
            stderr=out,
            env=os.environ | {"SEGUE_BIN": str(binaries)},
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        gateway = types.SimpleNamespace(address=wait_until(address, READY_WITHIN_S, "it says where")[1])
        with contextlib.closing(chromium.new_page()) as tab:
            page = Page(tab, gateway, "ada").open()
            page.press("Play")
            tab.wait_for_function("() => document.getElementById('latency').dataset.ms", timeout=FOLLOWS_WITHIN_MS)
            before = page.tracks()

            page.press("Skip")

            wait_for_answer_to_skip(page, FOLLOWS_WITHIN_MS)
            assert page.tracks() != before
            page.shoot("quickstart")
    finally:
        interrupt(running)
    assert running.returncode != -signal.SIGKILL, "Ctrl-C does not end it"
    assert page.complaints == []


def interrupt(running):
    """Ctrl-C; what that does not end is killed, and its servers go with it."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
