"""Reads bad_inputs.jsonl: one kind of odd input a line, and what it gets.

A row begins with an event that is fine, of a listener of its own, and says what is different:

  set, drop           fields of the value to replace or to leave out; set_hex: with raw bytes
  type                the event's type, "feedback.rated"
  value, key          text in their place ($USER is the listener, $UPPER in capitals), or null: none;
                      value_hex, key_hex: bytes; key_repeat: so many letters
  repeat              the value is before + text × times + middle + close × times + after
  pad_to              this many bytes by an unknown field
  headers             of the record, to replace, or with null to leave out; headers_hex: bytes;
                      headers_null: present without a value; more_headers: so many more
  sends               several records, each with its own changes and `gets`

`gets` is "accepted", "duplicate" (accepted before, counted once) or the reason of a dead letter.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

FILE = Path(__file__).with_name("bad_inputs.jsonl")


@dataclasses.dataclass
class Input:
    """A record to send, and what it gets."""

    name: str
    listener: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    gets: str


def read() -> list[Input]:
    inputs = []
    for number, line in enumerate(FILE.read_text().splitlines(), 1):
        row = json.loads(line)
        for send in row.get("sends", [row]):
            inputs.append(_input(row["name"], f"odd-{number}", send))
    return inputs


def _input(name: str, listener: str, row: dict) -> Input:
    key: bytes | None = listener.encode()
    if "key" in row:
        key = None if row["key"] is None else row["key"].encode()
    elif "key_hex" in row:
        key = bytes.fromhex(row["key_hex"])
    elif "key_repeat" in row:
        key = b"k" * row["key_repeat"]
    return Input(name, listener, key, _value(listener, row), _headers(listener, row), row["gets"])


def _value(listener: str, row: dict) -> bytes | None:
    if "value_hex" in row:
        return bytes.fromhex(row["value_hex"])
    if "repeat" in row:
        text = _repeated(**row["repeat"])
    elif "value" in row:
        text = row["value"]
    else:
        return _event(listener, row)
    if text is None:
        return None
    return text.replace("$USER", listener).replace("$UPPER", listener.upper()).encode()


def _repeated(before: str, text: str, times: int, middle: str, close: str, after: str) -> str:
    return before + text * times + middle + close * times + after


def _event(listener: str, row: dict) -> bytes:
    data = {
        "user_id": listener,
        "session_id": "s",
        "seq": 1,
        "track_id": "t",
        "artist_id": "a",
        "play_id": "p",
        "time": "2026-01-02T03:04:05Z",
    } | row.get("set", {})
    for field in row.get("drop", []):
        del data[field]
    raw = row.get("set_hex", {})
    value = json.dumps(data | {field: f"raw {field}" for field in raw}, ensure_ascii=False).encode()
    for field, bytes_hex in raw.items():
        value = value.replace(f"raw {field}".encode(), bytes.fromhex(bytes_hex))
    if "pad_to" in row:
        value = value[:-1] + b', "padding": ""}'
        value = value[:-2] + b"x" * (row["pad_to"] - len(value)) + b'"}'
    return value


def _headers(listener: str, row: dict) -> list[tuple[str, bytes | None]]:
    headers: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": listener.encode(),
        "ce_source": b"/tests",
        "ce_type": f"segue.{row.get('type', 'playback.completed')}.v1".encode(),
    }
    for name, text in row.get("headers", {}).items():
        headers[name] = None if text is None else text.encode()
        if text is None:
            del headers[name]
    for name, bytes_hex in row.get("headers_hex", {}).items():
        headers[name] = bytes.fromhex(bytes_hex)
    for name in row.get("headers_null", []):
        headers[name] = None
    more = [(f"x-{n}", b"y") for n in range(row.get("more_headers", 0))]
    return [*headers.items(), *more]
