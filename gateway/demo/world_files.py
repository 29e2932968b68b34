"""The files of a demo world, read strictly: an unknown key or a wrong value ends with one line that names file and key.

Format: docs/how-to/bring-your-own-world.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from gateway.store.reference.organisations import CentreEntry, Organisations, read_file
from schema.terms import (
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ContractKind,
    PresenceMethod,
    ThirdPartyKind,
    ThirdPartyStatus,
)

BUILT_IN = Path(__file__).parent / "world"
_FILES = frozenset(
    f"{each}.toml" for each in ("personas", "residents", "third_parties", "organisations", "mandates", "claims")
)
_NAMES = ", ".join(sorted(_FILES))
_ALIKE = 0.8
"""From here on another file's name is taken for a slip of the pen."""
Day = int | date
"""A date, or whole days from the day of seeding: -1 is yesterday."""


class SeedError(Exception):
    """A world cannot be used. The message is one line: file, entry, reason."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PersonaEntry(_Strict, frozen=True):
    capacity: Capacity
    code: str
    name: str | None = None
    assurance: AssuranceLevel | None = None
    organisation: str | None = None
    grantor: str | None = None
    legal_entity: str | None = None
    represents_alone: bool = True


class ContractEntry(_Strict, frozen=True):
    number: str
    kind: ContractKind
    valid_from: Day
    valid_to: Day
    requests_per_day: int | None = None


class ThirdPartyEntry(_Strict, frozen=True):
    id: str
    name: str
    registration_number: str
    kind: ThirdPartyKind
    claim_types: list[str]
    contract: ContractEntry
    municipalities: list[str] | Literal["all"] = msgspec.field(default_factory=list)
    status: ThirdPartyStatus = ThirdPartyStatus.ACTIVE


class MandateEntry(_Strict, frozen=True):
    id: str
    grantor: str
    claim_types: list[str]
    actions: list[ClaimAction]
    valid_to: Day
    valid_from: Day = 0
    holder: str | None = None
    third_party: str | None = None
    status: Literal["ACTIVE", "REVOKED", "UNCONFIRMED"] = "ACTIVE"


class PresenceEntry(_Strict, frozen=True):
    method: PresenceMethod
    reference: str
    by: str
    minutes_ago: int | None = None


class ClaimEntry(_Strict, frozen=True):
    id: str
    type: str
    status: ClaimStatus = ClaimStatus.DRAFT
    created: Day = 0
    person: str | None = None
    legal_entity: str | None = None
    municipality: str | None = None
    channel: Channel = Channel.ONLINE
    centre: str | None = None
    made_by: str | None = None
    owner_reference: str | None = None
    message_id: str | None = None
    assigned_to: list[str] = msgspec.field(default_factory=list)
    answers: dict[str, Any] | None = None
    presence: PresenceEntry | None = None
    was_submitted: bool | None = None
    next_attempt: Day | None = None


class ResidentEntry(msgspec.Struct, frozen=True):
    """What the gateway copies of a resident; all else in the entry is the registers'."""

    code: str
    restricted: bool | None = None
    former_codes: list[str] = msgspec.field(default_factory=list)


class _Personas(_Strict, frozen=True):
    persona: dict[str, PersonaEntry] = msgspec.field(default_factory=dict)


class _ThirdParties(_Strict, frozen=True):
    third_party: list[ThirdPartyEntry] = msgspec.field(default_factory=list)


class _Mandates(_Strict, frozen=True):
    mandate: list[MandateEntry] = msgspec.field(default_factory=list)


class _Claims(_Strict, frozen=True):
    claim: list[ClaimEntry] = msgspec.field(default_factory=list)


class _Residents(msgspec.Struct, frozen=True):
    resident: list[ResidentEntry] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WorldFiles:
    """One folder's files; a file that is not there says nothing."""

    folder: Path
    personas: dict[str, PersonaEntry]
    third_parties: list[ThirdPartyEntry]
    owner_numbers: dict[str, str]
    centres: list[CentreEntry]
    mandates: list[MandateEntry]
    claims: list[ClaimEntry]
    residents: list[ResidentEntry]


def read_world(folder: Path) -> WorldFiles:
    """Read one folder. Raises: SeedError."""
    if not folder.is_dir():
        raise SeedError(f"{folder}: there is no such folder")
    there = {each.name for each in folder.glob("*.toml")}
    for other in sorted(there - _FILES):
        if meant := get_close_matches(other, _FILES - there, 1, _ALIKE):
            raise SeedError(f"{folder / other}: nobody reads this file; is it meant to be {meant[0]}?")
    if not there & _FILES:
        raise SeedError(f"{folder}: this is no world, which has one or more of {_NAMES}")
    organisations = _read(folder / "organisations.toml", Organisations)
    return WorldFiles(
        folder=folder,
        personas=read_personas(folder),
        third_parties=_read(folder / "third_parties.toml", _ThirdParties).third_party,
        owner_numbers=organisations.owner_numbers,
        centres=organisations.centre,
        mandates=_read(folder / "mandates.toml", _Mandates).mandate,
        claims=_read(folder / "claims.toml", _Claims).claim,
        residents=_read(folder / "residents.toml", _Residents).resident,
    )


def read_personas(folder: Path) -> dict[str, PersonaEntry]:
    """The personas of one folder by name. Raises: SeedError."""
    return _read(folder / "personas.toml", _Personas).persona


def day_of(day: Day, today: date) -> date:
    """The date that an entry means."""
    return today + timedelta(days=day) if isinstance(day, int) else day


File = TypeVar("File", bound=msgspec.Struct)


def _read(path: Path, shape: type[File]) -> File:
    if not path.exists():
        return shape()
    try:
        return read_file(path, shape)
    except ValueError as error:
        raise SeedError(str(error)) from None
