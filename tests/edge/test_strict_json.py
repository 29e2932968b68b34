"""What is taken for JSON is what the standard library takes, but for what two readers could read differently."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.strict_json import NotStrictJson, loads

PIECES = st.sampled_from(
    [*'{}[],:" \t\n\r\v\u00a0\ufeff-.0', "1e5", "1e999", '"a"', '"a":', '"b":', "true", "null", "NaN", "-Infinity"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def refused(*_: Any) -> Any:
    raise ValueError


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else refused()


def finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else refused()


@given(st.lists(PIECES, max_size=8).map("".join) | VALUES.map(json.dumps).map(" \n{} ".format))
@example("")
@example(" ")
@example("{} {}")
def test_the_same_is_json_as_for_the_standard_library(text: str) -> None:
    try:
        expected = json.loads(text, object_pairs_hook=unique, parse_constant=refused, parse_float=finite)
    except ValueError:
        with pytest.raises(NotStrictJson):
            loads(text.encode())
    else:
        assert repr(loads(text.encode())) == repr(expected)
