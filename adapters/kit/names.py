"""Names of contracts as names that GraphQL allows: reversible, and the same whatever stands beside them.

Letters, digits and underscores of ASCII stay. Every other character becomes ``_xH_`` with its code point ``H`` in
hexadecimal, and so does a first digit, and an underscore where it would be read as the beginning of one.
"""

from __future__ import annotations

import re

_LEGAL = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
_STAYS = re.compile(r"[0-9A-Za-z_]", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-F]+)_")
_LOOKS_ESCAPED = re.compile(r"x[0-9A-F]")


def is_legal(name: str) -> bool:
    """Whether GraphQL allows the name as it is."""
    return _LEGAL.fullmatch(name) is not None


def legal_name(name: str) -> str:
    """The name as GraphQL allows it; :func:`wire_name` gives it back. Raises: ValueError: it is empty."""
    if not name:
        raise ValueError("a name has at least one character")
    made = []
    for at, sign in enumerate(name):
        first_digit = at == 0 and sign.isdigit()
        own = sign == "_" and _LOOKS_ESCAPED.match(name, at + 1)
        made.append(f"_x{ord(sign):X}_" if first_digit or own or not _STAYS.fullmatch(sign) else sign)
    return "".join(made)


def wire_name(name: str) -> str:
    """The contract's name of a legal one."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name)
