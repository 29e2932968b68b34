"""Text on the wire and the value it stands for: strict both ways."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from adapters.kit.xsd.types import Kind, SimpleType

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_ZONE = r"(?P<zone>Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
_DATE = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})" + _ZONE, re.ASCII)
_DATE_TIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?" + _ZONE,
    re.ASCII,
)
_WHITE = re.compile(r"[\t\n\r ]+")
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}


def read_value(simple: SimpleType, text: str) -> Any:
    """The value of an element's text.

    Raises:
        ValueError, KeyError: the text is none of the type's. The message does not matter and is thrown away.
    """
    if simple.collapse:
        text = _WHITE.sub(" ", text).strip(" ")
    _check_text(simple, text)
    value = _parse(simple.kind, text)
    if simple.kind in (Kind.INTEGER, Kind.DECIMAL):
        _check_number(simple, Decimal(value))
    return value


def write_value(simple: SimpleType, value: Any) -> str:
    """The canonical text of a value; the inverse of :func:`read_value`.

    Raises:
        ValueError, TypeError: not a value of the type.
    """
    text = _format(simple.kind, value)
    read_value(simple, text)
    return text


def _parse(kind: Kind, text: str) -> Any:
    match kind:
        case Kind.STRING:
            return text
        case Kind.BOOLEAN:
            return _BOOLEAN[text]
        case Kind.INTEGER:
            return int(_matched(_INTEGER, text).group())
        case Kind.DECIMAL:
            return Decimal(_matched(_DECIMAL, text).group())
        case Kind.DATE:
            # A zone on a day says where it is that day; a record's day is the same day.
            return date.fromisoformat(_matched(_DATE, text).group("day"))
        case Kind.DATE_TIME:
            return _date_time(text)
        case Kind.BINARY:
            try:
                return base64.b64decode(text.replace(" ", ""), validate=True)
            except binascii.Error:
                raise ValueError("not base64") from None


def _format(kind: Kind, value: Any) -> str:
    match kind, value:
        case Kind.STRING, str():
            return value
        case Kind.BOOLEAN, bool():
            return "true" if value else "false"
        case Kind.INTEGER, int() if not isinstance(value, bool):
            return str(value)
        case Kind.DECIMAL, Decimal() if value.is_finite():
            return f"{value:f}"
        case Kind.DATE_TIME, datetime():
            if value.tzinfo is None:
                raise ValueError("a time without zone")
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Kind.DATE, date() if not isinstance(value, datetime):
            return value.isoformat()
        case Kind.BINARY, bytes():
            return base64.b64encode(value).decode("ascii")
    raise TypeError(f"not a value for {kind.value}")


def _date_time(text: str) -> datetime:
    match = _matched(_DATE_TIME, text)
    moment = datetime.fromisoformat(f"{match['day']}T{match['clock']}")
    if match["fraction"]:
        moment += timedelta(microseconds=int(match["fraction"][:6].ljust(6, "0")))
    zone = match["zone"]
    if zone is None:
        raise ValueError("a time without zone")  # Which moment it is would be a guess.
    if zone == "Z":
        return moment.replace(tzinfo=UTC)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return moment.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset)).astimezone(UTC)


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError("not of the type's form")
    return match


def _check_text(simple: SimpleType, text: str) -> None:
    if simple.enumeration is not None and text not in simple.enumeration:
        raise ValueError("not in the enumeration")
    if any(pattern.fullmatch(text) is None for pattern in simple.patterns):
        raise ValueError("does not match the pattern")
    if simple.kind is not Kind.STRING:
        return
    if simple.min_length is not None and len(text) < simple.min_length:
        raise ValueError("too short")
    if simple.max_length is not None and len(text) > simple.max_length:
        raise ValueError("too long")


def _check_number(simple: SimpleType, value: Decimal) -> None:
    if simple.minimum is not None and value < simple.minimum:
        raise ValueError("too small")
    if simple.maximum is not None and value > simple.maximum:
        raise ValueError("too large")
    if simple.minimum_exclusive is not None and value <= simple.minimum_exclusive:
        raise ValueError("too small")
    if simple.maximum_exclusive is not None and value >= simple.maximum_exclusive:
        raise ValueError("too large")
    _, digits, exponent = value.normalize().as_tuple()
    decimals = max(0, -int(exponent))
    if simple.fraction_digits is not None and decimals > simple.fraction_digits:
        raise ValueError("too many decimals")
    if simple.total_digits is not None and max(len(digits), decimals) + max(0, int(exponent)) > simple.total_digits:
        raise ValueError("too many digits")
