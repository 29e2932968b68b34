"""Names that a parser keeps for as long as its thread lives, and a thread of their own for answers that have new ones.

lxml has one dictionary for each thread: every name that was ever parsed there stays, and so do namespaces and runs of
blanks. Contracts have few thousand, but a register that invents new ones in each answer would fill the memory. So a
document is parsed in a thread that lives on only while what is new in it fits into a small room, once and for all. Any
other gets a thread that ends with it, and takes its dictionary along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_ROOM = 1024 * 1024
_ENTRY_BYTES = 64
_TAGS_KEPT = 10_000
_TAG = re.compile(rb"<[^<>]*")
_BLANKS = re.compile(rb">(\s{4,59})<")
_NAME = re.compile(rb"""<([^\s<>/"'=!?]+)|\s([^\s<>/"'=]+)\s*=\s*["']""")
_NAMESPACE = re.compile(rb"""(?<=\s)xmlns[^\s<>"'=]*+\s*=\s*["']([^"'<]*)""")


class KeptNames:
    """What was seen of names, namespaces and blanks; never a text or a value.

    Args:
        room: bytes that all of them may take.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._room = room
        self._known: set[bytes] = set()
        self._tags: set[int] = set()
        """Hashes of tags whose names are known, since most are met again as they are."""

    def admit(self, content: bytes) -> bool:
        """Whether a document, in any encoding that has ASCII in it, may be parsed in a thread that lives on."""
        tags = set(_TAG.findall(content))
        met = self._tags
        names = set(_BLANKS.findall(content))
        unmet = [tag for tag in tags if hash(tag) not in met]
        if unmet:
            # A value may hold a ">", after which its tag goes on: it is open then, and everything is looked at.
            rest = content if any(_is_open(tag) for tag in unmet) else b"".join(unmet)
            names.update(name for found in _NAME.findall(rest) for name in found)
            names.update(_NAMESPACE.findall(rest))
        new = names - self._known
        cost = sum(map(len, new)) + _ENTRY_BYTES * len(new)
        if cost > self._room:
            return False
        self._room -= cost
        self._known |= new
        if len(met) + len(unmet) > _TAGS_KEPT:
            met.clear()
        met.update(map(hash, unmet))
        return True


def _is_open(tag: bytes) -> bool:
    # Where a tag has quotes of both kinds, one may stand within the other.
    double, single = tag.count(b'"'), tag.count(b"'")
    return bool((double and single) or (double + single) % 2)


KEPT_NAMES = KeptNames()
"""Of this process. Threads that live on are few, so each may keep all of it."""


def apart(work: Callable[P, R], *args: P.args, **named: P.kwargs) -> R:
    """Do it in a thread that ends with it, and wait for it. Raises: what ``work`` raises."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work, *args, **named).result()
