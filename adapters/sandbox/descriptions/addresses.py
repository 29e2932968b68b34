"""What an address, headers and cookies say of an operation's parameters, by the style that each has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

Flat = Callable[[Any], dict[str, Any]]
"""What a schema says on its first level: its types, items and properties."""
_BETWEEN = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}


@dataclass(frozen=True, slots=True)
class Place:
    """One parameter, as the contract has it."""

    name: str
    location: str
    required: bool
    style: str
    explode: bool
    schema: Any
    """Said in the dialect of the judge."""
    as_json: bool
    types: frozenset[str]
    items: frozenset[str]
    """Types of the items of a list."""
    members: Mapping[str, frozenset[str]]
    """Types of the members of an object."""


class Absent(Exception):  # noqa: N818 - no error: nothing was said
    """The parameter was not given."""


def from_query(place: Place, query: str) -> Any:
    """The value of a query's parameter. Raises: Absent, ValueError."""
    pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    own = [value for name, value in pairs if _text(name) == place.name]
    if place.as_json:
        return json.loads(_text(_first(own)))
    if "object" in place.types:
        return _object(place, pairs, own)
    if "array" in place.types:
        if place.explode:
            if not own:
                raise Absent
            return [_scalar(_text(value), place.items) for value in own]
        mark = _BETWEEN.get(place.style)
        held = _first(own)
        parts = held.split(",") if mark is None else _text(held).split(mark)
        return [_scalar(_text(part) if mark is None else part, place.items) for part in parts]
    return _scalar(_text(_first(own)), place.types)


def _object(place: Place, pairs: list[tuple[str, str]], own: list[str]) -> Any:
    made: dict[str, Any] = {}
    if place.style == "deepObject":
        for name, value in pairs:
            key = _text(name)
            if key.startswith(f"{place.name}[") and key.endswith("]"):
                inner = key[len(place.name) + 1 : -1]
                made[inner] = _scalar(_text(value), place.members.get(inner, frozenset({"string"})))
    elif place.explode:
        for name, value in pairs:
            if _text(name) in place.members:
                made[_text(name)] = _scalar(_text(value), place.members[_text(name)])
    elif own:
        parts = [_text(part) for part in own[0].split(",")]
        made = {
            name: _scalar(value, place.members.get(name, frozenset({"string"})))
            for name, value in zip(parts[::2], parts[1::2], strict=True)
        }
    if not made:
        raise Absent
    return made


def from_segment(place: Place, segment: str) -> Any:
    """The value of a path's parameter. Raises: ValueError."""
    if place.as_json:
        return json.loads(_text(segment))
    lead = {"label": ".", "matrix": ";"}.get(place.style, "")
    if not segment.startswith(lead):
        raise ValueError("another style")
    held = segment.removeprefix(lead)
    between = {"label": ".", "matrix": ";"}.get(place.style, ",") if place.explode else ","
    named = f"{place.name}="
    many = bool(place.types & {"object", "array"})
    if place.style == "matrix" and not (place.explode and many):
        held = held.removeprefix(named)
    parts = held.split(between)
    if place.style == "matrix" and place.explode and "array" in place.types:
        parts = [part.removeprefix(named) for part in parts]
    return _together(place, parts) if many else _scalar(_text(held), place.types)


def from_header(place: Place, held: str | None) -> Any:
    """The value of a header. Raises: Absent, ValueError."""
    if held is None:
        raise Absent
    if place.as_json:
        return json.loads(held)
    if place.types & {"object", "array"}:
        return _together(place, [part.strip() for part in held.split(",")], quoted=False)
    return _scalar(held, place.types)


def from_cookies(place: Place, held: str | None) -> Any:
    """The value of a cookie. Raises: Absent, ValueError."""
    return from_query(place, (held or "").replace("; ", "&"))


def _together(place: Place, parts: list[str], *, quoted: bool = True) -> Any:
    read = _text if quoted else str
    if "array" in place.types:
        return [_scalar(read(part), place.items) for part in parts]
    pairs = (
        [part.partition("=")[::2] for part in parts]
        if place.explode
        else list(zip(parts[::2], parts[1::2], strict=True))
    )
    string = frozenset({"string"})
    return {read(name): _scalar(read(value), place.members.get(read(name), string)) for name, value in pairs}


def _first(values: list[str]) -> str:
    if not values:
        raise Absent
    if len(values) > 1:
        raise ValueError("a parameter that stands twice")
    return values[0]


def _text(part: str) -> str:
    return unquote(part.replace("+", " "), errors="strict")


def _scalar(text: str, types: frozenset[str]) -> Any:
    if "string" in types or not types:
        return text
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if "integer" in types and "number" not in types else _number(text)
    except (ValueError, InvalidOperation):
        return text  # The judge says what is wrong with it.


def _number(text: str) -> Any:
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)
