"""Checkpoints outside the store: whoever can change the store cannot take back what was written here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
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
        self._folder = folder or path.is_dir()

    def append(self, notes: Iterable[tuple[Checkpoint, str]]) -> None:
        """Add notes behind all others; they are on disk when this returns. Raises: OSError."""
        by_file: dict[Path, list[str]] = {}
        for checkpoint, note in notes:
            by_file.setdefault(self._file(checkpoint), []).append(note)
        for file, texts in by_file.items():
            _append(file, "".join(texts))

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
        if self._folder:
            return sorted(self.path.glob(f"*{_SUFFIX}"))
        return [self.path] if self.path.exists() else []


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = not path.exists()
    with path.open("ab") as file:
        if not made and not _ends_with_a_line(path):
            # What a crash left half written ends here, and is no note.
            file.write(b"\n")
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    if made:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) in (b"", b"\n")
