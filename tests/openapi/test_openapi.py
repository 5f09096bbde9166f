"""The running gateway against schemas/gateway.v1.yaml, with inputs that Schemathesis makes up."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "schemas" / "gateway.v1.yaml"
ROUTES = ROOT / "producers" / "gateway" / "routes.cc"
# Spoken of in README: streams, ListenBrainz's own interface, the page.
ELSEWHERE = re.compile(r"/v1/stream|/v1/recommendations/stream|/1/|/dev/|/page/|/sdk/|/$")
WITHIN_S = 600
EXAMPLES = 60

sys.path.insert(0, str(ROOT / "tests" / "integration"))

from fixtures import binaries, kafka, pipeline, redis_server  # noqa: E402
from players import Gateway, Player, tell_catalogue  # noqa: E402

__all__ = ["binaries", "kafka", "pipeline", "redis_server"]


@pytest.fixture
def gateway(pipeline):
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    quick = ["--requests-per-second", "1000000", "--events-per-second", "1000000"]
    return Gateway(pipeline, *quick).start()


def test_every_route_is_described():
    described = set(yaml.safe_load(DOCUMENT.read_text())["paths"])
    routes = set(re.findall(r'"(/[^"]*)", Token::', ROUTES.read_text()))

    assert {route for route in routes if not ELSEWHERE.match(route)} == described


# What is true beyond its shape (clocks, whose event it is) the document says in words.
BEYOND_SHAPE = "positive_data_acceptance"
RUNS = {
    "reading and asking": ["--exclude-operation-id", "eraseMe", "--exclude-operation-id", "tellEvents"],
    # By itself: beside it there may be no list for a moment, which is a 503.
    "erasure": ["--include-operation-id", "eraseMe"],
    # A batch is taken as far as it can be read, so a bad event in it does not refuse it.
    "telling": ["--include-operation-id", "tellEvents", "--exclude-checks",
                f"{BEYOND_SHAPE},negative_data_rejection"],
}  # fmt: skip


@pytest.mark.parametrize("run", RUNS)
def test_the_gateway_keeps_to_its_document(gateway, run):
    player = Player(gateway)
    command = [
        Path(sys.executable).with_name("schemathesis"), "run", DOCUMENT,
        "--url", f"http://{gateway.address}", "--header", f"Authorization: Bearer {player.token}",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1",
        "--request-timeout", "20", "--no-color", *RUNS[run],
    ]
    if "--exclude-checks" not in command:
        command += ["--exclude-checks", BEYOND_SHAPE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, cwd=ROOT / "build")

    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-2_000:]
    gateway.program.check()
