"""Messages of several parts (``multipart/related``), read strictly and within bounds.

The standard library's reader of mail takes whatever comes: it repairs missing boundaries, guesses encodings and nests
without end. Here every part is where a boundary says so, or the whole is refused.

Source: RFC 2045, RFC 2046 (5.1), RFC 2387, RFC 2392.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.kit.soap.media_type import MediaType, media_type

MAX_PARTS = 100
_MAX_HEAD = 16 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]", re.ASCII)
_FOLD = re.compile(rb"\r\n[ \t]+")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*([^\r\n\0]*)")
# No group that is repeated: each time costs a hundred bytes until the end.
_PRINTABLE = re.compile(rb"[\t\r\n\x20-\x7e]*+")
_NOTHING_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?\n)")
_BLANKS = re.compile(rb"[ \t\r\n]+")
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part, decoded."""

    content_id: str | None
    """Without angle brackets."""
    media_type: MediaType
    content: bytes = field(repr=False)


def read_parts(whole: MediaType, content: bytes) -> tuple[Part, tuple[Part, ...]]:
    """The root of a message and the parts beside it, in their order.

    Args:
        whole: of the message: ``boundary``, and ``start`` where the root is not the first part.

    Raises:
        ValueError: it is broken: no boundary, no end, a head that is none, an encoding that is not read or not kept,
            two parts of one id, no root; or it has more than :data:`MAX_PARTS` parts.
    """
    boundary = whole.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("no boundary")
    parts: list[Part] = []
    for start, end in _spans(content, b"--" + boundary.encode("ascii")):
        if len(parts) == MAX_PARTS:
            raise ValueError("too many parts")
        parts.append(_part(content, start, end))
    ids = [part.content_id for part in parts if part.content_id is not None]
    if len(set(ids)) < len(ids):
        raise ValueError("two parts of one id")
    named = whole.parameters.get("start")
    root = parts[0] if named is None else next((each for each in parts if each.content_id == _id(named)), None)
    if root is None:
        raise ValueError("no root part")
    return root, tuple(part for part in parts if part is not root)


def _spans(content: bytes, mark: bytes) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, in its order; at least one."""
    found = _delimiter(content, 0, mark)
    if found is None or found[2]:
        raise ValueError("no first part")
    while not found[2]:
        start = found[1]
        following = _delimiter(content, start, mark)
        if following is None:
            raise ValueError("no end")
        yield start, following[0]
        found = following


def _delimiter(content: bytes, at: int, mark: bytes) -> tuple[int, int, bool] | None:
    """The next delimiter: where what stands before it ends, where it ends itself, and whether it is the last."""
    while True:
        # The line end before a boundary is the boundary's, also where the part before it has no head and no content.
        found = content.find(mark, at)
        if found < 0:
            return None
        at = found + len(mark)
        if found and not content.endswith(b"\r\n", max(found - 2, 0), found):
            continue
        last = content.startswith(b"--", at)
        end = at + 2 if last else at
        while content[end : end + 1] in (b" ", b"\t"):
            end += 1
        if content.startswith(b"\r\n", end):
            end += 2
        elif not (last and end == len(content)):
            continue  # A longer text that begins as the boundary does.
        return max(found - 2, 0), end, last


def _part(content: bytes, start: int, end: int) -> Part:
    if content.startswith(b"\r\n", start):
        headers: dict[str, str] = {}
        begin = start + 2
    else:
        # Where nothing follows the head, the line end after it is the boundary's.
        stop = content.find(b"\r\n\r\n", start, min(end + 2, start + _MAX_HEAD))
        if stop < 0:
            raise ValueError("a part without head")
        headers = _headers(content[start:stop])
        begin = stop + 4
    name = headers.get("content-id")
    encoding = headers.get("content-transfer-encoding", "").strip().lower()
    return Part(
        None if name is None else _id(name),
        media_type(headers.get("content-type", "")),
        _decoded(encoding, content[begin : max(begin, end)]),
    )


def _headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in _FOLD.sub(b" ", head).split(b"\r\n"):
        match = _HEADER.fullmatch(line)
        if match is None:
            raise ValueError("a part with a head that is none")
        name = match[1].decode("ascii").lower()
        if name in headers:
            raise ValueError("a header of a part stands twice")
        headers[name] = match[2].decode("latin-1")
    return headers


def _id(text: str) -> str:
    text = text.strip()
    text = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if not text:
        raise ValueError("a part with an empty id")
    return text


def _is_quoted_printable(content: bytes) -> bool:
    return _PRINTABLE.fullmatch(content) is not None and _NOTHING_QUOTED.search(content) is None


def _decoded(encoding: str, content: bytes) -> bytes:
    if encoding in _AS_IT_IS:
        return content
    if encoding == "base64":
        try:
            return base64.b64decode(_BLANKS.sub(b"", content), validate=True)
        except binascii.Error:
            raise ValueError("a part that is no Base64") from None
    if encoding == "quoted-printable":
        if not _is_quoted_printable(content):
            raise ValueError("a part that is not quoted-printable")
        return binascii.a2b_qp(content)
    raise ValueError("a part in an encoding that is not read")
