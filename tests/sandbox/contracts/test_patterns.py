"""Every text written for a pattern matches it, as a library that translates such patterns says.

libxml2 is no judge here: to it ``a`` does not match ``(a|a|a{2})``.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.kit.xsd.patterns import compiled
from adapters.sandbox.contracts.patterns import Pattern, PatternError

_atoms = st.sampled_from(
    ["a", "Z", "0", "ž", r"\d", r"\w", r"\s", r"\D", r"\S", r"\.", r"\-", r"\\", "[a-f0-9]", "[^a-z]", r"[\w-[0-9]]",
     r"[A-Z\d_.-]", r"\p{Lu}", r"\P{L}", r"\p{Nd}", "[+-]", r"[^\s\d]", r"\p{IsBasicLatin}"]
)  # fmt: skip
_times = st.sampled_from(["", "", "?", "*", "+", "{2}", "{0,3}", "{1,}", "{0}"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pieces = st.lists(st.tuples(inner, _times).map("".join), min_size=1, max_size=4).map("".join)
    branches = st.lists(pieces, min_size=1, max_size=3).map("|".join)
    return branches.map("({})".format)


patterns = st.recursive(_atoms, _joined, max_leaves=8)


def _matches(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None


@given(pattern=patterns, seed=st.integers(0, 1000), eager=st.sampled_from([0, 0.5, 1]))
@settings(max_examples=300, deadline=None)
def test_what_is_written_for_a_pattern_matches_it(pattern: str, seed: int, eager: float) -> None:
    text = Pattern(pattern).write(Random(seed), eager)
    assume(len(text) < 2000)
    assert _matches(pattern, text), text


_plain_atoms = st.sampled_from(["a", "Z", "0", "-", "/", "[0-9]", "[A-Za-z0-9]", "[abc]", r"\-", r"\.", "_", ","])
_plain_times = st.sampled_from(["", "", "?", "{2}", "{0,3}"])
_plain = st.lists(st.tuples(_plain_atoms, _plain_times).map("".join), min_size=1, max_size=5).map("".join)


@given(pattern=st.lists(_plain, min_size=1, max_size=3).map("|".join), text=st.text("aZ0-/_,.b9", max_size=6))
@settings(max_examples=300, deadline=None)
def test_what_is_not_translated_means_what_its_translation_means(pattern: str, text: str) -> None:
    with_what_is_translated = rf"({pattern})(\p{{Lu}}){{0}}"
    assert _matches(pattern, text) == _matches(with_what_is_translated, text)


@pytest.mark.parametrize("pattern", ["a??", "a{1}?", "a?{2}", "(?:a)", "a{,2}", "[b-a]", "(a", "a)", "a{2,1}"])
def test_what_only_python_understands_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match="no regular expression"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(", ")", "[", "[z-a]", "*", "a{", "a{x}", "\\", "(?!a)b", r"\p{IsGreek}"])
def test_what_is_no_pattern_or_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_lengths_differ_with_eagerness() -> None:
    assert len(Pattern(r"\d+").write(Random(1), 0)) == 1
    assert len(Pattern(r"\d+").write(Random(1), 1)) > 5
