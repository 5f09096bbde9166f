"""A TCP proxy that misbehaves on demand, and kills a client at a named point of its protocol.

Between a worker and its Kafka or Redis it is the network: latency, connections reset, a black hole,
one direction only, bytes that arrive long after their sender gave up. And as it sees each request
before the server and each answer before the client, it can kill a worker between any two steps of
the protocol: the programs under test are those that ship, with no hook inside.

All proxies of a process share one thread. Methods of Proxy may be called from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable

import hiredis
from dialogue import Dialogue
from process import HOST

CHUNK_BYTES = 1 << 16
DIRECTIONS = ("up", "down")
CALL_WITHIN_S = 10


class Trap:
    """Waits for a request; then `spring` is called once and the connection dies.

    `wanted` is asked of each request, as its Dialogue cuts it. `answered` False: before the request
    reaches the server. True: after the server has answered it, before the client hears of it.
    Thread-safe.
    """

    def __init__(
        self, wanted: Callable[[object], bool], spring: Callable[[], None], answered: bool
    ) -> None:
        self.wanted = wanted
        self.answered = answered
        self.sprung = threading.Event()
        self._spring = spring

    def go_off(self) -> None:
        if not self.sprung.is_set():
            self.sprung.set()
            self._spring()


class Connection:
    """Two sockets and what may pass between them. The proxies' thread only."""

    def __init__(self, dialogue: Dialogue | None) -> None:
        self.dialogue = dialogue
        self.writers: list[asyncio.StreamWriter] = []
        self.host = ""
        self.pumps: list[asyncio.Task] = []
        self.may_pass = {"up": asyncio.Event(), "down": asyncio.Event()}
        self.trapped: tuple[Trap, int] | None = None  # the answer to that request is to kill
        for event in self.may_pass.values():
            event.set()

    def abort(self) -> None:
        for writer in self.writers:
            # Closed at once and with a reset, as by a machine that knows nothing of us.
            raw = writer.get_extra_info("socket")
            with contextlib.suppress(OSError, AttributeError):  # it may be closed already
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        for pump in self.pumps:
            pump.cancel()


class Proxy:
    """Listens on a free port of the loopback and forwards to whatever `target()` says. Traps need to
    know how client and server talk."""

    def __init__(self, target: Callable[[], int], dialogue: type[Dialogue] | None = None) -> None:
        self._target = target
        self._dialogue = dialogue
        self._connections: set[Connection] = set()
        self._latency_s = 0.0
        self._held: tuple[str, ...] = ()
        self._held_from: set[str] = set()
        self._trap: Trap | None = None
        self.touched = 0  # connections and chunks that met a fault
        self._server = _call(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    # Faults. Each returns at once.

    def delay(self, seconds: float) -> None:
        """Every chunk in both directions takes so much longer; 0 ends it."""
        self._latency_s = seconds

    def reset(self) -> None:
        """All connections die; new ones are welcome."""
        _call(self._reset())

    def hold(self, *directions: str) -> None:
        """Nothing passes "up" to the server, or "down" to the client; also on new connections."""
        _call(self._hold(directions, forever=True))

    def hold_present(self, *directions: str) -> None:
        """As `hold`, but only on the connections that there are: a new one gets through."""
        _call(self._hold(directions, forever=False))

    def hold_from(self, host: str) -> None:
        """Nothing passes on connections that come from this address, also on new ones."""
        _call(self._hold_from(host))

    def release(self) -> None:
        """Delivers the held requests now, although their sender may be long gone."""
        _call(self._release())

    def forget(self) -> None:
        """Drops the held requests, and cuts their connections."""
        _call(self._forget())

    def set_trap(self, trap: Trap | None) -> None:
        self._trap = trap

    def close(self) -> None:
        _call(self._close())

    # The rest runs on the proxies' thread.

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, HOST, 0, limit=CHUNK_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self._dialogue() if self._dialogue else None)
        connection.writers.append(writer)
        self._connections.add(connection)
        connection.host = writer.get_extra_info("peername")[0]
        for direction in DIRECTIONS if connection.host in self._held_from else self._held:
            connection.may_pass[direction].clear()
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, self._target())
        except OSError:
            connection.abort()
            self._connections.discard(connection)
            return
        connection.writers.append(server_writer)
        connection.pumps = [
            asyncio.ensure_future(self._pump("up", connection, reader, server_writer)),
            asyncio.ensure_future(self._pump("down", connection, server_reader, writer)),
        ]
        await asyncio.gather(*connection.pumps, return_exceptions=True)
        for each in connection.writers:
            each.close()
        self._connections.discard(connection)

    async def _pump(
        self,
        direction: str,
        connection: Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            while data := await reader.read(CHUNK_BYTES):
                if self._latency_s:
                    self.touched += 1
                    await asyncio.sleep(self._latency_s)
                if not connection.may_pass[direction].is_set():
                    self.touched += 1
                    await connection.may_pass[direction].wait()
                if self._springs(direction, connection, data):
                    connection.abort()
                    return
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError, ValueError, hiredis.HiredisError):
            connection.abort()

    def _springs(self, direction: str, connection: Connection, data: bytes) -> bool:
        trap = self._trap
        if connection.dialogue is None:
            return False
        if direction == "down":
            answered = connection.dialogue.answered(data)
            if connection.trapped is None or connection.trapped[1] not in answered:
                return False
            springs = connection.trapped[0] is trap
            connection.trapped = None
        else:
            asked = connection.dialogue.asked(data)
            if trap is None or trap.sprung.is_set() or connection.trapped:
                return False
            wanted = next((number for number, request in asked if trap.wanted(request)), None)
            if wanted is not None and trap.answered:
                connection.trapped = trap, wanted
            springs = wanted is not None and not trap.answered
        if springs:
            trap.go_off()
        return springs

    async def _reset(self) -> None:
        self.touched += len(self._connections)
        for connection in list(self._connections):
            connection.abort()

    async def _hold(self, directions: tuple[str, ...], forever: bool) -> None:
        self._held = directions if forever else ()
        for connection in self._connections:
            for direction in directions:
                connection.may_pass[direction].clear()

    async def _hold_from(self, host: str) -> None:
        self._held_from.add(host)
        for connection in self._connections:
            if connection.host == host:
                for event in connection.may_pass.values():
                    event.clear()

    async def _release(self) -> None:
        self._held = ()
        self._held_from.clear()
        for connection in self._connections:
            for event in connection.may_pass.values():
                event.set()

    async def _forget(self) -> None:
        self._held = ()
        self._held_from.clear()
        for connection in list(self._connections):
            if not all(event.is_set() for event in connection.may_pass.values()):
                connection.abort()

    async def _close(self) -> None:
        self._server.close()
        await self._reset()


_loop: asyncio.AbstractEventLoop | None = None


def _call(coroutine):
    """Runs it on the proxies' thread and returns what it returns."""
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
        threading.Thread(target=_loop.run_forever, name="proxies", daemon=True).start()
    return asyncio.run_coroutine_threadsafe(coroutine, _loop).result(CALL_WITHIN_S)
