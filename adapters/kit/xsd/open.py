"""XML that a schema leaves open, as a value: a text that means the same wherever it stands."""

from __future__ import annotations

import re

from lxml import etree

from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.types import Xml

_PREFIX = re.compile(r"([^\W\d][\w.-]*):")


def as_xml(node: etree._Element) -> Xml:
    """The element in exclusive canonical form, with the prefixes that its texts and attributes use declared."""
    used: set[str] = set()
    for each in node.iter("*"):
        texts = [str(text) for text in (*each.values(), each.text or "")]
        used |= {prefix for text in texts for prefix in _PREFIX.findall(text)} & set(each.nsmap)
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
