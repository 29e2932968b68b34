"""Readers of single JSON values: texts and numbers, with every bound that a schema sets them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from adapters.kit.openapi.formats import CHECKS, INTEGER_BOUNDS, VALUES
from adapters.kit.openapi.shapes import Shape

Memo = dict[tuple[int, int], Any]
"""What an alternative made of a value, by their identity, within one reading: so each value is tried once by each."""
Read = Callable[[Any, Memo], Any]
_Check = Callable[[Any], object]


class Slip(ValueError):  # noqa: N818 - it says what happened, and is an error of nobody here
    """A value is not as the contract says. ``steps`` lead to it, the last one first; no value is in it."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword
        self.steps: list[str | int] = []


def same(value: Any, memo: Memo) -> Any:
    """The value as it is."""
    return value


def text_reader(shape: Shape) -> Read:
    checks: list[tuple[str, _Check]] = []
    low, high = shape.min_length, shape.max_length
    if low is not None:
        checks.append(("minLength", lambda text: len(text) >= low))
    if high is not None:
        checks.append(("maxLength", lambda text: len(text) <= high))
    checks += [("pattern", pattern.search) for pattern in shape.patterns]
    convert = next((VALUES[form] for form in shape.formats if form in VALUES), None)
    checks += [
        ("format", CHECKS[form])
        for form in shape.formats
        if form in CHECKS and (convert is None or VALUES.get(form) is not convert)
    ]

    def read(value: Any, memo: Memo) -> Any:
        for keyword, check in checks:
            if not check(value):
                raise Slip(keyword)
        if convert is None:
            return value
        try:
            return convert(value)
        except ValueError:
            raise Slip("format") from None

    return read if checks or convert is not None else same


class _Bounds:
    """Bounds of a number."""

    def __init__(self, shape: Shape) -> None:
        self._checks: list[tuple[str, _Check]] = []
        low, high, above, below = shape.minimum, shape.maximum, shape.above, shape.below
        if low is not None:
            self._checks.append(("minimum", lambda number: number >= low))
        if high is not None:
            self._checks.append(("maximum", lambda number: number <= high))
        if above is not None:
            self._checks.append(("exclusiveMinimum", lambda number: number > above))
        if below is not None:
            self._checks.append(("exclusiveMaximum", lambda number: number < below))
        self._checks += [("multipleOf", _multiple_of(step)) for step in shape.multiples]

    def check(self, number: Any) -> None:
        for keyword, check in self._checks:
            if not check(number):
                raise Slip(keyword)


def _multiple_of(step: Decimal) -> _Check:
    top, bottom = step.as_integer_ratio()

    def check(number: Any) -> bool:
        over, under = number.as_integer_ratio()
        return bool((over * bottom) % (under * top) == 0)

    return check


def whole_number_reader(shape: Shape) -> Read:
    bounds = _Bounds(shape)
    limits = [INTEGER_BOUNDS[form] for form in shape.formats if form in INTEGER_BOUNDS]
    convert = "fraction" in shape.kinds and "string" not in shape.kinds

    def read(value: Any, memo: Memo) -> Any:
        bounds.check(value)
        for limit in limits:
            if not -limit <= value < limit:
                raise Slip("format")
        return Decimal(value) if convert else value

    return read


def number_reader(shape: Shape) -> Read:
    bounds = _Bounds(shape)

    def read(value: Any, memo: Memo) -> Any:
        bounds.check(value)
        return value

    return read


def whole_of_reader(read: Read) -> Read:
    """Since draft 6, 1.0 is an integer; what does not end in zeros is none."""

    def whole(value: Any, memo: Memo) -> Any:
        if value != value.to_integral_value():
            raise Slip("type")
        return read(int(value), memo)

    return whole
