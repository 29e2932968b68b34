"""A world as its own tables give it: the TOML files of the demo world and of ``--world`` folders, read once more."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_ROOT = Path(__file__).resolve().parents[2]
GATEWAYS_FILES = _ROOT / "gateway" / "demo" / "world"
REGISTERS_FILES = _ROOT / "adapters" / "sandbox" / "world"
_RIGA = ZoneInfo("Europe/Riga")
_CLAIM_TYPES = _ROOT / "policies" / "claims"


@dataclass(frozen=True, slots=True)
class Persona:
    """For whom a token is made."""

    name: str
    capacity: str
    code: str
    assurance: str | None
    organisation: str | None
    acts_for: str | None
    """The grantor's code, or the legal entity's number."""
    alone: bool
    """What the enterprise register says today; how old copies may be is tried in ``tests/desk/test_copies_of_registers.py``."""


@dataclass(frozen=True, slots=True)
class Resident:
    """What is on record of a person, as far as an answer depends on it."""

    code: str
    address: str | None
    partners: frozenset[str]
    children: frozenset[str]
    restricted: bool


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """An organisation and its contract."""

    id: str
    status: str
    first: date
    last: date
    types: frozenset[str]
    municipalities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Centre:
    """A customer service centre."""

    id: str
    municipality: str
    basket: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who authorised whom."""

    grantor: str
    holder: str
    """A personal code, or a third party's id."""
    types: frozenset[str]
    actions: frozenset[str]
    first: date
    last: date
    status: str


@dataclass(frozen=True, slots=True)
class Presence:
    """The last one recorded on a claim."""

    method: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as it stands."""

    id: str
    type: str
    status: str
    applicant: str
    """Personal code, or registration number."""
    legal: bool
    municipality: str | None
    centre: str | None
    assigned_to: frozenset[str]
    submitted: bool
    created: int
    """Days; of two claims the one with the larger number is newer."""
    presence: Presence | None


@dataclass
class World:
    """All tables of a world.

    Args:
        seeded: when it was brought in; aware UTC.
    """

    seeded: datetime
    connected: frozenset[str] = frozenset()
    """Claim types whose owner takes claims through the gateway today: that is data, which no rule of access.md tells."""
    personas: dict[str, Persona] = field(default_factory=dict)
    residents: dict[str, Resident] = field(default_factory=dict)
    third_parties: dict[str, ThirdParty] = field(default_factory=dict)
    centres: dict[str, Centre] = field(default_factory=dict)
    mandates: list[Mandate] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """The day in Rīga on which it was brought in."""
        return self.seeded.astimezone(_RIGA).date()

    def is_protected(self, code: str) -> bool:
        """Whether the population register restricts a person's data; never a legal entity's."""
        return code in self.residents and self.residents[code].restricted

    def household(self, code: str) -> set[str]:
        """The others at the same address who have a family link: partners, children, parents, siblings."""
        person = self.residents[code]
        if person.address is None:
            return set()
        others = (each for each in self.residents.values() if each.code != code and each.address == person.address)
        return {each.code for each in others if self._are_family(person, each)}

    def presence_now(self, by: str) -> Presence:
        """A presence that was just recorded."""
        return Presence("EID_TAP", by, self.seeded)

    def _are_family(self, one: Resident, other: Resident) -> bool:
        together = other.code in one.partners | one.children or one.code in other.partners | other.children
        return together or any({one.code, other.code} <= each.children for each in self.residents.values())


def read_world(seeded: datetime, *folders: Path) -> World:
    """The demo world and what folders add to it."""
    taken = (path.parent.name for path in _CLAIM_TYPES.glob("*/claim_type.toml") if _read(path).get("open", True))
    world = World(seeded.astimezone(UTC), frozenset(taken))
    _add_residents(world, REGISTERS_FILES)
    for folder in (GATEWAYS_FILES, *folders):
        if folder != GATEWAYS_FILES:
            _add_residents(world, folder)
        _add(world, folder)
    return world


def _add(world: World, folder: Path) -> None:
    for name, row in _rows(folder, "personas", "persona", {}).items():
        world.personas[name] = Persona(
            name,
            row["capacity"],
            row["code"],
            row.get("assurance"),
            row.get("organisation"),
            row.get("grantor") or row.get("legal_entity"),
            row.get("represents_alone", True),
        )
    for row in _rows(folder, "residents", "resident", []):
        if "restricted" in row and row["code"] in world.residents:
            known = world.residents[row["code"]]
            world.residents[known.code] = replace(known, restricted=row["restricted"])
    for row in _rows(folder, "third_parties", "third_party", []):
        contract = row["contract"]
        named = row.get("municipalities", [])
        world.third_parties[row["id"]] = ThirdParty(
            row["id"],
            row.get("status", "ACTIVE"),
            _day(world, contract["valid_from"]),
            _day(world, contract["valid_to"]),
            frozenset(row["claim_types"]),
            _every_municipality() if named == "all" else frozenset(named),
        )
    for row in _rows(folder, "organisations", "centre", []):
        world.centres[row["id"]] = Centre(row["id"], row["municipality"], frozenset(row["claim_types"]))
    for row in _rows(folder, "mandates", "mandate", []):
        world.mandates.append(
            Mandate(
                row["grantor"],
                row.get("holder") or row["third_party"],
                frozenset(row["claim_types"]),
                frozenset(row["actions"]),
                _day(world, row.get("valid_from", 0)),
                _day(world, row["valid_to"]),
                row.get("status", "ACTIVE"),
            )
        )
    for row in _rows(folder, "claims", "claim", []):
        world.claims[row["id"]] = _claim(world, row)


def _claim(world: World, row: dict[str, Any]) -> Claim:
    status, presence = row.get("status", "DRAFT"), row.get("presence")
    days = row.get("created", 0)
    at = world.seeded + timedelta(days=days)
    if presence is not None and "minutes_ago" in presence:
        at = world.seeded - timedelta(minutes=presence["minutes_ago"])
    return Claim(
        row["id"],
        row["type"],
        status,
        row.get("person") or row["legal_entity"],
        "legal_entity" in row,
        row.get("municipality"),
        row.get("centre"),
        frozenset(row.get("assigned_to", [])),
        status not in ("DRAFT", "WITHDRAWN") or row.get("was_submitted", False),
        days,
        None if presence is None else Presence(presence["method"], presence["by"], at),
    )


def _add_residents(world: World, folder: Path) -> None:
    for row in _rows(folder, "residents", "resident", []):
        partners = frozenset(row[key] for key in ("spouse", "partner") if key in row)
        code, children = row["code"], frozenset(row.get("children", []))
        world.residents[code] = Resident(code, row.get("address"), partners, children, row.get("restricted", False))


def _every_municipality() -> frozenset[str]:
    return frozenset(_rows(REGISTERS_FILES, "municipalities", "municipalities", {}))


def _day(world: World, value: int | date) -> date:
    return world.today + timedelta(days=value) if isinstance(value, int) else value


def _rows(folder: Path, file: str, key: str, none: Any) -> Any:
    path = folder / f"{file}.toml"
    return _read(path).get(key, none) if path.exists() else none


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
