"""The HTTP server: uvicorn with limits on what comes before a request is one.

uvicorn's httptools protocol keeps every header that arrives, for as long as they arrive; the limits of ``Frame`` see a
request only when its head is complete.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.edge.answers import error_body
from gateway.edge.body import DRAIN_BYTES, SEND_AGAIN
from gateway.edge.head import LINE_BYTES, Head
from gateway.edge.language import ACCEPT_LANGUAGE, DEFAULT, negotiate
from gateway.settings import Settings
from schema.terms import ErrorCode
from schema.text import Language, Text

AT_SHUTDOWN = "gateway.at_shutdown"
"""In a request's scope: called without arguments when the server is told to stop, by what would go on by itself."""
_CHUNK_BYTES = 8
"""As many as each byte of a body takes where it comes as a chunk of its own, and some."""
_LINGER_SECONDS = 1.0
"""How long a refused sender may go on sending into the void, so that it gets to read the answer."""

_REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 431: "Request Header Fields Too Large"}
_SAID = {
    400: (
        Text("The request is not one of HTTP/1.1.", "Pieprasījums neatbilst HTTP/1.1."),
        Text("Send what RFC 9112 describes.", "Sūtiet to, kas aprakstīts RFC 9112."),
    ),
    408: (Text("The request did not arrive in time.", "Pieprasījums nepienāca laikā."), SEND_AGAIN),
    414: (
        Text("The request target is too long.", "Pieprasījuma adrese ir pārāk gara."),
        Text("Send data in the body.", "Sūtiet datus pieprasījuma saturā."),
    ),
    431: (
        Text("The headers are too long.", "Galvenes ir pārāk garas."),
        Text("Send fewer or shorter headers.", "Sūtiet mazāk galveņu vai īsākas."),
    ),
}
"""What is wrong and what to do, by status."""


class Joined:
    """A transport that sends at the end of the loop's turn what was written in it: an answer's head with its body.

    Each write to a socket wakes who reads it, and that costs more than the rest of an answer's way out.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self.is_closing = transport.is_closing  # asked for each answer
        self._loop = loop
        self._waiting: list[bytes] = []
        self._ended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """See ``asyncio.Transport``."""
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)

    def write_eof(self) -> None:
        """See ``asyncio.Transport``."""
        self.flush()
        self._ended = True
        self._transport.write_eof()

    def close(self) -> None:
        """See ``asyncio.Transport``."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting and not self._ended:
            self._transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))


class _Trailers:
    """Where headers behind a body go: nowhere, since who looked at the head has not seen them (RFC 9110 §6.5.1)."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = 0
        """Bytes that may still come."""

    def append(self, line: tuple[bytes, bytes]) -> None:
        """See ``list``. Raises: OverflowError: they do not end."""
        self.left -= len(line[0]) + len(line[1]) + LINE_BYTES
        if self.left < 0:
            raise OverflowError

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """None: uvicorn looks here for an upgrade, and there is nothing to upgrade to."""
        return iter(())


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. A head that is too long or too slow ends it with 414, 431 or 408; what follows a body without end
    with 431, or without a word where the request is answered."""

    target_bytes: ClassVar[int]
    head_bytes: ClassVar[int]
    message_bytes: ClassVar[int]
    head_seconds: ClassVar[float]
    write_seconds: ClassVar[float]

    _write_timer: asyncio.TimerHandle | None = None
    _head = 0
    _in_head = False
    _begun = False
    _refused = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn itself
        """Start the clock: a connection on which nothing is asked is closed too."""
        self._joined = Joined(transport, self.loop)
        self._trailers = _Trailers()
        super().connection_made(self._joined)  # type: ignore[arg-type]  # all that uvicorn uses of one
        self._in_head = True
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        self._stop_write_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The caller does not read as fast as is written: whoever reads nothing for long is let go."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller has read on."""
        self._stop_write_timer()
        super().resume_writing()

    def shutdown(self) -> None:
        """The server stops: what would go on by itself ends in order."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            end = cycle.scope.get(AT_SHUTDOWN)
            if callable(end):
                end()
        super().shutdown()

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def data_received(self, data: bytes) -> None:
        """Count bytes until the head is complete."""
        if self._refused:
            return
        self._head += len(data)
        super().data_received(data)
        if self._refused:
            return
        if not self._in_head:
            answered = self.cycle is None or self.cycle.response_complete
            if self._head > self.message_bytes and not self.transport.is_closing():
                self._cut_off(answered=answered)
                return
            if answered and self._needs_clock():
                self._start_clock()  # uvicorn stops its own with every byte, also with one that begins nothing
            return
        if self._head > self.head_bytes and not self.transport.is_closing():
            self._refuse(414 if len(self.url) > self.target_bytes else 431)
        elif self._head_timer is None:
            self._start_clock()  # most heads come in one piece, and need no clock

    def eof_received(self) -> None:
        """The caller says no more, and may still read what was written in this turn."""
        self._joined.flush()
        super().eof_received()

    def _needs_clock(self) -> bool:
        return self._head_timer is None and self.timeout_keep_alive_task is None and not self.transport.is_closing()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        if not self._in_head:
            self._head = 0
            self._in_head = True
        self._begun = True

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._in_head = self._begun = False
        if self._head_timer is not None:
            self._stop_timer()
        super().on_headers_complete()
        self._trailers.left = self.head_bytes
        self.headers = self._trailers  # type: ignore[assignment]  # uvicorn only appends to it

    def _cut_off(self, *, answered: bool) -> None:
        """End a request that has no end. httptools keeps a trailer for as long as it goes on."""
        if answered:
            self.transport.abort()
        else:
            self._refuse(431)

    def _start_clock(self) -> None:
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_is_late)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_clock()  # an earlier request of this connection is still being answered
        elif self._begun:
            self._refuse(408)
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """What cannot be parsed. uvicorn's own words are of one language, and of no form of ours."""
        if not self._refused:
            self._refuse(431 if self._trailers.left < 0 else 400)

    def _refuse(self, status: int) -> None:
        self._refused = True
        self._stop_timer()
        message, remedy = _SAID[status]
        head = Head(list(self.scope["headers"]) if self.scope is not None else ())
        if ACCEPT_LANGUAGE in head:
            language = negotiate(head)
            spoken = language.value
        else:
            # Which language is wanted was never read: both are said.
            language, spoken = DEFAULT, ", ".join(each.value for each in Language)
            message, remedy = (Text(both := f"{each} / {each.lv}", both) for each in (message, remedy))
        body = error_body(message, ErrorCode.INVALID, language, remedy=remedy)
        lines = [
            f"HTTP/1.1 {status} {_REASONS[status]}",
            "content-type: application/json; charset=utf-8",
            f"content-length: {len(body)}",
            f"content-language: {spoken}",
            "vary: accept-language",
            "cache-control: private, no-store",
            "x-content-type-options: nosniff",
            "connection: close",
        ]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


class CannotListen(Exception):
    """The port is taken, or is not ours to take. The message is one clear line."""


class Server(uvicorn.Server):
    """A server that ends when told to and leaves the exit code alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to :func:`run`: uvicorn would raise them again after a clean end."""
        yield

    def stop(self) -> None:
        """End after the requests in hand; at once when told a second time."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Take a port before anything else is done.

    Raises:
        CannotListen: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(2048)
    except OSError as error:
        taken.close()
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
        raise CannotListen(f"port {port} on {host} {reason}") from None
    taken.setblocking(False)
    return taken


def run(running: Server, sock: socket.socket) -> bool:
    """Serve until SIGINT or SIGTERM.

    Returns:
        False where the application did not start.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve_until_told(running, sock))


async def _serve_until_told(running: Server, sock: socket.socket) -> bool:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.stop)
    return await serve(running, sock)


async def serve(running: Server, sock: socket.socket) -> bool:
    """Serve until told to stop. False where the application did not start."""
    try:
        await running.serve(sockets=[sock])
    except SystemExit:  # how uvicorn says that the lifespan failed
        return False
    return running.started


def server(app: ASGIApp, settings: Settings, **options: Any) -> Server:
    """A server that is ready to be run.

    Args:
        app: what answers.
        settings: host, port and limits.
        options: further settings of uvicorn.
    """
    limits = settings.limits

    class Protocol(BoundedHttpProtocol):
        target_bytes = limits.target_bytes
        head_bytes = 2 * (limits.target_bytes + limits.header_bytes)
        message_bytes = head_bytes + DRAIN_BYTES + _CHUNK_BYTES * limits.body_bytes
        head_seconds = limits.receive_seconds
        write_seconds = limits.send_seconds

    config = uvicorn.Config(
        app,
        **{
            "host": settings.host,
            "port": settings.port,
            "loop": "uvloop",
            "http": Protocol,
            "ws": "none",
            "lifespan": "on",
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "timeout_graceful_shutdown": 10,
            **options,
        },
    )
    return Server(config)
