"""Finds texts for a simple type; libxml2 says of each whether the type allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from random import Random

from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.model import SimpleType
from adapters.sandbox.contracts.names import XS, XSI, clark, split
from adapters.sandbox.contracts.patterns import Pattern, PatternError
from adapters.sandbox.contracts.texts import texts_of
from adapters.sandbox.soap import Element

_PREFIXES = {"xs": XS, "xsi": XSI}
_MOST = 24
_SAMPLES = 60
_FACETS = (
    *("length", "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive"),
    *("totalDigits", "fractionDigits", "whiteSpace"),
)


class Values:
    """Texts by simple type, remembered."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[SimpleType, list[str]]] = {}
        self._checkers: dict[int, tuple[SimpleType, Callable[[str], bool]]] = {}

    def of(self, simple: SimpleType) -> list[str]:
        """Different texts that the type allows, the plainest first; never empty.

        Raises:
            ContractError: none is found.
        """
        known = self._found.get(id(simple))
        if known is None:
            found = list(dict.fromkeys(self._texts(simple)))
            if not found:
                raise ContractError(f"simple type {split(simple.name or '(unnamed)')[1]}: no text for it is found")
            known = self._found[id(simple)] = (simple, found)
        return known[1]

    def allows(self, simple: SimpleType, text: str) -> bool:
        """Whether a text is one of the type's. Raises: ContractError where its facets are none."""
        if id(simple) not in self._checkers:
            self._checkers[id(simple)] = (simple, checker(simple))
        return self._checkers[id(simple)][1](text)

    def _texts(self, simple: SimpleType) -> list[str]:
        allows = partial(self.allows, simple)
        allows("")  # Facets that are none are refused here, before anything is counted by them.
        if simple.enumeration is not None:
            return [text for text in simple.enumeration if allows(text)]
        if simple.variety == "list" and simple.item is not None:
            return [text for text in _lists(self.of(simple.item), simple) if allows(text)][:_MOST]
        if simple.variety == "union":
            each = [self.of(member) for member in simple.members]
            turns = [texts[turn] for turn in range(_MOST) for texts in each if turn < len(texts)]
            return [text for text in dict.fromkeys(turns) if allows(text)][: 2 * _MOST]
        found = [text for text in dict.fromkeys(self._candidates(simple)) if allows(text)]
        blanks = [f"\n  {found[0]} "] if found and found[0].strip() and simple.primitive not in ("ID", "IDREF") else []
        return [*found[:_MOST], *(text for text in blanks if allows(text))]

    def _candidates(self, simple: SimpleType) -> Iterable[str]:
        for alternatives in reversed(simple.patterns):
            yield from _written(alternatives)
        yield from texts_of(simple.primitive, simple.facets)


def _written(alternatives: Iterable[str]) -> list[str]:
    random = Random(7)  # noqa: S311 - writes test data
    found: list[str] = []
    for text in alternatives:
        # A publisher who writes ^ and $ means anchors, which XML Schema does not have; both readings are tried.
        for pattern in dict.fromkeys((text, text.removeprefix("^").removesuffix("$"))):
            try:
                parsed = Pattern(pattern)
            except PatternError:
                continue
            found += [parsed.write(random, 0.5) for _ in range(_SAMPLES // 2)]
            found += [parsed.write(random, eager) for eager in (0, 0, 0, 1, 1)]
            found += [parsed.write(random, 0.5) for _ in range(_SAMPLES // 2)]
    # Different lengths first: a type has lengths besides its pattern.
    by_length: dict[int, list[str]] = {}
    for text in dict.fromkeys(found):
        by_length.setdefault(len(text), []).append(text)
    return [text for turn in range(_SAMPLES) for texts in by_length.values() for text in texts[turn : turn + 1]]


def _lists(items: list[str], simple: SimpleType) -> Iterable[str]:
    plain = [text for text in items if text and not any(one.isspace() for one in text)]
    exact = simple.facets.get("length")
    low = int(simple.facets.get("minLength", exact or "0"))
    high = int(simple.facets.get("maxLength", exact or str(low + 5)))
    for start in range(0, max(len(plain), 1), 2):
        for length in dict.fromkeys((min(low + 1, high), low, min(low + 2, high), high)):
            yield " ".join(plain[(start + step) % len(plain)] for step in range(length)) if plain else ""


def checker(simple: SimpleType) -> Callable[[str], bool]:
    """Whether a text is one of the type's, by libxml2's reading of its facets."""
    schema = _compiled(simple)

    def allows(text: str) -> bool:
        one = etree.Element("v", nsmap=_PREFIXES)
        try:
            one.text = text
        except ValueError:  # Characters that XML does not have.
            return False
        return schema.validate(one)

    return allows


def _compiled(simple: SimpleType) -> etree.XMLSchema:
    root = etree.Element(clark(XS, "schema"), nsmap=_PREFIXES)
    declared = etree.SubElement(root, clark(XS, "element"), name="v")
    _write(declared, simple)
    try:
        return etree.XMLSchema(root)
    except etree.XMLSchemaParseError:
        raise ContractError(f"simple type {split(simple.name or '(unnamed)')[1]}: its facets are not allowed") from None


def _write(parent: Element, simple: SimpleType) -> None:
    """The type written out again as a restriction of what XML Schema has, level by level."""
    made = etree.SubElement(parent, clark(XS, "simpleType"))
    enumeration = list(simple.enumeration or ())
    for alternatives in reversed(simple.patterns):
        restriction = etree.SubElement(made, clark(XS, "restriction"))
        made = etree.SubElement(restriction, clark(XS, "simpleType"))
        for text in alternatives:
            etree.SubElement(restriction, clark(XS, "pattern"), value=text)
    restriction = etree.SubElement(made, clark(XS, "restriction"))
    if simple.variety == "atomic":
        primitive = "string" if simple.primitive in ("anySimpleType", "NOTATION", "ENTITY") else simple.primitive
        restriction.set("base", f"xs:{primitive}")
    else:
        inner = etree.SubElement(restriction, clark(XS, "simpleType"))
        outer = etree.SubElement(inner, clark(XS, simple.variety))
        for one in (simple.item, *simple.members):
            if one is not None:
                _write(outer, one)
    for facet in _FACETS:
        if facet in simple.facets and not (facet == "fractionDigits" and simple.primitive != "decimal"):
            etree.SubElement(restriction, clark(XS, facet), value=simple.facets[facet])
    for text in enumeration:
        etree.SubElement(restriction, clark(XS, "enumeration"), value=text)
