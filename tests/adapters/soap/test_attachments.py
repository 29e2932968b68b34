"""Answers of several parts: what belongs into the envelope, what stands beside it, and what is refused."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.errors import Malformed, Rejected, Unavailable
from adapters.kit.soap.attachments import Attachment, Attachments
from adapters.kit.soap.media_type import media_type
from adapters.kit.soap.multipart import MAX_PARTS, Part, read_parts
from adapters.kit.soap.parts import SoapVersion
from adapters.kit.soap.service import Answered, SoapService
from adapters.kit.soap.wsdl import load_contract
from tests.adapters.soap.speaking import NS, Replying, answered, called, envelope, fails, fault, replying, spoken
from tests.machine import requires_folder

CONTRACTS = Path(__file__).parents[4] / "shared" / "contracts" / "wsdl"
INCLUDE = '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="%s"/>'
PDF = bytes(range(256)) + b"\r\n--edge\r\n\r\n--edgeless"
RELATED = 'multipart/related; boundary="edge"; type="text/xml"'
OPTIMIZED = 'multipart/related; boundary="edge"; type="application/xop+xml"; start="<root>"; start-info="text/xml"'


def part(content: bytes, **headers: str) -> bytes:
    """One part; names of headers with underscores."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return head.encode() + b"\r\n" + content


def message(*parts: bytes, edge: bytes = b"edge") -> bytes:
    """A whole message."""
    return b"".join(b"--%b\r\n%b\r\n" % (edge, each) for each in parts) + b"--%b--\r\n" % edge


def root(inside: str, version: SoapVersion = "1.1", content_type: str = "application/xop+xml; charset=UTF-8") -> bytes:
    """The envelope as a part."""
    body = f'<Answer xmlns="{NS}"><Code>1</Code>{inside}</Answer>'
    return part(envelope(body, version=version), Content_Type=content_type, Content_ID="<root>")


def document(reference: str = "cid:a@b") -> str:
    """The element that refers to a part."""
    return f"<Document>{INCLUDE % reference}</Document>"


# ------------------------------------------------------------ MTOM


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("encoding", ["binary", "8bit", "base64"])
async def test_a_part_stands_in_the_element_that_includes_it(version: SoapVersion, encoding: str) -> None:
    content = base64.encodebytes(b"\0\xff edge").replace(b"\n", b"\r\n") if encoding == "base64" else b"\0\xff edge"
    pdf = part(content, Content_ID="<a@b>", Content_Type="application/pdf", Content_Transfer_Encoding=encoding)
    wire = replying(message(root(document(), version), pdf), content_type=OPTIMIZED)
    operation = spoken(version, mtom=True)
    found = await answered(wire, operation)
    assert found.value == {"Code": "1", "Document": b"\0\xff edge"}
    assert not found.attachments
    assert await called(wire, operation) == found.value


async def test_binary_content_may_hold_whatever_looks_like_a_boundary_but_is_none() -> None:
    content = b"x--edge--" + b"\r\n--edgeless\r\n" + b"\n--edge\n" + b"x--edge\r\n" + b"\r\n--edge-\r\n\r\n"
    wire = replying(message(root(document()), part(content, Content_ID="<a@b>")), content_type=OPTIMIZED)
    assert (await answered(wire)).value["Document"] == content


@pytest.mark.parametrize(
    ("content_id", "reference"),
    [
        ("<a@b>", "cid:a@b"),
        ("<a@b>", "cid:a%40b"),
        ("<a@b>", " CID:a@b "),
        ("<a%40b>", "cid:a%40b"),
        ("<a b/ā>", "cid:a%20b/%C4%81"),
        ("a@b", "cid:a@b"),
    ],
)
async def test_a_reference_is_an_id_as_an_address_has_it(content_id: str, reference: str) -> None:
    other = part(b"x", Content_ID=content_id.encode().decode("latin-1"))
    wire = replying(message(root(document(reference)), other), content_type=OPTIMIZED)
    if "ā" in content_id:
        assert type(await fails(wire)) is Malformed, "a head is ASCII"
    else:
        assert (await answered(wire)).value["Document"] == b"x"


@pytest.mark.parametrize(
    "inside",
    [
        document("cid:nobody"),
        document("a@b"),
        document("http://127.0.0.1:9/a@b"),
        document("file:///etc/hostname"),
        document(""),
        f"<Document>AAAA{INCLUDE % 'cid:a@b'}</Document>",
        f"<Document>{INCLUDE % 'cid:a@b'}AAAA</Document>",
        f"<Document>{INCLUDE % 'cid:a@b'}{INCLUDE % 'cid:a@b'}</Document>",
        f"<Document>{INCLUDE % 'cid:a@b'}</Document><File>{INCLUDE % 'cid:a@b'}</File>",
        INCLUDE % "cid:a@b",
        f"<Document>{(INCLUDE % 'cid:a@b').replace('/>', '><x/></i:Include>')}</Document>",
    ],
)
async def test_a_reference_to_no_part_or_in_no_place_is_malformed(inside: str) -> None:
    wire = replying(message(root(inside), part(b"x", Content_ID="<a@b>")), content_type=OPTIMIZED)
    assert type(await fails(wire)) is Malformed


async def test_a_part_that_is_no_base64_of_its_element_cannot_be_made_longer_by_including_it_often() -> None:
    many = f"<Document>{INCLUDE % 'cid:a@b'}</Document>" * 1000
    wire = replying(message(root(many), part(b"x" * 10_000, Content_ID="<a@b>")), content_type=OPTIMIZED)
    assert (await fails(wire)).what == "the parts of the answer do not belong together"


async def test_an_optimized_answer_may_hold_everything_inline() -> None:
    for content_type, content in (
        ("text/xml", envelope(f'<Answer xmlns="{NS}"><Code>1</Code><Document>AAE=</Document></Answer>')),
        (OPTIMIZED, message(root("<Document>AAE=</Document>"))),
    ):
        wire = replying(content, content_type=content_type)
        assert (await answered(wire, spoken(mtom=True))).value["Document"] == b"\0\1"


async def test_outside_an_optimized_message_nothing_is_included() -> None:
    plain = root(document(), content_type="text/xml")
    wire = replying(message(plain, part(b"x", Content_ID="<a@b>")), content_type=RELATED)
    assert type(await fails(wire)) is Malformed


# ------------------------------------------------------------ attachments


async def test_attachments_stand_beside_the_value_that_refers_to_them() -> None:
    files = "<File>cid:one%40here</File>"
    wire = replying(
        message(
            root(files, content_type="text/xml"),
            part(PDF.replace(b"--edge\r\n", b""), Content_ID="<one@here>", Content_Type="application/pdf"),
            part("ā".encode("cp1257"), Content_ID="<two@here>", Content_Type='text/plain; charset="windows-1257"'),
        ),
        content_type=RELATED,
    )
    found = await answered(wire)
    assert found.value == {"Code": "1", "File": "cid:one%40here"}
    assert list(found.attachments) == ["one@here", "two@here"]
    assert found.attachments.referred(found.value["File"]).content_type == "application/pdf"
    two = found.attachments["two@here"]
    assert (two.content.decode(two.charset or ""), two.content_type) == ("ā", "text/plain")
    assert "here" not in repr(found)
    assert "xe2" not in repr(two)
    assert await called(wire) == found.value
    for wrong in ("cid:nobody", "one@here", "http://one@here", ""):
        with pytest.raises(KeyError):
            found.attachments.referred(wrong)


def test_attachments_are_found_by_the_contracts_name_or_in_its_place() -> None:
    def parts(*ids: str | None) -> list[Part]:
        return [Part(each, media_type("text/xml"), str(number).encode()) for number, each in enumerate(ids)]

    named = Attachments(parts("other=1@x", "wsdl=2@x", None), ("wsdl",))
    assert named.named("wsdl") == Attachment("text/xml", b"1")
    assert Attachments(parts("wsdl%3D2@x"), ()).named("wsdl").content == b"0"
    in_place = Attachments(parts(None, "x@y"), ("wsdl", "log"))
    assert (in_place.named("wsdl").content, in_place.named("log").content) == (b"0", b"1")
    assert list(in_place) == ["1", "x@y"]
    for several, name in (
        (in_place, "other"),
        (Attachments(parts(None, None), ("wsdl",)), "wsdl"),
        (Attachments(), "a"),
    ):
        with pytest.raises(KeyError):
            several.named(name)
    with pytest.raises(ValueError, match="two attachments"):
        Attachments(parts("2", None))


async def test_a_fault_in_several_parts_is_a_fault() -> None:
    content = message(part(fault("s:Client"), Content_Type="text/xml"), part(b"x"))
    for status in (200, 500):
        assert type(await fails(replying(content, status, RELATED))) is Rejected


async def test_a_broken_message_with_a_status_of_failure_stays_a_failure() -> None:
    assert type(await fails(replying(b"--edge\r\n", 500, RELATED))) is Unavailable


# ------------------------------------------------------------ the form of a message

ONE = part(envelope(), Content_Type="text/xml")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (message(ONE), RELATED),
        (b"preamble\r\n" + message(ONE) + b"epilogue", RELATED),
        (message(ONE)[:-2], RELATED),
        (message(ONE).replace(b"--edge\r\n", b"--edge \t\r\n"), RELATED),
        (message(part(envelope())), RELATED),
        (message(ONE, edge=b"e d=1?"), 'multipart/related; boundary="e d=1?"'),
        (message(ONE, edge=b"x" * 70), f"Multipart/Related; Boundary={'x' * 70}"),
        (message(part(b"x", Content_ID="<a>"), part(envelope(), Content_ID="<r>")), RELATED + '; start="<r>"'),
        (message(part(b"x", Content_ID="<a>"), part(envelope(), Content_ID="<r>")), RELATED + "; start=r"),
        (message(part(envelope(), Content_Type="text/xml;\r\n charset=utf-8")), RELATED),
        (message(part(envelope(), Content_Transfer_Encoding="QUOTED-PRINTABLE").replace(b"=", b"=3D")), RELATED),
        (message(part(base64.b64encode(envelope()), Content_Transfer_Encoding="base64")), RELATED),
        (message(ONE, b"Content-Type: text/plain\r\n", part(b"")), RELATED),
    ],
)
async def test_a_message_in_any_form_that_is_allowed_is_read(content: bytes, content_type: str) -> None:
    assert (await answered(replying(content, content_type=content_type))).value == {"Code": "1"}


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", RELATED),
        (b"--edge--\r\n", RELATED),
        (message(ONE)[:-10], RELATED),
        (message(ONE).replace(b"--edge--", b"--edge"), RELATED),
        (message(ONE).replace(b"\r\n", b"\n"), RELATED),
        (message(ONE, edge=b"other"), RELATED),
        (message(ONE), "multipart/related"),
        (message(ONE), 'multipart/related; boundary=""'),
        (message(ONE, edge=b"edge "), 'multipart/related; boundary="edge "'),
        (message(ONE, edge=b"x" * 71), f"multipart/related; boundary={'x' * 71}"),
        (message(ONE), 'multipart/related; boundary="edge"; boundary="other"'),
        (message(ONE), 'multipart/mixed; boundary="edge"'),
        (message(ONE), 'multipart/form-data; boundary="edge"'),
        (message(ONE), RELATED + '; start="<nobody>"'),
        (message(ONE), RELATED + '; start=""'),
        (message(part(envelope(), Content_ID="<a>"), part(b"", Content_ID="a")), RELATED),
        (message(ONE, part(b"", Content_ID="<>")), RELATED),
        (message(ONE, part(b"", Content_ID="<a>") + b"", b"Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n"), RELATED),
        (message(ONE, b"no head\r\n\r\n"), RELATED),
        (message(ONE, b"no head at all"), RELATED),
        (message(ONE, part(b"", X=("y" * 20_000))), RELATED),
        (message(ONE, part(b"", Content_Type="nothing")), RELATED),
        (message(ONE, part(b"A===", Content_Transfer_Encoding="base64")), RELATED),
        (message(ONE, part(b"AA!A", Content_Transfer_Encoding="base64")), RELATED),
        (message(ONE, part(b"=ZZ", Content_Transfer_Encoding="quoted-printable")), RELATED),
        (message(ONE, part(b"\xff", Content_Transfer_Encoding="quoted-printable")), RELATED),
        (message(ONE, part(b"", Content_Transfer_Encoding="x-uuencode")), RELATED),
        (message(ONE, *[part(b"")] * MAX_PARTS), RELATED),
        (message(part(envelope(), Content_Type="text/xml; charset=utf-7")), RELATED),
        (message(part(message(ONE), Content_Type=RELATED)), RELATED),
    ],
)
async def test_a_message_in_any_other_form_is_malformed(content: bytes, content_type: str) -> None:
    assert type(await fails(replying(content, content_type=content_type))) is Malformed


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=60).map(lambda some: some.replace(b"e", b"--edge")), min_size=1, max_size=5),
    st.sampled_from(["binary", "base64", "quoted-printable"]),
)
def test_whatever_parts_hold_comes_back_where_the_boundary_is_not_in_them(
    contents: Sequence[bytes], encoding: str
) -> None:
    def encoded(content: bytes) -> bytes:
        if encoding == "base64":
            return binascii.b2a_base64(content, newline=False)
        return binascii.b2a_qp(content, istext=False) if encoding == "quoted-printable" else content

    # A boundary that is in none of them, as a writer has to choose it.
    edge = next(f"edge{number}" for number in range(1000) if all(f"edge{number}".encode() not in c for c in contents))
    whole = message(*(part(encoded(each), Content_Transfer_Encoding=encoding) for each in contents), edge=edge.encode())
    first, others = read_parts(media_type(f"multipart/related; boundary={edge}"), whole)
    assert [first.content, *(each.content for each in others)] == list(contents)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=60))
def test_whatever_comes_is_read_or_a_value_error(content: bytes, text: str) -> None:
    for whole in (content, b"--e\r\n" + content + b"\r\n--e--", message(ONE) + content):
        for content_type in (text, "multipart/related; boundary=e", f"multipart/related; boundary={quote(text)}"):
            try:
                read_parts(media_type(content_type), whole)
            except ValueError:
                continue


# ------------------------------------------------------------ contracts of registers

MEMBER = {
    "@{http://x-road.eu/xsd/identifiers}objectType": "MEMBER",
    "xRoadInstance": "LV",
    "memberClass": "GOV",
    "memberCode": "1",
}


async def _asked(name: str, file: str, operation: str, body: Any, wire: Replying, **headers: Any) -> Answered:
    contract = load_contract(requires_folder(CONTRACTS / name) / file)
    asked = SoapService("here", contract, Connection("http://127.0.0.1:9/x"), wire, xroad=None)
    return await asked.answered(operation, body, a_context(), headers=headers)


async def test_a_service_on_x_road_that_answers_with_mtom_is_read() -> None:
    body = (
        '<g:generateMtomResponse xmlns:g="http://test.niis.com/test/messagegen"><g:attachment>'
        f"{INCLUDE % 'cid:a@b'}</g:attachment></g:generateMtomResponse>"
    )
    pdf = part(b"\0\1", Content_ID="<a@b>")
    content = message(part(envelope(body), Content_ID="<root>", Content_Type="application/xop+xml"), pdf)
    wire = replying(content, content_type=OPTIMIZED)
    service = {**MEMBER, "@{http://x-road.eu/xsd/identifiers}objectType": "SERVICE", "serviceCode": "generateMtom"}
    found = await _asked(
        "fi-xrd4j-mtomservice",
        "mtomservice.wsdl",
        "generateMtom",
        {"payloadSize": 1, "attachmentSize": 2},
        wire,
        client=MEMBER,
        service=service,
        userId="officer-1",
    )
    assert found.value == {"attachment": b"\0\1"}
    assert (wire.requests[0].body or b"").count(b"memberCode>1<") == 2


async def test_the_description_of_a_service_on_x_road_comes_as_the_attachment_that_the_contract_names() -> None:
    body = (
        '<x:getWsdlResponse xmlns:x="http://x-road.eu/xsd/xroad.xsd"><x:serviceCode>a</x:serviceCode>'
        "<x:serviceVersion>v1</x:serviceVersion></x:getWsdlResponse>"
    )
    wire = replying(message(part(envelope(body)), part(b"<definitions/>")), content_type=RELATED)
    asked = {"serviceCode": "a", "serviceVersion": "v1"}
    found = await _asked("fi-xroad-metaservices", "metaservices.wsdl", "getWsdl", asked, wire)
    assert found.value == asked
    assert found.attachments.named("wsdl").content == b"<definitions/>"


async def test_references_to_files_go_out_as_they_are_and_nothing_has_to_come_back() -> None:
    wire = replying(envelope(""))
    asked = {"Files": ["cid:one@here", "cid:two@here"]}
    found = await _asked("ee-rik-swaref", "with_swa_ref_element.wsdl", "pytestAction", asked, wire)
    assert found.value is None
    assert (wire.requests[0].body or b"").count(b">cid:") == 2


async def test_a_register_of_the_other_version_answers_in_several_parts() -> None:
    body = '<n:retreiveForsendelseTyperResponse xmlns:n="http://www.ks.no/svarut/servicesV9"/>'
    head = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'
    content = message(part(envelope(body, version="1.2"), Content_ID="<root>", Content_Type=head))
    wire = replying(content, content_type=OPTIMIZED)
    found = await _asked("no-ks-svarut", "svarUt.wsdl", "retreiveForsendelseTyper", {}, wire)
    assert not found.attachments
    assert wire.requests[0].headers["Content-Type"].startswith("application/soap+xml")
