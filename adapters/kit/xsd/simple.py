"""Simple types, read from their declarations with every facet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import InvalidOperation
from typing import Any

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.builtins import ANY_SIMPLE, XSD
from adapters.kit.xsd.patterns import compiled
from adapters.kit.xsd.types import Kind, SimpleType
from adapters.kit.xsd.values import read_value

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL)
_ORDERED = frozenset(
    {*_NUMBERS, Kind.FLOAT, Kind.DOUBLE, Kind.DATE, Kind.TIME, Kind.DATE_TIME, Kind.YEAR, Kind.YEAR_MONTH}
)
_TEXTS = frozenset({Kind.STRING, Kind.DURATION, Kind.YEAR, Kind.YEAR_MONTH, Kind.MONTH, Kind.MONTH_DAY, Kind.DAY})
_WITH_LENGTH = frozenset({Kind.STRING, Kind.BINARY, Kind.HEX, Kind.LIST})
_BOUNDS = {
    "minInclusive": "minimum",
    "maxInclusive": "maximum",
    "minExclusive": "minimum_exclusive",
    "maxExclusive": "maximum_exclusive",
}

_COUNT = re.compile(r"\+?[0-9]{1,18}", re.ASCII)
_DECIMAL = SimpleType("decimal", Kind.DECIMAL)

Place = Callable[[etree._Element], str]
"""``file:line`` of a node."""


def narrowed(base: SimpleType, facets: Iterable[etree._Element], name: str, place: Place) -> SimpleType:
    """The type that a restriction makes of its base.

    Args:
        facets: the restriction's children; others than facets are passed over.

    Raises:
        UnsupportedConstruct: a facet that is checked by nobody here.
    """
    simple = replace(base, name=name, tag="", above=base.above | ({base.tag} - {""}))
    enumeration: list[etree._Element] = []
    patterns: list[etree._Element] = []
    for facet in facets:
        local = etree.QName(facet).localname
        if local == "enumeration":
            enumeration.append(facet)
        elif local == "pattern":
            patterns.append(facet)
        elif local not in ("annotation", "simpleType", "attribute", "attributeGroup", "anyAttribute"):
            simple = _bounded(simple, local, facet, place)
    if patterns:
        simple = replace(simple, patterns=(*simple.patterns, _pattern(patterns, place)))
    return _enumerated(base, simple, enumeration, place) if enumeration else simple


def _pattern(nodes: list[etree._Element], place: Place) -> Any:
    # Patterns of one step are alternatives.
    source = "|".join(f"({node.get('value', '')})" if len(nodes) > 1 else node.get("value", "") for node in nodes)
    try:
        return compiled(source)
    except ValueError:
        raise UnsupportedConstruct("xsd:pattern that is no regular expression", place(nodes[0])) from None


def _enumerated(base: SimpleType, simple: SimpleType, nodes: list[etree._Element], place: Place) -> SimpleType:
    values = []
    for node in nodes:
        try:
            values.append(read_value(base, node.get("value", ""), node.nsmap))
        except (ValueError, KeyError, ArithmeticError):
            raise UnsupportedConstruct(
                "xsd:enumeration with a value that the base does not have", place(node)
            ) from None
    if simple.kind in _TEXTS:
        return replace(simple, enumeration=frozenset(values))
    return replace(simple, values=tuple(values))


def _bounded(simple: SimpleType, facet: str, node: etree._Element, place: Place) -> SimpleType:
    text = node.get("value", "").strip()
    if facet.lower().endswith(("length", "digits")) and not _COUNT.fullmatch(text):
        raise UnsupportedConstruct(f"xsd:{facet} with a bad value", place(node))
    try:
        if facet in _BOUNDS and simple.kind in _ORDERED:
            return replace(simple, **{_BOUNDS[facet]: _bound(simple, text)})
        match facet:
            case "length" if simple.kind in _WITH_LENGTH:
                return replace(simple, min_length=int(text), max_length=int(text))
            case "minLength" if simple.kind in _WITH_LENGTH:
                return replace(simple, min_length=int(text))
            case "maxLength" if simple.kind in _WITH_LENGTH:
                return replace(simple, max_length=int(text))
            case "length" | "minLength" | "maxLength" if simple.kind is Kind.QNAME:
                return simple  # The specification takes it back: the length of a name depends on its prefix.
            case "fractionDigits" if simple.kind in _NUMBERS:
                return replace(simple, fraction_digits=int(text))
            case "totalDigits" if simple.kind in _NUMBERS:
                return replace(simple, total_digits=int(text))
            case "whiteSpace" if text in ("preserve", "replace", "collapse"):
                return replace(simple, collapse=text == "collapse", replace=text == "replace")
    except (ValueError, KeyError, InvalidOperation):
        raise UnsupportedConstruct(f"xsd:{facet} with a bad value", place(node)) from None
    raise UnsupportedConstruct(f"xsd:{facet} on {simple.kind.value}", place(node))


def _bound(simple: SimpleType, text: str) -> Any:
    if simple.kind in _NUMBERS:
        return read_value(_DECIMAL, text)
    return read_value(replace(simple, patterns=(), values=None), text)


def list_of(item: SimpleType, name: str) -> SimpleType:
    """A list, its items parted by white space."""
    return SimpleType(name, Kind.LIST, item=item, above=frozenset({ANY_SIMPLE}))


def union_of(members: tuple[SimpleType, ...], name: str) -> SimpleType:
    """A value of the first member that it fits."""
    return SimpleType(name, Kind.UNION, collapse=False, members=members, above=frozenset({ANY_SIMPLE}))


def documentation(node: etree._Element) -> str:
    """What a declaration says of itself, in one line."""
    found = node.findall(f"{{{XSD}}}annotation/{{{XSD}}}documentation")
    return " ".join(" ".join(str(text) for each in found for text in each.itertext()).split())


def children(node: etree._Element, *locals_: str) -> list[etree._Element]:
    """Children of a schema node, of XML Schema's own names."""
    return [child for child in node if child.tag in {f"{{{XSD}}}{local}" for local in locals_}]
