"""A way to a server of the loopback that can be cut: bytes wait and no side hears of it, as behind a firewall."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

HOST = "127.0.0.1"
AT_ONCE = 65_536


class Way:
    """Listens at `port` and carries bytes to and from `target`; a context manager. Each direction of a
    connection is a thread that holds at most what it read last."""

    def __init__(self, port: int, target: int) -> None:
        self._target = target
        self._open = threading.Event()
        self._open.set()
        self._listener = socket.create_server((HOST, port))
        self._sockets: set[socket.socket] = set()  # open ones; under _lock
        self._ended = False  # under _lock, too
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "Way":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.set()
        with self._lock:
            self._ended = True
            sockets = [self._listener, *self._sockets]
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: it is over
            while True:
                here, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(here,), daemon=True).start()

    def _connect(self, here: socket.socket) -> None:
        try:
            there = socket.create_connection((HOST, self._target))
        except OSError:
            here.close()
            return
        with self._lock:
            late = self._ended
            if not late:
                self._sockets |= {here, there}
        if late:
            here.close()
            there.close()
            return
        back = threading.Thread(target=self._carry, args=(there, here), daemon=True)
        back.start()
        self._carry(here, there)
        back.join()
        with self._lock:
            self._sockets -= {here, there}
        here.close()
        there.close()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(AT_ONCE):
                self._open.wait()
                target.sendall(data)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
