"""Which characters the bytes of an answer stand for: what header, mark and declaration say, where they agree."""

from __future__ import annotations

import codecs
import re

_XML_DECLARED = re.compile(r"""\s*<\?xml\s[^<>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]*\?>")
_DECLARATION_BYTES = 256
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_KNOWN = frozenset(
    {"ascii", "cp1252", "cp1257", "iso8859-1", "iso8859-4", "iso8859-13", "iso8859-15", "utf-8", "utf-16"}
)
"""What registers write in. Not UTF-7 and its like: what is a tag in them is none to a reader of ASCII."""


def as_utf8(content: bytes, charset: str | None) -> bytes:
    """A document in UTF-8, without the declaration that says otherwise.

    Args:
        charset: of the header that came with it; None: it says nothing.

    Raises:
        ValueError: header, mark and declaration contradict each other, or the bytes; or nobody here reads it.
    """
    named = None if charset is None else _known(charset)
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    if marked == "utf-16":
        if named not in (None, "utf-16") or content.startswith(codecs.BOM_UTF32_LE):
            raise ValueError("the character encodings contradict each other")
        return _transcoded(content, "utf-16")
    declared = _declared(content[:_DECLARATION_BYTES].decode("latin-1").removeprefix("\xef\xbb\xbf"))
    said = {each for each in (named, marked, declared) if each is not None}
    if "ascii" in said and content.removeprefix(codecs.BOM_UTF8).isascii():
        said -= {"ascii"}
    if len(said) > 1 or "utf-16" in said:
        raise ValueError("the character encodings contradict each other")
    encoding = said.pop() if said else "utf-8"
    return content if encoding == "utf-8" else _transcoded(content, encoding)


def _known(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if known not in _KNOWN:
        raise ValueError("a character encoding that is not read here")
    return known


def _declared(start: str) -> str | None:
    match = _XML_DECLARED.match(start)
    return None if match is None else _known(match[1])


def _transcoded(content: bytes, encoding: str) -> bytes:
    text = content.decode(encoding)
    declared = _declared(text[:_DECLARATION_BYTES])
    if declared not in (None, encoding, "ascii"):
        raise ValueError("the character encodings contradict each other")
    return _DECLARATION.sub("", text, count=1).encode() if _DECLARATION.match(text) else text.encode()
