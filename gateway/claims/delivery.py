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

import structlog
from sqlalchemy import Connection

from adapters.kit.clock import Clock
from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.ports import CallContext, Follows, OutgoingClaim, Receipt, Receives
from gateway.claims import settlement
from gateway.claims.lanes import Lanes
from gateway.claims.leases import SETTLED, Due, Taken, due, pull_forward, recover, take
from gateway.claims.operations import expire_drafts
from gateway.claims.rerouting import Routes, reroute, to_reroute
from gateway.claims.seats import Seat
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
SLOW_SECONDS = 2.0
"""An attempt that took so long before it failed may have left the owner at work for longer."""
HOUSEKEEPING_SECONDS = 15.0
PARTING_SECONDS = 5.0
"""How long a worker that is told to stop waits for what it is sending: every call cut short is one in doubt."""

_MOVED = "the municipality has another system by now"
_log = structlog.get_logger(__name__)
_random = SystemRandom().random


class _InDoubtError(Exception):
    """An attempt ended, and it may have arrived; ``what`` holds no value. Nothing is tried for ``least`` seconds."""

    def __init__(self, what: str, least: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.least = least


class Worker:
    """Delivers what waits in the outbox. Any number run for one store, each in its own seat.

    Args:
        store: where the outbox is.
        receivers: owners' systems by register name; messages for others wait until there is one.
        clock: both clocks.
        jitter: a number from 0 to 1, another each time.
        routes: where claims go now; by default where they went.
    """

    def __init__(
        self,
        store: Store,
        receivers: Mapping[str, Receives],
        clock: Clock,
        *,
        jitter: Callable[[], float] = _random,
        routes: Routes = lambda *_: None,
    ) -> None:
        self._store = store
        self._receivers = receivers
        self._clock = clock
        self._jitter = jitter
        self._routes = routes
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        """By attempt, the message's id."""
        self._lanes = Lanes(clock.monotonic)
        self._seat: Seat | None = None
        self._kept_house_at: float | None = None

    @property
    def under_way(self) -> frozenset[str]:
        """Ids of the messages that are being sent."""
        return frozenset(self._running.values())

    def wake(self) -> None:
        """Something was put into the outbox: look now."""
        self._wake.set()

    async def recover(self) -> int:
        """Take a seat, and take back what was being sent when workers died; call it once, before anything else.

        Raises:
            OSError: there is no place for seats beside the store.
        """
        now, seat = self._clock.now(), self._seated()
        return await self._store.write(lambda c: recover(c, now, seat.is_held, seat.name))

    async def run(self) -> None:
        """Deliver until cancelled; then wait a little for what is being sent, and leave the rest in doubt."""
        recovered = False
        try:
            while True:
                self._wake.clear()
                try:
                    if not recovered:
                        await self.recover()
                        recovered = True
                    await self.keep_house()
                    await self._start_due()
                except StoreUnavailable:
                    _log.warning("delivery.store_unavailable")
                except OSError as error:
                    _log.error("delivery.no_seat", reason=error.strerror)
                except Exception as error:  # noqa: BLE001 - one slip must not end all deliveries until the next start
                    _log.error("delivery.slipped", error=type(error).__name__)
                await self._pause()
        finally:
            await self._part()

    async def keep_house(self) -> None:
        """Now and then: close drafts that expired, look at times that the clock, set back, made far futures, and at
        messages whose municipality has another system by now.
        """
        since = self._clock.monotonic()
        if self._kept_house_at is not None and since - self._kept_house_at < HOUSEKEEPING_SECONDS:
            return
        now = self._clock.now()
        while await self._store.write(lambda c: expire_drafts(c, now)):
            _log.info("drafts.expired")
        moved = await self._store.write(lambda c: pull_forward(c, now, timedelta(seconds=LONGEST_PAUSE_SECONDS)))
        if moved:
            _log.warning("delivery.clock_was_set_back", messages=moved)
        # Over many messages this takes a while, which nobody who is answered should wait for.
        moves = await asyncio.to_thread(self._store.read_sync, lambda c: to_reroute(c, self._routes))
        if moves:
            rerouted = await self._store.write(lambda c: reroute(c, moves))
            _log.warning("delivery.rerouted", messages=rerouted)
        self._kept_house_at = since

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
        while True:
            # From before the lease: however long it takes to begin, a call never outlives it.
            until = self._clock.monotonic() + CALL_SECONDS
            taken = await self._take_due()
            if not taken:
                return started
            for message in taken:
                self._start(message, until)
            started += len(taken)

    async def _take_due(self) -> list[Taken]:
        now, seat, full = self._clock.now(), self._seated(), self._lanes.full()
        waiting = await self._store.read(
            lambda c: due(
                c, now, self._receivers.keys(), full, is_alive=seat.is_held, me=seat.name, sending=self.under_way
            )
        )
        chosen = self._with_room(waiting)
        if not chosen:
            return []
        return await self._store.write(lambda c: take(c, now, seat.name, chosen))

    def _with_room(self, waiting: list[Due]) -> list[str]:
        room = Counter({lane: self._lanes.room(lane) for lane in {each.lane for each in waiting}})
        chosen = []
        for message in waiting:
            if room[message.lane] > 0:
                room[message.lane] -= 1
                chosen.append(message.message_id)
        return chosen

    def _start(self, message: Taken, until: float) -> None:
        self._lanes.enter(message.lane)
        task = asyncio.create_task(self._attempt(message, until))
        self._running[task] = message.message_id

        def ended(task: asyncio.Task[None]) -> None:
            del self._running[task]
            self._lanes.leave(message.lane)
            self._wake.set()

        task.add_done_callback(ended)

    async def _attempt(self, message: Taken, until: float) -> None:
        outcome = await self._outcome(message, until)
        while True:
            try:
                await self._store.write(outcome)
            except StoreUnavailable:
                # What is known must not be forgotten: that would make it doubt.
                _log.warning("delivery.outcome_not_written", register=message.register)
                await asyncio.sleep(POLL_SECONDS)
            except Exception as error:  # noqa: BLE001 - the row still says SENDING, and is in doubt when its lease ends
                _log.error("delivery.outcome_refused", register=message.register, error=type(error).__name__)
                return
            else:
                return

    async def _part(self) -> None:
        """Let what is being sent end, but not for ever."""
        if self._running:
            await asyncio.wait(self._running, timeout=PARTING_SECONDS)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._seat is not None:
            self._seat.leave()
            self._seat = None

    def _seated(self) -> Seat:
        if self._seat is None:
            self._seat = Seat.at(self._store.path)
        return self._seat

    async def _outcome(self, message: Taken, until: float) -> Callable[[Connection], None]:
        """Make the attempt, and say what is to be written."""
        sure_so_far = not message.in_doubt
        if sure_so_far and _withdrawn(message):
            return lambda c: settlement.not_needed(c, message)
        began = self._clock.monotonic()
        has_moved = self._has_moved(message)
        if has_moved and sure_so_far:
            return self._unanswered(message, _MOVED, began, sure=True)
        context = self._context(message, until)
        try:
            async with asyncio.timeout(until - began):
                if message.in_doubt and message.strategy is DeliveryStrategy.MANUAL:
                    raise _InDoubtError("the attempt was interrupted")
                if message.in_doubt and (has_moved or _asks_first(message)):
                    found = await self._find(message, context)
                    if found is not None:
                        return self._arrived(message, found)
                    if has_moved:
                        raise _InDoubtError(_MOVED)
                    if _withdrawn(message) and not message.settled:
                        raise _InDoubtError("the owner may still be at work on it", SETTLED.total_seconds())
                    sure_so_far = True
                    if _withdrawn(message):
                        return lambda c: settlement.not_needed(c, message)
                if self._clock.monotonic() >= until:
                    raise Unavailable(message.register, "there was no time left to send it", sent=False)
                return self._arrived(message, await self._send(message, context))
        except Unavailable as error:
            self._lanes.failed(message.lane)
            return self._unanswered(message, error.what, began, error.retry_after, sure=sure_so_far and not error.sent)
        except Rejected as error:
            if error.ours:
                # A certificate that has expired must not cost everybody their claims, answers and withdrawals.
                if message.kind is MessageKind.SUBMISSION:
                    # Who lets claims in may not let in yet what follows them: that holds no claim up.
                    self._lanes.failed(message.lane)
                _log.error("delivery.not_let_in", register=message.register, reason=error.what)
                return self._unanswered(message, error.what, began, sure=sure_so_far)
            return self._rejected(message, error.what)
        except RegisterError as error:
            return self._unanswered(message, error.what, began, sure=False)
        except TimeoutError:
            self._lanes.failed(message.lane)
            return self._unanswered(message, "no answer in time", began, sure=False)
        except _InDoubtError as error:
            return self._unanswered(message, error.what, began, error.least, sure=False)
        except Exception as error:  # noqa: BLE001 - one message's slip must not end the worker; it may have been sent
            _log.error("delivery.unexpected", register=message.register, error=type(error).__name__)
            return self._unanswered(message, "unexpected error", began, sure=False)

    async def _send(self, message: Taken, context: CallContext) -> Receipt:
        receiver, claim = self._receivers[message.register], _outgoing(message)
        try:
            if message.kind is MessageKind.SUBMISSION:
                return await receiver.deliver(claim, message.message_id, context)
            if not isinstance(receiver, Follows):
                raise Rejected(
                    message.register, "the owner's system takes no such messages; please tell the owner directly"
                )
            return await receiver.follow(message.kind, message.owner_reference, claim, message.message_id, context)
        except Rejected as refusal:
            if refusal.ours or not message.in_doubt:
                raise
            # An owner may refuse a message because it has it already, or is still at work on it.
            found = await self._find(message, context)
            if found is None and not message.settled:
                raise _InDoubtError("the owner may still be at work on it", SETTLED.total_seconds()) from None
            if found is None:
                raise
            return found

    async def _find(self, message: Taken, context: CallContext) -> Receipt | None:
        """Ask the owner. Whatever goes wrong with asking, the message itself stays in doubt."""
        try:
            return await self._receivers[message.register].find(message.message_id, _outgoing(message), context)
        except RegisterError as error:
            if isinstance(error, Unavailable):
                self._lanes.failed(message.lane)
            raise _InDoubtError(f"asking whether it arrived: {error.what}") from None

    def _arrived(self, message: Taken, receipt: Receipt) -> Callable[[Connection], None]:
        now = self._clock.now()
        self._lanes.answered(message.lane)
        return lambda c: settlement.arrived(c, now, message, receipt.reference)

    def _rejected(self, message: Taken, what: str) -> Callable[[Connection], None]:
        now = self._clock.now()
        self._lanes.answered(message.lane)
        _log.warning("delivery.rejected", register=message.register, kind=message.kind.value)
        return lambda c: settlement.rejected(c, now, message, what)

    def _unanswered(
        self, message: Taken, what: str, began: float, retry_after: float | None = None, *, sure: bool
    ) -> Callable[[Connection], None]:
        """``sure``: neither this attempt nor an earlier one arrived."""
        now = self._clock.now()
        if not sure and (message.strategy is DeliveryStrategy.MANUAL or self._has_moved(message)):
            return lambda c: settlement.nobody_knows(c, now, message, what)
        least = 0.0
        if not sure and message.strategy is DeliveryStrategy.LOOKUP_BEFORE_RESEND:
            slow = self._clock.monotonic() - began >= SLOW_SECONDS
            least = SETTLED.total_seconds() if slow else SETTLING_SECONDS
        at = now + timedelta(seconds=self._seconds_until_next(message, retry_after, least))
        return lambda c: settlement.again_later(c, message, at, what, in_doubt=not sure)

    def _has_moved(self, message: Taken) -> bool:
        """The municipality has another system by now, which knows nothing of what was sent to the one before."""
        place = message.content.municipality
        if place is None:
            return False
        route = self._routes(message.register, message.content.claim_type, place)
        return route is not None and route.register != message.register

    def _seconds_until_next(self, message: Taken, retry_after: float | None, least: float) -> float:
        doubled = SHORTEST_PAUSE_SECONDS * float(2 ** min(message.attempt - 1, 10))
        spread = min(doubled, LONGEST_PAUSE_SECONDS) * (0.5 + 0.5 * self._jitter())
        return min(max(spread, least, retry_after or 0.0), LONGEST_PAUSE_SECONDS)

    def _context(self, message: Taken, until: float) -> CallContext:
        return CallContext(
            request_id=f"{message.message_id}-{message.attempt}",
            issue=message.claim,
            user=message.content.user,
            purpose=message.content.claim_type.text,
            represented_party=message.content.represented_party,
            deadline=until,
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
