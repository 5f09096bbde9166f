"""Real servers, started once for all tests on free ports; programs and topics of its own for each test that asks
for a pipeline."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "local"), str(ROOT / "tests" / "faults")]

from pipeline import Pipeline  # noqa: E402
from players import Gateway, tell_catalogue  # noqa: E402
from servers import Kafka, Redis  # noqa: E402

# A developer's own settings must not reach the programs under test.
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


def whole_gateway(pipeline):
    """With a recommender and a trainer behind it, and some tracks in the catalogue."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    return Gateway(pipeline).start()


@pytest.fixture(scope="session")
def standing(binaries, tmp_path_factory):
    """A whole gateway on servers of its own, which stands while all tests run."""
    folder = tmp_path_factory.mktemp("standing")
    with Kafka(folder / "broker") as kafka, Redis(folder / "store") as redis:
        with Pipeline(binaries, folder, kafka, redis) as made:
            yield whole_gateway(made)


@pytest.fixture
def gateway(request):
    """A whole one. A test that looks behind it asks for the pipeline, too; the others share one, with listeners of
    their own."""
    if "pipeline" in request.fixturenames:
        return whole_gateway(request.getfixturevalue("pipeline"))
    return request.getfixturevalue("standing")


@pytest.fixture
def plain(request):
    """The same; of a test that asks for the pipeline it has no workers."""
    if "pipeline" in request.fixturenames:
        return Gateway(request.getfixturevalue("pipeline")).start()
    return request.getfixturevalue("standing")
