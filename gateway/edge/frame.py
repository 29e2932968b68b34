"""What every request and answer of every address has in common: limits, request id, headers, one line of log."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import logs
from gateway.edge import language
from gateway.edge.answers import Refused, error_body
from gateway.edge.head import Head
from gateway.settings import LimitsSettings
from schema.terms import ErrorCode
from schema.text import Language, Text
from schema.wording import TELL_THE_REQUEST_ID, WENT_WRONG

_CALLERS_ID = re.compile(
    r"(?!.*[0-9]{11})(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=.*[A-Za-z])[A-Za-z0-9-]{1,10})",
    re.ASCII,
)
"""A UUID, or too short for a personal code in any spelling: its 11 digits, base64 or a hash of them."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
NOTES = "gateway.notes"
"""In the scope of a request that has come through its frame: what :func:`notes_of` gives."""
_ID_BYTES = 16
_HEADERS = (
    (b"cache-control", b"private, no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""Of every answer that does not say otherwise."""
_NAMES = frozenset(dict(_HEADERS))

_log = logs.get("edge")


class Notes(msgspec.Struct):
    """What the log says of one request; the parts that answer it fill it in."""

    request_id: str
    head: Head
    language: Language
    """Of the answer."""
    capacity: str | None = None
    codes: tuple[str, ...] = ()
    status: int | None = None


def notes_of(scope: Scope) -> Notes:
    """The notes of the request that is being answered."""
    found: Notes | None = scope.get(NOTES)
    if found is None:
        head = Head(scope["headers"])
        wanted = language.negotiate(head) if language.ACCEPT_LANGUAGE in head else language.DEFAULT
        found = scope[NOTES] = Notes(os.urandom(_ID_BYTES).hex(), head, wanted)
    return found


class Frame:
    """Outermost ASGI application.

    Args:
        app: answers what is let through.
        limits: what a caller may send.
        paths: addresses that the log may name; of others it says ``other``, since people put anything into addresses.
        allowed_hosts: what the Host header may be, ports aside; empty: anything, since nothing is decided by it.
        by_path: what answers in place of ``app`` at an address.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: LimitsSettings,
        paths: frozenset[str],
        allowed_hosts: tuple[str, ...] = (),
        by_path: Mapping[str, ASGIApp] = MappingProxyType({}),
    ) -> None:
        self._app = app
        self._by_path = by_path
        self._limits = limits
        self._paths = paths
        self._hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, refuse a websocket, or pass the lifespan on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        started = time.perf_counter()
        notes = notes_of(scope)

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                notes.status = message["status"]
                given = message["headers"]
                names = dict(given)
                own = _HEADERS if _NAMES.isdisjoint(names) else [each for each in _HEADERS if each[0] not in names]
                message["headers"] = [*given, *own, (b"x-request-id", notes.request_id.encode())]
            await send(message)

        try:
            self._check_head(scope, notes.head)
            await self._by_path.get(scope["path"], self._app)(scope, receive, framed)
        except Refused as refusal:
            notes.codes = (refusal.code.value,)
            await refusal.response(language=notes.language)(scope, receive, framed)
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it may reach a caller or the log
            _log.error("request failed", request_id=notes.request_id, **logs.accident(error))
            notes.codes = (ErrorCode.INTERNAL.value,)
            if notes.status is None:
                await self._apologise(notes, framed)
        finally:
            self._write_line(scope, notes, time.perf_counter() - started)

    def _check_head(self, scope: Scope, head: Head) -> None:
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if target > self._limits.target_bytes:
            raise Refused(
                414,
                Text(
                    "The request target is longer than {most} bytes.",
                    "Pieprasījuma adrese ir garāka par {most} baitiem.",
                ).filled(most=self._limits.target_bytes),
                Text("Send data in the body.", "Sūtiet datus pieprasījuma saturā."),
                headers={"connection": "close"},
            )
        if head.size > self._limits.header_bytes:
            raise Refused(
                431,
                Text("The headers are longer than {most} bytes.", "Galvenes ir garākas par {most} baitiem.").filled(
                    most=self._limits.header_bytes
                ),
                Text("Send fewer or shorter headers.", "Sūtiet mazāk galveņu vai īsākas."),
                headers={"connection": "close"},
            )
        if self._hosts and _host(head) not in self._hosts:
            raise Refused(
                421,
                Text(
                    "The Host header names a host that is not this gateway's.",
                    "Galvenē Host norādītais resursdators nav šī vārteja.",
                ),
                Text("Check the address.", "Pārbaudiet adresi."),
            )

    async def _apologise(self, notes: Notes, send: Send) -> None:
        body = error_body(
            WENT_WRONG,
            ErrorCode.INTERNAL,
            notes.language,
            null_data=True,
            remedy=TELL_THE_REQUEST_ID,
            requestId=notes.request_id,
        )
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            *language.LINES[notes.language],
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _write_line(self, scope: Scope, notes: Notes, seconds: float) -> None:
        path, method = scope["path"], scope["method"]
        line = {
            "request_id": notes.request_id,
            "method": method if method in _METHODS else "other",
            "path": path if path in self._paths else "other",
            "status": notes.status,
            "ms": round(seconds * 1000, 1),
        }
        callers_line = notes.head.get(b"x-request-id") or notes.head.get(b"x-road-id")
        if callers_line and _CALLERS_ID.fullmatch(callers_id := callers_line.decode("latin-1")):
            line["callers_request_id"] = callers_id
        if notes.capacity is not None:
            line["capacity"] = notes.capacity
        if notes.codes:
            line["codes"] = sorted(set(notes.codes))
        logs.plain("edge", "request", line)


def _host(head: Head) -> str:
    host = head.first(b"host").lower()
    return host.rsplit(":", 1)[0] if re.search(r":[0-9]*$", host) else host
