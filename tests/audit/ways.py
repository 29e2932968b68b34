"""A way in which a request can end, and the records that have to stand in the store then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[[str, str], Any]
"""Asks as a persona, and gives the data of the answer."""


@dataclass(frozen=True)
class Row:
    """One row of the log: all records that differ in nothing but claim and subjects.

    Attributes:
        records: claim, ``new`` for one that was just made and ``-`` for none, and the personas (or codes) it is about.
        fields: coordinates, without order; where a name says it all its type is left out.
        amends: number of the row, of this request, that is amended.
        claim_type: where no claim tells it.
        decided: the position that was decided on is kept, so that it can be decided again.
    """

    outcome: str
    action: str
    role: str | None
    records: tuple[str, ...]
    fields: str
    rules: str
    registers: str = ""
    who: str = ""
    amends: int | None = None
    claim_type: str | None = None
    decided: bool = True
    search: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """A request, and what is recorded of it.

    Attributes:
        query: or what makes it.
        faults: register -> what it does meanwhile.
        twice: it is asked twice, and counts the second time.
        codes: of the answer's errors and problems.
        goes_on: it is answered also while nothing can be recorded, since nothing of anybody is in it.
    """

    name: str
    persona: str
    query: str | Callable[[Ask], str]
    rows: tuple[Row, ...]
    codes: frozenset[str] = frozenset()
    faults: Mapping[str, str] = field(default_factory=dict)
    twice: bool = False
    goes_on: bool = False

    @property
    def registers_tell(self) -> bool:
        """Whether a row is written after the registers were asked."""
        return any(row.amends is not None or row.role == "CO_SUBJECT" for row in self.rows)


def codes(*given: str) -> frozenset[str]:
    """Codes of errors or problems."""
    return frozenset(given)
