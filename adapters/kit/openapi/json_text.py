"""JSON texts from outside, read strictly and within bounds, and written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, DecimalException
from typing import Any

import orjson

from adapters.kit.openapi.formats import write_date_time

MAX_VALUES = 250_000
"""In one text: what is made of them stays within some tens of MiB."""
_MAX_DIGITS = 1000
_MAX_DEPTH = 200
_LONE = re.compile(rb"\\u[dD][89a-fA-F]")
_64_BITS = 2**63


def within_bounds(content: bytes) -> bool:
    """Whether a text cannot hold more than ``MAX_VALUES`` values. Marks within texts count too."""
    if len(content) <= MAX_VALUES:
        return True
    return content.count(b",") + content.count(b"[") + content.count(b"{") <= MAX_VALUES


def read_json(content: bytes) -> Any:
    """Read a JSON text: numbers with a fraction or an exponent are ``Decimal``.

    Raises: ValueError; the message repeats nothing of the content.
    """
    try:
        if within_bounds(content):
            value = json.loads(
                content.decode("utf-8"), parse_float=_number, parse_constant=_refuse, object_pairs_hook=_object
            )
            if _LONE.search(content) is None or _is_unicode(value):
                return value
    except (ValueError, RecursionError, DecimalException):
        pass
    raise ValueError("not well-formed JSON")


def as_json(value: Any, depth: int = 0) -> Any:
    """A value of Python as the JSON value that it is written as: of dates and bytes the text, of a float its digits.

    Raises:
        ValueError: a moment without zone, a number that JSON has none for, a value that contains itself.
        TypeError: another type.
    """
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, Mapping):
        return {_name(name): as_json(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner, depth + 1) for inner in value]
    if isinstance(value, Decimal):
        return _finite(value)
    if isinstance(value, float):
        return _finite(Decimal(repr(value)))
    if isinstance(value, datetime):
        return write_date_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str):
        return str(value)
    raise TypeError("a value that JSON has none for")


def write_json(value: Any) -> bytes:
    """The text of a JSON value; of numbers every digit. Raises: ValueError, TypeError."""
    return orjson.dumps(_exact(value))


def write_number(value: int | Decimal) -> str:
    """As it stands in a JSON text."""
    return str(value) if isinstance(value, int) else str(value).replace("E+", "E")


def _exact(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {name: _exact(inner) for name, inner in value.items()}
    if kind is list:
        return [_exact(inner) for inner in value]
    if kind is Decimal or (kind is int and not -_64_BITS <= value < _64_BITS):
        return orjson.Fragment(write_number(value).encode("ascii"))
    return value


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError("a name that is no text")
    return name


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value.adjusted()) > _MAX_DIGITS:
        raise ValueError("a number out of bounds")
    return value


def _number(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise ValueError("a number too long")
    return _finite(Decimal(text))


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _is_unicode(value: Any) -> bool:
    """Whether no text in it holds half a character."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if not one.isascii() and any("\ud800" <= mark <= "\udfff" for mark in one):
                return False
        elif isinstance(one, dict):
            left += one.keys()
            left += one.values()
        elif isinstance(one, list):
            left += one
    return True
