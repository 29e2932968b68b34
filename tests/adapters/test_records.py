"""Records read straight from an answer against those made of the decoded one: equal, or left to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from adapters.kit.collect import collect
from adapters.kit.contract_test import Case, a_context, cases_of
from adapters.kit.damage import damaged
from adapters.kit.errors import RegisterError
from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, each, maybe, one
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import Fault, unwrap
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xroad import XRoad
from adapters.kit.xsd.decode import decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.plain_records import PlainRecords
from adapters.registers.natural_persons.mapping import PERSONS, to_natural_person
from schema.records.natural_person import HouseholdLink, NaturalPerson
from schema.records.not_read import NOT_READ
from schema.terms import PersonCode
from tests.adapters.codec_cost import people
from tests.adapters.test_codec import ANSWER, NS, items

FOLDER = Path(__file__).parents[2] / "adapters" / "registers" / "natural_persons"
CASES = cases_of(FOLDER)
CONTRACT = load_contract(FOLDER / "contract" / "fpr.wsdl")
FPR = etree.QName(CONTRACT.operations["PersonuDati"].response.tag).namespace or ""
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MESSAGE_ID = "0" * 32
CONTEXT = a_context()
ALWAYS = {"person_code", "former_person_codes", "restricted"}


def _codec(content: bytes) -> SoapCodec:
    root = unwrap(content).body
    assert not isinstance(root, Fault)
    operation = next(each for each in CONTRACT.operations.values() if each.response.tag == root.tag)
    return SoapCodec("natural_persons", operation, XRoad.development("natural_persons"))


async def _generally(codec: SoapCodec, content: bytes, asked: dict[str, PersonCode]) -> Any:
    """What the walker and the mapping give, or what is wrong with the answer."""
    try:
        answer = unwrap(content)
        if isinstance(answer.body, Fault):
            return "a fault"
        codec.check_echo(MESSAGE_ID, answer.headers)
        return collect("natural_persons", asked, decode(codec.operation.response, answer.body), PERSONS)
    except (ValueError, RegisterError) as error:
        return str(error)


def _straight(codec: SoapCodec, content: bytes, asked: dict[str, PersonCode], wanted: frozenset[str] | None) -> Any:
    try:
        return codec.read_records(content, MESSAGE_ID, replace(CONTEXT, wanted=wanted), PERSONS, asked)
    except RegisterError as error:
        return str(error)


@pytest.mark.parametrize("wanted", [None, frozenset({"household"}), frozenset({"birth_date", "declared_address"})])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_a_recorded_answer_and_every_damaged_one_gives_the_same_records_or_is_left_to_the_walker(
    case: Case, wanted: frozenset[str] | None
) -> None:
    body = case.body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    codec, asked = _codec(body), {text: PersonCode(text) for text in case.ask}
    told = 0
    for content in (body, body.replace(b"\n", b""), *damaged(body)):
        found = _straight(codec, content, asked, wanted)
        if found is not None:
            expected = await _generally(codec, content, asked)
            assert _same(found, expected, wanted), content
            told += 1
    assert told > 1


def _same(found: Any, expected: Any, wanted: frozenset[str] | None) -> bool:
    if isinstance(found, str) or wanted is None:
        return bool(found == expected)
    # A value that nobody asked for is checked by its form alone, so its record may be broken to the walker.
    return found.keys() == expected.keys() and all(
        _shown(found[key], wanted) == _shown(record, wanted)
        for key, record in expected.items()
        if not isinstance(record, RegisterError)
    )


def _shown(record: NaturalPerson, wanted: frozenset[str]) -> list[Any]:
    return [getattr(record, name) for name in sorted(ALWAYS | wanted)]


@pytest.mark.parametrize("space", ["", "\n  "])
def test_an_answer_of_many_pieces_is_read_whole(space: str) -> None:
    asked, body = people(1000)
    content = body.replace(b"{{message-id}}", MESSAGE_ID.encode()).replace(b"><f:", f">{space}<f:".encode())
    assert len(content) > 500_000
    found = _straight(_codec(content), content, {code.digits: code for code in asked}, None)
    assert list(found) == asked
    assert {len(record.children) for record in found.values()} == {1}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<f:AtrastsPec>39000000001", b"<f:AtrastsPec>39000000002"),
        (b"<f:PersonasKods>39000000001", b"<f:PersonasKods>39000000009"),
        (b">1990-05-17<", b">1990-02-30<"),
        (b">39100000033<", b">3910000003<"),
        (b">39100000033<", b">391000000330<"),
        (b">100012345<", b">10001234<"),
        (b">S<", b">X<"),
        (b"Anna<", b"Anna]]><"),
        (b"</f:PersonuDatiAtbilde>", b"x</f:PersonuDatiAtbilde>"),
    ],
)
async def test_whatever_is_wrong_with_an_answer_is_left_to_the_walker(old: bytes, new: bytes) -> None:
    asked, body = people(3)
    content = body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    codec, subjects = _codec(content), {code.digits: code for code in asked}
    assert _straight(codec, content, subjects, None) is not None
    changed = content.replace(old, new, 1)
    assert changed != content
    assert _straight(codec, changed, subjects, None) is None
    expected = await _generally(codec, changed, subjects)
    assert isinstance(expected, str) or [each for each in expected.values() if isinstance(each, RegisterError)]


def test_what_nobody_asked_for_is_not_there_and_says_so_when_it_is_looked_at() -> None:
    asked, body = people(1)
    content = body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    [record] = _straight(_codec(content), content, {asked[0].digits: asked[0]}, frozenset({"given_name"})).values()
    assert {name for name in record.__struct_fields__ if getattr(record, name) is NOT_READ} == (
        set(record.__struct_fields__) - ALWAYS - {"given_name"}
    )
    assert repr(record.birth_date) == "NOT_READ"
    for look in (bool, str, list, len, hash, lambda value: value == None, lambda value: value.isoformat()):  # noqa: E711
        with pytest.raises(LookupError):
            look(record.birth_date)
    with pytest.raises(TypeError):
        msgspec.json.encode(record.birth_date)


def test_callers_who_ask_for_ever_other_attributes_get_whole_records_and_cost_no_more_code() -> None:
    asked, body = people(1)
    content = body.replace(b"{{message-id}}", MESSAGE_ID.encode())
    codec, subjects = _codec(content), {asked[0].digits: asked[0]}
    names = sorted(set(to_natural_person.parts) - ALWAYS)
    [whole] = _straight(codec, content, subjects, None).values()
    for number in range(1, 200):
        wanted = frozenset(name for place, name in enumerate(names) if number >> place & 1)
        [record] = _straight(codec, content, subjects, wanted).values()
        assert _shown(record, wanted) == _shown(whole, wanted)
    assert record == whole


def test_a_mapping_names_every_attribute_and_elements_of_the_contract() -> None:
    wrong = r"^HouseholdLink has other attributes: it has no shoes, relation is not read, restricted is not read$"
    with pytest.raises(TypeError, match=wrong):
        RecordOf(HouseholdLink, person_code=one("PersonasKods"), since=one("No"), shoes=one("Kurpes"))
    response = CONTRACT.operations["PersonuDati"].response
    for path in ("PersonasKodss", "Majsaimnieciba/Loceklis", "Majsaimnieciba"):
        parts = {**to_natural_person.parts, "given_name": maybe(path)}
        reader = PlainRecords(response, _items(RecordOf(NaturalPerson, **parts)))
        with pytest.raises((LookupError, TypeError)):
            reader.reading({"f": FPR}, None)


def _items(record: RecordOf[Any]) -> Items[Any]:
    """The persons with another mapping."""
    return Items(PERSONS.name, PERSONS.key, record, PERSONS.own)


def test_a_hostile_answer_is_left_to_the_walker_in_the_time_of_its_length() -> None:
    reading = PlainRecords(CONTRACT.operations["PersonuDati"].response, PERSONS).reading({"f": FPR}, None)
    assert reading is not None
    asked, body = people(1)
    person = body[body.index(b"<f:Persona>") : body.index(b"</f:Persona>")]
    codes = b"<f:BernaPersonasKods>39100000033</f:BernaPersonasKods>"
    for content in _hostile(person, codes):
        started = time.process_time()
        assert reading(content, 0, len(content), {asked[0].digits: asked[0]}) is None
        assert time.process_time() - started < 0.5


def _hostile(person: bytes, codes: bytes) -> Iterator[bytes]:
    yield person + codes * 20_000
    yield person.replace(b"</f:Berni>", codes * 20_000 + b"<f:Berni>")
    yield person.replace(b">Anna<", b">%b<" % (b"A" * 1_000_000)) + b"</f:Persona>"
    yield b"<f:Persona>" + b" " * 1_000_000
    yield b"</f:Persona>" * 100_000
    yield (person + b"</f:Persona>") * 1000


# ------------------------------------------------------------ another contract


class Every(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of each kind."""

    text: str
    several: tuple[str, ...]
    code: str | None
    amount: Decimal | None
    yes: bool | None
    day: date | None
    moment: datetime | None
    kind: str | None


EVERY: Items[Every] = Items(
    name="Item",
    key="Text",
    to_record=RecordOf(
        Every,
        text=one("Text"),
        several=each("Several"),
        code=maybe("Code"),
        amount=maybe("Amount"),
        yes=maybe("Yes"),
        day=maybe("Day"),
        moment=maybe("Moment"),
        kind=maybe("Kind", {"A B": "first", "C": "second"}),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(items, max_size=3, unique_by=lambda item: item["Text"]), st.sampled_from([{"m": NS, "xsi": XSI}]))
def test_whatever_is_written_gives_the_same_records_or_is_left_to_the_walker(
    values: list[Any], nsmap: dict[str | None, str]
) -> None:
    tree = encode(ANSWER, {"Item": values})
    text = etree.tostring(tree, encoding="unicode")
    content = text[text.index(">") + 1 : text.rindex("</")].encode() if "</" in text else b""
    reading = PlainRecords(ANSWER, EVERY).reading(nsmap, None)
    assert reading is not None
    asked = {value["Text"]: number for number, value in enumerate(values)}
    found = reading(content, 0, len(content), asked)
    if found is not None:
        assert isinstance(EVERY.to_record, RecordOf)
        assert found == {asked[value["Text"]]: EVERY.to_record(value) for value in values}
