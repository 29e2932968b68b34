"""The citizen's view of the log: newest first, and only what is disclosed."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, func, select

from gateway.audit.record import id_of
from gateway.store.filing import IS_FILED, file_records
from gateway.store.prepared import Prepared, driver, each_of, listed
from gateway.store.tables.access import access_records, access_subjects
from schema.cursors import cursor_of, key_in
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, SubjectRole

_LIST = "accessLog"
"""Name of every subject's log in its cursors: they tell a place in the whole log, and not whose it is."""
_AT_ONCE = 200
"""Records looked up together once a page's own were not enough: however many are not told yet, it takes few looks."""
_MOST_DIGITS = 18
"""Of a number that the store can hold."""


class BadCursor(ValueError):
    """A cursor that no page of this log gave out."""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One entry as its subject may read it."""

    id: str
    cursor: str
    at: datetime
    who: str
    capacity: Capacity
    organisation: str | None
    action: ClaimAction
    claim: str | None
    """The caller withholds it from a co-subject."""
    claim_type: ClaimTypeCode | None
    coordinates: tuple[str, ...]
    paths: tuple[str, ...]
    outcome: AccessOutcome
    rules: tuple[str, ...]
    policy_version: str
    legal_basis: str | None
    role: SubjectRole
    disclosed_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, and whether older ones follow."""

    entries: tuple[AccessEntry, ...]
    has_next: bool


Filed = tuple[int, int, str]
"""One record of a subject: place of its row, number in it, and claim (empty: none)."""
_Failed = dict[tuple[int, int, SubjectRole | None], tuple[set[str], set[str]]]
"""Coordinates and paths that were not released after all, by record amended and role of those who were told of it."""


def entries_of(
    connection: Connection,
    subject: str,
    first: int,
    after: str | None,
    now: datetime,
    shown: Callable[[Connection, Sequence[Filed]], Sequence[Filed]] = lambda _, filed: filed,
) -> Page:
    """One page of a subject's log. Only inside a write: what waits to be filed is filed before.

    What registers failed to give is taken out of the entry that announced it: the failure has an entry of its own.
    Entries not disclosed yet are neither listed nor counted, and show in no cursor.

    Args:
        subject: subject id.
        first: entries wanted, at least 0.
        after: cursor of the last entry of the page before.
        now: aware UTC.
        shown: of some records those that are shown, in their order; the others are as if they were not there.

    Raises:
        BadCursor: the cursor is none of ours.
    """
    position = None if after is None else _position(after)
    file_records(connection)
    filed = _filed(connection, subject, position)
    entries: list[AccessEntry] = []
    wanted = first + 1
    while len(entries) <= first:
        some = list(islice(filed, wanted))
        if not some:
            break
        entries += entries_at(connection, shown(connection, some), now)
        wanted = _AT_ONCE
    return Page(tuple(entries[:first]), len(entries) > first)


def entries_at(connection: Connection, filed: Sequence[Filed], now: datetime) -> list[AccessEntry]:
    """The entries of some records, in their order, those that are disclosed and of which anything was released."""
    rows = _rows(connection, filed, now)
    failed = _failed(connection, rows)
    return [entry for each in filed if each[0] in rows and (entry := _entry(each, rows[each[0]], failed)) is not None]


_s = access_subjects.c
_NEWEST = (
    select(_s.up_to, _s.claim, _s.places).where(_s.subject == bindparam("subject"), IS_FILED).order_by(_s.up_to.desc())
)
_FROM_NEWEST = Prepared(_NEWEST)
# Of what was filed together with the place, or before it.
_FROM_PLACE = Prepared(
    _NEWEST.where(
        _s.up_to
        <= func.coalesce(
            select(func.min(_s.up_to))
            .where(_s.subject == bindparam("subject"), _s.up_to >= bindparam("place"), IS_FILED)
            .scalar_subquery(),
            bindparam("place"),
        )
    )
)


def _filed(connection: Connection, subject: str, position: tuple[int, int] | None) -> Iterator[Filed]:
    """A subject's records, newest first, those behind a position alone where one is given."""
    if position is None:
        cursor = driver(connection).execute(_FROM_NEWEST.sql, _FROM_NEWEST.values(subject=subject))
    else:
        values = _FROM_PLACE.values(subject=subject, place=position[0])
        cursor = driver(connection).execute(_FROM_PLACE.sql, values)
    for _, together in groupby(cursor, key=lambda row: row[0]):
        found = [one for _, claim, places in together for one in _unpacked(claim, orjson.loads(places))]
        found.sort(reverse=True)
        yield from found if position is None else [each for each in found if each[:2] < position]


def _unpacked(claim: str, places: Sequence[int]) -> Iterable[Filed]:
    return ((place, number, claim) for place, number in zip(places[::2], places[1::2], strict=True))


def _rows(connection: Connection, filed: Sequence[Filed], now: datetime) -> dict[int, Row[Any]]:
    """Rows of the log by place, those that are disclosed."""
    r = access_records.c
    columns = [
        column for column in r if column.name not in ("records", "positions", "request_id", "by_subject", "registers")
    ]
    wanted = {place for place, _, _ in filed}
    rows = connection.execute(select(*columns).where(r.place.in_(wanted), r.disclosed_at <= now))
    return {row.place: row for row in rows}


_AMENDMENTS = Prepared(
    select(
        access_records.c.amends,
        access_records.c.role,
        access_records.c.coordinates,
        access_records.c.paths,
        access_records.c.records,
    ).where(access_records.c.amends.in_(each_of("places")))
)


def _failed(connection: Connection, rows: Iterable[int]) -> _Failed:
    found: _Failed = {}
    for place, role, coordinates, paths, records in _AMENDMENTS.rows(connection, places=listed(list(rows))):
        for record in orjson.loads(records):
            told = None if role is None else SubjectRole(role)
            fields, places = found.setdefault((place, record[2], told), (set(), set()))
            fields.update(orjson.loads(coordinates))
            places.update(orjson.loads(paths))
    return found


def _entry(filed: Filed, row: Row[Any], all_failed: _Failed) -> AccessEntry | None:
    """None where nothing of what was announced was released."""
    place, number, claim = filed
    coordinates, paths = tuple(row.coordinates), tuple(row.paths)
    failed = all_failed.get((place, number, row.role))
    if failed is not None and row.outcome is AccessOutcome.PERMITTED:
        fields, places = failed
        paths = tuple(p for p in paths if p not in places)
        # The same coordinate may stand at the end of a path that was released: of the applicant, not of a member.
        released = {p.rpartition(".")[2].partition("(")[0] for p in paths}
        coordinates = tuple(c for c in coordinates if c not in fields or c.partition(".")[2] in released)
        if not coordinates:
            return None
    return AccessEntry(
        id=id_of(place, row.token, number),
        cursor=_cursor(place, number),
        at=row.at,
        who=row.who,
        capacity=row.capacity,
        organisation=row.organisation,
        action=row.action,
        claim=claim or None,
        claim_type=None if row.claim_type is None else ClaimTypeCode(row.claim_type),
        coordinates=coordinates,
        paths=paths,
        outcome=row.outcome,
        rules=tuple(row.rules),
        policy_version=row.policy_version,
        legal_basis=row.legal_basis,
        role=row.role,
        disclosed_at=row.disclosed_at,
    )


def _cursor(place: int, number: int) -> str:
    return cursor_of(_LIST, f"{place}.{number}")


def _position(cursor: str) -> tuple[int, int]:
    try:
        text = key_in(_LIST, cursor)
        place, number = text.split(".")
        if not text.isascii() or not all(p.isdecimal() and len(p) <= _MOST_DIGITS for p in (place, number)):
            raise ValueError("not two numbers")
        return int(place), int(number)
    except ValueError:
        raise BadCursor("the cursor is not one of this list") from None
