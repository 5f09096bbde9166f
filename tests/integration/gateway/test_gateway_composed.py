"""How far composed tracks are, and why they are composed: what generators and recommenders write to
the real topics, as players get it."""

import json
import re
import time
import uuid

from players import Gateway, Player, tell
from servers import wait_until
from streams import Events
import pytest

WITHIN_S = 20
RESULTS, JOBS = "segue.generation-results.v1", "segue.generation-jobs.v1"
DECISIONS = "segue.generation-decisions.v1"
STAGES = ["queued", "composing", "rendering", "checking"]
FILE = f"{'5f' * 32}.flac"


def ago(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


class Job:
    """A job of one listener; `reach` says that it came to a stage."""

    def __init__(self, player: Player, began_s: float = 1) -> None:
        self.player = player
        self.pipeline = player.gateway.pipeline
        self.id = uuid.uuid4().hex
        self.track = f"segue-composed-{self.id}"
        self.began_s = began_s

    def ask(self, rule: str = "no_match") -> "Job":
        """The record with which a recommender asks for it."""
        signals = {"setting": "ask", "fit": 0.2, "match": 0.1, "early_skips": 2}
        trigger = {"rule": rule, "choice": "generate", "signals": signals}
        tell(self.pipeline, JOBS, self.id,
             {"job_id": self.id, "user_id": self.player.listener, "created": ago(self.began_s),
              "deadline": ago(-600), "specification": {"genre": "jazz", "mood": "calm", "tempo_bpm": 60},
              "trigger": trigger})  # fmt: skip
        return self

    def reach(self, stage: str, **more) -> "Job":
        before = STAGES[: STAGES.index(stage) + 1] if stage in STAGES else [*STAGES, stage]
        stages = [{"stage": each, "at": ago(self.began_s)} for each in before]
        value = {"job_id": self.id, "user_id": self.player.listener, "stage": stage, "stages": stages}
        tell(self.pipeline, RESULTS, self.player.listener, value | more)
        return self

    def end(self) -> "Job":
        track = {"track_id": self.track, "title": "Evening, slower", "duration_ms": 30_000,
                 "audio_url": f"/v1/audio/{FILE}"}  # fmt: skip
        return self.reach("ready", track=track)


@pytest.fixture
def plain(pipeline, tmp_path):
    """A gateway with a store, and no worker: nothing else is pushed."""
    return Gateway(pipeline, "--store.folder", str(tmp_path / "music")).start()


def test_each_stage_reaches_the_player_and_none_goes_back(plain):
    ada, bob = Player(plain), Player(plain)
    job = Job(ada)
    with ada.connect() as stream, bob.connect() as other, Events(ada) as events:
        pushed = []
        for stage in ("queued", "rendering"):
            job.reach(stage)
            pushed.append(stream.wait_for("generation"))
        job.reach("composing")  # a record that comes again after a crash
        job.end()
        job.reach("failed", reason={"code": "late"})
        pushed.append(stream.wait_for("generation"))
        Job(bob).reach("queued")
        of_bob = other.wait_for("generation")
        by_events = next(json.loads(each["data"]) for each in iter(events.next, None) if "ready" in each["data"])

    assert [each["stage"] for each in pushed] == ["queued", "rendering", "ready"]
    assert all(each["job_id"] == job.id for each in pushed)
    assert [each["stage"] for each in pushed[1]["stages"]] == ["queued", "composing", "rendering"]
    assert all("user_id" not in each for each in pushed)
    track = pushed[2]["track"]
    assert (track["track_id"], track["title"], track["duration_ms"]) == (job.track, "Evening, slower", 30_000)
    assert re.fullmatch(rf"/v1/audio/{FILE}\?until=\d+&signature=[\w-]+", track["audio_url"])
    assert by_events == pushed[2]
    assert of_bob["job_id"] != job.id and "generation" not in {kind for each in other.messages for kind in each}


def test_a_failure_says_why(plain):
    ada = Player(plain)
    with ada.connect() as stream:
        Job(ada).reach("failed", reason={"code": "full_disk", "text": "There is no room for it."})
        failed = stream.wait_for("generation")

    assert failed["stage"] == "failed" and "track" not in failed
    assert failed["reason"] == {"code": "full_disk", "text": "There is no room for it."}


def test_who_connects_later_sees_what_is_under_way(plain):
    ada = Player(plain)
    stale, open_one, ended = Job(ada, began_s=7_200), Job(ada, began_s=60), Job(ada)
    stale.reach("composing")
    open_one.reach("rendering")
    ended.end()
    last = Job(ada).reach("queued")

    def shown():
        with ada.connect() as stream:
            shown_last = {}
            while last.id not in shown_last:
                each = stream.wait_for("generation")
                shown_last[each["job_id"]] = each["stage"]
            return shown_last

    assert shown() == {open_one.id: "rendering", ended.id: "ready", last.id: "queued"}
    plain.program.stop()
    plain.start()
    assert shown() == {open_one.id: "rendering", ended.id: "ready", last.id: "queued"}, "read again from the topic"


def test_an_unreadable_record_of_jobs_stops_no_gateway(plain):
    ada = Player(plain)
    with ada.connect() as stream:
        for topic in (RESULTS, JOBS):
            tell(plain.pipeline, topic, ada.listener, {"job_id": 7})
            tell(plain.pipeline, topic, ada.listener, {"x": "y" * 100_000})
        job = Job(ada)
        of_another = {"job_id": job.id, "user_id": "somebody", "stage": "queued", "stages": []}
        tell(plain.pipeline, RESULTS, ada.listener, of_another)
        job.reach("queued")

        assert stream.wait_for("generation")["job_id"] == job.id


def why(player: Player, track: str):
    return player.ask("GET", f"/v1/me/why-composed/{track}")


def test_why_is_answered_to_the_listener_of_the_job_alone(plain):
    ada, bob = Player(plain), Player(plain)
    job = Job(ada).ask()

    answer = wait_until(lambda: (a := why(ada, job.track)).status == 200 and a, WITHIN_S, "the job is known")

    assert answer.json["text"] == "Nothing in the catalogue is what you asked for."
    assert answer.json["job_id"] == job.id
    assert answer.json["decision"]["rule"] == "no_match"
    assert answer.json["decision"]["signals"]["early_skips"] == 2
    assert answer.json["specification"]["genre"] == "jazz"
    assert ada.listener not in answer.body.decode()
    for refused in (why(bob, job.track), why(ada, "t-1"), why(ada, "segue-composed-" + "0" * 32)):
        assert (refused.status, refused.json["code"]) == (404, "no_such_track")
    assert plain.ask("GET", f"/v1/me/why-composed/{job.track}").status == 401

    plain.program.stop()
    plain.start()
    wait_until(lambda: why(ada, job.track).status == 200, WITHIN_S, "it is found again after a restart")


def test_a_reused_track_has_a_reason_of_its_own(plain):
    ada = Player(plain)
    job = Job(ada).ask("request").reach("reused", track={"track_id": "segue-composed-of-another"})

    wait_until(lambda: why(ada, "segue-composed-of-another").status == 200, WITHIN_S, "both are known")

    assert why(ada, "segue-composed-of-another").json["job_id"] == job.id


class Listed:
    """A composed track that a recommender listed for one listener's wish, without a job."""

    def __init__(self, player: Player, at_s: float = 1) -> None:
        self.track = f"segue-composed-{uuid.uuid4().hex}"
        signals = {"setting": "ask", "wish": True, "match": 0, "distance": 0}
        decision = {"rule": "no_match", "choice": "reuse", "propensity": 0.98, "signals": signals}
        place = "segue.events.v1/3/7/1"
        value = {"decision_id": place, "user_id": player.listener, "time": ago(at_s), "decision": decision,
                 "answer": "listed", "track_id": self.track, "specification": {"genre": "jazz", "mood": "calm"}}  # fmt: skip
        tell(player.gateway.pipeline, DECISIONS, player.listener, value, {"ce_id": place, "segue_track": self.track})


def test_why_says_for_which_wish_a_track_was_listed_again(plain):
    ada, bob = Player(plain), Player(plain)
    listed = Listed(ada)

    answer = wait_until(lambda: (a := why(ada, listed.track)).status == 200 and a, WITHIN_S, "the decision is known")

    assert answer.json["text"].endswith("It was composed earlier, for the same wish.")
    assert answer.json["decision"]["choice"] == "reuse"
    assert answer.json["job_id"] == listed.track.removeprefix("segue-composed-")
    assert ada.listener not in answer.body.decode()
    assert why(bob, listed.track).status == 404
    plain.program.stop()
    plain.start()
    wait_until(lambda: why(ada, listed.track).status == 200, WITHIN_S, "it is found again after a restart")


def test_an_erasure_forgets_why_a_track_was_listed(pipeline, plain):
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    ada = Player(plain)
    ada.post(ada.heard("t-1"))
    listed = Listed(ada)
    wait_until(lambda: why(ada, listed.track).status == 200, WITHIN_S, "the decision is known")
    with ada.connect() as stream:
        ada.ask("DELETE", "/v1/me")
        stream.wait_for("erased")

    assert why(ada, listed.track).status == 404
    plain.program.stop()
    plain.start()
    assert why(ada, listed.track).status == 404, "the state keeps when all was erased"


def test_an_erasure_drops_jobs_and_what_comes_of_them(pipeline, plain):
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    ada = Player(plain)
    ada.post(ada.heard("t-1"))
    job = Job(ada).ask().reach("composing")
    wait_until(lambda: why(ada, job.track).status == 200, WITHIN_S, "the job is known")
    with ada.connect() as stream:
        assert stream.wait_for("generation")["job_id"] == job.id
        ada.ask("DELETE", "/v1/me")
        stream.wait_for("erased")
        job.end()
        later = Job(ada, began_s=-1).reach("queued")

        assert stream.wait_for("generation")["job_id"] == later.id
    assert why(ada, job.track).status == 404
    plain.program.stop()
    plain.start()
    assert why(ada, job.track).status == 404, "the state keeps when all was erased"
    with ada.connect() as stream:
        last = Job(ada, began_s=-2).reach("queued")
        seen = {stream.wait_for("generation")["job_id"] for _ in range(2)}
    assert seen == {later.id, last.id}


def test_who_switched_it_off_hears_of_no_job(pipeline, plain):
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    ada, bob = Player(plain), Player(plain)
    job = Job(ada)
    with ada.connect() as stream:
        job.reach("composing")
        assert stream.wait_for("generation")["job_id"] == job.id
        ada.post(ada.event("privacy.consent_changed", ai_music={"mode": "off"}))
        pipeline.wait_drained()
        job.end()
        ada.post(ada.event("privacy.consent_changed", ai_music={"mode": "on"}))
        pipeline.wait_drained()
        later = Job(ada).reach("queued")

        assert stream.wait_for("generation")["job_id"] == later.id
    ada.post(ada.event("privacy.consent_changed", ai_music={"mode": "off"}))
    pipeline.wait_drained()
    with ada.connect() as stream, bob.connect() as other:
        Job(ada).reach("queued")
        of_bob = Job(bob).reach("queued")
        assert other.wait_for("generation")["job_id"] == of_bob.id
        stream.send({"event": ada.heard("t-1")})
        stream.wait_for_ack(1)
        assert not [message for message in stream.messages if "generation" in message]
