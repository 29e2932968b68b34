"""Who took over whom, over invented code lists: chains, gaps, several into one, and lists that lead in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.reference import seed_reference, shipped_terms
from gateway.store.store import Store
from gateway.store.succession import UNCHANGED, Succession, Term, succession_on, terms_of

CODES = [f"{number:07}" for number in range(1, 8)]
BEGINNING = date(2021, 7, 1)
DAYS = st.integers(0, 40).map(lambda days: BEGINNING + timedelta(days=days))
TERMS = st.fixed_dictionaries(
    {code: st.builds(Term, DAYS, st.none() | DAYS, st.none() | st.sampled_from(CODES)) for code in CODES}
)
DEPARTMENTS = ("social", "education", "day-care")


def stands_for(code: str, terms: Mapping[str, Term], day: date) -> str:
    """The same, step by step."""
    for _ in terms:
        one = terms[code]
        over = one.valid_to is not None and one.valid_to < day
        if not over or one.successor is None or day < terms[one.successor].valid_from:
            return code
        code = one.successor
    return code


@given(terms=TERMS, day=DAYS)
def test_an_owner_has_its_own_claims_and_those_of_the_same_department_of_whom_its_municipality_stands_for(
    terms: dict[str, Term], day: date
) -> None:
    succession = Succession.on(day, terms)
    today = {code: stands_for(code, terms, day) for code in CODES}
    assert {code: succession.municipality_of_today(code) for code in CODES} == today
    for department in DEPARTMENTS:
        for code in CODES:
            owner = f"{department}-{code}"
            assert succession.owner_of_today(owner) == f"{department}-{today[code]}"
            found = succession.owners_of(owner)
            assert (found[0], len(set(found))) == (owner, len(found))
            assert set(found[1:]) == {f"{department}-{each}" for each in CODES if each != code and today[each] == code}


@given(terms=TERMS, day=DAYS)
def test_no_two_departments_of_today_have_one_claim(terms: dict[str, Term], day: date) -> None:
    succession = Succession.on(day, terms)
    of_today = [code for code in CODES if succession.municipality_of_today(code) == code]
    had = [owner for code in of_today for owner in succession.owners_of(f"social-{code}")]
    assert len(had) == len(set(had))


@pytest.mark.parametrize("owner", ["vsaa", "social", "0000001", "-0000001", "", "social-", "social-9999999"])
def test_what_is_no_department_of_a_municipality_took_over_nobody_and_stays_what_it_is(owner: str) -> None:
    ended = Term(BEGINNING, BEGINNING, "0000002")
    terms = {"0000001": ended, "0000002": Term(BEGINNING, None, None)}
    for succession in (UNCHANGED, Succession.on(BEGINNING + timedelta(days=1), terms)):
        assert succession.owners_of(owner) == (owner,)
        assert succession.owner_of_today(owner) == owner


@pytest.mark.parametrize(
    ("day", "found"), [(30, {}), (31, {}), (32, {}), (33, {"0000001": "0000002"}), (40, {"0000001": "0000003"})]
)
def test_it_is_so_from_the_successors_first_day_and_a_chain_goes_on(day: int, found: dict[str, str]) -> None:
    def at(days: int) -> date:
        return BEGINNING + timedelta(days=days)

    terms = {
        "0000001": Term(BEGINNING, at(31), "0000002"),
        "0000002": Term(at(33), at(39), "0000003"),
        "0000003": Term(at(0), None, None),
    }
    expected = found if day < 40 else found | {"0000002": "0000003"}
    assert Succession.on(at(day), terms).successors == expected


def test_the_store_says_the_same_by_the_few_that_end_or_take_over_as_by_the_whole_code_list(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    try:
        store.write_sync(seed_reference)
        terms = store.read_sync(terms_of)
        assert terms == shipped_terms()
        found = {}
        for day in (date(2025, 6, 30), date(2025, 7, 1)):
            found[day] = store.read_sync(lambda c, day=day: succession_on(c, day)).successors  # type: ignore[misc]  # lambda default
            assert found[day] == Succession.on(day, terms).successors
        assert list(found.values()) == [{}, {"0038000": "0038001", "0055000": "0038001"}]
    finally:
        store.close()
