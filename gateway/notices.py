"""Keeps the copies of registers that decisions go by: asks for notices of change in the background, and says how far
the copies go. A register that does not answer is asked again later and later; its copies count for 24 hours.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from adapters.kit.clock import Clock
from adapters.kit.errors import RegisterError
from adapters.kit.manifest import AnnouncesEntry, Manifest
from adapters.kit.ports import CallContext, Notices
from gateway import logs
from gateway.background import beside
from gateway.store import copies
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from schema.notices import NoticeKind

TICK_SECONDS = 1.0
"""How often it is looked whether a register is due, and how far other processes' copies have come."""
EVERY = timedelta(seconds=30)
_CALL_SECONDS = 10.0
_TURN = timedelta(seconds=20)
"""How long a batch is one process's; longer than a call may take."""
_LONGEST = timedelta(minutes=5)
_MOST_BATCHES = 10_000

_log = logs.get("notices")


class Announcer(Protocol):
    """A connected register that announces (``adapters.kit.connected.ConnectedRegister``)."""

    name: str
    manifest: Manifest

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """See ``adapters.kit.ports.Announces``."""
        ...


class Copies:
    """Copies of what registers announce.

    Args:
        store: where they are.
        registers: connected ones; those that announce nothing are left alone.
        clock: both clocks.

    Raises:
        ValueError: two registers announce the same.
    """

    def __init__(self, store: Store, registers: Mapping[str, Announcer], clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._announcing: dict[NoticeKind, Announcer] = {}
        for name in sorted(registers):
            entry: AnnouncesEntry | None = registers[name].manifest.announces
            if entry is None:
                continue
            first = self._announcing.setdefault(entry.kind, registers[name])
            if first is not registers[name]:
                raise ValueError(f"registers: {first.name} and {name} both announce {entry.kind}; disable one")
        self.complete_until: dict[NoticeKind, datetime] = self._known()
        """Until when each kind of copy tells everything, UTC, by this process or another on the store."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Ask for as long as this is entered."""
        return beside(self._run)

    async def _run(self) -> None:
        while True:
            await self.run_once()
            await asyncio.sleep(TICK_SECONDS)

    async def run_once(self) -> None:
        """Ask every register that is due and whose turn this process can take; then see how far the copies go."""
        try:
            await asyncio.gather(*(self._ask(kind, each) for kind, each in self._announcing.items()))
            found = self._known()
        except StoreUnavailable:
            _log.warning("notices.store_unavailable")
            return
        except Exception as error:  # noqa: BLE001 - one slip must not end the copying for good
            _log.error("notices.accident", **logs.accident(error))
            return
        for kind in self.complete_until.keys() - found.keys():
            del self.complete_until[kind]
        self.complete_until.update(found)

    def _known(self) -> dict[NoticeKind, datetime]:
        return copies.dates_of(self._store.look_up(copies.DATES), self._clock.now())

    async def _ask(self, kind: NoticeKind, register: Announcer) -> None:
        now = self._clock.now()
        turn = await self._store.write(lambda c: copies.take_turn(c, kind, now, now + _TURN))
        if turn is None:
            return
        since = turn.since
        try:
            for _ in range(_MOST_BATCHES):
                asked_at = self._clock.now()
                told = await register.notices(since, self._context())
                # Each batch with its token: whoever dies here goes on there.
                await self._store.write(
                    lambda c, t=told, at=asked_at: copies.keep(c, kind, t.notices, t.token, at, at + _TURN)  # type: ignore[misc]  # lambda defaults
                )
                if not told.more:
                    break
                if told.token == since:
                    raise RegisterError(register.name, "the notices do not come to an end")
                since = told.token
            else:
                raise RegisterError(register.name, "the notices do not come to an end")
        except RegisterError as error:
            wait = min(EVERY * 2 ** min(turn.failures, 10), _LONGEST)
            _log.warning(
                "notices.failed", register=register.name, kind=kind, reason=error.what, in_a_row=turn.failures + 1
            )
            await self._store.write(lambda c: copies.put_off(c, kind, self._clock.now() + wait))
            return
        await self._store.write(lambda c: copies.complete(c, kind, asked_at, asked_at + EVERY))

    def _context(self) -> CallContext:
        request_id = f"notices-{secrets.token_hex(8)}"
        deadline = self._clock.monotonic() + _CALL_SECONDS
        return CallContext(request_id, request_id, "gateway", "notices", None, deadline)
