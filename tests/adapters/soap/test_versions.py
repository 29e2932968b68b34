"""SOAP 1.1 and 1.2, one-way operations, and headers that have to be understood."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.kit.contract_test import a_context
from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.parts import SoapVersion
from adapters.kit.xml_parser import parse_xml
from tests.adapters.soap.speaking import ANSWER, NS, answered, called, envelope, fails, fault, replying, spoken

VERSIONS: tuple[SoapVersion, ...] = ("1.1", "1.2")
NAMESPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_request_is_written_and_its_answer_read_in_the_contracts_version(version: SoapVersion) -> None:
    wire = replying(envelope(version=version))
    assert await called(wire, spoken(version)) == {"Code": "1"}
    assert (await answered(wire, spoken(version))).value == {"Code": "1"}
    request = parse_xml(wire.requests[0].body or b"")
    assert request.tag == f"{{{NAMESPACES[version]}}}Envelope"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_usual_answers_of_both_versions_are_read_without_a_tree(version: SoapVersion) -> None:
    codec = SoapCodec("spoken", spoken(version), None)
    content = envelope(f'<t:Answer xmlns:t="{NS}"><t:Code>1</t:Code></t:Answer>', version=version)
    for _ in range(2):
        assert codec.read_plain(content, "0" * 32, a_context()) == {"Code": "1"}
    [other] = set(VERSIONS) - {version}
    assert SoapCodec("spoken", spoken(other), None).read_plain(content, "0" * 32, a_context()) is None


async def test_the_action_stands_where_the_version_has_it() -> None:
    wires = {version: replying(envelope(version=version)) for version in VERSIONS}
    for version, wire in wires.items():
        await called(wire, spoken(version))
    assert wires["1.1"].requests[0].headers == {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"urn:spoken/Ask"',
    }
    assert wires["1.2"].requests[0].headers == {
        "Content-Type": 'application/soap+xml; charset=utf-8; action="urn:spoken/Ask"'
    }
    wire = replying(envelope(version="1.2"))
    await called(wire, spoken("1.2", soap_action=""))
    assert wire.requests[0].headers == {"Content-Type": "application/soap+xml; charset=utf-8"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", [200, 500])
async def test_an_envelope_of_the_other_version_is_malformed(version: SoapVersion, status: int) -> None:
    [other] = set(VERSIONS) - {version}
    assert type(await fails(replying(envelope(version=other), status), spoken(version))) is Malformed
    assert type(await fails(replying(fault(version=other), status), spoken(version))) is Malformed


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ('s:mustUnderstand="1"', Malformed),
        ('s:mustUnderstand="true"', Malformed),
        ('s:mustUnderstand="maybe"', Malformed),
        ('s:mustUnderstand="1" s:{role}="{next}"', Malformed),
        ('s:mustUnderstand="1" s:{role}="urn:somebody-else"', None),
        ('s:mustUnderstand="0"', None),
        ('mustUnderstand="1"', None),
        ("", None),
    ],
)
async def test_a_header_that_has_to_be_understood_and_is_not_makes_an_answer_malformed(
    version: SoapVersion, attributes: str, kind: type[Exception] | None
) -> None:
    role, following = {
        "1.1": ("actor", "http://schemas.xmlsoap.org/soap/actor/next"),
        "1.2": ("role", "http://www.w3.org/2003/05/soap-envelope/role/next"),
    }[version]
    said = attributes.replace("{role}", role).replace("{next}", following)
    wire = replying(envelope(version=version, headers=f'<x:New xmlns:x="urn:x" {said}/>'))
    if kind is None:
        assert await called(wire, spoken(version)) == {"Code": "1"}
        assert (await answered(wire, spoken(version))).value == {"Code": "1"}
    else:
        error = await fails(wire, spoken(version))
        assert type(error) is kind
        assert "understood" in str(error)


async def test_a_header_of_the_contract_is_understood() -> None:
    header = '<t:Quota xmlns:t="urn:spoken" s:mustUnderstand="1"><t:Left>7</t:Left></t:Quota>'
    wire = replying(envelope(headers=header))
    assert await called(wire) == {"Code": "1"}
    assert (await answered(wire)).headers == {"quota": {"Left": 7}}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", [200, 202, 204])
@pytest.mark.parametrize("body", ["nothing", "blank", "an empty body"])
async def test_a_one_way_operation_is_done_when_nothing_comes_back(
    version: SoapVersion, status: int, body: str
) -> None:
    content = {"nothing": b"", "blank": b" \r\n", "an empty body": envelope("", version=version)}[body]
    operation = spoken(version, response=None)
    assert await called(replying(content, status), operation) is None
    assert (await answered(replying(content, status), operation)).value is None


async def test_a_fault_of_a_one_way_operation_is_read_whatever_the_status() -> None:
    operation = spoken(response=None)
    for status in (200, 202, 500):
        assert type(await fails(replying(fault("s:Client"), status), operation)) is Rejected


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, envelope(), Malformed),
        (202, b"<html/>", Malformed),
        (500, b"", Unavailable),
        (401, b"", Rejected),
        (302, b"", Malformed),
    ],
)
async def test_whatever_else_a_one_way_operation_answers_is_an_error(status: int, body: bytes, kind: Any) -> None:
    assert type(await fails(replying(body, status), spoken(response=None))) is kind


@pytest.mark.parametrize("status", [202, 204])
async def test_an_operation_that_answers_something_is_not_done_when_nothing_comes_back(status: int) -> None:
    assert type(await fails(replying(b"", status))) is Malformed


@pytest.mark.parametrize(
    "content",
    [
        envelope(""),
        envelope(ANSWER + ANSWER),
        envelope(ANSWER).replace(b"</s:Envelope>", b"<s:Body/></s:Envelope>"),
        envelope(ANSWER).replace(b"</s:Envelope>", b"<x/></s:Envelope>"),
        envelope(ANSWER).replace(b"s:Envelope", b"s:Letter"),
        ANSWER.encode(),
        envelope("<Other/>"),
        envelope('<Answer xmlns="urn:other"><Code>1</Code></Answer>'),
    ],
)
async def test_what_is_no_envelope_around_the_contracts_element_is_malformed(content: bytes) -> None:
    assert type(await fails(replying(content))) is Malformed
