"""What ``gateway doctor`` says of the key that signs checkpoints and of the place where they are kept.

Nothing is made or written: the key is made by the command or the start that needs it, and the place is for checkpoints.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gateway.audit.patience import Patience
from gateway.audit.signing import DEVELOPMENT_KEY, read_key
from gateway.settings import Settings
from gateway.store.engine import sqlite_path
from gateway.store.errors import StoreUnusable

Said = tuple[str, str | None]
"""What was found, and what to do; None: it holds."""

_OUTSIDE = "Set GATEWAY_CHECKPOINTS to a place on another machine, where lines can only be added."
_HANGS_AFTER_SECONDS = 5.0
_WITHOUT = "Without it nobody can tell afterwards what was taken out of the log."


def said_of_place(settings: Settings) -> Said:
    """Whether checkpoints can be kept where whoever can change the store cannot take them back."""
    place = settings.checkpoint_place
    try:
        return Patience(_HANGS_AFTER_SECONDS, "it").call(lambda: _said_of_place(settings, place))
    except TimeoutError:
        return (
            f"cannot be kept outside the store: {place} does not answer within {_HANGS_AFTER_SECONDS:.0f} s",
            f"See to the disk or machine that GATEWAY_CHECKPOINTS leads to; the gateway records without it. {_WITHOUT}",
        )


def _said_of_place(settings: Settings, place: Path) -> Said:
    # A file that is not there yet is made in its folder; the data folder itself is made at the start.
    there = place if place.exists() else place.parent
    if settings.checkpoints is not None and not there.exists():
        return (
            f"cannot be kept outside the store: {there} is not there",
            f"Mount or make the place that GATEWAY_CHECKPOINTS names. {_WITHOUT}",
        )
    if there.exists() and not os.access(there, os.W_OK | (os.X_OK if there.is_dir() else 0)):
        return (
            f"cannot be kept outside the store: {there} cannot be written",
            f"Let the gateway's user add to it, and see that it is not mounted read-only. {_WITHOUT}",
        )
    if place.is_file() or place.is_fifo():
        # Where a disk of another machine hangs, it is opening that does; nothing is written.
        place.open("ab").close()
    if there.exists() and _anybody_writes(there):
        return f"every user of this machine can change {there}", f"Run chmod o-w {there}"
    if _is_beside_store(place, settings):
        where = f"are kept at {place}, in the folder of the store"
        if settings.production or settings.checkpoints is not None:
            return f"{where}: whoever can change the one can change the other", _OUTSIDE
        return f"{where}, which is enough for development", None
    return f"can be kept outside the store, at {place}", None


def said_of_key(settings: Settings) -> Said:
    """Whether the key that signs checkpoints is there, whole, and ours alone."""
    named = settings.checkpoint_key_file
    path = named or settings.data / DEVELOPMENT_KEY
    make = f"Run gateway audit key --new {path}"
    if named is None and settings.production:
        remedy = "Run gateway audit key --new FILE, and set GATEWAY_CHECKPOINT_KEY_FILE to the file."
        return "is not named, and production does not start without one", remedy
    if named is None and not path.exists():
        return "is not there yet; the start makes one for development", None
    if not path.exists():
        return f"{path} is not there", f"{make}, or put back the one that signed what is kept already."
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            said = f"others can read {path}, or write it"
            return said, f"Run chmod 600 {path}; if anybody might have read it, make a new key."
        signer = read_key(path)
    except OSError as error:
        said = f"{path} cannot be read ({error.strerror or type(error).__name__})"
        return said, "Give the file to the gateway's user, chmod 600."
    except ValueError:
        return f"{path} holds no key that can be used", f"Put back a copy of it; or move it away. {make}"
    if _anybody_writes(path.parent):
        return f"every user of this machine can put another key into {path.parent}", f"Run chmod o-w {path.parent}"
    return f"signs as {signer.verifier.name}, and can be read by us alone", None


def _anybody_writes(path: Path) -> bool:
    mode = path.stat().st_mode
    # In a sticky folder nobody takes away what is another's.
    return bool(mode & stat.S_IWOTH) and not (path.is_dir() and mode & stat.S_ISVTX)


def _is_beside_store(place: Path, settings: Settings) -> bool:
    try:
        store = sqlite_path(settings.store)
    except StoreUnusable:
        return False
    return place.resolve().is_relative_to(store.parent.resolve())
