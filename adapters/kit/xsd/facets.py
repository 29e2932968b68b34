"""What zeep forgets of a schema: facets of simple types, and constructs that change what an element may hold.

zeep reads names, order, occurrence and bases; it drops enumerations, patterns and bounds, and reads over ``mixed``,
``abstract``, ``default`` and ``fixed``. They are read here from the same documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.types import Kind, SimpleType

XSD = "http://www.w3.org/2001/XMLSchema"

_CHANGES_MEANING = ("mixed", "abstract", "default", "fixed", "substitutionGroup")
_REFUSED = (
    "redefine",
    "list",
    "union",
    "choice",
    "all",
    "any",
    "anyAttribute",
    "group",
    "attributeGroup",
    "simpleContent",
)
_MAX_DEPTH = 32
_PATTERN_ONLY_XSD = re.compile(r"\\[cCiI]|\\[pP]\{|(?<!\\)\[[^\]]*(?<!\\)-\[")


class Facets:
    """The schemas of one contract, by target namespace.

    Args:
        documents: roots of every document that was loaded: WSDL with embedded schemas, or XSD.
    """

    def __init__(self, documents: Iterable[etree._Element]) -> None:
        self._schemas: dict[str, list[etree._Element]] = {}
        for document in documents:
            for schema in document.iter(f"{{{XSD}}}schema"):
                self._schemas.setdefault(schema.get("targetNamespace", ""), []).append(schema)
        self._checked: set[str] = set()

    def check(self, namespace: str) -> None:
        """Refuse what the codecs cannot do in the schemas of a namespace that they need.

        Raises:
            UnsupportedConstruct: naming the construct and the nearest named declaration.
        """
        if namespace in self._checked:
            return
        self._checked.add(namespace)
        for schema in self._schemas.get(namespace, ()):
            for node in schema.iter(f"{{{XSD}}}*"):
                local = etree.QName(node).localname
                if local in _REFUSED:
                    raise UnsupportedConstruct(f"xsd:{local}", _place(node))
                for attribute in _CHANGES_MEANING:
                    if node.get(attribute, "false") not in ("false", "0") and local != "schema":
                        raise UnsupportedConstruct(f"@{attribute}", _place(node))

    def simple(self, namespace: str, name: str, builtins: Callable[[str], SimpleType]) -> SimpleType:
        """The simple type that zeep calls ``{namespace}name``: a named one, or that of elements of this name.

        Args:
            builtins: gives the type of a built-in's local name.
        """
        named, nameless = self._named(namespace, name), self._nameless(namespace, name)
        if named and nameless:
            raise UnsupportedConstruct("a simple type named as an element whose own type has no name", name)
        made = {self._made(holder, builtins, 0) for holder in named or nameless}
        if len(made) != 1:
            raise UnsupportedConstruct("simple types without name that differ, under elements of one name", name)
        return made.pop()

    def _made(self, holder: etree._Element, builtins: Callable[[str], SimpleType], depth: int) -> SimpleType:
        where = _place(holder)
        restriction = holder.find(f"{{{XSD}}}restriction")
        if restriction is None or depth > _MAX_DEPTH:
            raise UnsupportedConstruct("a simple type that is no restriction", where)
        inner = restriction.find(f"{{{XSD}}}simpleType")
        if inner is not None:
            return _narrowed(self._made(inner, builtins, depth + 1), restriction, where)
        prefix, _, local = restriction.get("base", "").rpartition(":")
        namespace = restriction.nsmap.get(prefix or None, "")
        if namespace == XSD:
            return _narrowed(builtins(local), restriction, where)
        bases = self._named(namespace, local)
        if len(bases) != 1:
            raise UnsupportedConstruct("a base that is declared nowhere", where)
        return _narrowed(self._made(bases[0], builtins, depth + 1), restriction, where)

    def _named(self, namespace: str, name: str) -> list[etree._Element]:
        return [
            node
            for schema in self._schemas.get(namespace, ())
            for node in schema.iterchildren(f"{{{XSD}}}simpleType")
            if node.get("name") == name
        ]

    def _nameless(self, namespace: str, name: str) -> list[etree._Element]:
        return [
            inner
            for schema in self._schemas.get(namespace, ())
            for node in schema.iter(f"{{{XSD}}}element")
            if node.get("name") == name
            for inner in node.iterchildren(f"{{{XSD}}}simpleType")
        ]


def _place(node: etree._Element | None) -> str:
    while node is not None:
        if name := node.get("name"):
            return name
        node = node.getparent()
    return "the schema"


def _narrowed(base: SimpleType, restriction: etree._Element, where: str) -> SimpleType:
    simple = replace(base, name=where)
    enumeration: set[str] = set()
    patterns: list[str] = []
    for facet in restriction:
        local = etree.QName(facet).localname
        value = facet.get("value", "")
        if local == "enumeration":
            enumeration.add(value)
        elif local == "pattern":
            patterns.append(value)
        elif local not in ("annotation", "simpleType"):
            simple = _bounded(simple, local, value, where)
    if enumeration:
        simple = replace(simple, enumeration=frozenset(enumeration))
    if patterns:
        simple = replace(simple, patterns=(*simple.patterns, _pattern(patterns, where)))
    return simple


def _bounded(simple: SimpleType, facet: str, value: str, where: str) -> SimpleType:
    numeric = simple.kind in (Kind.INTEGER, Kind.DECIMAL)
    try:
        match facet:
            case "length" if simple.kind is Kind.STRING:
                return replace(simple, min_length=int(value), max_length=int(value))
            case "minLength" if simple.kind is Kind.STRING:
                return replace(simple, min_length=int(value))
            case "maxLength" if simple.kind is Kind.STRING:
                return replace(simple, max_length=int(value))
            case "fractionDigits" if numeric:
                return replace(simple, fraction_digits=int(value))
            case "totalDigits" if numeric:
                return replace(simple, total_digits=int(value))
            case "minInclusive" if numeric:
                return replace(simple, minimum=Decimal(value))
            case "maxInclusive" if numeric:
                return replace(simple, maximum=Decimal(value))
            case "minExclusive" if numeric:
                return replace(simple, minimum_exclusive=Decimal(value))
            case "maxExclusive" if numeric:
                return replace(simple, maximum_exclusive=Decimal(value))
            case "whiteSpace":
                return replace(simple, collapse=value == "collapse")
    except (ValueError, InvalidOperation):
        raise UnsupportedConstruct(f"xsd:{facet} with a bad value", where) from None
    raise UnsupportedConstruct(f"xsd:{facet} on {simple.kind.value}", where)


def _pattern(sources: list[str], where: str) -> re.Pattern[str]:
    # Patterns of one step are alternatives. XSD has no anchors: ^ and $ are ordinary characters there.
    if any(_PATTERN_ONLY_XSD.search(source) for source in sources):
        raise UnsupportedConstruct("xsd:pattern with XSD's own character classes", where)
    escaped = (re.sub(r"(?<!\\)(?<!\[)([\^$])", r"\\\1", source) for source in sources)
    try:
        return re.compile("|".join(f"(?:{source})" for source in escaped))
    except re.error:
        raise UnsupportedConstruct("xsd:pattern that is no regular expression here", where) from None
