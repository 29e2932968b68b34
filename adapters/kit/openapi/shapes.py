"""What a schema allows, as one flat set of conditions: ``allOf`` is merged, references are followed.

What stands below (a property, an item, an alternative) is a :data:`Handle`, which
:class:`adapters.kit.openapi.shape_reader.Shapes` turns into a shape when somebody needs it: schemas may contain
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from adapters.kit.openapi.ecma import Pattern
from adapters.kit.openapi.nodes import Row, Table

KINDS = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
"""Of JSON values. ``number`` is ``integer`` and ``fraction``."""


class Sub(NamedTuple):
    """A schema in the text."""

    node: Table | bool
    plain: bool = False
    """Whether the schema is meant itself, and not also what its discriminator leads to."""


Handle = tuple[Sub, ...]
"""Schemas that all have to hold."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What may stand under names that ``properties`` and ``patternProperties`` beside it do not have."""

    names: frozenset[str]
    patterns: tuple[Pattern, ...]
    schema: Handle


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative."""

    name: str
    handle: Handle


@dataclass(frozen=True, slots=True)
class Union:
    """``oneOf``, ``anyOf``, or the schemas that a discriminator leads to."""

    exactly_one: bool
    branches: tuple[Branch, ...]
    where: str
    property: str | None = None
    """Of the discriminator."""
    by_value: Mapping[str, int] = field(default_factory=dict)
    """The discriminator's value to a branch."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``if``, ``then``, ``else``."""

    when: Handle
    then: Handle | None
    otherwise: Handle | None


@dataclass(slots=True)
class Shape:
    """Every condition on one value."""

    where: str
    name: str = ""
    """Of the component, where it is one."""
    kinds: frozenset[str] = KINDS
    nullable: bool = False
    """Null passes, whatever else is said."""
    enum: tuple[Any, ...] | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    multiples: tuple[Decimal, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[Pattern, ...] = ()
    formats: tuple[str, ...] = ()
    prefix: tuple[Handle, ...] = ()
    items: Handle = ()
    contains: tuple[tuple[Handle, int, int | None], ...] = ()
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False
    properties: dict[str, Handle] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    patterned: tuple[tuple[Pattern, Handle], ...] = ()
    closed: tuple[Closed, ...] = ()
    names: Handle = ()
    min_properties: int | None = None
    max_properties: int | None = None
    dependent: tuple[tuple[str, frozenset[str]], ...] = ()
    unions: tuple[Union, ...] = ()
    nots: tuple[Handle, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unevaluated: Handle = ()
    read_only: bool = False
    write_only: bool = False
    default: Any = None
    has_default: bool = False
    deprecated: bool = False
    title: str = ""

    @property
    def takes_null(self) -> bool:
        """Whether null is a value, as far as its own conditions tell."""
        return "null" in self.kinds and (self.nullable or self.enum is None or None in self.enum)


def merged(one: Shape, other: Shape) -> Shape:
    """What both allow. The name, and what only describes, are the first one's where it says so."""
    patterns = (*one.patterns, *(each for each in other.patterns if each not in one.patterns))
    properties = dict(one.properties)
    for name, handle in other.properties.items():
        properties[name] = both(properties.get(name, ()), handle)
    return Shape(
        where=one.where,
        name=one.name or other.name,
        kinds=one.kinds & other.kinds,
        nullable=one.takes_null and other.takes_null and (one.nullable or other.nullable),
        enum=_common(one.enum, other.enum),
        minimum=_most(one.minimum, other.minimum),
        maximum=_least(one.maximum, other.maximum),
        above=_most(one.above, other.above),
        below=_least(one.below, other.below),
        multiples=(*one.multiples, *(each for each in other.multiples if each not in one.multiples)),
        min_length=_most(one.min_length, other.min_length),
        max_length=_least(one.max_length, other.max_length),
        patterns=patterns,
        formats=(*one.formats, *(each for each in other.formats if each not in one.formats)),
        prefix=_prefix(one, other),
        items=both(one.items, other.items),
        contains=(*one.contains, *other.contains),
        min_items=_most(one.min_items, other.min_items),
        max_items=_least(one.max_items, other.max_items),
        unique=one.unique or other.unique,
        properties=properties,
        required=one.required | other.required,
        patterned=(*one.patterned, *other.patterned),
        closed=(*one.closed, *(each for each in other.closed if each not in one.closed)),
        names=both(one.names, other.names),
        min_properties=_most(one.min_properties, other.min_properties),
        max_properties=_least(one.max_properties, other.max_properties),
        dependent=(*one.dependent, *other.dependent),
        unions=(*one.unions, *(each for each in other.unions if each not in one.unions)),
        nots=(*one.nots, *other.nots),
        conditions=(*one.conditions, *other.conditions),
        unevaluated=both(one.unevaluated, other.unevaluated),
        read_only=one.read_only or other.read_only,
        write_only=one.write_only or other.write_only,
        default=one.default if one.has_default else other.default,
        has_default=one.has_default or other.has_default,
        deprecated=one.deprecated or other.deprecated,
        title=one.title or other.title,
    )


def both(one: Handle, other: Handle) -> Handle:
    """Schemas of the one and of the other."""
    return (*one, *(each for each in other if each not in one))


def json_key(value: Any) -> Any:
    """Something hashable that is equal where JSON values are: true is not 1, and 1.0 is 1."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, Table | dict):
        return ("object", frozenset((name, json_key(inner)) for name, inner in value.items()))
    if isinstance(value, Row | list):
        return ("array", tuple(map(json_key, value)))
    # Numbers that differ by multiples of 2 ** 61 - 1 have one hash, texts of them have not.
    over, under = value.as_integer_ratio()
    return ("number", f"{over:x}/{under:x}")


def _common(one: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if one is None or other is None:
        return other if one is None else one
    keys = set(map(json_key, other))
    return tuple(value for value in one if json_key(value) in keys)


def _prefix(one: Shape, other: Shape) -> tuple[Handle, ...]:
    # Behind its own prefix, each side's ``items`` speak.
    length = max(len(one.prefix), len(other.prefix))
    return tuple(
        both(
            one.prefix[at] if at < len(one.prefix) else one.items,
            other.prefix[at] if at < len(other.prefix) else other.items,
        )
        for at in range(length)
    )


def _most(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else max(one, other)


def _least(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else min(one, other)
