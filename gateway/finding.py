"""What ``gateway doctor`` finds, one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 5
"""Municipalities that one line names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    holds: bool
    finding: str
    remedy: str | None = None


def some(codes: Sequence[str]) -> str:
    """A few of many, and how many more there are."""
    more = len(codes) - _SHOWN
    return ", ".join(codes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
