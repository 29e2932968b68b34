"""A reply broken in every place, one place at a time: for tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.kit import damage_json, damage_xml
from adapters.kit.xml_parser import parse_xml

_SHORT = 5
_FEW = 9


@dataclass(frozen=True, slots=True)
class Damage:
    """One way in which a reply can be broken."""

    what: str
    """In words, without a value of the reply."""
    body: bytes


def damages(body: bytes) -> Iterator[Damage]:
    """The reply, XML or JSON, with one part removed, emptied, doubled, renamed, moved, replaced, ...; or all of it."""
    yield from _whole(body)
    if _is_xml(body):
        yield from (Damage(what, made) for what, made in damage_xml.damages(parse_xml(body)))
    else:
        yield from (Damage(what, made) for what, made in damage_json.damages(json.loads(body)))


def damaged(body: bytes) -> Iterator[bytes]:
    """The bodies of :func:`damages`."""
    return (damage.body for damage in damages(body))


def texts(body: bytes) -> frozenset[str]:
    """Values of the reply that can be told from words of our own, and from the contract's: names of its elements."""
    words = names(body) + " false"
    # Few digits stand by chance in a deadline, an address in memory or a request's id.
    return frozenset(
        text for text in leaves(body) if len(text) >= (_FEW if text.isdigit() else _SHORT) and text not in words
    )


def names(body: bytes) -> str:
    """Every name of an element or member in the reply, parted by blanks."""
    if _is_xml(body):
        return " ".join(sorted({str(node.tag).rpartition("}")[2] for node in parse_xml(body).iter("*")}))
    return " ".join(sorted(damage_json.names(json.loads(body))))


def leaves(body: bytes) -> list[str]:
    """Every text, number and truth value that the reply's content has, in its order, as text."""
    return damage_xml.leaves(parse_xml(body)) if _is_xml(body) else damage_json.leaves(json.loads(body))


def with_leaves(body: bytes, changes: Mapping[int, str]) -> bytes:
    """The reply with other texts.

    Args:
        changes: the number of a leaf, as :func:`leaves` counts, to its new text.
    """
    if _is_xml(body):
        return damage_xml.with_leaves(parse_xml(body), changes)
    return damage_json.with_leaves(json.loads(body), changes)


def doubled_items(body: bytes, keys: frozenset[str], stranger: str | None = None) -> list[bytes]:
    """The reply with one item more, for each item that it has about one of these keys.

    An item is what stands in the outermost list whose items each hold one of the keys; where there is none, each part
    that is a key.

    Args:
        stranger: stands for the keys in the further item; None: it is the same item again.
    """
    if _is_xml(body):
        return list(damage_xml.doubled_items(parse_xml(body), keys, stranger))
    return list(damage_json.doubled_items(json.loads(body), keys, stranger))


def _is_xml(body: bytes) -> bool:
    return body.lstrip().startswith(b"<")


def _whole(body: bytes) -> Iterator[Damage]:
    text = body.decode()
    yield Damage("something after its end", body + b"stranger")
    yield Damage("the reply twice", body + body)
    yield Damage("a byte order mark before it", b"\xef\xbb\xbf" + body)
    yield Damage("written in UTF-16", text.encode("utf-16"))
    yield Damage("letters beyond ASCII in Latin-1", text.encode("iso-8859-1", "replace"))
    yield Damage("bytes that are no UTF-8", body.replace(b"<", b"\xff<", 3).replace(b":", b":\xff", 1))
    yield Damage("a NUL in it", body[: len(body) // 2] + b"\0" + body[len(body) // 2 :])
    yield Damage("blanks around it", b"\n " + body + b" \n")
    for other in (b"null", b"[]", b"{}", b'""', b"0", b"true", b"<a/>", b"<!DOCTYPE html><html/>"):
        yield Damage(f"{other.decode()} in its place", other)
