"""Fields of a record made of an XML Schema type: nothing dropped; what has no field is said by name."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.kit.draft.fields import DraftRecord, Field, Occurs, camel, codes_of
from adapters.kit.xsd.types import (
    Attribute,
    ComplexType,
    Element,
    Group,
    Kind,
    Particle,
    SimpleType,
    Wildcard,
)

_TYPES = {
    Kind.BOOLEAN: ("bool", ""),
    Kind.DECIMAL: ("Decimal", ""),
    Kind.FLOAT: ("Decimal", "as_decimal"),
    Kind.DOUBLE: ("Decimal", "as_decimal"),
    Kind.DATE: ("date", ""),
    Kind.DATE_TIME: ("datetime", "riga_time"),
    Kind.TIME: ("str", "write_time"),
    Kind.BINARY: ("str", "as_base64"),
    Kind.HEX: ("str", "as_base64"),
    Kind.UNION: ("str", "str"),
    Kind.LIST: ("str", "as_words"),
}
_GRAPHQL_INT = 2**31 - 1


def leaf(kind: SimpleType) -> tuple[str, str]:
    """Type of a value in a record, and the expression that reads it."""
    if kind.kind is Kind.INTEGER:
        bounds = (kind.minimum, kind.maximum)
        small = all(bound is not None and abs(bound) <= _GRAPHQL_INT + 1 for bound in bounds)
        return ("int", "") if small else ("Decimal", "Decimal")
    return _TYPES.get(kind.kind, ("str", "" if kind.name != "anySimpleType" else "str"))


def _codes(kind: SimpleType) -> tuple[str, ...]:
    return codes_of(kind.enumeration or ()) if kind.kind is Kind.STRING else ()


def record_of(kind: ComplexType, name: str, documentation: str = "") -> DraftRecord:
    """The record of a type."""
    made = DraftRecord(name, documentation)
    _fill(made, kind, (), optional=False, within=())
    return made


def _fill(
    made: DraftRecord, kind: ComplexType, path: tuple[str, ...], *, optional: bool, within: tuple[ComplexType, ...]
) -> None:
    if kind in within:
        made.left_out.append(f"{'/'.join(path)}: it holds itself")
        return
    within = (*within, kind)
    for attribute in kind.attributes:
        made.fields.append(_attribute(attribute, path, optional=optional))
    if kind.any_attribute is not None:
        made.left_out.append(f"{'/'.join((*path, '@*'))}: attributes that the contract leaves open")
    if kind.text is not None:
        type_, read = leaf(kind.text)
        made.fields.append(Field((*path, "#text"), "maybe" if optional else "one", type_, read))
    if kind.content is not None:
        _group(made, kind.content, path, optional=optional, within=within)


def _attribute(attribute: Attribute, path: tuple[str, ...], *, optional: bool) -> Field:
    type_, read = leaf(attribute.type)
    given = attribute.required or attribute.default is not None or attribute.fixed is not None
    occurs: Occurs = "one" if given and not optional else "maybe"
    return Field((*path, attribute.name), occurs, type_, read, attribute.documentation, _codes(attribute.type))


def _group(
    made: DraftRecord, group: Group, path: tuple[str, ...], *, optional: bool, within: tuple[ComplexType, ...]
) -> None:
    if group.repeats:
        inner = DraftRecord(f"{made.name}{camel(group.name)}", "One of several that stand in the contract's order.")
        for particle in group.particles:
            _particle(inner, particle, (), optional=group.kind == "choice", within=within)
        made.fields.append(Field((*path, group.name), "each", inner.name, record=inner))
        return
    optional = optional or group.min_occurs == 0 or group.kind == "choice"
    for particle in group.particles:
        _particle(made, particle, path, optional=optional, within=within)


def _particle(
    made: DraftRecord, particle: Particle, path: tuple[str, ...], *, optional: bool, within: tuple[ComplexType, ...]
) -> None:
    if isinstance(particle, Group):
        _group(made, particle, path, optional=optional, within=within)
    elif isinstance(particle, Wildcard):
        occurs: Occurs = "each" if particle.repeats else "maybe"
        made.fields.append(Field((*path, particle.name), occurs, "str", "str", "Any XML, as text."))
    else:
        _element(made, particle, path, optional=optional, within=within)


def _element(
    made: DraftRecord, element: Element, path: tuple[str, ...], *, optional: bool, within: tuple[ComplexType, ...]
) -> None:
    kind, here = element.type, (*path, element.name)
    optional = optional or element.min_occurs == 0 or element.nillable
    if isinstance(kind, ComplexType) and (kind.anything or kind.mixed):
        kind = SimpleType("xml", Kind.UNION)  # Kept as text.
    if isinstance(kind, SimpleType):
        type_, read = leaf(kind)
        occurs: Occurs = "each" if element.repeats else "maybe" if optional else "one"
        made.fields.append(Field(here, occurs, type_, read, element.documentation, _codes(kind)))
    elif not element.repeats:
        _fill(made, kind, here, optional=optional, within=within)
    elif kind in within:
        made.left_out.append(f"{'/'.join(here)}: it holds itself")
    else:
        inner = DraftRecord(camel(element.name), element.documentation)
        _fill(inner, kind, (), optional=False, within=within)
        if inner.fields:
            made.fields.append(Field(here, "each", inner.name, "", element.documentation, record=inner))
            made.left_out += [f"{'/'.join(here)}/{what}" for what in inner.left_out]


def leaves(
    kind: ComplexType, path: tuple[str, ...] = (), within: tuple[ComplexType, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Every element that holds a text, with its path, through elements that stand once."""
    if kind in within or kind.content is None:
        return
    for element in _elements(kind.content):
        here = (*path, element.name)
        if isinstance(element.type, SimpleType):
            yield here, element
        elif not element.repeats:
            yield from leaves(element.type, here, (*within, kind))


def lists(
    kind: ComplexType, path: tuple[str, ...] = (), within: tuple[ComplexType, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Every element that repeats and holds elements, with its path, through elements that stand once."""
    if kind in within or kind.content is None:
        return
    for element in _elements(kind.content):
        here = (*path, element.name)
        if isinstance(element.type, ComplexType):
            if element.repeats:
                yield here, element
            else:
                yield from lists(element.type, here, (*within, kind))


def maybes(
    kind: ComplexType,
    path: tuple[str, ...] = (),
    within: tuple[ComplexType, ...] = (),
    *,
    only: bool = True,
) -> Iterator[tuple[tuple[str, ...], Element, bool]]:
    """Every element that holds elements and stands once or not at all, with its path, and whether it stands alone."""
    if kind in within or kind.content is None:
        return
    only = only and not kind.attributes and len(list(_elements(kind.content))) == 1
    for element, optional in _with_optional(kind.content, optional=False):
        if isinstance(element.type, ComplexType) and not element.repeats and element.type.content is not None:
            here = (*path, element.name)
            if optional or element.min_occurs == 0:
                yield here, element, only
            yield from maybes(element.type, here, (*within, kind), only=only)


def _with_optional(group: Group, *, optional: bool) -> Iterator[tuple[Element, bool]]:
    optional = optional or group.min_occurs == 0 or group.kind == "choice"
    for particle in group.particles:
        if isinstance(particle, Group) and not particle.repeats:
            yield from _with_optional(particle, optional=optional)
        elif isinstance(particle, Element):
            yield particle, optional


def _elements(group: Group) -> Iterator[Element]:
    for particle in group.particles:
        if isinstance(particle, Group) and not particle.repeats:
            yield from _elements(particle)
        elif isinstance(particle, Element):
            yield particle
