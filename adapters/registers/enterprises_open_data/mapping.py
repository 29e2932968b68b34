"""What the open data of the enterprise register say, as records: less than the register itself, and nobody's code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adapters.kit.ckan_values import day_of, text_of
from adapters.kit.items import Items
from adapters.kit.xsd.types import Wire
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord, OfficerRecord
from schema.terms import AddressCode, RegistrationNumber, RepresentationRight

STATUS_BY_CODE = {"L": "liquidated", "R": "reorganised"}
RIGHT_BY_CODE = {
    "INDIVIDUALLY": RepresentationRight.ALONE,
    "WITH_ALL": RepresentationRight.JOINTLY,
    "WITH_AT_LEAST": RepresentationRight.JOINTLY,
}
ENTITY_COLUMNS = ("_id", "regcode", "name", "type", "registered", "terminated", "closed", "addressid")
OFFICER_COLUMNS = (
    *("_id", "at_legal_entity_registration_number", "name", "position", "governing_body"),
    *("rights_of_representation_type", "registered_on"),
)
"""Columns that are asked for: masked personal codes and birth dates do not travel."""


def to_legal_entity(row: Wire) -> LegalEntityRecord:
    """Map a row of ``register``; the legal form is the register's code (SIA, AS, BDR). Empty text is none.

    Raises:
        KeyError, ValueError: an unknown reason of being closed, or the row is not what the columns are.

    Source: contract/openapi.yaml, schema ``Row``.
    """
    address = text_of(row.get("addressid"))
    return LegalEntityRecord(
        registration_number=RegistrationNumber.of_register(str(row["regcode"])),
        name=text_of(row["name"]),
        legal_form=text_of(row["type"]),
        status=_status(text_of(row["closed"]), day_of(row["terminated"])),
        registered_on=day_of(row["registered"]),
        address=None if address is None else AddressCode.parse(address),
    )


def to_officers(entity: Wire) -> EntityOfficers:
    """Map the rows of ``officers`` of one entity: who is in office now, in the order of the rows.

    The table has a name as one text: it is the family name's place that holds it whole. What post somebody has is in
    ``position``, or where there is none the body that they sit in.

    Raises:
        KeyError, ValueError: an unknown right to represent, or a row is not what the columns are.

    Source: contract/openapi.yaml, schema ``Row``.
    """
    return EntityOfficers(officers=tuple(_to_officer(row) for row in entity["rows"]))


def _to_officer(row: Wire) -> OfficerRecord:
    role = text_of(row["position"]) or text_of(row["governing_body"])
    if role is None:
        raise ValueError("an officer without a post")
    right = text_of(row["rights_of_representation_type"])
    return OfficerRecord(
        given_name=None,
        family_name=text_of(row["name"]),
        role=role.lower().replace("_", "-"),
        since=day_of(row["registered_on"]),
        represents=None if right is None else RIGHT_BY_CODE[right],
    )


def by_entity(rows: Sequence[Wire]) -> list[Mapping[str, Any]]:
    """Rows of ``officers`` put together by entity. Raises: KeyError, ValueError: a row of no entity, or one twice."""
    found: dict[str, list[Wire]] = {}
    if len({row["_id"] for row in rows}) < len(rows):
        raise ValueError("a row twice")
    for row in rows:
        found.setdefault(str(row["at_legal_entity_registration_number"]), []).append(row)
    return [{"number": number, "rows": held} for number, held in found.items()]


ENTITIES = Items(name="", key="regcode", to_record=to_legal_entity)
OFFICERS = Items(name="", key="number", to_record=to_officers)


def _status(closed: str | None, terminated: date | None) -> str:
    if closed is not None:
        return STATUS_BY_CODE[closed]
    return "registered" if terminated is None else "removed"
