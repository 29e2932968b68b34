"""Servers that do nothing: what HTTP, and a row on disk before each answer, cost by themselves.

``python -m benchmarks.bare HOW --port PORT --store FILE``, where HOW is ``bare`` (uvloop and httptools, nothing else),
``uvicorn`` (the same bytes from an ASGI application, as Starlette is one), or ``durable`` (``bare``, each answer after
a row is committed and synced: all that wait go into one commit).
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import cast

import httptools
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.limit import serve

_BODY = b'{"data":{"claim":{"id":"bench-000","status":"IN_REVIEW","applicant":{"personCode":"39000000000"}}}}'
_HEADERS = ((b"content-type", b"application/json"), (b"content-length", b"%d" % len(_BODY)))
_HEAD = b"HTTP/1.1 200 OK\r\n" + b"".join(b"%s: %s\r\n" % each for each in _HEADERS) + b"\r\n"
_Done = Callable[[Callable[[], None]], None]
"""Calls what it is given once an answer may leave."""


class _Answering(asyncio.Protocol):
    def __init__(self, done: _Done) -> None:
        self._done = done
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none of asyncio's classes

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """The whole request is there: httptools calls it."""
        self._done(self._answer)

    def _answer(self) -> None:
        if self._transport is not None:
            self._transport.write(_HEAD + _BODY)


class _Disk:
    """One thread that commits a row for each answer."""

    def __init__(self, file: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop = file, loop
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def __call__(self, answer: Callable[[], None]) -> None:
        self._waiting.put(answer)

    def _write(self) -> None:
        store = sqlite3.connect(self._file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            store.execute(f"PRAGMA {pragma}")
        store.execute("CREATE TABLE IF NOT EXISTS answered (place INTEGER PRIMARY KEY, body BLOB)")
        while True:
            answers = [self._waiting.get()]
            while not self._waiting.empty():
                answers.append(self._waiting.get())
            rows = ",".join(["(?)"] * len(answers))
            store.execute(f"INSERT INTO answered (body) VALUES {rows}", [_BODY] * len(answers))
            self._loop.call_soon_threadsafe(_call, answers)


def _call(answers: list[Callable[[], None]]) -> None:
    for answer in answers:
        answer()


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def _serve(port: int, store: Path | None) -> None:
    loop = asyncio.get_running_loop()
    done: _Done = _Disk(store, loop) if store is not None else lambda answer: answer()
    server = await loop.create_server(lambda: _Answering(done), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("how", choices=("bare", "uvicorn", "durable"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    given = parser.parse_args()
    if given.how == "uvicorn":
        serve(_application, given.port)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(given.port, given.store if given.how == "durable" else None))


if __name__ == "__main__":
    main()
