"""What people read, in each language. Standard library only.

A text is written in one place, both languages side by side, and carries both wherever it goes: through decisions that
are remembered, plans that are shared and objects of the graph. One is chosen where the bytes of an answer are made.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Language(StrEnum):
    """Languages that people are answered in, by their tag (RFC 5646)."""

    EN = "en"
    LV = "lv"


class Text(str):
    """English as any string is, with Latvian beside it.

    Whatever makes a new string of one (``+``, an f-string) has its English alone; :meth:`filled` and :func:`joined`
    keep both.

    Args:
        en: English.
        lv: Latvian.
    """

    __slots__ = ("lv",)
    lv: str

    def __new__(cls, en: str, lv: str) -> Self:
        text = super().__new__(cls, en)
        text.lv = lv
        return text

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (str(self), self.lv)

    def filled(self, **values: object) -> Text:
        """With its ``{names}`` filled in; a value that is itself a text, in the language that it is filled into."""
        latvian = {name: latvian_of(value) if isinstance(value, str) else value for name, value in values.items()}
        return Text(self.format(**values), self.lv.format(**latvian))


def latvian_of(text: str) -> str:
    """In Latvian where there is Latvian; a name, as it is."""
    return text.lv if isinstance(text, Text) else text


def joined(*parts: str) -> Text:
    """Sentences one after the other."""
    return Text(" ".join(parts), " ".join(latvian_of(each) for each in parts))
