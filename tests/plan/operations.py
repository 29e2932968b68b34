"""Hypothesis strategies for valid operations on any schema: what hypothesis-graphql leaves out.

Named fragments, on objects, interfaces and unions, nested and shared; aliases, and fields that merge under one response
key; ``@skip`` and ``@include``; variables that are given, null, absent or defaulted, alone and inside lists and objects;
several operations in one document; ``__typename`` everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
)
from hypothesis import strategies as st

ABSENT = object()
"""A variable, an argument or an input field that is left out."""

Draw = Callable[[st.SearchStrategy[Any]], Any]
Values = Mapping[str, tuple[tuple[str, Any], ...]]
"""Scalar -> its values, each as a literal and as JSON."""

_STANDARD: Values = {
    "Int": (("0", 0), ("1", 1), ("2", 2), ("7", 7), ("-3", -3), ("2147483647", 2147483647)),
    "Float": (("0.5", 0.5), ("2", 2), ("-1e3", -1000.0)),
    "String": (('""', ""), ('"ā\\"\\n\\u0123"', 'ā"\nģ'), ('"""block\n  two"""', "block\ntwo"), ('"🙂"', "🙂")),
    "Boolean": (("true", True), ("false", False)),
    "ID": (('"a"', "a"), ("7", 7)),
    "JSON": (("{a: [1, null], b: {c: X}}", {"a": [1]}), ("[]", []), ("true", True), ("1.5", 1.5), ('"t"', "t")),
    "_Any": (("{a: 1}", {"a": 1}),),
}
_COUNTS = tuple(st.integers(0, most - 1) for most in range(1, 100))


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation of a document, with variables.

    Attributes:
        query: the document.
        name: of the operation; None where the document has one.
        variables: sets of variables to run it with.
    """

    query: str
    name: str | None
    variables: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class _Variable:
    declaration: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class _Fragment:
    """Text, and what it uses."""

    text: str = ""
    spreads: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)


class Operations:
    """Makes operations on one schema.

    Args:
        schema: the schema.
        values: values of its custom scalars.
        leave_out: coordinates that are never asked for.
        depth: how deep fields nest at most.
        arguments: values for arguments by coordinate (``Query.node.id``), in place of the scalar's.
        often: fields, by type, that are asked for more often than others.
        queries_only: leave out mutations.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        values: Values,
        leave_out: frozenset[str] = frozenset(),
        depth: int = 5,
        arguments: Values | None = None,
        often: Mapping[str, tuple[str, ...]] | None = None,
        queries_only: bool = False,
    ) -> None:
        self._schema = schema
        self._values: dict[str, tuple[tuple[str, Any], ...]] = {**_STANDARD, **values}
        self._leave_out = leave_out
        self._depth = depth
        self._arguments = arguments or {}
        self._often = often or {}
        self._kinds = ("query",) * (1 if queries_only or schema.mutation_type is None else 4)
        if len(self._kinds) > 1:
            self._kinds += ("mutation",)
        self._fields: dict[str, list[tuple[str, GraphQLField]]] = {}
        self._related: dict[str, list[str]] = {}

    def strategy(self) -> st.SearchStrategy[Asked]:
        """The operations."""
        return st.composite(lambda draw: _Document(self, draw).asked())()

    def fields_of(self, type_: Any) -> list[tuple[str, GraphQLField]]:
        """Fields that may be asked of a type."""
        found = self._fields.get(type_.name)
        if found is None:
            found = [
                (name, each)
                for name, each in getattr(type_, "fields", {}).items()
                if f"{type_.name}.{name}" not in self._leave_out and name not in ("_service", "_entities")
            ]
            often = self._often.get(type_.name, ())
            found += [each for each in found if each[0] in often] * 3
            self._fields[type_.name] = found
        return found

    def related(self, type_: Any) -> list[str]:
        """Composite types of which an object of this type can be one, too: what fragments may be on."""
        found = self._related.get(type_.name)
        if found is None:
            mine = set(self._possible(type_))
            found = self._related[type_.name] = [
                name
                for name, other in self._schema.type_map.items()
                if not name.startswith("__") and is_composite_type(other) and mine & set(self._possible(other))
            ]
        return found

    def _possible(self, type_: Any) -> list[str]:
        if isinstance(type_, GraphQLObjectType):
            return [type_.name]
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return [each.name for each in self._schema.get_possible_types(type_)]
        return []


class _Document:
    """One document in the making."""

    def __init__(self, made_by: Operations, draw: Draw) -> None:
        self._by = made_by
        self._schema = made_by._schema
        self._draw = draw
        self._variables: dict[str, _Variable] = {}
        self._fragments: dict[str, tuple[str, _Fragment]] = {}
        self._meanings: dict[str, tuple[str, str, str]] = {}
        self._here = _Fragment()
        self._budget = 25

    def _below(self, most: int) -> int:
        return int(self._draw(_COUNTS[most - 1]))

    def _often(self, percent: int) -> bool:
        # No is the simpler answer: what Hypothesis shrinks to.
        return self._below(99) >= 99 - percent

    def _one_of(self, items: Any) -> Any:
        return items[self._below(len(items))]

    # ------------------------------------------------------------ the document

    def asked(self) -> Asked:
        """The whole of it."""
        count = self._below(5)
        composite = [
            name for name, each in self._schema.type_map.items() if is_composite_type(each) and not name.startswith("_")
        ]
        # A fragment spreads only those that were made before it, so there is no cycle.
        for number in range(count):
            type_name = self._one_of(composite)
            fragment = self._here = _Fragment()
            selection = self._selection(self._schema.type_map[type_name], self._by._depth - 2)
            fragment.text = f"fragment F{number} on {type_name} {selection}"
            self._fragments[f"F{number}"] = (type_name, fragment)
            self._budget = 25
        operations = []
        for number in range(2 if self._often(20) else 1):
            kind = self._one_of(self._by._kinds)
            operation = self._here = _Fragment()
            root = self._schema.mutation_type if kind == "mutation" else self._schema.query_type
            selection = self._selection(root, self._by._depth)
            used = self._used(operation)
            declared = ", ".join(self._variables[name].declaration for name in sorted(used[1]))
            variables = f"({declared})" if declared else ""
            operations.append((f"{kind} O{number}{variables} {selection}", used))
        chosen = self._below(len(operations))
        spread = set().union(*(used[0] for _, used in operations))
        text = "\n".join(
            [
                *(text for text, _ in operations),
                *(each.text for name, (_, each) in self._fragments.items() if name in spread),
            ]
        )
        sets = tuple(
            {
                name: value
                for name in sorted(operations[chosen][1][1])
                if (value := self._one_of(self._variables[name].values)) is not ABSENT
            }
            for _ in range(2 if operations[chosen][1][1] else 1)
        )
        return Asked(text, f"O{chosen}" if len(operations) > 1 or self._often(30) else None, sets)

    def _used(self, start: _Fragment) -> tuple[set[str], set[str]]:
        spread: set[str] = set()
        variables = set(start.variables)
        pending = list(start.spreads)
        while pending:
            name = pending.pop()
            if name not in spread:
                spread.add(name)
                fragment = self._fragments[name][1]
                variables |= fragment.variables
                pending += fragment.spreads
        return spread, variables

    # ------------------------------------------------------------ selections

    def _selection(self, type_: Any, depth: int) -> str:
        parts = []
        for _ in range(1 + self._below(4)):
            kind = self._below(10)
            if kind < 5 or self._budget < 0:
                parts.append(self._field(type_, depth))
            elif kind < 7:
                fitting = [name for name, (on, _) in self._fragments.items() if on in self._by.related(type_)]
                if fitting:
                    name = self._one_of(fitting)
                    self._here.spreads.add(name)
                    parts.append(f"...{name}{self._directives()}")
            elif kind < 9:
                self._budget -= 1
                on = self._one_of(self._by.related(type_))
                inner = self._selection(self._schema.type_map[on], depth)
                parts.append(f"... on {on}{self._directives()} {inner}")
            else:
                self._budget -= 1
                parts.append(f"...{self._directives()} {self._selection(type_, depth)}")
        parts = [part for part in parts if part]
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _field(self, type_: Any, depth: int) -> str:
        self._budget -= 1
        fields = self._by.fields_of(type_)
        if self._budget < 0 or depth <= 1:
            fields = [each for each in fields if is_leaf_type(get_named_type(each[1].type))]
        if not fields or self._often(8):
            return f"{self._key('__typename', '', 'String!')}__typename{self._directives()}"
        name, definition = self._one_of(fields)
        arguments = self._given(type_.name, name, definition)
        key = self._key(name, arguments, _shape(definition.type))
        named = get_named_type(definition.type)
        inner = f" {self._selection(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{key}{name}{arguments}{self._directives()}{inner}"

    def _key(self, name: str, arguments: str, shape: str) -> str:
        """An alias with its colon, or nothing, so that every response key has one meaning in the whole document."""
        meaning = (name, arguments, shape)
        alias = self._one_of(("a", "b", "__proto__", "data", name)) if self._often(12) else name
        number = 0
        key = alias
        while self._meanings.setdefault(key, meaning) != meaning:
            number += 1
            key = f"{alias}{number}"
        return "" if key == name else f"{key}: "

    def _directives(self) -> str:
        if not self._often(12):
            return ""
        return "".join(
            f" @{name}(if: {self._condition()})"
            for name in self._one_of((("skip",), ("include",), ("include", "skip")))
        )

    def _condition(self) -> str:
        kind = self._below(4)
        if kind == 0:
            return str(self._one_of(("false", "true")))
        name = ("", "needed", "defaulted", "optional")[kind]
        declaration = ("", "Boolean!", "Boolean! = true", "Boolean = false")[kind]
        # Null where a condition must be is named in gateway/plan/reference.py: not compared here.
        values = (True, False) if kind == 1 else (True, False, ABSENT)
        return self._variable(name, declaration, values)

    # ------------------------------------------------------------ arguments

    def _given(self, type_name: str, field_name: str, definition: GraphQLField) -> str:
        parts = []
        for name, argument in definition.args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default is None
            if not required and self._often(55):
                continue
            chosen = self._by._arguments.get(f"{type_name}.{field_name}.{name}")
            value = self._one_of(chosen)[0] if chosen else self._value(argument.type, argument.default is not None, 2)
            parts.append(f"{name}: {value}")
        return f"({', '.join(parts)})" if parts else ""

    def _variable(self, name: str, declaration: str, values: tuple[Any, ...]) -> str:
        self._variables.setdefault(name, _Variable(f"${name}: {declaration}", values))
        self._here.variables.add(name)
        return f"${name}"

    def _value(self, type_: GraphQLInputType, has_default: bool, depth: int) -> str:
        """A literal or a variable for a place of this type."""
        if self._often(25):
            return self._fresh_variable(type_, has_default)
        if isinstance(type_, GraphQLNonNull):
            return self._literal(type_.of_type, depth)
        return "null" if self._often(10) else self._literal(type_, depth)

    def _fresh_variable(self, type_: GraphQLInputType, has_default: bool) -> str:
        name = f"v{len(self._variables)}"
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        given = tuple(self._json(inner, 2) for _ in range(2))
        default = self._literal(inner, 1, constant=True)
        kind = self._below(4)
        if kind == 0:
            return self._variable(name, f"{inner}!", given)
        if kind == 1:
            return self._variable(name, f"{inner}! = {default}", (*given, ABSENT))
        if kind == 2 or (isinstance(type_, GraphQLNonNull) and not has_default):
            # A variable that may be null stands where null may not: allowed, since it has a default.
            return self._variable(name, f"{inner} = {default}", (*given, ABSENT, None))
        return self._variable(name, str(inner), (*given, ABSENT, None))

    def _literal(self, type_: GraphQLInputType, depth: int, constant: bool = False) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(type_.of_type, depth, constant)
        if isinstance(type_, GraphQLList):
            if self._often(20):
                return self._literal(type_.of_type, depth, constant)
            inner = [self._inner(type_.of_type, depth, constant) for _ in range(self._below(3))]
            return f"[{', '.join(inner)}]"
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_, depth, constant)
        if isinstance(type_, GraphQLEnumType):
            return str(self._one_of(tuple(type_.values)))
        return str(self._one_of(self._by._values[type_.name])[0])

    def _inner(self, type_: GraphQLInputType, depth: int, constant: bool) -> str:
        return self._literal(type_, depth, True) if constant else self._value(type_, False, depth)

    def _object(self, type_: GraphQLInputObjectType, depth: int, constant: bool) -> str:
        parts = []
        fields = list(type_.fields.items())
        if type_.is_one_of:
            name, each = self._one_of(fields)
            return f"{{{name}: {self._literal(each.type, depth - 1, constant)}}}"
        for name, each in fields:
            required = isinstance(each.type, GraphQLNonNull) and each.default is None
            if not required and (depth <= 0 or self._often(60)):
                continue
            if constant:
                parts.append(f"{name}: {self._literal(each.type, depth - 1, True)}")
            else:
                parts.append(f"{name}: {self._value(each.type, each.default is not None, depth - 1)}")
        return f"{{{', '.join(parts)}}}"

    def _json(self, type_: GraphQLInputType, depth: int) -> Any:
        """A value for a variable."""
        if isinstance(type_, GraphQLNonNull):
            return self._json(type_.of_type, depth)
        if isinstance(type_, GraphQLList):
            if self._often(20):
                return self._json(type_.of_type, depth)
            nullable = not isinstance(type_.of_type, GraphQLNonNull)
            return [
                None if nullable and self._often(20) else self._json(type_.of_type, depth)
                for _ in range(self._below(3))
            ]
        if isinstance(type_, GraphQLInputObjectType):
            fields = list(type_.fields.items())
            if type_.is_one_of:
                name, each = self._one_of(fields)
                return {name: self._json(each.type, depth - 1)}
            made = {}
            for name, each in fields:
                required = isinstance(each.type, GraphQLNonNull) and each.default is None
                if required or (depth > 0 and self._often(40)):
                    may_be_null = not isinstance(each.type, GraphQLNonNull) and self._often(20)
                    made[name] = None if may_be_null else self._json(each.type, depth - 1)
            return made
        if isinstance(type_, GraphQLEnumType):
            return self._one_of(tuple(type_.values))
        return self._one_of(self._by._values[type_.name])[1]


def _shape(type_: GraphQLOutputType) -> str:
    """Types of one response key must have one shape, wherever they stand."""
    named = get_named_type(type_)
    return str(type_).replace(named.name, "*") if is_composite_type(named) else str(type_)
