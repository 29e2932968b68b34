"""Who delivers: each running worker holds a seat, and the kernel says whether it still does.

A lease alone cannot keep a worker that was stopped, or whose machine jumped in time, from sending after it ran out. A
seat can: it is a lock on a file beside the store, which is let go when its process ends, however it ends, and only
then. All workers of one store are on one machine, as SQLite demands, so each can look at the seats of all others.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from itertools import count
from pathlib import Path


class Seat:
    """The seat of one worker, held until :meth:`leave` or the end of the process.

    Args:
        folder: where the seats of a store are; made where there is none.

    Raises:
        OSError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in count(1):
            self.name = f"worker-{number}"
            self._file = os.open(folder / self.name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            os.close(self._file)

    @classmethod
    def at(cls, store: Path) -> Seat:
        """A seat at the store that this file is."""
        return cls(store.with_name(f"{store.name}-workers"))

    def is_held(self, name: str) -> bool:
        """Whether the worker of this name is alive, and may still send what it had begun to send; so is this one."""
        if name == self.name:
            return True
        try:
            file = os.open(self._folder / name, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # Nobody knows; a message that was begun is not sent by two.
        try:
            # Shared: who only looks keeps nobody else from looking.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def leave(self) -> None:
        """Let another worker have it."""
        os.close(self._file)
