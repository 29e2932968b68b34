"""Who may do what: a cell for each claim type, capacity and question, with its condition and the rule that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.facts import Question, ReadScope
from policies.kit.judge import DEFAULT_DENY
from policies.kit.policy_set import PolicySet
from policies.kit.space import Answered, Region, Space, refusing
from policies.kit.wording import common_and_ways, conditions, of_scope
from schema.terms import Capacity, ClaimAction, ClaimTypeCode, EvidenceScope

_Worked = tuple[tuple[tuple[str, ...], ...], tuple[int | None, ...]]
"""Ways in which it is allowed, and the deciding rules by bit (None: ``default-deny``): the same for a whole region."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that can be asked."""

    letter: str
    """As in the overview."""
    title: str
    question: Question
    taking_off: bool | None = None
    """ASSIGN: whether a third party is taken off."""

    @property
    def fixed(self) -> Mapping[str, Any]:
        return {} if self.taking_off is None else {"taking_off": self.taking_off}


COLUMNS: tuple[Column, ...] = (
    Column("s", "READ: id, type, status", Question(ClaimAction.READ, ReadScope.STATUS)),
    Column("R", "READ: the whole claim", Question(ClaimAction.READ, ReadScope.CLAIM)),
    *(
        Column(letter, f"READ_EVIDENCE: {of_scope(scope)}", Question(ClaimAction.READ_EVIDENCE, scope))
        for letter, scope in zip(("e", "E", "O"), EvidenceScope, strict=True)
    ),
    Column("P", "PREPARE", Question(ClaimAction.PREPARE)),
    Column("S", "SUBMIT", Question(ClaimAction.SUBMIT)),
    Column("W", "WITHDRAW", Question(ClaimAction.WITHDRAW)),
    Column("A", "ASSIGN: put a third party on", Question(ClaimAction.ASSIGN), taking_off=False),
    Column("a", "ASSIGN: take a third party off", Question(ClaimAction.ASSIGN), taking_off=True),
    Column("D", "DECIDE", Question(ClaimAction.DECIDE)),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one capacity is answered about one claim type."""

    claim_type: ClaimTypeCode
    capacity: Capacity
    column: Column
    allowed: bool
    """In some position; ``always`` and ``ways`` say in which."""
    always: tuple[str, ...]
    """Conditions that must all hold."""
    ways: tuple[tuple[str, ...], ...]
    """Beside them, one of these lists must hold; empty: nothing else."""
    rules: tuple[str, ...]
    """Ids of the permits that allow it, or of what refuses it everywhere."""

    @property
    def condition(self) -> str:
        """In one line; empty where it is refused."""
        parts = [*self.always]
        if self.ways:
            parts.append("either " + ", or ".join(" and ".join(way) for way in self.ways))
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every cell, by claim type and capacity."""

    version: str
    modules: tuple[ClaimTypeModule, ...]
    cells: Mapping[tuple[ClaimTypeCode, Capacity], tuple[Cell, ...]]

    def row(self, module: ClaimTypeModule, capacity: Capacity) -> tuple[Cell, ...]:
        """In the order of :data:`COLUMNS`."""
        return self.cells[module.code, capacity]


def matrix(policies: PolicySet) -> Matrix:
    """The cells of every claim type, as the policies stand: what is not open yet takes nothing new."""
    space = Space(policies)
    known: dict[Any, _Worked] = {}
    modules = tuple(sorted(policies.claim_types.values(), key=lambda module: module.code.text))
    cells = {
        (module.code, capacity): tuple(_cells(space, module, capacity, known))
        for module in modules
        for capacity in Capacity
    }
    return Matrix(policies.version, modules, cells)


def _cells(space: Space, module: ClaimTypeModule, capacity: Capacity, known: dict[Any, _Worked]) -> Iterator[Cell]:
    for column in COLUMNS:
        answered = space.answer(module, module.open, capacity, column.question)
        key = (id(answered.region), column.taking_off)
        if key not in known:
            ways = conditions(answered.region, column.fixed)
            known[key] = (ways, _permits(answered, column) if ways else refusing(answered, column.fixed))
        ways, bits = known[key]
        always, rest = common_and_ways(ways)
        ids = tuple(DEFAULT_DENY if bit is None else answered.rules[bit].id for bit in bits)
        yield Cell(module.code, capacity, column, bool(ways), always, rest, tuple(sorted(ids)))


def _permits(answered: Answered, column: Column) -> tuple[int, ...]:
    """Every permit that allows it in some position that occurs."""
    region = answered.region
    found = 0
    for position, permits in region.allowed.items():
        if region.occurs(position) and _as_fixed(region, position, column.fixed):
            found |= permits
    return tuple(bit for bit in range(len(answered.rules)) if found >> bit & 1)


def _as_fixed(region: Region, position: Sequence[Any], fixed: Mapping[str, Any]) -> bool:
    return all(value == fixed.get(name, value) for name, value in zip(region.facts, position, strict=True))
