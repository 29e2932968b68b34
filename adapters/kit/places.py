"""Where adapters are looked for: in this checkout, by entry point, and in folders that settings name."""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from adapters.kit.broken import AdapterBroken, Quarantined, what_is_wrong

ENTRY_POINTS = "csc_gateway.adapters"
"""The group of entry points. Each is named as its adapter and names the adapter's package."""

_ADAPTERS = Path(__file__).resolve().parent.parent
BUILT_IN = (_ADAPTERS / "registers", _ADAPTERS / "municipal")

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
_LONGEST_NAME = 60
_MANIFEST = "manifest.toml"
_NAME_REMEDY = (
    "Rename the folder: small letters a to z, digits and single underscores, a letter first, no word of Python's. "
    "The name becomes a part of settings, so it stays for good."
)


@dataclass(frozen=True, slots=True)
class Found:
    """The folder of one adapter; nothing of it has been read."""

    name: str
    """The folder's."""
    folder: Path
    package: str
    """Under which name it is imported."""
    where: str
    """In words: ``built in``, ``entry point tractors of vtua-adapters``, ``folder /srv/adapters``."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A folder of adapter folders that could not be looked into: what is in it, nobody knows."""

    report: Quarantined


def look(folders: Sequence[Path]) -> Iterator[Found | Quarantined | Unseen]:
    """Every adapter's folder there is: the built-in ones, then those of entry points, then those of ``folders``.

    Of an adapter nothing is imported, but the packages above one that an entry point names. Raises nothing.
    """
    for parent in BUILT_IN:
        yield from (_found(folder, "built in") for folder in _inside(parent))
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        yield _pointed(point)
    for parent in folders:
        yield from _walk(parent)


def at(folder: Path) -> Found:
    """The adapter of one folder, wherever it is. Raises: AdapterBroken: its name cannot be used."""
    return _checked(_found(folder.resolve(), "built in" if folder.resolve().parent in BUILT_IN else str(folder)))


def _inside(parent: Path) -> list[Path]:
    return sorted(path.parent for path in parent.glob(f"*/{_MANIFEST}"))


def _found(folder: Path, where: str) -> Found:
    if folder.parent in BUILT_IN:
        return Found(folder.name, folder, f"adapters.{folder.parent.name}.{folder.name}", where)
    # An adapter of another repository is a package of its own, under a name that cannot meet one of ours.
    return Found(folder.name, folder, f"csc_adapter_{folder.name}", where)


def _checked(found: Found) -> Found:
    name = found.name
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > _LONGEST_NAME:
        raise AdapterBroken("the folder's name is not one that an adapter can have", _NAME_REMEDY)
    return found


def _walk(parent: Path) -> Iterator[Found | Quarantined | Unseen]:
    where = f"folder {parent}"
    try:
        folders = sorted(path for path in parent.resolve(strict=True).iterdir() if path.is_dir())
    except OSError as error:
        remedy = "Correct ADAPTERS_PATH, or make the folder readable for the gateway's user."
        problem = "there is no such folder" if isinstance(error, FileNotFoundError) else "cannot be looked into"
        yield Unseen(Quarantined(parent.name, where, problem, remedy))
        return
    if (parent / _MANIFEST).is_file():
        remedy = "Name the folder above it in ADAPTERS_PATH."
        yield Unseen(Quarantined(parent.name, where, "is itself an adapter's folder, not one that holds them", remedy))
        return
    for folder in folders:
        try:
            if (folder / _MANIFEST).is_file():
                yield _checked(_found(folder, where))
            elif (folder / "adapter.py").is_file():
                raise AdapterBroken("there is an adapter.py and no manifest.toml", "Write manifest.toml beside it.")
        except (AdapterBroken, OSError) as error:
            yield what_is_wrong(error, folder.name, where, folder)


def _pointed(point: EntryPoint) -> Found | Quarantined:
    of = f" of {point.dist.name}" if point.dist is not None else ""
    where = f"entry point {point.name}{of}"
    try:
        return _checked(_located(point, where))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - what stands above a package may do anything when it is imported
        return what_is_wrong(error, point.name, where, None)


def _located(point: EntryPoint, where: str) -> Found:
    if not re.fullmatch(r"\w+(\.\w+)*", point.value):
        raise AdapterBroken(
            f"it names {point.value!r}, which is no package",
            f'Write {point.name} = "package": the package that holds manifest.toml and adapter.py, without a colon.',
        )
    spec = importlib.util.find_spec(point.value)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise AdapterBroken(
            f"there is no package {point.value}", "Install it again, or correct the entry point in its pyproject.toml."
        )
    folder = Path(places[0]).resolve()
    if not (folder / _MANIFEST).is_file():
        raise AdapterBroken(
            f"package {point.value} has no manifest.toml",
            'Put it into the package and name it as package data: "*.toml", "contract/*".',
        )
    if folder.name != point.name:
        raise AdapterBroken(
            f"the entry point's name is {point.name!r}, the folder's is {folder.name!r}",
            "Give both the same name: it is the adapter's everywhere.",
        )
    return Found(point.name, folder, point.value, where)
