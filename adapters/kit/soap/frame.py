"""What stands around the content of a body's element, remembered so that it is read as XML once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import CallContext
from adapters.kit.xroad import request_hash
from adapters.kit.xsd import plain_reader, plain_records

_WORD = re.compile(r"[A-Za-z0-9_.:-]+", re.ASCII)
_DIGEST = re.compile(rb"[A-Za-z0-9+/=]+")
_MARKS = (b"\x00", b"\x01", b"\x02", b"\x03")
_MARK = re.compile(rb"([\x00-\x03])")

Nsmap = Mapping[str | None, str]
Texts = tuple[bytes, bytes, bytes, bytes]
"""Of one call: the message's id, user, issue, represented party."""


def texts_of(message_id: str, context: CallContext, taken: frozenset[str]) -> Texts | None:
    """The texts that differ from call to call; None where one of them is more than a word, or one of ``taken``.

    Args:
        taken: texts that stand elsewhere in a frame; one of them could not be told from a text of the call.
    """
    user, issue, party = context.user, context.issue, context.represented_party
    texts = (message_id, user, issue, "-" if party is None else party.digits)
    if not (_WORD.fullmatch(user) and _WORD.fullmatch(issue) and taken.isdisjoint(texts)):
        return None
    return texts[0].encode(), texts[1].encode(), texts[2].encode(), texts[3].encode()


@dataclass(slots=True)
class Frame:
    """A frame that was read, with the texts of the call left out.

    Frames of one register differ in those texts only, and a word in place of another word between two tags changes
    nothing that is looked at: so what has this frame's text need not be read again.
    """

    nsmap: Nsmap
    """Prefixes that are declared where the content stands."""
    before: bytes
    """What stands before the digest of the request, or before the content, as a template."""
    texts: Callable[[Texts], Any]
    """Of the texts of a call those that the template takes, in its order."""
    after: bytes | None
    """From the digest to the content; None where there is no digest."""
    end: bytes
    """What follows the content."""
    algorithm: str = ""
    """Of the digest, where there is one."""
    values: plain_reader.Reading | None = None
    """What reads the content to values."""
    records: dict[tuple[Items[Any], frozenset[str] | None], plain_records.Reading] = field(default_factory=dict)
    """What reads it to records, by the items and the attributes that are asked for."""

    @classmethod
    def learned(cls, head: bytes, end: bytes, texts: Texts, nsmap: Nsmap, algorithm: str | None) -> Frame | None:
        """The frame of an answer; None where the texts cannot be told in it.

        Args:
            algorithm: of the digest of the request; None: there is none among its headers.
        """
        if _MARK.search(head) or len(set(texts)) < len(texts):
            return None
        for mark, text in zip(_MARKS, texts, strict=True):
            head = head.replace(b">%b<" % text, b">%b<" % mark)
        at = -1 if algorithm is None else head.find(b"requestHash")
        start = head.find(b">", at) + 1
        stop = head.find(b"<", start)
        after = None
        if at >= 0 and _DIGEST.fullmatch(head, start, stop):
            head, after = head[:start], head[stop:]
            if _MARK.search(after):
                return None
        before = _MARK.sub(b"%b", head.replace(b"%", b"%%"))
        return cls(nsmap, before, _taking(_MARK.findall(head)), after, end, algorithm or "")

    @classmethod
    def once(cls, head: bytes, end: bytes, nsmap: Nsmap) -> Frame:
        """The frame of an answer that is not to be met again."""
        return cls(nsmap, head.replace(b"%", b"%%"), _taking([]), None, end)

    def written(self, texts: Texts) -> bytes:
        """The frame of another call, around nothing."""
        digest = b"" if self.after is None else b"AAAA" + self.after
        before: bytes = self.before % self.texts(texts)
        return before + digest + self.end

    def span(self, content: bytes, texts: Texts, sent: bytes | None) -> tuple[int, int] | None:
        """Where the content stands in an answer; None where another frame stands around it, or another digest in it.

        Args:
            sent: the request; None: the digest may be any.
        """
        before = self.before % self.texts(texts)
        if not content.startswith(before):
            return None
        start = len(before)
        if self.after is not None:
            stop = content.find(b"<", start)
            if not content.startswith(self.after, stop) or not _DIGEST.fullmatch(content, start, stop):
                return None
            if sent is not None and content[start:stop] != request_hash(self.algorithm, sent):
                return None
            start = stop + len(self.after)
        stop = len(content) - len(self.end)
        return (start, stop) if stop >= start and content.endswith(self.end) else None


def _taking(marks: Sequence[bytes]) -> Callable[[Texts], Any]:
    return itemgetter(*map(_MARKS.index, marks)) if marks else lambda texts: ()
