"""The auditor's view of the log: records by claim, party, time and person, newest first, people as hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Table, bindparam, select

from gateway.audit.leaves import ROW
from gateway.audit.pseudonyms import sealed
from gateway.audit.view import BadCursor
from gateway.store.filing import IS_FILED, file_records
from gateway.store.prepared import Prepared, driver, listed
from gateway.store.subjects import find_person
from gateway.store.tables.access import access_subjects
from gateway.store.tables.claims import claims
from gateway.store.tables.columns import to_microseconds
from gateway.store.tables.organisations import centres, service_owners, third_parties
from schema.cursors import cursor_of, key_in
from schema.personal import masked, may_hold_code
from schema.terms import AccessOutcome, Capacity, PersonCode

_LIST = "accessRecords"
"""Its name in its cursors."""
_ROWS_A_STEP = 5_000
_ROWS_A_PAGE = 200_000
"""Rows that a page goes through at most; what it did not find by then is for the next."""
_END = 1 << 62
_PLACES = Prepared(select(access_subjects.c.places).where(access_subjects.c.subject == bindparam("subject"), IS_FILED))


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; every condition that is given must hold."""

    claim: str | None = None
    organisation: str | None = None
    capacity: Capacity | None = None
    outcome: AccessOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    """At or before."""
    person: PersonCode | None = None
    case_reference: str | None = None

    def written(self, connection: Connection, subject: str | None) -> str:
        """As the record of the search has it: JSON, the person's code under the person's key. Only inside a write.

        A code that stands where an id belongs is left out: what is in the log once stays.
        """
        said = {
            "claim": _known(connection, self.claim, claims),
            "organisation": _known(connection, self.organisation, third_parties, service_owners, centres),
            "capacity": self.capacity,
            "outcome": self.outcome,
            "from": self.since,
            "to": self.until,
            "named": self.person is not None or None,
            "code": None if subject is None or self.person is None else sealed(connection, subject, self.person),
            "caseReference": self.case_reference,
        }
        return orjson.dumps({name: value for name, value in said.items() if value is not None}).decode()


@dataclass(frozen=True, slots=True)
class Found:
    """One record, as far as it is about one of its subjects."""

    row: dict[str, Any]
    """Columns of the row as the store has them."""
    number: int
    claim: str | None
    subject: str | None
    cursor: str


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some of what was found."""

    found: tuple[Found, ...]
    has_next: bool
    end: str | None
    """Cursor to go on from, where there is more."""


def subject_looked_for(connection: Connection, search: Search) -> tuple[str | None, list[int]]:
    """The person behind a search, with the places of the records about them. Only inside a write: files before."""
    subject = None if search.person is None else find_person(connection, search.person)
    if subject is None:
        return None, []
    file_records(connection)
    rows = _PLACES.rows(connection, subject=subject)
    return subject, sorted({place for (places,) in rows for place in orjson.loads(places)[::2]}, reverse=True)


def find(
    connection: Connection, search: Search, ids: frozenset[str], places: list[int] | None, first: int, after: str | None
) -> FoundPage:
    """One page. Reads much: not on the event loop.

    Args:
        ids: subject ids of the person looked for; empty: nobody is named.
        places: where the records about that person are; None: nobody is named.
        first: entries wanted, at least 0.

    Raises:
        BadCursor: the cursor is none of ours.
    """
    before = (_END, 0, 0) if after is None else position_of(after)
    found: list[Found] = []
    reached: str | None = None
    for row in _rows(connection, search, places, before[0]):
        if isinstance(row, int):
            reached = _cursor(row, 0, 0)
            break
        found += _entries(dict(zip(ROW, row, strict=True)), search.claim, ids, before)
        if len(found) > first:
            break
    shown = tuple(found[:first])
    if len(found) > first:
        reached = shown[-1].cursor if shown else after
    return FoundPage(shown, len(found) > first or reached is not None, reached)


def _rows(
    connection: Connection, search: Search, places: list[int] | None, place: int
) -> Iterator[Sequence[Any] | int]:
    """Rows at and before a place that may hold what is looked for, the newest first; last the place up to which a page
    has gone through all there are, where there is more: however few of them it found."""
    conditions, values = ["1"], list[Any]()
    for condition, value in (
        ("capacity = ?", search.capacity),
        ("organisation = ?", search.organisation),
        ("outcome = ?", search.outcome),
        ("at >= ?", None if search.since is None else to_microseconds(search.since)),
        ("at <= ?", None if search.until is None else to_microseconds(search.until)),
        ("instr(records, ?)", None if search.claim is None else orjson.dumps(search.claim).decode()),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    columns, wanted = ", ".join(ROW), " AND ".join(conditions)
    # A row's place is its time, or behind another's: what is older lies before it.
    least = -1 if search.since is None else to_microseconds(search.since)
    if places is not None:
        about = [each for each in places if least <= each <= place]
        yield from driver(connection).execute(
            f"SELECT {columns} FROM access_records WHERE place IN (SELECT value FROM json_each(?)) AND {wanted} "  # noqa: S608 - names of columns
            "ORDER BY place DESC",
            [listed(about[:_ROWS_A_PAGE]), *values],
        )
        if len(about) > _ROWS_A_PAGE:
            yield about[_ROWS_A_PAGE - 1]
        return
    for _ in range(_ROWS_A_PAGE // _ROWS_A_STEP):
        step = driver(connection).execute(
            "SELECT min(place) FROM (SELECT place FROM access_records WHERE place <= ? AND place >= ? "
            "ORDER BY place DESC LIMIT ?)",
            (place, least, _ROWS_A_STEP),
        )
        (begin,) = step.fetchone()
        if begin is None:
            return
        yield from driver(connection).execute(
            f"SELECT {columns} FROM access_records WHERE place BETWEEN ? AND ? AND {wanted} ORDER BY place DESC",  # noqa: S608 - names of columns
            [begin, place, *values],
        )
        place = begin - 1
    yield begin


def _entries(
    row: dict[str, Any], claim: str | None, ids: frozenset[str], before: tuple[int, int, int]
) -> Iterator[Found]:
    """Records of a row that lie before a position, the last first; one for each subject."""
    for number, (its, about, *_) in reversed(list(enumerate(orjson.loads(row["records"])))):
        if claim is not None and its != claim:
            continue
        for order, subject in reversed(list(enumerate(about or [None]))):
            if (not ids or subject in ids) and (row["place"], number, order) < before:
                yield Found(row, number, its, subject, _cursor(row["place"], number, order))


def _known(connection: Connection, id_: str | None, *tables: Table) -> str | None:
    """The id as it is; asterisks for what may be a personal code in it, where none of the tables has it."""
    if id_ is None or not may_hold_code(id_):
        return id_
    found = any(connection.execute(select(each.c.id).where(each.c.id == id_)).first() for each in tables)
    return id_ if found else masked(id_)


def _cursor(place: int, number: int, order: int) -> str:
    return cursor_of(_LIST, f"{place}.{number}.{order}")


def position_of(cursor: str) -> tuple[int, int, int]:
    """The entry that a cursor is of: place, number and order. Raises: BadCursor."""
    try:
        text = key_in(_LIST, cursor)
        place, number, order = text.split(".")
        if not text.isascii() or not all(part.isdecimal() and len(part) <= 18 for part in (place, number, order)):
            raise ValueError("not three numbers")
        return int(place), int(number), int(order)
    except ValueError:
        raise BadCursor("the cursor is not one of this list") from None
