"""What owners tell of claims, applied: each change once, in the order in which it happened, and never to another's.

A change may be told again and again, by polling and by callback, late, early, or of a case that is nobody's here. What
became of each is kept, so that none is lost and none counts twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from adapters.kit.ports import StatusChange
from gateway.claims.days import day_in_riga
from gateway.claims.settlement import apply_owner_status
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.store.succession import succession_on
from gateway.store.tables.claims import claims
from gateway.store.tables.owner_changes import ChangeOutcome, owner_changes
from schema.terms import AtvkCode, ClaimStatus

MOST_UNKNOWN = 10_000
"""Changes of unknown cases that are kept of one source; more are counted and forgotten."""
UNKNOWN_COUNTS = timedelta(days=30)
"""How long a change of an unknown case waits for a claim."""
REPEATED = "REPEATED"
IGNORED = "IGNORED"
Tally = Counter[str]
"""How many changes came to what: :class:`ChangeOutcome`, ``REPEATED``, or ``IGNORED`` where too many are unknown."""

_LONGEST_NOTE, _LONGEST_WORD = 4_000, 100
_AGAIN_AT_ONCE = 500
_UNKNOWN_SOURCES = select(owner_changes.c.source).where(owner_changes.c.outcome == ChangeOutcome.UNKNOWN).distinct()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Who tells, and of which claims it may: an owner of its own, or a register of those that it receives."""

    owner: str | None = None
    """Id of the owner that signed the message."""
    taken_over: tuple[str, ...] = ()
    """Owners whose claims are that one's since; of a register, codes of municipalities whose cases it has."""
    register: str | None = None
    claim_types: frozenset[str] = frozenset()
    """Claims that the register receives."""
    municipality: AtvkCode | None = None
    """Whose cases they are, where the register is many servers."""

    @classmethod
    def of_owner(cls, connection: Connection, owner: str, now: datetime) -> Source:
        """An owner of its own, with whomever it has taken over by now."""
        own, *taken_over = succession_on(connection, day_in_riga(now)).owners_of(owner)
        return cls(owner=own, taken_over=tuple(taken_over))

    @property
    def name(self) -> str:
        """Stable text: scope of the owner's names for changes, and of since-tokens."""
        if self.owner is not None:
            return f"owner {self.owner}"
        return self._name("" if self.municipality is None else self.municipality.digits)

    @property
    def names(self) -> tuple[str, ...]:
        """Its own, first, and of a register those by which it told of municipalities that were taken over since."""
        former = () if self.register is None else tuple(map(self._name, self.taken_over))
        return (self.name, *former)

    def covers(self) -> ColumnElement[bool]:
        """The claims that it may tell of."""
        c = claims.c
        if self.owner is not None:
            return c.owner.in_((self.owner, *self.taken_over))
        mine: ColumnElement[bool] = c.type.in_(sorted(self.claim_types))
        if self.municipality is None:
            return mine
        return mine & c.municipality.in_((self.municipality.digits, *self.taken_over))

    def _name(self, place: str) -> str:
        return f"register {self.register} {place}".rstrip()


def apply_changes(connection: Connection, now: datetime, source: Source, changes: Sequence[StatusChange]) -> Tally:
    """Take a batch of changes, in its order."""
    tally = Tally()
    room: int | None = None
    for change in changes:
        known = connection.execute(
            select(owner_changes.c.id, owner_changes.c.outcome, owner_changes.c.status).where(
                owner_changes.c.source == source.name,
                owner_changes.c.reference == change.reference,
                owner_changes.c.change_id == change.change_id,
            )
        ).first()
        if known is not None and not _is_open(known, change):
            tally[REPEATED] += 1
            continue
        claim, agrees = _claim_of(connection, source, change)
        if claim is not None and _told_otherwise(connection, claim, change):
            tally[REPEATED] += 1
            continue
        if claim is None:
            outcome = ChangeOutcome.UNKNOWN
        elif agrees:
            outcome = _apply(connection, now, source, claim, change)
        else:
            outcome = _illegal(source, claim, change)
        if known is not None:
            if claim is not None:
                _settle(connection, known.id, claim, change, outcome)
            tally[outcome if claim is not None else REPEATED] += 1
            continue
        if claim is None:
            room = _room(connection, source) if room is None else room
            room -= 1
            if room < 0:
                tally[IGNORED] += 1
                continue
        _keep(connection, now, source, change, claim, outcome)
        tally[outcome] += 1
    return tally


def look_again(connection: Connection, now: datetime, sources: Mapping[str, Source]) -> Tally:
    """Apply changes whose claims have become known meanwhile, and forget those that have waited too long.

    Args:
        sources: registers by :attr:`Source.name`; owners' own need not be among them.
    """
    tally = Tally()
    for source, row in waiting_with_claim(connection, now, sources):
        change = StatusChange(row.change_id, row.reference, row.status, row.changed_at, row.note, word=row.word)
        claim, _ = _claim_of(connection, source, change)
        if claim is None:
            continue
        if _told_otherwise(connection, claim, change):
            connection.execute(delete(owner_changes).where(owner_changes.c.id == row.id))
            continue
        outcome = _apply(connection, now, source, claim, change)
        _settle(connection, row.id, claim, change, outcome)
        tally[outcome] += 1
    connection.execute(delete(owner_changes).where(*_waited_too_long(now)))
    return tally


def are_to_be_forgotten(connection: Connection, now: datetime) -> bool:
    """Whether changes of unknown cases have waited too long; :func:`look_again` forgets them."""
    found = select(owner_changes.c.id).where(*_waited_too_long(now)).limit(1)
    return connection.execute(found).first() is not None


def _waited_too_long(now: datetime) -> tuple[ColumnElement[bool], ...]:
    o = owner_changes.c
    return o.outcome == ChangeOutcome.UNKNOWN, o.told_at < now - UNKNOWN_COUNTS


def waiting_with_claim(
    connection: Connection, now: datetime, sources: Mapping[str, Source]
) -> list[tuple[Source, Any]]:
    """Changes of cases that were unknown, and now have a claim: of each source in the order in which they happened.

    Args:
        sources: as for :func:`look_again`.
    """
    o = owner_changes.c
    found = []
    for name in connection.execute(_UNKNOWN_SOURCES).scalars().all():
        source = sources.get(name) or _owner_source(connection, name, now)
        if source is None:
            continue
        its_claims = select(func.count()).where(claims.c.owner_reference == o.reference, source.covers())
        query = (
            select(owner_changes)
            .where(o.outcome == ChangeOutcome.UNKNOWN, o.source == name, its_claims.scalar_subquery() == 1)
            .order_by(o.changed_at, o.id)
            .limit(_AGAIN_AT_ONCE)
        )
        found += [(source, row) for row in connection.execute(query).all()]
    return found


def _apply(
    connection: Connection, now: datetime, source: Source, claim: ClaimSnapshot, change: StatusChange
) -> ChangeOutcome:
    o = owner_changes.c
    latest = connection.execute(
        select(func.max(o.changed_at)).where(o.claim == claim.id, o.outcome == ChangeOutcome.APPLIED)
    ).scalar()
    if latest is not None and change.changed_at < latest:
        return ChangeOutcome.LATE
    if change.status is None:
        return _illegal(source, claim, change)
    says_nothing_new = claim.status is change.status and claim.status is not ClaimStatus.INFORMATION_REQUESTED
    if says_nothing_new:
        return ChangeOutcome.APPLIED
    if apply_owner_status(connection, claim, change.status, change.reference, _note(change), now):
        return ChangeOutcome.APPLIED
    return _illegal(source, claim, change)


def _illegal(source: Source, claim: ClaimSnapshot, change: StatusChange) -> ChangeOutcome:
    if change.status is None:
        _log.warning("owner.unknown_status", source=source.name, present=claim.status.value)
    else:
        _log.warning("owner.illegal_change", source=source.name, present=claim.status.value, told=change.status.value)
    return ChangeOutcome.ILLEGAL


def _claim_of(connection: Connection, source: Source, change: StatusChange) -> tuple[ClaimSnapshot | None, bool]:
    """The claim that is named by its id, or else the one that has the case number; None where none has, or several.

    And whether id and case number agree: of two claims at once, nobody knows which is meant.
    """
    c = claims.c
    by_reference = select(claims.c.id).where(claims.c.owner_reference == change.reference, source.covers()).limit(2)
    found = connection.execute(by_reference).scalars().all()
    named = None
    if change.claim_id is not None:
        by_id = select(c.id, c.owner_reference).where(
            c.id == change.claim_id, source.covers(), c.status != ClaimStatus.DRAFT
        )
        named = connection.execute(by_id).first()
    if named is None:
        return (load_one(connection, found[0]) if len(found) == 1 else None), True
    # Where the case number is not known yet, the owner has the claim, and its receipt did not arrive.
    agrees = named.owner_reference == change.reference or (named.owner_reference is None and not found)
    return load_one(connection, named.id), agrees


def _told_otherwise(connection: Connection, claim: ClaimSnapshot, change: StatusChange) -> bool:
    """The same change of the claim was told already by its owner's other way."""
    o = owner_changes.c
    same = select(o.id).where(o.claim == claim.id, o.change_id == change.change_id)
    if change.status is not None:
        same = same.where(o.status.is_not(None))
    return connection.execute(same.limit(1)).first() is not None


def _is_open(known: Any, change: StatusChange) -> bool:
    """A change told before may count still: its claim was not known, or its owner's word, and now the word is."""
    if known.outcome is ChangeOutcome.ILLEGAL:
        return known.status is None and change.status is not None
    return known.outcome is ChangeOutcome.UNKNOWN


def _room(connection: Connection, source: Source) -> int:
    o = owner_changes.c
    unknown = select(func.count()).where(o.outcome == ChangeOutcome.UNKNOWN, o.source == source.name)
    return MOST_UNKNOWN - int(connection.execute(unknown).scalar_one())


def _keep(
    connection: Connection,
    now: datetime,
    source: Source,
    change: StatusChange,
    claim: ClaimSnapshot | None,
    outcome: ChangeOutcome,
) -> None:
    row = {
        "source": source.name,
        "reference": change.reference,
        "change_id": change.change_id,
        "status": change.status,
        "word": _kept_word(change),
        # What is said to happen later than now would make everything that really comes next late.
        "changed_at": min(change.changed_at, now),
        "note": _kept_note(change, outcome),
        "claim": None if claim is None else claim.id,
        "outcome": outcome,
        "told_at": now,
    }
    connection.execute(insert(owner_changes), row)


def _settle(
    connection: Connection, row: int, claim: ClaimSnapshot, change: StatusChange, outcome: ChangeOutcome
) -> None:
    told = {"status": change.status, "word": _kept_word(change)}
    values = {"claim": claim.id, "outcome": outcome, "note": _kept_note(change, outcome), **told}
    connection.execute(update(owner_changes).where(owner_changes.c.id == row).values(**values))


def _kept_note(change: StatusChange, outcome: ChangeOutcome) -> str | None:
    # Of what was applied the claim's history has the words, and what came late is overtaken.
    return _note(change) if outcome in (ChangeOutcome.UNKNOWN, ChangeOutcome.ILLEGAL) else None


def _kept_word(change: StatusChange) -> str | None:
    return None if change.word is None else change.word[:_LONGEST_WORD].encode(errors="replace").decode()


def _note(change: StatusChange) -> str | None:
    return None if change.note is None else change.note[:_LONGEST_NOTE].encode(errors="replace").decode()


def _owner_source(connection: Connection, name: str, now: datetime) -> Source | None:
    kind, _, owner = name.partition(" ")
    return Source.of_owner(connection, owner, now) if kind == "owner" else None
