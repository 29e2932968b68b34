"""Patterns as JSON Schema has them (ECMA-262), said in the words of Python's ``re``.

The two differ quietly: ``$`` is the end of the text and not also the place before a last line feed, ``\\d`` and ``\\w``
are ASCII, ``\\s`` is not, and ``.`` leaves out four line ends. What cannot be said the same is refused. Where Python
would go back and forth, which takes a hostile text minutes, an engine that reads each sign once searches.
"""

from __future__ import annotations

import re
import sys
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache

import re2

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.backtracking import goes_back_and_forth

_SPACE = r"\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": _SPACE}
_NOT_IN_CLASS = {"D": r"[^0-9]", "W": r"[^0-9A-Za-z_]", "S": f"[^{_SPACE}]"}
_ANY = r"[^\n\r\u2028\u2029]"
_KEPT = "tnrfv"
_PROPERTY = re.compile(r"\{(?:(?:General_Category|gc)=)?([A-Z][a-z]?|Letter|Number|Alphabetic)\}")
_CATEGORIES = {"Letter": "L", "Number": "N", "Alphabetic": "L"}
_LENGTH = 5000
_FIRST_PLANE = 0x10000
_TO_LINEAR = {r"\Z": r"\z", r"(?a:\b)": r"\b", r"(?a:\B)": r"\B", "(?!)": r"[^\x00-\x{10FFFF}]", "{,": "{0,"}
_TOKEN = re.compile(r"\(\?a:\\[bB]\)|\(\?!\)|\{,(?=[0-9]+\})|\\.", re.DOTALL)
_CLASS_OR_TOKEN = re.compile(rf"\[(?:\\.|[^\]\\])*\]|{_TOKEN.pattern}", re.DOTALL)
_CODE = re.compile(r"\\(?:u([0-9a-f]{4})|.)", re.DOTALL)

BACK_AND_FORTH = "a pattern with look-around or too large sizes, which a hostile text would take minutes with"

Search = Callable[[str], object | None]


class Pattern:
    """A pattern of a contract: ``text`` as it stands there, ``search`` gives None where nothing matches."""

    __slots__ = ("search", "text")

    def __init__(self, text: str, search: Search) -> None:
        self.text = text
        self.search = search

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def pattern_of(text: str, where: str) -> Pattern:
    """Compile it, for ``search``. Raises: UnsupportedConstruct."""
    if len(text) > _LENGTH:
        raise UnsupportedConstruct("a pattern too long", where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # What Python warns of, it reads in another way than ECMA.
            said = translated(text)
            search = re.compile(said).search
        if not goes_back_and_forth(said):
            return Pattern(text, search)
    except (re.error, OverflowError, RecursionError, ValueError, Warning):
        raise UnsupportedConstruct("pattern", where) from None
    try:
        return Pattern(text, linear(said))
    except (re2.error, ValueError):
        raise UnsupportedConstruct(BACK_AND_FORTH, where) from None


def translated(text: str) -> str:
    """The pattern in Python's words. Raises: ValueError."""
    return _Translation(text).done()


def linear(pattern: str) -> Search:
    """The same search, in one go. Raises: re2.error, ValueError: look-around, back-references, sizes beyond bounds.

    Args:
        pattern: as :func:`translated` gives it.
    """
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    found: Search = re2.compile(_CLASS_OR_TOKEN.sub(_linear_part, pattern), options).search

    def search(text: str) -> object | None:
        try:
            return found(text)
        except UnicodeEncodeError:
            return None  # Half a character, which is no text.

    return search


def _linear_part(match: re.Match[str]) -> str:
    part = match.group()
    if part.startswith("["):
        return _CODE.sub(lambda code: rf"\x{{{code[1]}}}" if code[1] else code.group(), part)
    return _TO_LINEAR.get(part, part)


class _Translation:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def done(self) -> str:
        made = []
        while self._at < len(self._text):
            mark = self._next()
            if mark == "\\":
                made.append(self._escaped())
            elif mark == "[":
                made.append(self._class())
            elif mark == ".":
                made.append(_ANY)
            elif mark == "$":
                made.append(r"\Z")
            elif mark == "(" and self._text.startswith("?<", self._at) and self._peek(2) not in "=!":
                self._at += 2
                made.append("(?P<")
            else:
                made.append(re.escape(mark) if mark in " #&~" else mark)
        return "".join(made)

    def _peek(self, ahead: int) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _next(self) -> str:
        mark = self._text[self._at : self._at + 1]
        self._at += 1
        return mark

    def _escaped(self) -> str:
        mark = self._next()
        if mark in ("b", "B"):
            return rf"(?a:\{mark})"
        if mark in _CLASSES:
            return f"[{_CLASSES[mark]}]"
        if mark in _NOT_IN_CLASS:
            return _NOT_IN_CLASS[mark]
        if mark in "pP" and mark:
            return f"[{'^' if mark == 'P' else ''}{self._category()}]"
        if mark == "k" and self._peek(0) == "<":
            end = self._text.index(">", self._at)
            name, self._at = self._text[self._at + 1 : end], end + 1
            return f"(?P={name})"
        if mark in "123456789" and mark:
            return rf"(?:\{mark})"
        return self._character(mark)

    def _character(self, mark: str) -> str:
        if not mark:
            raise ValueError("a lone backslash")
        if mark in _KEPT:
            return f"\\{mark}"
        if mark == "0":
            return r"\x00"
        if mark == "c":
            return re.escape(chr(ord(self._next()) % 32))
        if mark == "x":
            return self._code(2)
        if mark == "u":
            if self._peek(0) != "{":
                return self._code(4)
            end = self._text.index("}", self._at)
            digits, self._at = self._text[self._at + 1 : end], end + 1
            return re.escape(chr(int(digits, 16)))
        if mark.isalpha():
            raise ValueError("an escape that ECMA has no meaning for")
        return re.escape(mark)

    def _code(self, length: int) -> str:
        digits = self._text[self._at : self._at + length]
        self._at += length
        if len(digits) < length:
            raise ValueError("a character code cut short")
        return re.escape(chr(int(digits, 16)))

    def _class(self) -> str:
        negated = self._peek(0) == "^"
        self._at += negated
        made: list[str] = []
        while True:
            mark = self._next()
            if mark == "]":
                break
            if not mark:
                raise ValueError("a class without end")
            if mark == "\\":
                made.append(self._escaped_in_class())
            elif mark == "-":
                made.append("-" if made and self._peek(0) != "]" and not made[-1].endswith("-") else r"\-")
            else:
                made.append(f"\\{mark}" if mark in "[&~|^" else mark)
        if not made:
            return r"[\s\S]" if negated else r"(?!)"
        return f"[{'^' if negated else ''}{''.join(made)}]"

    def _escaped_in_class(self) -> str:
        mark = self._next()
        if mark == "b":
            return r"\x08"
        if mark in _CLASSES:
            return _CLASSES[mark]
        if mark == "S":
            return _complement(_SPACE)
        if mark in "DW" and mark:
            return _complement(_CLASSES[mark.lower()])
        if mark == "p":
            return self._category()
        if mark == "P":
            raise ValueError("a negated category in a class")
        return self._character(mark)

    def _category(self) -> str:
        found = _PROPERTY.match(self._text, self._at)
        if found is None:
            raise ValueError("a property that is not known here")
        self._at = found.end()
        return _ranges(_CATEGORIES.get(found.group(1), found.group(1)))


@cache
def _complement(characters: str) -> str:
    inside = re.compile(f"[{characters}]")
    # None of the classes has a character beyond the first plane.
    codes = [code for code in range(_FIRST_PLANE) if not inside.match(chr(code))]
    return _as_ranges(codes) + f"{chr(_FIRST_PLANE)}-{chr(sys.maxunicode)}"


@cache
def _ranges(category: str) -> str:
    codes = range(sys.maxunicode + 1)
    return _as_ranges([code for code in codes if unicodedata.category(chr(code)).startswith(category)])


def _as_ranges(codes: list[int]) -> str:
    made, start = [], 0
    for at in range(1, len(codes) + 1):
        if at == len(codes) or codes[at] != codes[at - 1] + 1:
            low, high = re.escape(chr(codes[start])), re.escape(chr(codes[at - 1]))
            made.append(low if low == high else f"{low}-{high}")
            start = at
    return "".join(made)
