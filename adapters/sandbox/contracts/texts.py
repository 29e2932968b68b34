"""The texts that stand for each type of XML Schema: its bounds, its odd forms, and what looks like something else."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from adapters.sandbox.contracts.builtin import INTEGERS

TEXTS = (
    "x",
    "0012",
    "1e5",
    "1.10",
    "Ābols Žužu",
    "",
    "true",
    " leading",
    "trailing ",
    "a & b <c> \"d\" 'e' ]]>",
    "日本語 Ж",
    "😀 ok",
    "two\nlines\tand a tab",
    "null",
    "-0.0",
    "NaN",
    "2026-02-30",
    "  ",
    "39100000011",
    "anna@example.org",
    "1",
    "ABC",
    "N",
)
"""For any string. A personal code begins with zeros; ``]]>`` ends a CDATA section; ``2026-02-30`` is no day."""
_BY_PRIMITIVE: dict[str, tuple[str, ...]] = {
    "boolean": ("true", "false", "1", "0"),
    "float": ("1.5", "0", "-0.0", "1e5", "1E-3", "INF", "-INF", "NaN", "0.10", "3"),
    "double": ("1.5", "0", "-0.0", "1e5", "1E-300", "INF", "-INF", "NaN", "0.10", "12345678.9"),
    "date": (
        "2026-01-31",
        "2024-02-29",
        "1990-05-17Z",
        "2026-03-29+02:00",
        "1900-01-01-14:00",
        "9999-12-31",
        "0001-01-01",
    ),
    "dateTime": (
        "2026-01-31T10:20:30",
        "2024-02-29T23:59:59Z",
        "2026-03-29T03:30:00+02:00",
        "1999-12-31T00:00:00-14:00",
        "2026-11-23T10:00:00.123",
        "2026-11-23T10:00:00.100000Z",
        "0001-01-01T00:00:00",
    ),
    "time": ("10:20:30", "00:00:00Z", "23:59:59.999+02:00", "12:00:00-14:00", "08:30:00.5"),
    "gYear": ("2026", "1990Z", "0001", "2026+02:00"),
    "gYearMonth": ("2026-01", "1990-12Z", "2024-02+02:00"),
    "gMonth": ("--01", "--12Z"),
    "gMonthDay": ("--02-29", "--12-31Z"),
    "gDay": ("---01", "---31+02:00"),
    "duration": ("P1Y2M3DT4H5M6.7S", "PT0S", "-P1D", "P1M", "PT36H"),
    "anyURI": ("http://example.org/a?b=c&d=e#f", "urn:example:x", "", "../up/ā", "mailto:anna@example.org"),
    "QName": ("xs:string", "xsi:type", "plain"),
    "language": ("lv", "en-GB", "zh-Hant"),
    "Name": ("name", "_n.1-x", "a:b", "ā"),
    "NCName": ("name", "_n.1-x", "N1", "ābols"),
    "NMTOKEN": ("0012", "name", "-x.1", "a:b"),
    "ENTITY": (),
    "IDREF": ("id-1",),
    "ID": ("id-1",),
}
_BOUNDS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
_LONGEST = 2000


def texts_of(primitive: str, facets: Mapping[str, str]) -> Iterator[str]:
    """Texts that a type of this primitive may have; not all of them keep to the facets.

    Args:
        primitive: local name of the type of XML Schema.
        facets: lengths and bounds, as written.
    """
    if primitive == "decimal" or primitive in INTEGERS:
        yield from _numbers(facets, whole=primitive in INTEGERS)
    elif primitive in ("base64Binary", "hexBinary"):
        yield from _bytes(facets, hexadecimal=primitive == "hexBinary")
    elif primitive in _BY_PRIMITIVE:
        yield from (facets[bound] for bound in _BOUNDS if bound in facets)
        yield from _BY_PRIMITIVE[primitive]
    else:
        yield from _strings(facets)
    if primitive in ("anyURI", "NCName", "NMTOKEN", "Name") and _lengths(facets) != (0, None):
        low, high = _lengths(facets)
        yield "n" * max(low, 1)
        yield "n" * min(high or low + 3, _LONGEST)


def _lengths(facets: Mapping[str, str]) -> tuple[int, int | None]:
    exact = facets.get("length")
    low, high = facets.get("minLength", exact), facets.get("maxLength", exact)
    return int(low or 0), None if high is None else int(high)


def _strings(facets: Mapping[str, str]) -> Iterator[str]:
    low, high = _lengths(facets)
    for text in TEXTS:
        if high is not None and len(text) > high:
            yield text[:high]
        elif len(text) < low:
            yield (text or "y") + "yz0" * (low - len(text)) if low > 3 * _LONGEST else _padded(text, low)
        else:
            yield text
    if high is not None and high <= _LONGEST:
        yield "ž" * high
    if low:
        yield _padded("", low)
    if high is None and low <= _LONGEST:
        yield "long " * 60 + "end"


def _padded(text: str, length: int) -> str:
    return (text + "yz0" * (length // 3 + 1))[:length] if text.strip() else ("yz0" * (length // 3 + 1))[:length]


def _numbers(facets: Mapping[str, str], *, whole: bool) -> Iterator[str]:
    bounds: list[Decimal] = []
    for bound in _BOUNDS:
        try:
            bounds += [Decimal(facets[bound].strip())] if bound in facets else []
        except InvalidOperation:
            continue
    total, fraction = facets.get("totalDigits"), facets.get("fractionDigits")
    if whole:
        fraction = "0"
    step = Decimal(1).scaleb(-int(fraction)) if fraction is not None and fraction.isdigit() else Decimal("0.01")
    for one in bounds:
        yield from (f"{value:f}" for value in (one, one + step, one - step, one + 1, one - 1))
    if total is not None and total.isdigit() and 0 < int(total) <= 60:
        digits = "9" * int(total)
        places = min(int(fraction or 2), int(total))
        yield digits
        yield f"-{digits}"
        if places and not whole:
            yield f"{digits[: int(total) - places] or '0'}.{digits[:places]}"
    if not whole:
        yield from ("0.10", "-0.0", "1.10", "100.00", "12345.678", "+1.5", ".5")
    yield from ("0", "1", "-1", "7", "42", "007", "+3", "100", "2026", "39100000011", "123456789012345678901")
    yield from ("9" * 30, "-1" + "0" * 30)


def _bytes(facets: Mapping[str, str], *, hexadecimal: bool) -> Iterator[str]:
    low, high = _lengths(facets)
    for length in dict.fromkeys((low, low + 1, low + 2, low + 3, min(high or low + 300, _LONGEST), 0, 16)):
        content = bytes((number * 37 + 251) % 256 for number in range(length))
        if hexadecimal:
            yield content.hex().upper()
            yield content.hex()
        else:
            yield base64.b64encode(content).decode()
