"""A wire on httpx: the second reading of what a wire is, for tests. The gateway calls by ``http1_wire``."""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.wire import WireReply, WireRequest

_CONNECT_SECONDS = 3.0


class HttpxWire:
    """One pool of connections for all registers.

    Args:
        max_connections: open at once, over all registers; more wait until their deadline.
    """

    def __init__(self, *, max_connections: int = 100) -> None:
        for name in ("httpx", "httpcore"):  # Their lines hold URLs, and their debug lines headers.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=20, keepalive_expiry=15),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def request(self, request: WireRequest) -> WireReply:
        """Send and read the whole answer; see :class:`adapters.kit.wire.Wire`."""
        failure: RegisterError
        if request.tls is not None:
            raise Unavailable(request.register, "this wire has no certificates of ours", sent=False)
        try:
            async with asyncio.timeout(max(0.0, request.deadline - time.monotonic())):
                return await self._exchange(request)
        except RegisterError as error:
            failure = error
        except TimeoutError:
            failure = Unavailable(request.register, "no answer within the deadline")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            failure = Unavailable(request.register, "no connection", sent=False)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            failure = Unavailable(request.register, "the address in the settings is none", sent=False)
        except (httpx.HTTPError, httpx.StreamError, zlib.error, OSError):
            failure = Unavailable(request.register, "the connection broke")
        failure.__context__ = None
        raise failure  # Outside the except block: a cause would hold the request and the reply.

    async def _exchange(self, request: WireRequest) -> WireReply:
        headers = {"accept-encoding": "gzip, identity", **request.headers}
        async with self._client.stream(request.method, request.url, headers=headers, content=request.body) as response:
            body = await _read(request, response)
            return WireReply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)


async def _read(request: WireRequest, response: httpx.Response) -> bytes:
    # httpx inflates a whole network chunk before it can be counted, so compressed answers are inflated here, bounded.
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Malformed(request.register, "the answer is encoded in a way that was not asked for")
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding == "gzip" else None
    parts: list[bytes] = []
    begun = False
    left = request.max_bytes
    async for chunk in response.aiter_raw():
        part = inflate.decompress(chunk, left + 1) if inflate else chunk
        begun = True
        left -= len(part)
        if left < 0:
            raise Malformed(request.register, f"the answer is larger than {request.max_bytes} bytes")
        parts.append(part)
    if inflate and begun and (not inflate.eof or inflate.unused_data):
        raise Unavailable(request.register, "the connection broke")
    return b"".join(parts)
