"""Collects the documents of a contract from disk: WSDL files and the schemas in and around them, never the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urljoin

from lxml import etree

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.names import WSDL, XML_NAMESPACE, XS, children, local
from adapters.sandbox.soap import Element, SoapError, parse

_CATALOGUE = "catalog.json"
_CATALOGUE_LEVELS = 6
"""A catalogue lies beside the WSDL or in a folder above it: publishers keep the WSDL itself some folders deep."""
_XML_ATTRIBUTES = f"""<xs:schema xmlns:xs="{XS}" targetNamespace="{XML_NAMESPACE}">
<xs:attribute name="lang"><xs:simpleType><xs:union memberTypes="xs:language"><xs:simpleType>
<xs:restriction base="xs:string"><xs:enumeration value=""/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>
</xs:attribute>
<xs:attribute name="space"><xs:simpleType><xs:restriction base="xs:NCName"><xs:enumeration value="default"/>
<xs:enumeration value="preserve"/></xs:restriction></xs:simpleType></xs:attribute>
<xs:attribute name="base" type="xs:anyURI"/><xs:attribute name="id" type="xs:ID"/>
<xs:attributeGroup name="specialAttrs"><xs:attribute ref="xml:base"/><xs:attribute ref="xml:lang"/>
<xs:attribute ref="xml:space"/><xs:attribute ref="xml:id"/></xs:attributeGroup></xs:schema>"""
"""The attributes every XML document may have. The published file declares a document type, which is never read."""


@dataclass(slots=True)
class Document:
    """One schema document, made to stand alone.

    Args:
        place: file name, with the number of the schema where several stand in one WSDL.
        namespace: target namespace, empty for none; of an included document without one, its includer's.
        root: ``xs:schema`` that declares every prefix used in it.
        redefined: whether another document redefines it, which then brings it in.
        redefines: for each ``xs:redefine`` in it, the document meant.
    """

    place: str
    namespace: str
    root: Element
    redefined: bool = False
    redefines: list[tuple[Element, Document]] = field(default_factory=list)


@dataclass(slots=True)
class Documents:
    """All documents of a contract.

    Args:
        definitions: WSDL files, the main one first.
        missing: which imports are nowhere on disk, and why.
        links: the file that a location in a file leads to.
    """

    definitions: list[tuple[Path, Element]] = field(default_factory=list)
    schemas: list[Document] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    links: dict[tuple[Path, str], Path] = field(default_factory=dict)


def collect(path: Path) -> Documents:
    """Read a WSDL and everything it names.

    Raises:
        ContractError: the main document is not there, is not XML or is not a WSDL 1.1.
    """
    return _Collector(path).collected


class _Collector:
    def __init__(self, path: Path) -> None:
        self._catalogue = _catalogue(path.resolve().parent)
        self._seen: dict[tuple[str, str], Document | None] = {}
        self._wsdls: set[Path] = set()
        self.collected = Documents()
        self._definitions(path.resolve(), None, main=True)
        if any(self._wants_xml(document.root) for document in self.collected.schemas):
            self.collected.schemas.append(
                Document("xml.xsd", XML_NAMESPACE, _alone(parse(_XML_ATTRIBUTES.encode()), XML_NAMESPACE))
            )

    def _definitions(self, path: Path, url: str | None, *, main: bool = False) -> None:
        if path in self._wsdls:
            return
        self._wsdls.add(path)
        root = _read(path)
        if root.tag == f"{{{XS}}}schema" and not main:
            self._schema(root, path, url, path.name, root.get("targetNamespace") or "")
            return
        if root.tag != f"{{{WSDL}}}definitions":
            raise ContractError(f"{path.name}: not a WSDL 1.1")
        self.collected.definitions.append((path, root))
        for one in children(root, WSDL, "import"):
            found = self._locate(path, url, one.get("location") or "", f"wsdl:import in {path.name}")
            if found is not None:
                try:
                    self._definitions(*found)
                except ContractError as refused:
                    self.collected.missing.append(str(refused))
        schemas = [one for types in children(root, WSDL, "types") for one in children(types, XS, "schema")]
        for number, one in enumerate(schemas, 1):
            self._schema(one, path, url, f"{path.name}, schema {number}", one.get("targetNamespace") or "")

    def _schema(self, root: Element, path: Path, url: str | None, place: str, namespace: str) -> Document | None:
        key = (f"{path}|{place}", namespace)
        if key in self._seen:
            return self._seen[key]
        document = Document(place, namespace, _alone(root, namespace))
        self._seen[key] = document
        self.collected.schemas.append(document)
        for one in [*document.root]:
            kind = local(one)
            if kind not in ("include", "import", "redefine"):
                continue
            location = one.get("schemaLocation")
            if location is None and one.get("namespace") in self._catalogue:
                location = one.get("namespace")
            if location is None or one.get("namespace") == XML_NAMESPACE:
                continue
            found = self._locate(path, url, location, f"xs:{kind} in {place}")
            loaded = None if found is None else self._file(*found, None if kind == "import" else namespace)
            if kind == "redefine" and loaded is not None:
                loaded.redefined = True
                document.redefines.append((one, loaded))
        return document

    def _file(self, path: Path, url: str | None, includer: str | None) -> Document | None:
        try:
            root = _read(path)
        except ContractError as refused:
            self._miss(str(refused))
            return None
        if root.tag == f"{{{WSDL}}}definitions":
            self._definitions(path, url)
            return None
        if root.tag != f"{{{XS}}}schema":
            self._miss(f"{path.name}: not an XML Schema")
            return None
        return self._schema(root, path, url, path.name, root.get("targetNamespace") or includer or "")

    def _locate(self, path: Path, url: str | None, location: str, where: str) -> tuple[Path, str | None] | None:
        """The file that a location means, and the address it was published under, where that is known."""
        absolute = location if "://" in location else urljoin(url, location) if url else None
        if absolute is not None and absolute in self._catalogue:
            found, published = self._catalogue[absolute], absolute
        elif "://" in location or location.startswith("urn:"):
            self._miss(f"{where}: {location} is not in the catalogue")
            return None
        else:
            found, published = (path.parent / unquote(location.partition("#")[0])).resolve(), absolute or ""
        if not location or not found.is_file():
            self._miss(f"{where}: {location or 'a location'} is missing")
            return None
        self.collected.links[path, location] = found
        return found, published or None

    def _miss(self, what: str) -> None:
        if what not in self.collected.missing:
            self.collected.missing.append(what)

    @staticmethod
    def _wants_xml(root: Element) -> bool:
        return any((one.get("ref") or "").startswith("xml:") for one in root.iter(f"{{{XS}}}*"))


def _alone(root: Element, namespace: str) -> Element:
    """The schema with every prefix that is in force around it, and with its includer's namespace where it has none."""
    prefixes = dict(root.nsmap)
    if namespace and not root.get("targetNamespace"):
        prefixes.setdefault(None, namespace)
    attributes = {str(name): str(value) for name, value in root.attrib.items()}
    made = etree.Element(root.tag, attributes, cast("dict[str, str]", prefixes))
    if namespace:
        made.set("targetNamespace", namespace)
    made.extend([one for one in root if isinstance(one.tag, str) and local(one) != "annotation"])
    for one in [*made.iter(f"{{{XS}}}annotation")]:
        parent = one.getparent()
        if parent is not None:
            parent.remove(one)
    return made


def _read(path: Path) -> Element:
    try:
        return parse(path.read_bytes())
    except OSError:
        raise ContractError(f"{path.name}: cannot be read") from None
    except SoapError:
        raise ContractError(f"{path.name}: not well-formed XML, or it declares a document type") from None


def _catalogue(folder: Path) -> dict[str, Path]:
    for one in (folder, *_above(folder)):
        path = one / _CATALOGUE
        if path.is_file():
            try:
                content = json.loads(path.read_bytes())
            except ValueError:
                raise ContractError(f"{_CATALOGUE}: not JSON") from None
            if not isinstance(content, dict):
                raise ContractError(f"{_CATALOGUE}: not an object")
            return {str(url): (one / str(file)).resolve() for url, file in content.items()}
    return {}


def _above(folder: Path) -> Iterator[Path]:
    yield from list(folder.parents)[:_CATALOGUE_LEVELS]
