"""From zeep's parsed XSD to the type model. What the model has no word for is refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree
from zeep import xsd

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.facets import XSD, Facets
from adapters.kit.xsd.types import ComplexType, Element, Kind, SimpleType

_KINDS = {
    "string": Kind.STRING,
    "normalizedString": Kind.STRING,
    "token": Kind.STRING,
    "language": Kind.STRING,
    "anyURI": Kind.STRING,
    "boolean": Kind.BOOLEAN,
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "dateTime": Kind.DATE_TIME,
    "base64Binary": Kind.BINARY,
    "integer": Kind.INTEGER,
    "long": Kind.INTEGER,
    "int": Kind.INTEGER,
    "short": Kind.INTEGER,
    "nonNegativeInteger": Kind.INTEGER,
    "positiveInteger": Kind.INTEGER,
    "unsignedInt": Kind.INTEGER,
}
_BOUNDS: dict[str, tuple[int, int | None]] = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "unsignedInt": (0, 2**32 - 1),
}


class XsdReader:
    """Makes each type once, so that a type may contain itself."""

    def __init__(self, facets: Facets) -> None:
        self._facets = facets
        self._complex: dict[int, ComplexType] = {}
        self._kept: list[Any] = []

    def element(self, source: Any) -> Element:
        """The model of a zeep element. Raises: UnsupportedConstruct."""
        name = etree.QName(source.qname)
        if name.namespace is None and source.is_global:
            raise UnsupportedConstruct("an element without namespace", name.localname)
        if source.is_global:
            self._facets.check(name.namespace or "")
        return Element(
            name=name.localname,
            tag=str(name.text),
            type=self._type(source.type, name.localname),
            min_occurs=source.min_occurs,
            max_occurs=None if source.max_occurs == "unbounded" else int(source.max_occurs),
            nillable=bool(source.nillable),
        )

    def _type(self, source: Any, where: str) -> SimpleType | ComplexType:
        if isinstance(source, xsd.ComplexType):
            return self._complex_type(source, where)
        if isinstance(source, xsd.AnySimpleType) and type(source) is not xsd.AnySimpleType:
            return self._simple_type(source, where)
        raise UnsupportedConstruct(f"xsd:{type(source).__name__}", where)

    def _complex_type(self, source: Any, where: str) -> ComplexType:
        if id(source) in self._complex:
            return self._complex[id(source)]
        made = ComplexType(source.name or where)
        self._complex[id(source)] = made
        self._kept.append(source)  # Keeps its id its own.
        if source.qname is not None:
            self._facets.check(etree.QName(source.qname).namespace or "")
        if source.attributes:
            raise UnsupportedConstruct("xsd:attribute", made.name)
        nested = [group for _, group in source.elements_nested]
        made.elements = tuple(element for group in nested for element in self._flat(group, made.name))
        names = [element.name for element in made.elements]
        if len(set(names)) != len(names):
            raise UnsupportedConstruct("two elements of one name in one type", made.name)
        return made

    def _flat(self, group: Any, where: str) -> list[Element]:
        if isinstance(group, xsd.Element):
            return [self.element(group)]
        if not isinstance(group, xsd.Sequence):
            raise UnsupportedConstruct(f"xsd:{type(group).__name__.lower()}", where)
        if (group.min_occurs, group.max_occurs) != (1, 1):
            raise UnsupportedConstruct("xsd:sequence that is optional or repeats", where)
        return [element for child in group for element in self._flat(child, where)]

    def _simple_type(self, source: Any, where: str) -> SimpleType:
        qname = etree.QName(source.qname)
        if qname.namespace == XSD:
            return _builtin(qname.localname)
        self._facets.check(qname.namespace or "")
        return self._facets.simple(qname.namespace or "", qname.localname, _builtin)


def _builtin(name: str) -> SimpleType:
    kind = _KINDS.get(name)
    if kind is None:
        raise UnsupportedConstruct(f"xsd:{name}", "a simple type")
    low, high = _BOUNDS.get(name, (None, None))
    return SimpleType(
        name,
        kind,
        collapse=name not in ("string", "normalizedString"),
        minimum=None if low is None else Decimal(low),
        maximum=None if high is None else Decimal(high),
    )
