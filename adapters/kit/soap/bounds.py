"""How large a tree an answer may become: known before it is made of it.

Eight megabytes of ``<a/>`` are two million elements, and each is a hundred times as large in memory as on the wire.
So what an answer would cost as a tree is counted over its bytes, by what a node takes, and an answer that costs more
than its room is refused unread.
"""

from __future__ import annotations

import re

from lxml import etree

from adapters.kit.wire import DEFAULT_MAX_BYTES

_NODE_BYTES = 200
"""Of an element or a text: each has at least one ``<`` of its own, the text that of the tag which ends it.

libxml2 takes 120 bytes; the rest is what lxml keeps for each element that is looked at."""
_ATTRIBUTE_BYTES = 216
"""Of an attribute with its value, or a declared prefix: each has its ``=``."""


_MOST_ATTRIBUTES = 500
"""Of one element: to look at each takes as long as it has others before it."""
_CROWDED = re.compile(rb"""<[^<>"'=]*+(?:=[^<>"'=]*+(?:"[^"<]*+"|'[^'<]*+')[^<>"'=]*+){%d}""" % _MOST_ATTRIBUTES)
_MOST_PREFIXES = 256
"""In scope at one place: what a prefix stands for is looked up among all of them."""
LONG_TEXT = "the answer holds a longer text than can be read"


class TooLargeError(ValueError):
    """A document is larger as a tree than there is room for."""


def room_of(max_bytes: int) -> int:
    """Bytes that the tree of an answer may take, where the answer itself may have ``max_bytes``."""
    return max_bytes * 2


DEFAULT_ROOM = room_of(DEFAULT_MAX_BYTES)


def check_bounds(content: bytes, room: int = DEFAULT_ROOM) -> None:
    """Check a document in UTF-8 before it is parsed.

    Args:
        room: see :func:`room_of`.

    Raises:
        TooLargeError: its tree would not fit, a single text of it is too long, or an element has too many attributes.
    """
    nodes = content.count(b"<")
    attributes = content.count(b"=")
    if len(content) + nodes * _NODE_BYTES + attributes * _ATTRIBUTE_BYTES > room:
        raise TooLargeError("the answer holds more elements than can be read")
    if attributes >= _MOST_ATTRIBUTES and _CROWDED.search(content):
        raise TooLargeError("the answer holds an element of more attributes than can be read")
    if has_long_text(content, room):
        raise TooLargeError(LONG_TEXT)


def check_prefixes(content: bytes, root: etree._Element) -> None:
    """Check a document once it is a tree. Raises: TooLargeError: too many prefixes are declared around one element."""
    if content.count(b"xmlns") <= _MOST_PREFIXES:
        return
    declared = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        declared += 1 if event == "start-ns" else -1
        if declared > _MOST_PREFIXES:
            raise TooLargeError("the answer declares more prefixes than can be read")


def longest_text(room: int) -> int:
    """Bytes that a single text may have: a parser that collects it takes twice as many."""
    return room // 4


def has_long_text(content: bytes, room: int) -> bool:
    """Whether more bytes stand without a tag among them than a single text may have, give or take a half."""
    step = max(longest_text(room) // 2, 1)
    empty = 0
    for start in range(0, len(content), step):
        empty = 0 if content.find(b"<", start, start + step) >= 0 else empty + 1
        if empty > 1:
            return True
    return False
