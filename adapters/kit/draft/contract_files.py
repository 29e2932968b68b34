"""The files of a contract, as they are copied into an adapter's folder: untouched, and found without a network."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from adapters.kit.xsd.documents import CATALOGUE, Document, catalogue

_IMPORTED = "_imported"


def contract_files(first: Document, documents: Iterable[Document], root: Path) -> tuple[str, dict[str, bytes]]:
    """The main file's path within ``contract``, and the content of every file by such a path.

    Args:
        first: the main file.
        documents: every file that was read.
        root: the folder that held the contract.
    """
    local = [each for each in documents if not each.location.startswith(("http://", "https://", "section"))]
    remote = [each for each in documents if each.location.startswith(("http://", "https://"))]
    paths = [Path(each.location) for each in local]
    above = Path(os.path.commonpath([path.parent for path in paths])) if paths else root
    files = {path.relative_to(above).as_posix(): path.read_bytes() for path in paths}
    entries: dict[str, str] = {}
    if paths:
        known = catalogue(Path(first.location).parent, root) if Path(first.location).is_absolute() else {}
        entries = {url: path.relative_to(above).as_posix() for url, path in known.items() if path in paths}
    main = "" if not paths else Path(first.location).relative_to(above).as_posix()
    for number, each in enumerate(remote, 1):
        name = f"{_IMPORTED}/{number}-{Path(each.name).name or 'schema'}"
        if each is first:
            main = name = Path(each.name).name or "contract.wsdl"
            main = name = name if name.endswith((".wsdl", ".xml")) else f"{name}.wsdl"
        files[name] = each.content
        entries[each.location] = name
    if entries:
        files[CATALOGUE] = (json.dumps(entries, indent=1) + "\n").encode()
    return main, files
