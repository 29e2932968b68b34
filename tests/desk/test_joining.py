"""Keys wait for each other where nobody waits longer for that, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.kit.ports import CallContext
from gateway.desk import records
from gateway.desk.federation import BUILTIN
from gateway.desk.joining import Waiting
from gateway.desk.records import RecordReader
from gateway.operation import Operation
from gateway.plan import asking
from gateway.plan.compile import FieldPlan, Graph
from gateway.plan.document import Documents
from gateway.plan.execute import prepared
from gateway.plan.following import after
from gateway.settings import LimitsSettings
from schema.graph import build
from schema.partial_date import PartialDate
from schema.ports import Purpose
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.income_history import IncomeHistory
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import RealEstate
from schema.records.registered_address import RegisteredAddress
from schema.records.tax_book import TaxBookRecord
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import ClaimTypeCode, PersonCode
from tests.audit.in_process import person
from tests.desk.test_how_old_data_may_be import CITIZEN

GRAPH = Graph(build(), BUILTIN)
OWN = Purpose(issue=None, claim_type=None, municipality=None, withholds=False)


def fields(selection: str) -> dict[str, FieldPlan]:
    """The fields of ``me`` by name."""
    documents = Documents(GRAPH.schema, LimitsSettings())
    asked = Operation(f"{{ me {{ {selection} }} }}", {})
    plan, _ = asyncio.run(prepared(GRAPH, documents, asked, "somebody", may_introspect=True))
    return {each.name: each for each in plan.root.fields[0].objects["Person"].fields}


def waiting(selection: str, **reads: type[Any]) -> Waiting:
    """Fields of ``me`` that wait, each for a record type."""
    found = fields(selection)
    made = Waiting()
    for name, record_type in reads.items():
        made.begin(record_type, found[name])
    return made


HOUSEHOLD = "household { person { income { gross } properties { address { fullText } } } }"


def test_what_may_follow_is_what_the_fields_below_read_each_with_how_much_may_follow_that() -> None:
    household = fields(HOUSEHOLD)["household"]
    assert after(household, NaturalPerson) == {IncomeHistory: 0, RealEstate: 1, RegisteredAddress: 0}


def test_what_a_field_reads_second_follows_from_what_it_reads_first_and_not_the_other_way_round() -> None:
    address = fields("declaredAddress { fullText }")["declaredAddress"]
    assert after(address, NaturalPerson) == {RegisteredAddress: 0}
    assert after(address, RegisteredAddress) == {}


@pytest.mark.parametrize(
    ("selection", "reads", "record_type", "waits"),
    [
        (f"income {{ gross }} {HOUSEHOLD}", {"income": IncomeHistory, "household": NaturalPerson}, IncomeHistory, True),
        # Nobody reads a member's vehicles.
        (
            f"vehicles {{ make }} {HOUSEHOLD}",
            {"vehicles": VehicleFleet, "household": NaturalPerson},
            VehicleFleet,
            False,
        ),
        # Nobody is being asked who would name further keys.
        ("income { gross }", {"income": IncomeHistory}, IncomeHistory, False),
        # The household is asked for anyway: what it leads to would begin later.
        (
            f"{HOUSEHOLD} taxBook {{ dependants {{ givenName }} }}",
            {"household": NaturalPerson, "taxBook": TaxBookRecord},
            NaturalPerson,
            False,
        ),
        # Nothing follows from the name, so it may wait for the dependants' names.
        (
            "givenName taxBook { dependants { givenName } }",
            {"givenName": NaturalPerson, "taxBook": TaxBookRecord},
            NaturalPerson,
            True,
        ),
        (
            "enterprises { role entity { name } } declaredAddress { fullText } properties { address { fullText } }",
            {"enterprises": EnterpriseRoles, "declaredAddress": RegisteredAddress, "properties": RealEstate},
            RegisteredAddress,
            True,
        ),
    ],
)
def test_a_batch_waits_only_for_keys_with_which_the_answer_is_whole_no_later(
    selection: str, reads: dict[str, type[Any]], record_type: type[Any], waits: bool
) -> None:
    assert waiting(selection, **reads).may_grow(record_type) is waits


def test_a_batch_waits_no_longer_once_who_would_name_further_keys_has_answered() -> None:
    selection = f"income {{ gross }} {HOUSEHOLD}"
    found = fields(selection)
    made = Waiting()
    made.begin(IncomeHistory, found["income"])
    made.begin(NaturalPerson, found["household"])
    assert not made.is_only_for({IncomeHistory})
    made.end(NaturalPerson, found["household"])
    assert not made.may_grow(IncomeHistory)
    assert made.is_only_for({IncomeHistory})


def test_what_has_left_may_lead_to_further_keys_of_its_own_type_and_what_has_not_left_leads_to_none() -> None:
    found = fields("household { person { familyName } } taxBook { dependants { givenName } }")
    (dependants,) = found["taxBook"].objects["TaxBook"].fields
    (name,) = dependants.objects["Person"].fields
    made = Waiting()
    made.begin(NaturalPerson, found["household"])
    made.begin(NaturalPerson, name)
    assert not made.may_grow(NaturalPerson)
    assert made.is_only_for({NaturalPerson})
    made.end(NaturalPerson, name)
    made.leave(NaturalPerson)
    made.begin(NaturalPerson, name)
    assert made.may_grow(NaturalPerson)
    assert not made.is_only_for({NaturalPerson})
    made.end(NaturalPerson, found["household"])
    assert not made.may_grow(NaturalPerson)
    assert made.is_only_for({NaturalPerson})
    # Whose keys somebody else has asked for waits for what has left.
    made.begin(NaturalPerson, found["household"], asked=True)
    assert made.may_grow(NaturalPerson)


@dataclass
class Hangs:
    """A register that notes when it was asked, and answers nothing for an hour."""

    asked: dict[type[Any], float] = field(default_factory=dict)
    name: str = "hangs"
    route: str = "DIRECT"

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        self.asked[record_type] = time.monotonic()
        await asyncio.sleep(3600)
        return {}


async def test_a_request_waits_once_for_a_register_that_hangs_and_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_SECONDS", 0.2)
    register = Hangs()
    sources = dict.fromkeys((NaturalPerson, IncomeHistory, RealEstate), register)
    reader = RecordReader(sources, CITIZEN, "r", time.monotonic() + 60)
    found = await asyncio.to_thread(fields, f"income {{ gross }} properties {{ kind }} {HOUSEHOLD}")

    def ask(name: str, record_type: type[Any]) -> asyncio.Task[Any]:
        asking.field.set(found[name])
        return asyncio.ensure_future(reader.read(record_type, [CITIZEN.person_code], [OWN]))

    tasks = [ask("household", NaturalPerson), ask("income", IncomeHistory)]
    for _ in range(1000):
        if IncomeHistory in register.asked:
            break
        await asyncio.sleep(0.01)
    assert register.asked[IncomeHistory] - register.asked[NaturalPerson] >= 0.15
    tasks.append(ask("properties", RealEstate))
    for _ in range(5):
        await asyncio.sleep(0)
    assert RealEstate in register.asked
    assert list(reader.registers) == ["hangs"]  # It was asked, whether or not it ever answers.
    await reader.close()
    for each in tasks:
        each.cancel()


async def test_who_waits_no_longer_takes_the_answer_from_nobody_else() -> None:
    answered = asyncio.Event()
    calls = list[Sequence[Any]]()

    class Slow(Hangs):
        async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
            calls.append(keys)
            await answered.wait()
            return {}

    reader = RecordReader({NaturalPerson: Slow()}, CITIZEN, "r", time.monotonic() + 60)
    first, other, third = (
        asyncio.ensure_future(reader.read(NaturalPerson, [CITIZEN.person_code], [OWN])) for _ in range(3)
    )
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    assert first.cancelled()
    answered.set()
    assert await asyncio.gather(other, third) == [[None], [None]]
    assert await reader.read(NaturalPerson, [CITIZEN.person_code], [OWN]) == [None]
    assert len(calls) == 1
    await reader.close()


async def test_who_asks_for_the_same_people_again_hears_the_same_until_something_else_is_answered() -> None:
    people = {each: PersonCode(each * 11) for each in "12"}
    times = dict.fromkeys(people.values(), 0)

    class Counts(Hangs):
        async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
            for key in keys:
                times[key] += 1
            return {key: person(key.digits, PartialDate(1990), family_name=f"{times[key]}") for key in keys}

    reader = RecordReader({NaturalPerson: Counts()}, CITIZEN, "r", time.monotonic() + 60)

    async def names(*codes: PersonCode) -> list[str]:
        found = await reader.read(NaturalPerson, list(codes), [OWN] * len(codes))
        return [each.family_name for each in found]

    one, two = people.values()
    assert await names(one, two) == await names(one, two) == ["1", "1"]
    assert await names(two, one, two) == ["1", "1", "1"]
    await reader.read_now(NaturalPerson, [two], [OWN])
    assert await names(two, one, two) == ["2", "1", "2"]
    assert await names(one, two) == ["1", "2"]
    await reader.close()


class _Told:
    """Remembers what it was told of why it is asked."""

    name, route = "told", "DIRECT"

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        self.told.append((context.issue, context.purpose))
        return {}


def _of(claim: str, claim_type: str = "daily") -> Purpose:
    return Purpose(issue=claim, claim_type=ClaimTypeCode(claim_type), municipality=None, withholds=False)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([[_of("claim-1")]], ("claim-1", "daily")),
        ([[_of("claim-1")], [_of("claim-1")]], ("claim-1", "daily")),
        ([[_of("claim-1"), _of("claim-2")]], ("request", "daily")),
        ([[_of("claim-1")], [_of("claim-2", "hourly")]], ("request", "several")),
        ([[_of("claim-2", "hourly")], [_of("claim-1")]], ("request", "several")),
        ([[OWN], [_of("claim-1")]], ("request", "several")),
    ],
)
def test_a_call_for_several_claims_of_one_person_names_none_of_them(
    asked: list[list[Purpose]], told: tuple[str, str]
) -> None:
    async def ask() -> list[tuple[str, str]]:
        register = _Told()
        reader = RecordReader({IncomeHistory: register}, CITIZEN, "request", time.monotonic() + 5)
        fields = (reader.read(IncomeHistory, [PersonCode("39100000011")] * len(each), each) for each in asked)
        await asyncio.gather(*fields)
        return register.told

    assert asyncio.run(ask()) == [told]
