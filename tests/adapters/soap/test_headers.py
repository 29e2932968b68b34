"""Headers of the contract, out and in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.kit.contract_test import CANARY, a_context
from adapters.kit.errors import Malformed, Rejected
from adapters.kit.soap.parts import HeaderPart, SoapVersion
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import XROAD, XRoad
from tests.adapters.soap.speaking import ASK, BODY, NS, answered, called, envelope, fails, replying, service, spoken

REQUIRED = spoken(headers_in=(replace(ASK.headers_in[0], required=True),))
QUOTA = f'<t:Quota xmlns:t="{NS}"><t:Left>7</t:Left></t:Quota>'


def _sent(body: bytes | None) -> list[tuple[str, str]]:
    header = parse_xml(body or b"")[0]
    return [(str(node.tag), node.text or "") for node in header.iter() if not len(node)]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_header_is_written_from_its_value(version: SoapVersion) -> None:
    wire = replying(envelope(version=version))
    token = 'x</t:Token> & "{env.HOME}"'
    asked = service(wire, spoken(version))
    await asked.call("Ask", BODY, a_context(), headers={"session": {"Token": token}})
    assert _sent(wire.requests[0].body) == [(f"{{{NS}}}Token", token)]


async def test_headers_that_are_the_same_for_each_call_are_given_once_and_a_call_may_say_otherwise() -> None:
    wire = replying(envelope())
    asked = service(wire, REQUIRED, headers={"session": {"Token": "a"}, "of another operation": 1})
    await asked.call("Ask", BODY, a_context())
    await asked.call("Ask", BODY, a_context(), headers={"session": {"Token": "b"}})
    assert [_sent(request.body)[0][1] for request in wire.requests] == ["a", "b"]


@pytest.mark.parametrize(
    "headers", [{}, {"session": {"Token": 7}}, {"session": {}}, {"session": {"Token": "a"}, "other": {"Token": "a"}}]
)
async def test_a_header_that_the_contract_does_not_take_is_refused_before_anything_is_sent(headers: object) -> None:
    wire = replying(envelope())
    with pytest.raises(Rejected) as caught:
        await service(wire, REQUIRED).call("Ask", BODY, a_context(), headers=headers)  # type: ignore[arg-type]
    assert not wire.requests
    assert "Token" not in str(caught.value)


async def test_headers_of_x_road_in_a_contract_are_written_by_x_road_alone() -> None:
    element = replace(ASK.headers_in[0].element, tag=f"{{{XROAD}}}client")
    operation = spoken(headers_in=(HeaderPart("client", element, required=True),))
    wire = replying(envelope())
    await called(wire, operation, xroad=XRoad.development("spoken"))
    header = parse_xml(wire.requests[0].body or b"")[0]
    assert len(header.findall(f"{{{XROAD}}}client")) == 1
    asked = service(wire, operation, xroad=XRoad.development("spoken"))
    with pytest.raises(Rejected):
        await asked.call("Ask", BODY, a_context(), headers={"client": {"Token": "a"}})


async def test_headers_of_an_answer_are_decoded_where_they_are_asked_for_and_unknown_ones_are_passed_over() -> None:
    wire = replying(envelope(headers=f'<x:New xmlns:x="urn:x">{CANARY}</x:New>{QUOTA}'))
    found = await answered(wire)
    assert found.headers == {"quota": {"Left": 7}}
    assert found.value == {"Code": "1"}
    assert "7" not in repr(found)
    assert (await answered(replying(envelope()))).headers == {}


@pytest.mark.parametrize("headers", [QUOTA.replace("7", CANARY), QUOTA + QUOTA, QUOTA.replace("Left", "Right")])
async def test_a_header_of_an_answer_that_is_not_what_the_contract_says_is_malformed(headers: str) -> None:
    with pytest.raises(Malformed) as caught:
        await answered(replying(envelope(headers=headers)))
    assert CANARY not in str(caught.value)
    assert await called(replying(envelope(headers=headers))) == {"Code": "1"}, "nobody looked at it"


async def test_two_header_elements_make_no_answer() -> None:
    content = envelope(headers=QUOTA).replace(b"<s:Body>", b"<s:Header/><s:Body>")
    assert type(await fails(replying(content))) is Malformed
