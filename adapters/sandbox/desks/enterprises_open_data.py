"""The national open data portal (CKAN), played for the tables of the enterprise register."""

from __future__ import annotations

from pathlib import Path

from adapters.sandbox.desks.ckan import Row, Table, datastore
from adapters.sandbox.rest import RestDesk
from adapters.sandbox.world.model import Enterprise, World
from adapters.sandbox.world.offices import OF_OWNERS, Offices

NAME = "enterprises_open_data"
REGISTER, OFFICERS = "25e80bf3-f107-4ab4-89ef-251b5b9374e9", "e665114a-73c2-4375-9470-55874b4cfa6b"
_CLOSED = {"LIKVIDETS": "L", "REORGANIZETS": "R"}


def enterprises_open_data(world: World, offices: Offices, contract: Path) -> RestDesk:
    """The tables ``register`` and ``officers``."""
    tables = {
        REGISTER: Table("regcode", [_entity(place, one) for place, one in enumerate(world.enterprises.values(), 1)]),
        OFFICERS: Table("at_legal_entity_registration_number", _officers(world, offices)),
    }
    return datastore(NAME, contract, tables)


def _entity(place: int, one: Enterprise) -> Row:
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


def _officers(world: World, offices: Offices) -> list[Row]:
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
