"""What verifying a log comes to, in words for whoever has to act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.store.tables.columns import from_microseconds

Tell = Callable[[int, int], None]
"""Is told from time to time how many rows of how many are read."""
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was signed.

    Attributes:
        what: ``edited``, ``deleted``, ``inserted``, ``moved``, ``truncated``, ``replaced``, ``filing``, ``checkpoint``,
            ``leaves``, ``events``, ``people``, ``file``.
        where: which rows, or which checkpoint.
    """

    what: str
    where: str


@dataclass(slots=True)
class Verdict:
    """What a log is found to be."""

    rows: int = 0
    covered: int = 0
    """Rows that a signed checkpoint is over."""
    checkpoints: int = 0
    outside: int = 0
    """Checkpoints kept outside the store that were compared."""
    events: int = 0
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What is no fault, and good to know."""
    counts: dict[str, int] = field(default_factory=dict)
    """Findings by kind, those that are not named singly too."""

    @property
    def holds(self) -> bool:
        """Nothing was changed of what was signed."""
        return not self.findings

    def add(self, what: str, where: str) -> None:
        """One finding; of many of a kind the first are named."""
        count = self.counts[what] = self.counts.get(what, 0) + 1
        if count <= _MOST_NAMED:
            self.findings.append(Finding(what, where))


def row_at(place: int) -> str:
    """A row in words: its place as ids begin with it, and about when it was written."""
    try:
        at = f", written {from_microseconds(place):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        at = ""
    return f"row {place:014x}{at}"
