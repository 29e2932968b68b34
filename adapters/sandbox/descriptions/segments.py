"""Which steps of an address stand for a path's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_TEMPLATE = re.compile(r"\{([^{}]*)\}")


def segments(template: str, path: str) -> Mapping[str, str] | None:
    """The texts, still percent-encoded, by name; None where the address is of another path."""
    found = _pattern(template).fullmatch(path)
    if found is None:
        return None
    return dict(zip(_TEMPLATE.findall(template), found.groups(), strict=True))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = _TEMPLATE.split(template)
    return re.compile("".join(re.escape(part) if at % 2 == 0 else "([^/]+)" for at, part in enumerate(parts)))
