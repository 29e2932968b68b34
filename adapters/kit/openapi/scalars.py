"""Single values as text outside JSON: in addresses, headers and forms."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from adapters.kit.openapi.json_text import write_number
from adapters.kit.openapi.shapes import Shape

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,499})(?:\.[0-9]{1,499})?(?:[eE][+-]?[0-9]{1,3})?")


def to_text(value: Any) -> str:
    """A JSON value that holds no others. Raises: ValueError for null, an object, a list."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return write_number(value)
    raise ValueError("a value that is no single text")


def from_text(text: str, shape: Shape) -> Any:
    """The JSON value of a text, of a kind that the shape has. A text is the last resort: it fits everything.

    Raises: ValueError.
    """
    kinds = shape.kinds
    if "string" in kinds and (shape.enum is None or text in shape.enum):
        return text
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if "integer" in kinds and _INTEGER.fullmatch(text):
        return int(text)
    if "fraction" in kinds and _NUMBER.fullmatch(text):
        return Decimal(text)
    if "null" in kinds and not text:
        return None
    if "string" in kinds:
        return text
    raise ValueError("a text of another kind")
