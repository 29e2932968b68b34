"""What generated people own and where they stand: worked out of who they are, the same wherever a register is asked."""

from __future__ import annotations

from datetime import date
from random import Random

from adapters.sandbox.world.generate import FIRST_CODE
from adapters.sandbox.world.model import Property, Resident, Vehicle, World

_LAST_CODE = FIRST_CODE + 100_000_000
_MAKES = (
    *(("VOLVO", "V60"), ("VW", "PASSAT"), ("TOYOTA", "COROLLA"), ("AUDI", "A4"), ("OPEL", "ASTRA"), ("BMW", "320")),
    ("ŠKODA", "OCTAVIA"),
)
_LETTERS = "ABCDEFGHJKLMNPRSTUV"
_STATUSES = ("PAR", "ATS", "IZV", "IZS", "NOR")
_PLATES_GIVEN_BACK = frozenset({"PAR", "IZS", "NOR"})


def properties_of(world: World, resident: Resident) -> tuple[Property, ...]:
    """As written down; of generated people the home of six in ten households, in equal shares of its adults."""
    address = world.addresses.get(resident.address or "")
    if address is None or not is_generated_adult(world, resident):
        return resident.properties
    draw = _random("home", address.code)
    if draw.random() >= 0.6:
        return ()
    owners = [one for one in world.at_address(address.code) if is_generated_adult(world, one)]
    kind = "DZI" if address.flat else "EKA"
    return (Property(f"96{address.code}", kind, f"1/{len(owners)}", address.code, draw.randrange(8_000, 90_000) * 100),)


def vehicles_of(world: World, resident: Resident) -> tuple[Vehicle, ...]:
    """As written down; of generated people one in three adults has a vehicle, and some couples have one together."""
    if not is_generated_adult(world, resident):
        return resident.vehicles
    if resident.status != "AKT":
        return ()
    other = world.residents.get(resident.spouse or resident.partner or "")
    if other is not None:
        first, second = sorted((resident, other), key=lambda one: one.code)
        draw = _random("shared vehicle", first.code)
        if draw.random() < 0.15:
            return (_vehicle(draw, first.code, max(_eighteen(first), _eighteen(second)), "1/2"),)
    draw = _random("vehicle", resident.code)
    return (_vehicle(draw, resident.code, _eighteen(resident), None),) if draw.random() < 0.33 else ()


def is_generated_adult(world: World, resident: Resident) -> bool:
    """Whether nobody wrote the person down; the generator gives parents to children alone."""
    return FIRST_CODE <= int(resident.code) < _LAST_CODE and not world.has_parents(resident.code)


def _vehicle(draw: Random, code: str, not_before: date, share: str | None) -> Vehicle:
    make, model = draw.choice(_MAKES)
    # The last four digits of generated codes differ, and so do plates.
    plate = f"{draw.choice(_LETTERS)}{draw.choice(_LETTERS)}{int(code) % 10_000}"
    year = draw.randrange(1998, 2022)
    since = max(date(year + 1, draw.randrange(1, 13), draw.randrange(1, 28)), not_before)
    status = draw.choice(_STATUSES) if draw.random() < 0.06 else "UZS"
    return Vehicle(
        plate=None if status in _PLATES_GIVEN_BACK else plate,
        make=make,
        model=model,
        year=None if draw.random() < 0.01 else year,
        since=since,
        share=share,
        status=status,
        stolen=draw.random() < 0.005,
    )


def _eighteen(resident: Resident) -> date:
    """A day on which the person is of age for certain, also where only the year of birth is known."""
    return date(int((resident.birth_date or "1980")[:4]) + 19, 1, 1)


def _random(what: str, code: str) -> Random:
    return Random(f"{what} {code}")  # noqa: S311 - invents belongings, keeps no secret
