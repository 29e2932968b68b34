"""Municipalities that others took over, as of a day; and with them the departments whose claims are another's now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, or_, select

from gateway.store.organisations import all_municipalities
from gateway.store.prepared import Prepared
from gateway.store.tables.organisations import municipalities


@dataclass(frozen=True, slots=True)
class Term:
    """How long a code of the code list is good for.

    Attributes:
        valid_to: its last day; None: it has none.
        successor: code of the municipality that takes over; None: none does.
    """

    valid_from: date
    valid_to: date | None
    successor: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """Who took over whom, as of a day.

    Attributes:
        successors: codes that are no more, each with the one that stands for it on that day.
    """

    successors: Mapping[str, str]
    _taken_over: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        taken_over: dict[str, tuple[str, ...]] = {}
        for code, successor in self.successors.items():
            taken_over[successor] = (*taken_over.get(successor, ()), code)
        object.__setattr__(self, "_taken_over", taken_over)

    @classmethod
    def on(cls, day: date, terms: Mapping[str, Term]) -> Succession:
        """As of a day: from the successor's first day on, and never before the other's last day is over."""
        found: dict[str, str] = {}
        for code in terms:
            last = code
            # As many steps as there are codes: a list that leads in a circle ends, too.
            for _ in terms:
                term = terms[last]
                after = term.successor
                if after is None or term.valid_to is None or term.valid_to >= day or terms[after].valid_from > day:
                    break
                last = after
            if last != code:
                found[code] = last
        return cls(found)

    def municipality_of_today(self, code: str) -> str:
        """The code that stands for a municipality: its own, or that of the one that took over."""
        return self.successors.get(code, code)

    def owner_of_today(self, owner: str) -> str:
        """The owner that decides what a body was asked: itself, or the same department of the one that took over."""
        department, _, code = owner.rpartition("-")
        successor = self.successors.get(code)
        return owner if successor is None or not department else f"{department}-{successor}"

    def owners_of(self, owner: str) -> tuple[str, ...]:
        """Ids of the owners whose claims are an owner's: itself, first, and the same departments that it took over.

        A department that was taken over has its own alone.
        """
        department, _, code = owner.rpartition("-")
        taken_over = self._taken_over.get(code)
        if taken_over is None or not department:
            return (owner,)
        return (owner, *(f"{department}-{each}" for each in taken_over))


UNCHANGED = Succession({})
"""Nobody took over anybody."""


def terms_of(connection: Connection) -> dict[str, Term]:
    """The terms of all codes of the code list."""
    return {
        each.atvk.digits: Term(each.valid_from, each.valid_to, each.successor.digits if each.successor else None)
        for each in all_municipalities(connection)
    }


_after = municipalities.alias("after")
_CONCERNED = Prepared(
    select(municipalities.c.atvk, municipalities.c.valid_from, municipalities.c.valid_to, municipalities.c.successor)
    .where(or_(municipalities.c.successor.is_not(None), municipalities.c.atvk.in_(select(_after.c.successor))))
    .order_by(municipalities.c.atvk)
)
"""Those that end or take over: few, and each settled delivery asks for them."""


def succession_on(connection: Connection, day: date) -> Succession:
    """As of a day, by the code list of the store."""
    terms = {
        code: Term(date.fromisoformat(first), None if last is None else date.fromisoformat(last), successor)
        for code, first, last, successor in _CONCERNED.rows(connection)
    }
    return Succession.on(day, terms)
