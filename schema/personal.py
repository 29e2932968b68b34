"""What may be a personal code in texts that callers and registers wrote and others read."""

from __future__ import annotations

import re

_CODE = re.compile(r"\d{6}[ _-]?\d{5}")


def may_hold_code(text: str) -> bool:
    """Whether 11 digits follow each other, as a personal code's do, with or without its hyphen.

    Some texts that mean something else do too; none of those is missed where it is left out.
    """
    return _CODE.search(text) is not None


def masked(text: str) -> str:
    """The text with asterisks in place of whatever may be a personal code."""
    return _CODE.sub("***", text)
