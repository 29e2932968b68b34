"""What comes beside an envelope: parts that belong into it (MTOM), and attachments that it refers to (SwA, swaRef).

Source: SOAP Messages with Attachments (W3C Note, 2000), XML-binary Optimized Packaging (W3C, 2005), WS-I Attachments
Profile 1.0.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from lxml import etree

from adapters.kit.soap.bounds import LONG_TEXT, TooLargeError
from adapters.kit.soap.charset import as_utf8
from adapters.kit.soap.media_type import media_type
from adapters.kit.soap.multipart import Part, read_parts
from adapters.kit.wire import DEFAULT_MAX_BYTES

XOP = "application/xop+xml"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment, whole."""

    content_type: str
    """``type/subtype``; empty: nothing is said."""
    content: bytes = field(repr=False)
    charset: str | None = None
    """Of a text, where it is said."""


class Attachments(Mapping[str, Attachment]):
    """Attachments of one answer by content id, in their order.

    One without an id stands under its place among all parts beside the envelope: ``1``, ``2``, ... An answer's
    attachments that the contract names are found by :meth:`named`, those that a value refers to by :meth:`referred`.
    """

    def __init__(self, parts: Sequence[Part] = (), names: Sequence[str] = ()) -> None:
        self._held: dict[str, Attachment] = {}
        self._names = tuple(names)
        for place, part in enumerate(parts, 1):
            key = str(place) if part.content_id is None else part.content_id
            if key in self._held:
                raise ValueError("two attachments of one id")
            self._held[key] = Attachment(part.media_type.name, part.content, part.media_type.charset)

    def __getitem__(self, key: str) -> Attachment:
        return self._held[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"Attachments({len(self)})"  # An id may name a person.

    def named(self, name: str) -> Attachment:
        """The attachment that the contract calls so: its id begins with ``name=``, or it stands in the name's place.

        Raises:
            KeyError: there is none.
        """
        for key, held in self._held.items():
            if unquote(key).startswith(f"{name}="):
                return held
        if name in self._names and len(self._names) == len(self._held):
            return list(self._held.values())[self._names.index(name)]
        raise KeyError(name)

    def referred(self, reference: str) -> Attachment:
        """The attachment that a value ``cid:...`` means.

        Raises:
            KeyError: it is no such reference, or there is no such attachment.
        """
        return self._held[key_of(reference, self._held)]


@dataclass(frozen=True, slots=True)
class Package:
    """An answer, taken apart."""

    content: bytes = field(repr=False)
    """The envelope in UTF-8."""
    parts: tuple[Part, ...] = ()
    """What came beside it."""
    optimized: bool = False
    """Whether the envelope refers to parts that belong into it."""


@lru_cache(maxsize=16)
def is_plain(content_type: str) -> bool:
    """Whether an answer is its envelope, in UTF-8 or in what it declares. False also for what is no media type."""
    try:
        said = media_type(content_type)
    except ValueError:
        return False
    return not said.name.startswith("multipart/") and (said.charset or "utf-8").lower() == "utf-8"


def unpack(content_type: str, content: bytes, longest: int = DEFAULT_MAX_BYTES) -> Package:
    """Take an answer apart.

    Args:
        content_type: as it stands in the header; empty where there is none.
        longest: bytes of the envelope in UTF-8, where it is written otherwise: it is held twice then.

    Raises:
        TooLargeError: the envelope is longer.
        ValueError: it is broken, or of several parts in another way than ``multipart/related``.
    """
    said = media_type(content_type)
    if not said.name.startswith("multipart/"):
        return Package(as_utf8(content, said.charset, longest))
    if said.name != "multipart/related":
        raise ValueError("several parts that are not related")
    root, others = read_parts(said, content)
    return Package(as_utf8(root.content, root.media_type.charset, longest), others, root.media_type.name == XOP)


def include(package: Package, node: etree._Element, longest: int = DEFAULT_MAX_BYTES) -> tuple[Part, ...]:
    """Put the parts that belong into an element where it refers to them, as Base64.

    Args:
        longest: bytes of one part.

    Returns:
        The parts that are left: attachments.

    Raises:
        TooLargeError: a part is longer.
        ValueError: a reference to no part, a second one to the same part, or one that is not alone in its element.
    """
    if not package.optimized:
        return package.parts
    left = {part.content_id: part for part in package.parts if part.content_id is not None}
    for reference in list(node.iter(_INCLUDE)):
        holder = reference.getparent()
        beside = "" if holder is None else f"{holder.text or ''}{reference.tail or ''}".strip()
        if holder is None or len(holder) != 1 or len(reference) or beside:
            raise ValueError("a reference to a part that does not stand alone")
        try:
            # Each part once, so that an answer cannot grow here.
            part = left.pop(key_of(reference.get("href", ""), left))
        except KeyError:
            raise ValueError("a reference to no part, or to one that was taken") from None
        if len(part.content) > longest:
            raise TooLargeError(LONG_TEXT)
        holder.remove(reference)
        holder.text = base64.b64encode(part.content).decode("ascii")
    return tuple(part for part in package.parts if part.content_id is None or part.content_id in left)


def key_of(reference: str, keys: Mapping[str, object] | Mapping[str | None, object]) -> str:
    """The content id that a ``cid:`` reference means. Raises: KeyError: it is none, or of none of ``keys``."""
    scheme, colon, written = reference.strip().partition(":")
    if scheme.lower() != "cid" or not colon:
        raise KeyError("no reference to a part")
    # An id stands escaped in an address (RFC 2392); some servers write it as it is.
    for key in (unquote(written), written):
        if key in keys:
            return key
    raise KeyError("no such part")
