"""Finds adapters by walking folders. A broken folder is set aside with its reason and stops nobody else."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import msgspec

import schema.records
from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.manifest import Manifest, ManifestError, load_manifest
from adapters.kit.wire import Wire

_ADAPTERS = Path(__file__).resolve().parent.parent
BUILT_IN = (_ADAPTERS / "registers", _ADAPTERS / "municipal")


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


class Catalog:
    """Every adapter that was found.

    Args:
        installed: by name.
        quarantined: name to the reason why it is not installed.
    """

    def __init__(self, installed: Mapping[str, Installed], quarantined: Mapping[str, str]) -> None:
        self.installed = installed
        self.quarantined = quarantined

    def connect(self, name: str, connection: Connection, wire: Wire, clock: Clock) -> ConnectedRegister:
        """Give an adapter its connection; reaches no register. Raises: KeyError for a name that is not installed."""
        found = self.installed[name]
        return ConnectedRegister(found.manifest, found.module.connect(connection, wire, clock), connection, clock)


def discover(*extra: Path) -> Catalog:
    """Find the adapters of this checkout, and those of further folders of adapter folders.

    Reads contracts, so it blocks: call it before serving, or in a thread. Never raises for a broken adapter.
    """
    installed: dict[str, Installed] = {}
    quarantined: dict[str, str] = {}
    records = record_classes()
    for parent in (*BUILT_IN, *extra):
        for folder in sorted(path.parent for path in parent.glob("*/manifest.toml")):
            name = folder.name
            try:
                if name in installed:
                    raise ManifestError(f"another adapter is called {name!r}")
                installed[name] = _install(folder, records)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one adapter, the others work
                quarantined[name] = f"{type(error).__name__}: {error}"
    return Catalog(installed, quarantined)


def record_classes() -> dict[str, type[Any]]:
    """Record classes of ``schema.records``, by name."""
    found: dict[str, type[Any]] = {}
    for module_info in pkgutil.iter_modules(schema.records.__path__):
        module = importlib.import_module(f"schema.records.{module_info.name}")
        found |= {
            name: value
            for name, value in vars(module).items()
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__
        }
    return found


def _install(folder: Path, records: Mapping[str, type[Any]]) -> Installed:
    manifest = load_manifest(folder / "manifest.toml")
    if unknown := set(manifest.reads) - set(records):
        raise ManifestError(f"manifest.toml: no record class is called {', '.join(sorted(unknown))}")
    module = _import(folder)
    if not callable(getattr(module, "connect", None)):
        raise ManifestError("adapter.py has no connect(connection, wire, clock)")
    record_types = {name: records[name] for name in manifest.reads}
    return Installed(manifest, folder, cast(AdapterModule, module), record_types)


def _import(folder: Path) -> ModuleType:
    if folder.parent in BUILT_IN:
        return importlib.import_module(f"adapters.{folder.parent.name}.{folder.name}.adapter")
    # An adapter of another repository is a package of its own, under a name that cannot meet one of ours.
    package = f"csc_adapter_{folder.name}"
    spec = importlib.util.spec_from_file_location(
        package, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise ManifestError("the folder has no __init__.py")
    sys.modules[package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])
    return importlib.import_module(f"{package}.adapter")
