"""The delivery worker: every message arrives at its owner once, or it is said that nobody knows.

Before a call, SENDING is on disk. After it, the outcome is. What is found between the two is in doubt, and doubt is
resolved as the owner allows: the same message again under its idempotency key, a look-up first, or by people.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import SystemRandom
from typing import Protocol, runtime_checkable

import structlog
from sqlalchemy import Connection

from adapters.kit.clock import Clock
from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt, Receives
from gateway.claims import settlement
from gateway.claims.leases import Due, Taken, due, recover, take
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageKind
from schema.terms import ClaimStatus, DeliveryStrategy

CALL_SECONDS = 15.0
"""One attempt, look-up included; shorter than a lease."""
POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
SHORTEST_PAUSE_SECONDS = 0.5
SETTLING_SECONDS = 2.0
"""Before an owner is asked whether something arrived: it may still be at work on it."""
SLOTS_OF_A_LANE = 4
"""Attempts at one owner at the same time."""

_log = structlog.get_logger(__name__)
_random = SystemRandom().random


@runtime_checkable
class Follows(Protocol):
    """An owner's system that also takes messages about a claim it already has."""

    async def follow(
        self, kind: MessageKind, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """Hand over added answers (``claim.answers`` are the new ones) or a withdrawal; errors as ``deliver``."""
        ...


class _InDoubtError(Exception):
    """An attempt ended, and it may have arrived; ``what`` holds no value."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Worker:
    """Delivers what waits in the outbox. One runs for each store.

    Args:
        store: where the outbox is.
        receivers: owners' systems by register name; messages for others wait until there is one.
        clock: both clocks.
        worker_id: the same after a restart, so that the worker takes its own messages back at once.
        jitter: a number from 0 to 1, another each time.
    """

    def __init__(
        self,
        store: Store,
        receivers: Mapping[str, Receives],
        clock: Clock,
        *,
        worker_id: str = "worker",
        jitter: Callable[[], float] = _random,
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._clock = clock
        self._worker_id = worker_id
        self._jitter = jitter
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._lanes: Counter[str] = Counter()

    def wake(self) -> None:
        """Something was put into the outbox: look now."""
        self._wake.set()

    async def recover(self) -> int:
        """Take back what was being sent when the worker died; call it once, before anything else."""
        now = self._clock.now()
        return await self._store.write(lambda c: recover(c, now, self._worker_id))

    async def run(self) -> None:
        """Deliver until cancelled. What is being sent then stays in doubt and is resolved after the next start."""
        recovered = False
        try:
            while True:
                self._wake.clear()
                try:
                    if not recovered:
                        await self.recover()
                        recovered = True
                    await self._start_due()
                except StoreUnavailable:
                    _log.warning("delivery.store_unavailable")
                await self._pause()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def run_once(self) -> int:
        """Make one attempt at everything that is due now, wait for all of them, and give their number."""
        started = await self._start_due()
        while self._running:
            await asyncio.gather(*self._running)
            started += await self._start_due()
        return started

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _start_due(self) -> int:
        started = 0
        while taken := await self._take_due():
            for message in taken:
                self._start(message)
            started += len(taken)
        return started

    async def _take_due(self) -> list[Taken]:
        now = self._clock.now()
        full = [lane for lane, busy in self._lanes.items() if busy >= SLOTS_OF_A_LANE]
        waiting = await self._store.read(lambda c: due(c, now, self._receivers.keys(), full))
        chosen = self._with_room(waiting)
        if not chosen:
            return []
        return await self._store.write(lambda c: take(c, now, self._worker_id, chosen))

    def _with_room(self, waiting: list[Due]) -> list[str]:
        room = Counter({lane: SLOTS_OF_A_LANE - self._lanes[lane] for lane in {d.lane for d in waiting}})
        chosen = []
        for message in waiting:
            if room[message.lane] > 0:
                room[message.lane] -= 1
                chosen.append(message.message_id)
        return chosen

    def _start(self, message: Taken) -> None:
        self._lanes[message.lane] += 1
        task = asyncio.create_task(self._attempt(message))
        self._running.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            self._lanes[message.lane] -= 1
            self._wake.set()

        task.add_done_callback(ended)

    async def _attempt(self, message: Taken) -> None:
        outcome = await self._outcome(message)
        try:
            await self._store.write(outcome)
        except StoreUnavailable:
            # The row still says SENDING: when its lease runs out it is in doubt, and is resolved as such.
            _log.warning("delivery.outcome_not_written", register=message.register)

    async def _outcome(self, message: Taken) -> Callable[[Connection], None]:
        """Make the attempt, and say what is to be written."""
        sure_so_far = not message.in_doubt
        if sure_so_far and _withdrawn(message):
            return lambda c: settlement.not_needed(c, message)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if message.in_doubt and message.strategy is DeliveryStrategy.MANUAL:
                    raise _InDoubtError("the attempt was interrupted")
                if message.in_doubt and _asks_first(message):
                    found = await self._find(message)
                    if found is not None:
                        return self._arrived(message, found)
                    sure_so_far = True
                    if _withdrawn(message):
                        return lambda c: settlement.not_needed(c, message)
                return self._arrived(message, await self._send(message))
        except Unavailable as error:
            return self._unanswered(message, error.what, error.retry_after, sure=sure_so_far and not error.sent)
        except Rejected as error:
            return self._rejected(message, error.what)
        except RegisterError as error:
            return self._unanswered(message, error.what, None, sure=False)
        except TimeoutError:
            return self._unanswered(message, "no answer in time", None, sure=False)
        except _InDoubtError as error:
            return self._unanswered(message, error.what, None, sure=False)
        except Exception as error:  # noqa: BLE001 - one message's slip must not end the worker; it may have been sent
            _log.error("delivery.unexpected", register=message.register, error=type(error).__name__)
            return self._unanswered(message, "unexpected error", None, sure=False)

    async def _send(self, message: Taken) -> Receipt:
        receiver = self._receivers[message.register]
        claim, context = _outgoing(message), self._context(message)
        if message.kind is MessageKind.SUBMISSION:
            try:
                return await receiver.deliver(claim, message.message_id, context)
            except Rejected:
                # An owner may refuse a message because it has it already.
                found = await self._find(message) if message.in_doubt else None
                if found is None:
                    raise
                return found
        if not isinstance(receiver, Follows):
            raise Rejected(
                message.register, "the owner's system takes no such messages; please tell the owner directly"
            )
        return await receiver.follow(message.kind, message.owner_reference, claim, message.message_id, context)

    async def _find(self, message: Taken) -> Receipt | None:
        """Ask the owner. Whatever goes wrong with asking, the message itself stays in doubt."""
        try:
            return await self._receivers[message.register].find(
                message.message_id, _outgoing(message), self._context(message)
            )
        except RegisterError as error:
            raise _InDoubtError(f"asking whether it arrived: {error.what}") from None

    def _arrived(self, message: Taken, receipt: Receipt) -> Callable[[Connection], None]:
        now = self._clock.now()
        return lambda c: settlement.arrived(c, now, message, receipt.reference)

    def _rejected(self, message: Taken, what: str) -> Callable[[Connection], None]:
        now = self._clock.now()
        _log.warning("delivery.rejected", register=message.register, kind=message.kind.value)
        return lambda c: settlement.rejected(c, now, message, what)

    def _unanswered(
        self, message: Taken, what: str, retry_after: float | None, *, sure: bool
    ) -> Callable[[Connection], None]:
        """``sure``: neither this attempt nor an earlier one arrived."""
        now = self._clock.now()
        if not sure and message.strategy is DeliveryStrategy.MANUAL:
            return lambda c: settlement.nobody_knows(c, now, message, what)
        settles = not sure and message.strategy is DeliveryStrategy.LOOKUP_BEFORE_RESEND
        pause = self._seconds_until_next(message, retry_after, SETTLING_SECONDS if settles else 0.0)
        at = now + timedelta(seconds=pause)
        return lambda c: settlement.again_later(c, message, at, what, in_doubt=not sure)

    def _seconds_until_next(self, message: Taken, retry_after: float | None, least: float) -> float:
        doubled = SHORTEST_PAUSE_SECONDS * float(2 ** min(message.attempt - 1, 10))
        spread = min(doubled, LONGEST_PAUSE_SECONDS) * (0.5 + 0.5 * self._jitter())
        return min(max(spread, least, retry_after or 0.0), LONGEST_PAUSE_SECONDS)

    def _context(self, message: Taken) -> CallContext:
        return CallContext(
            request_id=f"{message.message_id}-{message.attempt}",
            issue=message.claim,
            user=message.content.user,
            purpose=message.content.claim_type.text,
            represented_party=message.content.represented_party,
            deadline=self._clock.monotonic() + CALL_SECONDS,
        )


def _asks_first(message: Taken) -> bool:
    """Also where a resend would be safe: a claim withdrawn meanwhile is better not created at all."""
    return message.strategy is DeliveryStrategy.LOOKUP_BEFORE_RESEND or _withdrawn(message)


def _withdrawn(message: Taken) -> bool:
    """The submission of a claim that its applicant has withdrawn meanwhile."""
    return message.kind is MessageKind.SUBMISSION and message.claim_status is ClaimStatus.WITHDRAWN


def _outgoing(message: Taken) -> OutgoingClaim:
    content = message.content
    return OutgoingClaim(
        claim_id=message.claim,
        claim_type=content.claim_type,
        municipality=content.municipality,
        applicant=content.applicant,
        answers=content.answers,
        submitted_at=content.submitted_at,
    )
