"""The demo's data folder: what belongs to it, who uses it, whether the story was told in it."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import fcntl
import os
import shutil
import tomllib
from pathlib import Path

from gateway.identity.issuer import KEY_FILE, NAME_FILE

_STORY = "story.toml"
_LOCK = "demo.lock"
GATEWAY_LOG = "gateway.log"
REGISTERS_LOG = "registers.log"
REGISTERS = "registers"
"""Subfolder in which the simulated owners keep their cases."""
STORE = "gateway.sqlite3"
_KNOWN = frozenset(
    {
        _STORY,
        _LOCK,
        "checkpoints",
        GATEWAY_LOG,
        REGISTERS_LOG,
        REGISTERS,
        STORE,
        f"{STORE}-wal",
        f"{STORE}-shm",
        f"{STORE}-journal",
        f"{STORE}-workers",
        KEY_FILE.parts[0],
        NAME_FILE.parts[0],
        "worlds",
    }
)


class NotOurs(Exception):
    """The folder cannot be used or emptied. The message is one clear line."""


class DataFolder:
    """One data folder, held by this process until :meth:`let_go`.

    Args:
        path: the folder; made where there is none.

    Raises:
        NotOurs: it cannot be made, or another demo uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise NotOurs(f"the data folder {path} cannot be used ({error.strerror})") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise NotOurs(f"another demo is using the data folder {path}; choose another with --data") from None

    def let_go(self) -> None:
        """Let another demo use it."""
        os.close(self._lock)

    def forget(self) -> None:
        """Remove what demos leave in their folder.

        Raises:
            NotOurs: it holds anything else; then nothing is removed.
        """
        found = sorted(entry.name for entry in self.path.iterdir())
        others = [name for name in found if name not in _KNOWN]
        if others:
            raise NotOurs(f"{self.path} holds {others[0]}, which no demo made: nothing was removed")
        for name in found:
            entry = self.path / name
            if name == _LOCK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def story_told_at(self) -> str | None:
        """When the story was told in this folder; None: not yet."""
        try:
            told = tomllib.loads((self.path / _STORY).read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError):
            return None
        return str(told.get("told_at"))

    def story_was_told(self, at: str, claim: str) -> None:
        """Remember that it was told."""
        (self.path / _STORY).write_text(f'told_at = "{at}"\nclaim = "{claim}"\n', encoding="utf-8")
