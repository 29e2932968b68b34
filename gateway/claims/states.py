"""Life of a claim: which status may follow which. What is not listed here cannot happen."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from schema.terms import ClaimStatus

S = ClaimStatus

NEXT: Mapping[ClaimStatus, frozenset[ClaimStatus]] = MappingProxyType(
    {
        S.DRAFT: frozenset({S.SUBMITTED, S.WITHDRAWN}),
        S.SUBMITTED: frozenset({S.DELIVERED, S.OUTCOME_UNKNOWN, S.REJECTED_BY_OWNER, S.WITHDRAWN}),
        # Back to SUBMITTED where people have asked the owner, and it never received the claim.
        S.OUTCOME_UNKNOWN: frozenset({S.DELIVERED, S.REJECTED_BY_OWNER, S.WITHDRAWN, S.SUBMITTED}),
        S.DELIVERED: frozenset({S.IN_REVIEW, S.INFORMATION_REQUESTED, S.GRANTED, S.REFUSED, S.WITHDRAWN}),
        S.IN_REVIEW: frozenset({S.INFORMATION_REQUESTED, S.GRANTED, S.REFUSED, S.WITHDRAWN}),
        S.INFORMATION_REQUESTED: frozenset({S.IN_REVIEW, S.GRANTED, S.REFUSED, S.WITHDRAWN}),
        S.GRANTED: frozenset(),
        S.REFUSED: frozenset(),
        S.WITHDRAWN: frozenset(),
        S.REJECTED_BY_OWNER: frozenset(),
    }
)


class IllegalTransition(Exception):
    """A status that cannot follow the claim's present one was asked for; the caller should have looked first."""

    def __init__(self, present: ClaimStatus, wanted: ClaimStatus) -> None:
        super().__init__(f"a claim that is {present} cannot become {wanted}")
        self.present = present
        self.wanted = wanted


def may_become(present: ClaimStatus, wanted: ClaimStatus) -> bool:
    """Whether the one status may follow the other."""
    return wanted in NEXT[present]


def check(present: ClaimStatus, wanted: ClaimStatus) -> None:
    """Raises: IllegalTransition where the one status may not follow the other."""
    if not may_become(present, wanted):
        raise IllegalTransition(present, wanted)
