"""A strict reader of the few words of kustomize that deploy/kubernetes uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
WORDS = {"apiVersion", "kind", "namespace", "resources"}
# Kinds that belong to no namespace.
CLUSTER_WIDE = {"Namespace"}

Resource = dict[str, Any]


def render(folder: Path = FOLDER) -> list[Resource]:
    """The output of `kubectl kustomize`. A word that this does not know is an error."""
    (wanted,) = yaml.safe_load_all((folder / "kustomization.yaml").read_text())
    unknown = set(wanted) - WORDS
    assert not unknown, f"{folder}: {unknown}"
    made: list[Resource] = []
    for name in wanted["resources"]:
        path = folder / name
        made += render(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for resource in made:
        if "namespace" in wanted and resource["kind"] not in CLUSTER_WIDE:
            resource["metadata"]["namespace"] = wanted["namespace"]
    return made


def of_kind(resources: list[Resource], *kinds: str) -> list[Resource]:
    found = [resource for resource in resources if resource["kind"] in kinds]
    assert found, f"there is no {kinds}"
    return found


def pods(resources: list[Resource]) -> dict[str, Resource]:
    """By the resource's name, what its pods are to be: their template."""
    owners = of_kind(resources, "Deployment", "Job")
    return {owner["metadata"]["name"]: owner["spec"]["template"] for owner in owners}


def identity(resource: Resource) -> tuple[str, str]:
    return resource["kind"], resource["metadata"]["name"]
