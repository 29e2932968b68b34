"""The wire of the hot path: HTTP/1.1 over connections that are kept, and nothing that a register does not need.

No redirect, no cookie, no proxy, no environment. An answer can only reach the request that caused it: a connection
whose caller went away, or on which anything else went wrong, is closed and never used again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlsplit

from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.host_addresses import HostAddresses
from adapters.kit.http1_connection import Http1Connection
from adapters.kit.tls import Certificates, Tls
from adapters.kit.wire import WireReply, WireRequest

_CONNECT_SECONDS = 3.0
_EARLY_SECONDS = 0.02
"""Before a deadline at which the caller cuts the call, and no longer learns that nothing was sent."""
_IDLE_SECONDS = 15.0
_ADDRESSES_KEPT = 1024
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
_OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "te", "trailer"})
"""Headers that say where a request ends and what the connection is for: written here only."""


class Http1Wire:
    """A pool of connections for each server.

    Args:
        max_connections: open at once, for each server; more wait until their deadline.
    """

    def __init__(self, *, max_connections: int = 100) -> None:
        self._max_connections = max_connections
        self._origins: dict[tuple[str, str, int, Tls | None], _Origin] = {}
        self._addresses: dict[tuple[str, str, Tls | None], tuple[_Origin, bytes]] = {}
        self._names: set[str] = set()
        self._deadlines = Deadlines()
        self._hosts = HostAddresses()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection; what is under way or waits fails, and whatever comes later."""
        self._closed = True
        for origin in self._origins.values():
            origin.close()
        connections = [connection for origin in self._origins.values() for connection in origin.connections]
        loop = asyncio.get_running_loop()
        for connection in connections:
            connection.closed = loop.create_future()
            connection.abort()
        if connections:
            await asyncio.wait([each.closed for each in connections if each.closed is not None], timeout=1.0)

    async def request(self, request: WireRequest) -> WireReply:
        """Send and read the whole answer; see :class:`adapters.kit.wire.Wire`."""
        seconds = request.deadline - time.monotonic()
        if seconds <= 0:
            raise Unavailable(request.register, "no answer within the deadline", sent=False)
        origin, content = self._written(request)
        connection = None if origin.waiting else origin.idle()
        if connection is None:
            connection = await origin.connection(request.register, seconds)
        answer = connection.ask(request.register, content, request.max_bytes, request.deadline)
        try:
            return await answer
        except asyncio.CancelledError:
            connection.give_up(answer)
            raise
        except Unavailable as error:
            if error.stale:  # A new server behind the address, or its age: those as old have ended, too.
                origin.drop(connection.idle_since)
            raise

    def _written(self, request: WireRequest) -> tuple[_Origin, bytes]:
        key = (request.method, request.url, request.tls)
        address = self._addresses.get(key)
        if address is None:
            address = self._addressed(request)
            if len(self._addresses) >= _ADDRESSES_KEPT:  # Addresses with queries are many.
                self._addresses.clear()
            self._addresses[key] = address
        origin, head = address
        headers, body = request.headers, request.body
        # Each line begins with the end of the one before it.
        text = "\r\n".join(["", *map(": ".join, headers.items())])
        if (
            not (self._names.issuperset(headers) or self._admitted(headers))
            or not (text.count("\n") == text.count("\r") == len(headers))
            or not text.isascii()
            or "\0" in text
        ):
            raise Rejected(request.register, "a header of our request cannot be written")
        if body is not None:
            return origin, b"%b%b\r\ncontent-length: %d\r\n\r\n%b" % (head, text.encode("ascii"), len(body), body)
        return origin, b"%b%b\r\n\r\n" % (head, text.encode("ascii"))

    def _admitted(self, headers: Mapping[str, str]) -> bool:
        good = {name for name in headers if _TOKEN.fullmatch(name) and name.lower() not in _OURS}
        if len(good) < len(headers):
            return False
        if len(self._names) < _ADDRESSES_KEPT:
            self._names |= good
        return True

    def _addressed(self, request: WireRequest) -> tuple[_Origin, bytes]:
        parts = _split(request.url)
        if parts is None or not _TOKEN.fullmatch(request.method):
            raise Unavailable(request.register, "the address in the settings is none", sent=False)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        key = (parts.scheme, host, port, request.tls)
        if key not in self._origins:
            certificates = self._certificates(request) if secure else None
            self._origins[key] = _Origin(host, port, certificates, self._max_connections, self._deadlines, self._hosts)
            if self._closed:
                self._origins[key].close()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"{request.method} {target} HTTP/1.1\r\nhost: {parts.netloc}\r\naccept-encoding: gzip, identity"
        return self._origins[key], head.encode("ascii")

    def _certificates(self, request: WireRequest) -> Certificates:
        try:
            return Certificates(request.tls or Tls())
        except (OSError, ValueError):
            pass
        raise Unavailable(request.register, "the certificates in the settings cannot be used", sent=False)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and port != 0
    return parts if good and _VISIBLE.fullmatch(url) else None


class _Origin:
    """The connections to one server."""

    def __init__(
        self,
        host: str,
        port: int,
        certificates: Certificates | None,
        limit: int,
        deadlines: Deadlines,
        hosts: HostAddresses,
    ) -> None:
        self._host = host
        self._port = port
        self._certificates = certificates
        self._limit = limit
        self._deadlines = deadlines
        self._hosts = hosts
        self._closed = False
        self._opening = 0
        self._idle: list[Http1Connection] = []
        self.waiting = 0
        """So many: who comes now goes behind them."""
        self._first = asyncio.Lock()
        self._freed = asyncio.Event()
        """For the first of those who wait."""
        self._outdated: set[Http1Connection] = set()
        self.connections: set[Http1Connection] = set()

    def idle(self) -> Http1Connection | None:
        """The connection that was used last, so that those that are not needed grow old."""
        idle = self._idle
        old = time.monotonic() - _IDLE_SECONDS
        if idle and idle[0].idle_since < old:
            self.drop(old)
        if self._certificates is not None and self._certificates.renewed():
            self._outdated |= self.connections
        while idle:
            connection = idle.pop()
            if connection.ready() and connection not in self._outdated:
                return connection
            connection.abort()
        return None

    def close(self) -> None:
        """Give no connection any more."""
        self._closed = True
        self._freed.set()

    def drop(self, idle_since: float) -> None:
        """End the connections that nobody has used since."""
        for connection in [each for each in self._idle if each.idle_since <= idle_since]:
            connection.abort()

    async def connection(self, register: str, seconds: float) -> Http1Connection:
        """A connection that nobody uses. Raises: Unavailable, not sent."""
        failure: RegisterError
        try:
            async with asyncio.timeout(seconds - min(_EARLY_SECONDS, seconds / 10)):
                return await self._in_turn() or await self._open()
        except TimeoutError:
            failure = Unavailable(register, "no connection within the deadline", sent=False)
        except (OSError, ValueError):  # ValueError: a name that is none; OSError: everything of sockets and TLS.
            failure = Unavailable(register, "no connection", sent=False)
        raise failure

    async def _in_turn(self) -> Http1Connection | None:
        """A connection that was kept; None: there is a place for a new one, and it is taken."""
        self.waiting += 1
        try:
            async with self._first:  # In the order in which they came.
                while not self._closed:
                    connection = self.idle()
                    if connection is not None:
                        return connection
                    if len(self.connections) + self._opening < self._limit:
                        self._opening += 1
                        return None
                    self._freed.clear()
                    await self._freed.wait()
        finally:
            self.waiting -= 1
        raise OSError("closed")

    async def _open(self) -> Http1Connection:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = await self._connected(await self._hosts.of(self._host))
        except TimeoutError:
            raise OSError("no connection in time") from None
        finally:
            self._opening -= 1
            self._freed.set()
        if self._closed:
            connection.abort()
        if not connection.ready():
            raise OSError("lost at once")
        self.connections.add(connection)
        return connection

    async def _connected(self, addresses: Sequence[str]) -> Http1Connection:
        context = None if self._certificates is None else self._certificates.context
        failure = OSError("no address")
        for number, address in enumerate(addresses, 1):
            try:
                # One that is silent leaves the others their share.
                async with asyncio.timeout(None if number == len(addresses) else _CONNECT_SECONDS / len(addresses)):
                    _, connection = await asyncio.get_running_loop().create_connection(
                        lambda: Http1Connection(self._done, self._lost, self._deadlines),
                        address,
                        self._port,
                        ssl=context,
                        server_hostname=self._host if context else None,
                    )
            except OSError as error:  # TimeoutError is one.
                failure = error
            else:
                return connection
        try:
            raise failure
        finally:
            del failure  # It knows this frame, and would wait to be collected.

    def _done(self, connection: Http1Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)
        self._freed.set()

    def _lost(self, connection: Http1Connection) -> None:
        self.connections.discard(connection)
        self._outdated.discard(connection)
        with suppress(ValueError):
            self._idle.remove(connection)
        self._freed.set()
