"""What every schema has without declaring it."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from adapters.kit.xsd.types import Attribute, Kind, SimpleType

XSD = "http://www.w3.org/2001/XMLSchema"
XML = "http://www.w3.org/XML/1998/namespace"
ANY_SIMPLE = f"{{{XSD}}}anySimpleType"
XMIME = "http://www.w3.org/2005/05/xmlmime"

_KINDS = {
    **dict.fromkeys(("string", "normalizedString", "token", "language", "anyURI", "anySimpleType"), Kind.STRING),
    **dict.fromkeys(("Name", "NCName", "NMTOKEN", "ID", "IDREF", "ENTITY", "anyAtomicType"), Kind.STRING),
    **{kind.value: kind for kind in Kind if kind not in (Kind.LIST, Kind.UNION)},
    "NOTATION": Kind.QNAME,
}
_LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "IDREF", "ENTITIES": "ENTITY"}
_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
SIMPLE_NAMES = tuple(name for name in (*_KINDS, *_INTEGERS) if not name.startswith("any") or name == "anyURI")
"""Every type of one value."""
_START = "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
_START += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_MORE = _START + "0-9.\xb7\u0300-\u036f\u203f-\u2040-"
_NCNAME = f"[{_START}][{_MORE}]*"
_PATTERNS = {
    "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "Name": f"[:{_START}][:{_MORE}]*",
    "NMTOKEN": f"[:{_MORE}]+",
    **dict.fromkeys(("NCName", "ID", "IDREF", "ENTITY"), _NCNAME),
}
_BASES = {
    "normalizedString": "string",
    "token": "normalizedString",
    "language": "token",
    "Name": "token",
    "NMTOKEN": "token",
    "NCName": "Name",
    "ID": "NCName",
    "IDREF": "NCName",
    "ENTITY": "NCName",
    "integer": "decimal",
    "long": "integer",
    "int": "long",
    "short": "int",
    "byte": "short",
    "nonNegativeInteger": "integer",
    "positiveInteger": "nonNegativeInteger",
    "unsignedLong": "nonNegativeInteger",
    "unsignedInt": "unsignedLong",
    "unsignedShort": "unsignedInt",
    "unsignedByte": "unsignedShort",
    "nonPositiveInteger": "integer",
    "negativeInteger": "nonPositiveInteger",
}
_NAME = re.compile(_NCNAME)
_PRESERVED = frozenset({"string", "anySimpleType", "anyAtomicType"})


def is_name(text: str) -> bool:
    """Whether a declaration can be called so (``xsd:NCName``)."""
    return _NAME.fullmatch(text) is not None


def local_of(tag: str) -> str:
    """The local part of ``{namespace}local``, whatever it is."""
    return tag.rpartition("}")[2]


@cache
def builtin(name: str) -> SimpleType | None:
    """The simple type ``xsd:name``; None where there is none (``anyType`` is a complex one)."""
    tag = f"{{{XSD}}}{name}"
    if name in _LISTS:
        return SimpleType(name, Kind.LIST, item=builtin(_LISTS[name]), min_length=1, tag=tag, above=_above(name))
    if name in _INTEGERS:
        low, high = (None if bound is None else Decimal(bound) for bound in _INTEGERS[name])
        return SimpleType(name, Kind.INTEGER, minimum=low, maximum=high, tag=tag, above=_above(name))
    kind = _KINDS.get(name)
    if kind is None:
        return None
    patterns = (re.compile(_PATTERNS[name]),) if name in _PATTERNS else ()
    collapse = name not in _PRESERVED and name != "normalizedString"
    return SimpleType(
        name, kind, collapse, patterns=patterns, replace=name == "normalizedString", tag=tag, above=_above(name)
    )


def _above(name: str) -> frozenset[str]:
    found = {ANY_SIMPLE}
    while name in _BASES:
        name = _BASES[name]
        found.add(f"{{{XSD}}}{name}")
    return frozenset(found)


def builtin_attribute(tag: str) -> Attribute | None:
    """An attribute that schemas refer to and rarely bring along: ``xml:lang``, ``xmime:contentType``."""
    known = {
        f"{{{XML}}}lang": "string",
        f"{{{XML}}}space": "NCName",
        f"{{{XML}}}base": "anyURI",
        f"{{{XML}}}id": "ID",
        f"{{{XMIME}}}contentType": "string",
        f"{{{XMIME}}}expectedContentTypes": "string",
    }
    if tag not in known:
        return None
    kind = builtin(known[tag])
    assert kind is not None
    return Attribute(attribute_key(tag), tag, kind, required=False)


def attribute_key(tag: str) -> str:
    """The key of an attribute in a decoded value."""
    return f"@xml:{tag[len(XML) + 2 :]}" if tag.startswith(f"{{{XML}}}") else f"@{tag}"
