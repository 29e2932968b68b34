"""Asks owners' systems what became of claims: each at its own pace, only while it has any that are open.

What an owner tells and the token to go on from are written in one transaction, so that no crash loses a change; and a
change counts once, so that none is applied twice when two workers ask the same owner. That they do not is a matter of
:mod:`gateway.claims.turns`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import SystemRandom
from typing import Protocol

import structlog
from sqlalchemy import Connection, insert, select, update

from adapters.kit.clock import Clock
from adapters.kit.errors import RegisterError, Unavailable
from adapters.kit.manifest import Manifest
from adapters.kit.ports import CallContext, Changes, StatusChange
from gateway.background import beside
from gateway.claims.owner_answers import (
    Source,
    Tally,
    apply_changes,
    are_to_be_forgotten,
    look_again,
    waiting_with_claim,
)
from gateway.claims.turns import Turn, Turns
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.owner_changes import owner_polls
from schema.terms import AtvkCode, ClaimStatus

INTERVAL_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 15.0
CALL_SECONDS = 10.0
BATCHES_AT_ONCE = 20
"""Of one owner, one after the other, before others have their turn."""
CHANGES_AT_ONCE = 50
"""Of one batch in one write: nobody's access is recorded meanwhile."""
SOURCES_AT_ONCE = 8
_TICK_SECONDS = 0.5
_LOOK_SECONDS = 2.0
"""How often is looked for owners that have open claims."""
_FORGET_SECONDS = 60.0
"""How often is looked for what has waited too long."""
_OPEN = (
    ClaimStatus.SUBMITTED,
    ClaimStatus.OUTCOME_UNKNOWN,
    ClaimStatus.DELIVERED,
    ClaimStatus.IN_REVIEW,
    ClaimStatus.INFORMATION_REQUESTED,
)
_USER = "csc-gateway"
"""Nobody's code: no person is behind these calls."""

_log = structlog.get_logger(__name__)
_random = SystemRandom().random


class Reporter(Protocol):
    """A connected register that can be asked (``adapters.kit.connected.ConnectedRegister``)."""

    manifest: Manifest

    @property
    def is_partitioned(self) -> bool:
        """It is many servers, one for each municipality."""
        ...

    @property
    def successors(self) -> Mapping[str, AtvkCode]:
        """Codes of municipalities that are no more, each with the one whose server is asked in its place."""
        ...

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """See ``adapters.kit.ports.ReportsChanges``."""
        ...


@dataclass(slots=True)
class _Lane:
    source: Source
    reporter: Reporter
    next_at: float = 0.0
    """By the monotonic clock."""
    failures: int = 0


class StatusPoller:
    """Asks every owner that can be asked.

    Args:
        store: where claims and tokens are.
        reporters: registers by name.
        clock: both clocks.
        jitter: a number from 0 to 1, another each time.
        has: whether a register receives claims of a type to a municipality; by default every one that takes the type.
        turns: shared with the other workers of the store; None: there are no others.
    """

    def __init__(
        self,
        store: Store,
        reporters: Mapping[str, Reporter],
        clock: Clock,
        *,
        jitter: Callable[[], float] = _random,
        has: Callable[[str, str, AtvkCode], bool] = lambda *_: True,
        turns: Turns | None = None,
    ) -> None:
        self._store = store
        self._reporters = reporters
        self._clock = clock
        self._jitter = jitter
        self._has = has
        self._turns = turns
        self._lanes: dict[str, _Lane] = {}
        self._looked_at = self._forgot_at = float("-inf")
        self._running: dict[str, asyncio.Task[None]] = {}
        self.tally = Tally()
        """What came of all changes since the start."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Ask for as long as this is entered."""
        return beside(self.run)

    async def run(self) -> None:
        """Ask until cancelled."""
        try:
            while True:
                try:
                    await self._start_due()
                    await self._look_again()
                except StoreUnavailable:
                    _log.warning("polling.store_unavailable")
                except Exception as error:  # noqa: BLE001 - one slip must not end the polling of every owner
                    _log.error("polling.unexpected", error=type(error).__name__)
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def run_once(self) -> int:
        """Ask every owner that is due now, wait for all of them, and give their number."""
        started = await self._start_due()
        while self._running:
            await asyncio.gather(*self._running.values())
            started += await self._start_due()
        await self._look_again()
        return started

    async def _start_due(self) -> int:
        if not self._reporters:
            return 0
        now = self._clock.monotonic()
        if now - self._looked_at >= _LOOK_SECONDS:
            self._looked_at = now
            await self._look()
        started = 0
        for name, lane in self._lanes.items():
            if lane.next_at <= now and name not in self._running and len(self._running) < SOURCES_AT_ONCE:
                self._running[name] = task = asyncio.create_task(self._ask(lane))
                task.add_done_callback(lambda _, name=name: self._running.pop(name, None))  # type: ignore[misc]
                started += 1
        return started

    async def _look(self) -> None:
        """Find the owners that have open claims."""
        # Over many open claims this takes a while, which nobody who is answered should wait for.
        places = await asyncio.to_thread(self._store.read_sync, _open_places)
        found: dict[str, _Lane] = {}
        for register, reporter in self._reporters.items():
            types = frozenset(reporter.manifest.receives)
            for claim_type, municipality in places:
                if claim_type not in types or (reporter.is_partitioned and municipality is None):
                    continue
                source = Source(register=register, claim_types=types)
                if reporter.is_partitioned and municipality is not None:
                    place = reporter.successors.get(municipality.digits, municipality)
                    if not self._has(register, claim_type, place):
                        continue
                    # A since-token is a server's own, so that a server is asked once for all whose cases it has.
                    former = tuple(code for code, today in reporter.successors.items() if today == place)
                    source = replace(source, municipality=place, taken_over=former)
                if source.name not in found:
                    found[source.name] = self._lanes.get(source.name) or _Lane(source, reporter)
        self._lanes = found

    async def _ask(self, lane: _Lane) -> None:
        """Ask where it is this worker's turn."""
        turn = self._turn(lane)
        if isinstance(turn, float):
            lane.next_at = self._clock.monotonic() + turn
            return
        if turn is None:
            lane.next_at = self._clock.monotonic() + await self._tell(lane)
            return
        try:
            lane.failures = turn.failures
            pause = await self._tell(lane)
            lane.next_at = self._clock.monotonic() + pause
            turn.end(self._clock.now() + timedelta(seconds=pause), lane.failures)
        finally:
            turn.leave()

    def _turn(self, lane: _Lane) -> Turn | float | None:
        if self._turns is None:
            return None
        try:
            return self._turns.begin(lane.source.name, self._clock.now())
        except OSError as error:
            _log.warning("polling.no_turns", source=lane.source.name, error=type(error).__name__)
            return None

    async def _tell(self, lane: _Lane) -> float:
        """Have the owner tell; gives the seconds until it is to be asked again."""
        name = lane.source.name
        pause = INTERVAL_SECONDS
        try:
            more = await self._batches(lane)
            lane.failures = 0
            pause = 0.0 if more else INTERVAL_SECONDS
        except RegisterError as error:
            lane.failures += 1
            retry_after = error.retry_after if isinstance(error, Unavailable) else None
            pause = max(INTERVAL_SECONDS * 2.0 ** min(lane.failures - 1, 10), retry_after or 0.0)
            log = _log.info if isinstance(error, Unavailable) else _log.error
            log("polling.failed", source=name, what=error.what)
        except StoreUnavailable:
            _log.warning("polling.store_unavailable", source=name)
        except Exception as error:  # noqa: BLE001 - one owner's slip must not end the polling of the others
            lane.failures += 1
            pause = LONGEST_PAUSE_SECONDS
            _log.error("polling.unexpected", source=name, error=type(error).__name__)
        return min(pause, LONGEST_PAUSE_SECONDS) * (0.75 + 0.25 * self._jitter())

    async def _batches(self, lane: _Lane) -> bool:
        """Take what there is; True where more is left."""
        source = lane.source
        since = await self._store.read(lambda c: _since(c, source))
        for _ in range(BATCHES_AT_ONCE):
            found = await lane.reporter.changes(source.municipality, since, self._context())
            if not await self._take(source, since, found):
                return True  # Another worker was faster; what it took is where to go on.
            if not found.more or found.token in (None, since):
                return False
            since = found.token
        return True

    async def _take(self, source: Source, since: str | None, found: Changes) -> bool:
        if not found.changes and found.token in (None, since):
            return True
        now, tally = self._clock.now(), Tally()
        # One at least: a batch without changes may have another token.
        pieces = [
            found.changes[at : at + CHANGES_AT_ONCE] for at in range(0, max(len(found.changes), 1), CHANGES_AT_ONCE)
        ]

        def take(connection: Connection, piece: Sequence[StatusChange], is_last: bool) -> Tally | None:
            if _since(connection, source) != since:
                return None
            tally = apply_changes(connection, now, source, piece)
            if is_last and found.token is not None and found.token != since:
                _go_on_from(connection, source, found.token, now)
            return tally

        for number, piece in enumerate(pieces, 1):
            taken = await self._store.write(partial(take, piece=piece, is_last=number == len(pieces)))
            if taken is None:
                return False
            tally += taken
            self.tally += taken
        if tally:
            _log.info("polling.changes", source=source.name, **{each.lower(): count for each, count in tally.items()})
        return True

    async def _look_again(self) -> None:
        sources = {name: lane.source for lane in self._lanes.values() for name in lane.source.names}
        now, since = self._clock.now(), self._clock.monotonic()
        forgets = since - self._forgot_at >= _FORGET_SECONDS
        if forgets:
            self._forgot_at = since
        if await self._store.read(
            lambda c: bool(waiting_with_claim(c, now, sources)) or (forgets and are_to_be_forgotten(c, now))
        ):
            self.tally += await self._store.write(lambda c: look_again(c, now, sources))

    def _context(self) -> CallContext:
        request_id = f"poll-{secrets.token_hex(12)}"
        return CallContext(
            request_id=request_id,
            issue=request_id,
            user=_USER,
            purpose="status",
            represented_party=None,
            deadline=self._clock.monotonic() + CALL_SECONDS,
        )


def _open_places(connection: Connection) -> list[tuple[str, AtvkCode | None]]:
    """Claim types and municipalities of claims that an owner may have and has not decided."""
    c = claims.c
    rows = connection.execute(select(c.type, c.municipality).where(c.status.in_(_OPEN)).distinct())
    return [(claim_type, None if atvk is None else AtvkCode(atvk)) for claim_type, atvk in rows]


def _since(connection: Connection, source: Source) -> str | None:
    since: str | None = connection.execute(
        select(owner_polls.c.since).where(owner_polls.c.source == source.name)
    ).scalar()
    return since


def _go_on_from(connection: Connection, source: Source, token: str, now: object) -> None:
    values = {"since": token, "at": now}
    changed = connection.execute(update(owner_polls).where(owner_polls.c.source == source.name).values(**values))
    if not changed.rowcount:
        connection.execute(insert(owner_polls), {"source": source.name, **values})
