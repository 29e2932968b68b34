"""Texts without end: looked at in next to no memory, and taken or refused as their definition says."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from adapters.kit.openapi.formats import CHECKS
from adapters.kit.soap.media_type import media_type
from adapters.kit.soap.multipart import read_parts
from adapters.kit.xsd.types import Kind, SimpleType
from adapters.kit.xsd.values import read_value

URI_CHARACTER = r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
HEX = SimpleType("{urn:here}Hex", Kind.HEX, collapse=False)


def _hex(text: str) -> bool:
    try:
        return bool(read_value(HEX, text) == bytes.fromhex(text))
    except ValueError:
        return False


def _quoted_printable(text: str) -> bool:
    head = "--e\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    try:
        read_parts(media_type('multipart/related; boundary="e"'), f"{head}{text}\r\n--e--".encode())
    except ValueError:
        return False
    return True


DEFINED: dict[str, tuple[Callable[[str], Any], str, str, int]] = {
    "uri": (CHECKS["uri"], rf"[A-Za-z][A-Za-z0-9+.-]*:{URI_CHARACTER}", "a1:%\n", 6),
    "uri-reference": (CHECKS["uri-reference"], URI_CHARACTER, 'aF%" ', 6),
    "byte": (CHECKS["byte"], "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", "A=\n", 9),
    "hex": (_hex, "([0-9a-fA-F]{2})*", "0fG\n ", 6),
    "quoted-printable": (
        _quoted_printable,
        r"(?:[\t\r\n\x20-\x3c\x3e-\x7e]|=[0-9A-Fa-f]{2}|=[ \t]*\r?\n)*",
        "=A \r\n\x7f",
        5,
    ),
}
"""Who looks at it; what it is, in an expression that follows its definition; letters that matter, and how many."""


@pytest.mark.parametrize("name", DEFINED)
def test_a_text_is_taken_where_its_definition_takes_it(name: str) -> None:
    taken, definition, letters, longest = DEFINED[name]
    pattern = re.compile(definition, re.ASCII)
    for length in range(longest + 1):
        for each in product(letters, repeat=length):
            text = "".join(each)
            assert bool(taken(text)) is (pattern.fullmatch(text) is not None), text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uri", "urn:" + "a" * 100_000),
        ("uri", "urn:" + "%41" * 100_000),
        ("uri-reference", "a" * 100_000),
        ("byte", "A" * 400_000),
        ("hex", "41" * 100_000),
        ("quoted-printable", "a" * 100_000),
        ("quoted-printable", "=41" * 100_000),
    ],
)
def test_a_long_text_is_looked_at_in_a_few_times_its_own_memory(name: str, text: str) -> None:
    taken = DEFINED[name][0]
    tracemalloc.start()
    try:
        assert taken(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * len(text)
