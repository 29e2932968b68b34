"""X-Road: what goes out, what has to come back unchanged, and what its own errors mean."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from adapters.kit.contract_test import CANARY, a_context
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.soap.parts import Spoken
from adapters.kit.wire import WireReply, WireRequest
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import XROAD, Member, RestHeaders, SecurityServer, XRoad
from adapters.kit.xroad_errors import error_of_code
from schema.terms import RegistrationNumber
from tests.adapters.soap.speaking import BODY, Replying, answered, called, envelope, fails, fault, replying, service
from tests.adapters.soap.speaking import spoken as _spoken

XROAD_OF = XRoad(
    Member("LV", "GOV", "90000028508", "CSC"),
    Member("LV", "GOV", "90000054163"),
    None,
    service_code="persons",
    security_server=SecurityServer("LV", "GOV", "90000054163", "ss1"),
)
ALGORITHMS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
}
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"


def spoken() -> Spoken:
    """The operation without headers of its own."""
    return _spoken(headers_in=(), headers_out=())


def echoing(change: Callable[[str], str] = lambda headers: headers, algorithm: str | None = SHA512) -> Replying:
    """A register behind security servers: headers come back as they were, with the digest of the request."""

    def reply(request: WireRequest) -> WireReply:
        sent = request.body or b""
        match = re.search(rb"<soap:Header>(.*)</soap:Header>", sent)
        headers = match[1].decode() if match else ""
        if algorithm is not None:
            digest = base64.b64encode(ALGORITHMS.get(algorithm, hashlib.md5)(sent).digest()).decode()
            headers += f'<x:requestHash xmlns:x="{XROAD}" algorithmId="{algorithm}">{digest}</x:requestHash>'
        return WireReply(200, {}, envelope(headers=change(headers)))

    return Replying(reply)


# ------------------------------------------------------------ SOAP


async def test_every_part_of_an_identifier_is_written_for_members_subsystems_services_and_servers() -> None:
    wire = echoing()
    party = msgspec.structs.replace(a_context(), represented_party=RegistrationNumber("40008000102"))
    assert await service(wire, spoken(), xroad=XROAD_OF).call("Ask", BODY, party) == {"Code": "1"}
    header = parse_xml(wire.requests[0].body or b"")[0]
    said = {
        node.tag.rpartition("}")[2]: (
            [value for name, value in node.attrib.items() if name.endswith("objectType")],
            [f"{part.tag.rpartition('}')[2]}={part.text}" for part in node] or node.text,
        )
        for node in header
    }
    member = ["xRoadInstance=LV", "memberClass=GOV"]
    [message_id] = [node.text for node in header if node.tag == f"{{{XROAD}}}id"]
    assert list(said.items()) == [
        ("client", (["SUBSYSTEM"], [*member, "memberCode=90000028508", "subsystemCode=CSC"])),
        ("service", (["SERVICE"], [*member, "memberCode=90000054163", "serviceCode=Ask"])),
        ("securityServer", (["SERVER"], [*member, "memberCode=90000054163", "serverCode=ss1"])),
        ("userId", ([], "officer-1")),
        ("id", ([], message_id)),
        ("issue", ([], "demo-1")),
        ("protocolVersion", ([], "4.0")),
        ("representedParty", ([], ["partyClass=COM", "partyCode=40008000102"])),
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_an_answer_with_our_headers_and_the_digest_of_our_request_is_ours_each_time(algorithm: str) -> None:
    wire = echoing(algorithm=algorithm)
    asked = service(wire, spoken(), xroad=XROAD_OF)
    for _ in range(3):
        assert await asked.call("Ask", BODY, a_context()) == {"Code": "1"}
        assert (await asked.answered("Ask", BODY, a_context())).value == {"Code": "1"}


@pytest.mark.parametrize(
    ("header", "old", "new"),
    [
        ("id", r"(<xro:id [^>]*>)[^<]*", r"\g<1>another"),
        ("client", "CSC", "CSD"),
        ("client", "<iden:subsystemCode>CSC</iden:subsystemCode>", ""),
        ("service", "<iden:serviceCode>Ask", "<iden:serviceCode>Tell"),
        ("service", "(<iden:serviceCode>Ask</iden:serviceCode>)", r"\1<iden:serviceVersion>v1</iden:serviceVersion>"),
        ("securityServer", "ss1", "ss2"),
        ("protocolVersion", "4.0<", "3.1<"),
        ("requestHash", r"(algorithmId[^>]*>)....", r"\1AAAA"),
        ("requestHash", r"(algorithmId[^>]*>)[^<]*", r"\1"),
        ("requestHash", "xmlenc#sha512", "xmlenc#sha256"),
        ("requestHash", "xmlenc#sha512", "unheard-of"),
        ("requestHash", ' algorithmId="[^"]*"', ""),
    ],
)
async def test_an_answer_to_another_request_is_malformed(header: str, old: str, new: str) -> None:
    def change(headers: str) -> str:
        changed = re.sub(old, new, headers, count=1)
        assert changed != headers
        return changed

    error = await fails(echoing(change), spoken(), xroad=XROAD_OF)
    assert type(error) is Malformed
    assert str(error) == f"spoken: header {header} answers another request"


async def test_a_digest_of_another_request_is_found_also_after_answers_of_the_same_form() -> None:
    wire = echoing()
    asked = service(wire, spoken(), xroad=XROAD_OF)
    for _ in range(2):
        await asked.call("Ask", BODY, a_context())
    honest = wire.reply

    def swapped(request: WireRequest) -> WireReply:
        """The digest of the request before, everything else of this one."""
        ours, theirs = honest(request), honest(wire.requests[0])
        digests = [re.search(rb'sha512">([^<]*)<', each.body) for each in (ours, theirs)]
        assert digests[0]
        assert digests[1]
        assert digests[0][1] != digests[1][1]
        return WireReply(200, {}, ours.body.replace(digests[0][1], digests[1][1]))

    wire.reply = swapped
    with pytest.raises(Malformed, match="requestHash answers another request"):
        await asked.call("Ask", BODY, a_context())


async def test_an_algorithm_that_proves_nothing_is_no_proof() -> None:
    error = await fails(echoing(algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"), spoken(), xroad=XROAD_OF)
    assert str(error) == "spoken: header requestHash answers another request"


async def test_an_answer_without_the_headers_is_read() -> None:
    for wire in (replying(envelope()), echoing(algorithm=None)):
        assert await called(wire, spoken(), xroad=XROAD_OF) == {"Code": "1"}
        assert (await answered(wire, spoken(), xroad=XROAD_OF)).value == {"Code": "1"}


async def test_headers_of_x_road_are_understood_where_it_is_spoken() -> None:
    must = '<x:issue xmlns:x="%s" s:mustUnderstand="1">demo-1</x:issue>' % XROAD
    assert await called(replying(envelope(headers=must)), spoken(), xroad=XROAD_OF) == {"Code": "1"}
    assert type(await fails(replying(envelope(headers=must)), spoken())) is Malformed


# ------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("Server.ServerProxy.AccessDenied", Rejected, "X-Road: Server.ServerProxy.AccessDenied"),
        ("Server.ServerProxy.UnknownService", Rejected, "X-Road: Server.ServerProxy.UnknownService"),
        ("Server.ClientProxy.UnknownMember", Rejected, "X-Road: Server.ClientProxy.UnknownMember"),
        ("Server.ClientProxy.SslAuthenticationFailed", Rejected, "X-Road: Server.ClientProxy.SslAuthenticationFailed"),
        ("Server.ServerProxy.ServiceDisabled", Unavailable, "X-Road: Server.ServerProxy.ServiceDisabled"),
        ("Server.ServerProxy.ServiceFailed", Unavailable, "X-Road: Server.ServerProxy.ServiceFailed"),
        (
            "Server.ServerProxy.ServiceFailed.HttpError",
            Unavailable,
            "X-Road: Server.ServerProxy.ServiceFailed.HttpError",
        ),
        (
            "Server.ServerProxy.ServiceFailed.MissingHeaderField",
            Malformed,
            "X-Road: Server.ServerProxy.ServiceFailed.MissingHeaderField",
        ),
        ("Server.ClientProxy.NetworkError", Unavailable, "X-Road: Server.ClientProxy.NetworkError"),
        ("Server.ClientProxy.OutdatedGlobalConf", Unavailable, "X-Road: Server.ClientProxy.OutdatedGlobalConf"),
        ("Server.ServerProxy.LoggingFailed", Unavailable, "X-Road: Server.ServerProxy.LoggingFailed"),
        ("Server.ClientProxy.InvalidSignatureValue", Malformed, "X-Road: Server.ClientProxy.InvalidSignatureValue"),
        (f"Server.ServerProxy.{CANARY}", Unavailable, "X-Road: Server.ServerProxy"),
        (f"Server.ServerProxy.ServiceFailed.{CANARY}", Unavailable, "X-Road: Server.ServerProxy.ServiceFailed"),
        ("Client.InvalidSoap", Rejected, "X-Road: Client.InvalidSoap"),
        ("Client", Rejected, "fault Client"),
        ("Server", Unavailable, "fault Server"),
    ],
)
async def test_an_error_of_x_road_is_named_by_what_happens_next(
    code: str, kind: type[RegisterError], said: str
) -> None:
    detail = '<x:faultDetail xmlns:x="http://x-road.eu/xsd/xroad.xsd">0b9a</x:faultDetail>'
    error = await fails(replying(fault(code, CANARY, detail), 500), spoken(), xroad=XROAD_OF)
    assert (type(error), error.what) == (kind, said)


def test_a_code_that_is_not_of_x_road_is_left_to_others() -> None:
    for code in ("", "Server", "Client", "Client.Authentication", "Server.Timeout", "Server.ServerProxyX.AccessDenied"):
        assert error_of_code("spoken", code) is None


async def test_without_x_road_its_words_mean_no_more_than_those_of_soap() -> None:
    error = await fails(replying(fault("Server.ServerProxy.AccessDenied"), 500), spoken())
    assert error.what == "fault Server"


# ------------------------------------------------------------ REST


def test_who_asks_stands_in_the_headers_part_by_part_escaped() -> None:
    odd = replace(XROAD_OF, client=Member("LV", "GOV", "9/0", "Mājas lapa"))
    headers = RestHeaders(odd).write("m1", a_context())
    assert headers == {
        "X-Road-Client": "LV/GOV/9%2F0/M%C4%81jas%20lapa",
        "X-Road-Security-Server": "LV/GOV/90000054163/ss1",
        "X-Road-Id": "m1",
        "X-Road-UserId": "officer-1",
        "X-Road-Issue": "demo-1",
    }
    RestHeaders(odd).check("here", "m1", {"x-road-client": headers["X-Road-Client"]})


DIGEST = base64.b64encode(bytes(64)).decode()


@pytest.mark.parametrize(
    "answered",
    [
        {},
        {"x-road-id": "m1", "x-road-client": "LV/GOV/90000028508/CSC", "x-road-service": "LV/GOV/90000054163/persons"},
        {"x-road-id": " m1 ", "x-road-request-hash": DIGEST, "x-road-request-id": "r"},
    ],
)
def test_a_rest_answer_to_our_request_is_ours(answered: dict[str, str]) -> None:
    RestHeaders(XROAD_OF).check("here", "m1", answered)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-road-id", "m2"),
        ("x-road-id", ""),
        ("x-road-client", "LV/GOV/90000028508"),
        ("x-road-client", "LV/GOV/90000028508/CSD"),
        ("x-road-service", "LV/GOV/90000054163/others"),
        ("x-road-service", "LV/GOV/90000054164/persons"),
        ("x-road-request-hash", "4c519cf0"),
        ("x-road-request-hash", base64.b64encode(bytes(32)).decode()),
    ],
)
def test_a_rest_answer_to_another_request_is_malformed(name: str, value: str) -> None:
    with pytest.raises(Malformed) as caught:
        RestHeaders(XROAD_OF).check("here", "m1", {name: value})
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Server.ServerProxy.AccessDenied", Rejected),
        ("Server.ServerProxy.NetworkError", Unavailable),
        ("Client.BadRequest", Rejected),
        (CANARY, Malformed),
    ],
)
def test_an_error_header_of_x_road_is_an_error_whatever_the_status(code: str, kind: type[RegisterError]) -> None:
    with pytest.raises(kind) as caught:
        RestHeaders(XROAD_OF).check("here", "m1", {"x-road-error": code, "x-road-id": "another"})
    assert type(caught.value) is kind
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("text", ["LV/GOV/1", "LV/GOV/1/2/3", "LV//1/2", ""])
def test_a_security_server_has_four_parts(text: str) -> None:
    with pytest.raises(ValueError, match="security server"):
        SecurityServer.parse(text)
    assert SecurityServer.parse("LV/GOV/1/ss").parts == ("LV", "GOV", "1", "ss")
