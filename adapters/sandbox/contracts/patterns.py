"""Texts that match a regular expression of XML Schema: its own reading of the syntax, made to write, not to match."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Holds = Callable[[str], bool]

_POOL = "aZ09bY18cX27" + "".join(chr(code) for code in range(0x20, 0x7F)) + "āĒžŠĶØåñßЖя中あ😀٣" + "\t\n\u00a0\u2019"
"""What a class of characters is tried against; plain letters and digits first, so that most texts look like texts."""
_MANY = 12
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}


class PatternError(ValueError):
    """The text is no regular expression of XML Schema."""


@dataclass(slots=True)
class _Characters:
    pool: Sequence[str]

    def write(self, random: Random, eager: float) -> str:
        # Mostly from the front, where the plain ones are.
        return random.choice(self.pool if random.random() < 0.4 else self.pool[:6])


@dataclass(slots=True)
class _Sequence:
    parts: list[tuple[_Node, int, int | None]]

    def write(self, random: Random, eager: float) -> str:
        made = []
        for part, low, high in self.parts:
            most = max(low, _MANY if high is None else min(high, low + 40))
            times = most if eager >= 1 else low if eager <= 0 else random.randint(low, min(most, low + 3))
            made += [part.write(random, eager) for _ in range(times)]
        return "".join(made)


@dataclass(slots=True)
class _Branches:
    branches: list[_Sequence]

    def write(self, random: Random, eager: float) -> str:
        return random.choice(self.branches).write(random, eager)


_Node = _Characters | _Branches


class Pattern:
    """A regular expression.

    Args:
        text: as the facet has it. Raises: PatternError.
    """

    def __init__(self, text: str) -> None:
        reader = _Reader(text)
        self._root = reader.branches()
        if reader.left:
            raise PatternError("a bracket too many")

    def write(self, random: Random, eager: float) -> str:
        """A text that matches. ``eager`` 0 repeats as little as may be, 1 much, between them a few times."""
        return self._root.write(random, eager)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def left(self) -> str:
        return self._text[self._at :]

    def branches(self) -> _Branches:
        found = [self._branch()]
        while self._take("|"):
            found.append(self._branch())
        return _Branches(found)

    def _branch(self) -> _Sequence:
        parts: list[tuple[_Node, int, int | None]] = []
        while self.left and self.left[0] not in "|)":
            atom = self._atom()
            parts.append((atom, *self._times()))
        return _Sequence(parts)

    def _times(self) -> tuple[int, int | None]:
        for sign, times in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self._take(sign):
                return times
        if not self._take("{"):
            return 1, 1
        inside, closed, _ = self.left.partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdigit() or (high and not high.isdigit()):
            raise PatternError("a quantity that is none")
        self._at += len(inside) + 1
        return int(low), int(high) if high else None if comma else int(low)

    def _atom(self) -> _Node:
        if self._take("("):
            inner = self.branches()
            if not self._take(")"):
                raise PatternError("a bracket is not closed")
            return inner
        if self.left[0] in "?*+{":
            raise PatternError("a quantity of nothing")
        if self._take("["):
            return _characters(self._class())
        if self._take("."):
            return _characters(lambda one: one not in "\r\n")
        return _characters(*self._one())

    def _class(self) -> Holds:
        negated = self._take("^")
        inside: list[Holds] = []
        without: Holds | None = None
        while not self._take("]"):
            if not self.left:
                raise PatternError("a class is not closed")
            if self.left.startswith("-["):
                self._at += 2
                without = self._class()
                continue
            holds, first = self._one()
            if first is not None and self.left[:1] == "-" and self.left[1:2] not in ("]", "["):
                self._at += 1
                last = self._one()[1]
                if last is None or last < first:
                    raise PatternError("a range that is none")
                inside.append(_between(first, last))
            else:
                inside.append(holds)
        return lambda one: any(each(one) for each in inside) != negated and not (without is not None and without(one))

    def _one(self) -> tuple[Holds, str | None]:
        """What one character or one escape means; the character itself where it is a single one."""
        first = self.left[:1]
        self._at += 1
        if first != "\\":
            return _between(first, first), first
        escape = self.left[:1]
        self._at += 1
        if not escape:
            raise PatternError("an escape of nothing")
        if escape in "pP":
            name = self.left[1:].partition("}")[0]
            self._at += len(name) + 2
            return _property(name, negated=escape == "P"), None
        if escape in _ESCAPES:
            return _ESCAPES[escape], None
        if escape.lower() in _ESCAPES:
            return _not(_ESCAPES[escape.lower()]), None
        single = _LETTERS.get(escape, escape)
        return _between(single, single), single

    def _take(self, sign: str) -> bool:
        if not self.left.startswith(sign):
            return False
        self._at += len(sign)
        return True


def _characters(holds: Holds, single: str | None = None) -> _Characters:
    if single is not None:
        return _Characters([single])
    pool = list(dict.fromkeys(one for one in _POOL if holds(one)))
    if not pool:
        pool = [chr(code) for code in range(0xA0, 0x2FFF) if holds(chr(code))][:40]
    if not pool:
        raise PatternError("a class of characters that none is in")
    return _Characters(pool)


def _between(first: str, last: str) -> Holds:
    return lambda one: first <= one <= last


def _not(holds: Holds) -> Holds:
    return lambda one: not holds(one)


def _property(name: str, *, negated: bool) -> Holds:
    if name.startswith("Is"):
        if name != "IsBasicLatin":
            raise PatternError("a block of Unicode that is not known here")
        return lambda one: (ord(one) < 0x80) != negated
    return lambda one: unicodedata.category(one).startswith(name) != negated


def _is_word(one: str) -> bool:
    return unicodedata.category(one)[0] not in "PZC"


_ESCAPES: dict[str, Holds] = {
    "d": lambda one: unicodedata.category(one) == "Nd",
    "s": lambda one: one in " \t\n\r",
    "w": _is_word,
    "i": lambda one: one.isalpha() or one in "_:",
    "c": lambda one: one.isalnum() or one in "_:.-",
}
