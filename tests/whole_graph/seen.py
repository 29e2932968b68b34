"""Which fields had a value, for whom, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import get_named_type, is_introspection_type, is_object_type

from tests.whole_graph.selections import schema


@dataclass(frozen=True, slots=True)
class Found:
    """The first value of a field."""

    persona: str
    where: str


@dataclass(slots=True)
class Seen:
    """What was seen so far."""

    by_coordinate: dict[str, Found] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    """Of fields that are null: the codes of the errors that said why; empty where nothing is on record."""

    def take(self, persona: str, root: str, answer: dict[str, Any]) -> None:
        """One answer of the endpoint.

        Args:
            root: name of the root type.
        """
        errors = {tuple(each.get("path", ())): each["extensions"]["code"] for each in answer.get("errors", ())}
        for coordinate, where, value in fields_of(root, answer.get("data") or {}, ()):
            path = ".".join(str(step) for step in where)
            if value is not None and value != []:
                self.by_coordinate.setdefault(coordinate, Found(persona, path))
            else:
                code = errors.get(where)
                self.refused.setdefault(coordinate, set()).update(() if code is None else (code,))

    def missing(self) -> dict[str, set[str]]:
        """Fields that nobody got a value of, each with the codes that answered instead."""
        return {each: self.refused.get(each, set()) for each in coordinates() if each not in self.by_coordinate}


def coordinates() -> list[str]:
    """Every field of every object type that can be reached."""
    return [
        f"{name}.{field_name}"
        for name, kind in schema().type_map.items()
        if is_object_type(kind) and not is_introspection_type(kind)
        for field_name in kind.fields
    ]


def fields_of(
    type_name: str, value: dict[str, Any], path: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    """(coordinate, path, value) of every field of an answer; a list counts through its elements too."""
    kind = schema().type_map[value.get("__typename", type_name)]
    assert is_object_type(kind)
    for key, below in value.items():
        name = key.partition("__")[0]  # An alias is the field's name, two underscores, and anything.
        if name not in kind.fields:
            continue
        yield f"{kind.name}.{name}", (*path, key), below
        named = get_named_type(kind.fields[name].type).name
        for step, each in _objects(below):
            yield from fields_of(named, each, (*path, key, *step))


def _objects(value: Any) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    if isinstance(value, dict) and "__typename" in value:
        yield (), value
    elif isinstance(value, list):
        for number, each in enumerate(value):
            for step, found in _objects(each):
                yield (number, *step), found
