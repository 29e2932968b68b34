"""Headers of a contract: written from values, read to values, and those that have to be understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.kit.soap.envelope import VERSIONS, Soap
from adapters.kit.soap.parts import HeaderPart
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.kit.xsd.encode import encode

_SOAP_ATTRIBUTES = tuple(f"{{{soap.namespace}}}" for soap in VERSIONS.values())


def ours(parts: Iterable[HeaderPart], elsewhere: frozenset[str]) -> tuple[HeaderPart, ...]:
    """Headers that are the caller's to say.

    Args:
        elsewhere: namespaces whose headers are written by another hand: X-Road's, and those of WS-Security.
    """
    return tuple(part for part in parts if etree.QName(part.element.tag).namespace not in elsewhere)


def write_headers(parts: Sequence[HeaderPart], values: Mapping[str, Any]) -> str:
    """Header elements of one request, in the contract's order.

    Args:
        parts: those that are the caller's to say.
        values: by the part's name.

    Raises:
        ValueError, TypeError, KeyError: a required header without value, a value that is none of the part's, or one
            for a part that is not among them.
    """
    if unknown := set(values) - {part.name for part in parts}:
        raise ValueError(f"no header {', '.join(sorted(unknown))} to be given here")
    written = []
    for part in parts:
        if part.name in values:
            written.append(etree.tostring(encode(part.element, values[part.name]), encoding="unicode"))
        elif part.required:
            raise ValueError(f"header {part.name} is required")
    return "".join(written)


def read_headers(parts: Sequence[HeaderPart], headers: Iterable[etree._Element]) -> dict[str, Any]:
    """Values of the headers of an answer by the part's name. A header that the contract does not have is left out.

    Raises:
        BadReplyError: a header is not what the contract says, or stands twice.
    """
    by_tag = {part.element.tag: part for part in parts}
    found: dict[str, Any] = {}
    for header in headers:
        part = by_tag.get(str(header.tag))
        if part is None:
            continue
        if part.name in found:
            raise BadReplyError(part.name, "a header stands twice")
        found[part.name] = decode(part.element, _bare(header))
    return found


def check_understood(headers: Iterable[etree._Element], soap: Soap, understood: frozenset[str]) -> None:
    """Check that nothing has to be understood that is not.

    Args:
        understood: tags of headers that we make sense of.

    Raises:
        ValueError: a header for us says that it has to be understood, and it is unknown.
    """
    if any(soap.must(header) and str(header.tag) not in understood for header in headers):
        raise ValueError("a header has to be understood, and is not")


def _bare(header: etree._Element) -> etree._Element:
    """The header without SOAP's own attributes, which its type does not have."""
    for name in [name for name in header.attrib if str(name).startswith(_SOAP_ATTRIBUTES)]:
        del header.attrib[name]
    return header
