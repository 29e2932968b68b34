"""A JSON reply broken in every place: for tests."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_Path = tuple[Any, ...]
_Change = Callable[[Any, Any], None]

_REPLACEMENTS: tuple[Any, ...] = (
    *(None, "", " ", "x", "39188888888", "2026-02-30", "1e999", "ā" * 300),
    *(0, 7, -1.5, 10**30, True, False),
    *([], {}, [{}], [[]], [None], {"x": 1}),
)
_TWIN = "\ue000"
"""Ends a member's name that is written without it: how a name comes to stand twice."""


def damages(value: Any) -> Iterator[tuple[str, bytes]]:
    """Each member and each item changed in every way: what was done, and the reply."""
    for path in _paths(value):
        name = _named(path)
        for replacement in _REPLACEMENTS:
            yield f"{name} is {_short(replacement)}", _with(value, path, _set(replacement))
        yield f"{name} removed", _with(value, path, _remove)
        yield f"{name} twice", _with(value, path, _double)
        yield f"{name} in a list", _with(value, path, _wrap)
        if isinstance(path[-1], str):
            yield f"{name} renamed", _with(value, path, _rename(lambda key: f"{key}X"))
            yield f"{name} in capitals", _with(value, path, _rename(str.swapcase))
            yield f"a further member beside {name}", _with(value, path, _beside)
        else:
            yield f"{name} first", _with(value, path, _first)


def leaves(value: Any) -> list[str]:
    """Texts, numbers and truth values, as text."""
    return [_text(inner) for _, inner in _scalars(value)]


def with_leaves(value: Any, changes: Mapping[int, str]) -> bytes:
    """Some of these replaced by texts."""
    made = copy.deepcopy(value)
    found = [path for path, _ in _scalars(value)]
    for number, text in changes.items():
        _holder(made, found[number])[found[number][-1]] = text
    return _written(made)


def doubled_items(value: Any, keys: frozenset[str], stranger: str | None) -> Iterator[bytes]:
    """See ``damage.doubled_items``."""
    items = next(
        (
            [(*path, number) for number in range(len(held))]
            for path, held in sorted(_lists(value), key=lambda each: len(each[0]))
            if held and all(_holds(item, keys) for item in held)
        ),
        None,
    )
    if items is None:
        items = [path for path, inner in _scalars(value) if inner in keys and isinstance(path[-1], str)]
    for path in items:

        def change(holder: Any, key: Any) -> None:
            further = copy.deepcopy(holder[key])
            _add(holder, key, further if stranger is None else _replaced(further, keys, stranger))

        yield _with(value, path, change)


def _replaced(value: Any, keys: frozenset[str], stranger: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, keys, stranger) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, keys, stranger) for inner in value]
    return stranger if value in keys else value


def _holds(value: Any, keys: frozenset[str]) -> bool:
    return value in keys if isinstance(value, str) else any(inner in keys for _, inner in _scalars(value))


def _set(replacement: Any) -> _Change:
    def change(holder: Any, key: Any) -> None:
        holder[key] = replacement

    return change


def _remove(holder: Any, key: Any) -> None:
    del holder[key]


def _double(holder: Any, key: Any) -> None:
    _add(holder, key, copy.deepcopy(holder[key]))


def _add(holder: Any, key: Any, further: Any) -> None:
    if isinstance(holder, list):
        holder.insert(key + 1, further)
    else:
        holder[f"{key}{_TWIN}"] = further


def _wrap(holder: Any, key: Any) -> None:
    holder[key] = [holder[key]]


def _first(holder: Any, key: Any) -> None:
    holder.insert(0, holder.pop(key))


def _rename(to: Callable[[str], str]) -> _Change:
    def change(holder: Any, key: Any) -> None:
        holder[to(key)] = holder.pop(key)

    return change


def _beside(holder: Any, key: Any) -> None:
    holder[f"{key}X"] = copy.deepcopy(holder[key])


def _with(value: Any, path: _Path, change: _Change) -> bytes:
    made = copy.deepcopy(value)
    change(_holder(made, path), path[-1])
    return _written(made)


def _holder(value: Any, path: _Path) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).replace(_TWIN, "").encode()


def _paths(value: Any, at: _Path = ()) -> Iterator[_Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from _paths(inner, (*at, key))


def _lists(value: Any) -> Iterator[tuple[_Path, list[Any]]]:
    for path in ((), *_paths(value)):
        inner = value
        for step in path:
            inner = inner[step]
        if isinstance(inner, list):
            yield path, inner


def _scalars(value: Any) -> Iterator[tuple[_Path, Any]]:
    for path in _paths(value):
        inner = _holder(value, path)[path[-1]]
        if isinstance(inner, str | int | float):
            yield path, inner


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _named(path: _Path) -> str:
    return f"member {path[-1]}" if isinstance(path[-1], str) else f"item {path[-1] + 1} of {_list_name(path)}"


def _list_name(path: _Path) -> str:
    return next((f"member {step}" for step in reversed(path[:-1]) if isinstance(step, str)), "the list")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 40 else f"{text[:40]}..."


def names(value: Any) -> set[str]:
    """Every name of a member."""
    if isinstance(value, dict):
        return set(value).union(*map(names, value.values()))
    return set[str]().union(*map(names, value)) if isinstance(value, list) else set()
