"""The application that answers for all registers on one port: finds the register, counts, meets faults, answers.

Plain ASGI. Faults below HTTP need the connection itself: the server hands it over in the scope (``server.py``); without
it (an in-process test client) such a fault is a ``ConnectionResetError``.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, quote

from adapters.sandbox.control import Control
from adapters.sandbox.exchange import JSON, XML, Asked, Call, Desk, Reply, Twist, json_reply
from adapters.sandbox.faults import Fault

TRANSPORT = "sandbox.transport"
"""Key of the connection's ``asyncio.Transport`` in the scope's extensions."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_BODY_LIMIT = 2 * 1024 * 1024
_HUGE_MEBIBYTES = 65
_DRIP_SECONDS = 0.2
_HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>"
    "<pre>java.lang.NullPointerException\n\tat lv.sandbox.Internal.secret(CANARY-7f3a)</pre></body></html>"
)
_TWISTS = {
    Fault.WRONG_PERSON: Twist.WRONG_PERSON,
    Fault.TWO_PERSONS: Twist.TWO_PERSONS,
    Fault.MISSING_FIELD: Twist.MISSING_FIELD,
    Fault.REJECT: Twist.REJECT,
    Fault.DECLARED_FAULT: Twist.DECLARED_FAULT,
    Fault.STALE_DATA: Twist.STALE_DATA,
}


class SandboxApp:
    """ASGI application.

    Args:
        desks: the registers.
        control: counters and faults.
    """

    def __init__(self, desks: Iterable[Desk], control: Control) -> None:
        self._desks = {desk.name: desk for desk in desks}
        self.control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; the application has no lifespan and no websockets."""
        if scope["type"] != "http":
            return
        wire = _Wire(scope, receive, send)
        body = await wire.body()
        if body is None:
            await wire.reply(json_reply(413, {"kods": "PAR_LIELU", "zinojums": "Pieprasījums ir par lielu"}))
            return
        first, slash, rest = str(scope["path"]).removeprefix("/").partition("/")
        if first == "_control" and not rest:
            await wire.reply(self.control.handle(scope["method"], body))
        elif first == "_canary":
            self.control.canary += 1
            await wire.reply(json_reply(200, {"canary": "CANARY-7f3a"}))
        elif first in self._desks:
            await self._register(self._desks[first], _call(scope, slash + rest, body), wire)
        else:
            await wire.reply(json_reply(404, {"kods": "NAV_ATRASTS", "zinojums": "Tāda reģistra nav"}))

    async def _register(self, desk: Desk, call: Call, wire: _Wire) -> None:
        published = desk.publish(call)
        if published is not None:
            self.control.count_ping(desk.name)
            outage = self.control.faults[desk.name].outage()
            if outage is None:
                await wire.reply(published)
            else:
                await _meet(outage, desk, Asked("ping", call, None), wire)
            return
        asked = desk.open(call)
        if isinstance(asked, Reply):
            await wire.reply(asked)
            return
        self.control.count(desk.name, asked.operation)
        fault, delay = self.control.faults[desk.name].draw(asked.operation, desk.operations[asked.operation])
        if delay:
            await asyncio.sleep(delay / 1000)
        if fault is None:
            await wire.reply(desk.answer(asked, Twist.NONE))
        else:
            await _meet(fault, desk, asked, wire)


async def _meet(fault: Fault, desk: Desk, asked: Asked, wire: _Wire) -> None:
    soap = "xml" in asked.call.headers.get("content-type", "")
    media = XML if soap else JSON
    match fault:
        case Fault.REFUSE:
            await wire.hang_up(reset=False)
        case Fault.RESET | Fault.RESET_BEFORE_COMMIT:
            await wire.hang_up(reset=True)
        case Fault.HANG:
            await wire.until_gone()
        case Fault.HTTP_500_HTML:
            await wire.reply(_html(500, "Internal Server Error"))
        case Fault.HTTP_200_HTML:
            await wire.reply(_html(200, "Pieslēgties"))
        case Fault.SOAP_FAULT_200:
            await wire.reply(desk.failure(200))
        case Fault.SOAP_FAULT_500:
            await wire.reply(desk.failure(500))
        case Fault.GARBAGE:
            await wire.reply(Reply(200, media, bytes(range(255, 0, -1)) * 8))
        case Fault.EMPTY:
            await wire.reply(Reply(200, media, b""))
        case Fault.HUGE:
            await wire.endless(media, b'<?xml version="1.0"?><a>' if soap else b"[", _HUGE_MEBIBYTES)
        case Fault.ENTITY_BOMB:
            await wire.reply(Reply(200, media, _entity_bomb() if soap else b"[" * 200_000 + b"]" * 200_000))
        case Fault.REDIRECT:
            await wire.reply(Reply(307, "text/plain", b"", {"Location": f"/_canary/{desk.name}"}))
        case Fault.COMMIT_THEN_RESET:
            desk.answer(asked, Twist.NONE)
            await wire.hang_up(reset=True)
        case Fault.COMMIT_THEN_500:
            desk.answer(asked, Twist.NONE)
            await wire.reply(_html(500, "Internal Server Error"))
        case Fault.RESET_MID_BODY:
            await wire.break_off(desk.answer(asked, Twist.NONE))
        case Fault.SLOW_BODY:
            await wire.drip(desk.answer(asked, Twist.NONE))
        case Fault.TRUNCATED:
            whole = desk.answer(asked, Twist.NONE)
            await wire.reply(Reply(whole.status, whole.media_type, whole.body[: len(whole.body) // 2], whole.headers))
        case _:
            await wire.reply(desk.answer(asked, _TWISTS[fault]))


def _call(scope: Scope, path: str, body: bytes) -> Call:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    raw_query = scope["query_string"].decode("latin-1")
    query = dict(parse_qsl(raw_query, keep_blank_values=True))
    raw_path = (scope.get("raw_path") or quote(str(scope["path"])).encode()).decode("latin-1").partition("?")[0]
    _, slash, rest = raw_path.removeprefix("/").partition("/")
    return Call(scope["method"], path, query, headers, body, slash + rest, raw_query)


def _html(status: int, title: str) -> Reply:
    return Reply(status, "text/html; charset=utf-8", _HTML.format(title=title).encode())


def _entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY l0 "lol">{entities}]><b>&l9;</b>'.encode()


class _Wire:
    """One request's connection: sends replies whole, or as badly as a fault asks for."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._transport: asyncio.Transport | None = (scope.get("extensions") or {}).get(TRANSPORT)

    async def body(self) -> bytes | None:
        """The request's body; None where it is longer than any register takes."""
        parts, size, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > _BODY_LIMIT:
                return None
        return b"".join(parts)

    async def reply(self, reply: Reply) -> None:
        await self._start(reply, len(reply.body))
        await self._more(reply.body, last=True)

    async def break_off(self, reply: Reply) -> None:
        """Promise the whole body, send half of it, reset."""
        await self._start(reply, len(reply.body))
        await self._more(reply.body[: len(reply.body) // 2], last=False)
        await asyncio.sleep(0.05)  # the half has to be on the wire before the reset drops what is unsent
        await self.hang_up(reset=True)

    async def drip(self, reply: Reply) -> None:
        """One byte at a time."""
        await self._start(reply, len(reply.body))
        for position in range(len(reply.body)):
            if self._is_gone():
                return
            await self._more(reply.body[position : position + 1], last=False)
            await asyncio.sleep(_DRIP_SECONDS)
        await self._more(b"", last=True)

    async def endless(self, media_type: str, opening: bytes, mebibytes: int) -> None:
        """A body without a stated length, of white space."""
        await self._start(Reply(200, media_type, b""), None)
        await self._more(opening, last=False)
        for _ in range(mebibytes):
            if self._is_gone():
                return
            await self._more(b" " * 1024 * 1024, last=False)
        await self._more(b"", last=True)

    async def until_gone(self) -> None:
        """Say nothing until the client gives up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def hang_up(self, *, reset: bool) -> None:
        """Close the connection without an answer, with a TCP reset or without one."""
        if self._transport is None:
            raise ConnectionResetError("the fault closes the connection")
        if reset:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self.until_gone()

    def _is_gone(self) -> bool:
        return self._transport is not None and self._transport.is_closing()

    async def _start(self, reply: Reply, length: int | None) -> None:
        headers = [(b"content-type", reply.media_type.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def _more(self, part: bytes, *, last: bool) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": not last})
