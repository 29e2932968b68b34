"""Who there is in the demo world: whom a token can be made for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.world_files import BUILT_IN, PersonaEntry, SeedError, read_personas
from gateway.identity.claims import Identity, IdentityInvalid, to_claims
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber

_WORLDS = "worlds"
_FILE = "personas.toml"


@dataclass(frozen=True, slots=True)
class Persona:
    """One invented person in one capacity."""

    capacity: Capacity
    person_code: PersonCode
    display_name: str | None
    assurance: AssuranceLevel | None
    organisation: str | None
    grantor_code: PersonCode | None
    entity_number: RegistrationNumber | None
    represents_alone: bool
    """What the enterprise register says of a LEGAL_REPRESENTATIVE."""


def load_personas(data: Path) -> dict[str, Persona]:
    """All personas by name: those that ship, and those of worlds that were added to this data folder.

    Raises:
        SeedError: a file is not what it should be.
    """
    added = sorted(folder for folder in (data / _WORLDS).glob("*") if folder.is_dir())
    found: dict[str, Persona] = {}
    for folder in (BUILT_IN, *added):
        found |= to_personas(folder, read_personas(folder))
    return found


def keep_personas(data: Path, world: Path) -> None:
    """Copy a world's personas into the data folder, so that tokens can be made without the world at hand."""
    source = world / _FILE
    if not source.exists():
        return
    name = hashlib.sha256(str(world.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = data / _WORLDS / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{_FILE}.new"
    draft.write_bytes(source.read_bytes())
    draft.chmod(0o600)
    draft.replace(folder / _FILE)


def to_personas(folder: Path, entries: Mapping[str, PersonaEntry]) -> dict[str, Persona]:
    """Check entries against what a token of their capacity needs. Raises: SeedError."""
    found: dict[str, Persona] = {}
    for name, entry in entries.items():
        try:
            persona = Persona(
                capacity=entry.capacity,
                person_code=PersonCode.parse(entry.code),
                display_name=entry.name,
                assurance=entry.assurance,
                organisation=entry.organisation,
                grantor_code=None if entry.grantor is None else PersonCode.parse(entry.grantor),
                entity_number=None if entry.legal_entity is None else RegistrationNumber.parse(entry.legal_entity),
                represents_alone=entry.represents_alone,
            )
            to_claims(_identity(persona))
        except (ValueError, IdentityInvalid) as error:
            raise SeedError(f"{folder / _FILE}: persona.{name}: {error}") from None
        found[name] = persona
    return found


def _identity(persona: Persona) -> Identity:
    return Identity(
        capacity=persona.capacity,
        person_code=persona.person_code,
        display_name=persona.display_name,
        assurance=persona.assurance,
        organisation=persona.organisation,
        grantor=persona.grantor_code,
        entity=persona.entity_number,
    )
