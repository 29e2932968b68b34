"""XML instances of any contract: what a register, or its caller, may put into a SOAP body, header or fault.

Instances of one element are steered together: the first is as small as can be, the second has everything once, and each
later one goes where no earlier one went, within a bound of elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Literal, cast

from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.making import ROOM, Course, Maker, Mode
from adapters.sandbox.contracts.reading import ContractReading, Declaration
from adapters.sandbox.contracts.survey import Survey
from adapters.sandbox.soap import Element

Which = Literal["request", "answer"] | Declaration

_TRIES = 4
_UNIQUE = 12
_DOUBLED = re.compile(r"Element '([^']+)'.*: Duplicate key-sequence \['(.*)'\]")
_ROOMS = (ROOM, ROOM // 2, ROOM // 6)


@dataclass(slots=True)
class Generated:
    """Instances of one element, and how they came about.

    Args:
        dropped: how many were made, found invalid and thrown away.
        covered: which of the ``options`` at least one instance shows, by kind of option.
        options: how many there are, by kind.
    """

    elements: list[Element] = field(default_factory=list)
    dropped: int = 0
    covered: dict[str, int] = field(default_factory=dict)
    options: dict[str, int] = field(default_factory=dict)


def instances(
    reading: ContractReading, operation_name: str, which: Which, count: int = 20, seed: int = 0
) -> list[Element]:
    """Different elements that may stand in the SOAP body (or header, or fault's detail).

    Args:
        operation_name: key of ``reading.operations``.
        which: the request, the answer, or a header's or fault's declaration.
        count: how many at most; an element that can be written in fewer ways gives fewer.
        seed: the same one gives the same instances.

    Returns:
        Each a tree of its own that ``reading.schema`` allows, unless its declaration is ``encoded``; empty where the
        body stays empty.

    Raises:
        ContractError: no such operation, it is one-way, or nothing can be generated.
    """
    return generate(reading, operation_name, which, count, seed).elements


def minimal(reading: ContractReading, operation_name: str, which: Which) -> Element | None:
    """The smallest instance; None where the body stays empty. Raises: ContractError."""
    return _one(reading, declared(reading, operation_name, which), "minimal", 0)


def typical(reading: ContractReading, operation_name: str, which: Which, seed: int = 0) -> Element | None:
    """An instance with everything in it once and plausible texts; None where the body stays empty.

    Raises:
        ContractError: no such operation, it is one-way, or nothing can be generated.
    """
    return _one(reading, declared(reading, operation_name, which), "typical", seed)


def generate(reading: ContractReading, operation_name: str, which: Which, count: int = 20, seed: int = 0) -> Generated:
    """As ``instances``, with the figures."""
    declaration = declared(reading, operation_name, which)
    made = Generated()
    if not declaration.name:
        return made
    survey = survey_of(reading, declaration.name)
    course = _course(seed, declaration)
    seen: set[bytes] = set()
    for mode, room, style in _turns(count):
        if len(made.elements) >= count:
            break
        before = course.covered
        maker = Maker(reading.declarations, partial(survey_of, reading), survey, course, mode, room, style)
        one = maker.make(encoded=declaration.encoded)
        if not declaration.encoded and not _valid(reading.schema, one):
            made.dropped += 1
            course.covered = before
            continue
        text = etree.tostring(one, method="c14n")
        if text not in seen:
            seen.add(text)
            made.elements.append(one)
    if not made.elements and count > 0:
        raise ContractError(f"element {etree.QName(declaration.name).localname}: no valid instance is found")
    for number, label in enumerate(survey.labels):
        if survey.everything >> number & 1:
            made.options[label] = made.options.get(label, 0) + 1
            made.covered[label] = made.covered.get(label, 0) + (course.covered >> number & 1)
    return made


def _course(seed: int, declaration: Declaration) -> Course:
    return Course(Random(f"{seed}|{declaration.name}"))  # noqa: S311 - makes test data


def _turns(count: int) -> Iterator[tuple[Mode, int, int]]:
    yield "minimal", ROOM, 0
    yield "typical", ROOM, 1
    for number in range(count * _TRIES):
        yield "varied", _ROOMS[number % len(_ROOMS)], number


def _one(reading: ContractReading, declaration: Declaration, mode: Mode, seed: int) -> Element | None:
    if not declaration.name:
        return None
    survey = survey_of(reading, declaration.name)
    course = _course(seed, declaration)
    for turn in range(_TRIES):
        # The last tries are as small as can be: what is not there is not wrong.
        how: Mode = mode if turn < _TRIES - 1 else "minimal"
        maker = Maker(reading.declarations, partial(survey_of, reading), survey, course, how, ROOM, 0)
        one = maker.make(encoded=declaration.encoded)
        if declaration.encoded or _valid(reading.schema, one):
            return one
    raise ContractError(f"element {etree.QName(one).localname}: no valid instance is found")


def _valid(schema: etree.XMLSchema, one: Element) -> bool:
    """Whether the schema allows it, after values that have to differ (``xs:unique``, ``xs:key``) were made to."""
    for number in range(_UNIQUE):
        if schema.validate(one):
            return True
        doubled = [found for entry in cast(Any, schema.error_log) if (found := _DOUBLED.search(entry.message or ""))]
        if not doubled:
            return False
        for found in doubled:
            _differ(one, found[1], found[2], number)
    return False


def _differ(one: Element, name: str, value: str, number: int) -> None:
    """Give all but the first of the elements or attributes of this value, at or in elements of this name, another."""
    inside = dict.fromkeys(each for owner in one.iter(name) for each in owner.iter(etree.Element))
    first = True
    for place, each in enumerate(inside):
        keys = [str(key) for key, text in each.attrib.items() if str(text).strip() == value]
        if keys or (each.text or "").strip() == value:
            other = f"{value}{number}{place}"
            if not first and keys:
                each.set(keys[0], other)
            elif not first:
                each.text = other
            first = False


def declared(reading: ContractReading, operation_name: str, which: Which) -> Declaration:
    """The declaration meant. Raises: ContractError."""
    operation = reading.operations.get(operation_name)
    if operation is None:
        why = reading.left_out.get(operation_name)
        raise ContractError(f"operation {operation_name}: {why or 'is not in the contract'}")
    if isinstance(which, Declaration):
        return which
    found = operation.request if which == "request" else operation.answer
    if found is None:
        raise ContractError(f"operation {operation_name}: is one-way and has no answer")
    return found


def survey_of(reading: ContractReading, name: str) -> Survey:
    """The survey of a global element, made once for each contract. Raises: ContractError."""
    if name not in reading.surveys:
        element = reading.declarations.element(name)
        reading.surveys[name] = Survey(reading.declarations, reading.values, element)
    return reading.surveys[name]
