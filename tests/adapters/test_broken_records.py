"""Records that break the contract one by one: the answer stands, and whoever runs the gateway hears of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pytest

from adapters.kit.collect import collect
from adapters.kit.contract_test import a_context
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, each, maybe, one
from schema.records.registered_address import RegisteredAddress
from schema.records.vehicle_fleet import VehicleFleet, VehicleRecord
from schema.terms import AddressCode, CircuitState, HealthState
from tests.adapters.fakes import Scripted, address, all_of, codes, connected

SECRET = "SLEPENS"
BROKEN = Malformed("scripted", "adreses/0/slegtaNo: not as the contract says (format)")


def _each_broken(subjects: Sequence[AddressCode]) -> dict[AddressCode, RegisterError]:
    return dict.fromkeys(subjects, BROKEN)


def _one_broken(subjects: Sequence[AddressCode]) -> dict[AddressCode, Any]:
    return {**all_of(subjects), subjects[0]: BROKEN}


class _Told(list[tuple[str, Hashable, str]]):
    def __call__(self, operation: str, place: Hashable, error: RegisterError) -> None:
        self.append((operation, place, error.what))


@pytest.mark.parametrize("step", [_each_broken, _one_broken], ids=["each", "one"])
async def test_broken_records_show_in_health_and_are_told_and_open_no_circuit(step: Any) -> None:
    told = _Told()
    register = connected(Scripted([step]), tell=told)
    for _ in range(10):
        found = await register.read(RegisteredAddress, codes(2), a_context())
    assert found[codes(2)[0]] is BROKEN
    health = register.health()
    assert health.last_error == BROKEN.what
    assert (health.state, health.circuit) == (HealthState.DEGRADED, CircuitState.CLOSED)
    assert health.p95_ms is not None
    assert set(told) == {("RegisteredAddress", None, BROKEN.what)}


async def test_a_register_whose_records_are_whole_again_is_up_and_its_last_error_stays() -> None:
    register = connected(Scripted([_each_broken, all_of]))
    for _ in range(2):
        await register.read(RegisteredAddress, codes(1), a_context())
    assert (register.health().state, register.health().last_error) == (HealthState.UP, BROKEN.what)


@pytest.mark.parametrize(
    ("step", "heard"),
    [
        (BROKEN, [BROKEN.what]),
        (Rejected("scripted", "status 403"), ["status 403"]),
        (ValueError(SECRET), ["the reply could not be read (ValueError)"]),
        (
            {AddressCode("999999999"): address(AddressCode("999999999"))},
            ["the answer has a subject that was not asked for"],
        ),
        (Unavailable("scripted", "down"), []),
        (all_of, []),
    ],
    ids=["malformed", "rejected", "slip", "another", "unavailable", "whole"],
)
async def test_a_whole_answer_that_breaks_the_contract_is_told_and_an_outage_is_not(
    step: Any, heard: list[str]
) -> None:
    told = _Told()
    await connected(Scripted([step]), tell=told).read(RegisteredAddress, codes(1), a_context())
    assert [what for _, _, what in told] == heard


FLEET = RecordOf(
    VehicleFleet,
    vehicles=each(
        "Auto/Transportlidzeklis",
        RecordOf(
            VehicleRecord,
            plate=maybe("Numurs"),
            make=one("Marka"),
            model=maybe("Modelis"),
            year=maybe("Gads", int),
            registered_since=maybe("No"),
            share=maybe("Dala"),
            status=one("Statuss", {"UZS": "REGISTERED"}),
            stolen=one("Meklesana"),
        ),
    ),
)
CAR: Mapping[str, Any] = {"Marka": "VW", "Statuss": "UZS", "Meklesana": False}


@pytest.mark.parametrize(
    ("car", "where"),
    [
        (CAR | {"Statuss": SECRET}, ": Auto/Transportlidzeklis/Statuss"),
        (CAR | {"Gads": SECRET}, ": Auto/Transportlidzeklis/Gads"),
        ({"Statuss": "UZS", "Meklesana": False}, ": Auto/Transportlidzeklis/Marka"),
        (None, ": Auto/Transportlidzeklis"),
        (CAR | {"Statuss": [SECRET]}, ": Auto/Transportlidzeklis/Statuss"),
    ],
    ids=["unknown code", "no number", "missing", "nil", "no code"],
)
@pytest.mark.parametrize("wanted", [None, frozenset({"vehicles"})])
def test_the_element_of_a_broken_record_is_named_and_its_value_is_not(
    car: Any, where: str, wanted: frozenset[str] | None
) -> None:
    item = {"Kods": "1", "Auto": {"Transportlidzeklis": [CAR, car]}}
    found = collect("here", {"1": "one"}, [item], Items("", "Kods", FLEET), wanted)
    error = found["one"]
    assert isinstance(error, Malformed)
    assert error.what == f"a record is not what the contract says{where}"


def test_of_a_mapping_that_is_a_function_the_line_is_named_and_no_value_is() -> None:
    def to_record(wire: Mapping[str, Any]) -> int:
        return int(wire["Gads"])

    error = collect("here", {"1": "one"}, [{"Kods": "1", "Gads": SECRET}], Items("", "Kods", to_record))["one"]
    assert isinstance(error, Malformed)
    line = to_record.__code__.co_firstlineno + 1
    assert error.what == f"a record is not what the contract says: ValueError at test_broken_records.py:{line}"
