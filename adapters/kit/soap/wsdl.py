"""A published WSDL, read once from disk, and what its operations carry.

zeep reads WSDL and XSD; nothing of zeep is left after loading. Load before serving, or in a thread: it blocks.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlparse

from lxml import etree
from zeep import Settings
from zeep.wsdl import Document
from zeep.wsdl.bindings.soap import Soap11Binding

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.facets import Facets
from adapters.kit.xsd.reader import XsdReader
from adapters.kit.xsd.types import Element


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, document/literal."""

    name: str
    soap_action: str
    request: Element
    response: Element


@dataclass(frozen=True, slots=True)
class SoapContract:
    """What one WSDL says."""

    operations: Mapping[str, Operation]


class FolderTransport:
    """Gives zeep the files of one folder and nothing else: no network, no other folder, whatever is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.documents: list[etree._Element] = []

    def load(self, url: str) -> bytes:
        """Content of the file that a path or ``file:`` URL names. Raises: UnsupportedConstruct outside the folder."""
        parts = urlparse(str(url))
        if parts.scheme not in ("", "file") or parts.netloc:
            raise UnsupportedConstruct("an import from elsewhere", "a document of the contract")
        path = Path(unquote(parts.path)).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise UnsupportedConstruct("an import of a file that is not in the contract's folder", path.name)
        content = path.read_bytes()
        self.documents.append(parse_xml(content))
        return content


def load_zeep(path: Path) -> tuple[Document, FolderTransport]:
    """zeep's reading of a WSDL; also the oracle that tests compare the codecs with."""
    logging.getLogger("zeep").setLevel(logging.CRITICAL)  # Its lines repeat values of replies.
    transport = FolderTransport(path.parent)
    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False)
    return Document(str(path.resolve()), cast(Any, transport), settings=settings), transport


def load_contract(path: Path) -> SoapContract:
    """Read a WSDL and make the types of all its operations.

    Args:
        path: the WSDL; what it imports lies in the same folder or below.

    Raises:
        UnsupportedConstruct: it uses what no codec is made for.
        ValueError: it is no WSDL.
    """
    loaded, transport = load_zeep(path)
    document: Any = loaded  # zeep is typed in part.
    reader = XsdReader(Facets(transport.documents))
    operations = {}
    bindings = [binding for binding in document.bindings.values() if isinstance(binding, Soap11Binding)]
    if len(bindings) != 1:
        raise UnsupportedConstruct("other than one SOAP 1.1 binding", path.name)
    binding: Any = bindings[0]
    for name, operation in binding.all().items():
        operations[name] = _operation(name, operation, reader)
    return SoapContract(operations)


def _operation(name: str, operation: Any, reader: XsdReader) -> Operation:
    if operation.style != "document":
        raise UnsupportedConstruct(f"style {operation.style}", name)
    if operation.input is None or operation.output is None:
        raise UnsupportedConstruct("an operation of one direction", name)
    return Operation(
        name, operation.soapaction or "", _body(name, operation.input, reader), _body(name, operation.output, reader)
    )


def _body(name: str, message: Any, reader: XsdReader) -> Element:
    parts = list(message.body.type.elements) if message.body is not None and message.body.type is not None else []
    # zeep keeps a single body part as the body itself, and several as a made-up type around them.
    if message.body is None or message.body.qname is None:
        raise UnsupportedConstruct("a body without part", name)
    if message.body.qname.localname == "Body":
        if len(parts) != 1:
            raise UnsupportedConstruct("a body of several parts", name)
        return reader.element(parts[0][1])
    return reader.element(message.body)
