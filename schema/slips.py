"""What a slip in a file that people write should have been, in words."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from enum import Enum
from types import UnionType
from typing import Any

import msgspec

_SLIP = re.compile(r"(?P<what>Invalid enum value|Object contains unknown field) .*?(?: - at `\$(?P<path>.*)`)?")
_STEP = re.compile(r"\.(?P<name>\w+)|\[(?:\.\.\.|\d+)\]")


def with_choices(error: msgspec.ValidationError, type_: Any) -> str:
    """The error in words, with what could stand there, where that is one of a few.

    Args:
        type_: what was decoded: a struct, whose parts are structs, enumerations, and mappings and sequences of them.
    """
    found = _SLIP.fullmatch(str(error))
    if found is None:
        return str(error)
    there = _at(type_, found["path"] or "")
    if isinstance(there, type) and issubclass(there, Enum):
        return f"{error}; it is one of {_listed(each.value for each in there)}"
    if isinstance(there, type) and issubclass(there, msgspec.Struct):
        return f"{error}; it has {_listed(there.__struct_fields__)}"
    return str(error)


def _at(type_: Any, path: str) -> Any:
    """The type that stands at a path as msgspec writes it; None where that cannot be told."""
    for step in _STEP.finditer(path):
        type_ = _present(type_)
        if step["name"]:
            type_ = typing.get_type_hints(type_).get(step["name"]) if isinstance(type_, type) else None
        else:
            inside = typing.get_args(type_)
            is_mapping = issubclass(typing.get_origin(type_) or object, Mapping)
            type_ = inside[is_mapping] if len(inside) > is_mapping else None
    return _present(type_)


def _present(type_: Any) -> Any:
    """Of a type that may be None the other."""
    if typing.get_origin(type_) in (UnionType, typing.Union):
        return next(each for each in typing.get_args(type_) if each is not type(None))
    return type_


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
