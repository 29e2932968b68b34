"""Days that are not known whole. Standard library only."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Self

_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day of which the month or the day may be unknown (``1970``, ``1970-05``, ``1970-05-17``)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ISO 8601 with trailing parts left out. Raises: ValueError on any other form or a day that is none."""
        if len(text) == 10 and text[5] != "W":  # The only other form of that length is of weeks.
            with suppress(ValueError):  # Its message would repeat the text.
                return cls(*date.fromisoformat(text).timetuple()[:3])
        match = _PARTIAL_DATE.fullmatch(text)
        if match is None:
            raise ValueError("a partial date is YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = int(match[1]), *(int(part) if part else None for part in match.group(2, 3))
        date(year, month or 1, day or 1)  # ValueError where the calendar has no such day
        return cls(year, month, day)

    def isoformat(self) -> str:
        """The parts that are known, joined by hyphens."""
        text = f"{self.year:04}"
        if self.month is not None:
            text += f"-{self.month:02}"
            if self.day is not None:
                text += f"-{self.day:02}"
        return text

    def __repr__(self) -> str:
        return "PartialDate(***)"

    __str__ = __repr__
