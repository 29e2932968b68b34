"""References to cases, as the log keeps them for good: a number of somebody's files, and nothing about a person."""

from __future__ import annotations

import re

from schema.personal import may_hold_code
from schema.text import Text

CASE_REFERENCE = Text(
    "a case reference has 3 to 64 letters, digits, blanks and . / - _, and no eleven digits as a personal code has",
    "lietas numurā ir no 3 līdz 64 burtiem, cipariem, atstarpēm un zīmēm . / - _, un tajā nav vienpadsmit ciparu kā "
    "personas kodā",
)
_FORM = re.compile(r"[^\W_][\w ./-]{1,62}[^\W_]")


def is_reference(text: str) -> bool:
    """Whether a text may be kept as one."""
    return _FORM.fullmatch(text) is not None and not may_hold_code(text)
