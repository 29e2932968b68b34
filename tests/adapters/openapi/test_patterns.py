"""Patterns of ECMA-262 mean in Python what they mean there."""

from __future__ import annotations

import pytest

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.ecma import pattern_of


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
