"""From schemas of a description to shapes: JSON Schema 2020-12, and the dialects of OpenAPI 3.0 and Swagger 2.0."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import Hazard
from adapters.kit.openapi.discriminators import Discriminators
from adapters.kit.openapi.ecma import BACK_AND_FORTH, pattern_of
from adapters.kit.openapi.files import Files, last_step
from adapters.kit.openapi.nodes import Row, Table, plain, row, table, text
from adapters.kit.openapi.shapes import KINDS, Branch, Closed, Condition, Handle, Shape, Sub, Union, merged

_TYPES = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"boolean"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "fraction"}),
    "string": frozenset({"string"}),
    "array": frozenset({"array"}),
    "object": frozenset({"object"}),
    "file": frozenset({"string"}),
}
_REFUSED = ("$dynamicRef", "$recursiveRef", "unevaluatedItems", "additionalItems")
"""They change what is allowed, and nothing here reads them."""
_MAX_MERGED = 200
_SHOWN = 100
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_NEVER = Shape("", kinds=frozenset())


class Shapes:
    """The shapes of one contract.

    Args:
        old: Swagger 2.0 and OpenAPI 3.0, whose dialect has ``nullable`` and reads nothing beside a ``$ref``.
    """

    def __init__(self, files: Files, *, old: bool) -> None:
        self.old = old
        self.files = files
        self.hazards: dict[Hazard, None] = {}
        """What was met on the way; in order, each once."""
        self._discriminators = Discriminators(files)
        self._known: dict[Handle, Shape] = {}
        self._merging: list[Sub] = []
        self._canonical: dict[Sub, Sub] = {}
        self._first: dict[Sub, Sub] = {}

    def of(self, handle: Handle) -> Shape:
        """What all of its schemas allow together. Raises: UnsupportedConstruct."""
        shape = self._known.get(handle)
        if shape is None:
            shape = self._known[handle] = self._all(handle, "nowhere")
        return shape

    def canonical(self, handle: Handle) -> Handle:
        """The same schemas, by one form for all references to the same schema."""
        return tuple(self._one_form(sub) for sub in handle)

    def _one_form(self, sub: Sub) -> Sub:
        known = self._canonical.get(sub)
        if known is None:
            node, known = sub.node, sub
            if isinstance(node, Table) and isinstance(node.get("$ref"), str) and (self.old or len(node) == 1):
                try:
                    target, _ = self.files.followed(node, "$ref", node.where)
                except UnsupportedConstruct:
                    return sub  # It is refused where it is read.
                known = self._first.setdefault(Sub(target, sub.plain), sub)
            self._canonical[sub] = known
        return known

    def _all(self, handle: Handle, where: str) -> Shape:
        shape: Shape | None = None
        for sub in handle:
            other = self._one(sub)
            shape = other if shape is None else merged(shape, other)
        return Shape(where) if shape is None else shape

    def _one(self, sub: Sub) -> Shape:
        node = sub.node
        if isinstance(node, bool):
            return Shape("") if node else _NEVER
        known = self._known.get((sub,))
        if known is not None:
            return known
        if sub in self._merging or len(self._merging) > _MAX_MERGED:
            raise UnsupportedConstruct("a schema that contains itself without a property between", node.where)
        self._merging.append(sub)
        try:
            shape = self._referred(node, sub.plain) if "$ref" in node else self._read(node, sub.plain)
        finally:
            self._merging.pop()
        self._known[(sub,)] = shape
        return shape

    def _referred(self, node: Table, plainly: bool) -> Shape:
        reference = text(node["$ref"], "$ref", node.at("$ref"))
        target = self.files.resolve(reference, node)
        shape = self._one(_sub(target, reference, node.at("$ref"), plain=plainly))
        shape = merged(Shape(shape.where, name=last_step(reference)), shape)
        if self.old or len(node) == 1:
            return shape
        beside = node.like(**{key: value for key, value in node.items() if key != "$ref"})
        return merged(shape, self._read(beside, True))

    def _read(self, node: Table, plainly: bool) -> Shape:
        for key in _REFUSED:
            if key in node and node[key] is not True:
                raise UnsupportedConstruct(key, node.at(key))
        shape = self._own(node)
        parts = list(self._parts(node))
        own = shape
        for part in parts:
            shape = merged(shape, self._one(part))
        if shape.name and not own.name and not (len(parts) == 1 and _only_describes(node)):
            shape = merged(Shape(shape.where), shape)
            shape.name = ""
        if not plainly and (union := self._led_by_discriminator(node)) is not None:
            shape = merged(shape, Shape(node.where, unions=(union,)))
        if not self.old and "nullable" in node:
            self._not_valid(node.at("nullable"), "nullable says nothing in 3.1, and is not read")
        said = self.old and (node.get("nullable") is True or node.get("x-nullable") is True)
        if said or (own.nullable and own.takes_null):
            shape = merged(Shape(shape.where, name=shape.name), shape)
            shape.kinds |= {"null"}
            shape.nullable = True
        return shape

    def _parts(self, node: Table) -> list[Sub]:
        """What has to hold beside the schema's own words."""
        made = []
        for part in row(node.get("allOf", row_of(node)), "allOf", node.at("allOf")):
            sub = _sub(part, "allOf", node.at("allOf"))
            made.append(Sub(sub.node, plain=self._discriminators.is_base_of(sub.node, node)))
        for key in ("oneOf", "anyOf"):
            branches = self._branches(node, key)
            if len(branches) == 1:
                made += branches[0].handle
        return made

    def _own(self, node: Table) -> Shape:
        where = node.where
        shape = Shape(where, kinds=self._kinds(node))
        if "enum" in node or "const" in node:
            values = [node["const"]] if "const" in node else row(node["enum"], "enum", node.at("enum"))
            shape.enum = tuple(plain(value) for value in values)
        self._numbers(node, shape)
        self._texts(node, shape)
        self._arrays(node, shape)
        self._objects(node, shape)
        self._alternatives(node, shape)
        shape.read_only = node.get("readOnly") is True
        shape.write_only = node.get("writeOnly") is True
        shape.deprecated = node.get("deprecated") is True
        shape.has_default = "default" in node
        shape.default = plain(node.get("default"))
        shape.title = node["title"] if isinstance(node.get("title"), str) else ""
        return shape

    def _kinds(self, node: Table) -> frozenset[str]:
        if "type" not in node:
            return KINDS
        said, where = node["type"], node.at("type")
        names = [said] if isinstance(said, str) else row(said, "type", where)
        if self.old and not isinstance(said, str):
            self._not_valid(where, "several types, which this version does not have, are read as in 3.1")
        made: frozenset[str] = frozenset()
        for name in names:
            if not isinstance(name, str) or name not in _TYPES:
                raise UnsupportedConstruct("a type that JSON Schema does not have", where)
            made |= _TYPES[name]
        return made

    def _numbers(self, node: Table, shape: Shape) -> None:
        shape.minimum, shape.maximum = self._number(node, "minimum"), self._number(node, "maximum")
        for key in ("exclusiveMinimum", "exclusiveMaximum"):
            if key in node and isinstance(node[key], bool) is not self.old:
                self._not_valid(node.at(key), f"{key} is written as another version has it")
        if node.get("exclusiveMinimum") is True:
            shape.above, shape.minimum = shape.minimum, None
        elif node.get("exclusiveMinimum") is not False:
            shape.above = self._number(node, "exclusiveMinimum")
        if node.get("exclusiveMaximum") is True:
            shape.below, shape.maximum = shape.maximum, None
        elif node.get("exclusiveMaximum") is not False:
            shape.below = self._number(node, "exclusiveMaximum")
        step = self._number(node, "multipleOf")
        if step is not None:
            if step <= 0:
                raise UnsupportedConstruct("multipleOf that is not positive", node.at("multipleOf"))
            shape.multiples = (step,)

    def _texts(self, node: Table, shape: Shape) -> None:
        shape.min_length, shape.max_length = self._size(node, "minLength"), self._size(node, "maxLength")
        if "pattern" in node:
            where = node.at("pattern")
            said = text(node["pattern"], "pattern", where)
            try:
                shape.patterns = (pattern_of(said, where),)
            except UnsupportedConstruct as error:
                if error.construct == BACK_AND_FORTH:
                    raise
                what = f"{said[:_SHOWN]} is no pattern of ECMA that can be read, and is not checked"
                self.hazards[Hazard("pattern-not-checked", where, what)] = None
        form = node.get("format", "byte" if node.get("contentEncoding") == "base64" else None)
        if form is not None:
            shape.formats = (text(form, "format", node.at("format")),)

    def _arrays(self, node: Table, shape: Shape) -> None:
        if "prefixItems" in node:
            where = node.at("prefixItems")
            shape.prefix = tuple(
                (_sub(inner, "prefixItems", where),) for inner in row(node["prefixItems"], "prefixItems", where)
            )
        if isinstance(node.get("items"), Row):
            self._not_valid(node.at("items"), "items is a list, and read as prefixItems")
            shape.prefix = tuple((_sub(inner, "items", node.at("items")),) for inner in node["items"])
        elif "items" in node:
            shape.items = (_sub(node["items"], "items", node.at("items")),)
        shape.min_items, shape.max_items = self._size(node, "minItems"), self._size(node, "maxItems")
        shape.unique = node.get("uniqueItems") is True
        if "contains" in node:
            low, high = self._size(node, "minContains"), self._size(node, "maxContains")
            handle = (_sub(node["contains"], "contains", node.at("contains")),)
            shape.contains = ((handle, 1 if low is None else low, high),)

    def _objects(self, node: Table, shape: Shape) -> None:
        if "properties" in node:
            properties = table(node["properties"], "properties", node.at("properties"))
            shape.properties = {
                name: (_sub(inner, "a property", properties.at(name)),) for name, inner in properties.items()
            }
        if isinstance(node.get("required"), bool):
            self._not_valid(node.at("required"), "required is true or false, and is not read")
        elif "required" in node:
            where = node.at("required")
            shape.required = frozenset(
                text(name, "required", where) for name in row(node["required"], "required", where)
            )
        if "patternProperties" in node:
            patterned = table(node["patternProperties"], "patternProperties", node.at("patternProperties"))
            shape.patterned = tuple(
                (pattern_of(name, patterned.at(name)), (_sub(inner, "patternProperties", patterned.at(name)),))
                for name, inner in patterned.items()
            )
        if "additionalProperties" in node:
            sub = _sub(node["additionalProperties"], "additionalProperties", node.at("additionalProperties"))
            patterns = tuple(pattern for pattern, _ in shape.patterned)
            shape.closed = (Closed(frozenset(shape.properties), patterns, (sub,)),)
        if "unevaluatedProperties" in node:
            shape.unevaluated = (_sub(node["unevaluatedProperties"], "unevaluatedProperties", node.where),)
        if "propertyNames" in node:
            shape.names = (_sub(node["propertyNames"], "propertyNames", node.at("propertyNames")),)
        shape.min_properties, shape.max_properties = (
            self._size(node, "minProperties"),
            self._size(node, "maxProperties"),
        )
        if "dependentRequired" in node:
            where = node.at("dependentRequired")
            shape.dependent = tuple(
                (
                    name,
                    frozenset(
                        text(each, "dependentRequired", where) for each in row(names, "dependentRequired", where)
                    ),
                )
                for name, names in table(node["dependentRequired"], "dependentRequired", where).items()
            )

    def _number(self, node: Table, key: str) -> Decimal | None:
        value = node.get(key)
        if value is None:
            return None
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            self._not_valid(node.at(key), f"{key} is a text, and read as a number")
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise UnsupportedConstruct(f"{key} that is no number", node.at(key))
        return Decimal(value)

    def _size(self, node: Table, key: str) -> int | None:
        value = self._number(node, key)
        if value is None:
            return None
        if value < 0 or value != int(value):
            raise UnsupportedConstruct(f"{key} that is no size", node.at(key))
        return int(value)

    def _not_valid(self, where: str, what: str) -> None:
        self.hazards[Hazard("not-valid", where, what)] = None

    def _alternatives(self, node: Table, shape: Shape) -> None:
        for key in ("oneOf", "anyOf"):
            branches = self._branches(node, key)
            if len(branches) < len(node.get(key, ())):
                shape.nullable = True
            elif key in node and not branches:
                raise UnsupportedConstruct(f"{key} without alternatives", node.at(key))
            if len(branches) > 1:
                property_, by_value = self._discriminators.told(node, branches)
                shape.unions += (Union(key == "oneOf", branches, node.at(key), property_, by_value),)
        if "not" in node:
            shape.nots = ((_sub(node["not"], "not", node.at("not")),),)
        conditions = []
        if "if" in node:
            then, otherwise = (
                (_sub(node[key], key, node.at(key)),) if key in node else None for key in ("then", "else")
            )
            conditions.append(Condition((_sub(node["if"], "if", node.at("if")),), then, otherwise))
        if "dependentSchemas" in node:
            where = node.at("dependentSchemas")
            for name, inner in table(node["dependentSchemas"], "dependentSchemas", where).items():
                names = row_of(node)
                names.append(name)
                when = node.like(type="object", required=names)
                conditions.append(Condition((Sub(when),), (_sub(inner, "dependentSchemas", where),), None))
        shape.conditions = tuple(conditions)

    def _branches(self, node: Table, key: str) -> tuple[Branch, ...]:
        """Alternatives; one that is only ``null`` is left out, and the schema takes null then."""
        if key not in node:
            return ()
        made = []
        for at, part in enumerate(row(node[key], key, node.at(key)), 1):
            sub = _sub(part, key, node.at(key))
            if isinstance(sub.node, Table) and sub.node.get("type") in ("null", ["null"]):
                continue
            made.append(Branch(_branch_name(sub.node, at), (sub,)))
        return tuple(made)

    def _led_by_discriminator(self, node: Table) -> Union | None:
        if "discriminator" not in node or "oneOf" in node or "anyOf" in node:
            return None
        return self._discriminators.led(node)


def row_of(node: Table) -> Row:
    """An empty list that stands where ``node`` does."""
    return Row(node.file, node.line)


_DESCRIBES = frozenset(
    {"allOf", "description", "title", "example", "examples", "nullable", "x-nullable", "deprecated", "default"}
    | {"readOnly", "writeOnly", "externalDocs", "type"}
)


def _only_describes(node: Table) -> bool:
    return all(key in _DESCRIBES or key.startswith("x-") for key in node)


def _branch_name(node: Table | bool, at: int) -> str:
    if isinstance(node, Table):
        if isinstance(node.get("$ref"), str):
            return last_step(node["$ref"])
        if isinstance(node.get("title"), str):
            return str(node["title"])
    return f"#{at}"


def _sub(value: Any, what: str, where: str, *, plain: bool = False) -> Sub:
    if isinstance(value, bool | Table):
        return Sub(value, plain)
    raise UnsupportedConstruct(f"{what[:100]} that is no schema", where)
