"""A wish that nothing in the catalogue fits becomes an offer, and a job once it is accepted."""

import json
from pathlib import Path

import jsonschema
import wire
from pipeline import Given

SCHEMAS = {p.name: json.loads(p.read_text()) for p in (Path(__file__).parents[3] / "schemas").glob("*.json")}
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def asked(seq, **wish):
    return Given("request.made", "ada", "s", seq, "no-track", **wish)


def list_of(pipeline):
    record = [r for r in pipeline.read(wire.RECOMMENDATIONS) if r.key == b"ada"][-1]
    return json.loads(record.value)


def test_a_job_travels_once_its_offer_is_accepted(pipeline):
    worker = pipeline.worker("segue-recommender")
    pipeline.produce(asked(1, genre="jazz", mood="calm", tempo_bpm=60))
    pipeline.wait_drained()
    offer = list_of(pipeline)["offer"]
    assert offer["text"] == "Nothing in the catalogue fits calm jazz at 60 bpm. Compose it?"
    assert pipeline.read(wire.GENERATION_JOBS) == []

    # The offer is kept with the listener, so it outlives the recommender that made it.
    worker.stop()
    worker.spawn()
    worker.wait_ready()
    yes = Given("generation.accepted", "ada", "s", 2, "no-track", job_id=offer["job_id"])
    yes.headers["traceparent"] = TRACEPARENT
    pipeline.produce(yes, yes)
    pipeline.wait_drained()

    [record] = pipeline.read(wire.GENERATION_JOBS)
    job = json.loads(record.value)
    resolver = jsonschema.RefResolver("", {}, store=SCHEMAS)
    schema = {"$ref": "generation-job.v1.json#"}
    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(job)
    assert record.key.decode() == job["job_id"] == offer["job_id"]
    assert record.headers["traceparent"].decode() == job["traceparent"] == TRACEPARENT
    assert (job["specification"]["genre"], job["specification"]["tempo_bpm"]) == ("jazz", 60)
    assert job["trigger"]["cause"] == {"id": yes.headers["ce_id"], "type": "generation.accepted"}
    assert "offer" not in list_of(pipeline)


def decisions(pipeline):
    records = pipeline.read(wire.GENERATION_DECISIONS)
    resolver = jsonschema.RefResolver("", {}, store=SCHEMAS)
    for record in records:
        value = json.loads(record.value)
        schema = {"$ref": "generation-decision.v1.json#"}
        jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)
        assert record.key.decode() == value["user_id"]
        assert record.headers["ce_id"].decode() == value["decision_id"]
    return [json.loads(record.value) for record in records]


def test_each_decision_travels_with_its_inputs(pipeline):
    pipeline.worker("segue-trainer")
    worker = pipeline.worker("segue-recommender")
    pipeline.produce(asked(1, genre="jazz", mood="calm", tempo_bpm=60))
    pipeline.wait_drained()
    offer = list_of(pipeline)["offer"]
    pipeline.produce(
        Given("playback.completed", "ada", "s", 2, "t-1"),
        Given("generation.accepted", "ada", "s", 3, "no-track", job_id=offer["job_id"]),
    )
    pipeline.wait_drained()

    made = decisions(pipeline)
    [asking] = [one for one in made if one["decision"]["cause"]["type"] == "request.made"]
    [ordered] = [one for one in made if one["answer"] == "ordered"]
    assert (asking["answer"], asking["job_id"]) == ("offered", offer["job_id"])
    assert asking["decision"]["rule"] == "no_match" and asking["decision"]["propensity"] == 0.98
    assert asking["decision"]["signals"]["wish"] and asking["decision"]["signals"]["match"] == 0
    assert asking["decision_id"].startswith("segue.events.v1/") and asking["decision_id"].endswith("/1")
    assert len({one["decision_id"] for one in made}) == len(made) == 3
    [job] = [json.loads(record.value) for record in pipeline.read(wire.GENERATION_JOBS)]
    assert job["trigger"] == ordered["decision"] and job["specification"] == ordered["specification"]
    for outcome in ("offered", "accepted"):
        assert worker.metric("segue_generation_offers_total", outcome=outcome) == 1


def test_nothing_is_composed_for_who_wants_none(pipeline):
    pipeline.worker("segue-recommender")
    off = Given("session.started", "ada", "s", 1, "no-track", ai_music={"mode": "off"})
    pipeline.produce(off, asked(2, genre="jazz"), asked(3, genre="jazz", generate=True))
    pipeline.wait_drained()

    assert pipeline.read(wire.GENERATION_JOBS) == []
    assert list_of(pipeline)["offer"] == {"text": "Nothing is composed: your settings say so."}
