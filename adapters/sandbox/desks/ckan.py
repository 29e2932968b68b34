"""An open data portal (CKAN), played: its datastore, whatever the tables hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def _found(asked: Mapping[str, Any], rows: Sequence[Row], fields: Sequence[str]) -> dict[str, Any]:
    limit, offset = asked.get("limit", _ROWS), asked.get("offset", 0)
    return {
        "help": "https://data.gov.lv/dati/api/3/action/help_show?name=datastore_search",
        "success": True,
        "result": {
            "include_total": True,
            "limit": limit,
            "records_format": "objects",
            "resource_id": asked["resource_id"],
            "records": [{name: row[name] for name in fields} for row in rows[offset : offset + limit]],
            "fields": [{"id": name} for name in fields],
            "total": len(rows),
        },
    }


def _failure(kind: str, message: str) -> dict[str, Any]:
    return {"success": False, "error": {"__type": kind, "message": message}}
