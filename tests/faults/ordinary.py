"""Events that every reader can read: a refusal of one is a loss.

Far fewer than what Segue accepts, so that the rules are few: only these fields, each as plain as it
can be. What is odd and accepted all the same is the matter of tests/integration/bad_inputs.jsonl.
"""

from __future__ import annotations

import datetime
import json
import re

import wire

KINDS = {f"playback.{kind}" for kind in ("started", "completed", "skipped", "stopped")}
TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|\+00:00)")
ID = re.compile(r"[\w:.-]{1,64}", re.ASCII)
MILLISECONDS_MAX = 86_400_000

NEEDED = {"user_id", "track_id", "time"}
FIELDS = {
    "user_id": lambda value: _is_id(value),
    "session_id": lambda value: _is_id(value),
    "play_id": lambda value: _is_id(value),
    "track_id": lambda value: _is_id(value),
    "artist_id": lambda value: _is_id(value),
    "seq": lambda value: type(value) is int and 0 < value < 2**53,
    "duration_ms": lambda value: type(value) is int and 0 < value < MILLISECONDS_MAX,
    "played_ms": lambda value: type(value) is int and 0 <= value < MILLISECONDS_MAX,
    "played_fraction": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "private_session": lambda value: type(value) is bool,
    "time": lambda value: isinstance(value, str) and TIME.fullmatch(value) is not None,
}


def is_ordinary(record: wire.Record) -> bool:
    try:
        pairs = json.loads(record.value or b"", object_pairs_hook=lambda found: found)
        event = dict(pairs)
        kind = record.headers["ce_type"].decode()
        record.headers["ce_id"].decode()
        key = (record.key or b"").decode()
        return (
            len(event) == len(pairs)
            and NEEDED <= event.keys() <= FIELDS.keys()
            and all(FIELDS[name](value) for name, value in event.items())
            and event["user_id"] == key
            and kind.removeprefix("segue.").removesuffix(".v1") in KINDS
            and kind.startswith("segue.")
            and kind.endswith(".v1")
            and _happened_by(event["time"], record.timestamp_ms / 1_000)
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _is_id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


def _happened_by(text: str, received: float) -> bool:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() <= received
