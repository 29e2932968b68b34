"""What turns the texts of a checked JSON value into dates, bytes and decimals, generated from shapes as code.

Only for values that :mod:`adapters.kit.openapi.plain_checks` passed; it changes the objects it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from adapters.kit.openapi.formats import VALUES
from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.shapes import Handle, Shape


class Conversions:
    """Of one contract, for one direction."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._scope: dict[str, Any] = {"ABSENT": object(), "Decimal": Decimal}
        self._named: dict[Handle, str | None] = {}

    def of(self, handle: Handle) -> Callable[[Any], Any] | None:
        """What converts a value; None where values stay as they are."""
        told = self._told(handle)
        if told is None:
            return None
        name = f"value_{len(self._scope)}"
        exec(f"def {name}(x):\n    return {told}", self._scope)  # noqa: S102 - made of the contract
        made: Callable[[Any], Any] = self._scope[name]
        return made

    def _told(self, handle: Handle) -> str | None:
        handle = self._readers.canonical(handle)
        shape = self._readers.shape(handle)
        kinds = shape.kinds - {"null"}
        nothing = "x if x is None else " if "null" in shape.kinds else ""
        if kinds == {"string"}:
            form = next((form for form in shape.formats if form in VALUES), None)
            if form is None or shape.enum is not None:
                return None
            self._scope[f"read_{len(form)}_{form.replace('-', '_')}"] = VALUES[form]
            return f"({nothing}read_{len(form)}_{form.replace('-', '_')}(x))"
        if kinds == {"integer", "fraction"}:
            return f"({nothing}Decimal(x))"
        if kinds in ({"array"}, {"object"}):
            if handle not in self._named:
                self._held(handle, shape, "array" if "array" in kinds else "object")
            name = self._named[handle]
            return None if name is None else f"({nothing}{name}(x))"
        return None

    def _held(self, handle: Handle, shape: Shape, kind: str) -> None:
        name = f"convert_{len(self._named)}"
        self._named[handle] = name  # Before its code, since a schema may contain itself.
        lines = self._array(shape) if kind == "array" else self._object(shape)
        if not lines:
            self._named[handle] = None  # What called it meanwhile finds a function that changes nothing.
        code = "\n".join([f"def {name}(x):", "    held = x", *(f"    {line}" for line in lines), "    return held"])
        exec(code, self._scope)  # noqa: S102 - made of the contract, names by repr

    def _array(self, shape: Shape) -> list[str]:
        told = self._told(shape.items) if shape.items else None
        return [] if told is None else ["for at, x in enumerate(held):", f"    held[at] = {told}"]

    def _object(self, shape: Shape) -> list[str]:
        lines: list[str] = []
        for name, handle in shape.properties.items():
            told = self._told(self._readers.under(shape, name, handle))
            if told is not None:
                lines += [f"x = held.get({name!r}, ABSENT)", "if x is not ABSENT:", f"    held[{name!r}] = {told}"]
        others = self._readers.under(shape, None, ())
        told = self._told(others) if others else None
        if told is not None:
            self._scope[known := f"known_{len(self._scope)}"] = frozenset(shape.properties)
            lines += ["for name, x in held.items():", f"    if name not in {known}:", f"        held[name] = {told}"]
        return lines
