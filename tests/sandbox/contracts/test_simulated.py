"""Any contract, served: what a client of it meets on the wire."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.reading import ContractReading, read_contract
from adapters.sandbox.contracts.simulated import simulated_desk
from adapters.sandbox.exchange import Call
from tests.sandbox.contracts.asking import call_of, post, running
from tests.sandbox.contracts.reading_of import CASE, FIXTURES, Element, wsdl_around
from tests.sandbox.running import ADAPTERS, ANNA, Registers

FPR = ADAPTERS / "registers" / "natural_persons"
FPR_NAMESPACE = "{http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0}"
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"


@pytest.fixture
def contract(tmp_path: Path) -> ContractReading:
    return read_contract(wsdl_around("register", tmp_path))


@pytest.fixture
async def registers(contract: ContractReading) -> AsyncIterator[Registers]:
    async with running(simulated_desk("case", contract.path)) as found:
        yield found


def _ask(*codes: str, place: str = "Rīga", **more: str) -> Element:
    made = etree.Element(f"{CASE}ask", place=place)
    for code in codes:
        etree.SubElement(made, f"{CASE}code").text = code
    for name, text in more.items():
        etree.SubElement(made, f"{CASE}{name}").text = text
    return made


def _content(reply: httpx.Response) -> Element:
    return etree.fromstring(reply.content)[-1][0]


async def _asked(registers: Registers, contract: ContractReading, *codes: str, **more: str) -> httpx.Response:
    return await post(registers, "case", call_of(contract, "Ask", [_ask(*codes, **more)]))


async def test_the_answer_is_valid_and_says_again_who_was_asked_about(
    registers: Registers, contract: ContractReading
) -> None:
    reply = await _asked(registers, contract, "0012", limit="7")
    told = _content(reply)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    contract.schema.assertValid(told)
    assert [one.text for one in told.iter(f"{CASE}code")] == ["0012"]
    assert told.get("place") == "Rīga"
    assert told.findtext(f"{CASE}person/{CASE}limit") != "7", "a day is no number, though it has the same name"


async def test_who_asks_for_several_gets_a_record_for_each(registers: Registers, contract: ContractReading) -> None:
    told = _content(await _asked(registers, contract, "1e5", "0012", "1.10"))
    contract.schema.assertValid(told)
    assert [one.text for one in told.iter(f"{CASE}code")] == ["1e5", "0012", "1.10"]


async def test_the_same_question_has_the_same_answer_whatever_its_prefixes(
    registers: Registers, contract: ContractReading
) -> None:
    first = await _asked(registers, contract, "0012")
    other = etree.fromstring(
        b'<q:ask xmlns:q="urn:example:case" xmlns:r="urn:other" place="R\xc4\xabga">\n <q:code>0012</q:code>\n</q:ask>'
    )
    second = await post(registers, "case", call_of(contract, "Ask", [other]))
    assert first.content == second.content
    assert first.content != (await _asked(registers, contract, "0013")).content.replace(b"0013", b"0012")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<n:code>", "<n:kods/><n:code>", "soap:Client"),
        ("</n:ask>", "<n:limit>many</n:limit></n:ask>", "soap:Client"),
        ("<n:ask", '<!-- --><n:ask odd="1"', "soap:Client"),
        ("n:ask", "n:told", "soap:Client"),
        ("</soap:Body>", "", "soap:Client"),
        ("<soap:Envelope", '<!DOCTYPE x [<!ENTITY a "b">]><soap:Envelope', "soap:Client"),
        ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", "soap:Client"),
        ("http://schemas.xmlsoap.org/soap/envelope/", "urn:none", "soap:VersionMismatch"),
        (
            "<soap:Body>",
            '<soap:Header><x:y xmlns:x="urn:x" soap:mustUnderstand="1"/></soap:Header><soap:Body>',
            "soap:MustUnderstand",
        ),
    ],
)
async def test_a_request_that_breaks_the_contract_gets_a_fault_that_repeats_nothing(
    registers: Registers, old: str, new: str, code: str
) -> None:
    good = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<n:ask xmlns:n="urn:example:case"><n:code>39100000011</n:code></n:ask></soap:Body></soap:Envelope>'
    )
    assert (await registers.soap("case", good)).status_code == 200
    reply = await registers.soap("case", good.replace(old, new))
    assert reply.status_code == 500
    assert _content(reply).findtext("faultcode") == code
    assert b"39100000011" not in reply.content


async def test_other_methods_paths_and_media_types_are_refused(registers: Registers) -> None:
    assert (await registers.http.put("/case")).status_code == 405
    assert (await registers.http.post("/case/deeper")).status_code == 404
    assert (await registers.http.post("/case", json={})).status_code == 415
    assert (await registers.http.get("/case?xsd=99")).status_code == 405


async def test_the_wsdl_is_served_with_all_it_names_and_reads_the_same(
    registers: Registers, contract: ContractReading, tmp_path: Path
) -> None:
    wsdl = await registers.http.get("/case?wsdl")
    assert f'location="http://127.0.0.1:{registers.port}/case"'.encode() in wsdl.content
    schema = f"http://127.0.0.1:{registers.port}/case?xsd=1"
    assert schema.encode() in wsdl.content
    folder = tmp_path / "fetched"
    folder.mkdir()
    (folder / "contract.wsdl").write_bytes(wsdl.content)
    (folder / "schema.xsd").write_bytes((await registers.http.get(schema)).content)
    (folder / "catalog.json").write_text(json.dumps({schema: "schema.xsd"}))
    assert read_contract(folder / "contract.wsdl").operations == contract.operations


async def test_faults_on_demand_reach_a_simulated_register_and_calls_are_counted(
    registers: Registers, contract: ContractReading
) -> None:
    await registers.fault("case", "declared_fault", count=1)
    refused = await _asked(registers, contract, "0012")
    assert refused.status_code == 500
    contract.schema.assertValid(_content(refused).find("detail")[0])  # type: ignore[index]
    await registers.fault("case", "missing_field", count=1)
    assert not contract.schema.validate(_content(await _asked(registers, contract, "0012")))
    await registers.fault("case", "wrong_person", count=1)
    assert "0012" not in (await _asked(registers, contract, "0012")).text
    await registers.fault("case", "two_persons", count=1)
    assert len(etree.fromstring((await _asked(registers, contract, "0012")).content)[-1]) == 2
    await registers.fault("case", "soap_fault_200", count=1)
    assert _content(await _asked(registers, contract, "0012")).findtext("faultcode") == "soap:Server"
    state = await registers.state()
    assert state["registers"]["case"]["calls"] == {"Ask": 5}
    assert _content(await _asked(registers, contract, "0012")).tag == f"{CASE}told"


async def test_who_stands_in_a_recorded_case_gets_the_recorded_reply_and_others_a_generated_one() -> None:
    desk = simulated_desk("fpr", FPR / "contract" / "fpr.wsdl", FPR / "cases")
    reading = read_contract(FPR / "contract" / "fpr.wsdl")
    recorded = etree.parse(str(FPR / "cases" / "one-person.xml")).getroot()
    (expected,) = recorded.iter("{*}Body")

    def asking(code: str) -> Call:
        request = etree.Element(str(reading.operations[key].request.name))
        etree.SubElement(request, f"{FPR_NAMESPACE}PersonasKods").text = code
        return call_of(reading, key, [request])

    key = next(
        one
        for one, operation in reading.operations.items()
        if operation.answer and operation.answer.name == expected[0].tag
    )
    async with running(desk) as registers:
        call = asking(ANNA)
        reply = await post(registers, "fpr", call)
        assert etree.tostring(_content(reply), method="c14n", exclusive=True) == etree.tostring(
            expected[0], method="c14n", exclusive=True
        )
        header = etree.fromstring(reply.content)[0]
        digest = base64.b64encode(hashlib.sha512(call.body).digest()).decode()
        assert header.findtext(f"{XROAD}requestHash") == digest
        sent = etree.fromstring(call.body)[0]
        assert header.findtext(f"{XROAD}id") == sent.findtext(f"{XROAD}id")
        other = _content(await post(registers, "fpr", asking("39100000222")))
        reading.schema.assertValid(other)
        assert "39100000222" in etree.tostring(other, encoding="unicode")
        await registers.fault("fpr", "wrong_person", count=1)
        stranger = (await post(registers, "fpr", asking(ANNA))).text
        assert ANNA not in stranger
        codes = re.findall(r"(?<![0-9])[0-9]{11}(?![0-9])", stranger)
        assert codes
        assert all(code.startswith("39") for code in codes), "a code that somebody may have"


async def test_an_x_road_header_that_is_missing_or_wrong_is_refused() -> None:
    reading = read_contract(FPR / "contract" / "fpr.wsdl")
    key = next(iter(reading.operations))
    good = call_of(reading, key)
    async with running(simulated_desk("fpr", reading.path)) as registers:
        assert (await post(registers, "fpr", good)).status_code == 200
        for name in ("id", "client", "service", "protocolVersion"):
            root = etree.fromstring(good.body)
            header = root[0].find(f"{XROAD}{name}")
            assert header is not None
            root[0].remove(header)
            call = Call("POST", "", {}, good.headers, etree.tostring(root))
            reply = await post(registers, "fpr", call)
            assert reply.status_code == 500
            assert _content(reply).findtext("faultcode") == "soap:Client"
        for old, new in ((b">4.0<", b">3.1<"), (f"serviceCode>{key}<".encode(), b"serviceCode>Cits<")):
            assert old in good.body
            call = Call("POST", "", {}, good.headers, good.body.replace(old, new))
            assert (await post(registers, "fpr", call)).status_code == 500


async def test_a_soap_1_2_contract_is_spoken_to_in_soap_1_2(tmp_path: Path) -> None:
    path = wsdl_around("register", tmp_path)
    path.write_text(
        path.read_text().replace("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
    )
    reading = read_contract(path)
    good = call_of(reading, "Ask", [_ask("0012")])
    envelope = "{http://www.w3.org/2003/05/soap-envelope}"
    async with running(simulated_desk("case", path)) as registers:
        reply = await post(registers, "case", good)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/soap+xml; charset=utf-8")
        assert etree.fromstring(reply.content).tag == f"{envelope}Envelope"
        wrong = Call("POST", "", {}, good.headers, good.body.replace(b"code", b"kods"))
        refused = await post(registers, "case", wrong)
        assert refused.status_code == 400
        assert _content(refused).findtext(f"{envelope}Code/{envelope}Value") == "soap:Sender"
        older = good.body.replace(
            b"http://www.w3.org/2003/05/soap-envelope", b"http://schemas.xmlsoap.org/soap/envelope/"
        )
        other = await registers.http.post("/case", content=older, headers={"Content-Type": "text/xml"})
        assert _content(other).findtext("faultcode") == "soap:VersionMismatch"
        await registers.fault("case", "garbage", count=1)
        assert (await post(registers, "case", good)).headers["content-type"].startswith("text/xml")


async def test_rpc_and_one_way_operations_are_answered() -> None:
    reading = read_contract(FIXTURES / "rpc.wsdl")
    async with running(simulated_desk("rpc", reading.path)) as registers:
        found = _content(await post(registers, "rpc", call_of(reading, "find")))
        reading.schema.assertValid(found)
        listed = await post(registers, "rpc", call_of(reading, "list"))
        assert listed.status_code == 200
        noted = await post(registers, "rpc", call_of(reading, "note"))
        assert (noted.status_code, noted.content) == (202, b"")


def test_a_contract_of_which_nothing_can_be_used_is_not_served(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "several" / "messages.wsdl", tmp_path / "messages.wsdl")
    with pytest.raises(ContractError, match="no operation can be used"):
        simulated_desk("none", tmp_path / "messages.wsdl")
