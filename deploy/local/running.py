"""A quick start that runs on this machine: noted by it, found by who wants to use it."""

from __future__ import annotations

import glob
import json
import os
import shlex
import tempfile
import urllib.request
from pathlib import Path

from process import ServerError

PREFIX = "segue-quickstart-"
NOTE = "running.json"
ANSWERS_WITHIN_S = 10
LISTENER = "ada"


def note(folder: Path, **facts: str) -> None:
    """Facts for `export_lines`; gone with the folder."""
    draft = folder / f"{NOTE}.new"
    draft.write_text(json.dumps({"pid": os.getpid(), **facts}))
    draft.rename(folder / NOTE)


def find() -> dict[str, str]:
    """The facts of the latest that runs, of this user. ServerError if none does."""
    found = []
    for path in glob.glob(f"{tempfile.gettempdir()}/{PREFIX}*/{NOTE}"):
        try:
            about = os.stat(path)
            if about.st_uid != os.getuid():
                continue
            facts = json.loads(Path(path).read_text())
            os.kill(facts["pid"], 0)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # another's, or of one that was killed
        found.append((about.st_mtime, facts))
    if not found:
        raise ServerError("no quick start runs here; start one with: deploy/quickstart")
    return max(found, key=lambda each: each[0])[1]


def export_lines(listener: str) -> list[str]:
    """The variables a shell needs to speak to it, as `listener`; programs read the SEGUE_ ones themselves."""
    facts = find()
    exports = {
        "gateway": facts["gateway"],
        "token": _token(facts["gateway"], listener),
        "SEGUE_KAFKA_BROKERS": facts["brokers"],
        "SEGUE_REDIS_ADDRESS": facts["redis"],
        "SEGUE_REPLAY_PSEUDONYM_KEY_FILE": facts["pseudonym_key"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    return [*lines, f'export PATH={shlex.quote(facts["programs"])}:"$PATH"']


def _token(gateway: str, listener: str) -> str:
    body = json.dumps({"user_id": listener}).encode()
    request = urllib.request.Request(f"{gateway}/dev/token", body)
    try:
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:
            return json.load(answer)["token"]
    except (OSError, ValueError, KeyError) as error:
        raise ServerError(f"the quick start's gateway at {gateway} gives no token: {error}") from None
