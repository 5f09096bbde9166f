"""A gateway of one's own, and players who talk to it over HTTP and WebSocket."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import http.client
import itertools
import json
import time
import uuid
from pathlib import Path

import confluent_kafka
import jwt
import websocket
import wire
from servers import HOST, Program, free_port, wait_until

AUDIENCE = "segue"
WITHIN_S = 20
# The characters are the keys. Made for these tests alone.
TOKEN_SECRET = "c25c9b3a5f0e41d1877d0a9e4bb6f3e2980c6d17a54e2f83b1d86a40395f7ce1"
PSEUDONYM_KEY = "7e1f40c95ad28b36f3e7029c84b1d65fa6903ce8512d7b4f08e9c3a16d74b25f"


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def secret_of(key: str | bytes, **members: str) -> str:
    """A secret's file: a JWK that says that it is one."""
    code = base64.urlsafe_b64encode(key if isinstance(key, bytes) else key.encode())
    return json.dumps({"kty": "oct", "k": code.decode().rstrip("=")} | members)


class Gateway:
    """A running segue-gateway. `stop` and `start` keep its address."""

    def __init__(self, pipeline, *flags: str, name: str = "gateway", **secrets: str):
        """`secrets`: the files of token_secret, token_key or pseudonym_key in place of the tests' own;
        an empty one is not given."""
        self.pipeline = pipeline
        self.port = free_port()
        other = "token_key" in secrets or "--token-keys-url" in flags
        usual = {"pseudonym_key": secret_of(PSEUDONYM_KEY)}
        usual |= {} if other else {"token_secret": secret_of(TOKEN_SECRET)}
        env = {}
        for setting, text in (usual | secrets).items():
            if not text:
                continue
            path = Path(pipeline.folder) / f"{name}-{setting}"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            setting = setting.upper()
            env[f"SEGUE_GATEWAY_{setting}_FILE"] = str(path)
        self.program = Program(
            pipeline.binaries / "segue-gateway",
            [*pipeline.flags, "--listen", f"{HOST}:{self.port}", *flags],
            pipeline.folder,
            name=name,
            env=env,
        )
        pipeline.programs.append(self.program)

    def start(self) -> "Gateway":
        self.program.start()
        return self

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def ask(self, method: str, path: str, body=None, **headers: str) -> Answer:
        """One request on a connection of its own; `_` in a header's name stands for `-`."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=WITHIN_S)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=named)
            response = connection.getresponse()
            headers_read = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers_read, response.read())
        finally:
            connection.close()


def pseudonym(subject: str, key: str = PSEUDONYM_KEY) -> str:
    """The listener's name in Kafka and Redis, computed from its definition."""
    code = hmac.new(key.encode(), subject.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(code[:24]).decode()


def token(subject: str, key: str | bytes = TOKEN_SECRET, algorithm: str = "HS256", **claims) -> str:
    """A good token, unless `claims` spoil it; a claim of None is left out."""
    all_claims = {"sub": subject, "aud": AUDIENCE, "exp": int(time.time()) + 3_600} | claims
    kept = {name: value for name, value in all_claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def tell_catalogue(pipeline, *tracks: str, **more) -> None:
    """Entries by these ids, all of one artist unless `more` says otherwise."""
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": pipeline.kafka.address, "partitioner": "murmur2_random"}
    )
    for track in tracks:
        common = {"track_id": track, "title": f"Title of {track}", "duration_ms": 200_000}
        entry = common | {"artist_id": "a-1", "artist": "The Quiet Harbour"} | more
        producer.produce("segue.catalog.v1", key=track, value=json.dumps(entry))
    assert producer.flush(30) == 0


def tell(pipeline, topic: str, key: str, value: dict, headers: dict[str, str] | None = None) -> None:
    """One record, as a generator or a recommender writes it."""
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": pipeline.kafka.address, "partitioner": "murmur2_random"}
    )
    producer.produce(topic, key=key, value=json.dumps(value), headers=headers or {})
    assert producer.flush(30) == 0


def stored(pipeline, kind, player):
    """The values of Redis under this listener's pseudonym."""
    found = wire.state_keys(wire.connect(pipeline.redis.address), wire.EVENTS, kind)
    return {name: value for (_, name), value in found.items()}.get(player.listener)


def listened(pipeline, player, times):
    blob = stored(pipeline, "u", player)
    return blob is not None and wire.listener_counts(blob).listens == times


def events_of(pipeline, player):
    return [
        (record.headers["ce_type"].decode(), json.loads(record.value))
        for record in pipeline.read(wire.EVENTS)
        if record.key.decode() == player.listener
    ]


def now() -> str:
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"


class Player:
    """One listener's app: a session, its numbers, and a token."""

    def __init__(self, gateway: Gateway, subject: str = "") -> None:
        self.gateway = gateway
        self.subject = subject or f"listener-{uuid.uuid4()}"
        self.listener = pseudonym(self.subject)
        self.token = token(self.subject)
        self.session = f"s-{uuid.uuid4()}"
        self._numbers = itertools.count(1)

    def event(self, kind: str, **data) -> dict:
        """A plain event with the session's next number."""
        common = {"type": kind, "id": str(uuid.uuid4()), "session_id": self.session}
        return common | {"seq": next(self._numbers), "time": now()} | data

    def heard(self, track: str, **data) -> dict:
        """A track heard to its end."""
        play = {"track_id": track, "play_id": str(uuid.uuid4()), "played_fraction": 1.0}
        return self.event("playback.completed", **play | data)

    def ask(self, method: str, path: str, body=None, **headers: str) -> Answer:
        return self.gateway.ask(
            method, path, body, Authorization=f"Bearer {self.token}", **headers
        )

    def post(self, *events: dict) -> Answer:
        body = {"event": events[0]} if len(events) == 1 else {"events": list(events)}
        return self.ask("POST", "/v1/events", json.dumps(body), Content_Type="application/json")

    def list(self) -> dict:
        """The current list, waited for if there is none yet."""

        def got():
            answer = self.ask("GET", "/v1/recommendations")
            assert answer.status in (200, 503), answer
            return answer if answer.status == 200 else None

        return wait_until(got, WITHIN_S, "there is a list").json

    def connect(self, version: int = -1, series: str = "", **options) -> "Socket":
        return Socket(self, {"version": version, "series": series}, **options)


class Socket:
    """A WebSocket that said hello. Its messages are kept until a test waits for them."""

    def __init__(self, player: Player, seen: dict, **options) -> None:
        self.raw = websocket.create_connection(
            f"ws://{player.gateway.address}/v1/stream", timeout=WITHIN_S, **options
        )
        self.send({"hello": {"token": player.token} | seen})
        self.messages: list[dict] = []

    def send(self, message: dict) -> None:
        self.raw.send(json.dumps(message))

    def wait_for(self, kind: str):
        """The next message of this kind; others that came before it stay."""
        for i, message in enumerate(self.messages):
            if kind in message:
                return self.messages.pop(i)[kind]
        while True:
            text = self.raw.recv()
            assert text, f"closed before {kind} came"
            message = json.loads(text)
            if kind in message:
                return message[kind]
            self.messages.append(message)

    def wait_for_list(self, version: int) -> dict:
        """The next list of at least this version."""
        while (found := self.wait_for("recommendations"))["version"] < version:
            pass
        return found

    def wait_for_ack(self, number: int) -> None:
        while self.wait_for("ack") < number:
            pass

    def wait_closed(self) -> int:
        """The code with which the gateway closed; what it said before is dropped."""
        while True:
            frame = self.raw.recv_frame()
            if frame.opcode == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(frame.data[:2], "big")

    def close(self) -> None:
        self.raw.close()

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_) -> None:
        self.close()
