"""Texts that a person reading an answer would expect under an element's name."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from adapters.sandbox.contracts.builtin import INTEGERS
from adapters.sandbox.contracts.model import SimpleType

_BY_PRIMITIVE = {
    "decimal": ("100.00", "12345.678", "1.10", "1"),
    "date": ("1990-05-17Z", "2026-01-31"),
    "gYear": ("2026",),
}


def plausible(simple: SimpleType, name: str, texts: Sequence[str], random: Random) -> str:
    """One of the texts that the type allows, neither empty nor odd where there is a choice.

    Args:
        name: of the element or attribute, local.
    """
    if simple.enumeration is not None or simple.primitive == "boolean":
        return random.choice(texts[:8])
    if simple.primitive in INTEGERS:
        wanted: Sequence[str] = ("42", "7", "1", "100", "2026", "0")
    else:
        wanted = _BY_PRIMITIVE.get(simple.primitive, ())
    for text in wanted:
        if text in texts:
            return text
    plain = [
        text for text in texts if text and text == " ".join(text.split()) and len(text) < 40 and text.isprintable()
    ]
    words = [text for text in plain if text.replace(" ", "").isalnum()]
    return (words or plain or [texts[0]])[0]
