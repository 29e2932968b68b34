"""Each construct of XML Schema in every form that it allows, and nothing that it does not."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.instances import generate, instances, minimal, typical
from adapters.sandbox.contracts.reading import read_contract
from tests.sandbox.contracts.reading_of import CASE, FIXTURES, XSI, asked, names, texts, wsdl_around


def test_every_branch_of_a_choice_stands_alone_and_choices_repeat_in_any_order(tmp_path: Path) -> None:
    _, found = asked("choice", tmp_path)
    first = {name for one in found for name in names(one)[:1]}
    assert first == {"code", "name", "phone", "mail"}
    tails = {tuple(name for name in names(one) if name in ("a", "b")) for one in found}
    assert () in tails
    assert any(len(tail) > 1 for tail in tails)
    assert {"a", "b"} <= {name for tail in tails for name in tail}


def test_what_may_be_absent_is_both_and_what_may_repeat_stands_never_once_twice_and_often(tmp_path: Path) -> None:
    _, found = asked("occurrence", tmp_path)
    counts = {
        name: {names(one).count(name) for one in found} for name in ("once", "maybe", "some", "any", "exact", "never")
    }
    assert counts["once"] == {1}
    assert counts["maybe"] == {0, 1}
    assert counts["some"] == {1, 2, 3}
    assert {0, 1, 2} < counts["any"]
    assert counts["exact"] == {3}
    assert counts["never"] == {0}


def test_attributes_stand_and_are_left_out_with_all_their_values(tmp_path: Path) -> None:
    _, found = asked("attributes", tmp_path)
    sums = [one for element in found for one in element]
    assert {one.get("unit") for one in sums} == {"EUR", "0012"}
    assert {one.get("version") for one in sums} == {None, "1.10"}
    assert None in {one.get("note") for one in sums}
    for name in (f"{CASE}everywhere", "grouped", "{http://www.w3.org/XML/1998/namespace}lang"):
        stands = {one.get(name) is not None for one in found}
        assert stands == {True, False}
    assert any("{urn:example:foreign}extra" in one.attrib for one in found)


def test_nil_is_written_apart_from_absent_and_keeps_its_attributes(tmp_path: Path) -> None:
    _, found = asked("nillable", tmp_path)
    deaths = {
        (one.get(f"{XSI}nil") is not None, one.text is None)
        for element in found
        for one in element.iter(f"{CASE}death")
    }
    assert deaths == {(True, True), (False, False)}
    addresses = [element.find(f"{CASE}address") for element in found]
    assert None in addresses
    nil = [one for one in addresses if one is not None and one.get(f"{XSI}nil")]
    assert nil
    assert all(one.get("since") and not len(one) for one in nil)


def test_an_abstract_type_stands_as_each_type_that_derives_from_it(tmp_path: Path) -> None:
    _, found = asked("derived", tmp_path)
    said = {
        (one.get(f"{XSI}type") or "").partition(":")[2] for element in found for one in element.iter(f"{CASE}subject")
    }
    assert said == {"Person", "Minor", "Company"}
    clerks = {one.get(f"{XSI}type") is None for element in found for one in element.iter(f"{CASE}clerk")}
    assert clerks == {True, False}


def test_members_stand_for_an_abstract_head_also_over_other_members(tmp_path: Path) -> None:
    _, found = asked("substitution", tmp_path)
    assert {name for one in found for name in names(one)} == {"phone", "mail", "workMail"}


def test_texts_take_all_values_all_bounds_and_the_forms_that_look_like_something_else(tmp_path: Path) -> None:
    _, found = asked("simple", tmp_path)
    assert {text.strip() for text in texts(found, "sex")} == {"M", "F", "-"}
    assert {2, 5} <= {len(text) for text in texts(found, "short")} <= {2, 3, 4, 5}
    assert all(re.fullmatch(r"[0-9]{6}-?[0-9]{5}|32[0-9]{9}", text) for text in texts(found, "code"))
    assert all(re.fullmatch(r"32[0-9]{9}|32[0-9]{4}-?[0-9]{5}", text) for text in texts(found, "narrower"))
    percents = {Decimal(text.strip()) for text in texts(found, "percent")}
    assert {Decimal(0), Decimal(100), Decimal("0.01"), Decimal("99.99")} <= percents
    assert {Decimal(1), Decimal(12)} <= {Decimal(text.strip()) for text in texts(found, "month")}
    assert all(len(text.split()) == 2 for text in texts(found, "two"))
    assert {0, 1, 2} <= {len(text.split()) for text in texts(found, "codes")}
    assert {len(text.strip()) for text in texts(found, "when")} >= {1, 7, 10}
    strings = texts(found, "text")
    assert {"0012", "1e5", "1.10", " leading", "trailing ", "", "😀 ok", "2026-02-30"} <= strings
    assert any("]]>" in text and "&" in text for text in strings)
    assert any(abs(int(text)) > 2**64 for text in texts(found, "big"))
    assert {"0.10", "-0.0"} <= texts(found, "sum")
    assert {text[10:] for text in texts(found, "day")} >= {"", "Z", "+02:00", "-14:00"}
    assert any("." in text for text in texts(found, "at"))
    assert all(one.findtext(f"{CASE}id") != one.findtext(f"{CASE}other") for one in found)


def test_a_type_that_contains_itself_ends(tmp_path: Path) -> None:
    reading, found = asked("recursive", tmp_path)
    sizes = [sum(1 for _ in one.iter()) for one in found]
    assert min(sizes) == 2
    assert 10 < max(sizes) < 600
    whole = typical(reading, "Ask", "request")
    assert whole is not None
    assert names(whole) == ["code"], "a thing within itself is left out of what is typical"


def test_a_type_that_never_ends_is_refused_by_name(tmp_path: Path) -> None:
    reading = read_contract(wsdl_around("endless", tmp_path))
    with pytest.raises(ContractError, match="element ask: contains itself"):
        instances(reading, "Ask", "request")


def test_wildcards_hold_what_their_processing_asks_for(tmp_path: Path) -> None:
    reading, found = asked("wildcards", tmp_path)
    globals_of = {"ask", "told", "refused"}
    for element in found:
        strict = element.find(f"{CASE}strict")
        skipped = element.find(f"{CASE}skip")
        assert strict is not None
        assert skipped is not None
        assert set(names(strict)) <= globals_of
        assert {etree.QName(one).namespace for one in skipped} <= {None, "urn:example:listed"}
    lax = {etree.QName(one).namespace for element in found for one in element.findall(f"{CASE}lax/*")}
    assert lax == {"urn:example:foreign"}
    kinds = {one.get(f"{XSI}type") for element in found for one in element.iter(f"{CASE}anything")}
    assert {None, "xs:int", "xs:string"} <= kinds
    assert any((element.text or "").strip() for element in found)
    assert any(one.get(f"{CASE}mark") for element in found for one in element.iter(f"{CASE}strict"))
    assert reading.notes == ()


def test_defaults_and_fixed_values_stand_written_out_empty_and_in_any_order_of_all(tmp_path: Path) -> None:
    _, found = asked("defaults", tmp_path)
    assert "" in texts(found, "country")
    assert len(texts(found, "country")) > 2
    assert texts(found, "version") == {"", "1.10"}
    orders = {names(one).index("country") < names(one).index("third") for one in found if "third" in names(one)}
    assert orders == {True, False}


def test_groups_repeat_as_a_whole_and_unique_keys_differ(tmp_path: Path) -> None:
    _, found = asked("groups", tmp_path)
    assert {sum(name in ("code", "name") for name in names(one)) for one in found} == {0, 1, 2}
    assert any(names(one).count("item") > 2 for one in found)


def test_a_wildcard_that_libxml2_cannot_tell_from_its_neighbour_is_narrowed_and_said(tmp_path: Path) -> None:
    reading, found = asked("ambiguous", tmp_path)
    assert any("narrowed" in note for note in reading.notes)
    assert {name for one in found for name in names(one)} == {"code", "Foreign"}


def test_the_same_seed_gives_the_same_instances_and_another_one_others(tmp_path: Path) -> None:
    reading = read_contract(wsdl_around("simple", tmp_path))

    def written(seed: int) -> list[bytes]:
        return [etree.tostring(one) for one in instances(reading, "Ask", "request", 20, seed)]

    assert written(1) == written(1)
    assert written(1) != written(2)
    assert len(set(written(1))) == 20


def test_the_smallest_instance_has_only_what_it_must_and_the_typical_one_everything(tmp_path: Path) -> None:
    reading = read_contract(wsdl_around("occurrence", tmp_path))
    small, whole = minimal(reading, "Ask", "request"), typical(reading, "Ask", "request")
    assert small is not None
    assert whole is not None
    assert set(names(small)) == {"once", "some", "exact"}
    assert set(names(whole)) == {"once", "maybe", "some", "any", "exact"}
    assert all((one.text or "").strip() for one in whole)


def test_the_wrapper_of_an_rpc_call_is_checked_as_any_element() -> None:
    reading = read_contract(FIXTURES / "rpc.wsdl")
    for which, name in (("request", "find"), ("answer", "findResponse")):
        made = generate(reading, "find", which, 10)  # type: ignore[arg-type]  # one of two words
        assert {one.tag for one in made.elements} == {f"{{urn:example:wrapped}}{name}"}
        assert all(reading.schema.validate(one) for one in made.elements)
    assert [one.tag for one in instances(reading, "find", "request", 1)[0]] == ["code", "limit"]
    with pytest.raises(ContractError, match="one-way"):
        instances(reading, "note", "answer")


def test_section_5_says_each_type_and_counts_its_arrays() -> None:
    reading = read_contract(FIXTURES / "rpc.wsdl")
    answer = reading.operations["list"].answer
    assert answer is not None
    assert answer.encoded
    encoding = "{http://schemas.xmlsoap.org/soap/encoding/}"
    sizes = set()
    for one in instances(reading, "list", "answer", 10):
        array = one[0]
        assert str(array.get(f"{XSI}type")).endswith(":Array")
        assert str(array.get(f"{encoding}arrayType")).endswith(f":Person[{len(array)}]")
        assert all(each.get(f"{XSI}type") for each in array.iter())
        sizes.add(len(array))
    assert {0, 1} < sizes
