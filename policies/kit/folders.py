"""Where policies come from: the checkout's, and folders of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from policies.kit.errors import PolicyError

CHECKOUT = Path(__file__).resolve().parents[1]
COMMON, CLAIMS, PARTIES = "common", "claims", "parties"


def common_folder(places: Sequence[Path]) -> Path:
    """The one folder of common rules among several places, else the checkout's. Raises: PolicyError."""
    return _one(places, COMMON, "common rules")


def parties_folder(places: Sequence[Path]) -> Path:
    """The one folder of rules about mandates and third parties, else the checkout's. Raises: PolicyError."""
    return _one(places, PARTIES, "rules about mandates and third parties")


def _one(places: Sequence[Path], name: str, what: str) -> Path:
    found = [place / name for place in places if (place / name).is_dir()] or [CHECKOUT / name]
    if len(found) > 1:
        raise PolicyError(found[1], 1, f"{what} come from one folder, and {found[0]} has them already")
    return found[0]


def claim_type_folders(place: Path) -> list[Path]:
    """The folders of claim types of one place, by name: those in its ``claims``, or its own where it has none.

    Raises:
        PolicyError: there is no such folder, or it holds no claim type.
    """
    holder = place / CLAIMS if (place / CLAIMS).is_dir() else place
    try:
        found = sorted(
            each
            for each in holder.iterdir()
            if each.is_dir() and each.name not in (COMMON, PARTIES) and not each.name.startswith(".")
        )
    except OSError as error:
        raise PolicyError(place, 1, f"cannot be read: {error.strerror or 'no such folder'}") from None
    if not found:
        raise PolicyError(
            place, 1, "a folder of policies has a folder for each claim type, or those in a folder claims"
        )
    return found


def watched(places: Sequence[Path]) -> list[Path]:
    """The folders whose files, and whose folders' files, make a set of policies."""
    shared: list[Path] = []
    for name, of in ((COMMON, common_folder), (PARTIES, parties_folder)):
        try:
            shared.append(of(places))
        except PolicyError:
            shared += [place / name for place in places]
    return shared + [place / CLAIMS if (place / CLAIMS).is_dir() else place for place in places]
