"""The vehicle register: what an answer may say of owners and vehicles, and what breaks a record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context, answering, cases_of
from adapters.kit.errors import Malformed
from adapters.kit.xml_parser import parse_xml
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import PersonCode

FOLDER = Path(__file__).parents[2] / "adapters" / "registers" / "vehicles"
OWNERS = next(case for case in cases_of(FOLDER) if case.name == "owners")
PETERIS, JANIS, ANNA = (PersonCode(f"391000000{two}") for two in ("55", "22", "11"))
NORA = PersonCode("39100000110")


async def _read(*subjects: PersonCode, old: str = "", new: str = "") -> tuple[dict[PersonCode, Any], bytes]:
    body = OWNERS.body.decode()
    assert old in body
    wire = answering(200, body.replace(old, new, 1).encode() if old else OWNERS.body)
    register = discover().connect("vehicles", Connection("http://127.0.0.1:9/x"), wire, a_clock())
    found = await register.read(VehicleFleet, subjects or (ANNA, JANIS, PETERIS, NORA), a_context())
    [request] = wire.requests
    return dict(found), request.body or b""


async def test_many_owners_are_asked_for_in_one_call_and_only_as_owners() -> None:
    _, request = await _read()
    asked = {one.tag.partition("}")[2]: one.text for one in parse_xml(request).iter() if one.text}
    assert asked["Saistiba"] == "IPA"
    assert request.count(b"PersonasKods>") == 8


async def test_who_never_owned_one_is_absent_and_who_sold_the_last_has_none() -> None:
    found, _ = await _read()
    assert ANNA not in found
    assert found[NORA] == VehicleFleet(vehicles=())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<t:UzskaiteNo>2019-05-14<", "<t:UzskaiteNo>2019-02-30<"),
        ("<t:UzskaiteNo>2019-05-14<", "<t:UzskaiteNo>2019-05<"),
        ("<t:UzskaiteNo>2019-05-14<", "<t:UzskaiteNo>14.05.2019<"),
        ("<t:UzskaiteNo>2019-05-14<", "<t:UzskaiteNo><"),
        ("<t:IzlaidumaGads>2016<", "<t:IzlaidumaGads>16<"),
        ("<t:IzlaidumaGads>2016<", "<t:IzlaidumaGads>2016-05<"),
        ("<t:IzlaidumaGads>2016<", "<t:IzlaidumaGads>201X<"),
        ("<t:IzlaidumaGads>2016<", "<t:IzlaidumaGads>2016Z<"),
        ("<t:IzlaidumaGads>2016<", "<t:IzlaidumaGads>3016<"),
        ("<t:IzlaidumaGads>2016</t:IzlaidumaGads>", ""),
        ("<t:Statuss>UZS<", "<t:Statuss>XXX<"),
        ("<t:Statuss>UZS</t:Statuss>", ""),
        ("<t:Statuss>UZS</t:Statuss>", '<t:Statuss xsi:nil="true"/>'),
        ("<t:Meklesana>false<", "<t:Meklesana>varbūt<"),
        ("<t:Meklesana>false</t:Meklesana>", ""),
        ("<t:Marka>ŠKODA</t:Marka>", ""),
        ("<t:RegistracijasNumurs>AB1234</t:RegistracijasNumurs>", ""),
        ("<t:RegistracijasNumurs>AB1234<", "<t:RegistracijasNumurs><"),
        ("<t:RegistracijasNumurs>AB1234<", "<t:RegistracijasNumurs>ABCDEFGHIJKLMNOPQRSTU<"),
        ("<t:Modelis>OCTAVIA</t:Modelis>", "<t:Modelis>A</t:Modelis><t:Dala>0/2</t:Dala>"),
    ],
)
async def test_one_broken_vehicle_breaks_its_owners_record_and_no_other(old: str, new: str) -> None:
    found, _ = await _read(old=old, new=new)
    assert isinstance(found[PETERIS], Malformed)
    assert isinstance(found[JANIS], VehicleFleet)
    assert found[NORA] == VehicleFleet(vehicles=())


@pytest.mark.parametrize(
    ("old", "new", "attribute", "value"),
    [
        ("AB1234</t:RegistracijasNumurs>", "ĀŽ 7&amp;'\"</t:RegistracijasNumurs>", "plate", "ĀŽ 7&'\""),
        ("<t:RegistracijasNumurs>AB1234</", '<t:RegistracijasNumurs xsi:nil="true"></', "plate", None),
        ("<t:IzlaidumaGads>2016</t:IzlaidumaGads>", '<t:IzlaidumaGads xsi:nil="true"/>', "year", None),
        ("<t:UzskaiteNo>2019-05-14</t:UzskaiteNo>", "", "registered_since", None),
        ("<t:Modelis>OCTAVIA</t:Modelis>", "", "model", None),
        ("<t:Statuss>UZS", "<t:Dala>2/3</t:Dala><t:Statuss>UZS", "share", "2/3"),
        ("<t:Statuss>UZS", "<t:Statuss>NOR", "status", "SCRAPPED"),
        ("<t:Meklesana>false", "<t:Meklesana>1", "stolen", True),
    ],
)
async def test_what_may_be_unknown_is_none_and_all_else_is_as_written(
    old: str, new: str, attribute: str, value: object
) -> None:
    found, _ = await _read(old=old, new=new)
    assert getattr(found[PETERIS].vehicles[0], attribute) == value


async def test_a_vehicle_of_two_is_each_ones_by_share_and_a_fleet_of_somebody_else_is_nobodys() -> None:
    found, _ = await _read()
    assert [(one.plate, one.share) for one in found[JANIS].vehicles] == [("CD777", "1/2")]
    found, _ = await _read(old="39100000022", new="39100000033")
    assert all(isinstance(one, Malformed) for one in found.values())
    assert set(found) == {ANNA, JANIS, PETERIS, NORA}


async def test_one_owner_told_twice_is_neither_of_them() -> None:
    found, _ = await _read(old="39100000022", new="39100000055")
    assert {type(one) for one in found.values()} == {Malformed}
