"""JSON texts of plain values, every digit of a decimal kept."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def json_text(value: Any) -> str:
    """The text."""
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{json_text(inner)}" for name, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def read_text(content: bytes) -> Any:
    """The value of a JSON text. Raises: ValueError."""
    return json.loads(content.decode("utf-8"), parse_float=Decimal)
