"""Whose turn it is to ask an owner what became of claims: one worker's at a time, and not before the owner is due.

Workers of one store share a file for each owner, beside their seats (:mod:`gateway.claims.seats`). Who asks holds a
lock on it, and leaves in it when the owner is to be asked again and how often it failed by then. Nothing rests on it:
two that ask at once apply each change once. So nobody waits for a worker that was stopped, or for a disk that fails.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

STALLED_SECONDS = 60.0
"""From the beginning of a turn that does not end until others ask in its place, as often."""
_LOOK_SECONDS = 2.5
_SLACK_SECONDS = 0.1
_MOST_BYTES = 100


class Turn:
    """One worker's turn: it asks, and says with :meth:`end` how that went; :meth:`leave` always comes last."""

    def __init__(self, file: int, failures: int) -> None:
        self.failures = failures
        """How often the owner failed in a row before, whoever asked."""
        self._file = file

    def end(self, next_at: datetime, failures: int) -> None:
        """Say when the owner is to be asked again, UTC, and how often it has failed in a row by now."""
        # A disk that takes nothing leaves the owner due: better asked too often than not at all.
        with suppress(OSError):
            text = f"{failures} {next_at.timestamp():.3f}".encode()
            os.pwrite(self._file, text.ljust(_MOST_BYTES), 0)

    def leave(self) -> None:
        """Let others have the turn."""
        os.close(self._file)


class Turns:
    """The turns of all owners of one store.

    Args:
        folder: where the files are; made where there is none.
        longest_pause: seconds; what is due later than this was written by a clock that was ahead.
    """

    def __init__(self, folder: Path, longest_pause: float) -> None:
        self._folder = folder
        self._longest_pause = longest_pause

    @classmethod
    def at(cls, store: Path, longest_pause: float) -> Turns:
        """The turns of the store that this file is."""
        return cls(store.with_name(f"{store.name}-workers"), longest_pause)

    def begin(self, name: str, now: datetime) -> Turn | float:
        """A turn to ask a source now; else the seconds after which to look again.

        Raises:
            OSError: the file cannot be opened, so that nobody knows whose turn it is.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._folder / f"asks-{quote(name, safe='')}"
        file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            alone = _lock(file)
            failures, due = _read(file)
            wait = 0.0 if due is None else due - now.timestamp()
            if _SLACK_SECONDS < wait <= self._longest_pause:
                return wait
            if not alone and -wait < STALLED_SECONDS:
                return _LOOK_SECONDS
            turn = Turn(file, failures)
            turn.end(now, failures)
            file = -1
            return turn
        finally:
            if file >= 0:
                os.close(file)


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: int) -> tuple[int, float | None]:
    """Failures, and when it is due in seconds since 1970; None where nothing can be read."""
    failures, _, due = os.pread(file, _MOST_BYTES, 0).partition(b" ")
    try:
        return int(failures), float(due)
    except ValueError:
        return 0, None
