"""Where policies come from: the checkout's, and folders of one's own. What a change is, is seen here too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from policies.kit.errors import PolicyError

CHECKOUT = Path(__file__).resolve().parents[1]
COMMON, CLAIMS = "common", "claims"

Stamp = frozenset[tuple[str, int, int, int]]
"""Of every file and folder below: path, time of change in nanoseconds, bytes, inode."""


def common_folder(places: Sequence[Path]) -> Path:
    """The one folder of common rules among several places, else the checkout's. Raises: PolicyError."""
    found = [place / COMMON for place in places if (place / COMMON).is_dir()] or [CHECKOUT / COMMON]
    if len(found) > 1:
        raise PolicyError(found[1], 1, f"common rules come from one folder, and {found[0]} has them already")
    return found[0]


def claim_type_folders(place: Path) -> list[Path]:
    """The folders of claim types of one place, by name: those in its ``claims``, or its own where it has none.

    Raises:
        PolicyError: there is no such folder, or it holds no claim type.
    """
    holder = place / CLAIMS if (place / CLAIMS).is_dir() else place
    try:
        found = sorted(
            each for each in holder.iterdir() if each.is_dir() and each.name != COMMON and not each.name.startswith(".")
        )
    except OSError as error:
        raise PolicyError(place, 1, f"cannot be read: {error.strerror or 'no such folder'}") from None
    if not found:
        raise PolicyError(
            place, 1, "a folder of policies has a folder for each claim type, or those in a folder claims"
        )
    return found


def stamp(places: Sequence[Path]) -> Stamp:
    """What the files of policies look like from outside: equal as long as nobody touched one.

    What cannot be looked at is left out; that it was there before, or is there again, is a change.
    """
    folders = [
        common_folder_or_none(places),
        *(place / CLAIMS if (place / CLAIMS).is_dir() else place for place in places),
    ]
    return frozenset(entry for folder in folders if folder is not None for entry in _entries(folder, depth=2))


def common_folder_or_none(places: Sequence[Path]) -> Path | None:
    """As :func:`common_folder`; None where there are several."""
    try:
        return common_folder(places)
    except PolicyError:
        return None


def _entries(folder: Path | str, depth: int) -> Iterator[tuple[str, int, int, int]]:
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir():
                    yield (entry.path, 0, 0, entry.inode())
                    if depth > 1:
                        yield from _entries(entry.path, depth - 1)
                    continue
                status = entry.stat()
                yield (entry.path, max(status.st_mtime_ns, status.st_ctime_ns), status.st_size, status.st_ino)
    except OSError:
        return
