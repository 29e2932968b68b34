"""Claims that may come into a party's list. What may be read of each is decided afterwards, by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Date, and_, bindparam, or_, select, union

from adapters.kit.aside import somebody_computes
from gateway.claims.mandates import covered_applicants
from gateway.claims.snapshot import BASE, ClaimSnapshot, brief, brief_of, snapshot_of
from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.tables.claims import assignments, claims
from gateway.store.tables.columns import to_microseconds
from schema.terms import AtvkCode, ClaimStatus, ClaimTypeCode, Phase

_CLOSED = listed([status.value for status in ClaimStatus if status.phase is Phase.CLOSED])


@dataclass(frozen=True, slots=True)
class Selection:
    """What a list's filter asks for. Empty tuples ask for nothing; None does not filter."""

    types: Sequence[ClaimTypeCode] | None = None
    statuses: Sequence[ClaimStatus] | None = None
    municipality: AtvkCode | None = None
    submitted_from: datetime | None = None
    submitted_to: datetime | None = None
    brief: bool = False
    """Nobody will look at centre, presence, third parties, case number and version of answers: they are not read."""

    def always_readable(self) -> dict[str, Any]:
        """Values of the conditions on type and status, which are readable wherever a claim is listed at all."""
        types = None if self.types is None else [code.text for code in self.types]
        statuses = None if self.statuses is None else [status.value for status in self.statuses]
        return _one_or_many("type", "types", types) | _one_or_many("status", "statuses", statuses)

    def others(self) -> dict[str, Any]:
        """Values of the conditions on fields that are not readable everywhere."""
        values: dict[str, Any] = {}
        if self.municipality is not None:
            values["municipality"] = self.municipality.digits
        if self.submitted_from is not None:
            values["submitted_from"] = to_microseconds(self.submitted_from)
        if self.submitted_to is not None:
            values["submitted_to"] = to_microseconds(self.submitted_to)
        return values


def _one_or_many(one: str, many: str, values: list[str] | None) -> dict[str, Any]:
    """A single value is compared: an index then leads to it. Among several no index has the newest first."""
    if values is None:
        return {}
    return {one: values[0]} if len(values) == 1 else {many: listed(values)}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list that is ordered newest first."""

    most: int
    after: tuple[int, str] | None = None
    """Creation, in microseconds since 1970, and id of the claim that it follows; None for the beginning."""


def of_applicant(
    connection: Connection, subject: str, selection: Selection, part: Part | None = None
) -> list[ClaimSnapshot]:
    """Claims of one applicant (citizen, legal entity, a mandate's grantor), newest first."""
    return _run(connection, "applicant", selection, part, who=subject)


def of_centre(
    connection: Connection, centre: str, selection: Selection, part: Part | None = None
) -> list[ClaimSnapshot]:
    """Claims made at one centre, newest first."""
    return _run(connection, "centre", selection, part, who=centre)


def of_owner(
    connection: Connection,
    owner: str,
    selection: Selection,
    part: Part | None = None,
    taken_over: Sequence[str] = (),
) -> list[ClaimSnapshot]:
    """Claims submitted to one owner, newest first; drafts are not the owner's yet.

    Args:
        taken_over: owners whose claims are its own since.
    """
    found = _run(connection, "owner", selection, part, who=owner)
    if not taken_over:
        return found
    # Of each as many as the part takes, along its index: in one statement all of all would have to be sorted.
    for each in taken_over:
        found += _run(connection, "owner", selection, part, who=each)
    found.sort(key=lambda claim: (-claim.created_microseconds, claim.id))
    return found if part is None else found[: part.most]


def of_third_party(connection: Connection, third_party: str, today: date, selection: Selection) -> list[ClaimSnapshot]:
    """Claims assigned to an organisation, or covered by a mandate in force to it.

    Of a closed claim it may read id, type and status alone: so a closed claim matches no filter on anything else, and
    comes after all others, by id.
    """
    who = {"who": third_party, "today": today.isoformat(), "closed": _CLOSED}
    open_ones = _run(connection, "third party, not closed", selection, None, **who)
    if selection.others():
        return open_ones
    return open_ones + _run(connection, "third party, closed", selection, None, **who)


def _run(
    connection: Connection, whose: str, selection: Selection, part: Part | None, **who: Any
) -> list[ClaimSnapshot]:
    asked = selection.always_readable() | selection.others()
    cut: dict[str, Any] = {}
    if part is not None:
        cut["most"] = part.most
        if part.after is not None:
            cut |= {"after_at": part.after[0], "after_id": part.after[1]}
    prepared = _prepared(whose, tuple(asked), tuple(cut), is_brief=selection.brief)
    rows: Sequence[Sequence[Any]]
    # Each row by itself is cheaper, where nobody takes the interpreter in between.
    read = prepared.many if somebody_computes() else prepared.rows
    rows = read(connection, **who, **asked, **cut)
    if selection.brief:
        return brief_of(rows, asked.get("type"), asked.get("status"), asked.get("municipality"))
    return list(map(snapshot_of, rows))


@cache
def _prepared(whose: str, asked: tuple[str, ...], cut: tuple[str, ...], *, is_brief: bool) -> Prepared:
    order = (claims.c.id,) if whose == "third party, closed" else (claims.c.created_at.desc(), claims.c.id)
    statement = (
        (brief(asked) if is_brief else BASE)
        .where(_whose()[whose], *(_CONDITIONS[name] for name in asked))
        .order_by(*order)
    )
    if "after_id" in cut:
        # Two conditions, so that what comes before is leapt over by the index, and not gone through.
        created_at = claims.c.created_at
        after_at: BindParameter[int] = bindparam("after_at")
        statement = statement.where(created_at <= after_at).where(
            or_(created_at < after_at, claims.c.id > bindparam("after_id"))
        )
    return Prepared(statement.limit(bindparam("most")) if "most" in cut else statement)


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "type": claims.c.type == bindparam("type"),
    "types": claims.c.type.in_(each_of("types")),
    "status": claims.c.status == bindparam("status"),
    "statuses": claims.c.status.in_(each_of("statuses")),
    "municipality": claims.c.municipality == bindparam("municipality"),
    "submitted_from": claims.c.submitted_at >= bindparam("submitted_from"),
    "submitted_to": claims.c.submitted_at <= bindparam("submitted_to"),
}


@cache
def _whose() -> dict[str, ColumnElement[bool]]:
    covered = covered_applicants(bindparam("who"), bindparam("today", type_=Date)).subquery()
    reached = claims.c.id.in_(
        union(
            select(assignments.c.claim).where(assignments.c.third_party == bindparam("who")),
            select(claims.c.id).join(
                covered, and_(claims.c.applicant == covered.c.grantor, claims.c.type == covered.c.claim_type)
            ),
        )
    )
    return {
        "applicant": claims.c.applicant == bindparam("who"),
        "centre": claims.c.centre == bindparam("who"),
        "owner": and_(claims.c.owner == bindparam("who"), claims.c.submitted_at.is_not(None)),
        "third party, not closed": and_(reached, claims.c.status.not_in(each_of("closed"))),
        "third party, closed": and_(reached, claims.c.status.in_(each_of("closed"))),
    }
