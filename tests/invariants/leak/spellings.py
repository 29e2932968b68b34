"""How a personal code may be written, and a search for many codes in many bytes.

The search looks at each byte with compiled patterns only: they find runs of digits, and runs of what base64 and
hexadecimal digits are made of. In a run every place is looked up in one table of the first eight bytes of everything
that is searched for. Its cost grows with what is searched, and hardly with the number of codes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_HEAD = 8
"""Bytes that are looked up first; no encoded spelling is shorter."""
_DIGITS = 11
_DIGIT_RUN = re.compile(rb"[0-9](?:[-_. /]?[0-9]){10,}")
_ENCODED_RUN = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_NO_DIGIT = re.compile(rb"[^0-9]")
_OF_A_HASH = {"hex": 16, "HEX": 16}
"""Characters of a hash that are looked for, 11 in base64: logs like to cut hashes off, and nobody else's begins so."""
_HASHES: dict[str, Callable[[bytes], bytes]] = {
    **{
        name: lambda raw, name=name: hashlib.new(name, raw, usedforsecurity=False).digest()  # type: ignore[misc]
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
    },
    **{
        f"blake2b of {size} bytes": lambda raw, size=size: hashlib.blake2b(raw, digest_size=size).digest()  # type: ignore[misc]
        for size in (8, 16, 20, 32)
    },
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A code that was found. What is printed of it is the spelling; the codes are invented."""

    code: str
    spelling: str
    around: str
    """What stands about it."""


def hyphenated(code: str) -> str:
    """As people write it."""
    return f"{code[:6]}-{code[6:]}"


def spellings(code: str) -> dict[str, bytes]:
    """Every way to write a code that is looked for, by its name: what a place may hold, whole."""
    forms = {"plain": code, "hyphenated": hyphenated(code)}
    found = {name: text.encode() for name, text in forms.items()}
    found |= {
        "reversed": code[::-1].encode(),
        "hyphenated, reversed": hyphenated(code)[::-1].encode(),
        "with a blank": f"{code[:6]} {code[6:]}".encode(),
        "URL-encoded": "".join(f"%{ord(each):02x}" for each in code).encode(),
        "URL-encoded hyphen": f"{code[:6]}%2D{code[6:]}".encode(),
        "URL-encoded twice": f"{code[:6]}%252D{code[6:]}".encode(),
        "JSON escapes": "".join(f"\\u{ord(each):04X}" for each in code).encode(),
        "escapes of bytes": "".join(f"\\x{ord(each):02x}" for each in code).encode(),
        "character references": "".join(f"&#{ord(each)};" for each in code).encode(),
        "hexadecimal references": f"&#x{ord(code[0]):x};{code[1:]}".encode(),
        "UTF-16, little end first": code.encode("utf-16-le"),
        "UTF-16, big end first": hyphenated(code).encode("utf-16-be"),
        "UTF-32": code.encode("utf-32-le"),
    }
    return found | _encoded(code)


def _encoded(code: str) -> dict[str, bytes]:
    """The spellings that show none of the digits as they are."""
    found = {}
    for form, text in (("plain", code), ("hyphenated", hyphenated(code)), ("LV-", f"LV-{code}"), ("LV", f"LV{code}")):
        raw = text.encode()
        if form in ("plain", "hyphenated"):
            for before in range(3):
                found[f"base64 of {form}, {before} bytes in"] = _base64_at(raw, before)
            found[f"hex of {form}"] = raw.hex().encode()
        for name, digest_of in _HASHES.items():
            digest = digest_of(raw)
            found[f"{name} of {form}, hex"] = digest.hex().encode()
            found[f"{name} of {form}, HEX"] = digest.hex().upper().encode()
            found[f"{name} of {form}, base64"] = base64.b64encode(digest).rstrip(b"=")
            found[f"{name} of {form}, base64url"] = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return found


class Search:
    """Looks for all spellings of many codes at once.

    Args:
        codes: 11 digits each.
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._digits: dict[bytes, tuple[str, str]] = {}
        self._by_head: dict[bytes, list[tuple[bytes, str, str]]] = defaultdict(list)
        for code in codes:
            self._digits[code.encode()] = code, ""
            self._digits.setdefault(code[::-1].encode(), (code, ", reversed"))
            for name, spelling in _encoded(code).items():
                looked_for = (
                    spelling if name.startswith(("base64 of", "hex of")) else spelling[: _OF_A_HASH.get(name[-3:], 11)]
                )
                self._by_head[looked_for[:_HEAD]].append((looked_for, name, code))

    def find(self, searched: bytes) -> list[Finding]:
        """Every place that holds a code, as it is written and with escapes undone; each code once in each spelling."""
        found: dict[tuple[str, str], Finding] = {}
        for how, text in _readings(searched):
            for each in self._in(text):
                if not any((each.code, known) in found for known in (each.spelling, each.spelling + how)):
                    found[each.code, each.spelling + how] = Finding(each.code, each.spelling + how, each.around)
        return list(found.values())

    def _in(self, text: bytes) -> Iterator[Finding]:
        digits = self._digits
        for run in _DIGIT_RUN.finditer(text):
            written = run.group()
            bare = _NO_DIGIT.sub(b"", written)
            for at in range(len(bare) - _DIGITS + 1):
                if (known := digits.get(bare[at : at + _DIGITS])) is not None:
                    code, way = known
                    plain = bare[at : at + _DIGITS] in written
                    yield Finding(code, ("plain" if plain else "hyphenated") + way, _around(text, *run.span()))
        heads = self._by_head
        for run in _ENCODED_RUN.finditer(text):
            written = run.group()
            for at in range(len(written) - _HEAD + 1):
                for spelling, name, code in heads.get(written[at : at + _HEAD], ()):
                    if written.startswith(spelling, at):
                        start = run.start() + at
                        yield Finding(code, name, _around(text, start, start + len(spelling)))


_ESCAPES = (
    re.compile(rb"\\u00([0-9A-Fa-f]{2})"),
    re.compile(rb"\\x([0-9A-Fa-f]{2})"),
    re.compile(rb"&#x0*([0-9A-Fa-f]{2});"),
)
_DECIMAL = re.compile(rb"&#0*([0-9]{2,3});")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


def _readings(text: bytes) -> Iterator[tuple[str, bytes]]:
    """A text as it is, and as whoever undoes its escapes, or its wide characters, reads it."""
    yield "", text
    plain = text
    for _ in range(3):
        undone = plain
        if _PERCENT.search(undone):
            undone = unquote_to_bytes(undone)
        for escape in _ESCAPES:
            undone = escape.sub(lambda found: bytes([int(found.group(1), 16)]), undone)
        undone = _DECIMAL.sub(lambda found: bytes([int(found.group(1)) % 256]), undone)
        if undone == plain:
            break
        plain = undone
        yield ", escaped", plain
    if b"\0" in text:
        yield ", wide", text.replace(b"\0", b"")


def _around(text: bytes, start: int, end: int) -> str:
    return text[max(0, start - 80) : end + 80].decode("utf-8", "replace")


def _base64_at(raw: bytes, before: int) -> bytes:
    """The characters that the bytes alone decide, where ``before`` bytes modulo 3 stand before them.

    Digits and hyphens never give the characters in which the URL-safe alphabet differs.
    """
    whole = base64.b64encode(bytes(before) + raw).rstrip(b"=")
    first = -(-before * 8 // 6)
    return whole[first : (before + len(raw)) * 8 // 6]
