"""Patterns of ECMA-262 mean in Python what they mean there."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.ecma import BACK_AND_FORTH, linear, pattern_of, translated
from adapters.kit.openapi.inspected import inspect_openapi


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"^a$", "a", "a\n"),
        (r"^\d+$", "12", "١"),
        (r"^\w+$", "aZ_9", "ā"),
        (r"^\W$", "ā", "a"),
        (r"^\s$", "\u00a0", "a"),
        (r"^\S+$", "a", "\ufeff"),
        (r"^.$", "a", "\u2028"),
        (r"[[]", "[", "a"),
        (r"^[^]$", "\n", ""),
        (r"^[\w-]+$", "a-b", "a b"),
        (r"^[a-z&&b]+$", "a&", "-"),
        (r"^[a-zA-Z0-9 \-_]$", "-", "+"),
        (r"^a{2}/\/$", "aa//", "a//"),
        (r"^(?<y>\d)\k<y>$", "11", "12"),
        (r"^(\d)\1$", "11", "12"),
        (r"^\p{Lu}\p{L}*$", "Ābols", "ābols"),
        (r"^[^\p{L}]$", "1", "ā"),
        (r"^[\s\S]{2}$", "\n😀", "a"),
        (r"^[\D]$", "😀", "1"),
        (r"^(?!0{3})[0-9]{3}$", "001", "000"),
        (r"^\u0041\x42\u{1F600}$", "AB😀", "AB"),
        (r"^\cJ$", "\n", "J"),
        (r"\bcode\b", "a code", "encode"),
        (r"^# $", "# ", "#"),
    ],
)
def test_a_pattern_matches_the_same_texts(pattern: str, matching: str, other: str) -> None:
    compiled = pattern_of(pattern, "here")
    assert compiled.search(matching)
    assert not compiled.search(other)


@pytest.mark.parametrize(
    "pattern", ["(", "*", "a**", "[b-a]", r"(?<=a+)b", r"\A", r"\Z", r"\p{Made}", "\\", "[a", "x" * 6000]
)
def test_a_pattern_without_the_same_meaning_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedConstruct) as caught:
        pattern_of(pattern, "here:1")
    assert caught.value.where == "here:1"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^([A-Za-z]+\s?)+$", "a" * 60 + "1"),
        (r"^(\w|\d)+$", "1" * 60 + "-"),
        (r"^(a?){60}$", "a" * 61),
        (r"^(a|a){60}$", "a" * 61),
        (r"\s+$", " " * 1_000_000 + "a"),
        (r"(^|,)[^,]*\s*[^,]*;", "a" * 1_000_000),
        (r"^a*[^]*a*$(?<n>b)", "a" * 1_000_000),
        (r"^(?!\s*$)(?=.*\d).{8,}$", " " * 1_000_000),
    ],
)
def test_no_text_makes_a_pattern_go_back_and_forth(pattern: str, text: str) -> None:
    # Python's way would take minutes and more.
    assert not pattern_of(pattern, "here").search(text)


@pytest.mark.parametrize(
    "pattern", [r"(?!a)[a-z]+$", r"^(a*)*(?=b)", r"^(.*),\1$", r"^(?:a|b|ab){1,3000}c{1,2000}$", r"(?<=a)(b|b)*c"]
)
def test_a_pattern_that_must_go_back_and_forth_is_refused_by_name(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedConstruct) as caught:
        pattern_of(pattern, "here:1")
    assert (caught.value.construct, caught.value.where) == (BACK_AND_FORTH, "here:1")
    contract = tmp_path / "openapi.yaml"
    contract.write_text(
        f"""
openapi: 3.0.0
paths:
  /a:
    get:
      operationId: one
      responses:
        200:
          description: a
          content: {{application/json: {{schema: {{type: string, pattern: '{pattern}'}}}}}}
    post: {{operationId: other, responses: {{204: {{description: a}}}}}}
"""
    )
    found = inspect_openapi(contract)
    assert [operation.name for operation in found.operations if operation.loads] == ["other"]
    assert [(refusal.construct, refusal.where) for refusal in found.refused] == [(BACK_AND_FORTH, "openapi.yaml:10")]


_atoms = st.sampled_from(
    ["a", "Z", "0", "ž", "😀", r"\d", r"\w", r"\s", r"\D", r"\S", r"\W", r"\.", r"\-", r"\\", "[a-f0-9]", "[^a-z]", ".",
     r"[\w.]", r"[\s\d]", r"[^\S]", r"[\u1680a]", "[(?!)]", "[{,5}]", "[]", "[^]", "^", "$", r"\b", r"\B", r"\p{Zs}", r"\P{Zs}",
     r"[\D-]", r"\n", r"\x0b", r"\u2028", r"\u{1F600}", r"\cJ", " ", "#", "&", "~", "x{", "[[]", "[&&|^~]", r"\/"]
)  # fmt: skip
_times = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,3}", "{1,}", "{,2}", "*?", "+?"])
_groups = st.sampled_from(["({})", "(?:{})"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pieces = st.lists(st.tuples(inner, _times).map("".join), min_size=1, max_size=4).map("".join)
    branches = st.lists(pieces, min_size=1, max_size=3).map("|".join)
    return st.tuples(_groups, branches).map(lambda made: made[0].replace("{}", made[1]))


@given(
    pattern=st.recursive(_atoms, _joined, max_leaves=6),
    texts=st.lists(st.text("aZ0ž😀.-\\ \n\x0b\u2028\u1680{,(?!)x5#&~[|^/", max_size=6), max_size=8),
)
@settings(max_examples=100, deadline=None)
@example(pattern="[{,5}]", texts=["0", "5"])
@example(pattern="a{,2}$", texts=["b", "aaa"])
@example(pattern=r"^\S$", texts=["\u1680", "ž"])
def test_both_engines_find_the_same(pattern: str, texts: list[str]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            said = translated(pattern)
            search = re.compile(said).search
    except (re.error, ValueError, Warning):
        assume(False)
    one_go = linear(said)
    for text in [*texts, "", "a", "\n"]:
        if not text and "\\B" in pattern:
            continue  # ECMA finds one in an empty text, as re2 does; Python before 3.14 does not.
        assert (one_go(text) is not None) == (search(text) is not None), text


def test_half_a_character_matches_nothing() -> None:
    assert pattern_of("(a|a|[^b])*", "here").search("\ud800") is None
