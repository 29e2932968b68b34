"""The formats of JSON Schema and OpenAPI: which texts are of one, and which value such a text stands for."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY = re.compile(
    r"(?!0000)(?:\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)",
    re.ASCII,
)
"""What :func:`read_date` takes, for who wants to know no more: answers are full of dates."""
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](([01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_DURATION = re.compile(r"P(?!$)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# No group that is repeated without end: each time costs a hundred bytes until the end.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")
_URI_REFERENCE = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*+")
_NOTHING_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EMAIL = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}")
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_MICROSECONDS = 6


class Instant(datetime):
    """A moment with more digits than a microsecond has; ``wire`` is its text, all of them in it."""

    wire: str


def read_date(text: str) -> date:
    """``full-date`` of RFC 3339. Raises: ValueError."""
    if not _DATE.fullmatch(text):
        raise ValueError("no date")
    return date.fromisoformat(text)


def read_date_time(text: str) -> datetime:
    """``date-time`` of RFC 3339, its zone kept; without a zone it is none. Raises: ValueError."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise ValueError("no date-time")
    day, clock, fraction, zone = found.group(1, 2, 4, 5)
    digits = (fraction or ".")[1:]
    kept = digits[:_MICROSECONDS]
    zone = "+00:00" if zone in "Zz" else zone
    made = datetime.fromisoformat(f"{day}T{clock}{'.' + kept.ljust(_MICROSECONDS, '0') if kept else ''}{zone}")
    if not digits[_MICROSECONDS:].strip("0"):
        return made
    instant = Instant.fromisoformat(made.isoformat())
    instant.wire = text
    return instant


def read_bytes(text: str) -> bytes:
    """Base 64 with its padding, nothing else in it. Raises: ValueError."""
    if len(text) % 4 or not _BASE64.fullmatch(text):
        raise ValueError("no base 64")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base 64") from None


def write_date_time(value: datetime) -> str:
    """Raises: ValueError where the value has no zone."""
    if isinstance(value, Instant) and hasattr(value, "wire"):
        return value.wire
    if value.tzinfo is None:
        raise ValueError("a moment without its zone")
    return value.isoformat().replace("+00:00", "Z")


def _is_uri_reference(text: str) -> bool:
    return _URI_REFERENCE.fullmatch(text) is not None and _NOTHING_ESCAPED.search(text) is None


def _is_uri(text: str) -> bool:
    return _SCHEME.match(text) is not None and _is_uri_reference(text)


def _passes(read: Callable[[str], Any]) -> Callable[[str], bool]:
    def passes(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return passes


VALUES: dict[str, Callable[[str], Any]] = {
    "date": read_date,
    "date-time": read_date_time,
    "byte": read_bytes,
    "base64": read_bytes,
}
"""Formats whose texts stand for another value."""

CHECKS: dict[str, Callable[[str], object]] = {
    **{name: _passes(read) for name, read in VALUES.items()},
    "date": _DAY.fullmatch,
    "time": _TIME.fullmatch,
    "duration": _DURATION.fullmatch,
    "uuid": _UUID.fullmatch,
    "uri": _is_uri,
    "url": _is_uri,
    "uri-reference": _is_uri_reference,
    "email": _EMAIL.fullmatch,
    "hostname": _HOST.fullmatch,
    "ipv4": _passes(IPv4Address),
    "ipv6": _passes(IPv6Address),
}
"""Formats that are checked, each with what gives something true for its texts; those of any other format are texts."""

INTEGER_BOUNDS = {"int32": 2**31, "int64": 2**63}
UNCHECKED = frozenset({"password", "binary", "int32", "int64", "float", "double", "decimal"})
"""Formats that are known, and that say nothing about a text."""
