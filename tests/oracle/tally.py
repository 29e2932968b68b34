"""What has been compared: how many cells of the matrix, and where gateway and oracle disagree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One cell that is not as the oracle says."""

    persona: str
    claim: str
    way: str
    what: str
    said: str

    def __str__(self) -> str:
        return f"{self.persona} on {self.claim} by {self.way}: {self.what}: {self.said}"


@dataclass
class Tally:
    """Cells counted by persona, claim type, way and action."""

    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    disagreements: list[Disagreement] = field(default_factory=list)
    refused: int = 0
    """Requests in which everything is refused."""
    refused_with_calls: int = 0
    """Those of them that a register was called for."""

    def count(self, persona: str, claim_type: str, way: str, action: str, cells: int = 1) -> None:
        """Cells that were compared."""
        self.cells[persona, claim_type, way] += cells
        self.actions[action] += cells

    def disagree(self, persona: str, claim: str, way: str, what: str, said: str) -> None:
        """One that is not as expected."""
        self.disagreements.append(Disagreement(persona, claim, way, what, said))

    @property
    def personas(self) -> set[str]:
        """Who asked."""
        return {persona for persona, _, _ in self.cells}

    @property
    def claim_types(self) -> set[str]:
        """What was asked about."""
        return {claim_type for _, claim_type, _ in self.cells}

    @property
    def ways(self) -> set[str]:
        """How it was asked."""
        return {way for _, _, way in self.cells}

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        self.cells += other.cells
        self.actions += other.actions
        self.disagreements += other.disagreements
        self.refused += other.refused
        self.refused_with_calls += other.refused_with_calls

    def show(self, console: Console, kinds: dict[str, str]) -> None:
        """Print the cells by persona, claim type and way, then what disagrees.

        Args:
            kinds: capacity by persona; personas of one capacity share a row in the table of ways.
        """
        by_type = Table(
            "persona", "capacity", *sorted(self.claim_types), "all", title="cells by persona and claim type"
        )
        for persona in sorted(self.personas, key=lambda each: (kinds.get(each, ""), each)):
            row = [self._sum(persona=persona, claim_type=each) for each in sorted(self.claim_types)]
            by_type.add_row(persona, kinds.get(persona, ""), *map(str, row), str(sum(row)))
        by_way = Table("capacity", *sorted(self.ways), "all", title="cells by capacity and way")
        for kind in sorted(set(kinds.values())):
            row = [
                self._sum(way=way, among={name for name, of in kinds.items() if of == kind})
                for way in sorted(self.ways)
            ]
            if sum(row):
                by_way.add_row(kind, *map(str, row), str(sum(row)))
        for table in (by_type, by_way):
            console.print(table)
        console.print("by action: " + ", ".join(f"{action} {cells}" for action, cells in sorted(self.actions.items())))
        for disagreement in self.disagreements[:_SHOWN]:
            console.print(f"! {disagreement}", markup=False, highlight=False)
        console.print(
            f"{self.cells.total()} cells, {len(self.disagreements)} disagreements; "
            f"{self.refused} requests refused whole, {self.refused_with_calls} of them with a register call"
        )

    def _sum(
        self,
        persona: str | None = None,
        claim_type: str | None = None,
        way: str | None = None,
        among: set[str] | None = None,
    ) -> int:
        return sum(
            cells
            for (who, what, how), cells in self.cells.items()
            if persona in (None, who) and claim_type in (None, what) and way in (None, how)
            if among is None or who in among
        )
