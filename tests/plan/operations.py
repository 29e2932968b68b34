"""Hypothesis strategies for valid operations on any schema: what hypothesis-graphql leaves out.

Named fragments, on objects, interfaces and unions, nested and shared; aliases, and fields that merge under one response
key; ``@skip`` and ``@include``; variables that are given, null, absent or defaulted, alone and inside lists and objects;
several operations in one document; ``__typename`` everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
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

from tests.plan.arguments import ABSENT, STANDARD, Arguments, Draw, Used, Values


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
        self._values: dict[str, tuple[tuple[str, Any], ...]] = {**STANDARD, **values}
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


class _Document(Arguments):
    """One document in the making."""

    def __init__(self, made_by: Operations, draw: Draw) -> None:
        super().__init__(draw, made_by._values)
        self._by = made_by
        self._schema = made_by._schema
        self._fragments: dict[str, tuple[str, Used]] = {}
        self._meanings: dict[str, tuple[str, str, str]] = {}
        self._budget = 25

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
            fragment = self._here = Used()
            selection = self._selection(self._schema.type_map[type_name], self._by._depth - 2)
            fragment.text = f"fragment F{number} on {type_name} {selection}"
            self._fragments[f"F{number}"] = (type_name, fragment)
            self._budget = 25
        operations = []
        for number in range(2 if self._often(20) else 1):
            kind = self._one_of(self._by._kinds)
            operation = self._here = Used()
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

    def _used(self, start: Used) -> tuple[set[str], set[str]]:
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


def _shape(type_: GraphQLOutputType) -> str:
    """Types of one response key must have one shape, wherever they stand."""
    named = get_named_type(type_)
    return str(type_).replace(named.name, "*") if is_composite_type(named) else str(type_)
