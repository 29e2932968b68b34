"""How a record is made of an item of an answer, as data: each attribute's element, and how its value is read.

A mapping declared so is pure by its form, and a codec can read an answer straight to records: values that nobody asked
for are then not made at all (:mod:`adapters.kit.xsd.plain_records`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from adapters.kit.errors import SLIPS
from adapters.kit.generated import Read, applied
from adapters.kit.xsd.calendar import in_utc, plain_day
from adapters.kit.xsd.types import NIL, Wire
from schema.records.not_read import NOT_READ

R_co = TypeVar("R_co", covariant=True)

_NOTHING: Wire = {}
_READINGS_KEPT = 64
"""Where callers ask for still other attributes, the whole record is made for them."""


class Occurs(Enum):
    """How often an attribute's element stands in an item."""

    ONE = "one"
    MAYBE = "maybe"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Part:
    """One attribute."""

    path: tuple[str, ...]
    """Names of elements from the item down."""
    read: Read
    occurs: Occurs
    always: bool
    """Read also where nobody asked for it."""


def one(path: str | tuple[str, ...], read: Read = None, *, always: bool = False) -> Part:
    """An element that is always there; absent or nil, the record is broken."""
    return Part(_steps(path), read, Occurs.ONE, always)


def maybe(path: str | tuple[str, ...], read: Read = None, *, always: bool = False) -> Part:
    """An element that may be absent or nil, which both mean that nothing is known: the attribute is None then."""
    return Part(_steps(path), read, Occurs.MAYBE, always)


def each(path: str | tuple[str, ...], read: Read = None, *, always: bool = False) -> Part:
    """A list; the attribute is a tuple, empty where the list or what holds it is absent."""
    return Part(_steps(path), read, Occurs.EACH, always)


def _steps(path: str | tuple[str, ...]) -> tuple[str, ...]:
    # A qualified attribute's name has slashes of its own.
    return path if isinstance(path, tuple) else tuple(path.split("/"))


class RecordOf(Generic[R_co]):
    """Makes a record of a decoded item.

    Args:
        record: its class.
        parts: every attribute by name.

    Raises:
        TypeError: the attributes are others than the class has.
    """

    def __init__(self, record: type[R_co], /, **parts: Part) -> None:
        fields: tuple[str, ...] = getattr(record, "__struct_fields__", ())
        if set(parts) != set(fields):
            wrong = [f"it has no {name}" for name in parts if name not in fields]
            wrong += [f"{name} is not read" for name in fields if name not in parts]
            raise TypeError(f"{record.__name__} has other attributes: {', '.join(wrong)}")
        self.record = record
        self.parts: Mapping[str, Part] = {name: _plain(part, hint) for (name, part), hint in _with_hints(record, parts)}
        self._readings: dict[frozenset[str] | None, Callable[[Wire], R_co]] = {}
        self._whole = self.reading(None)

    def __call__(self, wire: Wire) -> R_co:
        """The whole record.

        Raises:
            LookupError, ValueError, TypeError, AttributeError: the item is not what the contract says.
        """
        return self._whole(wire)

    def wanted(self, name: str, wanted: Collection[str] | None) -> bool:
        """Whether an attribute has to be read where only these are asked for; None asks for all."""
        return wanted is None or name in wanted or self.parts[name].always

    def broken_at(self, wire: Wire, wanted: Collection[str] | None = None) -> str | None:
        """Where an item is not what the contract says, for who tells of it: the path of the first element of which its
        attribute cannot be made, without its value. None: each can be made, and only the record as a whole cannot."""
        for name, part in self.parts.items():
            if self.wanted(name, wanted):
                try:
                    inside = _inside(part, wire)
                except SLIPS:
                    inside = ""
                if inside is not None:
                    return "/".join([*part.path, *([inside] if inside else [])])
        return None

    def reading(self, wanted: frozenset[str] | None) -> Callable[[Wire], R_co]:
        """What makes the record with these attributes alone; the others are ``NOT_READ``."""
        made = self._readings.get(wanted)
        if made is None:
            if len(self._readings) >= _READINGS_KEPT:
                return self._whole
            made = self._readings[wanted] = self._generated(wanted)
        return made

    def _generated(self, wanted: frozenset[str] | None) -> Callable[[Wire], R_co]:
        scope: dict[str, Any] = {"record": self.record, "NIL": NIL, "NOTHING": _NOTHING, "NOT_READ": NOT_READ}
        lines, attributes = ["def read(wire):"], []
        holders: dict[tuple[str, ...], str] = {(): "wire"}
        for number, (name, part) in enumerate(self.parts.items()):
            if not self.wanted(name, wanted):
                attributes.append(f"{name}=NOT_READ")
                continue
            for depth in range(1, len(part.path)):
                if part.path[:depth] not in holders:
                    holder = holders[part.path[: depth - 1]]
                    holders[part.path[:depth]] = f"h{len(holders)}"
                    lines.append(f"    h{len(holders) - 1} = {holder}.get({part.path[depth - 1]!r}) or NOTHING")
            value, holder, key = f"v{number}", holders[part.path[:-1]], repr(part.path[-1])
            if part.occurs is Occurs.ONE:
                lines += [f"    {value} = {holder}[{key}]", f"    if {value} is None or {value} is NIL:"]
                lines.append("        raise ValueError('nil')")
                attributes.append(f"{name}={applied(part.read, value, scope)}")
            elif part.occurs is Occurs.MAYBE:
                lines.append(f"    {value} = {holder}.get({key})")
                made = applied(part.read, value, scope)
                attributes.append(f"{name}=None if {value} is None or {value} is NIL else {made}")
            else:
                lines += [f"    {value} = {holder}.get({key}) or ()", f"    if None in {value} or NIL in {value}:"]
                lines.append("        raise ValueError('nil')")
                made = applied(part.read, "item", scope)
                attributes.append(f"{name}=tuple([{made} for item in {value}]) if {value} else ()")
        lines.append(f"    return record({', '.join(attributes)})")
        exec("\n".join(lines), scope)  # noqa: S102 - made of a mapping, names by repr
        made_reading: Callable[[Wire], R_co] = scope["read"]
        return made_reading


def _inside(part: Part, wire: Wire) -> str | None:
    """Read one element as the generated code does. Gives the path below it of what is broken; None: nothing is.

    Raises:
        LookupError, ValueError, TypeError, AttributeError: the element itself is broken.
    """
    held: Any = wire
    for step in part.path[:-1]:
        held = held.get(step) or _NOTHING
    last = part.path[-1]
    value = held[last] if part.occurs is Occurs.ONE else held.get(last)
    if part.occurs is Occurs.MAYBE and (value is None or value is NIL):
        return None
    values = (value or ()) if part.occurs is Occurs.EACH else (value,)
    if None in values or NIL in values:
        raise ValueError("nil")
    read = part.read
    for each_value in values:
        if isinstance(read, RecordOf):
            inside = read.broken_at(each_value)
            if inside is not None:
                return inside
        if read is not None:
            _ = read[each_value] if isinstance(read, Mapping) else read(each_value)
    return None


def _with_hints(record: type[Any], parts: Mapping[str, Part]) -> Iterator[tuple[tuple[str, Part], Any]]:
    hints = get_type_hints(record)
    return ((item, hints[item[0]]) for item in parts.items())


def _plain(part: Part, hint: Any) -> Part:
    """A day or moment that nobody reads otherwise becomes a record's: without zone, and in UTC."""
    if part.read is not None:
        return part
    wanted = {hint, *get_args(hint)}
    if datetime in wanted:
        return replace(part, read=in_utc)
    return replace(part, read=plain_day) if date in wanted else part
