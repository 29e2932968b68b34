"""The Data Tracker's REST interface for the national portal: ``findUsage``, ``usagePeriod`` and ``heartbeat``.

Parameters as Estonia's *Andmejälgija* has them (dumonitor-openapi 2.1.0), personal codes in the address included: so
nothing of an address is ever logged or repeated. That contract knows 200, 400 and 500; 401, 403, 405 and 429 count as
400 to whoever does not know them (RFC 9110 §15).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import logs
from gateway.audit.usage import Window
from gateway.edge.answers import Refused, method_not_allowed
from gateway.edge.frame import notes_of
from gateway.edge.head import Head
from gateway.edge.portal import Bounds, Portal
from gateway.store.errors import StoreUnavailable
from schema.terms import ErrorCode, PersonCode, RegistrationNumber
from schema.text import Text
from schema.wording import TELL_THE_REQUEST_ID, WENT_WRONG

FIND_USAGE = "/data-tracker/v2/findUsage"
USAGE_PERIOD = "/data-tracker/v2/usagePeriod"
HEARTBEAT = "/data-tracker/v2/heartbeat"
MOST = 1_000
"""Uses of one answer; the default of the contract."""
_PARAMETERS = frozenset({"userCode", "periodStart", "periodEnd", "offset", "limit"})
_COUNTRY = re.compile(r"LV-?")
_PARTY_CLASS = re.compile(r"[A-Za-z0-9]{1,20}/")
_OF_ENTITIES = "456789"
"""First digits of registration numbers; a personal code begins with a day of the month, or with 32 to 39."""
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)
"""RFC 3339, as OpenAPI's ``date-time`` is."""
_MOST_SKIPPED = 2**31 - 1
_SEE_INTERFACE = Text("See the interface, dumonitor-openapi 2.1.0.", "Sk. saskarni dumonitor-openapi 2.1.0.")
_MISSING = Text("{name} is missing, or there are several.", "{name} nav norādīts vai ir vairāki.")
_NO_CODE = Text("{name} is no personal code.", "{name} nav personas kods.")
_NO_NUMBER = Text(
    "{name} is neither a personal code nor a registration number.",
    "{name} nav ne personas kods, ne reģistrācijas numurs.",
)
_NOT_REPRESENTED = Text("{name} names another than userCode.", "{name} un userCode nav viens un tas pats.")
_NO_TIME = Text(
    "{name} is no time with its zone, such as 2026-11-27T09:00:00Z.",
    "{name} nav laiks ar laika joslu, piemēram, 2026-11-27T09:00:00Z.",
)
_NO_COUNT = Text("{name} is no whole number from 0 to {most}.", "{name} nav vesels skaitlis no 0 līdz {most}.")
_BEFORE_IT_BEGINS = Text("{name} is before periodStart.", "{name} ir pirms periodStart.")
_UNREADABLE = Text("The query cannot be read.", "Vaicājumu nevar nolasīt.")
_UNKNOWN = Text("A parameter is unknown or given twice.", "Parametrs ir nezināms vai norādīts divreiz.")

_log = logs.get("edge")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question for uses.

    Attributes:
        user: who is signed in at the portal.
        subject: whose uses.
    """

    user: PersonCode
    subject: PersonCode | RegistrationNumber
    window: Window
    request_id: str


Find = Callable[[Asked], Awaitable[bytes | None]]
"""Gives the answer's body; None where it is not theirs to read."""


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
        notes = notes_of(scope)
        self._portal.check(notes.head)
        try:
            body = await self._answer(scope)
        except Refused:
            raise
        except StoreUnavailable:
            raise Refused(
                500,
                Text("The log cannot be read now.", "Žurnālu pašlaik nevar nolasīt."),
                Text("Ask again later.", "Jautājiet vēlāk."),
                code=ErrorCode.LOG_UNAVAILABLE,
                headers={"retry-after": "1"},
            ) from None
        except Exception as error:  # noqa: BLE001  # whatever it is: elsewhere an accident is 200, which means data here
            _log.error("request failed", request_id=notes.request_id, **logs.accident(error))
            raise Refused(500, WENT_WRONG, TELL_THE_REQUEST_ID, code=ErrorCode.INTERNAL) from None
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        await Response(body, 200, headers)(scope, receive, send)


def finding(
    find: Find, bounds: Bounds, known_as: Callable[[PersonCode], Hashable] = lambda code: code
) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``findUsage``.

    Args:
        known_as: who has a code, the same for each code of one person.
    """

    async def answer(scope: Scope) -> bytes:
        bounds.admit_portal()
        notes = notes_of(scope)
        asked = _asked(notes.head, scope["query_string"], notes.request_id)
        user = known_as(asked.user)
        own = isinstance(asked.subject, PersonCode) and known_as(asked.subject) == user
        with bounds.admit(user, about_other=not own):
            body = await find(asked)
        if body is None:
            bounds.refused(user)
            # One answer, whether or not there is such a person or legal entity, and whatever is missing.
            raise Refused(
                403,
                Text("This log is not for the person who is signed in.", "Šis žurnāls nav tam, kas pieslēdzies."),
                Text(
                    "People read their own, and that of a legal entity which they may represent alone.",
                    "Katrs lasa savu un tās juridiskās personas žurnālu, kuru drīkst pārstāvēt viens pats.",
                ),
                code=ErrorCode.FORBIDDEN,
            )
        return body

    return answer


def period(since: Callable[[], Awaitable[datetime]], bounds: Bounds) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``usagePeriod``; uses are kept up to now, so no end is given."""

    async def answer(scope: Scope) -> bytes:
        bounds.admit_portal()
        return orjson.dumps({"periodStart": moment(await since())})

    return answer


def beating(beats: Callable[[], Awaitable[bool]]) -> Callable[[Scope], Awaitable[bytes]]:
    """What answers ``heartbeat``."""

    async def answer(scope: Scope) -> bytes:
        if await beats():
            return b'{"status":"OK","message":"The log can be read."}'
        return b'{"status":"FAIL","message":"The log cannot be read now."}'

    return answer


def moment(at: datetime) -> str:
    """A time as the interface writes it: UTC, with a Z."""
    return at.isoformat().replace("+00:00", "Z")


def _asked(head: Head, query: bytes, request_id: str) -> Asked:
    users = head.all(b"x-road-userid")
    user = _person("X-Road-UserId", users[0] if len(users) == 1 else None)
    given = _parameters(query)
    subject = _subject(given.get("userCode"))
    _check_represented(head.all(b"x-road-represented-party"), subject)
    window = Window(
        since=_moment("periodStart", given.get("periodStart")),
        until=_moment("periodEnd", given.get("periodEnd")),
        offset=_number("offset", given.get("offset"), 0, _MOST_SKIPPED),
        limit=_number("limit", given.get("limit"), MOST, MOST),
    )
    if window.since is not None and window.until is not None and window.until < window.since:
        raise _wrong(_BEFORE_IT_BEGINS, "periodEnd")
    return Asked(user, subject, window, request_id)


def _wrong(what: Text, name: str, **values: object) -> Refused:
    return Refused(400, what.filled(name=name, **values), _SEE_INTERFACE)


def _parameters(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            # A plus is a plus here, as in +02:00: there is no space in anything that is asked for.
            query.replace(b"+", b"%2B").decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=10,
        )
    except ValueError:
        raise Refused(400, _UNREADABLE, _SEE_INTERFACE) from None
    found = dict(pairs)
    if len(found) != len(pairs) or not found.keys() <= _PARAMETERS:
        raise Refused(400, _UNKNOWN, _SEE_INTERFACE)
    return found


def _person(name: str, text: str | None) -> PersonCode:
    if text is None:
        raise _wrong(_MISSING, name)
    try:
        return PersonCode.parse(_COUNTRY.sub("", text, count=1) if text.startswith("LV") else text)
    except ValueError:
        raise _wrong(_NO_CODE, name) from None


def _subject(text: str | None) -> PersonCode | RegistrationNumber:
    digits = _person("userCode", text).digits
    if digits[0] not in _OF_ENTITIES:
        return PersonCode(digits)
    try:
        return RegistrationNumber.parse(digits)
    except ValueError:
        raise _wrong(_NO_NUMBER, "userCode") from None


def _check_represented(parties: list[str], subject: PersonCode | RegistrationNumber) -> None:
    """X-Road's header proves nothing, and may be left out; where it is there it must name who is asked about."""
    if parties and (len(parties) > 1 or _PARTY_CLASS.sub("", parties[0], count=1) != subject.digits):
        raise _wrong(_NOT_REPRESENTED, "X-Road-Represented-Party")


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise _wrong(_NO_TIME, name)


def _number(name: str, text: str | None, default: int, most: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= most):
        raise _wrong(_NO_COUNT, name, most=most)
    return int(text)
