"""How a subject's key may stand on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def ways(digits: str, *, number: bool) -> Iterable[tuple[str, Any]]:
    """Expressions of a subject's key, and what each makes of some digits; whole keys before parts of them."""
    if number:
        yield "int(subject.digits)", int(digits)
        yield from ((f"int(subject.digits[-{n}:])", int(digits[-n:])) for n in range(len(digits) - 1, 3, -1))
        return
    yield "subject.digits", digits
    yield 'f"{subject.digits[:6]}-{subject.digits[6:]}"', f"{digits[:6]}-{digits[6:]}"
    yield 'f"LV{subject.digits}"', f"LV{digits}"
    yield from ((f"subject.digits[-{n}:]", digits[-n:]) for n in range(len(digits) - 1, 3, -1))
