"""clang-tidy over the sources that changed since they last passed; each compiled by itself.

clang-tidy reads what the compiler reads: the build puts some sources together, and so they are
read. There a missing #include hides behind a neighbour's, so the compiler can check each such
source alone as well. A pass is remembered by a hash of all that its verdict depends on: its own text, the
project's files it includes, how it is compiled, the rules and who reads. The memory is the user's,
as a compiler cache is, so that a fresh clone reads only what is new.
"""

from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
PASSED = CACHE / "segue" / "lint"
REMEMBERED_MAX = 20_000  # empty files
ONE_READING_WITHIN_S = 900


def sources() -> list[Path]:
    """The project's C++ files, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.cc", "*.h"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def run(builds: list[Path], update: Callable[[str], None], *, by_itself: bool = False) -> tuple[int, str]:
    """Reads every compiled source of the project, or compiles each by itself; returns the number of
    sources, and the complaints.

    The first build says how sources are compiled. Requires: each source was compiled in one of the
    builds, for Ninja then knows which headers it includes.
    """
    build = builds[0]
    commands = json.loads((build / "compile_commands.json").read_text())
    commands = [one for one in commands if not _is_generated(build, one["file"])]
    headers = {}
    for each in builds:
        headers |= _headers(each)
    _make_room()
    reader = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
    readings: dict[str, Callable[[], list[str]]] = {}  # by key
    for one in alone(commands) if by_itself else commands:
        key = _key(b"alone" if by_itself else reader, one, headers.get(_output(one), []))
        readings[key] = functools.partial(compile_alone, one) if by_itself else functools.partial(_read, build, one)
    todo = {key: reading for key, reading in readings.items() if not (PASSED / key).exists()}
    complaints: dict[str, None] = {}  # in order, each once: many sources include one header
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda reading: reading(), todo.values())
        for done, (key, said) in enumerate(zip(todo, answers), 1):
            update(f"{done} of {len(todo)}  {Path(todo[key].args[-1]['file']).name}")
            complaints |= dict.fromkeys(said)
            if not said:
                (PASSED / key).touch()
    read = {path for one in commands for path in headers.get(_output(one), []) if path.suffix == ".cc"}
    return len(read | {Path(one["file"]) for one in commands}), "\n".join(complaints)


def _is_generated(build: Path, source: str) -> bool:
    """A unity source is ours, a generated source is not."""
    return source.startswith(str(build)) and "/Unity/" not in source


def _make_room() -> None:
    PASSED.mkdir(parents=True, exist_ok=True)
    passed = sorted(PASSED.iterdir(), key=lambda each: each.stat().st_mtime)
    for oldest in passed[:-REMEMBERED_MAX]:
        oldest.unlink(missing_ok=True)


def alone(commands: list[dict]) -> list[dict]:
    """How each source that the build puts together with others is compiled by itself."""
    found = []
    for one in commands:
        if "/Unity/" not in one["file"]:
            continue
        # Sources put together have warnings that each by itself has not.
        command = one["command"].replace(" -Wno-subobject-linkage", "")
        parts = re.findall(r'^#include "(.+\.cc)"$', Path(one["file"]).read_text(), re.MULTILINE)
        found += [one | {"file": part, "command": command.replace(one["file"], part)} for part in parts]
    return found


def compile_alone(command: dict) -> list[str]:
    """The compiler's complaints about a source, without an object of it."""
    words = shlex.split(command["command"])
    compiler = next(i for i, word in enumerate(words) if not word.endswith("ccache"))
    kept = [word for word in words[compiler : words.index("-o")] if not word.startswith("-M")]
    done = subprocess.run(
        [*kept, "-fsyntax-only", command["file"]],
        capture_output=True,
        text=True,
        timeout=ONE_READING_WITHIN_S,
        cwd=command["directory"],
    )
    if done.returncode == 0:
        return []
    return [line for line in done.stderr.splitlines() if ": error: " in line] or [done.stderr]


def _read(build: Path, source: dict) -> list[str]:
    """The complaints about a source, each a text."""
    # GCC knows warnings that clang does not.
    command = ["clang-tidy", "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option"]
    done = subprocess.run(
        [*command, source["file"]], capture_output=True, text=True, timeout=ONE_READING_WITHIN_S, cwd=ROOT
    )
    if done.returncode == 0:
        return []
    return re.split(r"\n(?=/\S+:\d+:\d+: error)", done.stdout.strip() or done.stderr)


def _headers(build: Path) -> dict[str, list[Path]]:
    """By object file: the project's own headers that went into it."""
    listed = subprocess.run(
        ["ninja", "-C", str(build), "-t", "deps"], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, list[Path]] = {}
    current: list[Path] = []
    for line in listed.splitlines():
        if line and not line.startswith((" ", "ninja:")):
            current = found.setdefault(line.split(":", 1)[0], [])
        elif line.strip():
            path = (build / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                current.append(path)
    return found


def _output(command: dict) -> str:
    words = shlex.split(command["command"])
    return words[words.index("-o") + 1]


def _key(reader: bytes, command: dict, headers: list[Path]) -> str:
    """The same in every clone: paths count from its root."""
    key = hashlib.sha256(reader + (ROOT / ".clang-tidy").read_bytes())
    key.update(command["command"].replace(str(ROOT), "").encode())
    for path in sorted({Path(command["file"]), *headers}):
        # The build's own name their parts from the root of the disk.
        key.update(path.read_bytes().replace(str(ROOT).encode(), b"") if path.exists() else b"")
    return key.hexdigest()
