"""Wires that answer by heart, and what goes wrong on a wire: for tests."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.kit.clock import Clock
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.leaks import CANARY
from adapters.kit.ports import CallContext
from adapters.kit.wire import WireReply, WireRequest

_REQUEST_HASH = b"{{request-hash}}"
_NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_HTML = f"<!DOCTYPE html><html><body>{CANARY}</body></html>".encode()
_BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "{CANARY}"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<a>&c;</a>"
).encode()
_FAULT_1_1 = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:{code}</faultcode>'
    f"<faultstring>{CANARY}</faultstring><detail><k>{CANARY}</k></detail></s:Fault></s:Body></s:Envelope>"
)
_FAULT_1_2 = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:{code}</s:Value>'
    f'</s:Code><s:Reason><s:Text xml:lang="lv">{CANARY}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>'
)

FAILURES: Mapping[str, tuple[WireReply, type[RegisterError]]] = {
    "status 500 with HTML": (WireReply(500, {"content-type": "text/html"}, _HTML), Unavailable),
    "status 502": (WireReply(502, {}, b""), Unavailable),
    "status 503": (WireReply(503, {"retry-after": "30"}, CANARY.encode()), Unavailable),
    "status 429": (WireReply(429, {"retry-after": "30"}, CANARY.encode()), Unavailable),
    "status 200 with HTML": (WireReply(200, {"content-type": "text/html"}, _HTML), Malformed),
    "status 200, empty": (WireReply(200, {}, b""), Malformed),
    "status 204": (WireReply(204, {}, b""), Malformed),
    "garbage": (WireReply(200, {}, b"\x00\xff\xfe" + CANARY.encode()), Malformed),
    "entity bomb": (WireReply(200, {"content-type": "text/xml"}, _BOMB), Malformed),
    "redirect to another host": (WireReply(302, {"location": f"http://example.org/{CANARY}"}, b""), Malformed),
    "redirect with the body": (WireReply(307, {"location": f"file:///{CANARY}"}, b""), Malformed),
    "status 401": (WireReply(401, {}, b""), Rejected),
    "status 403": (WireReply(403, {}, CANARY.encode()), Rejected),
    "status 400": (WireReply(400, {}, CANARY.encode()), Rejected),
    "status 404": (WireReply(404, {}, _HTML), Rejected),
}
"""An answer of a register's, or of something on the way, and the error that it has to become."""

FAULTS: Mapping[str, WireReply] = {
    f"fault {code} of SOAP {version} with status {status}": WireReply(
        status, {"content-type": "text/xml"}, template.format(code=code).encode()
    )
    for version, template, codes in (
        ("1.1", _FAULT_1_1, ("Client", "Server", "Own.Kind")),
        ("1.2", _FAULT_1_2, ("Sender", "Receiver")),
    )
    for code in codes
    for status in (200, 500)
}
"""Faults whose texts nobody knows: which error they become is the register's matter, but always one."""


@dataclass
class RecordedWire:
    """Answers every request with one reply and remembers the requests."""

    reply: WireReply | RegisterError | None
    """None: never answers."""
    requests: list[WireRequest]

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        if self.reply is None:
            await asyncio.sleep(3600)
        if isinstance(self.reply, RegisterError):
            raise self.reply
        assert self.reply is not None
        return WireReply(self.reply.status, self.reply.headers, filled(self.reply.body, request.body or b""))


def filled(answer: bytes, request: bytes) -> bytes:
    """A recorded answer as it would be to this request: with its message id and its digest."""
    answer = answer.replace(b"{{message-id}}", _message_id(request))
    if _REQUEST_HASH in answer:
        answer = answer.replace(_REQUEST_HASH, base64.b64encode(hashlib.sha512(request).digest()))
    return answer


def answering(status: int, body: bytes) -> RecordedWire:
    """A wire with one reply."""
    return RecordedWire(WireReply(status, {}, body), [])


def a_context(seconds: float = 10.0, wanted: frozenset[str] | None = None) -> CallContext:
    """A call that may last so long."""
    return CallContext(
        request_id="request-1",
        issue="demo-1",
        user="officer-1",
        purpose="housing-benefit",
        represented_party=None,
        deadline=time.monotonic() + seconds,
        wanted=wanted,
    )


def a_clock() -> Clock:
    """A wall clock that stands still, and the real monotonic one."""
    return Clock(now=lambda: _NOW, monotonic=time.monotonic)


def _message_id(request: bytes) -> bytes:
    match = re.search(rb"<xro:id[^>]*>([^<]*)<", request)
    return match.group(1) if match else b""
