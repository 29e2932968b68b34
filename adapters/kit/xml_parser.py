"""The one place where XML from outside becomes a tree.

No entities, no network, no huge trees, no document type at all. A test refuses every other parser in ``adapters``.
"""

from __future__ import annotations

from typing import Any, cast

from lxml import etree


class NotXmlError(ValueError):
    """No XML that is read here. The message repeats nothing of the content.

    Args:
        line: where reading ended; 0 where nobody knows.
    """

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


def parse_xml(content: bytes) -> etree._Element:
    """Read a document; comments and processing instructions are left out.

    Raises:
        NotXmlError: not well-formed, or it declares a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    line = 0
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        root, line = None, error.lineno or 0
    except ValueError:
        root = None
    if root is None:
        raise NotXmlError("not well-formed XML", line)
    if cast(Any, root).getroottree().docinfo.doctype:  # The stubs have half of docinfo.
        raise NotXmlError("a document type is declared", 1)
    return root
