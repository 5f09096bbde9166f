"""The pages' snippets do what they say, pasted by a newcomer, on a real gateway."""

import json
import os
import re
import subprocess
import tempfile

import pytest
import running
import wire
from players import Gateway, pseudonym, tell_catalogue
from servers import REPOSITORY, wait_until

WITHIN_S = 60
# A refusal must not pass for an answer.
PRELUDE = "set -euo pipefail; curl() { command curl -sS --fail-with-body --max-time 20 \"$@\"; echo; }\n"


FRONT = "README.md"
PLAYERS = "producers/gateway/README.md"
SDK = "producers/gateway/sdk/README.md"
REPLAY = "producers/replay/README.md"


def snippets(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (REPOSITORY / page).read_text(), re.DOTALL | re.M)


def sh(page, holding):
    """The page's block with this text, which is in one alone."""
    found = [block for block in snippets(page, "sh") if holding in block]
    assert len(found) == 1, f"{len(found)} blocks of {page} hold {holding}"
    return found[0]


@pytest.fixture
def clone(pipeline, tmp_path, monkeypatch):
    """A folder like a clone, beside a quick start that runs: shells find it as they find a real one."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    tell_catalogue(pipeline, "t1-620", mood="calm", genre="jazz")
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    gateway = Gateway(pipeline, "--dev").start()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started = tmp_path / f"{running.PREFIX}of-this-test"
    started.mkdir()
    running.note(
        started,
        gateway=f"http://{gateway.address}",
        brokers=pipeline.kafka.address,
        redis=pipeline.redis.address,
        pseudonym_key=str(next(pipeline.folder.glob("gateway-pseudonym_key"))),
        programs=str(pipeline.binaries),
    )
    folder = tmp_path / "clone"
    (folder / "build" / "release").mkdir(parents=True)
    for name in ("deploy", "producers", "schemas"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / "build" / "release" / "bin").symlink_to(pipeline.binaries)
    return folder


def run(clone, script, within_s=WITHIN_S):
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "TMPDIR": str(clone.parent)}
    return subprocess.run(["bash", "-c", PRELUDE + script], cwd=clone, env=env, capture_output=True,
                          text=True, timeout=within_s)  # fmt: skip


EXPORTS = 'eval "$(deploy/quickstart --env)"\n'


def test_the_first_event_of_the_front_page_is_taken(clone):
    done = run(clone, sh(FRONT, "/v1/events"))

    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert answers[0]["accepted"] == 1 and "items" in answers[1], done.stdout


def test_the_first_block_works_as_it_is_pasted(clone):
    done = run(clone, sh(PLAYERS, "/v1/events"))

    assert done.returncode == 0, done.stdout + done.stderr
    # A list, an event taken, kinds, a request, a reason, an export: each an answer in JSON.
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == 6, done.stdout
    assert "items" in answers[0] and answers[1]["accepted"] == 1 and "genres" in answers[2]
    assert "applied" in answers[3] and answers[4]["track_id"] == "t1-620" and "state" in answers[5]


def test_what_never_ends_and_what_erases_stand_alone():
    assert [block.count("\n") for block in snippets(PLAYERS, "sh") if "curl -N" in block or "DELETE" in block] == [1, 1]


def test_lists_stream_until_they_are_interrupted(clone):
    done = run(clone, EXPORTS + "timeout 5 " + sh(PLAYERS, "curl -N"))

    assert done.returncode == 124
    assert "data:" in done.stdout


def test_an_erased_listener_gets_an_answer(clone):
    done = run(clone, EXPORTS + sh(PLAYERS, "DELETE"))

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_player_of_readme_plays_in_node(clone, pipeline):
    (block,) = snippets(SDK, "js")
    (clone / "player.mjs").write_text(block)
    node = "node --experimental-websocket" if node_version() < 22 else "node"

    done = run(clone, EXPORTS + f"{node} player.mjs")

    assert done.returncode == 0, done.stderr
    assert "first in the list:" in done.stdout
    events = [record for record in pipeline.read(wire.EVENTS) if record.key.decode() == pseudonym("ada")]
    logged = {record.headers["ce_type"].decode(): json.loads(record.value) for record in events}
    assert logged["segue.playback.skipped.v1"]["reason_start"] == "autoplay"


def node_version():
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=WITHIN_S).stdout
    return int(re.match(r"v(\d+)", version)[1])


def test_a_catalogue_is_loaded_from_a_file(clone, pipeline):
    done = run(clone, EXPORTS + sh(REPLAY, "--catalogue"))

    assert done.returncode == 0, done.stderr
    assert "1 tracks of the catalogue" in done.stdout
    entries = {record.key.decode(): json.loads(record.value) for record in pipeline.read("segue.catalog.v1")}
    assert entries["blue-in-green"]["audio_url"] == "https://music.example/blue-in-green.ogg"


def test_recorded_listeners_are_those_who_sign_in(clone, pipeline):
    (clone / "mine.csv").write_text(
        "time,user_id,session_id,track_id,artist_id,played_fraction\n2024-05-01T10:00:00Z,ada,,t-1,,1\n"
    )

    done = run(clone, EXPORTS + sh(REPLAY, "--listens mine.csv"))

    assert done.returncode == 0, done.stderr
    keys = [record.key.decode() for record in pipeline.read(wire.EVENTS)]
    assert keys == [pseudonym("ada")]


def test_the_programs_are_on_the_path(clone):
    done = run(clone, EXPORTS + "segue-tail --summary --for-s 1")

    assert done.returncode == 0, done.stderr
    assert "recommendations" in done.stdout


def test_without_a_quick_start_it_says_how_to_start_one(tmp_path):
    env = os.environ | {"TMPDIR": str(tmp_path)}
    flags = [REPOSITORY / "deploy" / "quickstart", "--env"]

    done = subprocess.run(flags, capture_output=True, text=True, timeout=WITHIN_S, env=env)

    assert done.returncode == 1
    assert done.stderr == "quickstart: no quick start runs here; start one with: deploy/quickstart\n"
