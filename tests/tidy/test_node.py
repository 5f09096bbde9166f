"""Debian 12 has the Node that tests need: its own version, and npm by the list of packages."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEBIANS_NODE = 18


def packages_of(name: str, lock: dict) -> set[str]:
    """This package and all that it needs."""
    needed = lock[f"node_modules/{name}"].get("dependencies", {})
    return {name}.union(*(packages_of(each, lock) for each in needed))


def test_packages_that_run_in_node_run_in_debians():
    lock = json.loads((ROOT / "tests/clients/package-lock.json").read_text())["packages"]
    run = set().union(*(packages_of(name, lock) for name in ("eventsource", "jose", "typescript")))
    needed = {name: lock[f"node_modules/{name}"].get("engines", {}).get("node", ">=0") for name in run}

    assert len(needed) > 3
    least = {name: int(re.match(r">=(\d+)", range_)[1]) for name, range_ in needed.items()}
    assert {name: node for name, node in least.items() if node > DEBIANS_NODE} == {}


def missing(folder: Path, dpkg_says: str) -> list[str]:
    """The output of `deploy/local/install --missing test` where dpkg says this."""
    program = folder / "dpkg-query"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' '{dpkg_says}'\n")
    program.chmod(0o755)
    env = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    command = [ROOT / "deploy/local/install", "--missing", "test"]
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True).stdout.split()


def test_npm_is_installed_unless_something_provides_it(tmp_path):
    assert {"nodejs", "npm"} <= set(missing(tmp_path, "installed nginx-light, nginx"))
    provided = missing(tmp_path, "installed nodejs, nodejs-dev, npm (= 11.19)")
    assert not {"nodejs", "npm"} & set(provided)
    assert "npm" in missing(tmp_path, "config-files nodejs, npm")
