"""When the law has the log tell a person later that an authority read of them: a fact of the claim type, with its date.

The date is fixed when the record is written, since the row is a leaf of the log's tree and never changes: a delay lasts
so many days, or to a day, and not until something happens that nobody knows yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.facts import Facts
from policies.kit.rules import is_id, is_sentence
from schema.terms import Capacity, ClaimAction

TABLE = "disclosure"
MOST_DAYS = 3_650
"""A delay ends: ten years."""
CAPACITIES = (Capacity.OWNER_OFFICER, Capacity.CLERK)
"""Public officials alone. What applicants and those they let act do they know, and what a private organisation reads is
never kept from the person."""
_READING = frozenset({ClaimAction.READ, ClaimAction.READ_EVIDENCE})


class DisclosureRow(msgspec.Struct, forbid_unknown_fields=True):
    """A row ``[[disclosure]]`` of ``claim_type.toml``, as it is written."""

    id: str
    capacities: tuple[Capacity, ...]
    actions: tuple[ClaimAction, ...]
    legal_basis: str
    reason: str
    reason_lv: str
    days: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """Of which accesses people are told later, and when: whoever they are (applicant and co-subjects), and whatever
    came of it."""

    id: str
    capacities: frozenset[Capacity]
    actions: frozenset[ClaimAction]
    """What is delayed with everything else that the same request does with the claim."""
    days: int | None
    """So many times 24 hours after the access."""
    until: date | None
    """To the end of this day in Rīga."""
    legal_basis: str
    reason: str
    reason_lv: str

    @property
    def when(self) -> str:
        """In words."""
        return f"{self.days} days after the access" if self.days is not None else f"after {self.until}"

    def covers(self, facts: Facts, actions: Collection[ClaimAction]) -> bool:
        """Whether it delays what somebody who stands so to a claim does with it in one request.

        Only of who may look by law, of the claim's own authority or centre: that anybody else tried is told at once.
        """
        lawful = facts.own_authority or facts.own_centre
        return lawful and facts.capacity in self.capacities and not self.actions.isdisjoint(actions)


def delays(document: Document, rows: Sequence[DisclosureRow], valid_from: date) -> tuple[Delay, ...]:
    """The rows, checked.

    Args:
        valid_from: first day of the claim type: the last day of a delay is not before it, nor too far behind it.

    Raises:
        PolicyError: a row does not hold, or two say something of one capacity.
    """
    found: list[Delay] = []
    for index, row in enumerate(rows):
        if problem := _problem(row, found, valid_from):
            raise PolicyError(document.file, document.line_of_row(TABLE, index), f"disclosure {row.id!r}: {problem}")
        found.append(
            Delay(
                row.id,
                frozenset(row.capacities),
                frozenset(row.actions),
                row.days,
                row.until,
                row.legal_basis,
                row.reason,
                row.reason_lv,
            )
        )
    return tuple(found)


def _problem(row: DisclosureRow, before: Sequence[Delay], valid_from: date) -> str | None:
    if not is_id(row.id):
        return "an id is made of lower-case words joined by hyphens"
    if any(each.id == row.id for each in before):
        return "a second one has this id"
    if not row.capacities or len(set(row.capacities)) != len(row.capacities):
        return "capacities names each once, and at least one"
    if others := [each for each in row.capacities if each not in CAPACITIES]:
        return f"{others[0]} is not kept from anybody; what may be are {' and '.join(CAPACITIES)}"
    if twice := [each for each in row.capacities if any(each in other.capacities for other in before)]:
        return f"another one is about {twice[0]} already"
    if len(set(row.actions)) != len(row.actions) or ClaimAction.READ_EVIDENCE not in row.actions:
        return "actions names each once, and READ_EVIDENCE among them"
    if others_ := [each for each in row.actions if each not in _READING]:
        return f"{others_[0]} shows in the claim's own history; what is delayed is READ_EVIDENCE, or with it READ"
    return _problem_of_time(row, valid_from) or _problem_of_words(row)


def _problem_of_time(row: DisclosureRow, valid_from: date) -> str | None:
    if (row.days is None) is (row.until is None):
        return "it says days or until, one of the two"
    if row.days is not None and not 1 <= row.days <= MOST_DAYS:
        return f"days is a number from 1 to {MOST_DAYS:,}"
    if row.until is not None and not 0 <= (row.until - valid_from).days <= MOST_DAYS:
        return f"until is a day within {MOST_DAYS:,} days after the claim type's first"
    return None


def _problem_of_words(row: DisclosureRow) -> str | None:
    if not row.legal_basis.strip():
        return "legal_basis is empty: without a law nothing is kept from anybody"
    for key, text in (("reason", row.reason), ("reason_lv", row.reason_lv)):
        if not is_sentence(text):
            return f"{key} is one sentence, with a capital letter and a full stop"
    return None
