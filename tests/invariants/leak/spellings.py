"""How a personal code may be written, and a search for many codes in much text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

_HEAD = 8
"""Characters that are looked up first, at every place of a text; no spelling is shorter."""
_ENCODED = re.compile("%[0-9A-Fa-f]{2}")
_HASHES = ("md5", "sha1", "sha256")


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


def spellings(code: str) -> dict[str, str]:
    """Every way to write a code that is looked for, by its name.

    Percent-encoding is not among them: texts are searched decoded too.
    """
    found = {"plain": code, "hyphenated": hyphenated(code)}
    for form, text in tuple(found.items()):
        raw = text.encode()
        for before in range(3):
            found[f"base64 of {form}, {before} bytes in"] = _base64_at(raw, before)
        found[f"hex of {form}"] = raw.hex()
        for name in _HASHES:
            digest = hashlib.new(name, raw, usedforsecurity=False).digest()
            found[f"{name} of {form}, hex"] = digest.hex()
            found[f"{name} of {form}, HEX"] = digest.hex().upper()
            found[f"{name} of {form}, base64"] = base64.b64encode(digest).decode().rstrip("=")
            found[f"{name} of {form}, base64url"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return found


class Search:
    """Looks for all spellings of many codes at once.

    Args:
        codes: 11 digits each.
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._by_head: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for code in codes:
            for name, spelling in spellings(code).items():
                self._by_head[spelling[:_HEAD]].append((spelling, name, code))

    def find(self, text: str) -> list[Finding]:
        """Every place of a text that holds a code, as it is written and with percent-encoding undone."""
        found = list(self._in(text, ""))
        decoded = text
        while _ENCODED.search(decoded) and (further := unquote(decoded)) != decoded:
            decoded = further
            known = {(each.code, each.spelling) for each in found}
            found += [
                each
                for each in self._in(decoded, ", URL-encoded")
                if (each.code, each.spelling.removesuffix(", URL-encoded")) not in known
            ]
        return found

    def _in(self, text: str, how: str) -> Iterator[Finding]:
        heads = self._by_head
        for at in range(len(text) - _HEAD + 1):
            if (known := heads.get(text[at : at + _HEAD])) is None:
                continue
            for spelling, name, code in known:
                if text.startswith(spelling, at):
                    yield Finding(code, name + how, text[max(0, at - 80) : at + len(spelling) + 80])


def _base64_at(raw: bytes, before: int) -> str:
    """The characters that the bytes alone decide, where ``before`` bytes modulo 3 stand before them.

    Digits and hyphens never give the characters in which the URL-safe alphabet differs.
    """
    whole = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
    first = -(-before * 8 // 6)
    return whole[first : (before + len(raw)) * 8 // 6]
