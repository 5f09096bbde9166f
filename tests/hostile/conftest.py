"""The fixtures of tests/integration, on servers of this folder's own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from fixtures import binaries, gateway, kafka, pipeline, redis_server, standing  # noqa: E402

__all__ = ["binaries", "gateway", "kafka", "pipeline", "redis_server", "standing"]
