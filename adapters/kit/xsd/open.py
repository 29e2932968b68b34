"""XML that a schema leaves open, as a value: a text that means the same wherever it stands."""

from __future__ import annotations

import re

from lxml import etree

from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.types import Xml

_PREFIX = re.compile(r"(?<![\w.-])([^\W\d][\w.-]*+):")


def as_xml(node: etree._Element) -> Xml:
    """The element in exclusive canonical form, with the prefixes that its texts and attributes use declared."""
    used: set[str] = set()  # Words that are no prefixes do no harm; to look up which are costs more than the whole.
    for each in node.iter("*"):
        used.update(_PREFIX.findall(each.text or ""))
        for text in each.values():
            used.update(_PREFIX.findall(str(text)))
    try:
        content = etree.tostring(
            node, method="c14n", exclusive=True, with_tail=False, inclusive_ns_prefixes=sorted(used) or None
        )
    except etree.C14NError:  # Of a namespace that is no absolute URI, which canonical form does not take.
        return Xml(etree.tostring(node, encoding="unicode", with_tail=False))
    return Xml(content.decode())


def from_xml(text: str) -> etree._Element:
    """The element of a text. Raises: ValueError: it is no XML."""
    return parse_xml(text.encode())
