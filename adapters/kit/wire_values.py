"""Readings of wire values that mappings share: from what a codec gives to what a record can hold."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from adapters.kit.xsd.calendar import in_utc, write_time

__all__ = [
    "as_answer",
    "as_base64",
    "as_decimal",
    "as_number",
    "as_text",
    "as_truth",
    "as_whole",
    "as_words",
    "moment",
    "moment_of",
    "riga_time",
    "write_time",
]

_RIGA = ZoneInfo("Europe/Riga")


def as_decimal(value: float) -> Decimal:
    """The shortest decimal that is this number. Raises: ValueError: it is none, or infinite."""
    made = Decimal(repr(value))
    if not made.is_finite():
        raise ValueError("no finite number")
    return made


def as_base64(value: bytes) -> str:
    """Bytes as a text that JSON can hold."""
    return base64.b64encode(value).decode("ascii")


def riga_time(value: datetime) -> datetime:
    """The moment in UTC; one that is written without zone is taken for local time of Latvia.

    Raises: ValueError: the local time was skipped, or came twice, when the clocks were changed: which moment it is
        would be a guess.
    """
    if value.tzinfo is not None:
        return in_utc(value)
    local = value.replace(tzinfo=_RIGA)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise ValueError("a local time that is not one moment")
    return in_utc(local)


def as_answer(value: Any) -> str:
    """One answer of a claim as a text: text as it was typed, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime) -> str:
    """A moment as contracts of REST write it: UTC, with ``Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """A moment (UTC) that a contract of REST wrote. Raises: ValueError: it is none."""
    return in_utc(datetime.fromisoformat(text))


def as_words(value: tuple[Any, ...]) -> str:
    """The items of a list, parted by blanks."""
    return " ".join(map(str, value))


def as_text(value: Any) -> str:
    """A single value as text: for what may be of several kinds. Raises: ValueError: it is no single value."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return in_utc(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return as_base64(value)
    if isinstance(value, int | Decimal):
        return str(value)
    raise ValueError("no single value")


def as_truth(value: Any) -> bool:
    """The truth value, for what another alternative of a contract may have let pass. Raises: ValueError: it is none."""
    if isinstance(value, bool):
        return value
    raise ValueError("no truth value")


def as_whole(value: Any) -> int:
    """The whole number, as :func:`as_truth`. Raises: ValueError: it is none, or has more than 32 bits."""
    if isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31:
        return value
    raise ValueError("no whole number of 32 bits")


def as_number(value: Any) -> Decimal:
    """The number, as :func:`as_truth`. Raises: ValueError: it is none."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("no number")
