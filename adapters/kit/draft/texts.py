"""A contract's words in files that are run or read: quoted as values, or made plain as sentences; never raw."""

from __future__ import annotations

import json
import unicodedata

_LONGEST = 300
_PLAIN = str.maketrans({"\\": "/", '"': "'", "{": "(", "}": ")"})
_DELETE = "\x7f"


def quoted(text: str) -> str:
    """A text as Python, TOML and JSON all write it."""
    pairs = text.encode("utf-16", "surrogatepass").decode(
        "utf-16", "replace"
    )  # A half pair cannot be written to a file.
    return json.dumps(pairs, ensure_ascii=False).replace(_DELETE, "\\u007f")


def in_words(text: str, longest: int = _LONGEST) -> str:
    """A text within a docstring or a line for people: one line, without what could end or change it."""
    printable = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in text.translate(_PLAIN))
    return " ".join(printable.split())[:longest].strip()


def sentence(text: str) -> str:
    """The same with an end; empty stays empty."""
    plain = in_words(text)
    return plain if not plain or plain[-1] in ".!?" else f"{plain}."


def is_plain(name: str) -> bool:
    """Whether a name can stand in code and in lists as it is: nothing that quotes, escapes or controls."""
    return bool(name) and not any(sign in "\"'\\" or unicodedata.category(sign)[0] == "C" for sign in name)


def wrapped(said: str) -> list[str]:
    """The lines of a text in a docstring."""
    rows, row = list[str](), ""
    for word in said.split(" "):
        if row and len(row) + len(word) > 100:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}" if row else word
    return [*rows, row]
