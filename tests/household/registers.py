"""The simulated registers, watched: a call waits until others that can be under way with it are, and is noted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.app import SandboxApp
from adapters.sandbox.exchange import Call, Desk, Kind
from adapters.sandbox.server import Server, config, create_app, listen

QUIET_SECONDS = 0.25
"""No call comes for so long: whoever could be under way with those that wait is there."""
RESIDENTS = 300


@dataclass(frozen=True, slots=True)
class Made:
    """One call that arrived.

    Attributes:
        level: calls of one level were under way together; those of the next came once they were answered.
    """

    register: str
    operation: str
    level: int


class Turnstile:
    """Holds calls back, and lets all who are there go at once.

    Args:
        sizes: so many are waited for, level by level: where fewer come none is answered. None: until no more come.
    """

    def __init__(self, sizes: tuple[int, ...] | None = None) -> None:
        self._sizes = sizes
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.level = 1
        self.under_way = 0
        self.most: dict[int, int] = {}
        """By level, how many calls were under way at once."""

    async def arrive(self) -> int:
        """Wait for the others of the level. Returns: its number."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append(future)
        level = self.level
        self.under_way += 1
        self.most[level] = max(self.under_way, self.most.get(level, 0))
        if self._timer is not None:
            self._timer.cancel()
        if self._sizes is None:
            self._timer = loop.call_later(QUIET_SECONDS, self._open)
        elif level > len(self._sizes) or len(self._waiting) == self._sizes[level - 1]:
            self._open()
        await future
        return level

    def leave(self) -> None:
        """A call is answered."""
        self.under_way -= 1

    def _open(self) -> None:
        self.level += 1
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.set_result(None)


class WatchedRegisters(SandboxApp):
    """The registers; readings go through a turnstile where one is set."""

    def __init__(self) -> None:
        made = create_app((), None, residents=RESIDENTS)
        super().__init__(made._desks.values(), made.control)
        self.turnstile: Turnstile | None = None
        self.calls: list[Made] = []

    def watch(self, sizes: tuple[int, ...] | None = None) -> Turnstile:
        """From now on; what was written down is forgotten. See :class:`Turnstile`."""
        self.calls = []
        self.turnstile = Turnstile(sizes)
        return self.turnstile

    async def _register(self, desk: Desk, call: Call, wire: Any) -> None:
        operation = getattr(desk.open(call), "operation", None) if desk.publish(call) is None else None
        turnstile = self.turnstile
        if turnstile is None or operation is None or desk.operations[operation] is not Kind.READ:
            await super()._register(desk, call, wire)
            return
        level = await turnstile.arrive()
        self.calls.append(Made(desk.name, operation, level))
        try:
            await super()._register(desk, call, wire)
        finally:
            turnstile.leave()


@contextmanager
def serving() -> Iterator[tuple[WatchedRegisters, int]]:
    """The registers on a port of their own, in a thread of their own."""
    app = WatchedRegisters()
    with listen("127.0.0.1", 0) as listening:
        server = Server(config(app))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield app, listening.getsockname()[1]
        finally:
            server.stop()
            thread.join()
            app.control.close()
