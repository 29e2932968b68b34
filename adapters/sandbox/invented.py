"""Codes of people in what is made up: those of invented people begin with 39, which nobody's code does."""

from __future__ import annotations

import re

_CODE = re.compile(r"(?<![0-9])[0-9]{6}-?[0-9]{5}(?![0-9])", re.ASCII)


def invented(text: str) -> str:
    """The text, with whatever looks like a personal code turned into one that nobody has."""
    return _CODE.sub(lambda match: f"39{match[0][2:]}", text)
