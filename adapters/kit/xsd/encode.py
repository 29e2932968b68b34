"""From a value to an element, as the contract has it: the inverse of :mod:`adapters.kit.xsd.decode`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters.kit.xsd.content import may_be_empty
from adapters.kit.xsd.decode import XSI, decode
from adapters.kit.xsd.open import from_xml
from adapters.kit.xsd.section5 import marked
from adapters.kit.xsd.types import (
    NIL,
    Attribute,
    ComplexType,
    Element,
    Group,
    Kind,
    Particle,
    QName,
    SimpleType,
    Wildcard,
    Wire,
    Xml,
)
from adapters.kit.xsd.values import read_value, write_value

_NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"
_OWN = frozenset({"#type", "#nil", "#text"})
_SLIPS = (ValueError, TypeError, KeyError)


def encode(element: Element, value: Any) -> etree._Element:
    """The element with its value.

    Raises:
        ValueError, TypeError, KeyError: the value is not what the contract asks for; the message names places of the
            contract and repeats no value.
    """
    namespace = etree.QName(element.tag).namespace
    nsmap: dict[str | None, str] = {"xsi": XSI} if namespace is None else {"m": namespace, "xsi": XSI}
    made = _made(None, element, value, nsmap)
    return marked(element, made) if element.encoded else made


def _made(
    parent: etree._Element | None, element: Element, value: Any, nsmap: Mapping[str | None, str] | None = None
) -> etree._Element:
    if isinstance(value, Xml):
        return _given(parent, element, value)
    names = _names_in(value)
    if names:
        known = {} if parent is None else parent.nsmap
        missing = [name for name in dict.fromkeys(names) if name not in known.values() or known.get(None) == name]
        taken = {*known, *(nsmap or {})}
        free = (f"q{number}" for number in range(len(taken) + len(missing) + 1))
        nsmap = {
            **(nsmap or {}),
            **dict(zip((prefix for prefix in free if prefix not in taken), missing, strict=False)),
        }
    node = _created(parent, element.tag, nsmap)
    _fill(element, node, value)
    return node


def _created(parent: etree._Element | None, tag: str, nsmap: Mapping[str | None, str] | None = None) -> etree._Element:
    declared: Any = None if nsmap is None else dict(nsmap)
    return etree.Element(tag, nsmap=declared) if parent is None else etree.SubElement(parent, tag, nsmap=declared)


def _names_in(value: Any) -> list[str]:
    """Namespaces of names that are written into the element's own text or attributes: those need a prefix."""
    values = value.items() if isinstance(value, Mapping) else [("#text", value)]
    items = [
        item
        for key, each in values
        if key in ("#type", "#text") or key.startswith("@")
        for item in (each if isinstance(each, list | tuple) else (each,))
    ]
    names = [etree.QName(item).namespace for item in items if isinstance(item, QName)]
    return [name for name in names if name is not None]


def _given(parent: etree._Element | None, element: Element | None, value: Xml) -> etree._Element:
    """An element that the value brings whole."""
    node = from_xml(value)
    # What it stands for has to be kept as XML too: open, mixed, or of such a type by its own word.
    if element is not None and not isinstance(decode(element, node), Xml):
        raise TypeError(f"{element.name} is no XML of its own")
    return node if parent is None else _copied(parent, node, {})


def _copied(parent: etree._Element, node: etree._Element, around: Mapping[str | None, str]) -> etree._Element:
    """A copy with every prefix that the original declares: texts may use them, and moving a node drops them."""
    own = {prefix: uri for prefix, uri in node.nsmap.items() if around.get(prefix) != uri}
    made = _created(parent, str(node.tag), own)
    for name, value in node.items():
        made.set(name, value)
    made.text, made.tail = node.text, node.tail
    for child in node:
        _copied(made, child, node.nsmap)
    return made


def _fill(element: Element, node: etree._Element, value: Any) -> None:
    kind = element.type
    if isinstance(value, Mapping) and "#type" in value:
        kind = _narrowed(element, node, value["#type"])
    if value is NIL or (isinstance(value, Mapping) and value.get("#nil")):
        if not element.nillable:
            raise ValueError(f"{element.name} is not nillable")
        if isinstance(kind, ComplexType):
            _attributes(kind, node, {} if value is NIL else value)
        node.set(_NIL, "true")
    elif isinstance(kind, SimpleType):
        text = value["#text"] if isinstance(value, Mapping) else value
        node.text = _text(kind, node, text, element.name)
        _check_fixed(kind, element, node.text)
    else:
        _complex(kind, element, node, value)


def _narrowed(element: Element, node: etree._Element, tag: str) -> ComplexType | SimpleType:
    kind, declared = element.named(tag), element.type
    if isinstance(kind, ComplexType):
        fits = kind.derives_from(declared)
    else:
        fits = kind is not None and (
            kind.derives_from(declared) if isinstance(declared, SimpleType) else declared.anything
        )
    if kind is None or not fits:
        raise ValueError(f"{element.name} is of no such type")
    node.set(_TYPE, _prefixed(node, tag))
    return kind


def _prefixed(node: etree._Element, tag: str) -> str:
    name = etree.QName(tag)
    return name.localname if name.namespace is None else f"{_prefix(node, name.namespace)}{name.localname}"


def _prefix(node: etree._Element, namespace: str) -> str:
    for prefix, uri in node.nsmap.items():
        if uri == namespace and prefix is not None:
            return f"{prefix}:"
    raise ValueError("a name whose namespace has no prefix here")


def _text(kind: SimpleType, node: etree._Element, value: Any, name: str) -> str:
    try:
        return write_value(kind, value, lambda namespace: _prefix(node, namespace))
    except _SLIPS:
        raise ValueError(f"{name} is no {kind.name}") from None


def _complex(kind: ComplexType, element: Element, node: etree._Element, value: Any) -> None:
    if not isinstance(value, Mapping) or kind.anything or kind.mixed:
        raise TypeError(f"{element.name} is no {kind.name}")
    if kind.abstract:
        raise ValueError(f"{element.name} is of an abstract type")
    _attributes(kind, node, value)
    keys = {key for key in value if not key.startswith("@") and key not in _OWN}
    if kind.text is not None:
        node.text = _text(kind.text, node, value["#text"], element.name)
    elif "#text" in value:
        raise ValueError(f"{kind.name} has no #text")
    if unknown := keys - set(() if kind.content is None else kind.content.keys):
        raise ValueError(f"{kind.name} has no {', '.join(sorted(unknown))}")
    if kind.content is not None:
        for part, inner in _particles(kind.content, value):
            _append(node, part, inner)


Piece = tuple[Element | Wildcard, Any]


def _append(node: etree._Element, part: Element | Wildcard, value: Any) -> None:
    if isinstance(part, Element):
        _made(node, part, value)
        return
    made = _given(node, None, Xml(value))
    if not part.allows(str(made.tag)):
        raise ValueError(f"{part.name} is of another namespace")


def _particles(particle: Particle, wire: Wire) -> list[Piece]:
    """What the particle puts into an element, in its order. Raises: ValueError."""
    if isinstance(particle, Group):
        if not particle.repeats:
            return _once(particle, wire) if particle.min_occurs or not _absent(particle, wire) else []
        occurrences = wire.get(particle.name, ())
        _count(particle, len(occurrences))
        made = []
        for each in occurrences:
            if unknown := set(each) - set(particle.keys):
                raise ValueError(f"{particle.name} has no {', '.join(sorted(unknown))}")
            made += _once(particle, each)
        return made
    values = wire.get(particle.name, ()) if particle.repeats else _single(wire, particle.name)
    _count(particle, len(values))
    return [(particle, value) for value in values]


def _once(group: Group, wire: Wire) -> list[Piece]:
    if group.kind != "choice":
        return [piece for particle in group.particles for piece in _particles(particle, wire)]
    present = {key for key in group.keys if key in wire}
    problem: ValueError | None = None
    for particle in group.particles:
        keys = set(particle.keys) if isinstance(particle, Group) and not particle.repeats else {particle.name}
        if not present <= keys or (not present and problem is not None):
            continue
        try:
            return _particles(particle, wire)
        except ValueError as error:
            problem = error
    if not present and any(may_be_empty(particle) for particle in group.particles):
        return []
    raise problem or ValueError(f"of {', '.join(sorted(present)) or 'a choice'} exactly one branch can stand here")


def _absent(group: Group, wire: Wire) -> bool:
    return not any(key in wire for key in group.keys)


def _single(wire: Wire, name: str) -> tuple[Any, ...]:
    return (wire[name],) if name in wire else ()


def _count(particle: Particle, count: int) -> None:
    low, high = particle.min_occurs, particle.max_occurs
    empty = isinstance(particle, Group) and may_be_empty(particle)
    if (count < low and not empty) or (high is not None and count > high):
        raise ValueError(f"{count} of {particle.name}")


def _attributes(kind: ComplexType, node: etree._Element, value: Wire) -> None:
    known = {attribute.name: attribute for attribute in kind.attributes}
    for key, each in value.items():
        if key.startswith("@") and key not in known:
            _open_attribute(kind, node, key[1:], each)
    for attribute in kind.attributes:
        if attribute.name in value:
            node.set(attribute.tag, _attribute_text(attribute, node, value[attribute.name]))
        elif attribute.required:
            raise ValueError(f"{kind.name} has no {attribute.name}")


def _attribute_text(attribute: Attribute, node: etree._Element, value: Any) -> str:
    text = _text(attribute.type, node, value, attribute.name)
    _check_fixed(attribute.type, attribute, text)
    return text


def _check_fixed(kind: SimpleType, part: Element | Attribute, text: str) -> None:
    if (
        part.fixed is not None
        and kind.kind is not Kind.QNAME
        and read_value(kind, text) != read_value(kind, part.fixed)
    ):
        raise ValueError(f"{part.name} has another value than the fixed one")


def _open_attribute(kind: ComplexType, node: etree._Element, tag: str, value: Any) -> None:
    if kind.any_attribute is None or not kind.any_attribute.allows(tag):
        raise ValueError(f"{kind.name} has no @{tag}")
    if not isinstance(value, str):
        raise TypeError(f"@{tag} is no text")
    node.set(tag, value)
