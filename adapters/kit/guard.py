"""What stands around every call to a register: deadline, bulkhead, circuit breaker, health, clean errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

from adapters.kit.breaker import Breaker
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.cut import Cut
from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.health import Health, HealthLog
from adapters.kit.ports import CallContext
from schema.terms import CircuitState

T = TypeVar("T")
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
    """

    def __init__(
        self,
        register: str,
        connection: Connection,
        clock: Clock,
        address: Callable[[Hashable], Hashable] | None = None,
    ) -> None:
        self._register = register
        self._connection = connection
        self._clock = clock
        self._log = HealthLog(clock)
        self._deadlines = Deadlines()
        self._breakers: dict[tuple[str, Hashable], Breaker] = {}
        self._bulkheads: dict[Hashable, asyncio.Semaphore] = {}
        self._address = address
        self._shared: dict[Hashable, asyncio.Semaphore] = {}

    async def run(
        self, operation: str, place: Hashable, context: CallContext, call: Callable[[CallContext], Awaitable[T]]
    ) -> T:
        """Make one call.

        Args:
            call: gets the context with the deadline of this attempt.

        Raises:
            RegisterError: without cause or context, whatever happened inside.
        """
        failure: RegisterError
        try:
            return await self._admitted(operation, place, context, call)
        except RegisterError as error:
            failure = clean(error)
        raise failure  # Outside the except block, so that it has no context: that would hold the reply.

    def circuit(self, operation: str, place: Hashable) -> CircuitState:
        """State of one circuit."""
        return self._breaker(operation, place).state

    def health(self) -> Health:
        """How the register has been doing, over all its servers."""
        places = {place for _, place in self._breakers}
        return self._log.show(_WORST_FIRST[max((_WORST_FIRST.index(self._worst(each)) for each in places), default=-1)])

    async def _admitted(
        self, operation: str, place: Hashable, context: CallContext, call: Callable[[CallContext], Awaitable[T]]
    ) -> T:
        breaker = self._breaker(operation, place)
        bulkhead = self._bulkheads.get(place)
        if bulkhead is None:
            bulkhead = self._bulkheads[place] = asyncio.Semaphore(self._connection.max_concurrency)
        await self._enter(bulkhead, context)
        try:
            if self._address is None:
                return await self._let(breaker, place, context, call)
            shared = self._room_at(self._address(place))
            await self._enter(shared, context)
            try:
                return await self._let(breaker, place, context, call)
            finally:
                shared.release()
        finally:
            bulkhead.release()

    def _room_at(self, address: Hashable) -> asyncio.Semaphore:
        found = self._shared.get(address)
        if found is None:
            found = self._shared[address] = asyncio.Semaphore(self._connection.max_concurrency * _SHARED)
        return found

    async def _let(
        self, breaker: Breaker, place: Hashable, context: CallContext, call: Callable[[CallContext], Awaitable[T]]
    ) -> T:
        if not breaker.admit():
            raise Unavailable(
                self._register, "left alone for a while after failures", retry_after=breaker.wait(), sent=False
            )
        return await self._measured(breaker, place, context, call)

    async def _enter(self, bulkhead: asyncio.Semaphore, context: CallContext) -> None:
        if not bulkhead.locked():
            await bulkhead.acquire()  # There is room, so it neither waits nor needs a deadline.
            return
        cut = Cut(max(0.0, context.deadline - self._clock.monotonic()), self._deadlines)
        try:
            await bulkhead.acquire()
            return
        except asyncio.CancelledError:
            if not cut.over():
                raise
        finally:
            cut.over()
        raise Unavailable(self._register, "too many calls at once", sent=False)

    async def _measured(
        self, breaker: Breaker, place: Hashable, context: CallContext, call: Callable[[CallContext], Awaitable[T]]
    ) -> T:
        started = self._clock.monotonic()
        deadline = min(context.deadline, started + self._connection.timeout_seconds)
        try:
            result = await self._cut(deadline - started, call(context.until(deadline)))
        except RegisterError as error:
            self._failed(breaker, place, error)
            raise
        except Exception as slip:  # noqa: BLE001 - an adapter's slip on one reply must not stop the request
            broken = Malformed(self._register, f"the reply could not be read ({type(slip).__name__})")
            self._failed(breaker, place, broken)
            raise broken from None
        except BaseException:
            breaker.abandoned()
            raise
        breaker.succeeded()
        self._log.answered(self._clock.monotonic() - started, place)
        return result

    async def _cut(self, seconds: float, call: Awaitable[T]) -> T:
        cut = Cut(seconds, self._deadlines)
        try:
            return await call
        except TimeoutError:
            pass  # A deadline of the adapter's own.
        except asyncio.CancelledError:
            if not cut.over():
                raise
        finally:
            cut.over()
        raise Unavailable(self._register, "no answer within the deadline")

    def _failed(self, breaker: Breaker, place: Hashable, error: RegisterError) -> None:
        if isinstance(error, Unavailable):
            breaker.failed()
        else:
            breaker.succeeded()
        self._log.failed(error, self._worst(place), place)

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
