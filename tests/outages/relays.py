"""A way to each register that can be cut: while it is, nobody listens there and connections are refused."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterable, Mapping
from typing import Self

from tests.running_gateway import free_ports

_HOST = "127.0.0.1"
_CHUNK = 64 * 1024


class Relays:
    """One listening port for each register, all of which lead to the simulated registers.

    Args:
        names: of the registers.
        port: of the simulated registers.
    """

    def __init__(self, names: Iterable[str], port: int) -> None:
        several = list(names)
        self.ports: Mapping[str, int] = dict(zip(several, free_ports(len(several)), strict=True))
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._listening: dict[str, asyncio.Server] = {}
        self._open: dict[str, set[asyncio.Task[None]]] = {name: set() for name in several}

    def __enter__(self) -> Self:
        self._thread.start()
        for name in self.ports:
            self.mend(name)
        return self

    def __exit__(self, *_: object) -> None:
        for name in self.ports:
            self.cut(name)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self, name: str) -> None:
        """Nobody listens any more, and nothing that was open stays so."""
        asyncio.run_coroutine_threadsafe(self._cut(name), self._loop).result()

    def mend(self, name: str) -> None:
        """Somebody listens again, on the same port."""
        asyncio.run_coroutine_threadsafe(self._mend(name), self._loop).result()

    async def _cut(self, name: str) -> None:
        self._listening.pop(name).close()
        carrying = list(self._open[name])
        for each in carrying:
            each.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _mend(self, name: str) -> None:
        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            carrying = self._loop.create_task(self._carry(reader, writer))
            self._open[name].add(carrying)
            carrying.add_done_callback(self._open[name].discard)

        self._listening[name] = await asyncio.start_server(accepted, _HOST, self.ports[name])

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: asyncio.StreamWriter | None = None
        try:
            answers, there = await asyncio.open_connection(_HOST, self._port)
            await asyncio.gather(_pipe(reader, there), _pipe(answers, writer))
        finally:
            for each in (writer, there):
                if each is not None:
                    each.transport.abort()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until the source ends; the sink then ends likewise: closed, or reset."""
    try:
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    except OSError:
        if sink.transport.is_closing():
            return
        sink.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sink.transport.abort()
    else:
        sink.close()
