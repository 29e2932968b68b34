"""Whether a text repeats a value of a reply: all of it, and no number that merely has the same digits."""

from __future__ import annotations

import pytest

from adapters.kit.leaks import assert_says_nothing


@pytest.mark.parametrize(
    ("value", "text", "repeated"),
    [
        ("67", "until=4167.37", False),
        ("67.37", "until=4167.3712", False),
        ("7.37", "until=4167.3712", False),
        ("37", "until=4167.3712", False),
        ("67.37", "sum=67.37", True),
        ("67,37", "a sum of 67,37 euro", True),
        ("67", "a sum of 67.", True),
        ("2026-11-27", "on 2026-11-27T10:00", True),
        ("Anna", "Annas", True),
    ],
)
def test_a_number_counts_only_as_one_of_its_own(value: str, text: str, repeated: bool) -> None:
    error = ValueError(text)
    if repeated:
        with pytest.raises(AssertionError, match="repeat a value"):
            assert_says_nothing(error, frozenset({value}))
    else:
        assert_says_nothing(error, frozenset({value}))


def test_an_error_that_hangs_on_the_reply_is_refused() -> None:
    try:
        try:
            raise KeyError("reply")
        except KeyError:
            raise ValueError("x")  # noqa: B904 - what is refused
    except ValueError as error:
        with pytest.raises(AssertionError, match="context"):
            assert_says_nothing(error, frozenset())
