"""What is read line by line is what ``tomllib`` reads, in whatever text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.folders import CHECKOUT
from policies.kit.plain_toml import plain_toml

FILES = sorted(CHECKOUT.glob("**/*.toml"))
LINES = [
    *('a = "x"', 'a = "x" # why', "a = true", "a = 1", "a = 1.5", "a = 2026-01-01", 'a-b = ["x", "y"]', "b = []"),
    *('f = { a = true, b = "x = y, z = 1" }', "f = { a = true, a = false }", "f = { a = { b = 1 } }", "f = {}"),
    *(
        'b = [{ a = "x" }, { a = "y" }]',
        'c = ["x",',
        '"y"]',
        "c = [",
        '"y",',
        "c = [1",
        "]",
        'd = """',
        '"""',
        "d = '''x'''",
        "d = '''",
        "'''",
    ),
    *("[a]", "[b]", "[[a]]", "[[b]]", "[a.b]", "[[a.b]]", "[[a]", "[a]]", "[ a ]", '["a"]', "a.b = 1", '"a" = 1'),
    *("", " ", "# note", " # note", "a = ", "a", "= 1", 'a = "x', 'a = "\\u0041"', 'a = "\\x"', 'a = "ā ✓"', "x = 1\r"),
    *('e = "a" "b"', 'e = ["a" "b"]', 'e = ["a",]', 'e = "\t"', "# \x00", 'e = "\x7f"', "e = True", "e = nan"),
]


def _same(text: str) -> bool:
    """Whether it was read here; then it has to be the same."""
    read = plain_toml(text)
    if read is None:
        return False
    assert repr(read) == repr(tomllib.loads(text)), "in the same order, of the same types"
    return True


@given(lines=st.lists(st.sampled_from(LINES), max_size=6))
@settings(max_examples=2_000, deadline=None)
def test_lines_of_any_shape_say_the_same(lines: list[str]) -> None:
    _same("\n".join(lines))


@given(file=st.sampled_from(FILES), at=st.floats(0, 1), length=st.integers(0, 40), put=st.sampled_from(["", *LINES]))
@settings(max_examples=150, deadline=None)
def test_a_file_with_a_piece_exchanged_says_the_same(file: Path, at: float, length: int, put: str) -> None:
    text = file.read_text(encoding="utf-8")[:4_000]
    start = int(at * len(text))
    _same(text[:start] + put + text[start + length :])


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_file_of_policies_says_the_same(file: Path) -> None:
    read = _same(file.read_text(encoding="utf-8"))
    assert read or file.parent.name in ("common", "parties")
