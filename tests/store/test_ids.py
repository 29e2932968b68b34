"""Ids are never taken for personal codes, which are asterisks in what people read."""

from __future__ import annotations

import secrets

from gateway.ids import fresh_id
from schema.personal import masked


def test_an_id_with_eleven_decimal_digits_in_a_row_is_not_given() -> None:
    drawn = iter(["ab39100000011ef012345678", "ab3910000001aef012345678"])
    assert fresh_id("claim", lambda size: next(drawn)) == "claim-ab3910000001aef012345678"


def test_an_id_is_shown_whole_wherever_codes_are_not() -> None:
    made = {fresh_id("claim") for _ in range(2_000)}
    assert len(made) == 2_000
    assert {masked(each) for each in made} == made
    assert len({len(each) for each in made}) == 1
    assert any(masked(each) != each for each in (f"claim-{secrets.token_hex(12)}" for _ in range(20_000)))
