"""Child processes that never outlive us, and that say why they died.

Every child gets a log file and a session of its own (so that a terminal's Ctrl-C reaches only us,
and we stop them in order), and is killed by the kernel should we die without stopping it.
Standard library only. Not thread-safe: start and stop from one thread.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HOST = "127.0.0.1"

# Below Linux's ephemeral range (from 32768), so that no outgoing connection takes a port
# between our choosing it and the server's binding it.
PORTS = range(20_000, 32_000)
# In turn, so that a port is not chosen twice before its first server listens on it.
_next_ports = itertools.cycle(random.sample(PORTS, len(PORTS)))


class ServerError(RuntimeError):
    """A server or program could not start or has died; the message is for a person."""


def free_port() -> int:
    """A TCP port on the loopback that is free now."""
    for port in itertools.islice(_next_ports, 200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerError("no free TCP port found on 127.0.0.1")


def port_is_free(port: int) -> bool:
    """Whether a server could listen there on the loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def wait_until(condition: Callable[[], object], within_s: float, what: str) -> object:
    """Polls until `condition()` is true and returns its value; ServerError after `within_s`."""
    deadline = time.monotonic() + within_s
    pause_s = 0.005
    while True:
        if value := condition():
            return value
        if time.monotonic() >= deadline:
            raise ServerError(f"{what}: not within {within_s:g} s")
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, 0.1)


def last_lines(path: Path, count: int = 5) -> str:
    """The end of a log, indented, for an error message."""
    try:
        with path.open(errors="replace") as log:
            lines = collections.deque(log, maxlen=count)
    except FileNotFoundError:
        return "  (no log)"
    return "".join(f"  | {line.rstrip()}\n" for line in lines).rstrip() or "  (its log is empty)"


class Process:
    """One child process. `on_line`, if given, is called with each line of its standard output,
    on a thread of its own; otherwise the output goes into the log with its errors."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        folder: Path,
        *,
        env: dict[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(word) for word in argv]
        self.log = folder / f"{name}.log"
        self._env = env or {}
        self._on_line = on_line
        self._reader: threading.Thread | None = None
        self.popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.popen is not None, f"{self.name} was not started"
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    @property
    def returncode(self) -> int | None:
        return None if self.popen is None else self.popen.poll()

    def spawn(self) -> None:
        """Starts or restarts it; the log is continued."""
        assert not self.running, f"{self.name} is running"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                # setpriv becomes the program itself; it only asks the kernel to end it with us.
                ["setpriv", "--pdeathsig", "KILL", "--", *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._on_line else log,
                stderr=log,
                env=os.environ | self._env,
                start_new_session=True,
            )
        if self._on_line:
            self._reader = threading.Thread(target=self._read_lines, daemon=True)
            self._reader.start()

    def start(self) -> "Process":
        self.spawn()
        return self

    def _read_lines(self) -> None:
        assert self.popen and self.popen.stdout and self._on_line
        for line in self.popen.stdout:
            self._on_line(line.decode(errors="replace").rstrip("\n"))

    def check(self) -> None:
        """ServerError with the end of its log if it is no longer running."""
        if self.running:
            return
        raise ServerError(
            f"{self.name} ended unexpectedly ({self._how_it_ended()}); "
            f"the end of {self.log}:\n{last_lines(self.log)}"
        )

    def _how_it_ended(self) -> str:
        code = self.returncode
        if code is None:
            return "never started"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def wait(self, within_s: float) -> int:
        """Its exit code once it has ended; ServerError if it is still running after `within_s`."""
        assert self.popen is not None
        try:
            code = self.popen.wait(within_s)
        except subprocess.TimeoutExpired:
            raise ServerError(f"{self.name} is still running after {within_s:g} s") from None
        if self._reader:
            self._reader.join(5)
        return code

    def stop(self, grace_s: float = 10) -> int | None:
        """SIGTERM, to it and to whatever it started, then SIGKILL after `grace_s`. Returns the exit
        code; None if it was never started."""
        if self.popen is None:
            return None
        self.ask_to_stop()
        try:
            return self.wait(grace_s)
        except ServerError:
            self.kill()
        return self.returncode

    def ask_to_stop(self) -> None:
        """SIGTERM without waiting, so that several can be stopped together."""
        if self.running:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash would be, to it and to whatever it started."""
        if self.popen is None:
            return
        self._signal(signal.SIGKILL)
        self.wait(10)

    def _signal(self, signum: signal.Signals) -> None:
        try:
            os.killpg(self.pid, signum)
        except ProcessLookupError:
            pass  # ended by itself meanwhile

    def __enter__(self) -> "Process":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextlib.contextmanager
def frozen(process: Process) -> Iterator[None]:
    """It and its children stand still, alive and silent."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


class Program(Process):
    """A segue-* program with flags, and its metrics and health on a free port of its own.

    `serves` is False for programs without a metrics endpoint; these count as ready at once.
    """

    def __init__(
        self,
        binary: Path,
        flags: Sequence[str],
        folder: Path,
        *,
        name: str = "",
        env: dict[str, str] | None = None,
        serves: bool = True,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.binary = binary
        self.port = free_port() if serves else 0
        listen = ["--metrics.listen", f"{HOST}:{self.port}"] if serves else []
        super().__init__(
            name or binary.name, [binary, *flags, *listen], folder, env=env, on_line=on_line
        )

    def start(self, within_s: float = 60) -> "Program":
        """Starts it and waits until it says that it is ready."""
        self.spawn()
        self.wait_ready(within_s)
        return self

    def wait_ready(self, within_s: float = 60) -> None:
        if not self.port:
            return

        def ready() -> bool:
            self.check()
            return self.get("/readyz") is not None

        try:
            wait_until(ready, within_s, f"{self.name} is ready")
        except ServerError as error:
            if not self.running:
                raise
            why = self.get("/readyz?verbose", any_status=True) or "no answer"
            raise ServerError(f"{error}: {why.strip()}\n{last_lines(self.log)}") from None

    def get(self, path: str, any_status: bool = False) -> str | None:
        """The body of an HTTP 200 answer (or of any, if asked for); None when there is none."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}{path}", timeout=2) as answer:
                return answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace") if any_status else None
        except OSError:
            return None

    def metric(self, name: str, **labels: str) -> float | None:
        """The sum of a metric's samples whose labels include these; None if there is no sample."""
        return sum_of_metric(self.get("/metrics") or "", name, labels)

    def greatest(self, name: str, **labels: str) -> float | None:
        """The greatest of them; None if there is no sample."""
        return max(samples_of_metric(self.get("/metrics") or "", name, labels), default=None)


def samples_of_metric(text: str, name: str, labels: dict[str, str]) -> list[float]:
    """From Prometheus text: the samples of `name` that carry all of `labels`."""
    values = []
    for line in text.splitlines():
        if not line.startswith((name + " ", name + "{")):
            continue
        if all(f"{key}={json.dumps(value)}" in line for key, value in labels.items()):
            values.append(float(line.rsplit(" ", 1)[1]))
    return values


def sum_of_metric(text: str, name: str, labels: dict[str, str]) -> float | None:
    """Their sum; None: there are none."""
    values = samples_of_metric(text, name, labels)
    return sum(values) if values else None
