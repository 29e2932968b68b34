"""XML Schema's regular expressions as Python's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

import re2

_WHOLE = re.compile(r"\^\(\?:(.*)\)\$\(\?!\\n\\Z\)", re.DOTALL)
# The translator leaves these to the engine, which means other letters by them.
_WORDS = {
    "\\w": "\\p{L}\\p{M}\\p{N}\\p{S}",
    "\\W": "\\p{P}\\p{Z}\\p{C}",
    "\\d": "\\p{Nd}",
    "\\D": "\\P{Nd}",
}
_ESCAPED = re.compile(r"\\(?:[pP]\{[^}]*\}|.)", re.DOTALL)
_CLASS = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]")
_REPEATS = re.compile(r"[*+]|\{\d+,\}|\)\{")
_PLAIN = re.compile(
    r"(?: \((?!\?) | \|"
    r" | (?: \) | [A-Za-z0-9/:,@\ _-] | \\[-./] | \[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\] )"
    r"   (?: \? | \{[0-9]+(?:,[0-9]+)?\} )? )*",
    re.VERBOSE,
)
"""What most contracts write; both languages mean the same by it."""
_WORD_IN = re.compile(r"\\.|\[\^?|\]", re.DOTALL)


class Matches(Protocol):
    """A compiled expression: Python's, or a linear one."""

    @property
    def pattern(self) -> str:
        """Its source."""

    def fullmatch(self, text: str, /) -> object | None:
        """Something where the whole text matches, else None."""


@lru_cache(maxsize=1024)
def compiled(source: str) -> Matches:
    """The pattern, to be used with ``fullmatch``. Raises: ValueError: no expression of XML Schema's.

    Where Python would go back and forth, which takes a hostile text minutes, an engine that reads each sign once does.
    """
    try:
        pattern = source if _PLAIN.fullmatch(source) else _translated(source)
        return re.compile(pattern) if _goes_forward(source) else _linear(pattern)
    except (re.error, re2.error, ValueError, OverflowError):
        raise ValueError("no regular expression of XML Schema's") from None


def _translated(source: str) -> str:
    """Raises: ValueError."""
    from elementpath.regex import RegexError, translate_pattern  # A tenth of a gateway's start, for what few write.

    try:
        made: str = translate_pattern(_with_words(source), back_references=False, lazy_quantifiers=False, anchors=False)
    except RegexError as error:
        raise ValueError(str(error)) from None
    whole = _WHOLE.fullmatch(made)
    return made if whole is None else whole[1]


def _goes_forward(source: str) -> bool:
    """Whether nothing repeats without bound, and no group more than once: then Python has little to try."""
    outside = _CLASS.sub("x", _ESCAPED.sub("x", source))
    return not _REPEATS.search(outside)


def _linear(pattern: str) -> Matches:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    made: Matches = re2.compile(pattern, options)
    return made


def _with_words(source: str) -> str:
    depth, made, at = 0, [], 0
    for match in _WORD_IN.finditer(source):
        sign = match.group()
        made.append(source[at : match.start()])
        at = match.end()
        if sign in _WORDS:
            made.append(_WORDS[sign] if depth else f"[{_WORDS[sign]}]")
            continue
        depth += sign.startswith("[") - (sign == "]" and depth > 0)
        made.append(sign)
    return "".join(made) + source[at:]
