"""The Data Tracker's REST interface for the national portal: ``findUsage``, ``usagePeriod`` and ``heartbeat``.

Parameters as Estonia's *Andmejälgija* has them (dumonitor-openapi 2.1.0), personal codes in the address included: so
nothing of an address is ever logged or repeated.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.audit.usage import Window
from gateway.edge.answers import Refused, method_not_allowed
from gateway.edge.frame import notes_of
from gateway.edge.head import Head
from gateway.store.errors import StoreUnavailable
from schema.terms import ErrorCode, PersonCode

FIND_USAGE = "/data-tracker/v2/findUsage"
USAGE_PERIOD = "/data-tracker/v2/usagePeriod"
HEARTBEAT = "/data-tracker/v2/heartbeat"
MOST = 1_000
"""Uses of one answer; the default of the contract."""
_PARAMETERS = frozenset({"userCode", "periodStart", "periodEnd", "offset", "limit"})
_COUNTRY = re.compile(r"LV-?")
_MOST_SKIPPED = 2**31 - 1

Find = Callable[[PersonCode, PersonCode, Window, str], Awaitable[bytes | None]]
"""Who is signed in, whose uses, which of them, request id -> the answer's body; None where it is not theirs."""


class Portal:
    """Knows the national portal.

    Args:
        token: its secret.
        client: its X-Road client (``LV/GOV/90000000000/portal``); None: any that has the token.
    """

    def __init__(self, token: bytes, client: str | None) -> None:
        self._digest = hashlib.sha256(token).digest()
        self._client = client

    def check(self, head: Head) -> None:
        """Raises: Refused: it is somebody else; the answer does not say what is wrong."""
        given = head.all(b"authorization")
        token = given[0].removeprefix("Bearer ") if len(given) == 1 and given[0].startswith("Bearer ") else ""
        holds = hmac.compare_digest(hashlib.sha256(token.encode("latin-1")).digest(), self._digest)
        if not holds or (self._client is not None and head.all(b"x-road-client") != [self._client]):
            raise Refused(
                401,
                "This address is for the national portal.",
                "Send the portal's token and its X-Road-Client.",
                code=ErrorCode.UNAUTHENTICATED,
            )


class Tracked:
    """An ASGI application for one address of the interface.

    Args:
        answer: makes the body. Raises: Refused, StoreUnavailable.
    """

    def __init__(self, portal: Portal, answer: Callable[[Scope], Awaitable[bytes]]) -> None:
        self._portal = portal
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises: Refused."""
        if scope["method"] != "GET":
            raise method_not_allowed("GET")
        self._portal.check(notes_of(scope).head)
        try:
            body = await self._answer(scope)
        except StoreUnavailable:
            message = "The log cannot be read now."
            raise Refused(
                500, message, "Ask again later.", code=ErrorCode.LOG_UNAVAILABLE, headers={"retry-after": "1"}
            ) from None
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        await Response(body, 200, headers)(scope, receive, send)


def finding(find: Find) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``findUsage``."""

    async def answer(scope: Scope) -> bytes:
        notes = notes_of(scope)
        users = notes.head.all(b"x-road-userid")
        user = _code("X-Road-UserId", users[0] if len(users) == 1 else None)
        given = _parameters(scope["query_string"])
        subject = _code("userCode", given.get("userCode"))
        window = Window(
            since=_moment("periodStart", given.get("periodStart")),
            until=_moment("periodEnd", given.get("periodEnd")),
            offset=_number("offset", given.get("offset"), 0, _MOST_SKIPPED),
            limit=_number("limit", given.get("limit"), MOST, MOST),
        )
        body = await find(user, subject, window, notes.request_id)
        if body is None:
            # One answer, whether or not there is such a person.
            raise Refused(
                403,
                "This is the log of another person.",
                "Whoever represents somebody reads what concerns them in the gateway's own graph.",
                code=ErrorCode.FORBIDDEN,
            )
        return body

    return answer


def period(since: Callable[[], Awaitable[datetime]]) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``usagePeriod``; uses are kept up to now, so no end is given."""

    async def answer(scope: Scope) -> bytes:
        return orjson.dumps({"periodStart": moment(await since())})

    return answer


def beating(ready: Callable[[], Awaitable[bool]]) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``heartbeat``."""

    async def answer(scope: Scope) -> bytes:
        if await ready():
            return b'{"status":"OK","message":"The log can be read."}'
        return b'{"status":"FAIL","message":"The log cannot be read now."}'

    return answer


def moment(at: datetime) -> str:
    """A time as the interface writes it: UTC, with a Z."""
    return at.isoformat().replace("+00:00", "Z")


def _wrong(name: str, what: str) -> Refused:
    return Refused(400, f"{name} {what}.", "See the interface, dumonitor-openapi 2.1.0.")


def _parameters(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=10,
        )
    except ValueError:
        raise Refused(400, "The query cannot be read.", "See the interface, dumonitor-openapi 2.1.0.") from None
    found = dict(pairs)
    if len(found) != len(pairs) or not found.keys() <= _PARAMETERS:
        raise Refused(400, "A parameter is unknown or given twice.", "See the interface, dumonitor-openapi 2.1.0.")
    return found


def _code(name: str, text: str | None) -> PersonCode:
    if text is None:
        raise _wrong(name, "is missing")
    try:
        return PersonCode.parse(_COUNTRY.sub("", text, count=1) if text.startswith("LV") else text)
    except ValueError:
        raise _wrong(name, "is no personal code") from None


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or "T" not in text:
        raise _wrong(name, "is no time with its zone, such as 2026-11-27T09:00:00Z")
    return found


def _number(name: str, text: str | None, default: int, most: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= most):
        raise _wrong(name, f"is no whole number from 0 to {most}")
    return int(text)
