"""What tests here are given; see fixtures.py."""

from fixtures import binaries, gateway, kafka, pipeline, redis_server

__all__ = ["binaries", "gateway", "kafka", "pipeline", "redis_server"]
