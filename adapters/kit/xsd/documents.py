"""Files of one contract, found by what they import from each other. Nothing is read that was not asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xml_parser import NotXmlError, parse_xml

CATALOGUE = "catalog.json"
_READABLE = frozenset({".xsd", ".wsdl", ".xml", ".svc", ".asmx", ".wsdl0", ".xsd0", ""})
_MAX_BYTES = 32 * 1024 * 1024
_MAX_FILES = 4000

Fetch = Callable[[str], bytes]
"""Content of a URL that the caller allows. Raises: UnsupportedConstruct: not allowed, or no answer."""


class NotFoundError(UnsupportedConstruct):
    """An import of a document that is not there: of no matter until something of it is needed."""


@dataclass(eq=False, slots=True)
class Document:
    """One file."""

    location: str
    """Path or URL that others import it by."""
    name: str
    """What people call it: its path, seen from the first file."""
    root: etree._Element
    content: bytes = field(repr=False, default=b"")
    nodes: list[etree._Element] = field(repr=False, default_factory=list)
    """Keeps every node's identity its own."""

    def place(self, node: etree._Element) -> str:
        """``file:line``."""
        return f"{self.name}:{node.sourceline or 0}"


class Documents:
    """Reads each file once.

    Args:
        root: the folder that holds the contract; files outside it are not read.
        fetch: for URLs that no catalogue knows; None: they are not there.

    A catalogue (``catalog.json``: absolute URLs to files, relative to it) is taken from the root, or from the nearest
    folder above the first file that has one.
    """

    def __init__(self, root: Path, fetch: Fetch | None = None) -> None:
        self._root = root.resolve()
        self._fetch = fetch
        self._read: dict[str, Document] = {}
        self._catalogue: Mapping[str, Path] = {}
        self._size = 0
        self._base = self._root

    def __iter__(self) -> Iterator[Document]:
        return iter(self._read.values())

    def first(self, path: Path) -> Document:
        """The file that everything begins with. Raises: UnsupportedConstruct, NotFoundError."""
        path = path.resolve()
        self._catalogue = catalogue(path.parent, self._root)
        self._base = path.parent
        return self._file(path)

    def fetched(self, url: str) -> Document:
        """The same, by URL."""
        return self._url(url)

    def imported(self, location: str, base: Document) -> Document:
        """The file that ``base`` names.

        Raises:
            NotFoundError: it is not there.
            UnsupportedConstruct: it is no XML, declares a document type, or lies where nothing is read from.
        """
        try:
            return self._imported(location, base)
        except (ValueError, OSError) as error:
            if isinstance(error, UnsupportedConstruct):
                raise
            raise UnsupportedConstruct("an import whose address is none", base.name) from None

    def _imported(self, location: str, base: Document) -> Document:
        if location in self._catalogue:
            return self._file(self._catalogue[location])
        if urlparse(base.location).scheme in ("http", "https"):
            location = urljoin(base.location, location)
        parts = urlparse(location)
        if parts.scheme in ("http", "https"):
            return self._file(self._catalogue[location]) if location in self._catalogue else self._url(location)
        if parts.scheme or parts.netloc or location.startswith(("/", "\\")):
            raise UnsupportedConstruct("an import from elsewhere", base.name)
        return self._file((Path(base.location).parent / unquote(parts.path)).resolve())

    def _file(self, path: Path) -> Document:
        key = str(path)
        if key in self._read:
            return self._read[key]
        if path.suffix.lower() not in _READABLE:
            raise UnsupportedConstruct(
                "a file of a contract in XML whose name ends neither in .wsdl nor .xsd", path.name
            )
        if not path.is_relative_to(self._root):
            raise UnsupportedConstruct("an import of a file that is not in the contract's folder", path.name)
        if not path.is_file():
            raise NotFoundError("an import of a file that is not there", path.name)
        if path.stat().st_size > _MAX_BYTES:
            raise UnsupportedConstruct("a file of more than 32 MiB", path.name)
        return self._add(key, Path(os.path.relpath(path, self._base)).as_posix(), path.read_bytes())

    def _url(self, url: str) -> Document:
        if url in self._read:
            return self._read[url]
        if self._fetch is None:
            raise NotFoundError("an import from the network, which is not asked", url)
        return self._add(url, url, self._fetch(url))

    def _add(self, location: str, name: str, content: bytes) -> Document:
        self._size += len(content)
        if self._size > _MAX_BYTES or len(self._read) >= _MAX_FILES:
            raise UnsupportedConstruct("a contract of more than 32 MiB or 4,000 files", name)
        try:
            root = parse_xml(content)
        except NotXmlError as error:
            raise UnsupportedConstruct(str(error), f"{name}:{error.line}") from None
        if self._read and etree.QName(root).localname not in ("schema", "definitions"):
            raise UnsupportedConstruct("an import of what is neither schema nor WSDL", f"{name}:{root.sourceline or 0}")
        made = self._read[location] = Document(location, name, root, content, list(root.iter("*")))
        return made


def catalogue(folder: Path, root: Path) -> Mapping[str, Path]:
    """URLs to files, of the nearest catalogue from a folder up to the root. Raises: UnsupportedConstruct."""
    while folder.is_relative_to(root):
        path = folder / CATALOGUE
        if path.is_file():
            try:
                entries = json.loads(path.read_text("utf-8"))
                return {str(url): (folder / str(file)).resolve() for url, file in entries.items()}
            except (ValueError, AttributeError):
                raise UnsupportedConstruct("a catalogue that is no object of texts", CATALOGUE) from None
        if folder == root:
            break
        folder = folder.parent
    return {}
