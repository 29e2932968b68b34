"""One operation, as whoever sends it and whoever runs it know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from schema.text import Language


class Operation(msgspec.Struct, frozen=True):
    """What a client sent."""

    query: str
    variables: Mapping[str, Any]
    name: str | None = None
    language: Language = Language.EN
    """Of what people read in the answer."""


class Executed(msgspec.Struct, frozen=True):
    """What goes back.

    Attributes:
        body: JSON: ``data`` and ``errors``.
        refused: nothing ran: a request error (syntax, validation, variables), without ``data``.
        codes: codes of all errors, for the service's log.
    """

    body: bytes
    refused: bool = False
    codes: tuple[str, ...] = ()
    nothing: bool = False
    """There is no data in it."""
