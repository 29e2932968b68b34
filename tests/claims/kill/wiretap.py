"""Between gateway and owners: hands every byte on, and remembers what went to the owners."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator


class Wiretap:
    """Listens on a port of its own and connects each caller through to the owners' port. Runs in its own thread."""

    def __init__(self, port: int, owners_port: int) -> None:
        self._port = port
        self._owners_port = owners_port
        self._heard: list[bytearray] = []
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wiretap", daemon=True)
        self._thread.start()
        self._listening.wait(10)

    def bodies(self) -> Iterator[bytes]:
        """Bodies of all whole requests that were sent to owners, each connection's in their order."""
        for stream in self._heard:
            yield from _bodies(bytes(stream))

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._through, "127.0.0.1", self._port))
        self._listening.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = bytearray()
        self._heard.append(heard)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._owners_port)
        except OSError:
            writer.transport.abort()
            return
        ways = [
            asyncio.ensure_future(_hand_on(reader, back, heard)),
            asyncio.ensure_future(_hand_on(there, writer, None)),
        ]
        try:
            # Whichever side ends, however it ends, the other hears of it: a lost reply must be lost here too.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
            back.transport.abort()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray | None) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            if heard is not None:
                heard += data
            writer.write(data)
            await writer.drain()


def _bodies(stream: bytes) -> Iterator[bytes]:
    at = 0
    while (end := stream.find(b"\r\n\r\n", at)) >= 0:
        head = stream[at:end].lower()
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip() == b"content-length":
                length = int(value)
        at = end + 4 + length
        if at > len(stream):
            return
        if length:
            yield stream[end + 4 : at]
