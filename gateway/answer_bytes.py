"""The bytes of an answer: where the language of what people read is chosen."""

from __future__ import annotations

from typing import Any

import orjson

from schema.text import Language, Text


def answer_bytes(answer: dict[str, Any], language: Language) -> bytes:
    """JSON of an answer, its texts in one language. English ones are written as the strings that they are."""
    if language is Language.EN:
        return orjson.dumps(answer)
    return orjson.dumps(answer, default=_latvian, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _latvian(value: object) -> str:
    if isinstance(value, Text):
        return value.lv
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"an answer holds a {type(value).__name__}")
