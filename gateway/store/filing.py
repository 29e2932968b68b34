"""Files access records under the people they are about, so that each can read the own log.

A record is durable, and may be released on, before it is filed. Filing many at a time costs a tenth of what it costs to
file each on its own: rows of one person come together, and a page of the file is written once for many.
"""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, bindparam, func, insert, select

from adapters.kit.aside import short_turns
from gateway.store.log_rows import LogRows, write_rows
from gateway.store.prepared import Prepared, listed
from gateway.store.tables.access import access_filings, access_records, access_subjects
from gateway.store.tables.people import merged_subjects

MOST_WAITING = 32_768
"""Work that may wait: subjects of records, and a few more for every row. Filing that takes some 15 milliseconds."""
_A_ROW = 8
_WAITING = "access records waiting to be filed"
_WRITTEN = "access records written"

_UNFILED = Prepared(
    select(access_records.c.place, access_records.c.records)
    .where(access_records.c.place > func.coalesce(select(func.max(access_filings.c.up_to)).scalar_subquery(), 0))
    .order_by(access_records.c.place)
)
_MERGED = Prepared(select(merged_subjects.c.gone, merged_subjects.c.kept))
_FILED = Prepared(insert(access_filings).values(up_to=bindparam("up_to")).inline())
SUBJECT = Prepared(
    insert(access_subjects).values({column: bindparam(column.name) for column in access_subjects.columns}).inline()
)


def has_written(connection: Connection, *written: LogRows) -> bool:
    """Rows were written. True where so many wait now that they are to be filed."""
    # Counted for the connection, not in the file: what another one left behind is filed with the rest all the same.
    connection.info[_WRITTEN] = connection.info.get(_WRITTEN, 0) + sum([each.records for each in written])
    waiting: int = connection.info.get(_WAITING, 0) + sum([each.subjects + _A_ROW * len(each.rows) for each in written])
    connection.info[_WAITING] = waiting
    return waiting >= MOST_WAITING


def take_count(connection: Connection) -> int:
    """How many records were written since it was asked last; what was undone again is among them."""
    count: int = connection.info.pop(_WRITTEN, 0)
    return count


def append_rows(connection: Connection, rows: LogRows) -> int:
    """Write rows inside a write, and file all that wait where they are enough.

    Returns:
        The place of the first row; the others follow it one by one.
    """
    place = write_rows(connection, rows.rows)
    if has_written(connection, rows):
        file_records(connection)
    return place


def file_records(connection: Connection) -> None:
    """File all records that wait. Only inside a write.

    It takes some 15 milliseconds of the interpreter: in short turns, so that no event loop waits for all of it.
    """
    with short_turns():
        _file(connection)


def _file(connection: Connection) -> None:
    connection.info[_WAITING] = 0
    rows = _UNFILED.rows(connection)
    if not rows:
        return
    # Whoever goes through one list again and again leaves the same text each time.
    places_of: dict[str, list[int]] = {}
    for place, records in rows:
        places_of.setdefault(records, []).append(place)
    # Written by who looked somebody up before two subjects turned out to be one person.
    kept = dict(_MERGED.rows(connection))
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for records, places in places_of.items():
        for number, (claim, about, *_) in enumerate(orjson.loads(records)):
            here = [(place, number) for place in places]
            for subject in {kept.get(each, each) for each in about} if kept else about:
                found.setdefault((subject, claim or ""), []).extend(here)
    up_to = rows[-1][0]
    SUBJECT.write(
        connection, [(subject, up_to, claim, places_text(found[subject, claim])) for subject, claim in sorted(found)]
    )
    _FILED.insert(connection, up_to=up_to)


def places_text(places: list[tuple[int, int]]) -> str:
    """As a row of ``access_subjects`` has them: places and numbers by turns, in order; one text for one set."""
    places.sort()
    return listed([number for place in places for number in place])
