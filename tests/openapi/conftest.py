"""Fixtures: a gateway that serves all of its document, --dev included."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from fixtures import binaries, kafka, pipeline, redis_server  # noqa: E402
from players import Gateway, tell_catalogue  # noqa: E402

__all__ = ["binaries", "kafka", "pipeline", "redis_server"]


@pytest.fixture
def gateway(pipeline):
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    quick = ["--requests-per-second", "1000000", "--events-per-second", "1000000"]
    return Gateway(pipeline, "--dev", *quick).start()
