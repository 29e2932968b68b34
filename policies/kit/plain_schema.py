"""Forms that are JSON Schemas at a glance: asking the schema of schemas takes some milliseconds for each.

What is recognised here is valid; what is not may be valid too, and is asked about.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

_Type = Literal["object", "array", "string", "integer", "number", "boolean", "null"]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Plain(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The words that forms are made of, each in its simplest shape."""

    schema: Literal["https://json-schema.org/draft/2020-12/schema"] | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="$schema"
    )
    type: _Type | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    properties: dict[str, _Plain] | msgspec.UnsetType = msgspec.UNSET
    additionalProperties: bool | msgspec.UnsetType = msgspec.UNSET  # noqa: N815 - as JSON Schema spells it
    required: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    items: _Plain | msgspec.UnsetType = msgspec.UNSET
    enum: tuple[Any, ...] | msgspec.UnsetType = msgspec.UNSET
    const: Any = msgspec.UNSET
    minimum: int | float | msgspec.UnsetType = msgspec.UNSET
    maximum: int | float | msgspec.UnsetType = msgspec.UNSET
    minLength: _Count | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    maxLength: _Count | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    minItems: _Count | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    maxItems: _Count | msgspec.UnsetType = msgspec.UNSET  # noqa: N815
    pattern: str | msgspec.UnsetType = msgspec.UNSET
    format: str | msgspec.UnsetType = msgspec.UNSET
    uniqueItems: bool | msgspec.UnsetType = msgspec.UNSET  # noqa: N815

    def __post_init__(self) -> None:
        if self.required is not msgspec.UNSET and len(set(self.required)) != len(self.required):
            raise ValueError("a name is required twice")
        if self.pattern is not msgspec.UNSET:
            re.compile(self.pattern)


def is_plain(form: Any) -> bool:
    """Whether a form, as decoded from JSON, is a JSON Schema (2020-12) beyond doubt."""
    try:
        msgspec.convert(form, _Plain)
    except (msgspec.ValidationError, re.error, RecursionError, OverflowError):
        return False
    return True
