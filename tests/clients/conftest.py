"""What tests here are given: a gateway as other people's programs find it; servers as in tests/integration."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "producers" / "gateway" / "clients")]

from fixtures import binaries, gateway, kafka, pipeline, redis_server  # noqa: E402
from players import Player  # noqa: E402

__all__ = ["binaries", "gateway", "kafka", "pipeline", "redis_server"]


@pytest.fixture
def ada(gateway):
    return Player(gateway)


@pytest.fixture
def base(gateway):
    return f"http://{gateway.address}"
