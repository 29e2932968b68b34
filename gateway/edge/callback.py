"""POST /owners/{owner}/callback: an owner's system tells what became of claims, in a signed message.

The answer says that the message was taken, and nothing of what it came to: who tells of a case learns nothing about it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.kit.ports import StatusChange
from gateway import logs, strict_json
from gateway.edge.answers import Refused, method_not_allowed
from gateway.edge.body import SEND_AGAIN, Body, check_is_json
from gateway.edge.frame import notes_of
from gateway.edge.rate import Rate
from gateway.edge.request import UNREADABLE
from gateway.identity.signed import NotSigned, OwnerSignatures
from gateway.store.errors import StoreUnavailable
from schema.terms import ClaimStatus, ErrorCode
from schema.text import Text

CALLBACK = "/owners/{owner}/callback"
SIGNATURE_HEADER = b"x-jws-signature"
BODY_BYTES = 64 * 1024
MOST_CHANGES = 100
_PLACE = re.compile(r"at `(\$[^`]*)`")
_DEPTH = 4
_AS_DESCRIBED = Text("Send what docs/owners.md describes.", "Sūtiet to, kas aprakstīts docs/owners.md.")

_log = logs.get("edge")

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Change(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    id: Name
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    claim: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    status: Literal["IN_REVIEW", "INFORMATION_REQUESTED", "GRANTED", "REFUSED"]
    changedAt: Annotated[datetime, msgspec.Meta(tz=True)]  # noqa: N815 - as it stands on the wire
    note: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    changes: Annotated[list[_Change], msgspec.Meta(min_length=1, max_length=MOST_CHANGES)]


@dataclass(frozen=True, slots=True)
class Told:
    """One message of an owner, whose signature holds."""

    owner: str
    nonce: str
    digest: str
    """SHA-256 of the body."""
    changes: tuple[StatusChange, ...]


class OwnerCallback:
    """An ASGI application for one address.

    Args:
        signatures: checks whose message it is.
        take: keeps what an owner tells, durable when it returns; False where the nonce was used for another message.
        rate: how often each owner may send.
        receive_seconds: how long a body may take to arrive.
    """

    def __init__(
        self,
        signatures: OwnerSignatures,
        take: Callable[[Told], Awaitable[bool]],
        rate: Rate,
        receive_seconds: float,
    ) -> None:
        self._signatures = signatures
        self._take = take
        self._rate = rate
        self._body = Body(BODY_BYTES, receive_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises: Refused."""
        if scope["method"] != "POST":
            raise method_not_allowed("POST")
        owner: str = scope["path_params"]["owner"]
        notes = notes_of(scope)
        check_is_json(notes.head)
        body = await self._body.read(notes.head, receive)
        signatures = notes.head.all(SIGNATURE_HEADER)
        try:
            signed = self._signatures.verify(owner, scope["path"], signatures[0] if len(signatures) == 1 else "", body)
        except NotSigned as error:
            raise Refused(401, error.message, error.remedy, code=ErrorCode.UNAUTHENTICATED) from None
        if not self._rate.take(owner):
            raise Refused(
                429,
                Text("Too many messages.", "Ziņojumu ir pārāk daudz."),
                Text(
                    "Wait a second; one message takes up to {most} changes.",
                    "Pagaidiet sekundi; vienā ziņojumā var būt līdz {most} izmaiņām.",
                ).filled(most=MOST_CHANGES),
                code=ErrorCode.QUOTA_EXCEEDED,
                headers={"retry-after": "1"},
            )
        changes = _changes(body)
        try:
            taken = await self._take(Told(owner, signed.nonce, hashlib.sha256(body).hexdigest(), changes))
        except StoreUnavailable:
            message = Text("The message could not be kept.", "Ziņojumu neizdevās saglabāt.")
            raise Refused(
                503, message, SEND_AGAIN, code=ErrorCode.LOG_UNAVAILABLE, headers={"retry-after": "1"}
            ) from None
        if not taken:
            raise Refused(
                409,
                Text("The nonce was used for another message.", "Ar šo jti jau ir sūtīts cits ziņojums."),
                Text("Give each message a jti of its own.", "Dodiet katram ziņojumam savu jti."),
            )
        answer = Response(b'{"received":%d}' % len(changes), 200, {"content-type": "application/json"})
        await answer(scope, receive, send)


def _changes(body: bytes) -> tuple[StatusChange, ...]:
    try:
        message = msgspec.convert(strict_json.loads(body, max_depth=_DEPTH), _Message)
    except strict_json.NotStrictJson as error:
        raise Refused(400, UNREADABLE.filled(why=error.why), _AS_DESCRIBED) from None
    except msgspec.ValidationError as error:
        # Its text may hold values; the place holds names of ours and numbers.
        place = _PLACE.search(str(error))
        raise _not_of_its_form(place.group(1) if place is not None else "$") from None
    return tuple(
        StatusChange(each.id, each.reference, ClaimStatus(each.status), _utc(each, at), each.note, each.claim)
        for at, each in enumerate(message.changes)
    )


def _utc(change: _Change, at: int) -> datetime:
    """When it changed. Raises: Refused: by its zone it was before all years, or after them."""
    try:
        return change.changedAt.astimezone(UTC)
    except OverflowError:
        raise _not_of_its_form(f"$.changes[{at}].changedAt") from None


def _not_of_its_form(where: str) -> Refused:
    message = Text("The message is not of its form at {where}.", "Ziņojums vietā {where} neatbilst savai formai.")
    return Refused(400, message.filled(where=where), _AS_DESCRIBED)
