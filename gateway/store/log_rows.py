"""Rows of the access log as they are written: those of all requests that wait, by one statement.

With nothing else to write, the statement is its own transaction: the writer begins it, commits it and syncs the file
without a line of Python in between, so that the event loop never waits for the interpreter's lock meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection

from gateway.store.prepared import driver
from gateway.store.tables.access import access_records

MOST_A_STATEMENT = 64
"""Rows. Each number of rows has a statement of its own, which the connection keeps compiled."""

COLUMNS = tuple(column.name for column in access_records.columns if column.name != "place")
"""What a row of :class:`LogRows` holds, in order."""
_AT = COLUMNS.index("at")


class LogRows(msgspec.Struct, frozen=True, eq=False):
    """Rows of one request."""

    rows: Sequence[tuple[Any, ...]]
    """Values by :data:`COLUMNS`."""
    records: int
    """In all of them: one a claim."""
    subjects: int
    """Of all their records."""


def write_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    """Write rows at the end of the log.

    Returns:
        The place of the first; the others follow it one by one.
    """
    first = 0
    for start in range(0, len(rows), MOST_A_STATEMENT):
        some = rows[start : start + MOST_A_STATEMENT]
        values = [max([row[_AT] for row in some]), *chain.from_iterable(some)]
        last: int = driver(connection).execute(_statement(len(some)), values).lastrowid
        first = first or last - len(some) + 1
    return first


@cache
def _statement(rows: int) -> str:
    # The first place is the moment in microseconds, or behind the last one where that is later.
    names = ", ".join(COLUMNS)
    row = ", ".join("?" * len(COLUMNS))
    values = ", ".join(f"({number}, {row})" for number in range(rows))
    columns = ", ".join(f"new.column{number}" for number in range(2, len(COLUMNS) + 2))
    return (
        f"WITH place AS (SELECT max(?, coalesce((SELECT max(place) FROM access_records), 0) + 1) AS first), "  # noqa: S608 - names of columns
        f"new AS (VALUES {values}) "
        f"INSERT INTO access_records (place, {names}) SELECT place.first + new.column1, {columns} FROM new, place"
    )
