"""Answers of the running gateway, streams too, are what schemas/gateway.v1.yaml promises."""

import gzip
import hashlib
import json
import re

import document
import websocket
from players import Gateway, Player, now, tell, token
from servers import wait_until
from streams import Events

WITHIN_S = 20
ROUTES = document.ROOT / "producers" / "gateway" / "routes" / "routes.cc"
LISTEN = {"listened_at": 1_443_521_965, "track_metadata": {"artist_name": "An artist", "track_name": "A track"}}


def routes():
    """Method, path and handler of each row of the gateway's table."""
    source = ROUTES.read_text(encoding="utf-8")
    paths = dict(re.findall(r'(k\w+Path) = "([^"]+)"', ROUTES.with_suffix(".h").read_text(encoding="utf-8")))
    rows = re.findall(r'Route\{"\w+",\s(\w+),\s(?:"([^"]+)"|(k\w+)),\sToken::\w+,\s\w+,\s+(\w+)\}', source)
    assert len(rows) == source.count("Route{"), "a row of the table is written in another way"
    return [(method.rstrip("_"), path or paths[name], handler) for method, path, name, handler in rows]


def test_every_route_is_described():
    served = routes()
    files = {path for _, path, handler in served if handler == "page"}

    assert document.operations() == {(method, path) for method, path, _ in served if path not in files}
    for path in files:
        assert re.search(rf"[( ]{re.escape(path)}[) ]", document.DOCUMENT["info"]["description"]), path


def test_the_gateway_serves_its_description(gateway):
    answer = gateway.ask("GET", "/openapi.yaml")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/yaml")
    assert answer.body == document.FILE.read_bytes()


def test_every_code_is_described():
    """Those of the gateway's own, and of the reasons why an event cannot be read."""
    rooms = (ROUTES.parents[1], document.ROOT / "core" / "io" / "http")
    sources = "".join(path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.[ch]*"))
    refused = r'http::status::\w+,\s*"(\w+)",|kNotConfirmed = "(\w+)"|\("code", "(\w+)"\)'
    own = {"".join(found) for found in re.findall(refused, sources)}
    reasons = re.findall(r"Reason::(\w+)", sources + document.ROOT.joinpath("core/event/event_decode.cc").read_text("utf-8"))
    described = set(document.DOCUMENT["components"]["schemas"]["Code"]["enum"])

    assert own - described == set()
    assert described - own - set(reasons) == set()


def test_the_gateway_answers_where_the_document_says(gateway):
    for path in document.DOCUMENT["paths"]:
        methods = {method for method, of in document.operations() if of == path}

        answer = gateway.ask("OPTIONS", path.replace("{track}", "t-1").replace("{key}", "x.flac"))

        assert (answer.status, set(answer.headers["allow"].lower().split(", "))) == (204, methods), path


def test_answers_are_as_described(gateway):
    ada = Player(gateway)
    ada.list()
    typo, bad = ada.event("playback.completd"), ada.event("playback.started")
    tag = ada.ask("GET", "/v1/recommendations").headers["etag"]

    for method, path, body, status, headers in [
        ("get", "/v1/recommendations", None, 200, {}),
        ("get", "/v1/recommendations", None, 304, {"If_None_Match": tag}),
        ("post", "/v1/events", {"events": [ada.heard("t-1"), typo, bad]}, 202, {}),
        ("post", "/v1/events", {"event": ada.heard("t-1", user_id=ada.subject)}, 202, {}),
        ("post", "/v1/events", {"event": bad}, 400, {}),
        ("post", "/v1/events", {"event": ada.heard("t-1", user_id="another")}, 403, {}),
        ("post", "/v1/events", {}, 415, {"Content_Type": "text/plain"}),
        ("post", "/v1/events", {}, 415, {"Content_Encoding": "br"}),
        ("post", "/v1/events", {}, 400, {"Content_Encoding": "gzip"}),
        ("post", "/v1/requests", {"genre": "polka", "adventurous": 0.7}, 202, {}),
        ("post", "/v1/requests", {"seeds": [{"artist_id": "a", "weight": -1}], "filter": {"year": {"max": 1979}}}, 202, {}),
        ("post", "/v1/requests", {}, 400, {}),
        ("get", "/v1/kinds", None, 200, {}),
        ("get", "/v1/me/export", None, 200, {}),
        ("delete", "/v1/me", None, 202, {}),
        ("post", "/dev/token", {"user_id": "ada"}, 200, {}),
        ("post", "/dev/token", {}, 400, {}),
        ("post", "/dev/token", {"user_id": "ada"}, 403, {"Host": "evil.example"}),
        ("get", "/v1/stream", None, 426, {}),
    ]:
        given = {"Content_Type": "application/json"} | headers
        answer = ada.ask(method.upper(), path, None if body is None else json.dumps(body), **given)

        assert answer.status == status, (method, path, answer)
        document.check(method, path, answer)


def test_the_list_after_an_event_is_as_described(gateway, pipeline):
    """It says more than a first one: how the list before did."""
    ada = Player(gateway)
    track = ada.list()["items"][0]["track_id"]
    ada.post(ada.heard(track))
    pipeline.wait_drained()
    ada.post(ada.heard(track))
    pipeline.wait_drained()

    assert "previous" in ada.list()
    document.check("get", "/v1/recommendations", ada.ask("GET", "/v1/recommendations"))
    document.check("get", "/v1/me/why/{track}", ada.ask("GET", f"/v1/me/why/{track}"))
    document.check("get", "/v1/me/why/{track}", ada.ask("GET", "/v1/me/why/unknown"))


def test_an_envelope_may_say_when_it_happened(gateway):
    """As CloudEvents have it; a time in the data counts before it."""
    ada = Player(gateway)
    event = {"specversion": "1.0", "id": "e-1", "source": "/app", "time": now(),
             "type": "segue.playback.started.v1", "data": {"track_id": "t-1"}}  # fmt: skip
    schema = {"$ref": "#/components/schemas/CloudEvent"}

    document.check_json(schema, event)
    answer = ada.ask("POST", "/v1/events", json.dumps(event), Content_Type="application/cloudevents+json")

    assert answer.status == 202
    document.check("post", "/v1/events", answer)


def tell_ready(player, audio_url="/v1/audio/x.flac"):
    """A piece for this listener is ready, as a generator tells it."""
    example = document.ROOT / "schemas" / "examples" / "generation-result.ready.json"
    ready = json.loads(example.read_text(encoding="utf-8"))["value"]
    ready |= {"user_id": player.listener, "track": ready["track"] | {"audio_url": audio_url}}
    ready["stages"] = [stage | {"at": now()} for stage in ready["stages"]]
    tell(player.gateway.pipeline, "segue.generation-results.v1", player.listener, ready)


def test_the_event_stream_is_as_described(gateway):
    ada = Player(gateway)
    path = "/v1/recommendations/stream"
    with Events(ada) as events:
        content = document.promised("get", path, events.status)["content"]
        assert set(content) == {events.headers["content-type"]}
        described = content["text/event-stream"]["x-events"]
        received = [events.next()]
        ada.post(ada.heard("t-1"))
        received.append(events.next())
        tell_ready(ada)
        while received[-1]["event"] != "generation":
            received.append(events.next())
        ada.ask("DELETE", "/v1/me")
        while received[-1]["event"] != "erased":
            received.append(events.next())

    assert {each["event"] for each in received} == set(described)
    for each in received:
        assert set(each) <= {"id", "event", "data"}
        data = json.loads(each["data"])
        document.check_json(described[each["event"]], data)
        version = each.get("id", "").split("-")[0]
        assert version == str(data.get("version", ""))
    for token_of in ("", "Bearer no token"):
        document.check("get", path, gateway.ask("GET", path, Authorization=token_of))


def test_the_socket_opens_as_described(gateway):
    open_socket = websocket.create_connection(f"ws://{gateway.address}/v1/stream", timeout=WITHIN_S)

    assert document.promised("get", "/v1/stream", open_socket.status)
    document.check("get", "/v1/stream", gateway.ask("GET", "/v1/stream", Authorization="Bearer no token"))
    open_socket.close()


def test_a_bad_packing_is_answered_as_described(gateway):
    ada = Player(gateway)
    bomb = gzip.compress(bytes(50_000_000))
    for path, scheme in [("/v1/events", "Bearer"), ("/v1/requests", "Bearer"), ("/1/submit-listens", "Token")]:
        for body, coding, status in [(b"{}", "br", 415), (b"{}", "gzip", 400), (bomb, "gzip", 413)]:
            given = {"Authorization": f"{scheme} {ada.token}", "Content_Type": "application/json"}
            answer = gateway.ask("POST", path, body, **given, Content_Encoding=coding)

            assert answer.status == status
            document.check("post", path, answer)


def test_listenbrainz_answers_are_as_described(gateway):
    good, bad = token("ada"), token("ada", aud="another")
    single = {"listen_type": "single", "payload": [LISTEN]}
    document.check_json({"$ref": "#/components/schemas/Submission"}, single)

    for given, body, status in [(good, single, 200), (good, {}, 400), (bad, single, 401), ("", single, 401)]:
        answer = gateway.ask("POST", "/1/submit-listens", json.dumps(body), Authorization=f"Token {given}")
        assert answer.status == status
        document.check("post", "/1/submit-listens", answer)
    for headers in ({"Authorization": f"Token {good}"}, {"Authorization": f"Token {bad}"}, {}):
        document.check("get", "/1/validate-token", gateway.ask("GET", "/1/validate-token", **headers))


def test_who_asks_too_often_is_answered_as_described(pipeline):
    gateway = Gateway(pipeline, "--requests-per-second", "0.1").start()
    gateway.ask("GET", "/1/validate-token")
    for method, path in document.operations():
        answer = gateway.ask(method.upper(), path.replace("{track}", "t-1").replace("{key}", "x.flac"))

        assert answer.status == 429
        document.check(method, path, answer)


def test_what_is_put_off_is_answered_as_described(pipeline):
    """Too many events of a listener, and more than Kafka is waited for."""
    slow = Gateway(pipeline, "--events-per-second", "0.1", name="slow").start()
    full = Gateway(pipeline, "--unconfirmed-events-max", "1", name="full").start()
    for gateway, status in ((slow, 429), (full, 503)):
        ada = Player(gateway)
        events = {"events": [ada.heard("t-1"), ada.heard("t-2")]}
        listens = {"listen_type": "import", "payload": [LISTEN, LISTEN | {"listened_at": 1_443_521_966}]}
        ada.post(ada.heard("t-3"), ada.heard("t-4"))

        answer = ada.ask("POST", "/v1/events", json.dumps(events), Content_Type="application/json")
        put_off = gateway.ask("POST", "/1/submit-listens", json.dumps(listens), Authorization=f"Token {ada.token}")

        assert answer.status == put_off.status == status
        document.check("post", "/v1/events", answer)
        document.check("post", "/1/submit-listens", put_off)


def test_composed_music_is_sent_as_described(pipeline, tmp_path):
    """The gateway does not look into a file: any bytes do."""
    key = f"{hashlib.sha256(b'a piece').hexdigest()}.flac"
    (tmp_path / key[:2]).mkdir()
    (tmp_path / key[:2] / key).write_bytes(b"a piece")
    gateway = Gateway(pipeline, "--store.folder", str(tmp_path)).start()
    ada, path = Player(gateway), "/v1/audio/{key}"
    tell_ready(ada, f"/v1/audio/{key}")
    with ada.connect() as stream:
        pushed = stream.wait_for("generation")
        document.check_json({"$ref": "#/components/schemas/Progress"}, pushed)
    address = pushed["track"]["audio_url"]

    for headers, status in [({}, 200), ({"Range": "bytes=0-1"}, 206), ({"If_None_Match": f'"{key}"'}, 304),
                            ({"Range": "bytes=99-"}, 416), ({"Origin": "https://evil.example"}, 403)]:  # fmt: skip
        answer = gateway.ask("GET", address, **headers)
        assert answer.status == status
        document.check("get", path, answer)
    document.check("get", path, gateway.ask("GET", address + "x"))
    document.check("get", path, gateway.ask("GET", "/v1/audio/x"))


def test_why_a_track_was_composed_is_as_described(pipeline):
    gateway = Gateway(pipeline).start()
    ada, path = Player(gateway), "/v1/me/why-composed/{track}"
    example = json.loads((document.ROOT / "schemas/examples/generation-job.repurposed.json").read_text("utf-8"))
    job = example["value"] | {"user_id": ada.listener}
    tell(pipeline, "segue.generation-jobs.v1", job["job_id"], job)

    def answered():
        answer = ada.ask("GET", path.replace("{track}", f"segue-composed-{job['job_id']}"))
        return answer.status == 200 and answer

    document.check("get", path, wait_until(answered, WITHIN_S, "the job is known"))
    document.check("get", path, ada.ask("GET", path.replace("{track}", "t-1")))


def test_without_dev_there_is_no_token(pipeline):
    answer = Gateway(pipeline).start().ask("POST", "/dev/token", json.dumps({"user_id": "ada"}))

    assert answer.status == 404
    document.check("post", "/dev/token", answer)
