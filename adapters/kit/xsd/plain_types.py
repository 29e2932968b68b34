"""Which texts of a simple type a regular expression can tell by itself, and how the value is made of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.kit.xsd.calendar import read_date
from adapters.kit.xsd.types import WITH_NAMES, Kind, SimpleType
from adapters.kit.xsd.values import read_value

# A carriage return is read as a line feed, an ampersand begins an entity, and "]]>" is not XML.
_PLAIN = "[^<&\\]\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]"
_WORD = "[^<&\\]\\x00-\\x20\\ufffe\\uffff]"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?+"
_PART = re.compile(
    r"(?P<open>\((?:\?:)?)|(?P<set>\[[A-Za-z0-9-]+\])|[A-Za-z0-9-]|[)|?]|\{[0-9]+(?:,[0-9]+)?\}", re.ASCII
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?+"
_MOST_DIGITS = 400
_MOST_REPEATS = 2**31
"""What a regular expression can count."""
_DAY_LENGTH = 10
_SPECIAL = "<&]\r"


@dataclass(frozen=True, slots=True)
class PlainText:
    """The plain form of one simple type."""

    pattern: str
    """Matches only texts that are as the type says, except where ``read`` finds a slip; it has no group."""
    read: Callable[[str], Any] | Mapping[str, Any] | None
    """The value of a text. Raises: ValueError, KeyError, ArithmeticError. None: the text is the value."""


def plain_text(simple: SimpleType) -> PlainText:
    """The plain form of a type. What it leaves out is read by the walker, so it may be narrower, never wider."""
    if simple.kind in WITH_NAMES:
        return PlainText("(?!)", None)  # A name needs the declarations around it.
    found = _text(simple) if simple.kind is Kind.STRING else _value(simple)
    if found is not None:
        return found
    text = f"{_PLAIN}*+" if simple.kind is Kind.STRING else f"{_WORD}++"
    return PlainText(text, lambda text: read_value(simple, text))


def _text(simple: SimpleType) -> PlainText | None:
    patterns = [_inlined(pattern.pattern) for pattern in simple.patterns]
    bounded = simple.min_length is not None or simple.max_length is not None
    most = max(simple.min_length or 0, simple.max_length or 0)
    if simple.replace or most > _MOST_REPEATS or (bounded and (patterns or simple.collapse)):
        return None
    if simple.enumeration is not None:
        values = sorted(value for value in simple.enumeration if re.fullmatch(f"{_PLAIN}*", value))
        if patterns or bounded or not values:
            return None
        if simple.collapse and any(value != " ".join(value.split()) for value in values):
            return None
        return PlainText("|".join(map(re.escape, values)), None)
    if patterns:
        return PlainText(patterns[0], None) if len(patterns) == 1 and patterns[0] is not None else None
    if simple.collapse:
        return PlainText(f"(?:{_WORD}++(?: {_WORD}++)*+)?+", None)
    longest = "" if simple.max_length is None else simple.max_length
    return PlainText(f"{_PLAIN}{{{simple.min_length or 0},{longest}}}+", None)


def _value(simple: SimpleType) -> PlainText | None:
    if simple.patterns or simple.values is not None:
        return None
    if simple.kind is Kind.BOOLEAN:
        return PlainText("true|false|1|0", {"true": True, "1": True, "false": False, "0": False})
    if simple.kind in (Kind.INTEGER, Kind.DECIMAL):
        return _number(simple)
    if _bounded(simple):
        return None
    if simple.kind is Kind.DATE:
        return PlainText(_DAY + _ZONE, _day)
    if simple.kind is Kind.DATE_TIME:
        return PlainText(f"{_DAY}T{_CLOCK}{_ZONE}", datetime.fromisoformat)
    return None


def _number(simple: SimpleType) -> PlainText | None:
    """Numbers that are within their bounds because they have so few digits."""
    if simple.minimum_exclusive is not None or simple.maximum_exclusive is not None:
        return None
    low, high = simple.minimum, simple.maximum
    if (low is not None and low > 0) or (high is not None and high < 0):
        return None
    # Of so many digits each number is above the lowest and below the highest.
    digits = min(_digits(None if low is None or low == 0 else -low), _digits(high))
    sign = "" if low == 0 else "[+-]?"
    decimals = 0 if simple.kind is Kind.INTEGER else simple.fraction_digits
    if simple.total_digits is not None:
        if simple.kind is Kind.DECIMAL and decimals is None:
            return None
        digits = min(digits, simple.total_digits - (decimals or 0))
    if digits < 1:
        return None
    whole = f"{sign}[0-9]{{1,{digits}}}+"
    if simple.kind is Kind.INTEGER:
        return PlainText(whole, int)
    most = _MOST_DIGITS if decimals is None else decimals
    return PlainText(f"{whole}(?:\\.[0-9]{{1,{most}}}+)?+" if most else whole, Decimal)


def _digits(bound: Any) -> int:
    return _MOST_DIGITS if bound is None else len(str(int(bound))) - 1


def _day(text: str) -> date:
    return date.fromisoformat(text) if len(text) == _DAY_LENGTH else read_date(text)


def _bounded(simple: SimpleType) -> bool:
    bounds = (simple.minimum, simple.maximum, simple.minimum_exclusive, simple.maximum_exclusive, simple.values)
    return any(bound is not None for bound in bounds)


def _inlined(pattern: str) -> str | None:
    """The pattern without groups that capture, where it can match nothing that is more than a letter to XML."""
    made, at = "", 0
    while at < len(pattern):
        part = _PART.match(pattern, at)
        if part is None or (part["set"] and any(re.fullmatch(part["set"], sign) for sign in _SPECIAL)):
            return None
        made += "(?:" if part["open"] else part.group()
        at = part.end()
    return None if "){" in made else made  # What repeats as a group goes back and forth.
