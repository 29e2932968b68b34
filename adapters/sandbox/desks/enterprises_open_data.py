"""The national open data portal (CKAN), played for the tables of the enterprise register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Enterprise, World
from adapters.sandbox.world.offices import OF_OWNERS, Offices

NAME = "enterprises_open_data"
REGISTER, OFFICERS = "25e80bf3-f107-4ab4-89ef-251b5b9374e9", "e665114a-73c2-4375-9470-55874b4cfa6b"
_CLOSED = {"LIKVIDETS": "L", "REORGANIZETS": "R"}
_ROWS = 100
_Rows = list[dict[str, Any]]


def enterprises_open_data(world: World, offices: Offices, contract: Path) -> RestDesk:
    """Operation ``datastore_search`` over the tables ``register`` and ``officers``, with filters, fields and limit."""
    tables: Mapping[str, tuple[str, _Rows]] = {
        REGISTER: ("regcode", [_entity(place, one) for place, one in enumerate(world.enterprises.values(), 1)]),
        OFFICERS: ("at_legal_entity_registration_number", _officers(world, offices)),
    }

    def search(question: Question, twist: Twist) -> Answer:
        asked = question.body
        if asked["resource_id"] not in tables:
            return 404, _failure("Not Found Error", "Not found: Resource was not found.")
        key, rows = tables[asked["resource_id"]]
        columns, filters = list(rows[0]), asked.get("filters", {})
        fields = asked.get("fields", columns)
        if not {*filters, *fields} <= {*columns}:
            return 409, _failure("Validation Error", "field not found in table")
        found = [row for row in rows if all(str(row[name]) in values for name, values in filters.items())]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = next(row for row in rows if str(row[key]) not in filters.get(key, ()))
            found = [*(found[1:] if twist is Twist.WRONG_PERSON else found), stranger]
        return 200, _found(asked, found, fields)

    return RestDesk(NAME, contract / "openapi.yaml", {"datastore_search": (Kind.READ, search, "records")}, repeats={})


def _found(asked: Mapping[str, Any], rows: _Rows, fields: Sequence[str]) -> dict[str, Any]:
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


def _entity(place: int, one: Enterprise) -> dict[str, Any]:
    return {
        "_id": place,
        "regcode": int(one.number),
        "name": one.name,
        "type": one.form,
        "registered": f"{one.registered.isoformat()}T00:00:00",
        "terminated": None if one.removed is None else f"{one.removed.isoformat()}T00:00:00",
        "closed": _CLOSED.get(one.status, ""),
        "address": one.address or "",
        "addressid": None if one.seat is None else int(one.seat),
    }


def _officers(world: World, offices: Offices) -> _Rows:
    held = [
        (number, office)
        for number in world.enterprises
        for office in offices.of(number)
        if office.ended is None and office.post not in OF_OWNERS
    ]
    return [
        {
            "_id": place,
            "at_legal_entity_registration_number": int(number),
            "entity_type": "NATURAL_PERSON",
            "name": f"{world.residents[office.code].family_name} {world.residents[office.code].given_name}",
            "position": office.post,
            "governing_body": "EXECUTIVE_BOARD" if "BOARD" in office.post else "",
            "latvian_identity_number_masked": f"{office.code[:6]}-*****",
            "rights_of_representation_type": office.right or "",
            "representation_with_at_least": 1 if office.right == "WITH_AT_LEAST" else 0,
            "registered_on": f"{office.first.isoformat()}T00:00:00",
        }
        for place, (number, office) in enumerate(held, 1)
    ]
