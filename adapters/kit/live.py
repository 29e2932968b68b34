"""A register that can be reached: the contract it publishes, and how fast it answers. No call of it asks for anybody.

Everything here is a GET of addresses that say nothing about a person. Nothing follows a redirect, and imports are read
from the server that gave the contract, and from no other.
"""

from __future__ import annotations

import asyncio
import posixpath
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from adapters.kit.contracts import REFERENCE, is_xml
from adapters.kit.errors import RegisterError, Rejected, Unavailable, UnsupportedConstruct
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.inspection import Inspection
from adapters.kit.openapi.inspected import inspect_openapi
from adapters.kit.soap.inspect import inspect_wsdl
from adapters.kit.tls import Tls
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xsd.documents import NotFoundError

PINGS = 20
_MAY_FAIL = PINGS // 20
_PING_SECONDS = 5.0
_MAX_BYTES = 32 * 1024 * 1024
_MAX_FILES = 200
_SNIFFED = 4096
_OK = 200
_ABOVE = "../"


@dataclass(frozen=True, slots=True)
class Pings:
    """What pings showed."""

    sent: int
    answered: int
    p95_ms: float | None
    """Nineteen of twenty were answered within it; None where fewer were answered, or fewer sent."""
    problem: str | None
    """What the last one met that was not answered, without a value of an answer."""


@dataclass(frozen=True, slots=True)
class LiveRegister:
    """Where a register is.

    Args:
        name: the adapter's.
        tls: our certificate and the register's authorities.
        seconds: for the contract with all its imports; for each ping, 5 at most.
    """

    name: str
    tls: Tls | None
    seconds: float

    def contract(self, url: str) -> Inspection:
        """Read the contract that a URL gives, WSDL or OpenAPI. Blocks.

        Raises:
            RegisterError: the URL gave nothing within the time, or something else than status 200.
        """
        deadline = time.monotonic() + self.seconds
        content = self._got(url, deadline)
        with tempfile.TemporaryDirectory() as folder:
            if is_xml(content[:_SNIFFED]):
                return inspect_wsdl(url, Path(folder), self._importing(url, content, deadline))
            path = Path(folder) / (_file_name(url) or "openapi")
            path.write_bytes(content)
            self._with_its_files(url, path, deadline)
            return inspect_openapi(path)

    def pings(self, url: str, said: Callable[[int], None], *, published: bool) -> Pings:
        """Ask for what an address has, twenty times, one after the other. Blocks.

        Args:
            said: called with the number of each ping before it is sent.
            published: whether the address has to have something. Otherwise any answer counts, also "not found", but
                those that say that the server does not work or is elsewhere.

        Returns:
            What was seen; once more than one was not answered, no further one is sent.
        """
        return asyncio.run(self._pings(url, said, published))

    async def _pings(self, url: str, said: Callable[[int], None], published: bool) -> Pings:
        took: list[float] = []
        failed = 0
        problem = None
        async with Http1Wire() as wire:
            for number in range(1, PINGS + 1):
                said(number)
                begun = time.monotonic()
                try:
                    reply = await self._asked(wire, url, begun + min(self.seconds, _PING_SECONDS))
                    if reply.status != _OK and (published or not 400 <= reply.status < 500):
                        raise Unavailable(self.name, f"status {reply.status}")
                    took.append(time.monotonic() - begun)
                except RegisterError as error:
                    failed, problem = failed + 1, error.what
                    if failed > _MAY_FAIL:
                        break
        enough = len(took) >= PINGS - _MAY_FAIL
        # Those that were not answered come last: the nineteenth of twenty is among the others.
        p95 = sorted(took)[ceil(PINGS * 0.95) - 1] * 1000 if enough else None
        return Pings(len(took) + failed, len(took), p95, problem)

    async def _asked(self, wire: Wire, url: str, deadline: float) -> WireReply:
        request = WireRequest(self.name, "GET", url, {"Accept": "*/*"}, None, deadline, _MAX_BYTES, self.tls)
        return await wire.request(request)

    def _got(self, url: str, deadline: float) -> bytes:
        async def get() -> WireReply:
            async with Http1Wire() as wire:
                return await self._asked(wire, url, deadline)

        reply = asyncio.run(get())
        if 300 <= reply.status < 400:
            raise Rejected(self.name, f"status {reply.status}; redirects are not followed")
        if reply.status != _OK:
            raise Rejected(self.name, f"status {reply.status}")
        return reply.body

    def _importing(self, first: str, content: bytes, deadline: float) -> Callable[[str], bytes]:
        def fetch(url: str) -> bytes:
            if url == first:
                return content
            if _origin(url) != _origin(first):
                raise NotFoundError("an import from another server, which is not asked", _shown(url))
            try:
                return self._got(url, deadline)
            except RegisterError as error:
                raise UnsupportedConstruct(f"an import that gave nothing ({error.what})", _shown(url)) from None

        return fetch

    def _with_its_files(self, url: str, main: Path, deadline: float) -> None:
        """Put what a description names by ``$ref`` beside it, from below its own address."""
        waiting = [main.name]
        seen = set(waiting)
        while waiting and len(seen) <= _MAX_FILES:
            name = waiting.pop()
            path = main.parent / name
            for reference in REFERENCE.findall(path.read_bytes() if path.is_file() else b""):
                other = _beside(name, reference.decode("utf-8", "replace"))
                if other is None or other in seen:
                    continue
                seen.add(other)
                try:
                    got = self._got(urljoin(url, other), deadline)
                    (main.parent / other).parent.mkdir(parents=True, exist_ok=True)
                    (main.parent / other).write_bytes(got)
                except (RegisterError, OSError, ValueError):
                    continue  # The reader of the description names what is missing, and where.
                waiting.append(other)


def shown_address(url: str) -> str:
    """An address as it may be printed: without a query, which can hold a key."""
    return url.partition("?")[0].partition("#")[0]


def problem_of_address(url: str) -> str | None:
    """Why an address cannot be asked, in words that do not repeat it; None where it can."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "it has to begin with http:// or https:// and a host"
    if parts.username is not None or parts.password is not None:
        return "a name or a password does not belong into an address"
    return None


def _file_name(url: str) -> str:
    return re.sub(r"[^0-9A-Za-z._-]", "_", posixpath.basename(urlsplit(url).path)).lstrip(".")[:100]


def _beside(file: str, reference: str) -> str | None:
    """The file that a reference in another one names, from the first; None where it is not below it."""
    if ":" in reference.split("/")[0] or reference.startswith("/") or "\0" in reference or "?" in reference:
        return None
    name = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(reference)))
    return None if name.startswith((_ABOVE, "/")) or name in (".", "..") or "\0" in name else name


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None


def _shown(url: str) -> str:
    return shown_address(url)[:200]
