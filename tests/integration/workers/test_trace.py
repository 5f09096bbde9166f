"""An event is followed by segue-trace, and its trace goes with what it causes."""

import json
import subprocess
import urllib.request

import wire
from jobs import Generators
from pipeline import Given, listened
from players import Gateway, Player
from servers import HOST
from wire import RECOMMENDATIONS

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def trace(pipeline, event, *flags):
    argv = [pipeline.binaries / "segue-trace", event, "--brokers", pipeline.kafka.address, *flags]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)


def stages(pipeline, event):
    said = trace(pipeline, event, "--json")
    assert said.returncode == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


def test_a_list_carries_the_trace_of_its_event(pipeline):
    worker = pipeline.worker("segue-recommender")
    event = listened("ada", "s", 1, "rain")
    event.headers["traceparent"] = TRACEPARENT
    pipeline.produce(event)
    pipeline.wait_drained_of(wire.EVENTS)

    [record] = pipeline.read(RECOMMENDATIONS)
    assert record.headers["traceparent"].decode() == TRACEPARENT
    address = f"http://{HOST}:{worker.port}/metrics"
    asked = urllib.request.Request(address, headers={"Accept": "application/openmetrics-text"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        text = answer.read().decode()
    bucket = 'trace_id="4bf92f3577b34da6a3ce929d0e0e4736"'
    assert [line for line in text.splitlines() if bucket in line][0].startswith(
        "segue_event_to_recommendation_seconds_bucket"
    )


def test_a_list_carries_the_trace_of_its_events_request(pipeline):
    gateway = Gateway(pipeline).start()
    pipeline.worker("segue-recommender")
    player = Player(gateway)
    body = json.dumps({"event": player.heard("rain")})
    answer = player.ask("POST", "/v1/events", body, Content_Type="application/json", Traceparent=TRACEPARENT)
    assert answer.status == 202
    pipeline.wait_drained_of(wire.EVENTS)

    traces = {record.headers.get("traceparent") for record in pipeline.read(RECOMMENDATIONS)}
    assert TRACEPARENT.encode() in traces


def test_an_event_is_followed_to_its_list_and_signals(pipeline):
    pipeline.worker("segue-recommender")
    first, event = (listened("ada", "s", n, f"t-{n}") for n in (1, 2))
    pipeline.produce(first, event, event)
    pipeline.wait_drained_of(wire.EVENTS)

    followed = stages(pipeline, event.headers["ce_id"])

    assert followed[0]["stage"] == "event" and followed[0]["topic"] == wire.EVENTS
    assert {one["stage"] for one in followed[1:]} == {"list", "signals"}
    assert all(one["since_event_us"] >= 0 for one in followed)
    assert followed[-1]["since_event_us"] == sum(one["since_before_us"] for one in followed)
    lines = trace(pipeline, event.headers["ce_id"])
    assert "Sent again 1 times; it counts once." in lines.stdout
    assert "ada" not in lines.stdout and lines.stderr == ""


def test_an_event_is_followed_to_a_composed_track(pipeline):
    generators = Generators(pipeline)
    pipeline.worker("segue-recommender")
    generators.start()
    event = Given("request.made", "ada", "s", 1, "no-track", genre="ambient", mood="calm", generate=True)
    event.headers["traceparent"] = TRACEPARENT
    pipeline.produce(event)
    pipeline.wait_drained_of(wire.EVENTS)
    [job] = [json.loads(record.value) for record in pipeline.read(wire.GENERATION_JOBS)]
    generators.end_of(job)

    followed = {one["stage"]: one for one in stages(pipeline, event.headers["ce_id"])}

    # The event is long past, so that its track comes too late for who asked.
    assert {"event", "list", "job", "queued", "composing", "rendering", "checking", "expired"} <= set(followed)
    assert job["job_id"] in followed["expired"]["detail"] and "track " in followed["expired"]["detail"]


def test_a_refused_event_is_followed_to_its_dead_letter(pipeline):
    pipeline.worker("segue-recommender")
    event = listened("ada", "s", 1, "rain")
    event.value = b"{not json"
    pipeline.produce(event)
    pipeline.wait_drained_of(wire.EVENTS)

    followed = stages(pipeline, event.headers["ce_id"])

    assert [(one["stage"], one["detail"]) for one in followed[1:]] == [("dead letter", "malformed")]


def test_an_event_that_never_came_is_one_line(pipeline):
    said = trace(pipeline, "never-sent")

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("segue-trace: No event of this id stands in segue.events.v1")
    assert said.stderr.count("\n") == 1


def test_a_trace_without_an_id_says_what_is_missing(pipeline):
    argv = [pipeline.binaries / "segue-trace"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60)

    assert said.returncode == 2
    assert "segue-trace EVENT_ID" in said.stderr
