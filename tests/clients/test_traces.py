"""Spans of an event's way, as OpenTelemetry's own types read them; and that no event waits for a collector."""

import datetime
import json
import secrets

import pytest
import wire
from collector import Collector
from jobs import Generators
from pipeline import Given, listened
from players import Gateway, Player
from secured import Authority
from servers import HOST, free_port, wait_until

WITHIN_S = 30
DAY = datetime.timedelta(days=1)


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


def traceparent(flags="01"):
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{flags}"


def tell(player, trace):
    body = json.dumps({"event": player.heard("rain")})
    answer = player.ask("POST", "/v1/events", body, Content_Type="application/json", Traceparent=trace)
    assert answer.status == 202


def started(pipeline, endpoint, *flags):
    """A player, their gateway and a recommender that export spans."""
    exports = ["--traces.endpoint", endpoint, *flags]
    gateway = Gateway(pipeline, *exports).start()
    return Player(gateway), gateway.program, pipeline.worker("segue-recommender", *exports)


def wait_for(collector, trace, count):
    wait_until(lambda: len(collector.spans(trace)) >= count, WITHIN_S, f"{count} spans of {trace}")
    return {f"{of}: {span.name}": span for of, span in collector.spans(trace)}


def test_an_event_leaves_a_span_at_each_program(pipeline, collector):
    player, *_ = started(pipeline, collector.endpoint)
    trace = traceparent()
    tell(player, trace)

    found = wait_for(collector, trace[3:35], 2)

    assert set(found) == {"segue-gateway: publish event", "segue-recommender: recommend"}
    for span in found.values():
        assert span.parent_span_id.hex() == trace[36:52]
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < WITHIN_S * 1e9
    assert len({span.span_id for span in found.values()}) == 2
    assert collector.refused == []
    assert player.subject not in str(collector.spans()) and player.listener not in str(collector.spans())


def test_a_composed_track_leaves_a_span_for_each_stage(pipeline, collector):
    generators = Generators(pipeline)
    pipeline.worker("segue-recommender", "--traces.endpoint", collector.endpoint)
    generators.start("--traces.endpoint", collector.endpoint)
    event = Given("request.made", "ada", "s", 1, "no-track", genre="ambient", mood="calm", generate=True)
    trace = traceparent()
    event.headers["traceparent"] = trace
    pipeline.produce(event)

    found = wait_for(collector, trace[3:35], 5)

    stages = {"queued", "composing", "rendering", "checking"}
    assert set(found) == {"segue-recommender: recommend"} | {f"segue-generator: {stage}" for stage in stages}
    assert collector.refused == []


def test_what_is_not_sampled_leaves_no_span(pipeline, collector):
    player, *_ = started(pipeline, collector.endpoint)
    quiet, loud = traceparent(flags="00"), traceparent()
    tell(player, quiet)
    tell(player, loud)

    wait_for(collector, loud[3:35], 2)
    assert collector.spans(quiet[3:35]) == []


def test_a_share_is_the_same_at_each_program(pipeline, collector):
    player, *_ = started(pipeline, collector.endpoint, "--traces.share", "0.5")
    any_trace = traceparent()
    beyond, within = (any_trace[:27] + digits + any_trace[35:] for digits in ("80000000", "7fffffff"))
    tell(player, beyond)
    tell(player, within)

    wait_for(collector, within[3:35], 2)
    assert collector.spans(beyond[3:35]) == []


def test_a_collector_that_is_away_delays_no_event(pipeline):
    port = free_port()
    player, gateway, recommender = started(pipeline, f"http://127.0.0.1:{port}")
    trace = traceparent()
    tell(player, trace)
    pipeline.wait_drained_of(wire.EVENTS)
    gone = "The collector does not take spans"
    for program in (gateway, recommender):
        wait_until(lambda: gone in program.log.read_text(), WITHIN_S, "it says so")  # noqa: B023

    with Collector(port) as late:
        assert len(wait_for(late, trace[3:35], 2)) == 2, "they waited"
        for program in (gateway, recommender):
            back = "The collector takes spans again."
            wait_until(lambda: back in program.log.read_text(), WITHIN_S, "it says so")  # noqa: B023
            assert program.log.read_text().count(gone) == 1
            assert program.metric("segue_trace_spans_total", outcome="sent") == 1


def test_spans_that_a_collector_refuses_are_counted(pipeline):
    with Collector(answer=400) as collector:
        player, gateway, _ = started(pipeline, collector.endpoint)
        tell(player, traceparent())

        refused = lambda: gateway.metric("segue_trace_spans_total", outcome="refused") == 1  # noqa: E731
        wait_until(refused, WITHIN_S, "the span is counted")
        assert "HTTP 400" in gateway.log.read_text()


def recommended(pipeline, trace, *flags):
    """A recommender that reads an event of this trace."""
    worker = pipeline.worker("segue-recommender", *flags)
    event = listened("ada", "s", 1, "rain")
    event.headers["traceparent"] = trace
    pipeline.produce(event)
    return worker


def test_spans_go_over_tls_to_whom_the_authority_signed(pipeline, tmp_path):
    authority = Authority(tmp_path, "ours")
    trace = traceparent()

    with Collector(tls=authority.certify("collector")) as collector:
        recommended(pipeline, trace, "--traces.endpoint", collector.endpoint, "--traces.ca", str(authority.file))

        assert list(wait_for(collector, trace[3:35], 1)) == ["segue-recommender: recommend"]
        assert collector.refused == []


@pytest.mark.parametrize("stranger", ["another authority", "another name", "expired"])
def test_a_collector_that_cannot_be_trusted_gets_nothing(pipeline, tmp_path, stranger):
    ours, others = Authority(tmp_path / "ours", "ours"), Authority(tmp_path / "others", "others")
    lasts = -DAY if stranger == "expired" else DAY
    signed = (others if stranger == "another authority" else ours).certify("collector", lasts)

    with Collector(tls=signed) as collector:
        # The certificate names localhost.
        host = HOST if stranger == "another name" else "localhost"
        endpoint = collector.endpoint.replace("localhost", host)
        worker = recommended(pipeline, traceparent(), "--traces.endpoint", endpoint, "--traces.ca", str(ours.file))

        said = lambda: "The collector does not take spans" in worker.log.read_text()  # noqa: E731
        wait_until(said, WITHIN_S, "it says so")
        line = next(line for line in worker.log.read_text().splitlines() if "does not take spans" in line)
        assert "certificate verify failed" in line and "traces.ca" in line and host in line
        assert collector.spans() == [] and collector.refused == []


@pytest.mark.parametrize(("flags", "said"), [
    (["--traces.endpoint", "ftp://collector"], "traces.endpoint must be http://HOST:PORT/PATH or https://"),
    (["--traces.endpoint", "https://localhost:99999/v1/traces"], "traces.endpoint must be http://HOST:PORT/PATH"),
    (["--traces.endpoint", "https://localhost/v1/traces#x"], "traces.endpoint must be http://HOST:PORT/PATH"),
    (["--traces.endpoint", "http://c", "--traces.ca", "/ca"], "traces.ca is given, but traces.endpoint is http://"),
    (["--traces.endpoint", "https://c", "--traces.ca", "/nowhere"], "/nowhere"),
    (["--traces.endpoint", "https://c", "--traces.ca", __file__], "holds no PEM certificate"),
    (["--traces.ca", "/ca"], "traces.ca is given without traces.endpoint"),
])  # fmt: skip
def test_settings_of_no_collector_are_one_line(pipeline, flags, said):
    worker = pipeline.worker_that_starts("segue-recommender", *flags)

    assert worker.wait(WITHIN_S) == 2
    (line,) = worker.log.read_text().splitlines()
    assert said in line
