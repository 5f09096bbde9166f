"""Configures and builds a CMake preset with progress.

    deploy/local/build.py PRESET [TARGET...]
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

from console import Console, one_line_error
from process import Process, ServerError

REPOSITORY = Path(__file__).resolve().parents[2]
ERROR_LINES_MAX = 40
BUILD_WITHIN_S = 3_600


class BuildFailed(ServerError):
    """The compiler or CMake refused; the message carries what it said."""


def build(preset: str, targets: list[str], console: Console) -> Path:
    """Builds these targets (none: all) and returns the folder of the programs."""
    folder = REPOSITORY / "build" / preset
    folder.mkdir(parents=True, exist_ok=True)
    console.begin(f"Building ({preset})")
    try:
        _run("cmake-configure", ["cmake", "--preset", preset], folder, console)
        # Not `cmake --build`: asked to stop, that leaves Ninja and its compilers behind.
        _run("ninja", ["ninja", "-C", str(folder), *targets], folder, console)
    except ServerError:
        console.fail()
        raise
    console.done()
    return folder / "bin"


def _run(name: str, command: list[str], folder: Path, console: Console) -> None:
    said: list[str] = []

    def on_line(line: str) -> None:
        # Ninja's "[12/80] Building CXX object core/…/step.cc.o".
        if step := re.match(r"\[(\d+)/(\d+)\] (?:\S+ )*(\S+)$", line):
            console.update(f"{step[1]} of {step[2]}  {Path(step[3]).name}")
        said.append(line)
        del said[: -10 * ERROR_LINES_MAX]

    (folder / f"{name}.log").unlink(missing_ok=True)
    process = Process(name, ["env", "-C", REPOSITORY, *command], folder, on_line=on_line)
    try:
        code = process.start().wait(BUILD_WITHIN_S)
    finally:
        process.stop()  # Ninja takes its compilers with it
    if code != 0:
        errors = process.log.read_text(errors="replace").splitlines()
        raise BuildFailed(f"{' '.join(command)} failed:\n" + "\n".join(_telling(said) + errors))


def _telling(said: list[str]) -> list[str]:
    """From the first failure on: what came before it built well."""
    first = next((i for i, line in enumerate(said) if line.startswith("FAILED:")), 0)
    return said[first:][:ERROR_LINES_MAX]


def main() -> int:
    preset, *targets = sys.argv[1:] or ["release"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        build(preset, targets, Console(sys.stderr))
    except ServerError as error:
        one_line_error("build", error)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main())
