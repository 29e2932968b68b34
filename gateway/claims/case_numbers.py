"""Case numbers that owners give: kept as they came, since the owner knows the case by it, and shown where they name no
person.

An owner may number its cases by its applicants' personal codes. The claim is delivered, answers are matched and further
messages name the case as ever; but a case number is shown to third parties, to operators and in lists, where nobody's
code belongs: so one that may be a code is not.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import unquote

import structlog
from sqlalchemy import Connection, select, update

from gateway.store.tables.claims import claims
from gateway.store.tables.people import person_codes
from schema.personal import may_hold_code
from schema.text import Text

HIDDEN = "***"
"""What is shown in place of a case number that may be somebody's code."""
UNSAYABLE = Text(
    "what went wrong is not shown, since it may name a person",
    "kļūdas apraksts netiek rādīts, jo tajā var būt minēta persona",
)
LONGEST = 200

_NO_DIGIT = re.compile(r"\D")
_WRITTEN = re.compile(r"\d{11}|\d{6}-\d{5}")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{14,}")
"""As long as 11 digits in base64 are, without what the bytes beside them decide."""
_HEX = re.compile(r"[0-9A-Fa-f]{22,}")
_FORMS = ("{0}{1}", "{0}-{1}", "LV{0}{1}", "LV-{0}{1}")
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2s")
_BLAKE2B_SIZES = (8, 16, 20, 32, 64)
_HEX_OF_A_HASH, _BASE64_OF_A_HASH = 16, 11
"""Characters by which a hash is known: systems cut hashes off."""

_log = structlog.get_logger(__name__)


def give(connection: Connection, claim_id: str, reference: str) -> None:
    """Write a claim's case number, and whether it may be shown."""
    reference = reference[:LONGEST]
    hidden = names_a_person(reference, codes_of_claim(connection, claim_id))
    if hidden:
        _log.warning("owner.case_number_not_shown", claim=claim_id)
    other = other_claim(connection, claim_id, reference)
    if other is not None:
        _log.warning("owner.case_number_of_two_claims", claim=claim_id, other=other)
    values = {"owner_reference": reference, "reference_hidden": hidden}
    connection.execute(update(claims).where(claims.c.id == claim_id).values(**values))


def other_claim(connection: Connection, claim_id: str, reference: str) -> str | None:
    """Another claim of the same owner that has the number: what the owner tells by it alone counts for neither."""
    c = claims.c
    owner = select(c.owner).where(c.id == claim_id).scalar_subquery()
    same = select(c.id).where(c.owner_reference == reference, c.owner == owner).limit(2)
    found = connection.execute(same).scalars().all()
    return None if not found or claim_id in found else str(found[0])


def codes_of_claim(connection: Connection, claim_id: str) -> frozenset[str]:
    """Codes (11 digits) of the people of whom a claim is known to be: its applicant's, former ones too, and those that
    stand in its answers.
    """
    found = connection.execute(select(claims.c.applicant, claims.c.answers).where(claims.c.id == claim_id)).first()
    if found is None:
        return frozenset()
    own = select(person_codes.c.code).where(person_codes.c.subject == found.applicant)
    written = _WRITTEN.findall(str(found.answers))
    return frozenset(connection.execute(own).scalars()) | {_NO_DIGIT.sub("", each) for each in written}


def shown(reference: str, codes: Collection[str]) -> str:
    """A case number as anybody may see it, where nothing is written down about it.

    Args:
        codes: as for :func:`names_a_person`.
    """
    # All of it: a hash may have the digits of a code in its midst, and what stands around them is the hash still.
    return HIDDEN if names_a_person(reference, codes) else reference


def sayable(connection: Connection, claim_id: str, what: str) -> str:
    """What went wrong with a claim's message, as it may be kept and shown.

    An adapter's words may quote what it was given: a case number, an applicant.
    """
    return str(UNSAYABLE) if names_a_person(what, codes_of_claim(connection, claim_id)) else what


def names_a_person(reference: str, codes: Collection[str]) -> bool:
    """Whether a case number may be a personal code, however it is written.

    Anybody's code is found where its digits can be read, escapes, base64 and hexadecimal undone; those of ``codes``
    also backwards, with anything between the digits, and hashed without salt.

    Args:
        codes: 11 digits each, of the claim's people.
    """
    for text in _readings(reference):
        if may_hold_code(text):
            return True
        digits = _NO_DIGIT.sub("", text)
        if any(code in digits or code[::-1] in digits for code in codes):
            return True
    lowered = reference.lower()
    return any(
        any(each in lowered for each in hexadecimal) or any(each in reference for each in encoded)
        for hexadecimal, encoded in map(_encodings, codes)
    )


def _readings(text: str) -> Iterator[str]:
    """A text as it is, and as whoever undoes its escapes and encodings reads it."""
    plain = text.replace("\0", "")
    yield plain
    for _ in range(3):
        undone = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), html.unescape(unquote(plain)))
        if undone == plain:
            break
        plain = undone.replace("\0", "")
        yield plain
    for run in _HEX.findall(plain):
        for written in (run[: len(run) // 2 * 2], run[1:][: (len(run) - 1) // 2 * 2]):
            yield bytes.fromhex(written).decode("latin-1")
    for run in _ENCODED.findall(plain):
        written = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            whole = written[start : start + (len(written) - start) // 4 * 4]
            yield base64.b64decode(whole).decode("latin-1")
            # What is left over is the end of the digits, whose last bits others decide.
            left = written[start + len(whole) :]
            if len(left) > 1:
                yield base64.b64decode(whole + left.ljust(4, "A")).decode("latin-1")


@lru_cache(maxsize=8)
def _encodings(code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Beginnings of a code's unsalted hashes, in hexadecimal (lower case) and in base64 of both alphabets.

    With the second: the code itself in the midst of a longer base64, of which the characters around are cut off.
    """
    hexadecimal, encoded = [], []
    for form in _FORMS:
        raw = form.format(code[:6], code[6:]).encode()
        digests = [hashlib.new(name, raw, usedforsecurity=False).digest() for name in _HASHES]
        digests += [hashlib.blake2b(raw, digest_size=size).digest() for size in _BLAKE2B_SIZES]
        hexadecimal += [digest.hex()[:_HEX_OF_A_HASH] for digest in digests]
        for decide in (base64.b64encode, base64.urlsafe_b64encode):
            encoded += [decide(digest).decode()[:_BASE64_OF_A_HASH] for digest in digests]
        for before in range(3):
            whole = base64.b64encode(bytes(before) + raw).decode()
            encoded.append(whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6])
    return tuple(hexadecimal), tuple(encoded)
