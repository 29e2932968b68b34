"""Statements of the hot path: written with the tables, compiled once, run by the driver itself.

Building and compiling a statement costs several times what SQLite needs to run it. A prepared statement takes and gives
plain values (microseconds, words as text, JSON as text); typing them is the caller's, once a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import Insert

_DIALECT = sqlite.dialect(paramstyle="named")


class Prepared:
    """One compiled statement.

    Args:
        statement: with named ``bindparam``; a list of values is given by :func:`each_of`.
    """

    def __init__(self, statement: Select[Any] | Insert) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """Run it inside the connection's transaction."""
        found: list[tuple[Any, ...]] = driver(connection).execute(self.sql, {**self._fixed, **values}).fetchall()
        return found

    def write(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert many rows."""
        driver(connection).executemany(self.sql, rows)


def driver(connection: Connection) -> Any:
    """The sqlite3 connection below."""
    return connection.connection.driver_connection


def each_of(name: str) -> Select[Any]:
    """The values of a list parameter, for ``column.in_(each_of("ids"))``; it is bound as :func:`listed`."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value)


def listed(values: Sequence[str]) -> str:
    """A list as a parameter."""
    return orjson.dumps(list(values)).decode()
