"""Replies are broken in every place, and so that it can be told where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.kit.damage import damages, doubled_items, leaves, texts, with_leaves

XML = (
    b'<e:Envelope xmlns:e="urn:e"><e:Header><id>own-id-12345</id></e:Header><e:Body><Answer xmlns="urn:a">'
    b'<P kind="full"><Code>39100000011</Code><Child>39100000022</Child></P>'
    b'<P kind="full"><Code>39100000022</Code></P></Answer></e:Body></e:Envelope>'
)
JSON = json.dumps(
    {"total": 2, "people": [{"code": "39100000011", "children": ["39100000022"]}, {"code": "39100000022", "ok": True}]}
).encode()
KEYS = frozenset({"39100000011", "39100000022"})

WORD = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=9)
VALUES = st.recursive(
    WORD | st.integers(-99, 99) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(WORD, inner, min_size=1, max_size=3),
    max_leaves=9,
)
OBJECTS = st.dictionaries(WORD, VALUES, min_size=1, max_size=3)


@pytest.mark.parametrize("body", [XML, JSON], ids=["XML", "JSON"])
def test_every_damage_says_what_it_is_and_is_another_text(body: bytes) -> None:
    said = [(damage.what, damage.body) for damage in damages(body)]
    assert len(set(said)) > 100
    assert all(what for what, _ in said)
    assert not [what for what, _ in said if any(key in what for key in KEYS)]


def test_every_element_and_attribute_is_broken_in_every_way() -> None:
    said = [damage.what for damage in damages(XML)]
    ways = {what.removeprefix("element Child ") for what in said if what.startswith("element Child ")}
    assert {"removed", "emptied", "doubled", "renamed", "nil", "in another namespace", "at the end"} <= ways
    for name, count in (("Header", 1), ("Body", 1), ("Answer", 1), ("P", 2), ("Code", 2), ("Child", 1)):
        for way in ways:
            assert said.count(f"element {name} {way}") == count
    assert said.count("an attribute of P removed") == 2


def test_every_member_and_item_is_broken_in_every_way() -> None:
    said = [damage.what for damage in damages(JSON)]
    for name in ("total", "people", "ok", "children"):
        for way in ("removed", "twice", "renamed", "in a list", "in capitals", "is null", "is {}", 'is "x"', "is 7"):
            assert said.count(f"member {name} {way}") == 1
    assert said.count("item 2 of member people removed") == 1
    twice = [damage.body for damage in damages(JSON) if damage.what == "member total twice"]
    assert twice[0].count(b'"total"') == 2


def test_headers_are_ours_and_no_values_of_the_reply() -> None:
    assert texts(XML) == {"39100000011", "39100000022"}
    assert leaves(XML) == ["39100000011", "39100000022", "39100000022", "full", "full"]
    assert leaves(JSON) == ["2", "39100000011", "39100000022", "39100000022", "true"]


def test_an_item_is_what_stands_in_the_outermost_list_of_those_who_were_asked_for() -> None:
    for body, mark in ((XML, b"<Code>"), (JSON, b'"code"')):
        made = doubled_items(body, KEYS)
        assert [each.count(mark) for each in made] == [3, 3]
        strangers = doubled_items(body, KEYS, "39100000987")
        assert [each.count(b"39100000987") for each in strangers] == [2, 1]
        assert all(each.count(b"39100000011") == 1 for each in strangers)


def test_where_there_is_no_list_a_key_itself_stands_twice() -> None:
    (made,) = doubled_items(b'{"code": "39100000011", "kinds": ["a"]}', KEYS)
    assert made.count(b'"code": "39100000011"') == 2
    assert json.loads(made)["kinds"] == ["a"]
    assert doubled_items(b'{"code": "1"}', KEYS) == []


@given(value=OBJECTS, text=WORD, data=st.data())
def test_a_leaf_that_is_replaced_is_the_only_one_that_changes(
    value: dict[str, Any], text: str, data: st.DataObject
) -> None:
    body = json.dumps(value).encode()
    before = leaves(body)
    number = data.draw(st.integers(0, len(before) - 1))
    after = leaves(with_leaves(body, {number: text}))
    assert after == [*before[:number], text, *before[number + 1 :]]


@given(words=st.lists(WORD, min_size=1, max_size=5), text=WORD, data=st.data())
def test_the_same_holds_for_elements_and_attributes(words: list[str], text: str, data: st.DataObject) -> None:
    root = etree.Element("answer")
    content = etree.SubElement(root, "content")
    for word in words:
        etree.SubElement(content, "word", kind=word).text = word
    body = etree.tostring(root)
    before = leaves(body)
    number = data.draw(st.integers(0, len(before) - 1))
    assert len(before) == 2 * len(words)
    after = leaves(with_leaves(body, {number: text}))
    assert after == [*before[:number], text, *before[number + 1 :]]


@given(value=OBJECTS)
def test_whatever_a_reply_holds_it_can_be_broken(value: dict[str, Any]) -> None:
    assert len(list(damages(json.dumps(value).encode()))) > 20
