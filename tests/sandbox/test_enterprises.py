"""The invented enterprises: their officers are people of the population register, whichever way they are asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import httpx
import pytest

from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.recorded import a_clock, a_context
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.load import WorldError
from adapters.sandbox.world.model import World
from adapters.sandbox.world.offices import OF_OWNERS, Offices
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.terms import PersonCode, RegistrationNumber, RepresentationRight
from tests.sandbox.running import TODAY, Registers


@pytest.fixture(scope="module")
def world() -> World:
    return build_world((), TODAY, total=300)


@pytest.fixture
async def connected(registers: Registers) -> AsyncIterator[dict[str, ConnectedRegister]]:
    async with Http1Wire() as wire:
        yield {
            name: discover().connect(name, Connection(f"http://127.0.0.1:{registers.port}/{name}"), wire, a_clock())
            for name in ("enterprises", "enterprises_open_data")
        }


async def _read(register: ConnectedRegister, record: type[Any], keys: Sequence[Any]) -> dict[Any, Any]:
    found = await register.read(record, keys, a_context())
    assert {type(each) for each in found.values()} <= {record}
    return found


async def test_an_entity_its_officers_and_their_roles_say_the_same_in_every_register(
    world: World, connected: dict[str, ConnectedRegister]
) -> None:
    register, open_data = connected["enterprises"], connected["enterprises_open_data"]
    numbers = [RegistrationNumber(number) for number in world.enterprises]
    entities = await _read(register, LegalEntityRecord, numbers)
    assert set(entities) == set(numbers)
    published = await _read(open_data, LegalEntityRecord, numbers)
    differing = {number.digits for number in numbers if entities[number] != published[number]}
    assert differing == {"40103990104"}, "open data do not say that an entity is being wound up"
    officers = await _read(register, EntityOfficers, numbers)
    people = [PersonCode(code) for code in world.residents]
    roles = await _read(register, EnterpriseRoles, people)
    names = {
        (number, world.residents[code.digits].family_name, role.role, role.since)
        for code, held in roles.items()
        for role in held.roles
        for number in [role.entity]
        if role.role.upper().replace("-", "_") not in OF_OWNERS
    }
    listed = {(number, o.family_name, o.role, o.since) for number, held in officers.items() for o in held.officers}
    assert listed == names
    assert len(listed) > 200
    shown = await _read(open_data, EntityOfficers, numbers)
    for number, held in officers.items():
        assert [o.represents for o in held.officers] == [
            o.represents for o in (shown[number].officers if number in shown else ())
        ]


async def test_who_may_represent_alone_by_the_feed_is_who_the_officers_say(
    world: World, connected: dict[str, ConnectedRegister]
) -> None:
    register = connected["enterprises"]
    told = await register.notices(None, a_context())
    assert not told.more
    alone = {(world.residents[each.person.digits].family_name, each.entity) for each in told.notices if each.alone}  # type: ignore[union-attr]  # of this kind alone
    officers = await _read(register, EntityOfficers, [RegistrationNumber(number) for number in world.enterprises])
    assert alone == {
        (officer.family_name, number)
        for number, held in officers.items()
        for officer in held.officers
        if officer.represents is RepresentationRight.ALONE
    }
    again = await register.notices(told.token, a_context())
    assert (list(again.notices), again.token) == ([], told.token)


@pytest.mark.parametrize("total", [10_000, 300, 0])
def test_officers_are_living_adults_and_employers_are_not_wound_up(total: int) -> None:
    world = build_world((), TODAY, total=total)
    offices = Offices(world)
    for number, enterprise in world.enterprises.items():
        for office in offices.of(number):
            person = world.residents[office.code]
            born = person.birth_date or ""
            assert person.birth_date is None or born[:4] <= str(TODAY.year - 18)
            assert office.ended is not None or person.status == "AKT"
            assert office.ended is not None or office.first <= TODAY
        if enterprise.status == "LIKVIDETS":
            assert all(office.ended is not None for office in offices.of(number))
    payers = {source.payer for one in world.residents.values() for source in one.income} - {None}
    assert {world.enterprises[payer].status for payer in payers if payer is not None} <= {"REGISTRETS"}


def test_the_same_people_hold_the_same_offices_on_every_machine(world: World) -> None:
    again = Offices(build_world((), TODAY, total=300))
    assert again.changes == Offices(world).changes
    offices = Offices(world)
    held = offices.held("39100000099")
    offices.end("39100000099", "40103000102", date(2026, 11, 23))
    assert [number for number, _ in held] == ["40103000102", "40103990104"]
    assert [number for number, _ in offices.held("39100000099")] == ["40103990104"]
    assert offices.changes[-1] == ("39100000099", "40103000102", "INDIVIDUALLY", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            'officers = [{ code = "39300000099", post = "BOARD_MEMBER", from = -3 }]',
            "names an officer who is no resident",
        ),
        ('officers = [{ code = "39100000011", post = "KING", from = -3 }]', "post is none of"),
        ('officers = [{ code = "39100000011", post = "OWNER" }]', "from is missing"),
        ('officers = [{ code = "39100000011", post = "OWNER", right = "ALL", from = -3 }]', "right is none of"),
        ('seat = "999999999"', "address 999999999 does not exist"),
        ('form = "sia"', "form is not a legal form"),
        ('status = "GONE"', "status is none of"),
    ],
)
def test_a_wrong_enterprise_is_one_clear_line(tmp_path: Any, text: str, reason: str) -> None:
    (tmp_path / "residents.toml").write_text(f'[[enterprise]]\nnumber = "40103999101"\nname = "X"\n{text}\n', "utf-8")
    with pytest.raises(WorldError, match=reason):
        build_world((tmp_path,), TODAY, total=20)


async def test_the_api_manager_lets_nobody_in_without_a_number_and_the_portal_knows_its_tables(
    registers: Registers,
) -> None:
    headers = {"X-Pieprasijuma-Id": "m-1", "X-Lietotajs": "clerk", "X-Lieta": "demo-1"}
    path, body = "/enterprises/v1/subjekti/meklet", {"registracijasNumuri": ["40103000102"]}
    assert (await registers.http.post(path, json=body, headers=headers)).status_code == 400
    headers["X-Datu-Apmainas-Numurs"] = "DAIN-1"
    reply = await registers.http.post(path, json=body, headers=headers)
    assert (reply.status_code, reply.headers["X-Pieprasijuma-Id"]) == (200, "m-1")

    async def search(**asked: Any) -> httpx.Response:
        return await registers.http.post("/enterprises_open_data/api/3/action/datastore_search", json=asked)

    assert (await search(resource_id="other")).status_code == 404
    table = "25e80bf3-f107-4ab4-89ef-251b5b9374e9"
    assert (await search(resource_id=table, fields=["nothing"])).status_code == 409
    page = (await search(resource_id=table, limit=2, offset=1)).json()["result"]
    assert [row["_id"] for row in page["records"]] == [2, 3]
    assert page["total"] > 200
