"""Text on the wire and the value it stands for: strict both ways."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from lxml import etree

from adapters.kit.xsd import calendar
from adapters.kit.xsd.types import WITH_NAMES, Kind, QName, SimpleType

Nsmap = Mapping[str | None, str]
"""Prefixes that are declared where a text stands."""

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_SPECIAL_FLOATS = {"INF": float("inf"), "-INF": float("-inf"), "NaN": float("nan")}
_ZONE = r"(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_MONTH, _MONTH_DAYS = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
_FORMS = {
    Kind.DURATION: r"-?P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?",
    Kind.YEAR: rf"-?([1-9][0-9]*)?[0-9]{{4}}{_ZONE}",
    Kind.YEAR_MONTH: rf"-?([1-9][0-9]*)?[0-9]{{4}}-{_MONTH}{_ZONE}",
    Kind.MONTH: rf"--{_MONTH}{_ZONE}",
    Kind.MONTH_DAY: rf"--(?!02-3)(?!(?:04|06|09|11)-31){_MONTH}-{_MONTH_DAYS}{_ZONE}",
    Kind.DAY: rf"---{_MONTH_DAYS}{_ZONE}",
}
_FORM = {kind: re.compile(form, re.ASCII) for kind, form in _FORMS.items()}
_DIGITS = re.compile(r"[0-9a-fA-F]*+")  # No group of two: each time costs a hundred bytes until the end.
_WHITE = re.compile(r"[\t\n\r ]+")
_EACH_WHITE = re.compile(r"[\t\n\r]")
_NEEDS_COLLAPSE = re.compile(r"[\t\n\r]|  |\A | \Z")
_BOOLEAN = {"true": True, "1": True, "false": False, "0": False}
_TEXTS = frozenset({Kind.STRING, *_FORM})
"""Kinds whose value is their text."""
_LENGTHS = frozenset({Kind.STRING, Kind.BINARY, Kind.HEX, Kind.LIST})
_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})


def read_value(simple: SimpleType, text: str, nsmap: Nsmap | None = None) -> Any:
    """The value of an element's or attribute's text.

    Args:
        nsmap: for names with a prefix.

    Raises:
        ValueError, KeyError: the text is none of the type's. The message does not matter and is thrown away.
    """
    if simple.collapse:
        if _NEEDS_COLLAPSE.search(text):
            text = _WHITE.sub(" ", text).strip(" ")
    elif simple.replace:
        text = _EACH_WHITE.sub(" ", text)
    for pattern in simple.patterns:
        if pattern.fullmatch(text) is None:
            raise ValueError("does not match the pattern")
    if simple.kind is Kind.LIST:
        assert simple.item is not None
        value: Any = tuple(read_value(simple.item, item, nsmap) for item in text.split(" ") if item)
    elif simple.kind is Kind.UNION:
        value = _read_union(simple, text, nsmap)
    else:
        value = _parse(simple.kind, text, nsmap)
    _check(simple, value)
    return value


def write_value(simple: SimpleType, value: Any, prefix: Callable[[str], str] | None = None) -> str:
    """The canonical text of a value; the inverse of :func:`read_value`.

    Args:
        prefix: gives a prefix, with its colon, for a namespace, and declares it.

    Raises:
        ValueError, TypeError: not a value of the type.
    """
    text = _format(simple, value, prefix)
    if simple.kind in WITH_NAMES or simple.kind in _TEXTS or simple.patterns:
        _check_form(simple, text, value, prefix)
    _check(simple, value)
    return text


def _check_form(simple: SimpleType, text: str, value: Any, prefix: Callable[[str], str] | None) -> None:
    if simple.collapse and text != " ".join(text.split(" ")).strip(" "):
        raise ValueError("blanks that would be lost")
    if (simple.collapse or simple.replace) and _EACH_WHITE.search(text):
        raise ValueError("white space that would be lost")
    for pattern in simple.patterns:
        if pattern.fullmatch(text) is None:
            raise ValueError("does not match the pattern")
    if simple.kind in _FORM and _FORM[simple.kind].fullmatch(text) is None:
        raise ValueError("not of the type's form")


def _read_union(simple: SimpleType, text: str, nsmap: Nsmap | None) -> Any:
    for member in simple.members:
        try:
            return read_value(member, text, nsmap)
        except (ValueError, KeyError, ArithmeticError):
            continue
    raise ValueError("of no member of the union")


def _parse(kind: Kind, text: str, nsmap: Nsmap | None) -> Any:
    match kind:
        case Kind.STRING:
            return text
        case Kind.BOOLEAN:
            return _BOOLEAN[text]
        case Kind.INTEGER:
            return int(_matched(_INTEGER, text))  # Python refuses more than 4,300 digits, which cost their square.
        case Kind.DECIMAL:
            return Decimal(_matched(_DECIMAL, text))
        case Kind.FLOAT | Kind.DOUBLE:
            return _SPECIAL_FLOATS[text] if text in _SPECIAL_FLOATS else float(_matched(_FLOAT, text))
        case Kind.DATE:
            return calendar.read_date(text)
        case Kind.TIME:
            return calendar.read_time(text)
        case Kind.DATE_TIME:
            return calendar.read_date_time(text)
        case Kind.BINARY:
            try:
                return base64.b64decode(text.replace(" ", ""), validate=True)
            except binascii.Error:
                raise ValueError("not base64") from None
        case Kind.HEX:
            return bytes.fromhex(_matched(_DIGITS, text))  # ValueError where they are odd.
        case Kind.QNAME:
            return _read_name(text, nsmap)
    return _matched(_FORM[kind], text)


def _read_name(text: str, nsmap: Nsmap | None) -> QName:
    prefix, colon, local = text.rpartition(":")
    namespaces = nsmap or {}
    if colon and prefix not in namespaces:
        raise ValueError("a prefix that is not declared")
    namespace = namespaces.get(prefix or None, "")
    return QName(str(etree.QName(namespace or None, local).text))


def _format(simple: SimpleType, value: Any, prefix: Callable[[str], str] | None) -> str:
    match simple.kind, value:
        case Kind.LIST, list() | tuple() if simple.item is not None:
            item = simple.item
            return " ".join(write_value(item, each, prefix) for each in value)
        case Kind.UNION, _:
            return _write_union(simple, value, prefix)
        case Kind.QNAME, str():
            name = etree.QName(value)
            if name.namespace is None:
                return name.localname
            if prefix is None:
                raise ValueError("a name that needs a prefix")
            return f"{prefix(name.namespace)}{name.localname}"
        case Kind.BOOLEAN, bool():
            return "true" if value else "false"
        case Kind.INTEGER, int() if not isinstance(value, bool):
            return str(value)
        case Kind.DECIMAL, Decimal() if value.is_finite():
            return f"{value:f}"
        case Kind.DECIMAL, int() if not isinstance(value, bool):
            return str(value)
        case Kind.FLOAT | Kind.DOUBLE, float():
            return next(
                (text for text, special in _SPECIAL_FLOATS.items() if repr(special) == repr(value)), repr(value)
            )
        case Kind.DATE, _:
            return calendar.write_date(value)
        case Kind.TIME, _:
            return calendar.write_time(value)
        case Kind.DATE_TIME, _:
            return calendar.write_date_time(value)
        case Kind.BINARY, bytes():
            return base64.b64encode(value).decode("ascii")
        case Kind.HEX, bytes():
            return value.hex().upper()
        case kind, str() if kind in _TEXTS:
            return value
    raise TypeError(f"not a {simple.name}")


def _write_union(simple: SimpleType, value: Any, prefix: Callable[[str], str] | None) -> str:
    # The first member whose text is read back as the same value: an earlier one may take the text for its own.
    for member in simple.members:
        declared: dict[str | None, str] = {}

        def remembered(namespace: str, declared: dict[str | None, str] = declared) -> str:
            given = "" if prefix is None else prefix(namespace)
            declared[given[:-1] or None] = namespace
            return given

        try:
            text = write_value(member, value, None if prefix is None else remembered)
            back = _read_union(simple, text, declared)
        except (ValueError, KeyError, TypeError, ArithmeticError):
            continue
        if type(back) is type(value) and (back == value or repr(back) == repr(value)):
            return text
    raise ValueError("of no member of the union")


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError("not of the type's form")
    return text


def _check(simple: SimpleType, value: Any) -> None:
    if simple.enumeration is not None and value not in simple.enumeration:
        raise ValueError("not in the enumeration")
    if simple.values is not None and not any(type(value) is type(each) and value == each for each in simple.values):
        raise ValueError("not in the enumeration")
    if simple.kind in _LENGTHS:
        if simple.min_length is not None and len(value) < simple.min_length:
            raise ValueError("too short")
        if simple.max_length is not None and len(value) > simple.max_length:
            raise ValueError("too long")
    elif simple.kind in _NUMBERS:
        _check_bounds(simple, Decimal(value))
        _check_digits(simple, Decimal(value))
    elif _is_bounded(simple):
        _check_bounds(simple, _comparable(value))


def _is_bounded(simple: SimpleType) -> bool:
    lower = simple.minimum is not None or simple.minimum_exclusive is not None
    return lower or simple.maximum is not None or simple.maximum_exclusive is not None


def _comparable(value: Any) -> Any:
    # Without a zone, it is compared as if it were in UTC: XML Schema leaves the nearest 14 hours open.
    if isinstance(value, datetime | time) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _check_bounds(simple: SimpleType, value: Any) -> None:
    if simple.minimum is not None and not value >= _comparable(simple.minimum):
        raise ValueError("too small")
    if simple.maximum is not None and not value <= _comparable(simple.maximum):
        raise ValueError("too large")
    if simple.minimum_exclusive is not None and not value > _comparable(simple.minimum_exclusive):
        raise ValueError("too small")
    if simple.maximum_exclusive is not None and not value < _comparable(simple.maximum_exclusive):
        raise ValueError("too large")


def _check_digits(simple: SimpleType, value: Decimal) -> None:
    if simple.fraction_digits is None and simple.total_digits is None:
        return
    # Not by normalize(), which rounds to 28 digits.
    whole, _, decimals = f"{value.copy_abs():f}".partition(".")
    whole, decimals = whole.lstrip("0"), decimals.rstrip("0")
    if simple.fraction_digits is not None and len(decimals) > simple.fraction_digits:
        raise ValueError("too many decimals")
    if simple.total_digits is not None and len(whole) + len(decimals) > simple.total_digits:
        raise ValueError("too many digits")
