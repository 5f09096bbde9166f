"""The quick start, as a person starts it and leaves it."""

import contextlib
import os
import re
import signal
import subprocess
import types

from conftest import ROOT
from servers import wait_until

READY_WITHIN_S = 90
ENDS_WITHIN_S = 60


@contextlib.contextmanager
def quick_start(binaries, folder, *flags):
    """Runs it; gives where its web player is. Ctrl-C has to end it."""
    said = folder / "said"
    address = lambda: re.search(r"http://(127\.0\.0\.1:\d+)/", said.read_text())  # noqa: E731
    with open(said, "w") as out:
        running = subprocess.Popen(
            [ROOT / "deploy" / "quickstart", "--for", "600", *flags],
            stdout=out,
            stderr=out,
            env=os.environ | {"SEGUE_BIN": str(binaries)},
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield types.SimpleNamespace(address=wait_until(address, READY_WITHIN_S, "it says where")[1])
    finally:
        interrupt(running)
    assert running.returncode != -signal.SIGKILL, "Ctrl-C does not end it"


def interrupt(running):
    """Ctrl-C; what that does not end is killed, and its servers go with it."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
