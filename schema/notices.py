"""What registers tell of by themselves."""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    """What a register tells of by itself, so that decisions need not ask it."""

    PROTECTION = "PROTECTION"
    """Whose data the population register restricts."""
    REPRESENTATION = "REPRESENTATION"
    """Who may represent a legal entity alone, as the enterprise register lists it."""
