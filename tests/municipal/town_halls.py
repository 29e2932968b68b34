"""An address for each municipality on this machine: most lead to the simulated registers, some are down."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Self


class Way(Enum):
    """How an address is down."""

    REFUSED = "refused"
    """Nobody listens."""
    HANGING = "hanging"
    """Takes the call and never answers."""
    SLOW = "slow"
    """Answers a byte at a time, and is never done."""
    BROKEN = "broken"
    """Answers something that no contract has."""
    FAILING = "failing"
    """Answers status 500."""


_ANSWERS = {
    Way.BROKEN: b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"personas":7}',
    Way.FAILING: b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<h1>",
}
_SLOW = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"


class TownHalls:
    """Listens for every municipality, in a thread of its own.

    Args:
        codes: the municipalities.
        down: those that are down, and how.
    """

    def __init__(self, codes: tuple[str, ...], down: Mapping[str, Way]) -> None:
        self.down = dict(down)
        self.connections: Counter[str] = Counter()
        """By municipality, those that were taken."""
        self._registers = 0
        self._sockets = {code: socket.socket() for code in codes}
        for each in self._sockets.values():
            each.bind(("127.0.0.1", 0))
        self.ports = {code: int(each.getsockname()[1]) for code, each in self._sockets.items()}
        self._loop = asyncio.new_event_loop()
        self._known = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="town-halls", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        for each in self._sockets.values():
            each.close()

    def lead_to(self, registers: int) -> None:
        """From now on calls are handed on to the registers at this port; earlier ones have waited for it."""
        self._registers = registers
        self._loop.call_soon_threadsafe(self._known.set)

    def mend(self) -> None:
        """Let everybody answer."""
        self.down.clear()
        done = threading.Event()

        async def listen() -> None:
            await self._listen()
            done.set()

        asyncio.run_coroutine_threadsafe(listen(), self._loop)
        assert done.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._listening.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _listen(self) -> None:
        # A bound socket on which nobody listens refuses, and nobody else can take its port.
        for code, each in self._sockets.items():
            if self.down.get(code) is not Way.REFUSED and not each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                await asyncio.start_server(partial(self._take, code), sock=each)

    async def _take(self, code: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections[code] += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._known.wait()
            way = self.down.get(code)
            if way is None:
                await self._hand_on(reader, writer)
                return
            await reader.readuntil(b"\r\n\r\n")
            if way in _ANSWERS:
                writer.write(_ANSWERS[way])
                await writer.drain()
            elif way is Way.SLOW:
                writer.write(_SLOW)
                while not reader.at_eof():
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.2)
            else:
                await reader.read()
        writer.transport.abort() if way is Way.HANGING else writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._registers)
        ways = [asyncio.ensure_future(_pipe(reader, back)), asyncio.ensure_future(_pipe(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ways:
                each.cancel()
            back.close()
            writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
