"""A Content-Type as a value: type, and parameters by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"\s*({_WORD}/{_WORD})\s*", re.ASCII)
# A few servers leave a semicolon at the end.
_PARAMETER = re.compile(rf""";\s*(?:({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))\s*)?""", re.ASCII)
_ESCAPE = re.compile(r"\\(.)")
_LONGEST = 2048
_KEPT = 256


@dataclass(frozen=True, slots=True)
class MediaType:
    """What a body is."""

    name: str
    """``type/subtype`` in lower case; empty: nothing is said."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""

    @property
    def charset(self) -> str | None:
        """Of a text."""
        return self.parameters.get("charset")


_NOTHING = MediaType("")
_read: dict[str, MediaType] = {"": _NOTHING}


def media_type(text: str) -> MediaType:
    """Read a header's value.

    Raises:
        ValueError: it is none, or a parameter stands twice.
    """
    known = _read.get(text)
    if known is None:
        known = _parsed(text)
        if len(_read) < _KEPT:
            _read[text] = known
    return known


def _parsed(text: str) -> MediaType:
    start = _TYPE.match(text)
    if start is None or len(text) > _LONGEST:
        raise ValueError("no media type")
    parameters: dict[str, str] = {}
    at = start.end()
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            raise ValueError("no media type")
        name, quoted, plain = match.groups()
        if name is not None:
            name = name.lower()
            if name in parameters:
                raise ValueError("a parameter of a media type stands twice")
            parameters[name] = plain if quoted is None else _ESCAPE.sub(r"\1", quoted)
        at = match.end()
    return MediaType(start[1].lower(), parameters)
