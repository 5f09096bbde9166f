"""Fixtures: a real server of S3, and the servers of tests/integration."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration")]

from fixtures import binaries, kafka, pipeline, redis_server  # noqa: E402

__all__ = ["binaries", "kafka", "pipeline", "redis_server"]
