"""Namespaces of the specifications, and small questions to nodes of their documents."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.soap import Element

WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = {"http://schemas.xmlsoap.org/wsdl/soap/": "1.1", "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2"}
WSDL_MIME = "http://schemas.xmlsoap.org/wsdl/mime/"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"


def children(node: Element, namespace: str, *names: str) -> Iterator[Element]:
    """The child elements of these local names, or of any."""
    for one in node:
        if isinstance(one.tag, str):
            name = etree.QName(one)
            if name.namespace == namespace and (not names or name.localname in names):
                yield one


def local(node: Element) -> str:
    """The local name; empty for a comment."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def clark(namespace: str | None, name: str) -> str:
    """``{namespace}name``, or the name alone."""
    return f"{{{namespace}}}{name}" if namespace else name


def split(name: str) -> tuple[str, str]:
    """Namespace and local name of a name in Clark's notation."""
    if name.startswith("{"):
        namespace, _, rest = name[1:].partition("}")
        return namespace, rest
    return "", name


def qname(node: Element, text: str) -> str:
    """What a prefixed name means at a node, in Clark's notation.

    Raises:
        ContractError: the prefix is not declared.
    """
    prefix, colon, rest = text.strip().rpartition(":")
    if prefix == "xml":
        return clark(XML_NAMESPACE, rest)
    if not colon:
        return clark(node.nsmap.get(None), rest)
    if prefix not in node.nsmap:
        raise ContractError(f"{local(node)}: prefix {prefix} is not declared")
    return clark(node.nsmap[prefix], rest)
