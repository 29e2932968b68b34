"""Ids that are given anew."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from schema.personal import may_hold_code

_BYTES = 12


def fresh_id(prefix: str, digits: Callable[[int], str] = secrets.token_hex) -> str:
    """An id that nobody guesses: the prefix, a hyphen and 24 hexadecimal digits.

    Nothing in it may be a personal code: one in thirty of such digits at random has eleven decimal ones in a row, which
    are asterisks wherever somebody else's words might be, and the id would be lost.

    Args:
        digits: so many random bytes, hexadecimal.
    """
    while may_hold_code(made := f"{prefix}-{digits(_BYTES)}"):
        pass
    return made
