"""From a value to the element of a request, as a tree that lxml writes: what a template's text is compared with."""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters.kit.xsd.decode import XSI
from adapters.kit.xsd.types import NIL, ComplexType, Element, SimpleType, Wire
from adapters.kit.xsd.values import write_value


def encode(element: Element, value: Any) -> etree._Element:
    """The element with its value.

    Raises:
        ValueError, TypeError, KeyError: the value is not what the contract asks for.
    """
    node = etree.Element(element.tag, nsmap={"m": etree.QName(element.tag).namespace, "xsi": XSI})
    _fill(element, node, value)
    return node


def _fill(element: Element, node: etree._Element, value: Any) -> None:
    if value is NIL:
        if not element.nillable:
            raise ValueError(f"{element.name} is not nillable")
        node.set(f"{{{XSI}}}nil", "true")
    elif isinstance(element.type, SimpleType):
        node.text = write_value(element.type, value)
    else:
        _append(element.type, node, value)


def _append(kind: ComplexType, node: etree._Element, wire: Wire) -> None:
    if unknown := set(wire) - {element.name for element in kind.elements}:
        raise ValueError(f"{kind.name} has no {', '.join(sorted(unknown))}")
    for element in kind.elements:
        values = wire.get(element.name, ()) if element.repeats else _single(wire, element.name)
        if len(values) < element.min_occurs or (element.max_occurs is not None and len(values) > element.max_occurs):
            raise ValueError(f"{kind.name} has {len(values)} of {element.name}")
        for value in values:
            _fill(element, etree.SubElement(node, element.tag), value)


def _single(wire: Wire, name: str) -> tuple[Any, ...]:
    return (wire[name],) if name in wire else ()
