"""Checks of JSON values, generated from the shapes of a contract as code: a few comparisons a member."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from adapters.kit.openapi.formats import CHECKS, INTEGER_BOUNDS
from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.plain_json import Check, without_fractions
from adapters.kit.openapi.shapes import KINDS, Handle, Shape

_NEVER = "False"
_LONG = 2_000
"""Characters of one condition that is still written in place."""


class Checks:
    """Checks of one contract, for one direction. What they cannot tell, they do not pass."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._scope: dict[str, Any] = {"ABSENT": object(), "without_fractions": without_fractions}
        self._named: dict[Handle, str] = {}

    def of(self, handle: Handle) -> Check:
        """The check of schemas that all have to hold."""
        told = self._told(handle)
        name = told.removesuffix("(x)")
        check: Check = self._scope[name if name in self._named.values() else self._function([f"return {told}"])]
        return check

    def _told(self, handle: Handle) -> str:
        """The expression that tells whether ``x`` is as the schemas say."""
        handle = self._readers.canonical(handle)
        shape = self._readers.shape(handle)
        if _combines(shape):
            return _NEVER
        if shape.kinds == KINDS:
            return "without_fractions(x)" if _says_nothing(shape) else _NEVER
        if shape.enum is not None:
            return self._listed(shape)
        every = [self._of_kind(kind, shape, handle) for kind in sorted(shape.kinds - {"fraction"}) if kind != "null"]
        if "null" in shape.kinds:
            every.append("x is None")
        if not every:
            return _NEVER
        told = every[0] if len(every) == 1 else f"({' or '.join(f'({one})' for one in every)})"
        return told if len(told) < _LONG else f"{self._function([f'return {told}'])}(x)"

    def _listed(self, shape: Shape) -> str:
        # A number is equal to a truth value in Python and not in JSON, so only texts are told here.
        texts = frozenset(value for value in shape.enum or () if isinstance(value, str))
        told = f"type(x) is str and x in {self._value(texts)}"
        if "string" not in shape.kinds or shape.patterns or shape.formats:
            return _NEVER
        if shape.min_length is not None or shape.max_length is not None:
            return _NEVER
        return f"(x is None or {told})" if shape.takes_null else told

    def _of_kind(self, kind: str, shape: Shape, handle: Handle) -> str:
        match kind:
            case "object":
                return f"{self._holder(shape, handle, 'object')}(x)"
            case "array":
                return f"{self._holder(shape, handle, 'array')}(x)"
            case "string":
                return self._string(shape)
            case "integer":
                return self._integer(shape)
        return "(x is True or x is False)"

    def _holder(self, shape: Shape, handle: Handle, kind: str) -> str:
        name = self._named.get(handle) if len(shape.kinds & {"object", "array"}) == 1 else None
        if name is None:
            name = f"named_{len(self._scope)}_{len(self._named)}"
            if len(shape.kinds & {"object", "array"}) == 1:
                self._named[handle] = name  # Before its code, since a schema may contain itself.
            self._function(self._object(shape) if kind == "object" else self._array(shape), name)
        return name

    def _object(self, shape: Shape) -> list[str]:
        if (
            shape.patterned
            or shape.names
            or shape.dependent
            or shape.min_properties
            or shape.max_properties is not None
        ):
            return [f"return {_NEVER}"]
        required = self._readers.required(shape)
        lines = ["if type(x) is not dict:", "    return False", "members, known = x, 0"]
        for name, handle in shape.properties.items():
            lines += [
                f"x = members.get({name!r}, ABSENT)",
                "if x is not ABSENT:",
                *(f"    {line}" for line in self._member(self._readers.under(shape, name, handle))),
                "    known += 1",
                *(["else:", "    return False"] if name in required else []),
            ]
        if unnamed := required - shape.properties.keys():
            lines += [f"if not members.keys() >= {self._value(unnamed)}:", "    return False"]
        return [
            *lines,
            "if known < len(members):",
            "    for name, x in members.items():",
            f"        if name not in {self._value(frozenset(shape.properties))} and not "
            f"({self._told(self._readers.under(shape, None, ()))}):",
            "            return False",
            "return True",
        ]

    def _member(self, handle: Handle) -> list[str]:
        """Lines that give False where ``x`` is not as the schemas say: of a list in place, without a call."""
        shape = self._readers.shape(self._readers.canonical(handle))
        if shape.kinds == {"array"} and shape.enum is None and not _combines(shape):
            return self._items(shape)
        return [f"if not ({self._told(handle)}):", "    return False"]

    def _array(self, shape: Shape) -> list[str]:
        return [*self._items(shape), "return True"]

    def _items(self, shape: Shape) -> list[str]:
        if shape.prefix or shape.contains or shape.unique:
            return [f"return {_NEVER}"]
        size = _sizes(shape.min_items, shape.max_items)
        return [
            f"if not ({' and '.join(['type(x) is list', *size])}):",
            "    return False",
            "for x in x:",
            f"    if not ({self._told(shape.items)}):",
            "        return False",
        ]

    def _string(self, shape: Shape) -> str:
        every = ["type(x) is str", *_sizes(shape.min_length, shape.max_length)]
        every += [f"{self._value(pattern.search)}(x) is not None" for pattern in shape.patterns]
        every += [f"{self._value(CHECKS[form])}(x)" for form in shape.formats if form in CHECKS]
        return " and ".join(every)

    def _integer(self, shape: Shape) -> str:
        if shape.multiples:
            return _NEVER
        every = ["type(x) is int"]
        bounds = ((">=", shape.minimum), ("<=", shape.maximum), (">", shape.above), ("<", shape.below))
        every += [f"x {sign} {self._number(bound)}" for sign, bound in bounds if bound is not None]
        limits = [INTEGER_BOUNDS[form] for form in shape.formats if form in INTEGER_BOUNDS]
        return " and ".join([*every, *(f"-{limit} <= x < {limit}" for limit in limits)])

    def _number(self, bound: Decimal) -> str:
        return repr(int(bound)) if bound == bound.to_integral_value() else self._value(bound)

    def _value(self, value: Any) -> str:
        name = f"value_{len(self._scope)}"
        self._scope[name] = value
        return name

    def _function(self, lines: list[str], name: str | None = None) -> str:
        name = name or f"check_{len(self._scope)}"
        code = "\n".join([f"def {name}(x):", *(f"    {line}" for line in lines)])
        exec(code, self._scope)  # noqa: S102 - made of the contract, names by repr
        return name


def _combines(shape: Shape) -> bool:
    return bool(shape.unions or shape.nots or shape.conditions or shape.unevaluated)


def _says_nothing(shape: Shape) -> bool:
    return (
        shape.enum is None
        and not (
            shape.properties or shape.required or shape.closed or shape.patterned or shape.names or shape.dependent
        )
        and not (
            shape.items
            or shape.prefix
            or shape.contains
            or shape.unique
            or shape.patterns
            or shape.formats
            or shape.multiples
        )
        and all(
            bound is None
            for bound in (
                *(shape.minimum, shape.maximum, shape.above, shape.below, shape.min_length, shape.max_length),
                *(shape.min_items, shape.max_items, shape.min_properties, shape.max_properties),
            )
        )
    )


def _sizes(low: int | None, high: int | None) -> list[str]:
    return [*([] if low is None else [f"len(x) >= {low}"]), *([] if high is None else [f"len(x) <= {high}"])]
