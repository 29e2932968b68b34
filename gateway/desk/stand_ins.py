"""Stand-ins for registers: an operation is rehearsed against invented records, and what would be asked is counted.

Of everybody who is read there is one of everything that a record may hold: one other in the household, one child, one
address. So the same batch functions run that run for real, and ask for the same. How many others there will be is not
known before a register answers: each such one counts as :data:`OTHERS`.
"""

from __future__ import annotations

import asyncio
import types
import typing
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from adapters.kit.municipal import ByMunicipality
from adapters.kit.ports import CallContext
from gateway.desk.permitted import ByPurpose
from schema.partial_date import PartialDate
from schema.records.natural_person import NaturalPerson
from schema.terms import AddressCode, AtvkCode, PersonCode, RegistrationNumber, Resident

OTHERS = 20
"""Members of one household, children, properties of one owner: counted as this many."""

_NOUNS = {
    PersonCode: ("person", "persons"),
    RegistrationNumber: ("legal entity", "legal entities"),
    AddressCode: ("address", "addresses"),
}
_WORDS = {
    "household": "the members of the household",
    "children": "the children",
    "dependants": "the dependants",
    "properties": "the addresses of the real estate",
    "roles": "the enterprises",
}
_MUNICIPALITIES = 43
"""Since July 2021; each that is asked is a call of its own."""
_TURNS = (3, 7, 13, 23, 37, 53, 71, 97, 113, 151, 173, 199)
"""Turns of the loop until each record type answers: what follows from different registers never meets by chance."""


@dataclass(frozen=True, slots=True)
class _Other:
    """Somebody or something that only a register will name.

    Attributes:
        words: empty where their number is known: one for each that was asked for.
    """

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Call:
    """Calls of one operation that would be made.

    Attributes:
        register: its name.
        operation: of its contract.
        calls: at most; a batch is one.
        keys: what is asked for, in words.
    """

    register: str
    operation: str
    calls: int
    keys: str


class Calls:
    """The calls of one rehearsal, and the keys that it invents."""

    def __init__(self) -> None:
        self.made: list[Call] = []
        self._others: dict[Any, _Other] = {}

    def invent(self, kind: type[Any], other: _Other) -> Any:
        """A key of its own; it is no code that anybody has."""
        key = kind(f"other {len(self._others)}")
        self._others[key] = other
        return key

    def known(self, key: Any) -> _Other | None:
        """What an invented key stands for; None for a real one."""
        return self._others.get(_person_of(key))

    def is_unnumbered(self, key: Any) -> bool:
        """How many there will be of these is not known."""
        other = self.known(key)
        return other is not None and other.words != ""

    def count(self, keys: Iterable[Any]) -> int:
        """How many keys these may be."""
        return sum(1 if (other := self.known(key)) is None else other.count for key in keys)

    def words(self, keys: Collection[Any]) -> str:
        """What keys are, in words that hold none of them: ``50 persons``, ``the members of the household``."""
        parts: list[str] = []
        real = [_person_of(key) for key in keys if not self.is_unnumbered(key)]
        for kind, (one, many) in _NOUNS.items():
            number = sum(isinstance(key, kind) for key in real)
            if number:
                parts.append(f"{number} {one if number == 1 else many}")
        others: dict[str, int] = {}
        for key in keys:
            other = self.known(key)
            if other is not None and other.words:
                others[other.words] = others.get(other.words, 0) + 1
        parts += [words if number == 1 else f"{words}, {number} times over" for words, number in others.items()]
        return " and ".join(parts)


class StandIn:
    """A register as the request's reader meets it; answers from nothing but the type of its record."""

    def __init__(self, register: Any, record_type: type[Any], turns: int, calls: Calls) -> None:
        self.name: str = register.name
        self.route: str = register.route
        self._entry = register.manifest.reads[record_type.__name__]
        self._turns = turns
        self._calls = calls

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Mapping[Any, Any]:
        """Count the calls that these keys would cost, and answer for each."""
        places: dict[Any, list[Any]] = {}
        for key in keys:
            places.setdefault(getattr(key, "municipality", None), []).append(key)
        needed = sum(self._needed(place, self._calls.count(some)) for place, some in places.items())
        words = self._calls.words(keys)
        if needed > len(places) and any(self._calls.is_unnumbered(key) for key in keys):
            words += f", counted as {self._calls.count(keys)}"
        is_one = len(keys) == 1 and self._calls.count(keys) == 1
        operation = (self._entry.operation_for_one if is_one else "") or self._entry.operation
        self._calls.made.append(Call(self.name, operation, needed, words))
        for _ in range(self._turns):
            await asyncio.sleep(0)
        return {key: _Inventor(self._calls, key).record(record_type) for key in keys}

    def _needed(self, place: AtvkCode | None, count: int) -> int:
        """Calls for so many keys; where their municipalities are not known, each may be of another."""
        in_batches: int = -(-count // self._entry.batch_size)
        return min(count, in_batches + _MUNICIPALITIES - 1) if place == _PLAIN[AtvkCode] else in_batches


_StandIns = StandIn | ByMunicipality[StandIn] | ByPurpose[StandIn]


def stand_ins(sources: Mapping[type[Any], Any], calls: Calls) -> Mapping[type[Any], _StandIns]:
    """What answers each record type in a rehearsal.

    Args:
        sources: what does for real: a register with its ``manifest``, or one for each municipality.
        calls: those that are counted.
    """
    return {
        record_type: _stand_in(source, record_type, _TURNS[place % len(_TURNS)], calls)
        for place, (record_type, source) in enumerate(sources.items())
    }


def _stand_in(source: Any, record_type: type[Any], turns: int, calls: Calls) -> _StandIns:
    if isinstance(source, ByMunicipality):
        return source.over(lambda each: StandIn(each, record_type, turns, calls), unknown=_PLAIN[AtvkCode])
    if isinstance(source, ByPurpose):
        return source.over(lambda each: StandIn(each, record_type, turns, calls))
    return StandIn(source, record_type, turns, calls)


class _Inventor:
    """Makes the record of one key."""

    def __init__(self, calls: Calls, key: Any) -> None:
        self._calls = calls
        self._key = key

    def record(self, record_type: type[Any]) -> Any:
        hints = typing.get_type_hints(record_type)
        values = {name: self._value(kind, name, 1) for name, kind in hints.items()}
        if record_type is NaturalPerson:
            values |= {"person_code": self._key, "restricted": False}
        return record_type(**values)

    def _value(self, kind: Any, field: str, count: int) -> Any:
        origin = typing.get_origin(kind)
        if origin in (types.UnionType, typing.Union):
            return self._value(next(each for each in typing.get_args(kind) if each is not type(None)), field, count)
        if origin is tuple:
            return (self._value(typing.get_args(kind)[0], field, OTHERS),)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            inner = typing.get_type_hints(kind)
            return kind(**{name: self._value(each, field, count) for name, each in inner.items()})
        if isinstance(kind, type) and issubclass(kind, Enum):
            return next(iter(kind))
        if kind in _NOUNS:
            return self._calls.invent(kind, self._other(kind, field, count))
        return _PLAIN[kind]

    def _other(self, kind: type[Any], field: str, count: int) -> _Other:
        above = self._calls.known(self._key)
        of = "" if above is None or not above.words else f" of {above.words}"
        count *= 1 if above is None else above.count
        words = _WORDS.get(field)
        if words is None and count == 1:
            return _Other("", 1)
        return _Other(f"{words or f'the {_NOUNS[kind][1]}'}{of}", count)


_PLAIN: Mapping[Any, Any] = {
    str: "ACTIVE",
    bool: False,
    int: 1,
    Decimal: Decimal(1),
    date: date(2000, 1, 1),
    datetime: datetime(2000, 1, 1, tzinfo=UTC),
    PartialDate: PartialDate(2000),
    AtvkCode: AtvkCode("0000000"),
}


def _person_of(key: Any) -> Any:
    return key.person if isinstance(key, Resident) else key
