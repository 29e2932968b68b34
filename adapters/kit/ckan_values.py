"""Values as open data portals (CKAN) keep them.

A portal has a column as text or as numbers, a day as text or as midnight of it, and nothing as null or as empty text,
as it took the published file over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

K = TypeVar("K")


def as_kept(asked: Mapping[str, K]) -> dict[Any, K]:
    """Subjects by their digits, and by the numbers that a portal may have made of them."""
    return {**asked, **{int(digits): subject for digits, subject in asked.items()}}


def text_of(value: str | int | None) -> str | None:
    """A value as text; empty text is none."""
    return None if value is None or value == "" else str(value)


def day_of(value: str | None) -> date | None:
    """A day, which some portals keep as midnight of it. Raises: ValueError: another time of day, or no day."""
    return None if not value else date.fromisoformat(value.removesuffix("00:00:00").rstrip("T "))
