"""Texts that a person reading an answer would expect under an element's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from adapters.sandbox.contracts.builtin import INTEGERS
from adapters.sandbox.contracts.model import SimpleType

_BY_PRIMITIVE: dict[str, tuple[str, ...]] = {
    "decimal": ("100.00", "1250.50", "99.90", "100", "12", "1"),
    "float": ("1.5", "12.25"),
    "double": ("1.5", "12.25"),
    "date": ("1990-05-17", "2026-01-31", "2015-08-01"),
    "dateTime": ("2026-01-31T10:20:30", "2025-09-01T08:00:00"),
    "gYear": ("2026", "2024"),
    "base64Binary": ("UGllbcSTcnM=",),
    "anyURI": ("http://example.org/ieraksts",),
    "language": ("lv",),
}
_WHOLE = ("42", "7", "12", "3", "2026", "1", "0", "100")
_BY_NAME: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("mail", "epast"), ("anna@example.org", "janis@example.org")),
    (("phone", "telef", "tel"), ("+37120000000", "20000000")),
    (("country", "valsts", "land"), ("LV", "LVA", "Latvija")),
    (("currency", "valuta"), ("EUR",)),
    (("surname", "family", "lastname", "uzvards", "etternavn"), ("Bērziņa", "Ozols", "Kalniņš")),
    (("given", "firstname", "vards", "fornavn", "fornamn"), ("Anna", "Jānis", "Līga")),
    (("zip", "postal", "postcode", "postnr"), ("LV-1010", "1010")),
    (("street", "address", "adres"), ("Brīvības iela 1, Rīga", "Brīvības iela 1")),
    (("city", "pilseta", "town", "municip"), ("Rīga", "Liepāja")),
    (("date", "datums", "dato"), ("2026-01-31", "1990-05-17")),
    (("name", "nosauk", "navn", "namn", "nimi"), ("Anna Bērziņa", 'SIA "Piemērs"', "Piemērs")),
    (("code", "kods", "kod", "number", "numurs", "nummer", "ident"), ("0012", "0034567", "A1")),
)
_WORDS = ("Piemērs", "Paraugs", "Ieraksts", "Example")


def plausible(
    simple: SimpleType, name: str, texts: Sequence[str], allows: Callable[[str], bool], random: Random
) -> str:
    """A text that the type allows, neither empty nor odd where there is a choice.

    Args:
        name: of the element or attribute, local.
        texts: some that the type allows.
        allows: whether it allows another.
    """
    if simple.enumeration is not None or simple.primitive == "boolean":
        return random.choice([text for text in texts[:8] if text.strip() == text] or texts)
    if simple.variety == "atomic":
        wanted = [text for text in _wanted(simple, name.lower()) if allows(text)]
        if wanted:
            return random.choice(wanted[:3])
    plain = [
        text for text in texts if text and text == " ".join(text.split()) and len(text) < 40 and text.isprintable()
    ]
    words = [text for text in plain if text.replace(" ", "").isalnum() and text.isascii()]
    return random.choice((words or plain or [*texts])[:3])


def _wanted(simple: SimpleType, name: str) -> Sequence[str]:
    if simple.primitive in INTEGERS:
        return _WHOLE
    known = _BY_PRIMITIVE.get(simple.primitive)
    if known is not None:
        return known
    if simple.primitive not in ("string", "normalizedString", "token", "anySimpleType"):
        return ()
    return (*next((texts for parts, texts in _BY_NAME if any(part in name for part in parts)), ()), *_WORDS)
