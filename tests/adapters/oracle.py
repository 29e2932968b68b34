"""zeep's reading of a WSDL: the oracle that codecs are compared with. It reads from one folder and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlparse

from zeep import Settings
from zeep.wsdl import Document

from adapters.kit.xsd.documents import CATALOGUE, catalogue


class FolderTransport:
    """Gives zeep the files of one folder, and those that its catalogue names."""

    def __init__(self, folder: Path, first: Path) -> None:
        self._folder = folder.resolve()
        self._catalogue = catalogue(first.resolve().parent, self._folder)

    def load(self, url: str) -> bytes:
        """Content of the file that a path or URL names."""
        if str(url) in self._catalogue:
            return self._catalogue[str(url)].read_bytes()
        parts = urlparse(str(url))
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme not in ("", "file") or parts.netloc or not path.is_relative_to(self._folder):
            raise ValueError(f"{url} is not in the folder, nor in its {CATALOGUE}")
        return path.read_bytes()


def load_zeep(path: Path, folder: Path | None = None) -> Document:
    """zeep's document of a WSDL. Raises: whatever zeep raises."""
    logging.getLogger("zeep").setLevel(logging.CRITICAL)
    transport = FolderTransport(folder or path.parent, path)
    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=False, xml_huge_tree=False)
    return Document(str(path.resolve()), cast(Any, transport), settings=settings)
