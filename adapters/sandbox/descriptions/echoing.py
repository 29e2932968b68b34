"""Makes a generated answer fit what was asked: what the request says under a name, the answer says again under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

Allows = Callable[[Any], bool]
_MOST = 500


def said(values: Mapping[str, Any], body: Any) -> dict[str, list[Any]]:
    """The single values of a request by name: of its parameters, and of its body at any depth; of a list each item."""
    found: dict[str, list[Any]] = {}
    for name, value in _leaves(dict(values)):
        found.setdefault(name, []).append(value)
    for name, value in _leaves(body):
        found.setdefault(name, []).append(value)
    return found


def echoed(answer: Any, asked: Mapping[str, list[Any]], allows: Allows) -> Any:
    """The answer with the request's values in it, as far as the contract allows them there."""
    for name, values in asked.items():
        for changed in (_with_all(answer, name, values[:_MOST]), _with(answer, name, values[0])):
            if changed != answer and allows(changed):
                answer = changed
                break
    return answer


def without_one(answer: Any, allows: Allows) -> Any:
    """The answer less one member that the contract demands; as it is where it demands none."""
    for path in list(_paths(answer, ())):
        changed = deepcopy(answer)
        held = changed
        for step in path[:-1]:
            held = held[step]
        del held[path[-1]]
        if not allows(changed):
            return changed
    return answer


def doubled(answer: Any, other: Any) -> Any:
    """The answer with what another one has in its lists added to its own."""
    if isinstance(answer, list) and isinstance(other, list):
        return [*answer, *(other or answer)]
    if isinstance(answer, dict) and isinstance(other, dict):
        return {name: doubled(held, other[name]) if name in other else held for name, held in answer.items()}
    return answer


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    elif name and value is not None and not isinstance(value, bool):
        yield name, value


def _with(answer: Any, name: str, value: Any) -> Any:
    if isinstance(answer, dict):
        return {
            key: value if key == name and not isinstance(inner, dict | list) else _with(inner, name, value)
            for key, inner in answer.items()
        }
    return [_with(inner, name, value) for inner in answer] if isinstance(answer, list) else answer


def _with_all(answer: Any, name: str, values: list[Any]) -> Any:
    """Where a list's items have the name, one item for each value."""
    if isinstance(answer, dict):
        return {key: _with_all(inner, name, values) for key, inner in answer.items()}
    if not isinstance(answer, list) or not answer:
        return answer
    first = answer[0]
    if isinstance(first, dict) and name in first and not isinstance(first[name], dict | list):
        return [_with(deepcopy(answer[at % len(answer)]), name, value) for at, value in enumerate(values)]
    return [_with_all(inner, name, values) for inner in answer]


def _paths(value: Any, before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*before, name))
            yield (*before, name)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _paths(inner, (*before, at))
