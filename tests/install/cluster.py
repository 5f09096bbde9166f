"""The resources that a folder gives Kubernetes, as kubectl's own kustomize builds them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import environment
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"

Resource = dict[str, Any]


def render(folder: Path = FOLDER) -> list[Resource]:
    """The output of `kubectl kustomize`. AssertionError, with its words, for a folder that it does not take."""
    argv = [environment.prepare_kubectl(), "kustomize", folder]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return list(yaml.safe_load_all(ran.stdout))


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    found = [resource for resource in resources if resource["kind"] in kinds]
    assert found, f"there is no {kinds}"
    return found


def pods(resources: list[Resource]) -> dict[str, Resource]:
    """By the resource's name, what its pods are to be: their template."""
    owners = of_kind(resources, "Deployment", "Job")
    return {owner["metadata"]["name"]: owner["spec"]["template"] for owner in owners}
