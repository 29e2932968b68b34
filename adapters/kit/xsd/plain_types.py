"""Which texts of a simple type a regular expression can tell by itself, and how the value is made of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from adapters.kit.xsd.calendar import read_date
from adapters.kit.xsd.types import Kind, SimpleType
from adapters.kit.xsd.values import read_value

# A carriage return is read as a line feed, an ampersand begins an entity, and "]]>" is not XML.
_PLAIN = "[^<&\\]\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]"
_WORD = "[^<&\\]\\x00-\\x20\\ufffe\\uffff]"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?+"
_PART = re.compile(
    r"(?P<open>\((?:\?:)?)|(?P<set>\[[A-Za-z0-9-]+\])|[A-Za-z0-9-]|[)|?]|\{[0-9]+(?:,[0-9]+)?\}", re.ASCII
)
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
    patterns = [_inlined(pattern.pattern) for pattern in simple.patterns]
    bounded = simple.min_length is not None or simple.max_length is not None
    if (
        simple.kind is Kind.STRING
        and simple.enumeration is not None
        and not patterns
        and not bounded
        and not simple.replace
    ):
        values = sorted(value for value in simple.enumeration if re.fullmatch(f"{_PLAIN}*", value))
        if values and not (simple.collapse and any(value != " ".join(value.split()) for value in values)):
            return PlainText("|".join(map(re.escape, values)), None)
    if simple.kind is Kind.STRING and simple.enumeration is None:
        if len(patterns) == 1 and patterns[0] is not None and not bounded and not simple.replace:
            return PlainText(patterns[0], None)
        if not patterns and not simple.collapse and not simple.replace:
            longest = "" if simple.max_length is None else simple.max_length
            return PlainText(f"{_PLAIN}{{{simple.min_length or 0},{longest}}}+", None)
    narrowed = simple.enumeration is not None or bool(patterns)
    if simple.kind is Kind.BOOLEAN and not narrowed:
        return PlainText("true|false|1|0", {"true": True, "1": True, "false": False, "0": False})
    if simple.kind is Kind.DATE and not narrowed and not _bounded(simple):
        return PlainText(_DAY + _ZONE, _day)
    if simple.kind in (Kind.QNAME, Kind.LIST, Kind.UNION):
        return PlainText("(?!)", None)  # A name needs the declarations around it.
    text = f"{_PLAIN}*+" if simple.kind is Kind.STRING else f"{_WORD}++"
    return PlainText(text, lambda text: read_value(simple, text))


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
    return made
