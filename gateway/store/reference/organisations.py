"""``organisations.toml``: customer service centres and registration numbers of owners, as the ministry keeps them.

Format: docs/ministry-it.md, "Customer service centres"; a demo world has a file of the same form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gateway.store.organisations import all_third_parties, municipality_of, owners
from gateway.store.tables.organisations import centre_baskets, centres, service_owners
from schema.terms import AtvkCode, CentreSignificance, ClaimTypeCode, RegistrationNumber

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_LONGEST_NAME = 300


class CentreEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[centre]]``; ``claim_types`` is its basket."""

    id: str
    name: str
    municipality: str
    significance: CentreSignificance
    claim_types: list[str]
    registration_number: str | None = None
    opened_on: date | None = None
    clients_per_year: int | None = None


class Organisations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file; ``owner_numbers`` has owners' registration numbers by the owner's id."""

    owner_numbers: dict[str, str] = msgspec.field(default_factory=dict)
    centre: list[CentreEntry] = msgspec.field(default_factory=list)


File = TypeVar("File", bound=msgspec.Struct)


def read_file(path: Path, shape: type[File]) -> File:
    """Read a TOML file.

    Raises:
        ValueError: it cannot be read, or has an unknown key or a wrong value; one line that names file and key.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not UTF-8") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from None


def put_organisations(connection: Connection, path: Path, claim_types: Collection[ClaimTypeCode], today: date) -> None:
    """Bring centres and numbers up to date with the file: all of it or, where something is wrong, nothing.

    A centre that the file does not name stays as it was: claims were made there.

    Args:
        claim_types: those that there are.
        today: the day in Rīga, on which a centre's municipality has to be one.

    Raises:
        ValueError: one line that names file, entry and reason.
    """
    found = read_file(path, Organisations)
    with _at(path, "owner_numbers"):
        for owner, number in found.owner_numbers.items():
            put_owner_number(connection, owner, number)
    seen: set[str] = set()
    for entry in found.centre:
        with _at(path, f"centre {entry.id}"):
            if entry.id in seen:
                raise ValueError("it is there twice")
            seen.add(entry.id)
            _check(connection, entry, claim_types, today)
            put_centre(connection, entry)


def put_owner_number(connection: Connection, owner: str, number: str) -> None:
    """Write an owner's registration number. Raises: ValueError: there is no such owner, or the number is none."""
    if not owners(connection, [owner]):
        raise ValueError(f"there is no owner {owner}")
    digits = RegistrationNumber.parse(number).digits
    connection.execute(update(service_owners).where(service_owners.c.id == owner).values(registration_number=digits))


def put_centre(connection: Connection, entry: CentreEntry) -> None:
    """Add a centre, or bring it up to date. Raises: ValueError: its registration number is none."""
    number = None if entry.registration_number is None else RegistrationNumber.parse(entry.registration_number)
    row = {
        "name": entry.name,
        "registration_number": None if number is None else number.digits,
        "municipality": entry.municipality,
        "significance": entry.significance,
        "opened_on": entry.opened_on,
        "clients_per_year": entry.clients_per_year,
    }
    if connection.execute(select(centres.c.id).where(centres.c.id == entry.id)).first() is None:
        connection.execute(insert(centres), {"id": entry.id, **row})
    else:
        connection.execute(update(centres).where(centres.c.id == entry.id).values(**row))
        connection.execute(delete(centre_baskets).where(centre_baskets.c.centre == entry.id))
    for code in dict.fromkeys(entry.claim_types):
        connection.execute(insert(centre_baskets), {"centre": entry.id, "claim_type": code})


def _check(connection: Connection, entry: CentreEntry, claim_types: Collection[ClaimTypeCode], today: date) -> None:
    if not _ID.fullmatch(entry.id):
        raise ValueError("an id is made of lower-case letters, digits and hyphens")
    if owners(connection, [entry.id]) or all_third_parties(connection, [entry.id]):
        raise ValueError("another organisation has this id")
    if not entry.name.strip() or len(entry.name) > _LONGEST_NAME:
        raise ValueError(f"name has 1 to {_LONGEST_NAME} characters")
    if entry.clients_per_year is not None and entry.clients_per_year < 0:
        raise ValueError("clients_per_year is a number from 0")
    for code in entry.claim_types:
        if ClaimTypeCode.parse(code) not in claim_types:
            raise ValueError(f"claim_types: there is no claim type {code}")
    atvk = AtvkCode.parse(entry.municipality)
    place = municipality_of(connection, [atvk]).get(atvk)
    if place is None or place.valid_from > today:
        raise ValueError(f"there is no municipality {atvk.digits}")
    if place.valid_to is not None and place.valid_to < today:
        took_over = "" if place.successor is None else f"; {place.successor.digits} took over"
        raise ValueError(f"the municipality {atvk.digits} is no more{took_over}")


@contextmanager
def _at(path: Path, entry: str) -> Iterator[None]:
    """Name file and entry in whatever is wrong in it."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path}: {entry}: {error}") from None
