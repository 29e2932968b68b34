"""Whose an item is: its key under one name is looked up in place, and means the same as by the path."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.collect import collect
from adapters.kit.errors import RegisterError
from adapters.kit.items import Items
from adapters.kit.xsd.types import NIL, Broken

KEYS = st.sampled_from(["a", "b", "c", 1, None, NIL, ["a"], {"k": "a"}])
ITEMS = st.one_of(
    st.dictionaries(st.sampled_from(["k", "n"]), KEYS),
    st.dictionaries(st.sampled_from(["k", "n"]), KEYS).map(MappingProxyType),
    st.dictionaries(st.just("k"), KEYS).map(lambda known: Broken("broken", known, known)),
    st.none(),
)


def _found(asked: Mapping[Any, str], answer: Any, items: Items[Any]) -> Any:
    try:
        found = collect("here", asked, answer, items)
    except RegisterError as error:
        return str(error)
    return {key: str(value) if isinstance(value, RegisterError) else value for key, value in found.items()}


@given(st.lists(ITEMS, max_size=4), st.sampled_from(["", "items"]))
def test_a_key_under_one_name_is_the_key_at_that_path(listed: list[Any], name: str) -> None:
    asked = {"a": "A", "b": "B", 1: "one"}
    answer = {name: listed} if name else listed
    in_place = _found(asked, answer, Items(name, "k", lambda item: item))
    below = [_below(item) for item in listed]
    by_path = _found(asked, {name: below} if name else below, Items(name, "at/k", lambda item: item["at"]))
    assert in_place == by_path


@given(
    st.sampled_from(["", "a", "a/b"]),
    st.dictionaries(
        st.sampled_from(["", "a", "b", "a/b"]),
        st.one_of(
            st.lists(st.just({"k": "a"}), max_size=1),
            st.just({"b": [{"k": "b"}], "k": 1}),
            st.sampled_from([None, NIL, "text", ({"k": "b"},)]),
        ),
    ),
)
def test_a_list_under_one_name_is_the_list_at_that_path(path: str, answer: dict[str, Any]) -> None:
    asked = {"a": "A", "b": "B", 1: "one"}
    items = Items(path, "k", lambda item: item)
    # What is no dict is asked by its path alone.
    assert _found(asked, answer, items) == _found(asked, MappingProxyType(answer) if path else answer, items)


def _below(item: Any) -> Any:
    return Broken(item.what, {"at": item.known}, None) if isinstance(item, Broken) else {"at": item}
