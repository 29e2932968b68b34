"""Messages to owners, put down in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from gateway.claims import failures
from gateway.claims.snapshot import ClaimSnapshot
from gateway.identity.party import Party
from gateway.ids import fresh_id
from gateway.store.tables.columns import from_microseconds, to_microseconds
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from schema.terms import (
    AtvkCode,
    ClaimTypeCode,
    DeliveryStrategy,
    PersonCode,
    RegistrationNumber,
)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a claim type's messages go, and how a resend is made safe there."""

    register: str
    strategy: DeliveryStrategy


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. Frozen when it is put down: one message id always means one message."""

    claim_type: ClaimTypeCode
    municipality: AtvkCode | None
    applicant: PersonCode | RegistrationNumber
    answers: Mapping[str, Any]
    submitted_at: datetime
    """When what it says was said: of added answers and of a withdrawal when they were given, not the claim."""
    user: str
    """Personal code of who acted, for the register's own log."""
    represented_party: RegistrationNumber | None
    reason: str | None = None
    """Of a withdrawal, in the applicant's words."""

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        is_person = isinstance(self.applicant, PersonCode)
        return {
            "claimType": self.claim_type.text,
            "municipality": None if self.municipality is None else self.municipality.digits,
            "person" if is_person else "legalEntity": self.applicant.digits,
            "answers": dict(self.answers),
            "submittedAt": to_microseconds(self.submitted_at),
            "user": self.user,
            "representedParty": None if self.represented_party is None else self.represented_party.digits,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Content:
        """As it was put down. Raises: KeyError, ValueError where it is not ours."""
        municipality, represented = kept["municipality"], kept["representedParty"]
        return cls(
            claim_type=ClaimTypeCode.parse(kept["claimType"]),
            municipality=None if municipality is None else AtvkCode.parse(municipality),
            applicant=PersonCode.parse(kept["person"])
            if "person" in kept
            else RegistrationNumber.of_register(kept["legalEntity"]),
            answers=kept["answers"],
            submitted_at=from_microseconds(kept["submittedAt"]),
            user=kept["user"],
            represented_party=None if represented is None else RegistrationNumber.of_register(represented),
            reason=kept["reason"],
        )


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """How the delivery of a claim stands: its latest message."""

    attempts: int
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    last_error: str | None
    strategy: DeliveryStrategy


def put(
    connection: Connection,
    now: datetime,
    party: Party,
    claim: ClaimSnapshot,
    kind: MessageKind,
    route: Route,
    answers: Mapping[str, Any],
    reason: str | None = None,
) -> None:
    """Put one message down; it is due at once."""
    content = Content(
        claim_type=claim.type,
        municipality=claim.municipality,
        applicant=claim.applicant_code,
        answers=answers,
        submitted_at=now,
        user=party.person_code.digits,
        represented_party=party.represented_number,
        reason=reason,
    )
    connection.execute(
        insert(outbox),
        {
            "message_id": fresh_id("m"),
            "claim": claim.id,
            "kind": kind,
            "payload": content.to_json(),
            "register": route.register,
            "strategy": route.strategy,
            "state": MessageState.WAITING,
            "in_doubt": False,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
        },
    )


def route_of(connection: Connection, claim_id: str) -> Route | None:
    """Where the claim's submission went or goes; None where it never had one."""
    o = outbox.c
    row = connection.execute(
        select(o.register, o.strategy).where(o.claim == claim_id).order_by(o.sequence).limit(1)
    ).first()
    return None if row is None else Route(row.register, row.strategy)


def cancel_unsent(connection: Connection, claim_id: str) -> bool:
    """Cancel a submission that certainly never left, and what would follow it; False where the owner may have it."""
    o = outbox.c
    first = connection.execute(
        select(o.state, o.in_doubt).where(o.claim == claim_id).order_by(o.sequence).limit(1)
    ).first()
    if first is None or first.in_doubt or first.state is not MessageState.WAITING:
        return False
    connection.execute(
        update(outbox)
        .where(o.claim == claim_id, o.state == MessageState.WAITING)
        .values(state=MessageState.CANCELLED, next_attempt_at=None)
    )
    return True


def deliveries_of(connection: Connection, claim_ids: Sequence[str]) -> dict[str, DeliveryState]:
    """The latest message of each claim; a claim without one is not in the answer."""
    o = outbox.c
    rows = connection.execute(
        select(o.claim, o.attempts, o.last_attempt_at, o.next_attempt_at, o.last_error, o.strategy)
        .where(o.claim.in_(list(dict.fromkeys(claim_ids))))
        .order_by(o.claim, o.sequence)
    )
    return {
        row.claim: DeliveryState(
            row.attempts,
            row.last_attempt_at,
            row.next_attempt_at,
            None if row.last_error is None else failures.as_read(row.last_error),
            row.strategy,
        )
        for row in rows
    }
