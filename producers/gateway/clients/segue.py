"""A player of Segue in Python's own library; copy it, it is all there is.

    player = Segue("http://127.0.0.1:8080", token)
    sent = player.tell("playback.skipped", session_id="s-1", seq=1, track_id="t1-620", play_id="p-1")
    for item in player.list_of(sent)["items"]:
        print(item["track_id"])
"""

import json
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

# A stream without lists is pinged every half of the gateway's idle_timeout_s, 60: two pings may be late.
PINGED_S = 75


class Refused(Exception):
    """The gateway's answer to what it did not take; `code` is for programs."""

    def __init__(self, status: int, body: bytes) -> None:
        problem = read_problem(body)
        self.status, self.code = status, problem.get("code", "")
        super().__init__(f"{status} {self.code}: {json.dumps(problem)}")


def read_problem(body: bytes) -> dict:
    """A body without JSON is a proxy's, not the gateway's."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": body[:200].decode(errors="replace")}


class Segue:
    """One listener's player: tells what happens, gets lists."""

    def __init__(self, url: str, token: str, within_s: float = 20) -> None:
        self.url, self.token, self.within_s = url.rstrip("/"), token, within_s

    def tell(self, type: str, **data) -> dict:
        """Tells one event, now; returns the event's id and the version of the lists that know of it."""
        event = {"type": type, "time": datetime.now(timezone.utc).isoformat(), **data}
        return json.load(self._ask("/v1/events", json.dumps({"event": event}).encode()))

    def ask(self, **wishes) -> dict:
        """Sends wishes for the lists: genre, mood, seeds, a filter; returns what of it shapes them
        (`applied`), what cannot (`ignored`), and what `tell` does."""
        return json.load(self._ask("/v1/requests", json.dumps(wishes).encode()))

    def list(self) -> dict:
        """The current list."""
        return json.load(self._ask("/v1/recommendations"))

    def list_of(self, acknowledged: dict) -> dict:
        """The list that answers what was sent. TimeoutError: none came, for the event changes nothing or
        Segue is behind. ValueError: its type is unknown, so none will."""
        if acknowledged.get("unknown"):
            raise ValueError(f"no list answers what is unknown: {acknowledged['unknown']}")
        until = time.monotonic() + self.within_s
        while (found := self.list())["version"] < acknowledged.get("version", -1):
            if time.monotonic() >= until:
                raise TimeoutError("no list knows of the event yet")
            time.sleep(0.02)
        return found

    def lists(self):
        """Lists as they come, without an end; begin again when it ends."""
        for line in self._ask("/v1/recommendations/stream", within_s=max(self.within_s, PINGED_S)):
            if line.startswith(b"data: {\"rec_id\""):
                yield json.loads(line[6:])

    def _ask(self, path: str, body: bytes | None = None, within_s: float | None = None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            return urllib.request.urlopen(request, timeout=within_s or self.within_s)
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read()) from None
