"""XML Schema's regular expressions as Python's."""

from __future__ import annotations

import re
from functools import lru_cache

from elementpath.regex import RegexError, translate_pattern

_WHOLE = re.compile(r"\^\(\?:(.*)\)\$\(\?!\\n\\Z\)", re.DOTALL)
# The translator leaves these to Python, which means other letters by them.
_WORDS = {"\\w": "\\p{L}\\p{M}\\p{N}\\p{S}", "\\W": "\\p{P}\\p{Z}\\p{C}"}
_WORD_IN = re.compile(r"\\.|\[\^?|\]", re.DOTALL)


@lru_cache(maxsize=1024)
def compiled(source: str) -> re.Pattern[str]:
    """The pattern, to be used with ``fullmatch``. Raises: ValueError: no expression of XML Schema's."""
    try:
        translated = translate_pattern(
            _with_words(source), back_references=False, lazy_quantifiers=False, anchors=False
        )
        whole = _WHOLE.fullmatch(translated)
        return re.compile(translated if whole is None else whole[1])
    except (RegexError, re.error, ValueError, OverflowError):
        raise ValueError("no regular expression of XML Schema's") from None


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
