"""What a record made of an answer would have: one field for each value, whatever kind of contract it is of."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SIGNS = re.compile(r"[^0-9A-Za-z]+")
_PLAIN = str.maketrans("āčēģīķļņōŗšūžĀČĒĢĪĶĻŅŌŖŠŪŽåäöøæéüÅÄÖØÆÉÜ", "acegiklnorsuzACEGIKLNORSUZaaooaeuAAOOAEU")

_MOST_CODES = 60
Occurs = Literal["one", "maybe", "each"]


@dataclass(slots=True)
class Field:
    """One attribute of a record."""

    path: tuple[str, ...]
    """Keys from the item down."""
    occurs: Occurs
    type: str
    """As Python writes it, of one value."""
    read: str = ""
    """The expression that reads a value; empty: it is taken as it is."""
    documentation: str = ""
    codes: tuple[str, ...] = ()
    """All that the contract allows, where it lists them; a table reads them then."""
    record: DraftRecord | None = None
    """Where a value is a record of its own."""
    takes: Callable[[Any], bool] | None = None
    """Whether the contract takes a value here; None: nobody asks."""
    name: str = ""
    """Given by :func:`named`."""

    @property
    def annotation(self) -> str:
        """The type of the attribute."""
        if self.occurs == "each":
            return f"tuple[{self.type}, ...]"
        return f"{self.type} | None" if self.occurs == "maybe" else self.type


@dataclass(slots=True)
class DraftRecord:
    """One record class."""

    name: str
    documentation: str
    fields: list[Field] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What has no field, each with the reason."""

    def parts(self) -> Iterable[DraftRecord]:
        """Records within it, innermost first."""
        for each in self.fields:
            if each.record is not None:
                yield from each.record.parts()
                yield each.record


def snake(text: str) -> str:
    """A name of a contract as Python has names: ``PersonasKods`` becomes ``personas_kods``."""
    plain = _SIGNS.sub("_", text.rpartition("}")[2].translate(_PLAIN))
    made = "_".join(part for word in plain.split("_") for part in _CAMEL.split(word) if part).lower()
    if not made or made[0].isdigit():
        made = f"x_{made}".rstrip("_")
    return f"{made}_" if keyword.iskeyword(made) or keyword.issoftkeyword(made) else made


def camel(text: str) -> str:
    """A name as Python has classes."""
    return "".join(part.capitalize() for part in snake(text).split("_") if part)


def named(record: DraftRecord) -> DraftRecord:
    """Give every field a name of its own: of its last step, or of more steps where that is taken."""
    taken: set[str] = set()
    for each in record.fields:
        steps = [step for step in each.path if step != "#text"] or ["text"]
        wishes = ["_".join(snake(step) for step in steps[-count:]) for count in range(1, len(steps) + 1)]
        wishes += [f"{wishes[-1]}_{number}" for number in range(2, len(record.fields) + 2)]
        each.name = next(wish for wish in wishes if wish not in taken)
        taken.add(each.name)
        if each.record is not None:
            named(each.record)
    return record


def codes_of(listed: Iterable[str]) -> tuple[str, ...]:
    """What a contract lists, as far as a person would look at each."""
    codes = tuple(sorted(set(listed)))
    return codes if len(codes) <= _MOST_CODES else ()


def tabled(record: DraftRecord) -> dict[str, tuple[str, ...]]:
    """Have codes read by tables, one for each set of them. Gives the tables' names, each with its codes."""
    tables: dict[str, tuple[str, ...]] = {}
    for part in (*record.parts(), record):
        for each in part.fields:
            if not each.codes or each.read:
                continue
            name = wish = f"{each.name.strip('_').upper()}_BY_CODE"
            number = 1
            while tables.get(name, each.codes) != each.codes:
                number += 1
                name = f"{wish}_{number}"
            tables[name], each.read = each.codes, name
    return tables


def distinct(record: DraftRecord) -> None:
    """Give every class within a record a name of its own, which begins as the record's."""
    taken, start = {record.name}, record.name.removesuffix("Record")
    for each in record.parts():
        wish, number = f"{start}{each.name.removeprefix(record.name)}", 1
        each.name = wish
        while each.name in taken:
            number += 1
            each.name = f"{wish}{number}"
        taken.add(each.name)
    for inner in (each for each in record.fields if each.record is not None):
        assert inner.record is not None
        inner.type = inner.record.name
        _retyped(inner.record)


def _retyped(record: DraftRecord) -> None:
    for each in record.fields:
        if each.record is not None:
            each.type = each.record.name
            _retyped(each.record)
