"""The vehicle register and the employment agency, played: every answer is what their contracts promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.sandbox.desks.employment import Agency, employment
from adapters.sandbox.exchange import Asked, Call, Twist
from adapters.sandbox.rest import OpenApi
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident, World
from tests.sandbox.running import ADAPTERS, ANNA, HEADERS, JANIS, PETERIS, PETERIS_FORMER, TODAY, Registers

TVR = "{urn:lv:csdd:tvr:v1}"
CONTRACTS = ADAPTERS / "registers"
NOBODY = "39123456789"


def _owners(reply: httpx.Response) -> dict[str, list[str | None]]:
    """Plates by owner, of an answer that holds to the contract."""
    answer = etree.fromstring(reply.raise_for_status().content)[-1][0]
    etree.XMLSchema(etree.parse(str(CONTRACTS / "vehicles/contract/tvr.xsd"))).assertValid(answer)
    return {
        owner.findtext(f"{TVR}PersonasKods") or "": [one.text for one in owner.iter(f"{TVR}RegistracijasNumurs")]
        for owner in answer
    }


def _statuses(reply: httpx.Response) -> dict[str, tuple[str, str | None]]:
    """Status and day by person, of an answer that holds to the contract."""
    body: dict[str, Any] = reply.raise_for_status().json()
    OpenApi(CONTRACTS / "employment/contract/openapi.yaml").response("mekletStatusus", 200).validate(body)
    return {one["personasKods"]: (one["statuss"], one["kops"]) for one in body["personas"]}


async def test_everybody_is_answered_as_the_contracts_say_a_hundred_in_a_call(registers: Registers) -> None:
    codes = list(build_world((), TODAY, total=300).residents)
    owners: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for first in range(0, 300, 100):
        owners |= _owners(await registers.vehicles(*codes[first : first + 100]))
        known |= _statuses(await registers.statuses(*codes[first : first + 100]))
    assert 30 < len(owners) < 150
    assert {status for status, _ in known.values()} == {"BEZ", "DME", "ZAU"}
    assert len(known) < 60


async def test_more_than_a_hundred_and_nobody_at_all_are_refused(registers: Registers) -> None:
    many = [f"391{number:08}" for number in range(101)]
    for codes in (many, []):
        assert (await registers.vehicles(*codes)).status_code == 500
        assert (await registers.statuses(*codes)).status_code == 400


async def test_who_asks_by_a_former_code_is_answered_under_it(registers: Registers) -> None:
    assert _owners(await registers.vehicles(PETERIS_FORMER, PETERIS)) == {
        PETERIS_FORMER: ["AB1234"],
        PETERIS: ["AB1234"],
    }
    found = _statuses(await registers.statuses(PETERIS_FORMER))
    assert found == {PETERIS_FORMER: ("ZAU", "2010-03-31")}


async def test_who_owns_nothing_or_never_registered_is_not_in_the_answer(registers: Registers) -> None:
    assert set(_owners(await registers.vehicles(ANNA, NOBODY, "39100000033", "39100000110"))) == {ANNA}
    assert set(_statuses(await registers.statuses(ANNA, NOBODY, JANIS))) == {ANNA}


async def test_what_people_lease_is_not_what_they_own(registers: Registers) -> None:
    assert _owners(await registers.vehicles(ANNA, as_what="TUR")) == {}


@pytest.mark.parametrize(("fault", "anna_is_told"), [("wrong_person", False), ("two_persons", True)])
async def test_a_stranger_is_told_of_also_where_the_stranger_is_in_no_register(
    registers: Registers, fault: str, anna_is_told: bool
) -> None:
    for register in ("vehicles", "employment"):
        await registers.fault(register, fault)
    for told in (_owners(await registers.vehicles(ANNA)), _statuses(await registers.statuses(ANNA))):
        assert (ANNA in told) == anna_is_told
        assert len(set(told) - {ANNA}) == 1


def test_a_status_begins_and_ends_on_its_days() -> None:
    began, ended = TODAY - timedelta(days=90), TODAY - timedelta(days=30)
    world = World(
        {}, {ANNA: Resident(ANNA, unemployed_since=began, unemployed_until=ended, job_seeker_since=TODAY)}, {}, {}
    )

    def on(day_offset: int) -> Any:
        day = TODAY + timedelta(days=day_offset)
        desk = employment(Agency(world, lambda: day), CONTRACTS / "employment/contract")
        headers = {name.lower(): value for name, value in HEADERS.items()} | {"content-type": "application/json"}
        asked = desk.open(Call("POST", "/v1/statusi/meklet", {}, headers, b'{"personasKodi": ["%s"]}' % ANNA.encode()))
        assert isinstance(asked, Asked)
        reply = desk.answer(asked, Twist.NONE)
        return reply.body

    assert b'"personas":[]' in on(-91)
    assert b'"BEZ"' in on(-90)
    assert b'"BEZ"' in on(-31)
    assert b'"ZAU"' in on(-30)
    assert b'"DME"' in on(0)
