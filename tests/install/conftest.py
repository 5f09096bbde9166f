"""Fixtures: Segue as `cmake --install` leaves it, and real servers."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "deploy" / "local"), str(ROOT / "tests")]

from fixtures import binaries, kafka, redis_server  # noqa: E402

__all__ = ["binaries", "installed", "kafka", "redis_server"]


@pytest.fixture(scope="session")
def installed(binaries, tmp_path_factory):
    """The folder that a build was installed to; nothing is built."""
    prefix = tmp_path_factory.mktemp("prefix")
    argv = ["cmake", "--install", binaries.parent, "--prefix", prefix]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return prefix
