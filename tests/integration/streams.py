"""Server-Sent Events, read as the standard says."""

from __future__ import annotations

import json
import socket

from servers import HOST

WITHIN_S = 20


class Events:
    """A listener's stream of lists; `last` is the id of the last event seen."""

    def __init__(self, player, last: str = "") -> None:
        self.socket = socket.create_connection((HOST, player.gateway.port), timeout=WITHIN_S)
        resume = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(
            f"GET /v1/recommendations/stream HTTP/1.1\r\nHost: x\r\n{resume}"
            f"Authorization: Bearer {player.token}\r\n\r\n".encode()
        )
        self.lines = self.socket.makefile(encoding="utf-8")
        self.status = int(self.lines.readline().split()[1])
        self.headers: dict[str, str] = {}  # names in lower case
        while line := self.lines.readline().strip():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value

    def next(self) -> dict[str, str]:
        """The fields of the next event."""
        fields: dict[str, str] = {}
        for line in self.lines:
            name, _, value = line.rstrip("\n").partition(": ")
            if name and name != ":":
                fields[name] = value
            elif fields:
                return fields
        raise AssertionError("the stream ended")

    def next_list(self) -> tuple[str, dict]:
        """The next list and its id."""
        while (event := self.next())["event"] != "recommendations":
            pass
        return event["id"], json.loads(event["data"])

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_) -> None:
        self.lines.close()
        self.socket.close()
