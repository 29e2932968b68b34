"""Presence: how it is known that the applicant asked for this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from gateway.claims.idempotency import hashed
from gateway.claims.problems import PRESENCE_NOT_PROVEN, Problem
from gateway.store.tables.claims import claims, presences
from schema.terms import PresenceMethod


@dataclass(frozen=True, slots=True)
class PresenceEvidence:
    """A presence reference after it was looked at; the caller has asked the identity service."""

    method: PresenceMethod
    reference: str
    checked: bool
    """The identity service confirmed that it proves the applicant; never so for a paper mandate."""
    single_use: bool = True
    """It proves one claim only. Not so for the references of the demo world."""

    def __repr__(self) -> str:
        return f"PresenceEvidence({self.method}, ***)"


def record_presence(
    connection: Connection, now: datetime, claim_id: str, by_subject: str, evidence: PresenceEvidence
) -> Problem | None:
    """Record on a claim that its applicant was present; a problem where another claim used the reference up."""
    reference_hash = hashed(f"{evidence.method}:{evidence.reference}")
    if evidence.single_use:
        p = presences.c
        used = select(p.id).where(p.reference_hash == reference_hash, p.claim != claim_id).limit(1)
        if connection.execute(used).first() is not None:
            return PRESENCE_NOT_PROVEN
    connection.execute(
        insert(presences),
        {
            "claim": claim_id,
            "method": evidence.method,
            "reference_hash": reference_hash,
            "recorded_at": now,
            "by_subject": by_subject,
            "checked": evidence.checked,
        },
    )
    connection.execute(
        update(claims)
        .where(claims.c.id == claim_id)
        .values(
            presence_method=evidence.method,
            presence_at=now,
            presence_by=by_subject,
            presence_checked=evidence.checked,
        )
    )
    return None
