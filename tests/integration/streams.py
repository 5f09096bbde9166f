"""Server-Sent Events, read as the standard says."""

from __future__ import annotations

import http.client
import json

from servers import HOST

WITHIN_S = 20


class Events:
    """A listener's stream of lists; `last` is the id of the last event seen."""

    def __init__(self, player, last: str = "") -> None:
        self.connection = http.client.HTTPConnection(HOST, player.gateway.port, timeout=WITHIN_S)
        resume = {"Last-Event-ID": last} if last else {}
        sent = {"Authorization": f"Bearer {player.token}"} | resume
        self.connection.request("GET", "/v1/recommendations/stream", headers=sent)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.headers = {name.lower(): value for name, value in self.answer.getheaders()}

    def next(self) -> dict[str, str]:
        """The fields of the next event."""
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
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
        self.answer.close()
        self.connection.close()
