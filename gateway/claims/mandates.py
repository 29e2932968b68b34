"""Mandates: who authorised whom, what of it is in force today, and how one is given and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from gateway.store.prepared import Prepared, each_of, listed
from gateway.store.tables.claims import mandate_actions, mandate_claim_types, mandates
from schema.terms import ClaimAction, ClaimTypeCode, MandateStatus, PersonCode


@dataclass(frozen=True, slots=True)
class Mandate:
    """One mandate as it stands on a day in Rīga."""

    id: str
    grantor: str
    """Subject id."""
    holder_subject: str | None
    """Subject id of the holder, where it is a person that the gateway has met."""
    holder_code: PersonCode | None
    """As the grantor typed it: all of a person that the grantor is shown."""
    holder_third_party: str | None
    claim_types: frozenset[ClaimTypeCode]
    actions: frozenset[ClaimAction]
    valid_from: date
    valid_to: date
    """The last day; it counts."""
    status: MandateStatus
    """EXPIRED where the last day is over, whatever was stored."""
    started: bool
    """The first day has come."""

    @property
    def in_force(self) -> bool:
        """It may be used today."""
        return self.status is MandateStatus.ACTIVE and self.started


@dataclass(frozen=True, slots=True)
class NewMandate:
    """A mandate to be given; the caller has decided that it may be."""

    id: str
    grantor: str
    """Subject id; it exists."""
    holder_subject: str | None
    holder_code: PersonCode | None
    holder_third_party: str | None
    claim_types: frozenset[ClaimTypeCode]
    actions: frozenset[ClaimAction]
    valid_from: date
    valid_to: date


def give(connection: Connection, now: datetime, by_subject: str, new: NewMandate) -> None:
    """Keep a mandate; it is in force from its first day on. Only inside a write."""
    row = {"id": new.id, "grantor": new.grantor, "holder_subject": new.holder_subject}
    connection.execute(
        insert(mandates),
        {
            **row,
            "holder_code": None if new.holder_code is None else new.holder_code.digits,
            "holder_third_party": new.holder_third_party,
            "valid_from": new.valid_from,
            "valid_to": new.valid_to,
            "status": MandateStatus.ACTIVE,
            "created_at": now,
            "created_by": by_subject,
        },
    )
    for code in sorted(new.claim_types):
        connection.execute(insert(mandate_claim_types), {"mandate": new.id, "claim_type": code.text})
    for action in sorted(new.actions):
        connection.execute(insert(mandate_actions), {"mandate": new.id, "action": action})


def take_back(connection: Connection, now: datetime, mandate: str) -> None:
    """End a mandate for good; what it opened is shut from the next request on. Only inside a write."""
    values = {"status": MandateStatus.REVOKED, "revoked_at": now}
    connection.execute(update(mandates).where(mandates.c.id == mandate).values(**values))


def load_mandates(connection: Connection, ids: Sequence[str], today: date) -> dict[str, Mandate]:
    """Mandates by id; an unknown id is not in the answer."""
    return {m.id: m for m in _load(connection, mandates.c.id.in_(list(ids)), today)}


def mandates_given(connection: Connection, grantor: str, today: date) -> list[Mandate]:
    """All mandates of a grantor, ended ones too, newest first."""
    return _load(connection, mandates.c.grantor == grantor, today)


def mandates_held(connection: Connection, holder: str, today: date) -> list[Mandate]:
    """All mandates to a person (subject id), ended ones too, newest first."""
    return _load(connection, mandates.c.holder_subject == holder, today)


def mandates_of_third_party(connection: Connection, third_party: str, today: date) -> list[Mandate]:
    """Mandates in force to an organisation, newest first."""
    return _load(connection, (mandates.c.holder_third_party == third_party) & _in_force(today), today)


def mandates_between(connection: Connection, grantor: str, holder: str, today: date) -> list[Mandate]:
    """Mandates in force from a grantor to a person, both by subject id, newest first."""
    between = (mandates.c.holder_subject == holder) & (mandates.c.grantor == grantor)
    return _load(connection, between & _in_force(today), today)


def _in_force(today: date | BindParameter[Any]) -> ColumnElement[bool]:
    m = mandates.c
    return and_(m.status == MandateStatus.ACTIVE.value, m.valid_from <= today, m.valid_to >= today)


def _number_of(whose: Column[Any]) -> Prepared:
    some = select(mandates.c.id).where(whose == bindparam("whose")).limit(FEW + 1)
    return Prepared(select(func.count()).select_from(some.subquery()))


FEW = 200
"""So many mandates are read in a few milliseconds."""
GIVEN_BY = _number_of(mandates.c.grantor)
HELD_BY = _number_of(mandates.c.holder_subject)
OF_THIRD_PARTY = _number_of(mandates.c.holder_third_party)
"""How many mandates somebody gave or holds, ended ones too: as far as one more than :data:`FEW`."""


def _allows(holder: Column[Any]) -> Prepared:
    return Prepared(
        select(mandates.c.grantor, mandate_claim_types.c.claim_type, mandate_actions.c.action)
        .distinct()
        .select_from(mandates)
        .join(mandate_claim_types, mandate_claim_types.c.mandate == mandates.c.id)
        .join(mandate_actions, mandate_actions.c.mandate == mandates.c.id)
        # By the grantors, who are few: an organisation may hold mandates of thousands.
        .where(
            mandates.c.grantor.in_(each_of("grantors")),
            func.ifnull(holder, "") == bindparam("holder"),
            _in_force(bindparam("today")),
        )
    )


_ALLOWS_PERSON, _ALLOWS_THIRD_PARTY = _allows(mandates.c.holder_subject), _allows(mandates.c.holder_third_party)


def allowed_between(
    connection: Connection, grantors: Sequence[str], holder: str | None, third_party: str | None, today: date
) -> dict[tuple[str, ClaimTypeCode], frozenset[ClaimAction]]:
    """What the mandates in force from each of the grantors to one holder allow, however many those are: actions, by
    grantor and claim type. The holder is a person by subject id, or a third party.
    """
    allows, to = (_ALLOWS_PERSON, holder) if holder else (_ALLOWS_THIRD_PARTY, third_party)
    found: dict[tuple[str, ClaimTypeCode], set[ClaimAction]] = {}
    for grantor, code, action in allows.rows(connection, grantors=listed(grantors), holder=to, today=today.isoformat()):
        found.setdefault((grantor, ClaimTypeCode(code)), set()).add(ClaimAction(action))
    return {key: frozenset(actions) for key, actions in found.items()}


def covered_applicants(third_party: BindParameter[str], today: BindParameter[date]) -> Select[Any]:
    """Pairs (grantor, claim type) that an organisation has mandates in force for: for a list's query."""
    return (
        select(mandates.c.grantor, mandate_claim_types.c.claim_type)
        .join(mandate_claim_types, mandate_claim_types.c.mandate == mandates.c.id)
        .where(
            mandates.c.holder_third_party == third_party,
            mandates.c.status == MandateStatus.ACTIVE,
            mandates.c.valid_from <= today,
            mandates.c.valid_to >= today,
        )
    )


def _load(connection: Connection, condition: ColumnElement[bool], today: date) -> list[Mandate]:
    rows = list(
        connection.execute(select(mandates).where(condition).order_by(mandates.c.created_at.desc(), mandates.c.id))
    )
    ids = [row.id for row in rows]
    types: dict[str, set[ClaimTypeCode]] = {id: set() for id in ids}  # noqa: A001 - the word of the graph
    actions: dict[str, set[ClaimAction]] = {id: set() for id in ids}  # noqa: A001 - the word of the graph
    for id_, code in connection.execute(select(mandate_claim_types).where(mandate_claim_types.c.mandate.in_(ids))):
        types[id_].add(ClaimTypeCode(code))
    for id_, action in connection.execute(select(mandate_actions).where(mandate_actions.c.mandate.in_(ids))):
        actions[id_].add(action)
    return [
        Mandate(
            id=row.id,
            grantor=row.grantor,
            holder_subject=row.holder_subject,
            holder_code=None if row.holder_code is None else PersonCode(row.holder_code),
            holder_third_party=row.holder_third_party,
            claim_types=frozenset(types[row.id]),
            actions=frozenset(actions[row.id]),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            status=_status(row.status, row.valid_to, today),
            started=row.valid_from <= today,
        )
        for row in rows
    ]


def _status(stored: MandateStatus, last_day: date, today: date) -> MandateStatus:
    return MandateStatus.EXPIRED if stored is MandateStatus.ACTIVE and last_day < today else stored
