"""Contracts of either kind, by path or URL."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlparse

from adapters.kit.draft.contract_files import contract_files
from adapters.kit.errors import Rejected, Unavailable, UnsupportedConstruct
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.inspection import ContractKind, Inspection
from adapters.kit.openapi.inspected import inspect_openapi
from adapters.kit.soap.definitions import Definitions
from adapters.kit.soap.inspect import inspect_wsdl
from adapters.kit.wire import WireRequest
from adapters.kit.xsd.documents import CATALOGUE, Documents, Fetch, NotFoundError

_SECONDS = 20.0
_MAX_BYTES = 32 * 1024 * 1024
_UP = 8
_SNIFFED = 4096
_OK = 200
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
REFERENCE = re.compile(rb"""\$ref["']?\s*:\s*["']?([^"'#\s,}]+)""")
"""What a description names by ``$ref``, as a file."""


def inspect_contract(contract: str, hosts: Sequence[str] = ()) -> Inspection:
    """Read a contract, whatever is wrong with it.

    Args:
        contract: a path or an http(s) URL.
        hosts: what imports may be read from over the network.

    Raises:
        OSError: there is no such file.
        RegisterError: the URL gave nothing.
    """
    if contract.startswith(("http://", "https://")):
        content = fetched(contract)
        if is_xml(content[:_SNIFFED]):
            asked = {contract: content}
            return inspect_wsdl(contract, Path(tempfile.gettempdir()), _fetching(hosts, asked))
        with tempfile.TemporaryDirectory() as folder:
            name = Path(urlparse(contract).path).name or "openapi"
            path = Path(folder) / name
            path.write_bytes(content)
            return inspect_openapi(path)
    path = Path(contract)
    with path.open("rb") as file:
        start = file.read(_SNIFFED)
    if is_xml(start):
        return inspect_wsdl(path, root_of(path), _fetching(hosts, {}) if hosts else None)
    return inspect_openapi(path)


def copied(contract: str, folder: Path, hosts: Sequence[str] = ()) -> tuple[str, ContractKind]:
    """Copy a contract with all that it imports.

    Args:
        contract: a path or an http(s) URL.
        folder: is made, and holds the files untouched; a catalogue says where imports by URL are.
        hosts: as for :func:`inspect_contract`.

    Returns:
        The main file's path within the folder, and the kind.

    Raises:
        OSError: there is no such file.
        RegisterError: the URL gave nothing.
        UnsupportedConstruct: the main file cannot be read.
    """
    by_url = contract.startswith(("http://", "https://"))
    content = fetched(contract) if by_url else Path(contract).read_bytes()
    if is_xml(content[:_SNIFFED]):
        root = Path(tempfile.gettempdir()) if by_url else root_of(Path(contract))
        documents = Documents(root, _fetching(hosts, {contract: content}))
        first = documents.fetched(contract) if by_url else documents.first(Path(contract))
        Definitions(documents, first)
        main, files = contract_files(first, documents, root)
        kind: ContractKind = "WSDL"
    else:
        main = (Path(urlparse(contract).path).name if by_url else Path(contract).name) or "openapi.yaml"
        files, kind = {main: content}, "OPENAPI"
        if not by_url:
            files |= _beside(Path(contract))
    for name, each in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(each)
    return main, kind


def _beside(path: Path) -> dict[str, bytes]:
    """Files that a description refers to, in its folder and below, by their path there."""
    folder, found = path.resolve().parent, dict[str, bytes]()
    waiting = [path.resolve()]
    while waiting:
        holder = waiting.pop()
        for reference in REFERENCE.findall(holder.read_bytes()):
            said = unquote(reference.decode("utf-8", "replace"))
            if "\0" in said:
                continue
            file = (holder.parent / said).resolve()
            name = os.path.relpath(file, folder)
            if file.is_file() and file.is_relative_to(folder) and name not in found and file != path.resolve():
                found[name] = file.read_bytes()
                waiting.append(file)
    return found


def is_xml(start: bytes) -> bool:
    """Whether a file that begins so is XML, and so a WSDL if it is anything."""
    text = start.removeprefix(b"\xef\xbb\xbf")
    if b"\x00<" in text[:4] or b"<\x00" in text[:4]:
        return True
    for mark, coding in _MARKS.items():
        if text.startswith(mark):
            return text.removeprefix(mark).decode(coding, "replace").lstrip().startswith("<")
    return text.lstrip()[:1] == b"<"


def root_of(path: Path) -> Path:
    """The folder below which a contract's own files may lie: the one of its catalogue, else a few steps up."""
    path = path.resolve()
    for parent in path.parents[:_UP]:
        if (parent / CATALOGUE).is_file():
            return parent
    above = [parent for parent in path.parents[:_UP] if parent != Path(parent.anchor)]
    return above[-1] if above else path.parent


def fetched(url: str) -> bytes:
    """What a URL gives. Blocks. Raises: RegisterError: no answer of 200, a redirect, too large."""

    async def get() -> bytes:
        async with Http1Wire() as wire:
            deadline = time.monotonic() + _SECONDS
            request = WireRequest("contract", "GET", url, {"Accept": "*/*"}, None, deadline, _MAX_BYTES)
            reply = await wire.request(request)
            if reply.status != _OK:
                raise Rejected("contract", f"status {reply.status}; redirects are not followed")
            return reply.body

    return asyncio.run(get())


def _fetching(hosts: Sequence[str], known: dict[str, bytes]) -> Fetch:
    def fetch(url: str) -> bytes:
        if url in known:
            return known[url]
        host = urlparse(url).hostname or ""
        if host not in hosts:
            raise NotFoundError(f"an import from {host}, which is not asked (--allow-host {host} would)", url)
        try:
            return fetched(url)
        except (Rejected, Unavailable) as error:
            raise UnsupportedConstruct(f"an import that gave nothing ({error.what})", url) from None

    return fetch
