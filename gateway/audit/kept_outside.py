"""Checkpoints outside the store: whoever can change the store cannot take back what was written here."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from io import RawIOBase
from pathlib import Path

from gateway.audit.notes import Checkpoint, notes_in

_SUFFIX = ".checkpoints"


class KeptOutside:
    """A file to which notes are appended, or a folder with such a file for each month.

    Args:
        path: a folder where it is one, or ends in a slash; else a file.
    """

    def __init__(self, path: Path, *, folder: bool = False) -> None:
        self.path = path
        self._told_folder = folder
        self._left: tuple[Path, tuple[int, int, int]] | None = None
        """The file that was written last, and which one it was, of what size."""

    @cached_property
    def _folder(self) -> bool:
        # Looked at when it is first needed, and not where the gateway is put together: the place may hang.
        return self._told_folder or self.path.is_dir()

    @property
    def is_as_left(self) -> bool:
        """Whether what was written last is there still; False where nothing was, and where another disk is now."""
        return self._left is not None and _which(self._left[0]) == self._left[1]

    def append(self, notes: Iterable[tuple[Checkpoint, str]]) -> None:
        """Add notes behind all others; they are on disk when this returns. Raises: OSError."""
        # A place that was there and is gone is a disk that was taken away: what is made in its stead it would hide.
        if self._left is None and not self._folder:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        by_file: dict[Path, list[str]] = {}
        for checkpoint, note in notes:
            by_file.setdefault(self._file(checkpoint), []).append(note)
        for file, texts in by_file.items():
            _append(file, "".join(texts))
            which = _which(file)
            self._left = None if which is None else (file, which)

    def _file(self, checkpoint: Checkpoint) -> Path:
        return self.path / f"{checkpoint.at:%Y-%m}{_SUFFIX}" if self._folder else self.path

    def notes(self) -> Iterator[str]:
        """All notes, the oldest first, and what is between them. Raises: OSError, ValueError."""
        for file in self._files():
            yield from notes_in(file.read_text(encoding="utf-8"))

    def latest(self) -> Iterator[str]:
        """Notes of the newest file. Raises: OSError, ValueError."""
        files = self._files()
        if files:
            yield from notes_in(files[-1].read_text(encoding="utf-8"))

    def _files(self) -> list[Path]:
        place = self.path if self._folder else self.path.parent
        if (self._folder or self._left is not None) and not place.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if self._folder:
            return sorted(self.path.glob(f"*{_SUFFIX}"))
        return [self.path] if self.path.exists() else []


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        size = file.seek(0, os.SEEK_END)
    # What a crash left half written ends here, and is no note.
    whole = text if _ends_with_a_line(path) else f"\n{text}"
    try:
        with path.open("ab", buffering=0) as file:
            _write(file, whole.encode())
            os.fsync(file.fileno())
        if not size:
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError:
        # Pages of a sync that failed may never reach the disk: the next time writes them anew, at the same place. A
        # file that can only be appended to keeps the half of a note instead.
        with suppress(OSError):
            os.truncate(path, size)
        raise


def _which(path: Path) -> tuple[int, int, int] | None:
    """Disk, file and size; None where it cannot be looked at."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_dev, now.st_ino, now.st_size


def _write(file: RawIOBase, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) in (b"", b"\n")
