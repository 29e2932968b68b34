"""Who holds which office in which enterprise: as written down, and of generated enterprises worked out of who they are.

Officers are adults of the population register who live; the same wherever a register is asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from adapters.sandbox.world.belongings import is_generated_adult
from adapters.sandbox.world.model import Enterprise, Office, World

OF_OWNERS = frozenset({"MEMBER", "STOCKHOLDER", "OWNER"})
"""Roles of persons that are no offices."""


class Offices:
    """The enterprise register's entries, and what changed of who may represent whom."""

    def __init__(self, world: World) -> None:
        self._of: dict[str, tuple[Office, ...]] = {}
        self._held: dict[str, list[tuple[str, Office]]] = {}
        self.changes: list[tuple[str, str, str, bool]] = []
        """In order: person, enterprise, right to represent, and whether it is in force."""
        adults = [
            code for code, one in world.residents.items() if one.status == "AKT" and is_generated_adult(world, one)
        ]
        for number, one in world.enterprises.items():
            held = _worked_out(one, adults) if one.offices is None else one.offices
            self._of[number] = held
            for office in held:
                self._held.setdefault(office.code, []).append((number, office))
                if office.ended is None and office.right is not None:
                    self.changes.append((office.code, number, office.right, True))

    def of(self, number: str) -> tuple[Office, ...]:
        """Every entry of an enterprise, historic ones too."""
        return self._of.get(number, ())

    def held(self, code: str) -> tuple[tuple[str, Office], ...]:
        """The offices that a person holds now, each with its enterprise's number."""
        return tuple((number, office) for number, office in self._held.get(code, ()) if office.ended is None)

    def end(self, code: str, number: str, day: date) -> None:
        """A person leaves every office of an enterprise."""
        left = tuple(
            replace(one, ended=day) if one.code == code and one.ended is None else one for one in self.of(number)
        )
        gone = [one for one, after in zip(self.of(number), left, strict=True) if one is not after]
        self.changes += [(code, number, one.right, False) for one in gone if one.right is not None]
        self._of[number] = left
        others = [(place, office) for place, office in self._held.get(code, ()) if place != number]
        self._held[code] = [*others, *((number, one) for one in left if one.code == code)]


def _worked_out(enterprise: Enterprise, adults: list[str]) -> tuple[Office, ...]:
    """A board of one who represents alone, or of two or three of whom all or at least two sign; and the owner."""
    if enterprise.status != "REGISTRETS":
        return ()
    draw = Random(f"offices {enterprise.number}")  # noqa: S311 - invents officers, keeps no secret
    size = min(draw.choice((1, 1, 1, 2, 3)), len(adults))
    right = "INDIVIDUALLY" if size == 1 else draw.choice(("WITH_ALL", "WITH_AT_LEAST"))
    board = draw.sample(adults, size)
    years = [date(draw.randrange(2011, 2025), draw.randrange(1, 13), draw.randrange(1, 29)) for _ in board]
    posts = ["BOARD_MEMBER" if size == 1 else "CHAIR_OF_BOARD", *["BOARD_MEMBER"] * (size - 1)]
    offices = [Office(code, post, right, first) for code, post, first in zip(board, posts, years, strict=False)]
    return (*offices, *(Office(code, "OWNER", None, enterprise.registered) for code in board[:1]))
