"""Which characters the bytes of an answer stand for: what header, mark and declaration say, where they agree."""

from __future__ import annotations

import codecs
import io
import re

from adapters.kit.soap.bounds import TooLargeError
from adapters.kit.wire import DEFAULT_MAX_BYTES

_XML_DECLARED = re.compile(r"""\s*<\?xml\s[^<>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_DECLARATION = re.compile(r"\s*<\?xml\s[^<>]*\?>")
_DECLARATION_BYTES = 256
_PIECE_BYTES = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_KNOWN = frozenset(
    {"ascii", "cp1252", "cp1257", "iso8859-1", "iso8859-4", "iso8859-13", "iso8859-15", "utf-8", "utf-16"}
)
"""What registers write in. Not UTF-7 and its like: what is a tag in them is none to a reader of ASCII."""


def as_utf8(content: bytes, charset: str | None, longest: int = DEFAULT_MAX_BYTES) -> bytes:
    """A document in UTF-8, without the declaration that says otherwise.

    Args:
        charset: of the header that came with it; None: it says nothing.
        longest: bytes of a document that was written otherwise, in UTF-8.

    Raises:
        TooLargeError: it is longer.
        ValueError: header, mark and declaration contradict each other, or the bytes; or nobody here reads it.
    """
    named = None if charset is None else _known(charset)
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    if marked == "utf-16":
        if named not in (None, "utf-16") or content.startswith(codecs.BOM_UTF32_LE):
            raise ValueError("the character encodings contradict each other")
        return _transcoded(content, "utf-16", longest)
    declared = _declared(content[:_DECLARATION_BYTES].decode("latin-1").removeprefix("\xef\xbb\xbf"))
    said = {each for each in (named, marked, declared) if each is not None}
    if "ascii" in said and content.removeprefix(codecs.BOM_UTF8).isascii():
        said -= {"ascii"}
    if len(said) > 1 or "utf-16" in said:
        raise ValueError("the character encodings contradict each other")
    encoding = said.pop() if said else "utf-8"
    return content if encoding == "utf-8" else _transcoded(content, encoding, longest)


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


def _transcoded(content: bytes, encoding: str, longest: int) -> bytes:
    # Piece by piece: as one text a document may be four times as large.
    decoder = codecs.getincrementaldecoder(encoding)()
    made = io.BytesIO()
    for start in range(0, len(content), _PIECE_BYTES):
        stop = start + _PIECE_BYTES
        text = decoder.decode(content[start:stop], final=stop >= len(content))
        made.write((text if start else _undeclared(text, encoding)).encode())
        if made.tell() > longest:
            raise TooLargeError("the answer is larger in UTF-8 than it may be")
    return made.getvalue()


def _undeclared(start: str, encoding: str) -> str:
    if _declared(start[:_DECLARATION_BYTES]) not in (None, encoding, "ascii"):
        raise ValueError("the character encodings contradict each other")
    declaration = _DECLARATION.match(start)
    return start if declaration is None else start[declaration.end() :]
