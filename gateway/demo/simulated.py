"""Registers as their adapters' contracts say, served by the sandbox: for those without a desk of their own.

Only manifest and contract are read, so that also an adapter that does not work yet has its register.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.kit.broken import Quarantined, what_is_wrong
from adapters.kit.contracts import is_xml
from adapters.kit.manifest import Manifest, load_manifest
from adapters.kit.places import Found, look
from adapters.sandbox.contracts.simulated import simulated_desk as soap_desk
from adapters.sandbox.descriptions.simulated import simulated_desk as rest_desk
from adapters.sandbox.exchange import Asked, Call, Desk, Kind, Reply, Twist
from schema.terms import GovernmentLevel, RegisterKind

_SNIFFED = 4096
_MUNICIPALITY = re.compile(r"/[0-9]{7}(?=/|\Z)")
_LONGEST = 300


class CannotSimulate(Exception):
    """A contract cannot be served. The message is one clear line."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A register that is ready to be served."""

    desk: Desk
    kind: RegisterKind
    contract: Path
    municipal: bool
    """Whether its address goes on with a municipality's code."""
    left_out: Mapping[str, str]
    """What of the contract is not served, and why."""
    cases: Mapping[str, bool]
    """Files of recorded cases, each with whether its reply is served to who asks as in the case."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an adapter's folder says of its register."""

    name: str
    contract: Path
    cases: Path | None = None
    kinds: Mapping[str, Kind] | None = None
    """What operations do, where they do not read."""
    municipal: bool = False


class EveryMunicipality:
    """One register played for all municipalities: the code that begins each address is anybody's."""

    def __init__(self, desk: Desk) -> None:
        self.name = desk.name
        self.operations = desk.operations
        self._desk = desk

    def publish(self, call: Call) -> Reply | None:
        """See ``Desk.publish``."""
        return self._desk.publish(_without_code(call))

    def open(self, call: Call) -> Asked | Reply:
        """See ``Desk.open``."""
        return self._desk.open(_without_code(call))

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """See ``Desk.answer``."""
        return self._desk.answer(asked, twist)

    def failure(self, status: int) -> Reply:
        """See ``Desk.failure``."""
        return self._desk.failure(status)


def simulated(source: Source) -> Simulated:
    """Make a register of a contract; WSDL or OpenAPI is told by the file. Raises: CannotSimulate."""
    desk: Desk
    try:
        with source.contract.open("rb") as file:
            soap = is_xml(file.read(_SNIFFED))
        made = (soap_desk if soap else rest_desk)(source.name, source.contract, source.cases, source.kinds)
    except OSError as error:
        raise CannotSimulate(f"{source.contract} cannot be read: {error.strerror}") from None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one contract, the other registers are served
        raise CannotSimulate(_words(error)) from None
    desk = EveryMunicipality(made) if source.municipal else made
    kind = RegisterKind.SOAP if soap else RegisterKind.REST
    return Simulated(desk, kind, source.contract, source.municipal, made.left_out, made.cases)


def source_of(name: str, manifest: Manifest, folder: Path) -> Source:
    """What a folder says of its register. Raises: CannotSimulate: the contract is not in it."""
    contract = (folder / manifest.source).resolve()
    if not contract.is_relative_to(folder.resolve()) or not contract.is_file():
        raise CannotSimulate(f"{name}: source of manifest.toml names no file of its folder")
    kinds = {entry.operation: Kind.DELIVER for entry in manifest.receives.values()}
    return Source(name, contract, folder / "cases", kinds, manifest.level is GovernmentLevel.MUNICIPAL)


def found_adapters(folders: Sequence[Path]) -> Iterator[Found]:
    """Folders of adapters, whether they work or not; of two with one name the first, as in the catalogue."""
    seen: set[str] = set()
    for each in look(folders):
        if isinstance(each, Found) and each.name not in seen:
            seen.add(each.name)
            yield each


def simulated_adapters(folders: Sequence[Path], without: Collection[str]) -> tuple[list[Desk], list[Quarantined]]:
    """The registers of all adapters there are, and those that cannot be served, with the reason.

    Args:
        folders: further folders of adapters' folders.
        without: names that are left out: their desks are written by hand.
    """
    desks: list[Desk] = []
    left: list[Quarantined] = []
    for found in found_adapters(folders):
        if found.name in without:
            continue
        try:
            manifest = load_manifest(found.folder / "manifest.toml")
            desks.append(simulated(source_of(found.name, manifest, found.folder)).desk)
        except (CannotSimulate, ValueError) as error:
            left.append(what_is_wrong(error, found.name, found.where, found.folder))
    return desks, left


def _without_code(call: Call) -> Call:
    return replace(call, path=_MUNICIPALITY.sub("", call.path, 1), raw_path=_MUNICIPALITY.sub("", call.raw_path, 1))


def _words(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    said = "".join(letter if letter.isprintable() else "?" for letter in lines[0])[:_LONGEST] if lines else ""
    return said or f"the contract cannot be read ({type(error).__name__})"
