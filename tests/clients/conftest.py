"""Fixtures: a gateway as other people's programs find it; servers as in tests/integration."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(ROOT / "tests"),
    str(ROOT / "tests" / "integration"),
    str(ROOT / "producers" / "gateway" / "clients"),
]

import environment  # noqa: E402
from fixtures import binaries, gateway, kafka, pipeline, redis_server, standing  # noqa: E402
from players import Player  # noqa: E402

__all__ = ["binaries", "gateway", "kafka", "pipeline", "redis_server", "standing"]


@pytest.fixture
def ada(gateway):
    return Player(gateway)


@pytest.fixture
def base(gateway):
    return f"http://{gateway.address}"


@pytest.fixture(scope="session")
def node():
    """Starts one of this folder's scripts where it finds the packages from npm; its output is text."""
    folder = environment.prepare_node()

    def start(script: str, *words: str) -> subprocess.Popen:
        text = (Path(__file__).parent / script).read_text(encoding="utf-8")
        command = ["node", "--input-type=module", "--eval", text, "--", *words]
        return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)

    return start
