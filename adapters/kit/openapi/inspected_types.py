"""The types of an OpenAPI description, and what a person should know of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from adapters.kit.inspection import Hazard, Member, TypeShape
from adapters.kit.openapi.formats import CHECKS, UNCHECKED
from adapters.kit.openapi.json_text import as_json
from adapters.kit.openapi.shape_reader import Shapes
from adapters.kit.openapi.shapes import KINDS, Handle, Shape, Union

GRAPHQL_NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
_NO_ENUM_NAME = frozenset({"true", "false", "null"})
_SCALAR = {"string": "string", "integer": "integer", "boolean": "boolean", "null": "null"}
_NOTE = 200


class Types:
    """Types by the schemas they are of, named once.

    Args:
        hazards: where hazards are put.
    """

    def __init__(self, shapes: Shapes, hazards: dict[Hazard, None]) -> None:
        self._shapes = shapes
        self._hazards = hazards
        self._names: dict[Handle, str] = {}
        self._taken: set[str] = set()
        self._waiting: list[Handle] = []
        self._made: dict[str, TypeShape] = {}

    def member(self, name: str, handle: Handle, path: str, *, required: bool, said: tuple[str, ...] = ()) -> Member:
        """Something of a schema, that stands under a name."""
        shape = self._shapes.of(handle)
        repeats = _is_list(shape)
        inner = shape.items if repeats else handle
        notes = [*said]
        if shape.read_only:
            notes.append("read only")
        if shape.write_only:
            notes.append("write only")
        if shape.deprecated:
            notes.append("deprecated")
        if shape.has_default:
            notes.append(f"default {_short(shape.default)}")
        if repeats and (shape.min_items or shape.max_items is not None):
            notes.append(f"{shape.min_items or 0} to {'any' if shape.max_items is None else shape.max_items} items")
        told = self._shapes.of(inner) if repeats else shape
        if _scalar(told) is not None and (facets := _facets(told)):
            notes.append(facets)
        return Member(
            name=name,
            type=self._type(inner, f"{path}[]" if repeats else path),
            low=int(required),
            high=None if repeats else 1,
            nillable=shape.takes_null and shape.kinds != KINDS,
            note=", ".join(notes),
        )

    def done(self) -> tuple[TypeShape, ...]:
        """Every type that was named, and those that they name."""
        while self._waiting:
            handle = self._waiting.pop()
            name = self._names[handle]
            self._made[name] = self._describe(name, self._shapes.of(handle))
        self._recursive()
        return tuple(self._made[name] for name in sorted(self._made))

    def _type(self, handle: Handle, path: str) -> str:
        handle = self._shapes.canonical(handle)
        shape = self._shapes.of(handle)
        self._formats(shape)
        told = _scalar(shape)
        if told is not None:
            return told
        if handle not in self._names:
            name = shape.name or path
            number = 1
            while name in self._taken:
                number += 1
                name = f"{shape.name or path}#{number}"
            self._taken.add(name)
            self._names[handle] = name
            self._waiting.append(handle)
        return self._names[handle]

    def _describe(self, name: str, shape: Shape) -> TypeShape:
        members = [
            self.member(key, handle, f"{name}.{key}", required=key in shape.required)
            for key, handle in shape.properties.items()
        ]
        members += [
            Member(key, "any", note="without a schema") for key in sorted(shape.required - shape.properties.keys())
        ]
        for key in shape.properties:
            if not GRAPHQL_NAME.fullmatch(key):
                self._hazard("name-not-graphql", shape.where, f"property {key[:100]} of {name[:100]}")
        if not GRAPHQL_NAME.fullmatch(name) and name == shape.name:
            self._hazard("name-not-graphql", shape.where, f"type {name[:100]}")
        members += self._maps(name, shape)
        members += [
            self.member(f"[{at}]", handle, f"{name}[{at}]", required=True) for at, handle in enumerate(shape.prefix)
        ]
        if shape.items:
            members.append(self.member("[]", shape.items, f"{name}[]", required=False))
        for union in shape.unions:
            members += self._choices(name, union)
        return TypeShape(name, _kind(shape), tuple(members), self._values(name, shape), _facets(shape), shape.where)

    def _maps(self, name: str, shape: Shape) -> Iterator[Member]:
        for closed in shape.closed:
            inner = self._shapes.of(closed.schema)
            if inner.kinds:
                yield self.member("*", closed.schema, f"{name}.*", required=False, said=("under any other name",))
        for pattern, handle in shape.patterned:
            yield self.member(f"/{pattern.text[:60]}/", handle, f"{name}.*", required=False, said=("under such names",))

    def _choices(self, name: str, union: Union) -> Iterator[Member]:
        said = "one of" if union.exactly_one else "any of"
        for at, branch in enumerate(union.branches):
            values = sorted(value for value, index in union.by_value.items() if index == at)
            note = f"{said}; {union.property} is {' or '.join(values)}" if values else said
            yield self.member(branch.name, branch.handle, f"{name}.{branch.name}", required=False, said=(note[:_NOTE],))
        if union.exactly_one and union.property is None:
            shapes = [self._shapes.of(branch.handle) for branch in union.branches]
            for at, one in enumerate(shapes):
                for other_at, other in enumerate(shapes[:at]):
                    if _overlap(one, other):
                        names = f"{union.branches[other_at].name} and {union.branches[at].name}"
                        self._hazard("ambiguous-oneOf", union.where, f"one value can be both of {names[:200]}")

    def _values(self, name: str, shape: Shape) -> tuple[str, ...]:
        values = []
        for value in shape.enum or ():
            text = value if isinstance(value, str) else _short(value)
            values.append(text)
            if value is not None and (not GRAPHQL_NAME.fullmatch(text) or text in _NO_ENUM_NAME):
                self._hazard("enum-value-not-graphql", shape.where, f"{text[:100]} of {name[:100]}")
        return tuple(values)

    def _formats(self, shape: Shape) -> None:
        for form in shape.formats:
            if form not in CHECKS and form not in UNCHECKED:
                self._hazard("unknown-format", shape.where, f"{form[:100]}, read as any text")

    def _recursive(self) -> None:
        below = {
            name: {member.type for member in shape.members} & self._made.keys() for name, shape in self._made.items()
        }
        for name in below:
            seen: set[str] = set()
            left = [name]
            while left:
                for other in below[left.pop()] - seen:
                    seen.add(other)
                    left.append(other)
            if name in seen:
                self._hazard("recursive-type", self._made[name].where, f"{name[:100]} contains itself")

    def _hazard(self, kind: str, where: str, what: str) -> None:
        self._hazards[Hazard(kind, where, what)] = None


def _scalar(shape: Shape) -> str | None:
    """The name of a built-in type; None where it needs a type of its own."""
    kinds = shape.kinds - {"null"}
    if shape.enum is not None or shape.unions or shape.nots or shape.conditions:
        return None
    if shape.kinds == KINDS:
        told = bool(
            shape.properties or shape.closed or shape.patterned or shape.items or shape.prefix or shape.required
        )
        return None if told else "any"
    form = f"({', '.join(shape.formats)})" if shape.formats else ""
    if kinds == {"integer", "fraction"}:
        return f"number{form}"
    if len(kinds) == 1 and (name := _SCALAR.get(next(iter(kinds)))) is not None:
        return name + form
    if not kinds:
        return "null" if shape.kinds else "nothing"
    return None


def _is_list(shape: Shape) -> bool:
    return shape.kinds - {"null"} == {"array"} and bool(shape.items) and not (shape.prefix or shape.unions)


def _kind(shape: Shape) -> str:
    if shape.enum is not None:
        return "enum"
    if shape.unions:
        return "choice"
    kinds = shape.kinds - {"null"}
    if kinds == {"array"}:
        return "list"
    if "object" in kinds and (shape.properties or shape.closed or shape.patterned or kinds == {"object"}):
        return "object"
    return " or ".join(sorted(kinds))


def _facets(shape: Shape) -> str:
    said = [
        *(f"{name} {value}" for name, value in (("from", shape.minimum), ("to", shape.maximum)) if value is not None),
        *(f"{name} {value}" for name, value in (("above", shape.above), ("below", shape.below)) if value is not None),
        *(f"multiple of {step}" for step in shape.multiples),
        *(f"{name} {value}" for name, value in _sizes(shape) if value is not None),
        *(f"pattern {pattern.text[:_NOTE]}" for pattern in shape.patterns),
    ]
    return ", ".join(said)


def _sizes(shape: Shape) -> Iterator[tuple[str, int | None]]:
    yield "length from", shape.min_length
    yield "length to", shape.max_length
    yield "items from", shape.min_items
    yield "items to", shape.max_items
    yield "members from", shape.min_properties
    yield "members to", shape.max_properties


def _overlap(one: Shape, other: Shape) -> bool:
    """Whether some value may be of both, as far as can be told by their outlines."""
    kinds = one.kinds & other.kinds - {"null"}
    if not kinds:
        return False
    if one.enum is not None and other.enum is not None:
        return any(value in other.enum for value in one.enum)
    if kinds != {"object"}:
        return not (one.patterns or other.patterns)
    # Each demands something that the other has no place for: then nobody writes one that is both.
    return other.required <= one.properties.keys() or one.required <= other.properties.keys()


def _short(value: Any) -> str:
    return json.dumps(as_json(value), ensure_ascii=False, default=str)[:_NOTE]
