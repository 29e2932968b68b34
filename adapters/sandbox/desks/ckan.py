"""An open data portal (CKAN), played: its datastore, whatever the tables hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk

Row = dict[str, Any]
_ROWS = 100
"""As many as CKAN gives where nobody says how many."""


class Table(NamedTuple):
    """A published table; ``key`` is the column that says whose a row is."""

    key: str
    rows: Sequence[Row]


def datastore(name: str, contract: Path, tables: Mapping[str, Table]) -> RestDesk:
    """Operation ``datastore_search`` over tables by resource id, with filters, fields, limit and offset."""

    def search(question: Question, twist: Twist) -> Answer:
        asked = question.body
        if asked["resource_id"] not in tables:
            return 404, _failure("Not Found Error", "Not found: Resource was not found.")
        key, rows = tables[asked["resource_id"]]
        columns, filters = list(rows[0]), asked.get("filters", {})
        fields = asked.get("fields", columns)
        if not {*filters, *fields} <= {*columns}:
            return 409, _failure("Validation Error", "field not found in table")
        found = [row for row in rows if all(str(row[column]) in values for column, values in filters.items())]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = next(row for row in rows if str(row[key]) not in filters.get(key, ()))
            found = [*(found[1:] if twist is Twist.WRONG_PERSON else found), stranger]
        return 200, _found(asked, found, fields)

    return RestDesk(name, contract / "openapi.yaml", {"datastore_search": (Kind.READ, search, "records")}, repeats={})


def sql_datastore(name: str, contract: Path, make: Callable[[], Mapping[str, Table]]) -> RestDesk:
    """Operation ``datastore_search_sql``: a statement really runs, over tables by resource id, every column a text.

    SQLite stands for PostgreSQL: of its own words a statement may have the cast to text, which changes no text.

    Args:
        make: makes the tables, once somebody asks.
    """
    made: list[tuple[sqlite3.Connection, Mapping[str, Table]]] = []

    def select(question: Question, twist: Twist) -> Answer:
        if not made:
            tables = make()
            made.append((_database(tables), tables))
        [(database, tables)] = made
        sql = question.body["sql"]
        try:
            cursor = database.execute(sql.replace("::text", ""))
            columns = [column[0] for column in cursor.description or ()]
            rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in cursor]
        except (sqlite3.Error, sqlite3.Warning) as error:
            return 409, _failure("Validation Error", f"Query: {error}")
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            rows = [*(rows[1:] if twist is Twist.WRONG_PERSON else rows), _stranger(tables, columns, rows)]
        return 200, _succeeded(
            "datastore_search_sql",
            {"sql": sql, "records": rows, "fields": [{"id": column, "type": "text"} for column in columns]},
        )

    return RestDesk(
        name, contract / "openapi.yaml", {"datastore_search_sql": (Kind.READ, select, "records")}, repeats={}
    )


def _database(tables: Mapping[str, Table]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    # A table in which there is nothing has the columns of the others.
    columns = list(dict.fromkeys(column for table in tables.values() for row in table.rows[:1] for column in row))
    declared = ", ".join(f'"{column}" TEXT' for column in columns)
    places = ", ".join("?" for _ in columns)
    for resource, table in tables.items():
        database.execute(f'CREATE TABLE "{resource}" ({declared})')
        database.executemany(
            f'INSERT INTO "{resource}" VALUES ({places})',  # noqa: S608 - our own tables
            [[row[column] for column in columns] for row in table.rows],
        )
        database.execute(f'CREATE INDEX "{resource}-key" ON "{resource}" ("{table.key}")')
    database.execute("PRAGMA query_only = ON")
    return database


def _stranger(tables: Mapping[str, Table], columns: Sequence[str], rows: Sequence[Row]) -> Row:
    found = {row.get(table.key) for row in rows for table in tables.values()}
    other = next(row for table in tables.values() for row in table.rows if row[table.key] not in found)
    return {column: other.get(column) for column in columns}


def _found(asked: Mapping[str, Any], rows: Sequence[Row], fields: Sequence[str]) -> dict[str, Any]:
    limit, offset = asked.get("limit", _ROWS), asked.get("offset", 0)
    return _succeeded(
        "datastore_search",
        {
            "include_total": True,
            "limit": limit,
            "records_format": "objects",
            "resource_id": asked["resource_id"],
            "records": [{name: row[name] for name in fields} for row in rows[offset : offset + limit]],
            "fields": [{"id": name} for name in fields],
            "total": len(rows),
        },
    )


def _succeeded(action: str, result: dict[str, Any]) -> dict[str, Any]:
    help_show = f"https://data.gov.lv/dati/api/3/action/help_show?name={action}"
    return {"help": help_show, "success": True, "result": result}


def _failure(kind: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": {"__type": kind, "message": message}}
