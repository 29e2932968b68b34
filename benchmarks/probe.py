"""How long an event loop is kept from its next task, whatever else the machine is doing."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Self

from benchmarks.processes import ROOT

_EVERY = 0.001
_LOOK_EVERY = 0.004
_LOOK_AFTER = 0.015
_FRAMES = 2
_OURS = tuple(f"{ROOT}/{package}/" for package in ("gateway", "schema", "adapters", "policies"))


@dataclass(slots=True)
class Block:
    """The longest time between two wakes."""

    cpu_ms: float = 0.0
    """Processor time: the loop's thread, and other threads of the process as far as the loop had to wait for them."""
    collecting_ms: float = 0.0
    """How much of it was the interpreter's search for garbage."""
    clock_ms: float = 0.0
    """The longest by the clock: a busy machine adds to it, and waiting for a disk."""
    where: str = ""
    """What was running most of that time: a function of the project's, and how it came to be called."""


class Probe:
    """Wakes every millisecond on the running loop.

    A block counts in processor time, since by the clock the programs of others would count. Time in which another
    thread of this process held the interpreter's lock counts, too: what the process used while the loop's thread was
    late and was not merely waiting for a processor.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._queue: int | None = None
        if sys.platform == "linux":
            # Of the thread that opens it: its second number is the time it stood in the queue for a processor.
            self._queue = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self._longest = Block()
        self._collecting = self._collection_began = 0.0
        gc.callbacks.append(self._collect)
        self._seen: Counter[str] = Counter()
        self._wall, self._own, self._all, self._queued = self._clocks()
        self._timer = self._loop.call_later(_EVERY, self._wake)
        self._stopped = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        gc.callbacks.remove(self._collect)
        self._stopped.set()
        self._looking.join()
        if self._queue is not None:
            os.close(self._queue)

    @contextmanager
    def longest(self) -> Iterator[Block]:
        """What is filled in while the block of code runs."""
        self._seen = Counter()
        self._wall, self._own, self._all, self._queued = self._clocks()
        self._longest = Block()
        yield self._longest
        self._note()
        self._longest = Block()

    def _wake(self) -> None:
        self._note()
        self._timer = self._loop.call_later(_EVERY, self._wake)

    def _note(self) -> None:
        wall, own, total, queued = self._clocks()
        mine = own - self._own
        late = wall - self._wall - _EVERY - (queued - self._queued)
        others = max(0.0, min(total - self._all - mine, late - mine))
        spent = (mine + others) * 1000
        if spent > self._longest.cpu_ms:
            seen = self._seen.most_common(1)
            self._longest.cpu_ms, self._longest.where = spent, seen[0][0] if seen else ""
            self._longest.collecting_ms = self._collecting * 1000
        self._longest.clock_ms = max(self._longest.clock_ms, (wall - self._wall - _EVERY) * 1000)
        self._seen, self._collecting = Counter(), 0.0
        self._wall, self._own, self._all, self._queued = wall, own, total, queued

    def _collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.thread_time()
        else:
            self._collecting += time.thread_time() - self._collection_began

    def _clocks(self) -> tuple[float, float, float, float]:
        queued = 0.0 if self._queue is None else int(os.pread(self._queue, 64, 0).split()[1]) / 1e9
        return time.perf_counter(), time.thread_time(), time.process_time(), queued

    def _look(self) -> None:
        """From a thread: what runs on the loop while it is late."""
        while not self._stopped.wait(_LOOK_EVERY):
            if time.perf_counter() - self._wall > _LOOK_AFTER:
                frame = sys._current_frames().get(self._thread)
                self._seen[_named(frame)] += 1


def _named(frame: FrameType | None) -> str:
    names: list[str] = []
    while frame is not None and len(names) < _FRAMES:
        code = frame.f_code
        if any(code.co_filename.startswith(package) for package in _OURS):
            names.append(f"{code.co_qualname} ({code.co_filename.removeprefix(str(ROOT) + '/')})")
        frame = frame.f_back
    return " < ".join(names)
