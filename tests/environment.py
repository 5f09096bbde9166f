"""A Python environment under build/ with what Debian does not package; made once, kept up to date."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "tests" / "browser" / "requirements.txt"
FOLDER = ROOT / "build" / "venv"
WITHIN_S = 600


def prepare() -> Path:
    """The environment's python. It sees Debian's packages, too. CalledProcessError if PyPI does not
    answer, with what pip said."""
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


if __name__ == "__main__":
    print(prepare())
