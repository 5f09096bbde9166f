"""Composed music on the web player: the offer, its progress, the piece itself, and why it is there.
Recommender and generator are records on the real topics; the sound is a real piece's."""

import hashlib
import json
import subprocess
import time

import pytest
from conftest import logged
from players import Gateway, Player, pseudonym, tell, tell_catalogue
from servers import wait_until

WITHIN_MS = 20_000
JOB = "5f0c9b1e7a3d4c2f8e6b1a0d9c8b7a65"
TRACK = f"segue-composed-{JOB}"
OFFER = "Nothing in the catalogue fits calm jazz at 60 bpm. Compose it?"
STAGES = ["queued", "composing", "rendering", "checking", "ready"]
AI = {"composed": "generated", "performed": "generated"}


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@pytest.fixture(scope="session")
def piece(binaries, tmp_path_factory):
    """A few seconds of composed music, as FLAC."""
    out = tmp_path_factory.mktemp("piece")
    subprocess.run(
        [binaries / "segue-compose", "--genre", "jazz", "--mood", "calm", "--seconds", "6", "--out", out,
         "--audio.signing-key", out / "key.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(out.glob("*.flac")).read_bytes()


@pytest.fixture
def file(piece, tmp_path):
    """The piece in the store's folder; its key."""
    key = f"{hashlib.sha256(piece).hexdigest()}.flac"
    place = tmp_path / "music" / key[:2]
    place.mkdir(parents=True)
    (place / key).write_bytes(piece)
    return key


@pytest.fixture
def gateway(gateway, tmp_path):
    """The small world's, and its generator's folder."""
    gateway.program.stop()
    return Gateway(gateway.pipeline, "--dev", "--store.folder", str(tmp_path / "music"), name="music").start()


def reach(gateway, stage, **more):
    """The results that a generator publishes of the job."""
    reached = STAGES[: STAGES.index(stage) + 1] if stage in STAGES else [*STAGES[:2], stage]
    stages = [{"stage": each, "at": now()} for each in reached]
    listener = pseudonym("ada")
    value = {"job_id": JOB, "user_id": listener, "stage": stage, "stages": stages} | more
    tell(gateway.pipeline, "segue.generation-results.v1", listener, value)


def ask_for_it(gateway):
    """The job that a recommender publishes for generators."""
    signals = {"setting": "ask", "fit": 0.07, "match": 0.12, "heard_share": 0.4, "early_skips": 2}
    tell(gateway.pipeline, "segue.generation-jobs.v1", JOB, {
        "job_id": JOB, "user_id": pseudonym("ada"), "created": now(), "deadline": "2199-01-01T00:00:00Z",
        "specification": {"genre": "jazz", "mood": "calm", "tempo_bpm": 60},
        "trigger": {"rule": "no_match", "choice": "generate", "signals": signals},
    })  # fmt: skip


def offer(gateway, page, text=OFFER, version=1_000_000, **more):
    """A list with an offer, as a recommender publishes it."""
    items = [{"track_id": track, "score": 1} for track in page.tracks()]
    listener = pseudonym("ada")
    value = {"rec_id": "r-1", "version": version, "user_id": listener, "items": items,
             "offer": {"text": text} | more}  # fmt: skip
    tell(gateway.pipeline, "segue.recommendations.v1", listener, value)
    page.tab.get_by_text(text).wait_for(timeout=WITHIN_MS)


def wait_for_stage(page, stage):
    page.tab.locator(f"#jobs li[data-stage={stage}]").wait_for(timeout=WITHIN_MS)


def test_a_piece_is_offered_composed_and_played(new_page, gateway, file):
    page = new_page().open()
    offer(gateway, page, job_id=JOB)
    page.shoot("composed-offer")

    page.press("Compose it")
    wait_until(lambda: logged(gateway, "ada", "generation.accepted"), 10, "it is accepted")
    assert logged(gateway, "ada", "generation.accepted")[0]["job_id"] == JOB
    assert page.tab.get_by_text(OFFER).count() == 0
    ask_for_it(gateway)
    reach(gateway, "queued")
    wait_for_stage(page, "queued")
    reach(gateway, "rendering")
    wait_for_stage(page, "rendering")
    page.shoot("composed-progress")
    tell_catalogue(gateway.pipeline, TRACK, title="Calm jazz in F minor", artist="Segue", artist_id="a-segue", ai=AI)
    track = {"track_id": TRACK, "title": "Calm jazz in F minor", "duration_ms": 6_000, "audio_url": f"/v1/audio/{file}"}
    reach(gateway, "ready", track=track)
    wait_for_stage(page, "ready")
    assert "by a machine" in page.text("#jobs .badge")

    page.press("Play it")

    page.tab.wait_for_function("() => document.getElementById('audio').currentTime > 1", timeout=WITHIN_MS)
    assert page.text("#now-title") == "Calm jazz in F minor"
    assert "by a machine" in page.text("#now-artist")
    assert page.tab.evaluate("document.getElementById('audio').duration") == pytest.approx(6, abs=1)
    page.shoot("composed-plays")
    page.tab.locator("#events li", has_text="Heard to the end").wait_for(timeout=WITHIN_MS)
    assert logged(gateway, "ada", "playback.completed")[0]["track_id"] == TRACK
    assert not logged(gateway, "ada", "playback.failed")


def test_why_a_piece_was_composed_is_explained(new_page, gateway, file):
    page = new_page().open()
    ask_for_it(gateway)
    reach(gateway, "ready", track={"track_id": TRACK, "title": "Calm jazz", "audio_url": f"/v1/audio/{file}"})
    wait_for_stage(page, "ready")
    ada = Player(gateway, "ada")
    known = f"/v1/me/why-composed/{TRACK}"
    wait_until(lambda: ada.ask("GET", known).status == 200, 10, "the gateway knows the job")

    page.press("Why was it composed?")

    dialog = page.tab.get_by_role("dialog", name="Why was Calm jazz composed?")
    dialog.get_by_text("Nothing in the catalogue is what you asked for.").wait_for(timeout=WITHIN_MS)
    assert "You skipped 2 in a row." in dialog.text_content()
    assert "genre: jazz" in dialog.text_content()
    page.shoot("why-composed")


def test_an_offer_that_is_rejected_comes_back_no_more(new_page, gateway):
    page = new_page().open()
    offer(gateway, page, "You have had all for now.")
    assert page.tab.get_by_role("button", name="Compose it").count() == 0
    page.reload()
    offer(gateway, page, job_id=JOB, version=1_000_001)

    page.press("No, thanks")

    wait_until(lambda: logged(gateway, "ada", "generation.rejected"), 10, "it is rejected")
    assert logged(gateway, "ada", "generation.rejected")[0]["job_id"] == JOB
    assert page.tab.locator("#composing").is_hidden()


def test_a_failure_is_said_in_words(new_page, gateway):
    page = new_page().open()

    reach(gateway, "failed", reason={"code": "full_disk", "text": "There is no room for it."})

    wait_for_stage(page, "failed")
    assert "There is no room for it." in page.text("#jobs .job-stage")
    assert json.dumps(page.tracks()) != "[]"


def test_a_page_that_comes_later_shows_what_is_under_way(new_page, gateway):
    page = new_page().open()
    reach(gateway, "rendering")
    wait_for_stage(page, "rendering")

    page.reload()

    wait_for_stage(page, "rendering")
