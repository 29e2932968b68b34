"""JSON text of a contract, read with the line of every value."""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException
from json.decoder import scanstring  # type: ignore[attr-defined] # the standard reader's own, in C
from typing import Any

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.nodes import MAX_DEPTH, MAX_NODES, Row, Table

_BLANKS = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"true|false|null")
_MAX_DIGITS = 1000


class NoJsonError(ValueError):
    """The text is no JSON; it may still be YAML."""

    def __init__(self, line: int) -> None:
        super().__init__(f"no JSON at line {line}")
        self.line = line


def read_json_nodes(text: str, file: str) -> Any:
    """Read it.

    Raises:
        NoJsonError: the text is not JSON.
        UnsupportedConstruct: it is, with something in it that has no one meaning, or too much of it.
    """
    return _Reader(text, file).whole()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._at = 0
        self._line, self._counted = 1, 0
        self._nodes = 0

    def whole(self) -> Any:
        value = self._value(0)
        self._blanks()
        if self._at < len(self._text):
            raise NoJsonError(self._here())
        return value

    def _here(self) -> int:
        # Counted on from the last place asked for: the text is gone through once.
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = max(self._counted, self._at)
        return self._line

    def _blanks(self) -> str:
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> Any:
        first = self._blanks()
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise UnsupportedConstruct("nesting too deep", f"{self._file}:{self._here()}")
        if self._nodes > MAX_NODES:
            raise UnsupportedConstruct("too many values", f"{self._file}:{self._here()}")
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._array(depth)
        if first == '"':
            return self._string()
        return self._scalar()

    def _object(self, depth: int) -> Table:
        made = Table(self._file, self._here())
        self._at += 1
        if self._blanks() == "}":
            self._at += 1
            return made
        while True:
            if self._blanks() != '"':
                raise NoJsonError(self._here())
            line = self._here()
            name = self._string()
            if name in made:
                raise UnsupportedConstruct("a name that stands twice", f"{self._file}:{line}")
            if self._blanks() != ":":
                raise NoJsonError(self._here())
            self._at += 1
            made[name] = self._value(depth + 1)
            made.lines[name] = line
            if not self._goes_on("}"):
                return made

    def _array(self, depth: int) -> Row:
        made = Row(self._file, self._here())
        self._at += 1
        if self._blanks() == "]":
            self._at += 1
            return made
        while True:
            made.append(self._value(depth + 1))
            if not self._goes_on("]"):
                return made

    def _goes_on(self, end: str) -> bool:
        mark = self._blanks()
        if mark not in (",", end) or not mark:
            raise NoJsonError(self._here())
        self._at += 1
        return mark == ","

    def _string(self) -> str:
        try:
            value, self._at = scanstring(self._text, self._at + 1, True)
        except ValueError:
            raise NoJsonError(self._here()) from None
        return str(value)

    def _scalar(self) -> Any:
        word = _WORD.match(self._text, self._at)
        if word is not None:
            self._at = word.end()
            return _WORDS[word.group()]
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise NoJsonError(self._here())
        self._at = number.end()
        return number_of(number.group(), f"{self._file}:{self._here()}")


def number_of(text: str, where: str) -> int | Decimal:
    """A number as it stands in a contract. Raises: UnsupportedConstruct where it has no use."""
    if len(text) <= _MAX_DIGITS:
        try:
            if text.lstrip("+-").isdigit():
                return int(text)
            value = Decimal(text)
            if value.is_finite() and abs(value.adjusted()) <= _MAX_DIGITS:
                return value
        except (DecimalException, ValueError):
            pass
    raise UnsupportedConstruct("a number out of bounds", where)
