"""Whether a register may be asked for a purpose: what DAGR says of our permissions, held for minutes, before any call.

What is known is asked again every ten minutes, by one caller for all. What DAGR refuses meanwhile counts from then on:
a permission that is used up or over is left alone, and the others are not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from adapters.kit.clock import Clock
from adapters.kit.dagr import Permit, Told, unset, wrong_with
from adapters.kit.errors import NotPermitted, RegisterError, Spent, Unavailable
from adapters.kit.guard import clean
from adapters.kit.manifest import DagrEntry
from adapters.kit.ports import CallContext

FRESH_SECONDS = 600.0
"""How long DAGR's list of permissions is gone by; and how long a refusal is, where it does not say until when."""
KEPT_SECONDS = 3600.0
"""How long it is gone by where DAGR gives no newer one."""
_PAUSE_SECONDS = 5.0
_LONGEST_SECONDS = 3600.0

Ask = Callable[[CallContext], Awaitable[Sequence[Told]]]


class Permits:
    """Our permissions for one service.

    Args:
        register: the adapter's name.
        entry: the service, and what is read of it.
        permits: by purpose.
        ask: DAGR for our permissions. Raises: RegisterError.
    """

    def __init__(self, register: str, entry: DagrEntry, permits: Mapping[str, Permit], ask: Ask, clock: Clock) -> None:
        self._register = register
        self._entry = entry
        self._permits = permits
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._told: Mapping[str, Told] = {}
        self._told_at: float | None = None
        self._failure: tuple[RegisterError, float] | None = None
        """What kept DAGR from telling, and until when it is not asked again."""
        self._refused: dict[str, _Refused] = {}
        """By number, what DAGR refused."""

    def unset(self, purpose: str) -> NotPermitted | None:
        """The error of a purpose that no permission is set for; None where one is. Asks nobody."""
        return None if purpose in self._permits else unset(self._register)

    async def refusal(self, context: CallContext) -> RegisterError | None:
        """Why the register may not be asked for a call's purpose; None where it may."""
        permit = self._permits.get(context.purpose)
        if permit is None:
            return unset(self._register)
        now = self._clock.monotonic()
        refused = self._refused.get(permit.number)
        if refused is not None and now < refused.until:
            return refused.still(now)
        try:
            told = (await self._known(context)).get(permit.number)
        except RegisterError as error:
            return clean(error)
        wrong = wrong_with(permit, told, self._entry.service, self._entry.needs, self._clock.now())
        if wrong is not None:
            return NotPermitted(self._register, wrong)
        if told is not None and told.used >= told.quota:
            return self._used_up()
        return None

    def refused(self, purpose: str, error: RegisterError) -> None:
        """DAGR refused a call of this purpose: the next ones are refused here."""
        permit = self._permits.get(purpose)
        if permit is None or not isinstance(error, Spent | NotPermitted):
            return
        seconds = error.retry_after if isinstance(error, Spent) else None
        now = self._clock.monotonic()
        # A quota may be enlarged before it begins anew, so that it is tried now and then.
        until = now + min(_LONGEST_SECONDS, FRESH_SECONDS if seconds is None else seconds)
        self._refused[permit.number] = _Refused(error, now, until)

    def _used_up(self) -> Spent:
        left = None if self._told_at is None else self._told_at + FRESH_SECONDS - self._clock.monotonic()
        return Spent(self._register, "the permission's quota is used up", retry_after=left)

    async def _known(self, context: CallContext) -> Mapping[str, Told]:
        if self._is_fresh():
            return self._told
        try:
            async with asyncio.timeout(max(0.0, context.deadline - self._clock.monotonic())):
                await self._lock.acquire()
        except TimeoutError:
            raise Unavailable(self._register, "our permissions are not known in time", sent=False) from None
        try:
            return self._told if self._is_fresh() else await self._asked(context)
        finally:
            self._lock.release()

    def _is_fresh(self) -> bool:
        return self._told_at is not None and self._clock.monotonic() < self._told_at + FRESH_SECONDS

    async def _asked(self, context: CallContext) -> Mapping[str, Told]:
        now = self._clock.monotonic()
        failed = self._failure
        if failed is None or failed[1] <= now:
            try:
                self._told = {each.number: each for each in await self._ask(context)}
                self._told_at, self._failure = now, None
                return self._told
            except RegisterError as error:
                failed = self._failure = (clean(error), self._clock.monotonic() + _PAUSE_SECONDS)
        if self._told_at is not None and now < self._told_at + KEPT_SECONDS:
            return self._told
        raise failed[0]


class _Refused(NamedTuple):
    """What DAGR refused, on the monotonic clock since when, and until when nobody asks again."""

    error: RegisterError
    since: float
    until: float

    def still(self, now: float) -> RegisterError:
        """The same, as of now."""
        error = self.error
        if not isinstance(error, Spent):
            return error
        after = self.until if error.retry_after is None else self.since + error.retry_after
        return Spent(error.register, error.what, retry_after=after - now)
