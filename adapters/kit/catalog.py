"""Finds adapters and reads them. A broken one is set aside with its reason and stops nobody else."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import msgspec

from adapters.kit.broken import AdapterBroken, Quarantined, no_connect, what_is_wrong
from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.errors import Unavailable
from adapters.kit.guard import Tell
from adapters.kit.manifest import Manifest, load_manifest
from adapters.kit.places import BUILT_IN, Found, Unseen, at, look
from adapters.kit.ports import Announces, Reads, Receives
from adapters.kit.wire import Wire, WireReply, WireRequest
from schema.joined import RecordsBroken, record_modules

__all__ = ["BUILT_IN", "Catalog", "Installed", "Quarantined", "discover", "examined", "install", "record_classes"]


_NOWHERE = "http://127.0.0.1:9"
_STOPPED = Clock(now=lambda: datetime(2000, 1, 1, tzinfo=UTC), monotonic=lambda: 0.0)


class AdapterModule(Protocol):
    """What ``adapter.py`` of a folder offers. Importing it reads the contract."""

    def connect(self, connection: Connection, wire: Wire, clock: Clock) -> object:
        """An object that implements ``Reads``, ``Receives`` or both."""
        ...


@dataclass(frozen=True, slots=True)
class Installed:
    """One adapter that is ready to be connected."""

    manifest: Manifest
    folder: Path
    module: AdapterModule
    record_types: Mapping[str, type[Any]]
    """The record classes that it reads, by name."""
    where: str
    """Where it was found, in words."""

    def connect(self, connection: Connection, wire: Wire, clock: Clock, tell: Tell | None = None) -> ConnectedRegister:
        """Give it its connection; reaches no register. ``tell``: see ``ConnectedRegister``.

        Raises:
            AdapterBroken: it cannot be connected, or offers less than its manifest says.
        """
        try:
            made = self.module.connect(connection, wire, clock)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever is wrong with one adapter, the others work
            report = what_is_wrong(error, self.manifest.name, self.where, self.folder)
            raise AdapterBroken(f"it cannot be connected: {report.problem}", report.remedy) from None
        for wanted, protocol, name in (
            (self.manifest.reads, Reads, "reads, and what connect() gives has no read"),
            (self.manifest.receives, Receives, "receives, and what connect() gives has no deliver and find"),
            (self.manifest.announces, Announces, "announces, and what connect() gives has no notices"),
        ):
            if wanted and not isinstance(made, protocol):
                raise AdapterBroken(f"manifest.toml has {name}", "Write the methods, or take it out of manifest.toml.")
        return ConnectedRegister(self.manifest, made, connection, clock, tell)


class _NoWire:
    async def request(self, request: WireRequest) -> WireReply:
        raise Unavailable(request.register, "nothing is sent while adapters are examined", sent=False)


class Catalog:
    """Every adapter that was found.

    Args:
        installed: by name.
        quarantined: those that are not used, and why; a name may stand in both, where two adapters want it.
        complete: False where a folder of adapters could not be looked into.
    """

    def __init__(
        self, installed: Mapping[str, Installed], quarantined: tuple[Quarantined, ...], *, complete: bool = True
    ) -> None:
        self.installed = installed
        self.quarantined = quarantined
        self.complete = complete

    @property
    def names(self) -> frozenset[str]:
        """Of all that were found, used or not."""
        return frozenset(self.installed) | {each.name for each in self.quarantined}

    def connect(
        self, name: str, connection: Connection, wire: Wire, clock: Clock, tell: Tell | None = None
    ) -> ConnectedRegister:
        """Give an adapter its connection; reaches no register. ``tell``: see ``ConnectedRegister``.

        Raises:
            KeyError: no adapter of this name is installed.
            AdapterBroken: see ``Installed.connect``.
        """
        return self.installed[name].connect(connection, wire, clock, tell)


def discover(*folders: Path) -> Catalog:
    """Find the adapters of this checkout, those of entry points, and those of further folders of adapter folders.

    Of two with one name the first has it, in this order, also where it is broken. Reads contracts, so it blocks: call
    it before serving, or in a thread. Never raises for a broken adapter.
    """
    installed: dict[str, Installed] = {}
    quarantined: list[Quarantined] = []
    complete = True
    taken: dict[str, Found] = {}
    records = record_classes()
    for found in look(folders):
        if isinstance(found, Unseen):
            complete = False
            quarantined.append(found.report)
        elif isinstance(found, Quarantined):
            quarantined.append(found)
        else:
            outcome = _tried(found, taken.setdefault(found.name, found), records)
            if isinstance(outcome, Installed):
                installed[found.name] = outcome
            else:
                quarantined.append(outcome)
    return Catalog(installed, tuple(quarantined), complete=complete)


def examined(catalog: Catalog) -> Catalog:
    """The same with those set aside that cannot be connected, wherever their register is. Reaches no register."""
    installed: dict[str, Installed] = {}
    quarantined = list(catalog.quarantined)
    for name, each in catalog.installed.items():
        try:
            each.connect(Connection(url=_NOWHERE), _NoWire(), _STOPPED)
            installed[name] = each
        except AdapterBroken as error:
            quarantined.append(Quarantined(name, each.where, error.problem, error.remedy))
    return Catalog(installed, tuple(quarantined), complete=catalog.complete)


def install(folder: Path) -> Installed:
    """Read the one adapter of a folder, wherever it is.

    Raises:
        AdapterBroken: it cannot be used.
    """
    found = at(folder)
    outcome = _tried(found, found, record_classes())
    if isinstance(outcome, Quarantined):
        raise AdapterBroken(f"{found.name}: {outcome.problem}", outcome.remedy)
    return outcome


def record_classes() -> dict[str, type[Any]]:
    """Record types of ``schema.records`` by name: its classes but those that are a part of another."""
    found: dict[str, type[Any]] = {}
    for module in record_modules():
        own = {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__
        }
        try:
            parts = {part for value in own.values() for part in _named(typing.get_type_hints(value).values())}
        except (NameError, TypeError, AttributeError) as error:
            raise RecordsBroken(module.__name__, f"{type(error).__name__}: {error}") from None
        found |= {name: value for name, value in own.items() if value not in parts}
    return found


def _named(hints: typing.Iterable[Any]) -> Iterator[Any]:
    for hint in hints:
        yield hint
        yield from _named(typing.get_args(hint))


def _tried(found: Found, first: Found, records: Mapping[str, type[Any]]) -> Installed | Quarantined:
    try:
        if first.where != found.where:
            raise AdapterBroken(
                f"another adapter is called {found.name!r}: {first.where}",
                "Rename this one's folder, and its name in manifest.toml.",
            )
        if first.folder != found.folder:  # registers/<name> and municipal/<name>: settings could not tell them apart
            raise AdapterBroken(
                f"another adapter is called {found.name!r}: {first.folder.parent.name}/{first.folder.name}",
                "Rename this one's folder, and its name in manifest.toml.",
            )
        return _install(found, records)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever is wrong with one adapter, SystemExit too, the others work
        return what_is_wrong(error, found.name, found.where, found.folder)


def _install(found: Found, records: Mapping[str, type[Any]]) -> Installed:
    manifest = load_manifest(found.folder / "manifest.toml")
    if unknown := sorted(set(manifest.reads) - set(records)):
        raise AdapterBroken(
            f"manifest.toml: the gateway has no record type {', '.join(unknown)}",
            f"It has {', '.join(sorted(records))}. A further one is a file in schema/records of the gateway, not of an "
            "adapter: the graph has to know it too.",
        )
    for needed in ("__init__.py", "adapter.py"):
        if not (found.folder / needed).is_file():
            raise AdapterBroken(f"the folder has no {needed}", f"Put {needed} into it; the first may be empty.")
    module = _import(found)
    if not callable(getattr(module, "connect", None)):
        raise no_connect()
    record_types = {name: records[name] for name in manifest.reads}
    return Installed(manifest, found.folder, cast(AdapterModule, module), record_types, found.where)


def _import(found: Found) -> ModuleType:
    try:
        if found.package == f"csc_adapter_{found.name}":
            _import_folder(found)
        return importlib.import_module(f"{found.package}.adapter")
    except BaseException:
        _forget(found.package)  # Half a package would be taken for a whole one the next time.
        raise


def _import_folder(found: Found) -> None:
    there = sys.modules.get(found.package)
    if there is not None and list(there.__path__) == [str(found.folder)]:
        return
    _forget(found.package)
    spec = importlib.util.spec_from_file_location(
        found.package, found.folder / "__init__.py", submodule_search_locations=[str(found.folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{found.package} cannot be loaded")
    sys.modules[found.package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[found.package])


def _forget(package: str) -> None:
    for name in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        del sys.modules[name]
