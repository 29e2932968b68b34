"""What stands around every call to a register: deadline, bulkhead, circuit breaker, health, clean errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from adapters.kit.breaker import Breaker
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.cut import Cut
from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.health import Health, HealthLog
from adapters.kit.ports import CallContext
from adapters.kit.slots import Slots
from schema.terms import CircuitState

T = TypeVar("T")
Tell = Callable[[str, Hashable, Malformed | Rejected], None]
"""Is told of each error that somebody has to do something about: the operation, the server where the register is many,
and what is wrong."""
_WORST_FIRST = (CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED)
_SHARED = 6
"""Servers with all their calls that an address which several share has room for: so five may hang, and the others still
get through, and one host is not asked by all municipalities at once."""


class Guard:
    """The guard of one register.

    A circuit is of one operation at one server; a bulkhead is of one server. ``place`` names the server where a
    register is many, and is None where it is one.

    Args:
        address: of a place, where several may share one; then they share a bulkhead too.
        tell: must not raise.
    """

    def __init__(
        self,
        register: str,
        connection: Connection,
        clock: Clock,
        address: Callable[[Hashable], Hashable] | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._register = register
        self._connection = connection
        self._clock = clock
        self._log = HealthLog(clock)
        self._deadlines = Deadlines()
        self._breakers: dict[tuple[str, Hashable], Breaker] = {}
        self._rooms: dict[Hashable, tuple[Slots, ...]] = {}
        self._address = address
        self._tell = tell
        self._shared: dict[Hashable, Slots] = {}

    async def run(
        self,
        operation: str,
        place: Hashable,
        context: CallContext,
        call: Callable[[CallContext], Awaitable[T]],
        checked: Callable[[T], T] | None = None,
        flaws: Sequence[Malformed | Rejected] = (),
    ) -> T:
        """Make one call.

        Args:
            call: gets the context with the deadline of this attempt.
            checked: takes what the call gave, and gives what is given back; where it raises, the call has failed.
            flaws: where ``checked`` puts errors of single records: the call was answered then, and somebody is told.

        Raises:
            RegisterError: without cause or context, whatever happened inside.
        """
        failure: RegisterError
        breaker = self._breakers.get((operation, place)) or self._breaker(operation, place)
        entered: list[Slots] = []
        try:
            for room in self._rooms.get(place) or self._rooms_of(place):
                if not room.take():
                    await self._wait_for(room, context)
                entered.append(room)
            if breaker.failures and not breaker.admit():
                raise Unavailable(
                    self._register, "left alone for a while after failures", retry_after=breaker.wait(), sent=False
                )
            started = self._clock.monotonic()
            deadline = min(context.deadline, started + self._connection.timeout_seconds)
            cut = Cut(deadline - started, self._deadlines)
            try:
                result = await call(replace(context, deadline=deadline))
                if checked is not None:
                    result = checked(result)
            except BaseException as slip:
                told = self._told_of(slip, cut)
                if told is None:
                    breaker.abandoned()
                    raise
                failure = clean(told)
            else:
                if breaker.failures:
                    breaker.succeeded()
                seconds = self._clock.monotonic() - started
                if flaws:
                    self._flawed(operation, place, flaws, seconds)
                else:
                    self._log.answered(seconds, place)
                return result
            finally:
                cut.over()
            self._failed(breaker, operation, place, failure)
        except RegisterError as error:
            failure = clean(error)
        finally:
            for room in entered:
                room.give()
        raise failure  # Outside the except block, so that it has no context: that would hold the reply.

    def circuit(self, operation: str, place: Hashable) -> CircuitState:
        """State of one circuit."""
        return self._breaker(operation, place).state

    def health(self) -> Health:
        """How the register has been doing, over all its servers."""
        places = {place for _, place in self._breakers}
        return self._log.show(_WORST_FIRST[max((_WORST_FIRST.index(self._worst(each)) for each in places), default=-1)])

    def _rooms_of(self, place: Hashable) -> tuple[Slots, ...]:
        """The bulkhead of a server, and where it shares its address, that of the address."""
        own = Slots(self._connection.max_concurrency)
        if self._address is None:
            rooms: tuple[Slots, ...] = (own,)
        else:
            address = self._address(place)
            shared = self._shared.get(address)
            if shared is None:
                shared = self._shared[address] = Slots(self._connection.max_concurrency * _SHARED)
            rooms = (own, shared)
        self._rooms[place] = rooms
        return rooms

    async def _wait_for(self, room: Slots, context: CallContext) -> None:
        cut = Cut(max(0.0, context.deadline - self._clock.monotonic()), self._deadlines)
        try:
            await room.wait()
            return
        except asyncio.CancelledError:
            if not cut.over():
                raise
        finally:
            cut.over()
        raise Unavailable(self._register, "too many calls at once", sent=False)

    def _told_of(self, slip: BaseException, cut: Cut) -> RegisterError | None:
        """The error that a call ended with; None where the caller went away."""
        if isinstance(slip, RegisterError):
            return slip
        # A deadline of the adapter's own, or ours.
        if isinstance(slip, TimeoutError) or (isinstance(slip, asyncio.CancelledError) and cut.over()):
            return Unavailable(self._register, "no answer within the deadline")
        if isinstance(slip, Exception):  # An adapter's slip on one reply must not stop the request.
            return Malformed(self._register, f"the reply could not be read ({type(slip).__name__})")
        return None

    def _flawed(self, operation: str, place: Hashable, flaws: Sequence[Malformed | Rejected], seconds: float) -> None:
        self._log.flawed(seconds, flaws[-1], place)
        if self._tell is not None:
            for each in flaws:
                self._tell(operation, place, each)

    def _failed(self, breaker: Breaker, operation: str, place: Hashable, error: RegisterError) -> None:
        if isinstance(error, Unavailable) and error.stale:
            breaker.abandoned()  # The connection had ended; how its register is, nobody has heard.
        elif isinstance(error, Unavailable):
            breaker.failed()
        else:
            breaker.succeeded()
        self._log.failed(error, self._worst(place), place)
        if self._tell is not None and isinstance(error, Malformed | Rejected):
            self._tell(operation, place, error)

    def _breaker(self, operation: str, place: Hashable) -> Breaker:
        key = (operation, place)
        breaker = self._breakers.get(key)
        if breaker is None:
            breaker = self._breakers[key] = Breaker(self._clock.monotonic)
        return breaker

    def _worst(self, place: Hashable) -> CircuitState:
        states = {breaker.state for (_, where), breaker in self._breakers.items() if where == place}
        return next((state for state in _WORST_FIRST if state in states), CircuitState.CLOSED)


def clean(error: RegisterError) -> RegisterError:
    """The error without what Python hung on it: cause, context and frames hold the reply."""
    error.__cause__ = None
    error.__context__ = None
    return error.with_traceback(None)
