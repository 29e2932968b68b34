"""Policies in force, and what takes their place while requests are answered.

Files are looked at every second, off the event loop, and read again once they have been left alone for that long, so
that nobody's half-written file counts; SIGHUP has them read at once. A set that does not hold is refused, and the one
in force stays. A request that has begun ends under the set that it began under (``gateway.desk.scope``).
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from adapters.kit.aside import short_turns
from gateway import logs
from gateway.background import beside
from gateway.clock import utc_now
from policies.kit.errors import PolicyError
from policies.kit.folders import CHECKOUT, watched
from policies.kit.policy_set import PolicySet
from policies.kit.reload import ready

LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 0.0005
"""How long who reads policies leaves the interpreter to the event loop, again and again."""

Stamp = frozenset[tuple[str, int, int, int]]
"""Of every file and folder of policies: path, time of its last change in nanoseconds, bytes, inode."""

_log = logs.get("policies")


def places(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Where policies come from: the checkout's, and those of the setting ``policies_path``."""
    return (CHECKOUT, *(folder.absolute() for folder in folders))


def stamp(where: Sequence[Path]) -> Stamp:
    """What the files of policies look like from outside: equal as long as nobody touched one.

    What cannot be looked at is left out; that it was there before, or is there again, is a change.
    """
    return frozenset(entry for folder in watched(where) for entry in _entries(folder, depth=2))


def _entries(folder: Path | str, depth: int) -> Iterator[tuple[str, int, int, int]]:
    try:
        with os.scandir(folder) as found:
            entries = list(found)
    except OSError:
        return
    for entry in entries:
        # One that leads nowhere, or that just went, hides no other.
        with suppress(OSError):
            if not entry.is_dir():
                status = entry.stat()
                changed = max(status.st_mtime_ns, status.st_ctime_ns)
                yield (entry.path, changed, status.st_size, status.st_ino)
            elif depth > 1:
                yield (entry.path, 0, 0, entry.inode())
                yield from _entries(entry.path, depth - 1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Files that are not in force as they are now."""

    error: PolicyError
    since: datetime
    """Since when files of that kind are refused; they may have changed meanwhile, and not for the better."""


class LivePolicies:
    """The set in force. Made by :meth:`open`.

    Args:
        where: as :func:`places` gives them.
        first: the set to begin with.
        seen: what the files looked like before it was read.
        now: aware UTC.
    """

    def __init__(
        self, where: Sequence[Path], first: PolicySet, seen: Stamp, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.current = first
        self.refusal: Refusal | None = None
        """Why the files as they are now are not in force; None where they are."""
        self._now = now
        self._since = now()
        self._where = tuple(where)
        self._read = seen
        """What the files looked like when they were last read."""
        self._reading = asyncio.Lock()
        self._followers: list[Callable[[PolicySet], None]] = []

    @classmethod
    def open(cls, where: Sequence[Path]) -> LivePolicies:
        """Read the set to begin with. Raises: PolicyError."""
        seen = stamp(where)
        return cls(where, ready(*where), seen)

    @property
    def refused(self) -> PolicyError | None:
        """What :attr:`refusal` is about."""
        return None if self.refusal is None else self.refusal.error

    def standing(self) -> dict[str, Any]:
        """What is in force since when, and what is refused since when, where and why: for who runs the gateway.

        A file is named by its folder and name; the log has the whole path.
        """
        said: dict[str, Any] = {
            "version": self.current.version,
            "since": self._since.isoformat(timespec="seconds"),
            "claimTypes": len(self.current.loaded),
        }
        if self.refusal is not None:
            error = self.refusal.error
            said["refused"] = {
                "since": self.refusal.since.isoformat(timespec="seconds"),
                "file": f"{error.file.parent.name}/{error.file.name}",
                "line": error.line,
                "reason": error.reason,
            }
        return said

    def follow(self, use: Callable[[PolicySet], None]) -> None:
        """Have ``use`` called with each set that comes into force, on the event loop, between two of its turns."""
        self._followers.append(use)

    async def reload(self) -> bool:
        """Read the files, and let them be in force if they hold.

        Returns:
            False: they were refused; :attr:`refused` says why.
        """
        async with self._reading:
            before = self.current
            self._read = await asyncio.to_thread(stamp, self._where)
            try:
                made = await asyncio.to_thread(_made_ready, self._where, before)
            except PolicyError as error:
                self._refuse(error)
                _log.error(
                    "policies.refused",
                    file=str(error.file),
                    line=error.line,
                    reason=error.reason,
                    in_force=before.version,
                )
                return False
            except Exception as error:  # noqa: BLE001 - nobody foresaw it; told as refused, and the log has the place
                self._refuse(PolicyError(self._where[0], 1, "reading them failed; the log says where"))
                _log.error("policies.accident", in_force=before.version, **logs.accident(error))
                return False
            self.refusal = None
            if made.version == before.version:
                _log.info("policies.unchanged", version=before.version)
                return True
            self.current, self._since = made, self._now()
            for use in self._followers:
                use(made)
            _log.info("policies.in_force", version=made.version, before=before.version, claim_types=len(made.loaded))
            return True

    def _refuse(self, error: PolicyError) -> None:
        since = self._now() if self.refusal is None else self.refusal.since
        self.refusal = Refusal(error, since)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Reload on change and on SIGHUP, as long as it lasts."""
        told = asyncio.Event()
        with _on_hangup(told):
            async with beside(partial(self._watch, told)):
                yield

    async def _watch(self, told: asyncio.Event) -> None:
        last = self._read
        while True:
            with suppress(TimeoutError):
                # Not ``wait_for``: cancelled in the turn in which it is told, it would go on for ever.
                async with asyncio.timeout(LOOK_SECONDS):
                    await told.wait()
            try:
                if told.is_set():
                    told.clear()
                    await self.reload()
                    continue
                now = await asyncio.to_thread(stamp, self._where)
                if now == last and now != self._read:
                    await self.reload()
                last = now
            except Exception as error:  # noqa: BLE001 - whatever it is, the set in force stays, and the next change is seen
                _log.error("policies.accident", in_force=self.current.version, **logs.accident(error))


def _made_ready(where: Sequence[Path], before: PolicySet) -> PolicySet:
    with short_turns():
        return ready(*where, earlier=before, pause=lambda: time.sleep(_PAUSE_SECONDS))


@contextmanager
def _on_hangup(told: asyncio.Event) -> Iterator[None]:
    """SIGHUP sets ``told``; only a process's main thread hears signals, so elsewhere nothing does."""
    loop = asyncio.get_running_loop()
    hears = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGHUP")
    if not hears:
        yield
        return
    before = signal.getsignal(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, told.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_DFL if before is None else before)
