"""``organisations.toml``: customer service centres and registration numbers of owners, as the ministry keeps them.

Format: docs/ministry-it.md, "Customer service centres"; a demo world has a file of the same form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gateway.store.organisations import owners, third_parties_by_id
from gateway.store.succession import Term, terms_of
from gateway.store.tables.organisations import centre_baskets, centres, service_owners
from schema.slips import with_choices
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
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), shape)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not UTF-8") from None
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {with_choices(error, shape)}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None


@dataclass(frozen=True, slots=True)
class Known:
    """What the entries of a file are held beside.

    Attributes:
        owners, third_parties: ids.
        places: the code list of municipalities.
        claim_types: those that there are; None: that is not known, and what the file says of them is taken as it is.
    """

    owners: Collection[str]
    third_parties: Collection[str]
    places: Mapping[str, Term]
    claim_types: Collection[ClaimTypeCode] | None


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
    third_parties = third_parties_by_id(connection, [each.id for each in found.centre])
    known = Known(owners(connection), third_parties, terms_of(connection), claim_types)
    for wrong in wrong_in(found, known, today):
        raise ValueError(f"{path}: {wrong}")
    for owner, number in found.owner_numbers.items():
        put_owner_number(connection, owner, number)
    for entry in found.centre:
        put_centre(connection, entry)


def wrong_in(found: Organisations, known: Known, today: date) -> Iterator[str]:
    """Everything that is wrong in a file, a line each that names the entry.

    Args:
        today: the day in Rīga, on which a centre's municipality has to be one.
    """
    for owner, number in found.owner_numbers.items():
        if owner not in known.owners:
            yield f"owner_numbers: there is no owner {owner}"
            continue
        for wrong in _refused(RegistrationNumber.parse, number):
            yield f"owner_numbers: {wrong}"
    seen: set[str] = set()
    for place, entry in enumerate(found.centre, 1):
        # What is no id may be anything, and long.
        named = f"centre {entry.id}" if _ID.fullmatch(entry.id) else f"[[centre]] {place}"
        if entry.id in seen:
            yield f"{named}: it is there twice"
            continue
        seen.add(entry.id)
        for wrong in _wrong_in_centre(entry, known, today):
            yield f"{named}: {wrong}"


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


def _wrong_in_centre(entry: CentreEntry, known: Known, today: date) -> Iterator[str]:
    if not _ID.fullmatch(entry.id):
        yield "an id is made of lower-case letters, digits and hyphens"
    elif entry.id in known.owners or entry.id in known.third_parties:
        yield "another organisation has this id"
    if not entry.name.strip() or len(entry.name) > _LONGEST_NAME:
        yield f"name has 1 to {_LONGEST_NAME} characters"
    if entry.registration_number is not None:
        yield from _refused(RegistrationNumber.parse, entry.registration_number)
    if entry.clients_per_year is not None and entry.clients_per_year < 0:
        yield "clients_per_year is a number from 0"
    for code in dict.fromkeys(entry.claim_types):
        if wrong := _refused(ClaimTypeCode.parse, code):
            yield from wrong
        elif known.claim_types is not None and ClaimTypeCode.parse(code) not in known.claim_types:
            yield f"claim_types: there is no claim type {code}"
    yield from _refused(AtvkCode.parse, entry.municipality) or _wrong_of_place(entry.municipality, known, today)


def _wrong_of_place(code: str, known: Known, today: date) -> Iterator[str]:
    place = known.places.get(AtvkCode.parse(code).digits)
    if place is None or place.valid_from > today:
        yield f"there is no municipality {code}"
    elif place.valid_to is not None and place.valid_to < today:
        took_over = "" if place.successor is None else f"; {place.successor} took over"
        yield f"the municipality {code} is no more{took_over}"


def _refused(parse: Callable[[str], object], text: str) -> tuple[str, ...]:
    """What is wrong with a code; nothing where it is one."""
    try:
        parse(text)
    except ValueError as error:
        return (str(error),)
    return ()
