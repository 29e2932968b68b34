"""The quick readers and writers against the strict ones: the same value, or nothing at all."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from adapters.kit.contract_test import Case, a_context, cases_of
from adapters.kit.damage import damaged
from adapters.kit.errors import Malformed, RegisterError
from adapters.kit.openapi.document import RestOperation, load_openapi, read_json
from adapters.kit.openapi.plain_json import NOT_PLAIN, read_plain
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import Fault, unwrap, wrap
from adapters.kit.soap.wsdl import Operation, load_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import SoapHeaders, XRoad, soap_headers
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.plain_reader import PlainReader
from adapters.kit.xsd.template import Template
from adapters.kit.xsd.types import Broken
from schema.terms import RegistrationNumber
from tests.adapters.codec_cost import addresses, people
from tests.adapters.test_codec import ANSWER, CONTRACTS, HOSTILE, NS, items, texts

ADAPTERS = Path(__file__).parents[2] / "adapters"
WSDLS = {"natural_persons": "fpr.wsdl", "vies": "checkVatService.wsdl"}
SOAP_CASES = [(name, case) for name in WSDLS for case in cases_of(ADAPTERS / "registers" / name)]
REST = {
    "addresses": ADAPTERS / "registers" / "addresses",
    "revenue": ADAPTERS / "registers" / "revenue",
    "social_assistance": ADAPTERS / "municipal" / "social_assistance",
}
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CONTEXT = a_context()
MESSAGE_ID = "0" * 32


def _operation(name: str, content: bytes) -> Operation:
    root = unwrap(content).body
    assert not isinstance(root, Fault)
    contract = load_contract(ADAPTERS / "registers" / name / "contract" / WSDLS[name])
    return next(each for each in contract.operations.values() if each.response.tag == root.tag)


def _codec(name: str, content: bytes) -> SoapCodec:
    xroad = XRoad.development(name) if name == "natural_persons" else None
    return SoapCodec(name, _operation(name, content), xroad)


def _strictly(codec: SoapCodec, content: bytes) -> Any:
    """The value by the tree, or what is wrong with it."""
    try:
        answer = unwrap(content)
        if isinstance(answer.body, Fault):
            return "a fault"
        codec.check_echo(MESSAGE_ID, answer.headers)
        return decode(codec.operation.response, answer.body)
    except (ValueError, RegisterError) as error:
        return str(error)


def _plainly(codec: SoapCodec, content: bytes) -> Any:
    try:
        return codec.read_plain(content, MESSAGE_ID, CONTEXT)
    except Malformed as error:
        return str(error)


# ------------------------------------------------------------ SOAP, from the wire


@pytest.mark.parametrize(("name", "case"), SOAP_CASES, ids=[f"{name}-{case.name}" for name, case in SOAP_CASES])
def test_a_recorded_answer_and_every_damaged_one_is_read_as_by_the_tree_or_not_at_all(name: str, case: Case) -> None:
    body = case.body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    codec = _codec(name, body)
    told = 0
    for content in (body, body, *damaged(body), *_written_otherwise(body)):
        found = _plainly(codec, content)
        if found is not None:
            assert found == _strictly(codec, content)
            told += 1
    assert told > 1 or "nobody" in case.name, "the recorded answers are the usual ones"


def _written_otherwise(body: bytes) -> Iterator[bytes]:
    yield body.replace(b"\n", b"\r\n")
    yield body.replace(b"\n", b"")
    yield body.replace(b">false<", b"> false <")
    yield body.replace(b">Anna<", b">Anna &amp; Anna<").replace(b"SIA", b"<![CDATA[SIA]]>")
    yield body.replace(b">Anna<", b"><!-- no -->Anna<")
    yield body.replace(b">Anna<", b">Anna]]><")
    yield body.replace(b">Anna<", b">An\x01na<")
    yield body.replace(b">Anna<", b">An\xff\xfena<")
    yield body.replace(b">Anna<", b">An\xef\xbf\xbfna<")
    yield body.replace(b"UTF-8", b"ISO-8859-1")
    yield body.replace(b"<soap:Body>", b"<soap:Body><!-- <f:PersonasDatiAtbilde> -->")
    yield body.replace(b"</soap:Envelope>", b"</soap:Envelope><x/>")
    yield body.replace(b"<soap:Header>", b"<soap:Header></soap:Header><soap:Header>")
    yield body.replace(b"</soap:Header>", b"</soap:Header><x/>")
    for part in (b"xmlns:f", b"xmlns:soap", b"xmlns:xro", b"xmlns:xsi"):
        yield body.replace(part, part + b"x")
    yield body.replace(b"<f:Persona>", b'<f:Persona xmlns:f="urn:other">')
    yield body + b" " + body
    for cut in range(1, len(body), 97):
        yield body[:cut]


def test_the_usual_answers_are_read_without_a_tree() -> None:
    for count in (1, 100):
        _, body = people(count)
        content = body.replace(b"{{message-id}}", MESSAGE_ID.encode())
        codec = _codec("natural_persons", content)
        found = codec.read_plain(content, MESSAGE_ID, CONTEXT)
        assert found is not None
        assert found == _strictly(codec, content)


@pytest.mark.parametrize("spelled", [" {} ", "\n  {}", "&#%d;{}" % ord("m")], ids=["blanks", "a line", "a reference"])
def test_an_id_that_the_register_spells_in_its_own_way_is_compared_in_every_answer(spelled: str) -> None:
    _, body = people(1)
    sent = "m" + MESSAGE_ID[1:]
    text = spelled.format(sent[1:] if "&" in spelled else sent)
    answer = body.replace(b"{{message-id}}", text.encode())
    codec = _codec("natural_persons", answer)
    for _ in range(2):
        assert codec.read_plain(answer, sent, CONTEXT) is not None
    with pytest.raises(Malformed):
        codec.read_plain(answer, "m" + "1" * (len(sent) - 1), CONTEXT)


def test_a_frame_that_was_read_once_lets_no_other_answer_pass() -> None:
    _, body = people(1)
    ours = body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    codec = _codec("natural_persons", ours)
    contexts = [
        CONTEXT,
        replace(CONTEXT, user="90000028508"),
        replace(CONTEXT, issue="CSC"),
        replace(CONTEXT, user="v1"),
    ]
    for context in contexts:
        for _ in range(2):
            assert codec.read_plain(ours, MESSAGE_ID, context) is not None
    changes = [
        (MESSAGE_ID.encode(), b"1" * 32),
        (MESSAGE_ID.encode(), b"\x00"),
        (b">90000028508<", b">90000028509<"),
        (b">90000028508<", b">\x01<"),
        (b">CSC<", b">officer-1<"),
        (b">CSC<", b">\x02<"),
        (b">PersonasDati<", b">PersonuDati<"),
        (b"http://x-road.eu/xsd/xroad.xsd", b"http://x-road.eu/xsd/other.xsd"),
    ]
    for old, new in changes:
        for context in (*contexts, replace(CONTEXT, user=new.decode().strip("<>"))):
            content = ours.replace(old, new)
            assert content != ours
            found: Any = None
            try:
                found = codec.read_plain(content, MESSAGE_ID, context)
            except Malformed:
                continue
            assert found is None or found == _strictly(codec, content)


def test_the_generated_code_is_readable() -> None:
    _, body = people(1)
    operation = _operation("natural_persons", body)
    source = PlainReader(operation.response).source(
        {"f": etree.QName(operation.response.tag).namespace or "", "xsi": XSI}
    )
    assert "# MajsaimniecibasLoceklis" in source
    assert "'PersonasKods': g0" in source
    assert len(source.splitlines()) < 80


@settings(max_examples=150, deadline=None)
@given(st.lists(items, max_size=3), st.sampled_from([{"m": NS, "xsi": XSI}, {None: NS, "x": XSI}, {"m": NS}]))
def test_whatever_is_written_is_read_as_by_the_tree_or_not_at_all(values: list[Any], nsmap: dict[Any, str]) -> None:
    tree = encode(ANSWER, {"Item": values})
    root = etree.Element(tree.tag, nsmap=dict(nsmap))
    root.extend(list(tree))
    etree.cleanup_namespaces(root, keep_ns_prefixes=[prefix for prefix in nsmap if prefix])
    text = etree.tostring(root, encoding="unicode")
    content = text[text.index(">") + 1 : text.rindex("</")] if "</" in text else ""
    reading = PlainReader(ANSWER).reading(root.nsmap)
    assert reading is not None
    found = reading(content)
    if found is not None:
        assert found == decode(ANSWER, parse_xml(text.encode()))


@pytest.mark.parametrize(
    "inner",
    [
        "<Text/>",
        "<Text>a</Text><Text>a</Text>",
        "<Text>a</Text><Code>12345</Code>",
        "<Text>a</Text><Code/>",
        "<Text>a</Text><Amount>0.301</Amount>",
        "<Text>a</Text><Amount> 1.5 </Amount>",
        "<Text>a</Text><Small>2147483648</Small>",
        "<Text>a</Text><Yes>yes</Yes>",
        "<Text>a</Text><Day>2026-02-30</Day>",
        "<Text>a</Text><Moment>2026-11-23T01:30:00</Moment>",
        "<Text>a</Text><Kind> A  B </Kind>",
        "<Text>a</Text><Several>a</Several><Several>a</Several><Several>a</Several><Several>a</Several>",
        "<Text>a</Text>loose",
        "<Amount>1</Amount><Text>a</Text>",
        '<Text>a</Text><Code xsi:nil="true">1</Code>',
        '<Text xsi:nil="true"/>',
        '<Text a="b">a</Text>',
    ],
)
def test_what_the_contract_does_not_say_is_never_plain(inner: str) -> None:
    text = f'<Answer xmlns="{NS}" xmlns:xsi="{XSI}"><Item>{inner}</Item></Answer>'
    reading = PlainReader(ANSWER).reading({None: NS, "xsi": XSI})
    assert reading is not None
    found = reading(f"<Item>{inner}</Item>")
    strict = decode(ANSWER, parse_xml(text.encode()))["Item"][0]
    assert found is None if isinstance(strict, Broken) else found in (None, {"Item": [strict]})


def test_a_hostile_answer_is_refused_in_the_time_of_its_length() -> None:
    _, body = people(1)
    operation = next(
        each
        for each in load_contract(
            ADAPTERS / "registers" / "natural_persons" / "contract" / "fpr.wsdl"
        ).operations.values()
        if each.name == "PersonuDati"
    )
    text = body.decode()
    person = text[text.index("<f:Persona>") : text.index("</f:Persona>")]
    reading = PlainReader(operation.response).reading({"f": etree.QName(operation.response.tag).namespace or ""})
    assert reading is not None
    codes = "<f:BernaPersonasKods>39100000033</f:BernaPersonasKods>"
    for content in (
        person + codes * 20_000,
        person.replace("</f:Berni>", codes * 20_000 + "<f:Berni>"),
        person.replace(">Anna<", f">{'A' * 1_000_000}<") + "</f:Persona>",
        "<f:Persona>" + " " * 1_000_000,
    ):
        started = time.process_time()
        assert reading(content) is None
        assert time.process_time() - started < 0.5


# ------------------------------------------------------------ SOAP, to the wire


@settings(max_examples=150, deadline=None)
@given(st.lists(items, max_size=3))
def test_a_template_writes_what_the_tree_writes(values: list[dict[str, Any]]) -> None:
    element = load_contract(CONTRACTS / "every.wsdl").operations["Ask"].response
    written = Template(element).write({"Item": values})
    assert _same(written.encode(), etree.tostring(encode(element, {"Item": values})))


@pytest.mark.parametrize(
    "wire",
    [{"Item": [{}]}, {"Item": [{"Text": None}]}, {"Item": [{"Text": "a", "No": 1}]}, {"Item": [{"Text": "\x00"}]}],
)
def test_what_the_contract_does_not_take_is_not_written(wire: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        Template(ANSWER).write(wire)


@settings(max_examples=100, deadline=None)
@given(texts.filter(bool), texts.filter(bool), st.booleans())
def test_a_request_is_what_the_tree_writes(user: str, issue: str, represented: bool) -> None:
    party = RegistrationNumber("40008000102") if represented else None
    context = replace(CONTEXT, user=user, issue=issue, represented_party=party)
    xroad = XRoad.development("natural_persons")
    [operation] = [
        each
        for each in load_contract(
            ADAPTERS / "registers" / "natural_persons" / "contract" / "fpr.wsdl"
        ).operations.values()
        if each.name == "PersonuDati"
    ]
    body = {"PersonasKods": ["39100000011", "39100000022"]}
    codec = SoapCodec("natural_persons", operation, xroad)
    headers = soap_headers(xroad, operation.name, MESSAGE_ID, context)
    assert _same(codec.write(body, MESSAGE_ID, context), wrap(headers, encode(operation.request, body)))
    SoapHeaders(xroad, operation.name).check("here", MESSAGE_ID, headers)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_the_same_text_to_a_reader(text: str) -> None:
    root = parse_xml(Template(ANSWER).write({"Item": [{"Text": text, "Several": []}]}).encode())
    assert (root[0][0].text or "") == text


def _same(one: bytes, other: bytes) -> bool:
    # Prefixes of namespaces are no part of what is said, except that canonical XML keeps them.
    def said(content: bytes) -> list[Any]:
        return [
            (node.tag, sorted(node.attrib.items()), node.text or "", node.tail or "")
            for node in parse_xml(content).iter("*")
        ]

    return said(one) == said(other)


# ------------------------------------------------------------ REST


def _rest_operations(name: str) -> list[RestOperation]:
    return list(load_openapi(REST[name] / "contract" / "openapi.yaml").operations.values())


@pytest.mark.parametrize("name", REST)
def test_a_quick_check_passes_only_what_the_validator_passes(name: str) -> None:
    told = 0
    for case in cases_of(REST[name]):
        # Each third way of damage: all of them take a minute, and differ little.
        for content in (case.body, *list(damaged(case.body))[::3]):
            value = read_plain(content)
            if value is NOT_PLAIN:
                continue
            assert value == read_json(content)
            for operation in _rest_operations(name):
                for status, validator in operation.responses.items():
                    if operation.plain_responses[status](value):
                        assert validator.is_valid(value)
                        told += content == case.body
                if operation.request is not None and operation.plain_request(value):
                    assert operation.request.is_valid(value)
    assert told >= len(cases_of(REST[name])), "the recorded answers are the usual ones"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["a:b", ":", '":"', "\\u003a"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["a", ":"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(json_values, st.booleans())
def test_a_json_text_is_read_as_by_the_strict_reader_or_not_at_all(value: Any, escaped: bool) -> None:
    content = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    found = read_plain(content)
    if found is not NOT_PLAIN:
        assert found == read_json(content)
        assert json.dumps(found) == json.dumps(read_json(content))


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 2}',
        b'{"a" : 1, "a": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": 1, "a": "\\u003a"}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": 0.30}',
        b'{"a": 1e3}',
        b'{"a": 123456789012345678901234567890}',
        b'{"a": NaN}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b"[" * 1000 + b"]" * 1000,
        b"",
    ],
)
def test_a_json_text_of_which_something_would_be_lost_is_not_plain(content: bytes) -> None:
    assert read_plain(content) is NOT_PLAIN


def test_the_usual_answers_are_plain_json() -> None:
    _, body = addresses(3)
    [operation] = _rest_operations("addresses")
    assert operation.plain_responses[200](read_plain(body))


def test_a_broken_reply_is_still_said_by_its_path() -> None:
    contract = load_contract(CONTRACTS / "every.wsdl")
    with pytest.raises(BadReplyError):
        decode(contract.operations["Ask"].response, parse_xml(f'<Question xmlns="{NS}"/>'.encode()))
