"""Each fault, as a client meets it on the wire."""

from __future__ import annotations

import asyncio
import time

import httpx
import orjson
import pytest
from lxml import etree

from tests.sandbox.running import ANNA, JANIS, Registers

FPR = "{http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0}"


async def _raw(registers: Registers) -> bytes:
    """What comes back on a bare connection until it closes. Raises: ConnectionResetError on a TCP reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", registers.port)
    body = orjson.dumps({"kodi": ["101540001"]})
    writer.write(
        b"POST /addresses/v1/adreses/meklet HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Road-Id: 1\r\n"
        b"X-Road-Client: LV/GOV/1\r\nX-Road-UserId: u\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body
    )
    try:
        async with asyncio.timeout(5):
            return await reader.read(-1)
    finally:
        writer.close()


def _codes(reply: httpx.Response) -> list[str | None]:
    return [one.findtext(f"{FPR}PersonasKods") for one in etree.fromstring(reply.content)[-1][0]]


async def test_refuse_closes_without_a_byte(registers: Registers) -> None:
    await registers.fault("addresses", "refuse")
    assert await _raw(registers) == b""


async def test_reset_is_a_tcp_reset_without_a_byte(registers: Registers) -> None:
    await registers.fault("addresses", "reset")
    with pytest.raises(ConnectionResetError):
        await _raw(registers)


async def test_reset_mid_body_breaks_off_after_the_headers(registers: Registers) -> None:
    await registers.fault("addresses", "reset_mid_body")
    async with registers.http.stream(
        "POST", "/addresses/v1/adreses/meklet", json={"kodi": ["101540001"]},
        headers={"X-Road-Client": "LV/GOV/1", "X-Road-Id": "1", "X-Road-UserId": "u"},
    ) as reply:  # fmt: skip
        assert reply.status_code == 200
        with pytest.raises(httpx.ReadError):
            await reply.aread()


async def test_hang_says_nothing(registers: Registers) -> None:
    await registers.fault("addresses", "hang")
    registers.http.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        await registers.addresses("101540001")


async def test_slow_body_drips(registers: Registers) -> None:
    await registers.fault("addresses", "slow_body")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.7):
            await registers.addresses("101540001")


@pytest.mark.parametrize(("fault", "status"), [("http_500_html", 500), ("http_200_html", 200)])
async def test_html_pages(registers: Registers, fault: str, status: int) -> None:
    await registers.fault("addresses", fault)
    reply = await registers.addresses("101540001")
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize(("fault", "status"), [("soap_fault_200", 200), ("soap_fault_500", 500)])
async def test_soap_faults_and_their_like_in_rest(registers: Registers, fault: str, status: int) -> None:
    for register in ("natural_persons", "vies", "addresses"):
        await registers.fault(register, fault)
    persons, vat = await registers.persons(ANNA), await registers.vat("40103000102")
    assert [persons.status_code, vat.status_code] == [status, status]
    assert etree.fromstring(persons.content).findtext(".//faultcode") == "soap:Server"
    assert etree.fromstring(vat.content).findtext(".//faultstring") == "MS_UNAVAILABLE"
    rest = await registers.addresses("101540001")
    assert (rest.status_code, rest.json()["kods"]) == (status, "ISLAICIGI_NEPIEEJAMS")


async def test_truncated_ends_early_and_tidily(registers: Registers) -> None:
    await registers.fault("natural_persons", "truncated")
    reply = await registers.persons(ANNA)
    assert reply.status_code == 200
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(reply.content)


async def test_garbage_and_empty(registers: Registers) -> None:
    await registers.fault("addresses", "garbage")
    with pytest.raises(ValueError):  # noqa: PT011 - whatever JSON or Unicode say of it
        (await registers.addresses("101540001")).json()
    await registers.fault("addresses", None)
    await registers.fault("addresses", "empty")
    assert (await registers.addresses("101540001")).content == b""


async def test_wrong_person_answers_another_and_two_persons_one_more(registers: Registers) -> None:
    await registers.fault("natural_persons", "wrong_person")
    (wrong,) = _codes(await registers.persons(ANNA, operation="PersonasDati"))
    assert wrong not in (ANNA, None)
    await registers.fault("natural_persons", None)
    await registers.fault("natural_persons", "two_persons")
    assert _codes(await registers.persons(ANNA, JANIS))[:2] == [ANNA, JANIS]
    assert len(_codes(await registers.persons(ANNA, JANIS))) == 3
    for register in ("addresses", "revenue", "social_assistance", "vies"):
        await registers.fault(register, "wrong_person")
    assert (await registers.addresses("101540001")).json()["adreses"][0]["kods"] != "101540001"
    assert (await registers.incomes(ANNA)).json()["personas"][0]["personasKods"] != ANNA
    assert (await registers.assistance(ANNA)).json()["personasKods"] != ANNA
    assert b"40103000102" not in (await registers.vat("40103000102")).content


async def test_missing_field_leaves_a_mandatory_one_out(registers: Registers) -> None:
    for register in ("natural_persons", "addresses", "revenue", "social_assistance", "vies"):
        await registers.fault(register, "missing_field")
    assert b"Statuss" not in (await registers.persons(ANNA)).content
    assert "pilnsTeksts" not in (await registers.addresses("101540001")).json()["adreses"][0]
    assert "bruto" not in (await registers.incomes(ANNA)).json()["personas"][0]["ienakumi"][0]
    assert "atrasts" not in (await registers.assistance(ANNA)).json()
    assert b"valid>" not in (await registers.vat("40103000102")).content
    assert "lietasNumurs" not in (await registers.submit("key-1")).json()


async def test_huge_is_more_than_64_mebibytes(registers: Registers) -> None:
    await registers.fault("addresses", "huge")
    assert len(await _raw(registers)) > 64 * 1024 * 1024


async def test_entity_bomb_is_small_on_the_wire(registers: Registers) -> None:
    await registers.fault("natural_persons", "entity_bomb")
    await registers.fault("addresses", "entity_bomb")
    xml = (await registers.persons(ANNA)).content
    assert b"<!ENTITY l9" in xml
    assert len(xml) < 2000
    assert (await registers.addresses("101540001")).content.startswith(b"[[[[")


async def test_redirect_leads_to_a_canary_that_counts_its_visitors(registers: Registers) -> None:
    await registers.fault("addresses", "redirect")
    reply = await registers.addresses("101540001")
    assert (reply.status_code, reply.headers["location"]) == (307, "/_canary/addresses")
    assert (await registers.state())["canary"] == 0
    await registers.http.post(reply.headers["location"])
    assert (await registers.state())["canary"] == 1


@pytest.mark.parametrize("fault", ["commit_then_reset", "commit_then_500"])
async def test_after_a_commit_the_sender_hears_nothing_and_the_case_is_there(registers: Registers, fault: str) -> None:
    await registers.fault("social_assistance", fault)
    try:
        assert (await registers.submit("key-1")).status_code == 500
    except httpx.TransportError:
        assert fault == "commit_then_reset"
    assert len(await registers.find("key-1")) == 1


async def test_reset_before_commit_leaves_no_case(registers: Registers) -> None:
    await registers.fault("social_assistance", "reset_before_commit")
    with pytest.raises(httpx.TransportError):
        await registers.submit("key-1")
    assert await registers.find("key-1") == []


async def test_reject_is_final_and_leaves_no_case(registers: Registers) -> None:
    await registers.fault("social_assistance", "reject")
    assert (await registers.submit("key-1")).status_code == 422
    assert await registers.find("key-1") == []


async def test_delivery_faults_leave_reads_alone(registers: Registers) -> None:
    await registers.fault("social_assistance", "commit_then_500")
    assert (await registers.assistance(ANNA)).status_code == 200


async def test_a_fault_of_one_operation_leaves_the_others_alone(registers: Registers) -> None:
    await registers.fault("natural_persons", "http_500_html", operation="PersonasDati")
    assert (await registers.persons(ANNA)).status_code == 200
    assert (await registers.persons(ANNA, operation="PersonasDati")).headers["content-type"].startswith("text/html")


async def test_count_is_how_many_calls_meet_it(registers: Registers) -> None:
    await registers.fault("addresses", "http_500_html", count=2)
    statuses = [(await registers.addresses("101540001")).status_code for _ in range(4)]
    assert statuses == [500, 500, 200, 200]
    assert (await registers.state())["registers"]["addresses"]["faults"] == []


async def test_shares_of_different_faults_add_up(registers: Registers) -> None:
    await registers.fault("addresses", "http_500_html", share=0.3)
    await registers.fault("addresses", "empty", share=0.3)
    replies = [await registers.addresses("101540001") for _ in range(200)]
    failed = sum(reply.status_code == 500 for reply in replies)
    empty = sum(reply.status_code == 200 and not reply.content for reply in replies)
    assert 35 <= failed <= 85
    assert 35 <= empty <= 85


async def test_latency_delays_with_and_without_a_fault(registers: Registers) -> None:
    for fault in ("empty", None):
        await registers.fault("addresses", fault, latency_ms=150)
        started = time.monotonic()
        await registers.addresses("101540001")
        assert time.monotonic() - started >= 0.15


async def test_a_register_that_is_down_does_not_answer_pings_either(registers: Registers) -> None:
    await registers.fault("natural_persons", "http_500_html")
    assert (await registers.http.get("/natural_persons?wsdl")).status_code == 500
    assert (await registers.http.get("/vies?wsdl")).status_code == 200
