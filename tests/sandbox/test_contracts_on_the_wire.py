"""What the registers answer is what their contracts promise, and what breaks a contract is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import httpx
import pytest
from lxml import etree

from adapters.sandbox.rest import OpenApi
from adapters.sandbox.world.build import build_world
from tests.sandbox.running import ADAPTERS, ANNA, HEADERS, PETERIS, PETERIS_FORMER, TODAY, Registers

FPR = "{http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0}"
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
VIES = "{urn:ec.europa.eu:taxud:vies:services:checkVat:types}"


def _content(reply: httpx.Response) -> Any:
    return etree.fromstring(reply.content)[-1][0]


def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(ADAPTERS / "registers/natural_persons/contract/fpr.xsd")))


async def test_every_resident_is_answered_as_the_xsd_says(registers: Registers) -> None:
    schema = _schema()
    codes = list(build_world((), TODAY, total=300).residents)
    for start in range(0, 300, 100):
        answer = _content(await registers.persons(*codes[start : start + 100]))
        schema.assertValid(answer)
        assert [one.text for one in answer.iter(f"{FPR}AtrastsPec")] == codes[start : start + 100]


async def test_a_former_code_answers_the_current_record_and_an_unknown_one_nothing(registers: Registers) -> None:
    batch = _content(await registers.persons(PETERIS_FORMER, "39999999999"))
    assert [(one.findtext(f"{FPR}PersonasKods"), one.findtext(f"{FPR}AtrastsPec")) for one in batch] == [
        (PETERIS, PETERIS_FORMER)
    ]
    single = _content(await registers.persons("39999999999", operation="PersonasDati"))
    assert single.tag == f"{FPR}PersonasDatiAtbilde"
    assert len(single) == 0


async def test_x_road_headers_come_back_with_the_hash_of_the_request(registers: Registers) -> None:
    reply = await registers.persons(ANNA)
    header = etree.fromstring(reply.content)[0]
    assert header.findtext(f"{XROAD}issue") == "demo-1"
    digest = base64.b64encode(hashlib.sha512(reply.request.content).digest()).decode()
    assert header.findtext(f"{XROAD}requestHash") == digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<x:userId>clerk</x:userId>", ""),
        ("<x:protocolVersion>4.0</x:protocolVersion>", "<x:protocolVersion>3.1</x:protocolVersion>"),
        ("<i:serviceCode>PersonuDati", "<i:serviceCode>Cits"),
        ('i:objectType="SUBSYSTEM"', ""),
        (ANNA, "391"),
        (f"<PersonasKods>{ANNA}</PersonasKods>", ""),
        (f"<PersonasKods>{ANNA}</PersonasKods>", f"<PersonasKods>{ANNA}</PersonasKods>" * 501),
        ("<PersonasKods>", "<Kods/><PersonasKods>"),
        ("<e:Envelope", '<!DOCTYPE x [<!ENTITY a "b">]><e:Envelope'),
        ("</e:Body>", ""),
    ],
)
async def test_a_soap_request_that_breaks_the_contract_gets_a_typed_fault(
    registers: Registers, old: str, new: str
) -> None:
    good = (await registers.persons(ANNA)).request.content.decode()
    assert old in good
    reply = await registers.soap("natural_persons", good.replace(old, new, 1))
    fault = _content(reply)
    assert reply.status_code == 500
    assert fault.findtext("faultcode") == "soap:Client"
    assert _schema().validate(fault.find("detail")[0])


async def test_the_wsdl_and_its_schemas_are_served_and_counted_as_background(registers: Registers) -> None:
    wsdl = (await registers.http.get("/natural_persons?wsdl")).text
    assert 'schemaLocation="natural_persons/fpr.xsd"' in wsdl
    assert f'location="http://127.0.0.1:{registers.port}/natural_persons"' in wsdl
    assert (await registers.http.get("/natural_persons/fpr.xsd")).status_code == 200
    assert (await registers.http.get("/addresses")).text.startswith("openapi:")
    state = (await registers.state())["registers"]
    assert state["natural_persons"]["background"] == {"ping": 2, "poll": 0}
    assert set(state["natural_persons"]["calls"].values()) == {0}


async def test_vies_knows_valid_numbers_and_refuses_malformed_ones(registers: Registers) -> None:
    valid = _content(await registers.vat("40103000102"))
    assert [valid.findtext(f"{VIES}{name}") for name in ("valid", "name")] == ["true", 'SIA "Piemērs"']
    unknown = _content(await registers.vat("40008000102"))
    assert [unknown.findtext(f"{VIES}{name}") for name in ("valid", "name")] == ["false", "---"]
    assert _content(await registers.vat("", "LV")).findtext("faultstring") == "INVALID_INPUT"


async def test_rest_answers_are_what_the_openapi_files_say(registers: Registers) -> None:
    world = build_world((), TODAY, total=300)
    addresses = OpenApi(ADAPTERS / "registers/addresses/contract/openapi.yaml")
    revenue = OpenApi(ADAPTERS / "registers/revenue/contract/openapi.yaml")
    social = OpenApi(ADAPTERS / "municipal/social_assistance/contract/openapi.yaml")
    addresses.response("mekletAdreses", 200).validate((await registers.addresses(*list(world.addresses)[:200])).json())
    codes = list(world.residents)[:50]
    revenue.response("mekletIenakumus", 200).validate((await registers.incomes(*codes, months=36)).json())
    books = await registers.http.post("/revenue/v1/gramatinas/meklet", json={"personasKodi": codes}, headers=HEADERS)
    revenue.response("mekletGramatinas", 200).validate(books.json())
    assert len(books.json()["gramatinas"]) > 5
    for code in codes[:10]:
        social.response("personasDati", 200).validate((await registers.assistance(code)).json())


async def test_anna_has_income_in_each_of_the_last_twelve_months_newest_first(registers: Registers) -> None:
    (anna,) = (await registers.incomes(ANNA, months=12)).json()["personas"]
    months = [line["menesis"] for line in anna["ienakumi"] if line["veids"] == "1001"]
    assert months == [f"2026-{month:02}" for month in range(10, 0, -1)] + ["2025-12", "2025-11"]


async def test_a_municipality_knows_its_own_people_only(registers: Registers) -> None:
    assert (await registers.assistance(ANNA)).json()["statusi"][0]["veids"] == "TRU"
    assert (await registers.assistance(ANNA, "0001000")).json() == {"atrasts": False}
    assert (await registers.assistance(ANNA, "0055000")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"kodi": []}',
        b'{"kodi": ["12"]}',
        b'{"kodi": ["101540001"], "x": 1}',
        b'{"kodi": [101540001]}',
    ],
)
async def test_a_rest_body_that_breaks_the_contract_is_a_400(registers: Registers, body: bytes) -> None:
    headers = HEADERS | {"Content-Type": "application/json"}
    reply = await registers.http.post("/addresses/v1/adreses/meklet", content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["kods"] == "NEDERIGS_PIEPRASIJUMS"


async def test_batches_have_limits(registers: Registers) -> None:
    assert (await registers.addresses(*["101540001"] * 501)).status_code == 400
    assert (await registers.incomes(*[ANNA] * 51)).status_code == 400
    assert (await registers.incomes(ANNA, months=37)).status_code == 400


@pytest.mark.parametrize("name", ["X-Road-Client", "X-Road-Id", "X-Road-UserId"])
async def test_a_missing_x_road_header_is_a_400(registers: Registers, name: str) -> None:
    headers = {key: value for key, value in HEADERS.items() if key != name}
    reply = await registers.http.post("/addresses/v1/adreses/meklet", json={"kodi": ["101540001"]}, headers=headers)
    assert reply.status_code == 400
    assert name in reply.json()["zinojums"]


async def test_other_paths_methods_and_media_types_are_refused(registers: Registers) -> None:
    http = registers.http
    assert (await http.get("/nobody")).status_code == 404
    assert (await http.post("/addresses/v2", json={}, headers=HEADERS)).status_code == 404
    assert (await http.put("/addresses/v1/adreses/meklet", json={}, headers=HEADERS)).status_code == 405
    text = await http.post(
        "/addresses/v1/adreses/meklet", content=b"{}", headers=HEADERS | {"Content-Type": "text/plain"}
    )
    assert text.status_code == 415
    assert (await http.post("/natural_persons", json={})).status_code == 415
    assert (
        await http.post("/revenue/v1/ienakumi/meklet", content=b"x" * 3_000_000, headers=HEADERS)
    ).status_code == 413
