"""A claim type says how old data may be that is read for it: older data is read anew, or not shown."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.kit.clock import Clock
from adapters.kit.ports import CallContext
from gateway.cache.register import CachedRegister
from gateway.cache.shelf import Shelf
from gateway.desk.records import RecordReader
from gateway.identity.party import Party
from schema.ports import FieldError, Purpose
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode, AssuranceLevel, Capacity, ClaimTypeCode, ErrorCode, PersonCode
from tests.adapters.fakes import address, all_of

CODE = AddressCode("100000001")
DAILY, HOURLY = ClaimTypeCode("daily"), ClaimTypeCode("hourly")
AGES = {DAILY: timedelta(days=1), HOURLY: timedelta(hours=1)}
CITIZEN = Party(
    subject="s",
    capacity=Capacity.CITIZEN,
    person_code=PersonCode.parse("39100000011"),
    display_name="Anna",
    assurance=AssuranceLevel.HIGH,
)


@dataclass
class Copy:
    """A register that is itself a copy, of this age."""

    age: timedelta
    name: str = "copy"
    route: str = "DIRECT"
    manifest: Any = None
    calls: list[Sequence[Any]] = field(default_factory=list)

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        self.calls.append(keys)
        assert context.as_of is not None
        context.as_of.told(datetime.now(UTC) - self.age)
        return all_of(keys)


def purpose(claim_type: ClaimTypeCode | None) -> Purpose:
    return Purpose(issue="c", claim_type=claim_type, municipality=None, withholds=False)


def reader(register: Any) -> RecordReader:
    deadline = time.monotonic() + 5
    return RecordReader({RegisteredAddress: register}, CITIZEN, "r", deadline, max_age=AGES.get)


@pytest.mark.parametrize(
    ("claim_type", "age", "is_shown"),
    [
        (DAILY, timedelta(hours=23), True),
        (DAILY, timedelta(hours=25), False),
        (HOURLY, timedelta(minutes=59), True),
        (HOURLY, timedelta(hours=23), False),
        (None, timedelta(days=300), True),
    ],
)
async def test_data_older_than_the_claim_type_allows_is_not_shown(
    claim_type: ClaimTypeCode | None, age: timedelta, is_shown: bool
) -> None:
    records = reader(Copy(age))
    [found] = await records.read(RegisteredAddress, [CODE], [purpose(claim_type)])
    if is_shown:
        assert found == address(CODE)
        [told] = records.provenance()
        fetched, valid = (datetime.fromisoformat(told[each]) for each in ("fetchedAt", "validAsOf"))
        assert abs(fetched - valid - age) <= timedelta(minutes=1)
    else:
        assert isinstance(found, FieldError)
        assert (found.code, found.register) == (ErrorCode.REGISTER_UNAVAILABLE, "copy")
        assert records.provenance() == []


async def test_what_is_asked_for_two_claim_types_at_once_is_good_enough_for_both() -> None:
    records = reader(Copy(timedelta(hours=2)))
    other = AddressCode("100000002")
    found = await records.read(RegisteredAddress, [CODE, other], [purpose(DAILY), purpose(HOURLY)])
    assert all(isinstance(each, FieldError) for each in found)


@pytest.mark.parametrize("claim_types", [(DAILY, HOURLY), (HOURLY, DAILY)])
async def test_what_is_read_once_for_two_claims_of_somebody_is_good_enough_for_both(
    claim_types: tuple[ClaimTypeCode, ClaimTypeCode],
) -> None:
    at_once, after = reader(Copy(timedelta(hours=2))), reader(Copy(timedelta(hours=2)))
    for records in (at_once, after):
        records.also = frozenset(claim_types)
    found = list(await at_once.read(RegisteredAddress, [CODE, CODE], [purpose(each) for each in claim_types]))
    for each in claim_types:
        found += await after.read(RegisteredAddress, [CODE], [purpose(each)])
    assert all(isinstance(each, FieldError) for each in found)


async def test_what_is_held_and_too_old_for_this_claim_is_read_anew_and_stays_good_for_others() -> None:
    clock = Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic)
    copy = Copy(timedelta(hours=2))
    held = CachedRegister(copy, RegisteredAddress, Shelf(10, time.monotonic), 600, None, clock)
    assert await reader(held).read(RegisteredAddress, [CODE], [purpose(DAILY)]) == [address(CODE)]
    assert await reader(held).read(RegisteredAddress, [CODE], [purpose(DAILY)]) == [address(CODE)]
    assert len(copy.calls) == 1
    copy.age = timedelta(minutes=5)
    hourly = reader(held)
    assert await hourly.read(RegisteredAddress, [CODE], [purpose(HOURLY)]) == [address(CODE)]
    assert len(copy.calls) == 2
    assert [each["cached"] for each in hourly.provenance()] == [False]
