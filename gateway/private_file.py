"""Files that only we read: keys."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def place_private(path: Path, content: bytes) -> None:
    """Write a file that only we read, whole or not at all; another process that is quicker wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def file_stamp(path: Path) -> tuple[int, int, int]:
    """What differs once a file has been written anew, or another put in its place. Raises: OSError."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_private(path: Path) -> str:
    """Read a file that nobody else may read or write.

    Raises:
        ValueError: others may; the message names the file, and nothing of what it holds.
        OSError: it cannot be read.
    """
    with path.open(encoding="ascii") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise ValueError(f"{path} can be read by others: chmod 600 it, and make a new key if anybody might have")
        try:
            return file.read()
        except UnicodeDecodeError:
            raise ValueError(f"{path} holds no key") from None
