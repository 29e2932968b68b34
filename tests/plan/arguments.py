"""Values for arguments, as Hypothesis draws them: literals, variables, and what the variables are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)
from hypothesis import strategies as st

ABSENT = object()
"""A variable, an argument or an input field that is left out."""

Draw = Callable[[st.SearchStrategy[Any]], Any]
Values = Mapping[str, tuple[tuple[str, Any], ...]]
"""Scalar -> its values, each as a literal and as JSON."""

STANDARD: Values = {
    "Int": (("0", 0), ("1", 1), ("2", 2), ("7", 7), ("-3", -3), ("2147483647", 2147483647)),
    "Float": (("0.5", 0.5), ("2", 2), ("-1e3", -1000.0)),
    "String": (('""', ""), ('"ā\\"\\n\\u0123"', 'ā"\nģ'), ('"""block\n  two"""', "block\ntwo"), ('"🙂"', "🙂")),
    "Boolean": (("true", True), ("false", False)),
    "ID": (('"a"', "a"), ("7", 7)),
    "JSON": (("{a: [1, null], b: {c: X}}", {"a": [1]}), ("[]", []), ("true", True), ("1.5", 1.5), ('"t"', "t")),
    "_Any": (("{a: 1}", {"a": 1}),),
}
_COUNTS = tuple(st.integers(0, most - 1) for most in range(1, 100))


@dataclass(slots=True)
class _Variable:
    declaration: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class Used:
    """Text, and what it uses."""

    text: str = ""
    spreads: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)


class Arguments:
    """Draws, and makes values for places of input types.

    Args:
        draw: Hypothesis's.
        values: of scalars.
    """

    def __init__(self, draw: Draw, values: Values) -> None:
        self._draw = draw
        self._scalars = values
        self._variables: dict[str, _Variable] = {}
        self._here = Used()

    def _below(self, most: int) -> int:
        return int(self._draw(_COUNTS[most - 1]))

    def _often(self, percent: int) -> bool:
        # No is the simpler answer: what Hypothesis shrinks to.
        return self._below(99) >= 99 - percent

    def _one_of(self, items: Any) -> Any:
        return items[self._below(len(items))]

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
        return str(self._one_of(self._scalars[type_.name])[0])

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
        return self._one_of(self._scalars[type_.name])[1]
