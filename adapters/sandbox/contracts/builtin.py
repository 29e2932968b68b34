"""The simple types of XML Schema 1.0 itself."""

from __future__ import annotations

from functools import cache

from adapters.sandbox.contracts.model import SimpleType
from adapters.sandbox.contracts.names import XS, clark

_RANGES: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
INTEGERS = frozenset(_RANGES)
_LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "IDREF", "ENTITIES": "ENTITY"}
_OTHERS = frozenset(
    {
        *("anySimpleType", "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN"),
        *("ID", "IDREF", "ENTITY", "QName", "NOTATION", "anyURI", "boolean", "decimal", "float", "double"),
        *("duration", "dateTime", "time", "date", "gYearMonth", "gYear", "gMonthDay", "gDay", "gMonth"),
        *("hexBinary", "base64Binary"),
    }
)


@cache
def builtin(name: str) -> SimpleType | None:
    """The type of this local name; None where XML Schema has none."""
    full = clark(XS, name)
    if name in _RANGES:
        low, high = _RANGES[name]
        facets = {"fractionDigits": "0"}
        facets |= {} if low is None else {"minInclusive": str(low)}
        facets |= {} if high is None else {"maxInclusive": str(high)}
        return SimpleType(full, "atomic", name, facets)
    if name in _LISTS:
        return SimpleType(full, "list", item=builtin(_LISTS[name]), facets={"minLength": "1"})
    return SimpleType(full, "atomic", name) if name in _OTHERS else None
