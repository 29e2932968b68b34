"""Reference data that ships with the gateway: the code list of municipalities and the owners of claim types."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from gateway.store.succession import Term
from gateway.store.tables.organisations import municipalities, service_owners
from schema.terms import GovernmentLevel, MunicipalityKind

_FOLDER = Path(__file__).parent


def seed_reference(connection: Connection) -> None:
    """Add what is missing and bring names and validity up to date; to be run at every start."""
    entries = municipality_entries()
    # Successors are set once both ends exist.
    for entry in entries:
        _put(connection, municipalities, "atvk", _municipality(entry) | {"successor": None})
    for entry in entries:
        _put(connection, municipalities, "atvk", _municipality(entry))
    for owner in owner_entries():
        _put(connection, service_owners, "id", owner)


def owner_entries() -> Iterator[dict[str, Any]]:
    """The owners as they ship: those of the state, each department in general, and each municipality's own."""
    owners, places = _read("owners.toml"), municipality_entries()
    for owner in owners["national"]:
        yield _owner(owner["id"], owner["name"], GovernmentLevel.NATIONAL, None)
    for department in owners["department"]:
        yield _owner(department["id"], department["name"], GovernmentLevel.MUNICIPAL, None)
        for entry in places:
            name = department["own_name"].format(municipality=entry["genitive"])
            yield _owner(f"{department['id']}-{entry['atvk']}", name, GovernmentLevel.MUNICIPAL, entry["atvk"])


def municipality_entries() -> list[dict[str, Any]]:
    """The code list as it ships."""
    entries: list[dict[str, Any]] = _read("municipalities.toml")["municipality"]
    return entries


def shipped_terms() -> dict[str, Term]:
    """The terms of its codes."""
    return {m["atvk"]: Term(m["valid_from"], m.get("valid_to"), m.get("successor")) for m in municipality_entries()}


def _municipality(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "atvk": entry["atvk"],
        "name": entry["name"],
        "kind": MunicipalityKind(entry["kind"]),
        "valid_from": entry["valid_from"],
        "valid_to": entry.get("valid_to"),
        "successor": entry.get("successor"),
    }


def _owner(id_: str, name: str, level: GovernmentLevel, municipality: str | None) -> dict[str, Any]:
    return {"id": id_, "name": name, "level": level, "municipality": municipality}


def _put(connection: Connection, table: Table, key: str, row: dict[str, Any]) -> None:
    present = connection.execute(select(table.c[key]).where(table.c[key] == row[key])).first()
    if present is None:
        connection.execute(insert(table), row)
    else:
        connection.execute(update(table).where(table.c[key] == row[key]).values(**row))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))
