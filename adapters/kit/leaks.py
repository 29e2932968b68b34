"""Whether an error holds something of a reply: for tests."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_WORD, _CODE = "CANARY-", "39199999999"
CANARY = _WORD + _CODE
"""Stands in replies where nothing of them may be repeated: errors mask the code, and not the word."""

_NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")
_KIT = Path(__file__).resolve().parent
_TESTS = frozenset({"contract_test.py", "receiver_contract_test.py", "recorded.py", "owner.py", "soap_owner.py"})


def assert_says_nothing(error: BaseException, values: frozenset[str]) -> None:
    """No value of a reply is in the error, nor in what hangs on it, but frames: see :func:`assert_holds_nothing`."""
    assert error.__cause__ is None, "the error has a cause, which holds the reply: raise it from None, after the except"
    assert error.__context__ is None, "the error has a context, which holds the reply: raise it after the except block"
    said = {"str": str(error), "repr": repr(error), "args": repr(error.args), "attributes": repr(vars(error))}
    repeated = [place for place, text in said.items() if _holds(text, values)]
    assert repeated == [], f"the error's {' and '.join(repeated)} repeat a value of the reply"


def assert_holds_nothing(
    error: BaseException, values: frozenset[str], folder: Path, asked: frozenset[str] = frozenset()
) -> None:
    """As :func:`assert_says_nothing`, and no variable of a frame of the kit's or of the adapter's holds one either.

    Args:
        folder: the adapter's.
        asked: keys that the caller gave; variables may hold these, the error may not.
    """
    assert_says_nothing(error, values)
    holding = [place for place, text in _variables(error, folder) if _holds(text, values - asked)]
    assert holding == [], f"variables that the error's traceback holds repeat a value of the reply: {holding}"


def _holds(text: str, values: frozenset[str]) -> bool:
    words, numbers = _parted(values)
    return any([word in text for word in words]) or (numbers is not None and numbers.search(text) is not None)  # noqa: C419 - a generator costs more


@lru_cache(maxsize=64)
def _parted(values: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """What a text repeats wherever it stands, and a pattern of numbers: they count only as numbers of their own, since
    a moment has any digits, fractions too."""
    numbers = sorted(filter(_NUMBER.fullmatch, values))
    of_its_own = rf"(?<![0-9.])(?:{'|'.join(map(re.escape, numbers))})(?![0-9])"
    words = (_WORD, _CODE, *sorted(values.difference(numbers)))
    return words, re.compile(of_its_own) if numbers else None


def _variables(error: BaseException, folder: Path) -> Iterator[tuple[str, str]]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.name in _TESTS or not (path.is_relative_to(_KIT) or path.is_relative_to(folder)):
            continue
        for name, value in frame.f_locals.items():
            yield f"{name} in {path.name}:{line}", repr(value)
