"""Whom a request asks for, as desks that keep people under the code they are asked by find them."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.sandbox.exchange import Twist
from adapters.sandbox.world.model import Resident, World


def people_asked_for(world: World, codes: Iterable[str], twist: Twist) -> list[tuple[str, Resident]]:
    """Each person of the world once, with the code asked by; a fault puts a stranger in their place, or beside them."""
    asked = list(dict.fromkeys(codes))
    found = [(code, one) for code in asked if (one := world.resident(code)) is not None]
    if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
        stranger = world.another_person(asked)
        return [*(found[1:] if twist is Twist.WRONG_PERSON else found), (stranger.code, stranger)]
    return found
