"""Statements of the hot path: written with the tables, compiled once, run by the driver itself.

Building and compiling a statement costs several times what SQLite needs to run it. A prepared statement takes and gives
plain values (microseconds, words as text, JSON as text); typing them is the caller's, once a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, Select, TableValuedAlias, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert

# By place: the driver looks names up one by one.
_DIALECT = sqlite.dialect(paramstyle="qmark")


class Prepared:
    """One compiled statement.

    Args:
        statement: with named ``bindparam``; a list of values is given by :func:`each_of`.
    """

    def __init__(self, statement: Select[Any] | Insert) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._columns = len(statement.selected_columns) if isinstance(statement, Select) else 0
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def values(self, **values: Any) -> tuple[Any, ...]:
        """What the statement is run with."""
        if self._fixed:
            values = {**self._fixed, **values}
        # `tuple` of an iterator makes a longer one and cuts it, which counts towards a collection of garbage each time.
        return (*map(values.__getitem__, self._names),)

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run it inside the connection's transaction."""
        found: list[tuple[Any, ...]] = driver(connection).execute(self.sql, self.values(**values)).fetchall()
        return found

    def many(self, connection: Connection, **values: Any) -> list[list[Any]]:
        """As :meth:`rows`, for lists that may be long, where another thread computes.

        SQLite's driver lets go of the interpreter with each row, and whoever computes may keep it for a while each
        time. So SQLite puts the rows together, and gives them as one. Values are null, whole numbers or text.
        """
        [(rows,)] = driver(connection).execute(self._as_one, self.values(**values))
        found: list[list[Any]] = orjson.loads(rows)
        return found

    @cached_property
    def _as_one(self) -> str:
        columns = ", ".join(f"c{number}" for number in range(self._columns))
        # A list that is aggregated so keeps its order (SQLite, query optimizer, omitting ORDER BY on subqueries).
        return f"WITH given({columns}) AS ({self.sql}) SELECT json_group_array(json_array({columns})) FROM given"  # noqa: S608 - of our own

    def insert(self, connection: Connection, **values: Any) -> int:
        """Insert one row, and give its key, where that is a whole number."""
        key: int = driver(connection).execute(self.sql, self.values(**values)).lastrowid
        return key

    def write(self, connection: Connection, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert many rows, their values in the order of the statement."""
        driver(connection).executemany(self.sql, rows)


def driver(connection: Connection) -> Any:
    """The sqlite3 connection below."""
    return connection.connection.dbapi_connection  # which is the driver's where nothing is asynchronous


def each_of(name: str) -> Select[Any]:
    """The values of a list parameter, for ``column.in_(each_of("ids"))``; it is bound as :func:`listed`."""
    return select(every(name).c.value)


def every(name: str) -> TableValuedAlias:
    """The same as a table with a column ``value``, to join from: a long list is gone through, and not sorted first."""
    return func.json_each(bindparam(name)).table_valued("value")


def listed(values: Sequence[Any]) -> str:
    """A list as a parameter."""
    return orjson.dumps(values if type(values) is list else list(values)).decode()
