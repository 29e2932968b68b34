"""The population adapter: which operation, whose record, which fault, and whose headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import (
    CANARY,
    RecordedWire,
    a_clock,
    a_context,
    answering,
    assert_says_nothing,
    cases_of,
)
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.ports import CallContext
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import Member, XRoad
from adapters.registers.natural_persons.mapping import to_natural_person
from schema.records.natural_person import NaturalPerson
from schema.terms import PersonCode, RegistrationNumber

FOLDER = Path(__file__).parents[2] / "adapters" / "registers" / "natural_persons"
CASES = {case.name: case for case in cases_of(FOLDER)}
ANNA = PersonCode("39100000011")
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
IDS = "{http://x-road.eu/xsd/identifiers}"


async def _read(
    wire: RecordedWire, *subjects: PersonCode, context: CallContext | None = None
) -> dict[PersonCode, object]:
    register = discover().connect("natural_persons", Connection("http://127.0.0.1:9/x"), wire, a_clock())
    return await register.read(NaturalPerson, subjects, context or a_context())


async def _error(wire: RecordedWire, *subjects: PersonCode) -> RegisterError:
    found = await _read(wire, *(subjects or (ANNA,)))
    [error] = set(found.values())
    assert isinstance(error, RegisterError)
    assert_says_nothing(error, frozenset({"39100000011"}))
    return error


async def test_one_subject_is_the_single_operation_and_more_are_the_batch_as_the_manifest_says() -> None:
    entry = discover().installed["natural_persons"].manifest.reads["NaturalPerson"]
    assert (entry.operation_for_one, entry.operation) == ("PersonasDati", "PersonuDati")
    for case, operation in (("one-person", entry.operation_for_one), ("several-persons", entry.operation)):
        wire = answering(200, CASES[case].body)
        await _read(wire, *map(PersonCode, CASES[case].ask))
        [request] = wire.requests
        assert request.headers["SOAPAction"] == f'"{operation}"'
        assert f":{operation} ".encode() in (request.body or b"")


async def test_a_person_is_found_under_both_codes_when_both_are_asked_for() -> None:
    body = CASES["several-persons"].body
    person = body[body.index(b"<f:Persona>", body.index(b"39100000066")) :]
    person = person[: person.index(b"</f:Persona>") + len(b"</f:Persona>")]
    assert b"39990000055" in person
    by_current = person.replace(b"<f:AtrastsPec>39990000055", b"<f:AtrastsPec>39100000055")
    start, end = body.index(b"<f:Persona>"), body.rindex(b"</f:Persona>") + len(b"</f:Persona>")
    wire = answering(200, body[:start] + person + by_current + body[end:])
    current, former = PersonCode("39100000055"), PersonCode("39990000055")
    found = await _read(wire, current, former)
    assert set(found) == {current, former}
    assert found[current] == found[former]


async def test_a_person_who_does_not_have_the_code_that_was_asked_for_is_malformed() -> None:
    body = CASES["one-person"].body.replace(b"<f:PersonasKods>39100000011", b"<f:PersonasKods>39100000912")
    assert isinstance(await _error(answering(200, body)), Malformed)


async def test_two_records_of_one_subject_are_malformed() -> None:
    body = CASES["several-persons"].body.replace(b"39100000066</f:AtrastsPec>", b"39100000011</f:AtrastsPec>")
    body = body.replace(b"<f:PersonasKods>39100000066", b"<f:PersonasKods>39100000011")
    assert isinstance(await _error(answering(200, body), *map(PersonCode, CASES["several-persons"].ask)), Malformed)


async def test_one_persons_broken_record_leaves_the_others() -> None:
    body = CASES["several-persons"].body.replace(b"<f:Dzimums>V", b"<f:Dzimums>X")
    found = await _read(answering(200, body), *map(PersonCode, CASES["several-persons"].ask))
    broken = [key.digits for key, value in found.items() if isinstance(value, RegisterError)]
    assert broken == ["39990000055"]
    assert len(found) == 4


def _fault(code: str, text: str, detail: str = "") -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail>"
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()


def _known(code: str) -> str:
    return (
        '<f:Kluda xmlns:f="http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0">'
        f"<f:Kods>{code}</f:Kods><f:Zinojums>{CANARY}</f:Zinojums></f:Kluda>"
    )


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_fault("s:Server", CANARY), Unavailable),
        (_fault("s:Client", CANARY), Rejected),
        (_fault("s:Server.AccessDenied", CANARY), Unavailable),
        (_fault(CANARY, CANARY), Malformed),
        (_fault("s:Server", CANARY, _known("NAV_TIESIBU")), Rejected),
        (_fault("s:Client", CANARY, _known("ISLAICIGI_NEPIEEJAMS")), Unavailable),
        (_fault("s:Client", CANARY, _known(CANARY)), Rejected),
        (
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault/></s:Body></s:Envelope>',
            Malformed,
        ),
    ],
)
async def test_a_fault_is_an_error_with_either_status(status: int, body: bytes, kind: type[RegisterError]) -> None:
    assert type(await _error(answering(status, body))) is kind


@pytest.mark.parametrize(
    ("code", "ours"), [("NAV_TIESIBU", True), ("ATTEIKTS", False), ("NEDERIGS_PIEPRASIJUMS", False)]
)
async def test_that_we_have_no_right_is_said_of_us_and_not_of_what_we_bring(code: str, ours: bool) -> None:
    """Contracts of all registers have these codes: a claim waits until the right is given, and is not refused for good."""
    error = await _error(answering(500, _fault("s:Client", CANARY, _known(code))))
    assert isinstance(error, Rejected)
    assert (error.ours, error.what) == (ours, f"fault {code}")


@pytest.mark.parametrize(
    "header",
    [
        b"<xro:id>{{message-id}}</xro:id>",
        b"<id:memberCode>90000028508</id:memberCode><id:subsystemCode>CSC",
        b"<id:serviceCode>PersonasDati",
    ],
)
async def test_an_answer_to_another_request_is_malformed(header: bytes) -> None:
    body = CASES["one-person"].body
    assert header in body
    changed = header.replace(b"{{message-id}}", b"another").replace(b"CSC", b"XXX").replace(b"PersonasDati", b"Other")
    assert isinstance(await _error(answering(200, body.replace(header, changed))), Malformed)


async def test_the_headers_say_who_asks_for_whom_and_why() -> None:
    wire = answering(200, CASES["nobody-of-several"].body)
    context = replace(a_context(), represented_party=RegistrationNumber("40008000102"), user="</a>&{env.HOME}")
    register = discover().connect(
        "natural_persons",
        Connection("http://127.0.0.1:9/x", xroad=XRoad(Member.parse("LV/GOV/1"), Member.parse("LV/GOV/2/FPR"), None)),
        wire,
        a_clock(),
    )
    await register.read(NaturalPerson, [PersonCode("39100000198"), PersonCode("39100000199")], context)
    [request] = wire.requests
    header = parse_xml(request.body or b"")[0]
    said = {etree.QName(node).localname: node for node in header}
    assert said["userId"].text == "</a>&{env.HOME}"
    assert said["issue"].text == "demo-1"
    assert said["protocolVersion"].text == "4.0"
    assert said["client"].get(f"{IDS}objectType") == "MEMBER"
    assert [node.text for node in said["client"]] == ["LV", "GOV", "1"]
    assert [node.text for node in said["service"]] == ["LV", "GOV", "2", "FPR", "PersonuDati"]
    assert [node.text for node in said["representedParty"]] == ["COM", "40008000102"]
    assert context.user not in request.url
    assert context.user not in repr(request)


async def test_a_text_that_xml_cannot_carry_is_rejected_and_never_sent() -> None:
    wire = answering(200, b"")
    found = await _read(wire, ANNA, context=replace(a_context(), user="a\x00b"))
    assert isinstance(found[ANNA], Rejected)
    assert wire.requests == []


@pytest.mark.parametrize("name", ["Dzimums", "Statuss", "GimenesStavoklis"])
def test_an_unknown_code_is_an_error_and_never_a_default(name: str) -> None:
    wire = {
        "PersonasKods": "39100000011",
        "AtrastsPec": "39100000011",
        "Ierobezots": False,
        "Dzimums": "S",
        "Statuss": "AKT",
        "GimenesStavoklis": "PRE",
    }
    assert to_natural_person(wire).person_code == ANNA
    with pytest.raises(KeyError):
        to_natural_person({**wire, name: "ZZZ"})
