"""Fixtures; see fixtures.py."""

from fixtures import binaries, gateway, kafka, pipeline, plain, redis_server, standing

__all__ = ["binaries", "gateway", "kafka", "pipeline", "plain", "redis_server", "standing"]
