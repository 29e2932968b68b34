"""The language of an answer: what the caller accepts (RFC 9110 §12.5.4), never a reason to refuse."""

from __future__ import annotations

from functools import lru_cache

from gateway.edge.head import Head
from gateway.edge.media import REMEMBERED, REMEMBERED_LENGTH, accepted
from schema.text import Language

DEFAULT = Language.EN
_ANY = "*"
ACCEPT_LANGUAGE = b"accept-language"
VARY = (b"vary", ACCEPT_LANGUAGE)
_BY_TAG = {language.value: language for language in Language}
LINES = {language: ((b"content-language", language.value.encode()), VARY) for language in Language}
"""The headers that say in which language an answer is, and that it was chosen."""


def negotiate(head: Head) -> Language:
    """The language of the answer to a request.

    The language with the highest ``q`` is chosen, of several the one named first. ``lv-LV`` is ``lv``; ``*`` stands for
    what is not named, :data:`DEFAULT` before others. Where no language of ours is accepted, or what is accepted cannot
    be read, it is :data:`DEFAULT`.
    """
    value = ",".join(head.all(ACCEPT_LANGUAGE))
    return _chosen(value) if len(value) <= REMEMBERED_LENGTH else _chosen.__wrapped__(value)


@lru_cache(REMEMBERED)
def _chosen(value: str) -> Language:
    named: dict[str, float] = {}
    for tag, quality in accepted(value):
        primary = tag.partition("-")[0]
        named[primary] = max(quality, named.get(primary, 0.0))
    best, chosen = 0.0, DEFAULT
    for tag, quality in named.items():
        if tag in _BY_TAG:
            candidates = [_BY_TAG[tag]]
        elif tag == _ANY:
            candidates = [each for each in (DEFAULT, *Language) if each not in named]
        else:
            continue
        if candidates and quality > best:
            best, chosen = quality, candidates[0]
    return chosen
