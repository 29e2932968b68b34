"""Cyclic garbage collection, kept out of hot moments.

A collection while a request is answered walks all that the request has made so far, for nothing: nearly all of it goes
by itself when the request ends. So what piles up is collected between requests, and what is left then, as what was
loaded at the start, is set aside and never walked again: no collection takes longer for what the process has kept.
Where there is no between, the youngest are collected all the same after a while; many, which take long to walk, once
memory has grown. So it stays bounded. What requests have in hand is walked ever more seldom while it is no garbage.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from gateway.background import beside
from gateway.long_turns import own_turn

_THRESHOLDS = (1_000_000, 50, 100)
"""What starts a collection by itself: more than requests should ever have in hand, or leave behind, at a time."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 2 * 1024 * 1024
_LOOK_SECONDS = 0.05
_SHORT_SECONDS = 0.005
"""Of a turn of the loop in which nobody does anything long."""
_WORTHWHILE = 2_000
"""Objects, more than have gone again, that make a young collection worth its while."""
_FULL_EVERY = 60
"""Of the collections of the young under constant load, every so many takes in what outlived others."""
_AT_ONCE = range(20_000, 60_000)
"""So many are collected even while requests are answered: it takes little, and would take long once they are more.
Still more are mostly what those requests need."""
_YOUNG_SECONDS = 1.0
"""How long a young collection waits for a quiet moment."""
_MOST_SECONDS = 16.0
"""The same where collections find next to nothing: after each of them it waits twice as long."""
_MOST_IN_VAIN = 50_000
"""At this many it is looked for garbage at once even where there was none among as many."""
_GROWN_KIB = 64 * 1024
"""How much more memory makes a collection of many worth its while."""


def peak_kib() -> int:
    """The most memory that the process has had so far: KiB on Linux."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def keep_large_blocks() -> None:
    """Let the C library keep the blocks of large answers for the next ones, and give back those of the start; only
    glibc can.

    Given back after each answer, they are mapped and zeroed anew for the next, a page at a time.
    """
    with suppress(OSError, AttributeError):
        c = ctypes.CDLL(None)
        c.malloc_trim(0)
        c.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        c.mallopt(_M_TRIM_THRESHOLD, 2 * _KEPT_BYTES)


class Collector:
    """Collects in quiet moments.

    Args:
        clock: seconds, monotonic.
        peak: KiB, the most memory so far.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, peak: Callable[[], int] = peak_kib) -> None:
        self.in_hand = 0
        """Requests that are being answered; whoever answers them counts."""
        self._clock = clock
        self._young = clock()
        self._peak = peak
        self._peak_before = peak()
        self._busy = 0
        """Collections while requests were answered."""
        self._kept = 0
        """Objects made since the last collection that stay."""
        self._wait = _YOUNG_SECONDS
        self._in_vain = 0
        """So many, and by half more, were no garbage lately: what requests have in hand."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Set aside all that is loaded now, and collect the rest in quiet moments; undone at the end."""
        keep_large_blocks()
        thresholds = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        try:
            async with beside(self._keep_looking):
                yield
        finally:
            gc.set_threshold(*thresholds)
            gc.unfreeze()

    def keep(self, objects: int) -> None:
        """So many were made that stay, in place of others that went: the interpreter counts them together as none."""
        self._kept = min(self._kept + objects, _AT_ONCE.stop - 1)

    def look(self) -> None:
        """Collect if there is enough to collect and this is a moment for it."""
        count = max(gc.get_count()[0], self._kept)
        if count < _WORTHWHILE:
            return
        now = self._clock()
        if not self.in_hand:
            gc.collect()
            gc.freeze()
            self._young, self._kept = now, 0
            self._wait, self._in_vain = _YOUNG_SECONDS, 0
        elif (count in _AT_ONCE and count >= self._in_vain) or (
            now - self._young >= self._wait and self._is_due(count)
        ):
            # Old objects are set aside, so that all of what is not is seldom much.
            self._busy += 1
            found = gc.collect(2 if self._busy % _FULL_EVERY == 0 else 1)
            self._young, self._kept = now, 0
            if found < _WORTHWHILE:
                self._wait = min(2 * self._wait, _MOST_SECONDS)
                self._in_vain = min(count + count // 2, _MOST_IN_VAIN)
            else:
                self._wait, self._in_vain = _YOUNG_SECONDS, 0

    def _is_due(self, count: int) -> bool:
        """Whether so many are collected while requests are answered: few always, many only where memory has grown."""
        if count < _AT_ONCE.stop:
            return True
        peak = self._peak()
        if peak - self._peak_before < _GROWN_KIB:
            return False
        self._peak_before = peak
        return True

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            latest = time.monotonic() + _LOOK_SECONDS
            while (before := time.monotonic()) < latest:
                await own_turn()
                if time.monotonic() - before < _SHORT_SECONDS:
                    break
            self.look()
