"""Copies of what registers say of protection and representation, and how far they go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from adapters.kit.ports import ProtectionNotice, RepresentationNotice
from gateway.store.prepared import Prepared
from gateway.store.subjects import (
    ask_of_representatives,
    entity_subject,
    find_entity,
    find_person,
    person_subject,
)
from gateway.store.subjects import set_representation as copy_representation
from gateway.store.subjects import set_restricted as copy_restricted
from gateway.store.tables.columns import from_microseconds
from gateway.store.tables.people import register_copies
from schema.notices import NoticeKind

Notice = ProtectionNotice | RepresentationNotice
COUNTS = timedelta(hours=24)
"""How old a copy may be that a decision goes by."""
_AHEAD = timedelta(minutes=10)
"""No time of the future that is meant is so far away: one that is was written under a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One process's turn to ask a register for its notices."""

    since: str | None
    """Where the last notices ended."""
    failures: int
    """How often in a row the register has not answered."""


_ONE = Prepared(select(register_copies.c.kind).where(register_copies.c.kind == bindparam("kind")))
DATES = Prepared(select(register_copies.c.kind, register_copies.c.complete_until))
"""Each kind with the time until which its copies are complete, microseconds, or None."""


def dates_of(rows: Iterable[tuple[str, int | None]], now: datetime) -> dict[NoticeKind, datetime]:
    """Rows of :data:`DATES`, typed; a kind whose notices were never read to their end is not in the answer, nor one
    whose were by a clock that was ahead."""
    typed = {NoticeKind(kind): from_microseconds(at) for kind, at in rows if at is not None}
    return {kind: at for kind, at in typed.items() if at <= now + _AHEAD}


def take_turn(connection: Connection, kind: NoticeKind, now: datetime, until: datetime) -> Turn | None:
    """Take the turn to ask until a time; None where it is another's, or nothing is due yet. Only inside a write."""
    _known(connection, kind, now)
    c = register_copies.c
    row = connection.execute(select(c.since, c.asked_next, c.failures).where(c.kind == kind)).one()
    if now < row.asked_next <= now + _AHEAD:
        return None
    connection.execute(update(register_copies).where(c.kind == kind).values(asked_next=until))
    return Turn(row.since, row.failures)


def keep(
    connection: Connection,
    kind: NoticeKind,
    notices: Iterable[Notice],
    since: str,
    told_at: datetime,
    turn_until: datetime,
) -> None:
    """Copy a batch of notices, with the token of the next one, in one write. The same batch twice changes nothing.

    Args:
        told_at: when the register was asked, UTC.
        turn_until: the turn to ask is this process's until then.
    """
    for place, notice in enumerate(notices):
        if isinstance(notice, ProtectionNotice):
            _protect(connection, notice, told_at)
        else:
            # Of what is said of one person under two codes the last counts, once that is known.
            _represent(connection, notice, told_at + timedelta(microseconds=place))
    values = {"since": since, "asked_next": turn_until}
    connection.execute(update(register_copies).where(register_copies.c.kind == kind).values(**values))


def complete(connection: Connection, kind: NoticeKind, until: datetime, next_turn: datetime) -> None:
    """The register has told everything until a time. A time a little before the one that is known changes nothing."""
    _known(connection, kind, until)
    c = register_copies.c
    values: Mapping[str, object] = {"asked_next": next_turn, "failures": 0}
    connection.execute(update(register_copies).where(c.kind == kind).values(**values))
    other = c.complete_until.is_(None) | (c.complete_until < until) | (c.complete_until > until + _AHEAD)
    connection.execute(update(register_copies).where(c.kind == kind, other).values(complete_until=until))


def put_off(connection: Connection, kind: NoticeKind, next_turn: datetime) -> None:
    """The register did not answer: ask again then."""
    c = register_copies.c
    values = {"asked_next": next_turn, "failures": c.failures + 1}
    connection.execute(update(register_copies).where(c.kind == kind).values(**values))


def _known(connection: Connection, kind: NoticeKind, now: datetime) -> None:
    if not _ONE.rows(connection, kind=kind.value):
        connection.execute(insert(register_copies), {"kind": kind, "asked_next": now, "failures": 0})


def _protect(connection: Connection, notice: ProtectionNotice, told_at: datetime) -> None:
    subject = find_person(connection, notice.person)
    if subject is None and notice.restricted:
        # Whom the gateway meets later is protected from the first request on.
        subject = person_subject(connection, notice.person, told_at)
    if subject is not None:
        copy_restricted(connection, subject, notice.restricted, told_at)


def _represent(connection: Connection, notice: RepresentationNotice, told_at: datetime) -> None:
    person, entity = find_person(connection, notice.person), find_entity(connection, notice.entity)
    if notice.alone:
        person = person or person_subject(connection, notice.person, told_at)
        entity = entity or entity_subject(connection, notice.entity, told_at)
    elif person is None and entity is not None and ask_of_representatives(connection, entity, told_at):
        # It may be one of them, by a code that they got since: kept until the population register says whose it is.
        person = person_subject(connection, notice.person, told_at)
    if person is not None and entity is not None:
        copy_representation(connection, person, entity, notice.alone, told_at)
