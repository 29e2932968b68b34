"""Puts the world together: named people, the folders a user gives, and generated residents up to a total."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from adapters.sandbox.world.employment import with_employment
from adapters.sandbox.world.generate import Generator
from adapters.sandbox.world.load import Part, WorldError, load_folder
from adapters.sandbox.world.model import World

HERE = Path(__file__).parent
TOTAL = 10_000
RECEIVERS = (
    "cadastre",
    "education",
    "finance",
    "natural_persons",
    "revenue",
    "social_assistance",
    "social_insurance",
)


def build_world(folders: Iterable[Path], today: date, *, total: int = TOTAL) -> World:
    """Build the world. A later folder's resident, address or enterprise replaces an earlier one's of the same code.

    Args:
        folders: folders with a ``residents.toml`` each, as the README beside this file says.
        today: what months are counted from.
        total: how many residents there are; named people count.

    Raises:
        WorldError: a folder cannot be used.
    """
    named = Part()
    for folder in (HERE, *folders):
        part = load_folder(folder, today)
        named.residents |= part.residents
        named.addresses |= part.addresses
        named.enterprises |= part.enterprises
        named.cases += part.cases
    made = invented(today, len(named.residents), total)
    world = World(
        municipalities={atvk: place["name"] for atvk, place in _places().items()},
        residents=named.residents | {code: one for code, one in made.residents.items() if code not in named.residents},
        addresses=made.addresses | named.addresses,
        enterprises=named.enterprises | {n: one for n, one in made.enterprises.items() if n not in named.enterprises},
        cases=tuple(named.cases),
    )
    _check(world)
    return world


@lru_cache(maxsize=2)
def invented(today: date, taken: int, total: int) -> Part:
    """The people whom nobody named, with where they live and work: the same each time, and made once.

    Args:
        today: what months are counted from.
        taken: how many of them are named.
        total: how many residents there are.
    """
    made = Generator(_places(), today, taken).residents(total)
    made.residents = {code: with_employment(one, today) for code, one in made.residents.items()}
    return made


def _places() -> dict[str, Any]:
    places: dict[str, Any] = tomllib.loads((HERE / "municipalities.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = places["municipalities"]
    return found


def _check(world: World) -> None:
    """Registers agree with each other: whoever is named somewhere exists."""
    owners: dict[str, str] = {}
    for code, resident in world.residents.items():
        family = (resident.spouse, resident.partner, *resident.children)
        book = resident.tax_book.dependants if resident.tax_book else ()
        if any(one is not None and one not in world.residents for one in (*family, *book)):
            raise WorldError(f"resident {code}: names somebody of the family who is no resident")
        if resident.address is not None and resident.address not in world.addresses:
            raise WorldError(f"resident {code}: address {resident.address} does not exist")
        assistance = [one.atvk for one in resident.benefits] + [one.atvk for one in resident.social_statuses]
        if any(atvk is not None and atvk not in world.municipalities for atvk in (resident.atvk, *assistance)):
            raise WorldError(f"resident {code}: names a municipality that does not exist")
        if any(one.address is not None and one.address not in world.addresses for one in resident.properties):
            raise WorldError(f"resident {code}: a property's address does not exist")
        for former in resident.former_codes:
            if former in world.residents or owners.setdefault(former, code) != code:
                raise WorldError(f"resident {code}: former code {former} belongs to somebody else")
    for address in world.addresses.values():
        if address.successor is not None and address.successor not in world.addresses:
            raise WorldError(f"address {address.code}: successor {address.successor} does not exist")
    for enterprise in world.enterprises.values():
        if any(one.code not in world.residents for one in enterprise.offices or ()):
            raise WorldError(f"enterprise {enterprise.number}: names an officer who is no resident")
        if enterprise.seat is not None and enterprise.seat not in world.addresses:
            raise WorldError(f"enterprise {enterprise.number}: address {enterprise.seat} does not exist")
    for case in world.cases:
        if case.register not in RECEIVERS:
            raise WorldError(f"case {case.claim_id}: {case.register} receives no claims")
