"""When the thread that writes files the access log: a step between what others write.

It begins where much waits, or where somebody asks for it: a job that is done ``once_filed`` is held until then.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from sqlalchemy import Connection

from gateway.store.filing import FEW_WAITING, MOST_WAITING, Filing
from gateway.store.job import Job

_MOST_FILINGS = 4
"""That somebody waits for: each is shorter than the one before, since it files what came meanwhile."""
_FAILED_SECONDS = 60.0
"""After a filing that failed."""


class FilingTurns:
    """At most one filing at a time, and who waits for it. ``waiting``: as :func:`gateway.store.filing.waiting`."""

    def __init__(self) -> None:
        self._filing: Filing | None = None
        self._held: list[Job] = []
        self._waited_for = 0
        """Filings that ended while somebody was held."""
        self._not_before = 0.0
        """When, monotonic, one is begun again at the earliest; for those who are held, at once."""

    @property
    def is_under_way(self) -> bool:
        """Whether there is more to do, though nobody writes."""
        return self._filing is not None or bool(self._held)

    def hold(self, jobs: list[Job], waiting: int) -> bool:
        """Hold jobs until what waits is filed; False: that is so little that they file it themselves."""
        if self._filing is None:
            if waiting <= FEW_WAITING:
                return False
            self._filing = Filing()
        self._held += jobs
        return True

    def let_go(self) -> list[Job]:
        """Those who were held, once nothing is filed any more."""
        if self._filing is not None:
            return []
        held, self._held = self._held, []
        self._waited_for = 0
        return held

    def step(self, waiting: int) -> Callable[[Connection], bool] | None:
        """What to run next, in a transaction; None: nothing is to be filed now."""
        if self._filing is None and waiting >= MOST_WAITING and monotonic() >= self._not_before:
            self._filing = Filing()
        return None if self._filing is None else self._filing.step

    def went(self, waiting: int, *, is_done: bool) -> None:
        """A step went well, and was the last one or not."""
        if is_done:
            self._waited_for += 1
            more = self._held and waiting > FEW_WAITING and self._waited_for < _MOST_FILINGS
            self._filing = Filing() if more else None

    def failed(self) -> None:
        """A step failed: its filing is given up, and the next one begun later."""
        self._filing, self._not_before = None, monotonic() + _FAILED_SECONDS

    def is_lost(self) -> None:
        """The connection of the filing is gone, and it with it."""
        self._filing = None
