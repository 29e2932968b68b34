"""One world behind all registers: some hundreds of its people; all of them: ``python -m tests.residents``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from schema.records.natural_person import NaturalPerson
from schema.records.vehicle_fleet import VehicleFleet
from tests.residents.invariants import INVARIANTS
from tests.residents.reading import Told, read_everything

RESIDENTS = 300


@pytest.fixture(scope="module")
def told() -> Told:
    return read_everything(RESIDENTS)


@pytest.mark.parametrize("sentence", INVARIANTS)
def test_it_holds_between_the_registers(told: Told, sentence: str) -> None:
    assert list(INVARIANTS[sentence](told)) == []


def test_there_are_people_and_records_enough_to_tell(told: Told) -> None:
    assert len(told.codes) == RESIDENTS
    assert all(found for found in told.people.values())
    assert told.assistance
    assert told.officers
    assert told.protected
    assert any(one.former_person_codes for one in told.natural.values())
    assert any(len(one.household) > 1 for one in told.natural.values())


@pytest.fixture
def changed(told: Told) -> Iterator[Told]:
    """What the registers told, to be spoilt."""
    before = {record_type: dict(found) for record_type, found in told.people.items()}
    yield told
    told.people = before


def spoil(told: Told, record_type: type[Any], **changes: Any) -> None:
    """Change one person's record: of who lives with others, where it is the population register's."""
    found = told.people[record_type]
    code = next(
        each for each in told.codes if each in found and (record_type is not NaturalPerson or found[each].household)
    )
    found[code] = msgspec.structs.replace(found[code], **changes)


@pytest.mark.parametrize(
    ("begins", "changes"),
    [
        ("each family link", {"household": ()}),
        ("each family link", {"restricted": True}),
        ("whom the population register restricts", {"restricted": True}),
        ("everybody stands", {"given_name": None}),
        ("declared addresses", {"declared_municipality": None}),
    ],
)
def test_a_record_that_does_not_fit_is_found(changed: Told, begins: str, changes: dict[str, Any]) -> None:
    [check] = [each for sentence, each in INVARIANTS.items() if sentence.startswith(begins)]
    spoil(changed, NaturalPerson, **changes)
    assert list(check(changed)) != []


def test_two_owners_of_a_whole_vehicle_are_found(changed: Told) -> None:
    fleets = changed.people[VehicleFleet]
    owned = [
        code for code, fleet in fleets.items() if any(each.plate and each.share is None for each in fleet.vehicles)
    ]
    fleets[owned[0]] = fleets[owned[1]]
    assert list(INVARIANTS["a plate is one vehicle's, and its owners' shares come to one at most"](changed)) != []
