"""Servers of a few lines on the loopback interface, for what only real sockets show."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

Answers = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Loopback:
    """A running server."""

    url: str
    heads: list[bytes] = field(default_factory=list)
    """Head of every request that arrived."""


@asynccontextmanager
async def serving(answers: Answers) -> AsyncIterator[Loopback]:
    """Serve every request by ``answers`` and close the connection."""
    running = Loopback("")

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            running.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await answers(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        server.close()


def saying(head: str, body: bytes = b"") -> Answers:
    """Answer with these bytes; ``Content-Length`` is added unless the head has it."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        length = "" if "content-length" in head.lower() else f"Content-Length: {len(body)}\r\n"
        writer.write(f"HTTP/1.1 {head}\r\n{length}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return answer


async def serve_for_others(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Serve until killed; the port goes to standard output, for :func:`another_process`."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def another_process(module: str) -> Iterator[str]:
    """The address of a server in a process of its own, so that its processor time is not ours.

    Args:
        module: serves by :func:`serve_for_others` when it is called with ``serve``.
    """
    with subprocess.Popen([sys.executable, "-m", module, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
