"""Formats that are told by a pattern alone are the ones that a value can be made of."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.kit.openapi.formats import CHECKS, read_date

DIGITS = st.characters(whitelist_categories=["Nd"])


def _is_read(text: str) -> bool:
    try:
        read_date(text)
    except ValueError:
        return False
    return True


def test_every_day_that_there_is_is_a_date() -> None:
    first = date.min.toordinal()
    days = range(first, date.max.toordinal() + 1)
    assert all(map(CHECKS["date"], (date.fromordinal(day).isoformat() for day in days[:: 29 * 3])))
    for year in range(1, 10_000):  # Every end of February, and what would come after it.
        last = date(year, 3, 1) - timedelta(days=1)
        for day in (28, 29, 30):
            assert bool(CHECKS["date"](f"{year:04}-02-{day}")) is (day <= last.day)


def test_no_other_month_or_day_is_one() -> None:
    for year in ("0000", "0001", "1900", "2000", "2023", "2024", "9999"):
        for number in range(10_000):
            text = f"{year}-{number // 100:02}-{number % 100:02}"
            assert bool(CHECKS["date"](text)) is _is_read(text), text


@given(st.one_of(st.text(max_size=12), st.dates().map(str), st.from_regex(r"[\d\-WT:]{8,11}\n?", fullmatch=True)))
@example("2024-02-29\n")
@example("20240229")
@example("2024-W01-1")
@example("２０２４-02-29")
def test_any_other_text_is_a_date_where_a_date_can_be_made_of_it(text: str) -> None:
    assert bool(CHECKS["date"](text)) is _is_read(text)


@given(st.dates().map(str), st.integers(0, 9), st.one_of(DIGITS, st.characters()))
def test_a_date_with_a_letter_changed_is_one_where_it_can_be_made(text: str, at: int, letter: str) -> None:
    changed = text[:at] + letter + text[at + 1 :]
    assert bool(CHECKS["date"](changed)) is _is_read(changed)
