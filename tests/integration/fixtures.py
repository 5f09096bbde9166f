"""Real servers, started once for all tests on free ports; programs and topics anew for each."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "local"), str(ROOT / "tests" / "faults")]

from pipeline import Pipeline  # noqa: E402
from players import Gateway, tell_catalogue  # noqa: E402
from servers import Kafka, Redis  # noqa: E402

# What a developer has set must not reach the programs under test.
BIN = Path(os.environ.get("SEGUE_BIN", ROOT / "build" / "release" / "bin"))
KILLS = int(os.environ.get("SEGUE_KILLS", "10"))
for name in [name for name in os.environ if name.startswith("SEGUE_")]:
    del os.environ[name]


@pytest.fixture(scope="session")
def binaries():
    assert (BIN / "segue-recommender").exists(), f"build first: there are no programs in {BIN}"
    return BIN


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    with Kafka(tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    with Redis(tmp_path_factory.mktemp("store")) as server:
        yield server


@pytest.fixture
def pipeline(binaries, tmp_path, kafka, redis_server):
    with Pipeline(binaries, tmp_path, kafka, redis_server) as made:
        yield made


@pytest.fixture
def gateway(pipeline):
    """With a recommender and a trainer behind it, and some tracks in the catalogue."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    return Gateway(pipeline).start()
