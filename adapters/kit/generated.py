"""How generated code names what it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[Any], Any] | Mapping[str, Any] | None
"""From one value to another: a function, a table whose keys are all there is, or None where it is the same."""


def applied(read: Read, value: str, scope: dict[str, Any]) -> str:
    """The expression that reads the expression ``value``; what it names is put into ``scope``."""
    if read is None:
        return value
    name = f"read_{len(scope)}"
    scope[name] = read
    return f"{name}[{value}]" if isinstance(read, Mapping) else f"{name}({value})"
