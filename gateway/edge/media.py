"""Media types: which one an answer gets, and which ones a request may have (GraphQL over HTTP)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

REMEMBERED = 128
REMEMBERED_LENGTH = 256
"""Longest header value that is remembered: callers have few, and who sends others pays for reading them."""
_MOST_PARTS = 1_000
"""Of a header's value that are looked at: nobody names as many kinds, and thousands of commas take long to read."""


class Media(StrEnum):
    """What an answer can be."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"
    EVENTS = "text/event-stream"

    @property
    def content_type(self) -> str:
        """Value of the Content-Type header."""
        return f"{self.value}; charset=utf-8"


LINES = {media: (b"content-type", media.content_type.encode()) for media in Media}
"""The Content-Type header of each as it goes out."""


def negotiate(accept: str | None) -> Media | None:
    """Choose the answer's media type from an Accept header's value (all of them joined by commas).

    Without a header, and for a wildcard, it is ``application/json``. The higher ``q`` wins, then the type that is named
    over the one that a wildcard allows, then the one named first.

    Returns:
        None where the caller takes none.
    """
    if accept is None or not accept.strip():
        return Media.JSON
    return _chosen(accept) if len(accept) <= REMEMBERED_LENGTH else _chosen.__wrapped__(accept)


def accepts_events(accept: str) -> bool:
    """Whether an Accept header's value names events, among whatever else."""
    if len(accept) > REMEMBERED_LENGTH:
        return _takes_events.__wrapped__(accept)
    return _takes_events(accept)


def is_json_request(content_type: str) -> bool:
    """True for ``application/json``, in UTF-8 where a charset is named."""
    return _is_json(content_type) if len(content_type) <= REMEMBERED_LENGTH else _is_json.__wrapped__(content_type)


@lru_cache(REMEMBERED)
def _chosen(accept: str) -> Media | None:
    ranges = list(accepted(accept))
    best: tuple[float, int, int, int] | None = None
    chosen: Media | None = None
    for preference, media in enumerate(Media):
        matching = [
            (_specificity(name), -order, quality)
            for order, (name, quality) in enumerate(ranges)
            if name in (media.value, f"{media.value.partition('/')[0]}/*", "*/*")
        ]
        if not matching:
            continue
        specificity, order, quality = max(matching)
        rank = (quality, specificity, order, -preference)
        if quality > 0 and (best is None or rank > best):
            best, chosen = rank, media
    return chosen


@lru_cache(REMEMBERED)
def _takes_events(accept: str) -> bool:
    ranges = list(accepted(accept))
    return any(name in (Media.EVENTS.value, "text/*") and quality > 0 for name, quality in ranges)


@lru_cache(REMEMBERED)
def _is_json(content_type: str) -> bool:
    name, *parameters = [part.strip() for part in content_type.split(";")]
    if name.lower() != Media.JSON.value:
        return False
    for parameter in parameters:
        key, separator, value = parameter.partition("=")
        if parameter and (not separator or "," in value):
            return False
        if key.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            return False
    return True


def accepted(value: str) -> Iterator[tuple[str, float]]:
    """What a header's value says is accepted: what each part names, in lower case, and its ``q``."""
    for text in value.split(",", _MOST_PARTS)[:_MOST_PARTS]:
        found = _weighted(text)
        if found is not None:
            yield found


def _weighted(text: str) -> tuple[str, float] | None:
    name, *parameters = [part.strip().lower() for part in text.split(";", _MOST_PARTS)[:_MOST_PARTS]]
    quality = 1.0
    for parameter in parameters:
        key, _, value = (part.strip() for part in parameter.partition("="))
        if key == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
            if not 0 <= quality <= 1:
                return None
        elif key == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            return None
    return name, quality


def _specificity(name: str) -> int:
    return 0 if name == "*/*" else 1 if name.endswith("/*") else 2
