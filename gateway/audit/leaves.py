"""What is hashed: one text for one row, and no other row with the same text.

A leaf is the row as one JSON object: its columns in the order of the table, by name, those that are null left out;
values as the store has them, whole numbers and text alone (lists are text that is JSON already); no white space, UTF-8,
and nothing escaped but what JSON demands. In Python::

    said = {name: value for name, value in row.items() if value is not None}
    json.dumps(said, ensure_ascii=False, separators=(",", ":"))

Two rows that differ give two texts: JSON keeps names, values, and text from numbers apart. A column that comes later is
null in the rows of before, so that their leaves stay what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from gateway.store.log_rows import COLUMNS
from gateway.store.tables.proof import log_events

ROW = ("place", *map(str, COLUMNS))
"""Columns of a row of the log, in order."""
EVENT = tuple(str(column.name) for column in log_events.columns)
"""Columns of an event of the log, in order."""
SELECT_ROWS = f"SELECT {', '.join(ROW)} FROM access_records"  # noqa: S608 - names of columns
SELECT_EVENTS = f"SELECT {', '.join(EVENT)} FROM log_events"  # noqa: S608 - names of columns

_PLAIN = frozenset({str, int, type(None)})
NOT_WRITTEN = b"no row that a gateway wrote".ljust(32, b".")
"""In place of the leaf of a row that has none."""


class NotAsWritten(ValueError):  # noqa: N818 - the name says what happened
    """A row has a value that no gateway writes: a fraction, bytes, text that is no UTF-8."""


def encoded(names: Sequence[str], row: Sequence[Any]) -> bytes:
    """The text of a row.

    Args:
        names: :data:`ROW` or :data:`EVENT`.
        row: values as the driver gives them.

    Raises:
        NotAsWritten: there is no such text.
    """
    if not _PLAIN.issuperset(map(type, row)):
        raise NotAsWritten("a value of a type that is never written")
    try:
        return orjson.dumps({name: value for name, value in zip(names, row, strict=True) if value is not None})
    except orjson.JSONEncodeError:
        raise NotAsWritten("text that is no UTF-8") from None
