"""How many steps Python's ``re`` may take for a pattern: it tries every way in which a text could match."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LENGTH = 10_000
"""Characters of a text that the steps are reckoned for."""
_FEW = 20 * _LENGTH
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[[^\]]*\]")
_BACK_REFERENCE = re.compile(r"\(\?(?::\\[1-9]|P=\w+)\)")
_REFERRED = "\x00"
_REPEAT = re.compile(r"(?:([*+?])|\{([0-9]*)(,?)([0-9]*)\})([?+]?)")
_GROUP = re.compile(r"\((?:\?(?:P<\w+>|[ai]?:|(<?[=!])))?")


@dataclass(frozen=True, slots=True)
class _Cost:
    """Of a part of a pattern, at one place of a text."""

    ways: int
    """In which it can match there."""
    steps: int
    """To try them all."""
    anchored: bool = False
    """Whether it matches at the beginning of a text only."""


_NOTHING = _Cost(1, 0)


def goes_back_and_forth(pattern: str) -> bool:
    """Whether a text may cost a ``search`` more than some steps a character.

    Args:
        pattern: Python's, and well formed; of what is not known here it is said.
    """
    signs = _CLASS.sub("x", _ESCAPED.sub("x", _BACK_REFERENCE.sub(_REFERRED, pattern)))
    try:
        cost = _Reckoning(signs).whole()
    except _UnknownError:
        return True
    return cost.steps * (1 if cost.anchored else _LENGTH) > _FEW


class _UnknownError(Exception):
    pass


class _Reckoning:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def whole(self) -> _Cost:
        cost = self._alternatives()
        if self._at < len(self._pattern):
            raise _UnknownError
        return cost

    def _alternatives(self) -> _Cost:
        branches = [self._sequence()]
        while self._pattern.startswith("|", self._at):
            self._at += 1
            branches.append(self._sequence())
        return _Cost(
            _few(sum(branch.ways for branch in branches)),
            _few(sum(branch.steps for branch in branches)),
            all(branch.anchored for branch in branches),
        )

    def _sequence(self) -> _Cost:
        made = _NOTHING
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            made = _then(made, self._repeated())
        return made

    def _repeated(self) -> _Cost:
        one = self._part()
        match = _REPEAT.match(self._pattern, self._at)
        if match is None:
            return one
        self._at = match.end()
        sign, low, comma, high, _ = match.groups()
        if sign is not None:
            return _times(one, int(sign == "+"), 1 if sign == "?" else _LENGTH)
        least = int(low or 0)
        return _times(one, least, least if not comma else int(high) if high else max(_LENGTH, least))

    def _part(self) -> _Cost:
        sign = self._pattern[self._at]
        if sign != "(":
            self._at += 1
            return _Cost(1, 1, anchored=True) if sign == "^" else _Cost(1, _LENGTH if sign == _REFERRED else 1)
        match = _GROUP.match(self._pattern, self._at)
        if match is None or self._pattern.startswith("?", match.end()):
            raise _UnknownError
        self._at = match.end()
        inner = self._alternatives()
        self._at += 1
        return inner if match[1] is None else _Cost(1, inner.steps)


def _then(one: _Cost, other: _Cost) -> _Cost:
    # What stands before the anchor is tried at each place.
    anchored = one.anchored or (other.anchored and not one.steps)
    return _Cost(_few(one.ways * other.ways), _few(one.steps + one.ways * other.steps), anchored)


def _times(one: _Cost, least: int, most: int) -> _Cost:
    if one.ways == 1:
        return _Cost(_few(most - least + 1), _few(most * one.steps), one.anchored and least > 0)
    ways, steps, each = 0, 0, 1
    for count in range(most + 1):
        ways += each if count >= least else 0
        if count < most:
            steps, each = steps + each * one.steps, each * one.ways
        if steps > _FEW or each > _FEW:
            return _Cost(_FEW + 1, _FEW + 1)
    return _Cost(_few(ways), _few(steps), one.anchored and least > 0)


def _few(count: int) -> int:
    return min(count, _FEW + 1)
