"""Claims that may come into a party's list. What may be read of each is decided afterwards, by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select, union

from gateway.claims.mandates import covered_applicants
from gateway.claims.snapshot import BASE, ClaimSnapshot, snapshots
from gateway.store.tables.claims import assignments, claims
from schema.terms import AtvkCode, ClaimStatus, ClaimTypeCode, Phase

_CLOSED = tuple(status for status in ClaimStatus if status.phase is Phase.CLOSED)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a list's filter asks for. Empty tuples ask for nothing; None does not filter."""

    types: Sequence[ClaimTypeCode] | None = None
    statuses: Sequence[ClaimStatus] | None = None
    municipality: AtvkCode | None = None
    submitted_from: datetime | None = None
    submitted_to: datetime | None = None

    def always_readable(self) -> list[ColumnElement[bool]]:
        """Conditions on type and status, which are readable wherever a claim is listed at all."""
        conditions: list[ColumnElement[bool]] = []
        if self.types is not None:
            conditions.append(claims.c.type.in_([code.text for code in self.types]))
        if self.statuses is not None:
            conditions.append(claims.c.status.in_(list(self.statuses)))
        return conditions

    def others(self) -> list[ColumnElement[bool]]:
        """Conditions on fields that are not readable everywhere."""
        conditions: list[ColumnElement[bool]] = []
        if self.municipality is not None:
            conditions.append(claims.c.municipality == self.municipality.digits)
        if self.submitted_from is not None:
            conditions.append(claims.c.submitted_at >= self.submitted_from)
        if self.submitted_to is not None:
            conditions.append(claims.c.submitted_at <= self.submitted_to)
        return conditions


def of_applicant(connection: Connection, subject: str, selection: Selection) -> list[ClaimSnapshot]:
    """Claims of one applicant (citizen, legal entity, a mandate's grantor), newest first."""
    return _newest_first(connection, claims.c.applicant == subject, selection)


def of_centre(connection: Connection, centre: str, selection: Selection) -> list[ClaimSnapshot]:
    """Claims made at one centre, newest first."""
    return _newest_first(connection, claims.c.centre == centre, selection)


def of_owner(connection: Connection, owner: str, selection: Selection) -> list[ClaimSnapshot]:
    """Claims submitted to one owner, newest first; drafts are not the owner's yet."""
    submitted = and_(claims.c.owner == owner, claims.c.submitted_at.is_not(None))
    return _newest_first(connection, submitted, selection)


def of_third_party(connection: Connection, third_party: str, today: date, selection: Selection) -> list[ClaimSnapshot]:
    """Claims assigned to an organisation, or covered by a mandate in force to it.

    Of a closed claim it may read id, type and status alone: so a closed claim matches no filter on anything else, and
    comes after all others, by id.
    """
    covered = covered_applicants(third_party, today).subquery()
    reached = claims.c.id.in_(
        union(
            select(assignments.c.claim).where(assignments.c.third_party == third_party),
            select(claims.c.id).join(
                covered, and_(claims.c.applicant == covered.c.grantor, claims.c.type == covered.c.claim_type)
            ),
        )
    )
    open_ones = _newest_first(connection, and_(reached, claims.c.status.not_in(_CLOSED)), selection)
    if selection.others():
        return open_ones
    closed = BASE.where(reached, claims.c.status.in_(_CLOSED), *selection.always_readable()).order_by(claims.c.id)
    return open_ones + _run(connection, closed)


def _newest_first(connection: Connection, condition: ColumnElement[bool], selection: Selection) -> list[ClaimSnapshot]:
    query = BASE.where(condition, *selection.always_readable(), *selection.others())
    return _run(connection, query.order_by(claims.c.created_at.desc(), claims.c.id.desc()))


def _run(connection: Connection, query: Select[Any]) -> list[ClaimSnapshot]:
    return snapshots(connection, connection.execute(query).all())
