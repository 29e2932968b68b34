"""Whether a record holds what its class declares: for tests."""

from __future__ import annotations

import types
import typing
from collections.abc import Hashable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import msgspec


def undeclared(record: Any) -> list[str]:
    """Attributes of a record whose value is of another type than its class says, by their path.

    A number is no ``Decimal``, a text no code, and a moment has its zone.
    """
    return list(_of_struct(record, type(record).__name__))


def _of_struct(record: Any, path: str) -> Iterator[str]:
    kind: Any = type(record)
    hints = _hints(kind)
    for name in type(record).__struct_fields__:
        yield from _of(getattr(record, name), hints[name], f"{path}.{name}")


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _looks_alike(value: Any, hint: Any) -> bool:
    """A truth value is a number to Python, a moment a day, and one without zone a moment."""
    if isinstance(value, datetime):
        return hint is not datetime or value.tzinfo is None
    return isinstance(value, bool) and hint is not bool


def _of(value: Any, hint: Any, path: str) -> Iterator[str]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return
    if origin in (typing.Union, types.UnionType):
        if not any(not list(_of(value, each, path)) for each in arguments):
            yield path
    elif origin is typing.Literal:
        if value not in arguments:
            yield path
    elif origin is tuple:
        if type(value) is not tuple:
            yield path
        elif len(arguments) == 2 and arguments[1] is Ellipsis:
            for number, item in enumerate(value):
                yield from _of(item, arguments[0], f"{path}[{number}]")
        elif len(arguments) != len(value):
            yield path
    elif hint is None or hint is type(None):
        if value is not None:
            yield path
    elif not isinstance(value, origin or hint) or _looks_alike(value, hint):
        yield path
    elif isinstance(value, msgspec.Struct) and type(value).__struct_fields__:
        yield from _of_struct(value, path)
