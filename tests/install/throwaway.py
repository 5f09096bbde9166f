"""This machine's file system, of which nothing that is changed lasts.

An overlay in a mount namespace of its own: reads go to the machine, writes to memory. All of it is
gone when its one process ends, however that happens. There is no systemd in it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from servers import Process, wait_until

MOUNTS = """
set -e
mount -t tmpfs tmpfs "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount --rbind /dev "$0/root/dev"
mount -t proc proc "$0/root/proc"
echo mounted
exec sleep infinity
"""


class ThrowAwayRoot(Process):
    """Needs root. Started and stopped as every process of ours."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._said: list[str] = []
        argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNTS, folder]
        super().__init__("throw-away-root", argv, folder.parent, on_line=self._said.append)

    def start(self) -> "ThrowAwayRoot":
        self.spawn()
        wait_until(lambda: self.check() or self._said, 60, "the throw-away root is mounted")
        return self

    def inside(self, *words: str | Path) -> list[str]:
        """The command line that runs this one within the namespace, outside the changed root."""
        return ["nsenter", "--mount", "--target", str(self.pid), "--", *map(str, words)]

    def command(self, *words: str | Path, user: str = "root") -> list[str]:
        """The command line that runs this one in the changed root."""
        return self.inside("chroot", f"--userspec={user}", self.folder / "root", *words)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=300, cwd="/"
        )

    def write(self, path: str, text: str) -> None:
        target = f"{self.folder}/root{path}"
        done = subprocess.run(self.inside("tee", target), input=text, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr

    def read(self, path: str) -> str:
        done = self.run("cat", path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def bring(self, source: Path, path: str) -> None:
        argv = self.inside("cp", source, f"{self.folder}/root{path}")
        subprocess.run(argv, check=True, timeout=60)

    def changed(self) -> list[str]:
        """Paths that were written or removed."""
        argv = self.inside("find", f"{self.folder}/upper", "-not", "-type", "d", "-printf", "/%P\n")
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.splitlines()
