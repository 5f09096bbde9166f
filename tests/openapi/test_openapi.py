"""The running gateway against schemas/gateway.v1.yaml, with inputs that Schemathesis makes up."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import document
import pytest
from players import Player

WITHIN_S = 600
EXAMPLES = 60
# Rules beyond an answer's shape (clocks, whose event it is) stand in the document in words.
BEYOND_SHAPE = "positive_data_acceptance"
# A batch is taken as far as it can be read, and of a listen what is optional is passed over, so
# something bad in it does not refuse it.
NOT_REFUSED = f"{BEYOND_SHAPE},negative_data_rejection"


@dataclasses.dataclass
class Run:
    """Operations that are tried together."""

    operations: list[str]
    but_not: str = BEYOND_SHAPE  # checks
    scheme: str = "Bearer"


# An event stream has no end to wait for; test_answers.py reads it.
ENDLESS = {"streamLists"}
RUNS = {
    "reading and asking": Run(
        ["getList", "makeRequest", "listKinds", "exportMe", "why", "stream", "devToken"]
    ),
    "composed music": Run(["getAudio", "whyComposed"]),
    # By itself: beside it there may be no list for a moment, which is a 503.
    "erasure": Run(["eraseMe"]),
    "telling": Run(["tellEvents"], but_not=NOT_REFUSED),
    "listenbrainz": Run(["submitListens", "validateToken"], but_not=NOT_REFUSED, scheme="Token"),
}


def test_all_that_ends_is_tried():
    described = [document.DOCUMENT["paths"][path][method]["operationId"] for method, path in document.operations()]
    tried = [name for run in RUNS.values() for name in run.operations]

    assert sorted(described) == sorted([*tried, *ENDLESS])


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_gateway_keeps_to_its_document(gateway, run):
    token = Player(gateway).token
    chosen = [word for name in run.operations for word in ("--include-operation-id", name)]
    command = [
        Path(sys.executable).with_name("schemathesis"), "run", document.FILE,
        "--url", f"http://{gateway.address}", "--header", f"Authorization: {run.scheme} {token}",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1",
        "--request-timeout", "20", "--no-color", *chosen, "--exclude-checks", run.but_not,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=WITHIN_S, cwd=document.ROOT / "build"
    )

    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-2_000:]
    gateway.program.check()
