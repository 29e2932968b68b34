"""The head of an answer of HTTP/1.1 in the plainest form, read at once: nearly every one is such.

A parser tells of each header by a call. What is read here means the same to it, and whatever else may be said in a head
is left to it: other versions, codings, a connection that ends, a header that stands twice, a blank or an end of a line
where none has to be, a length that is no plain number.
"""

from __future__ import annotations

import re

import msgspec

_STATUS_LINE = rb"HTTP/1\.1 (20[0-3]|[45]\d\d) [A-Za-z -]*\r\n"
_HEADER = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [!-~](?:[\t -~]*[!-~])?\r\n"
_HEAD = re.compile(rb"%b((?:%b)+)\r\n" % (_STATUS_LINE, _HEADER))
"""Of statuses that have a body where a length says so."""
_LENGTH = re.compile(r"0|[1-9][0-9]{0,9}")
_LEFT = frozenset({"transfer-encoding", "content-encoding", "proxy-connection", "upgrade", "trailer", "te"})
"""Headers of which the parser and its owner know what to make."""


class PlainHead(msgspec.Struct, frozen=True):
    """A head that says nothing but a status, a length and what the headers are."""

    content: bytes
    status: int
    headers: dict[str, str]
    length: int
    """Of the body, in bytes; what comes after it is surplus."""


def plain_head(data: bytes, max_bytes: int) -> PlainHead | None:
    """The head that ``data`` begins with; None: the parser has to say.

    Args:
        max_bytes: of the body.
    """
    found = _HEAD.match(data)
    if found is None:
        return None
    lines = str(found[2][:-2], "ascii").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    length = headers.get("content-length", "")
    if (
        not _LENGTH.fullmatch(length)
        or int(length) > max_bytes
        or headers.get("connection", "keep-alive") != "keep-alive"
        or len(headers) < len(lines)
        or not _LEFT.isdisjoint(headers)
    ):
        return None
    return PlainHead(found[0], int(found[1]), headers, int(length))
