"""One connection of HTTP/1.1: one request at a time, and its whole answer."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import Callable
from typing import cast

import httptools

from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.wire import WireReply

_MAX_HEAD = 64 * 1024
_INFLATED_AT_ONCE = 256 * 1024
_NAMES_KEPT = 256
_names: dict[bytes, str] = {}
_ONCE = frozenset({"content-encoding", "transfer-encoding"})
"""Headers that change what the body is."""


class Http1Connection(asyncio.Protocol):
    """A connection may be used again only after an answer that was complete, well framed and followed by nothing.

    Args:
        done: called once for each answer after which it may be used again.
        lost: called once, when it may not be used any more.
        deadlines: those of all connections of one wire.
    """

    def __init__(
        self,
        done: Callable[[Http1Connection], None],
        lost: Callable[[Http1Connection], None],
        deadlines: Deadlines,
    ) -> None:
        self._done = done
        self._lost = lost
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        """None once the connection has ended: both know each other, and would wait to be collected."""
        self.usable = False
        """Connected, and not given back as lost."""
        self.idle_since = 0.0
        self.closed: asyncio.Future[None] | None = None
        """Set by somebody who waits for the end of the connection."""
        self._used = False
        self._answer: asyncio.Future[WireReply] | None = None
        self._register = ""
        self._max_bytes = 0
        self._left = 0
        self._received = 0
        self._of_use = 0
        """What had been received when the head ended, or a part of the body came last."""
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: bytes | io.BytesIO = b""
        """The first part, or all of them: one that gives its bytes away without a copy, for the large ones."""
        self._zipped = False
        self._inflate: zlib._Decompress | None = None
        """Made for the first byte: an answer without a body may be called zipped, too."""
        self._in_body = False
        self._framed = False
        self._complete = False
        self._surplus = False
        self._failure: RegisterError | None = None

    # ------------------------------------------------------------ for the pool

    def ready(self) -> bool:
        """Whether a request may be sent: connected, and nothing has happened that forbids another one."""
        return self.usable and self._transport is not None and not self._transport.is_closing()

    def ask(self, register: str, content: bytes, max_bytes: int, deadline: float) -> asyncio.Future[WireReply]:
        """Send a request; the future gets its answer or a ``RegisterError``.

        Args:
            content: head and body as they go over the wire.
            max_bytes: of the answer's body, after decompression.
            deadline: ``time.monotonic()`` at which the connection ends where the answer is not whole.
        """
        assert self._transport is not None
        assert self._answer is None
        # A connection on which anything was left or went wrong has ended.
        assert not self._surplus
        assert self._failure is None
        self._register = register
        self._max_bytes = max_bytes
        self._left = max_bytes
        self._received = 0
        self._headers = {}
        self._zipped = False
        self._inflate = None
        self._in_body = False
        self._complete = False
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[WireReply] = loop.create_future()
        self._answer = answer
        self._deadlines.set(deadline, self._late, loop)
        self._transport.write(content)
        return answer

    def give_up(self, answer: asyncio.Future[WireReply]) -> None:
        """The caller waits no longer for ``answer``; where it is still under way, so ends the connection."""
        if self._answer is answer:
            self._fail(Unavailable(self._register, "given up"))

    def abort(self) -> None:
        """End the connection now; an answer that is under way fails."""
        self._fail(Unavailable(self._register, "the connection broke"))

    # ------------------------------------------------------------ asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = cast(asyncio.Transport, transport)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        if self._answer is None:
            self.abort()  # Nobody asked: whatever it answers, it would be taken for the next answer.
            return
        self._received += len(data)
        try:
            assert self._parser is not None
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._surplus = True
            if not self._complete and self._failure is None:
                self._failure = self._broken()
        if self._failure is not None:
            self._fail(self._failure)
        elif self._complete:
            self._succeed()
        elif not self._in_body and self._received > _MAX_HEAD:
            self._fail(Malformed(self._register, f"the answer's head is larger than {_MAX_HEAD} bytes"))
        elif self._in_body and self._received > self._of_use + _MAX_HEAD:
            # Each piece of a trailer's value copies those before it.
            self._fail(Malformed(self._register, f"more than {_MAX_HEAD} bytes of the answer are not of its body"))
        elif self._received > 8 * self._max_bytes + _MAX_HEAD:
            # Chunks of a body that stays small itself.
            self._fail(Malformed(self._register, f"the answer is larger than {self._max_bytes} bytes"))

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        if self._answer is not None and exc is None and self._in_body and not self._framed and self._failure is None:
            self._surplus = True
            self._succeed()  # Its end is the end of the connection.
        self._fail(self._broken())
        if self.closed is not None and not self.closed.done():
            self.closed.set_result(None)

    # ------------------------------------------------------------ httptools

    def on_message_begin(self) -> None:
        """An answer begins; after a complete one it answers nothing that was asked."""
        self._surplus = self._surplus or self._complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer: those are left out."""
        if self._in_body:
            return
        known = _names.get(name) or _name(name)
        if known in _ONCE and known in self._headers:
            self._failure = self._unasked()
        self._headers[known] = str(value, "latin-1")

    def on_headers_complete(self) -> None:
        """The head has ended."""
        if self._complete:
            return
        assert self._parser is not None
        self._status = self._parser.get_status_code()
        if self._status < 200:
            return
        self._in_body = True
        self._of_use = self._received
        headers = self._headers
        self._framed = "content-length" in headers or "transfer-encoding" in headers
        if not _ONCE.isdisjoint(headers):
            self._encoded(headers.get("transfer-encoding"), headers.get("content-encoding", "identity"))

    def on_body(self, body: bytes) -> None:
        """A part of the body; inflated here, never by more than may still come, and little at once."""
        self._of_use = self._received
        if not self._zipped:
            self._take(body)
            return
        if self._inflate is None:
            self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif self._inflate.eof:  # It would keep all that comes, and copy it for each byte.
            self._failure = self._failure or self._broken()
            return
        part = b""
        # What was held back for its length may come without another byte.
        while (body or len(part) == _INFLATED_AT_ONCE) and self._failure is None and not self._complete:
            try:
                part = self._inflate.decompress(body, min(self._left + 1, _INFLATED_AT_ONCE))
            except zlib.error:
                self._failure = self._broken()
                return
            self._take(part)
            body = self._inflate.unconsumed_tail

    def on_message_complete(self) -> None:
        """The answer has ended; one that is only on the way to another (1xx) is forgotten."""
        if self._complete:
            return
        if self._in_body:
            self._complete = True
            assert self._parser is not None
            self._surplus = self._surplus or not self._parser.should_keep_alive()
        else:
            self._headers = {}

    # ------------------------------------------------------------ how

    def _take(self, part: bytes) -> None:
        if self._failure is not None or self._complete:
            return
        self._left -= len(part)
        if self._left < 0:
            self._failure = Malformed(self._register, f"the answer is larger than {self._max_bytes} bytes")
        elif not self._body:
            self._body = part
        else:
            if isinstance(self._body, bytes):
                first, self._body = self._body, io.BytesIO()
                self._body.write(first)
            self._body.write(part)

    def _encoded(self, coding: str | None, encoding: str) -> None:
        encoding = encoding.strip().lower()
        if encoding == "gzip":
            self._zipped = True
        if encoding not in ("identity", "gzip") or (coding is not None and coding.strip().lower() != "chunked"):
            self._failure = self._failure or self._unasked()

    def _late(self) -> None:
        self._fail(Unavailable(self._register, "no answer within the deadline"))

    def _succeed(self) -> None:
        inflate = self._inflate
        if inflate is not None and (not inflate.eof or inflate.unused_data):
            self._fail(self._broken())
            return
        answer, self._answer = self._answer, None
        self._deadlines.clear(self._late)
        assert answer is not None
        assert self._transport is not None
        body = self._body if isinstance(self._body, bytes) else self._body.getvalue()
        if not answer.done():
            answer.set_result(WireReply(self._status, self._headers, body))
        self._used = True
        self._body = b""
        # What is left of a request that was answered early would stand before the next one.
        if self._surplus or self._transport.is_closing() or self._transport.get_write_buffer_size():
            self._end()
        else:
            self._done(self)

    def _fail(self, error: RegisterError) -> None:
        answer, self._answer = self._answer, None
        self._deadlines.clear(self._late)
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self._body = b""
        self._end()

    def _end(self) -> None:
        if self.usable:
            self.usable = False
            self._lost(self)
        if self._transport is not None:
            self._transport.abort()
        self._parser = None

    def _broken(self) -> Unavailable:
        stale = self._used and not self._received
        return Unavailable(self._register, "the connection broke", stale=stale)

    def _unasked(self) -> Malformed:
        return Malformed(self._register, "the answer is encoded in a way that was not asked for")


def _name(name: bytes) -> str:
    known = name.decode("latin-1").lower()
    if len(_names) < _NAMES_KEPT:
        _names[name] = known
    return known
