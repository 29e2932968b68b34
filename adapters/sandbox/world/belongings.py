"""What generated people own and where they stand: worked out of who they are, the same wherever a register is asked."""

from __future__ import annotations

from random import Random

from adapters.sandbox.world.generate import FIRST_CODE
from adapters.sandbox.world.model import Property, Resident, World


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


def is_generated_adult(world: World, resident: Resident) -> bool:
    """Whether nobody wrote the person down; the generator gives parents to children alone."""
    return int(resident.code) >= FIRST_CODE and not world.has_parents(resident.code)


def _random(what: str, code: str) -> Random:
    return Random(f"{what} {code}")  # noqa: S311 - invents belongings, keeps no secret
