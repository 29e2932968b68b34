"""Names of contracts become names of GraphQL, and come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.names import is_legal, legal_name, wire_name

NAMES = st.text(min_size=1) | st.text(alphabet="_x0123AF-", min_size=1)


@given(NAMES)
def test_every_name_becomes_a_legal_one_and_comes_back(name: str) -> None:
    legal = legal_name(name)
    assert is_legal(legal)
    assert wire_name(legal) == name


@given(NAMES, NAMES)
def test_two_names_never_become_one(one: str, other: str) -> None:
    assert (legal_name(one) == legal_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "legal"),
    [("Vards", "Vards"), ("CPR-NummerTekst", "CPR_x2D_NummerTekst"), ("2021", "_x32_021"), ("ēka", "_x113_ka")],
)
def test_a_name_is_predictable(name: str, legal: str) -> None:
    assert legal_name(name) == legal
