"""A register with a memory: asks only for what is not held, and for one subject only once at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from adapters.kit.clock import Clock
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.manifest import Manifest
from adapters.kit.ports import AsOf, CallContext
from gateway.cache.shelf import Shelf, Times

if TYPE_CHECKING:
    from gateway.cache.redis_shelf import SharedShelf


class Register(Protocol):
    """A register as this module needs it (``adapters.kit.connected.ConnectedRegister``)."""

    name: str
    manifest: Manifest
    route: str

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Mapping[Any, Any]: ...


class Answer(dict[Any, Any]):
    """``{key: record | RegisterError}``; a key that the register does not know is not in it.

    Attributes:
        held: the keys whose record the register said earlier, so that it is no news.
        times: the oldest of all that is in it; None where only errors are.
    """

    __slots__ = ("held", "times")

    def __init__(self) -> None:
        super().__init__()
        self.held: set[Any] = set()
        self.times: Times | None = None

    def add(self, other: Answer) -> None:
        """Take in another one."""
        self.update(other)
        self.held |= other.held
        self.grow_to(other.times)

    def grow_to(self, times: Times | None) -> None:
        """Something this old is in it."""
        if times is not None:
            self.times = times.oldest(self.times)


class _Call(NamedTuple):
    """A question that others may wait for."""

    answer: asyncio.Future[Answer | None]
    """None: whoever asked is gone."""
    again: dict[Any, _Call]
    """By key, the call that was made after this one failed, for all who waited for this one."""


class CachedRegister:
    """One record type of one register.

    Args:
        shelf: this register's and record type's own.
        seconds: how long a record is held, from the moment at which it was asked for.
        shared: what other gateways have read.
        clock: the shelf's, whose ``monotonic`` is on the scale of ``CallContext.deadline``.
    """

    def __init__(
        self,
        register: Register,
        record_type: type[Any],
        shelf: Shelf,
        seconds: float,
        shared: SharedShelf | None,
        clock: Clock,
    ) -> None:
        self.name = register.name
        self.route = register.route
        self.manifest = register.manifest
        self._register = register
        self._record_type = record_type
        self._shelf = shelf
        self._seconds = seconds
        self._shared = shared
        self._clock = clock
        self._calls: dict[Any, _Call] = {}
        """What is being asked for now."""

    @property
    def behind(self) -> Register:
        """The register itself, for who may not go by what is held."""
        return self._register

    def held(
        self, record_type: type[Any], keys: Sequence[Any], not_before: float
    ) -> tuple[dict[Any, Any], Times] | None:
        """Every record from memory, without waiting, and how old the oldest is; None where any of them must be read.

        Nothing in it is news. A subject that the register certainly does not know is not in it.

        Args:
            not_before: see ``CallContext``.
        """
        return self._shelf.all_of(keys, not_before) if record_type is self._record_type else None

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Answer:
        """Read what is not held; see ``ConnectedRegister.read``.

        Whoever waits for another's call takes its records. Its error is not simply passed on, since it may come of the
        other's deadline or rights: it is asked once more for all who waited, and each that is turned away asks alone.

        Raises:
            LookupError: this is another record type's memory.
        """
        if record_type is not self._record_type:
            raise LookupError(f"{record_type.__name__} is not held here")
        answer = Answer()
        failed: dict[Any, _Call] = {}
        asked_again: set[Any] = set()
        turned_away: list[Any] = []
        left: Collection[Any] = keys
        while left:
            own, others = self._sort(left, answer, failed, context.not_before)
            if own:
                answer.add(await self._call(own, context, failed))
            if others:
                patience = max(context.deadline - self._clock.monotonic(), 0.0)
                # Waiting for an answer never cancels it: others wait for it too.
                await asyncio.wait({call.answer for call in others.values()}, timeout=patience)
            left = []
            for key, call in others.items():
                if not call.answer.done():
                    answer[key] = Unavailable(self.name, "no answer in time")
                    continue
                said = call.answer.result()
                error = None if said is None else said.get(key)
                if isinstance(error, Rejected):
                    turned_away.append(key)
                elif said is not None and (key in asked_again or not isinstance(error, RegisterError)):
                    _take(answer, said, key)
                else:
                    failed[key] = call
                    left.append(key)
                    if error is not None:
                        asked_again.add(key)
        if turned_away:
            answer.add(await self._look_up(turned_away, context))
        return answer

    def _sort(
        self, keys: Collection[Any], answer: Answer, failed: Mapping[Any, _Call], not_before: float
    ) -> tuple[list[Any], dict[Any, _Call]]:
        """Answer what is held; of the rest, the keys that nobody asks for, and the calls that ask for the others."""
        own: list[Any] = []
        others: dict[Any, _Call] = {}
        for key in dict.fromkeys(keys):
            found = self._shelf.get(key)
            if found is not None and found.times.as_of >= not_before:
                answer.held.add(key)
                answer.grow_to(found.times)
                if found.record is not None:
                    answer[key] = found.record
                continue
            call = self._calls.get(key)
            if call is None and key in failed:
                call = failed[key].again.get(key)
            if call is None:
                own.append(key)
            else:
                others[key] = call
        return own, others

    async def _call(self, keys: Sequence[Any], context: CallContext, failed: Mapping[Any, _Call]) -> Answer:
        """Ask for keys in everybody's name."""
        call = _Call(asyncio.get_running_loop().create_future(), {})
        for key in keys:
            self._calls[key] = call
            if key in failed:
                failed[key].again[key] = call
        said: Answer | None = None
        try:
            said = await self._look_up(keys, context)
        finally:
            for key in keys:
                del self._calls[key]
            call.answer.set_result(said)
        return said

    async def _look_up(self, keys: Sequence[Any], context: CallContext) -> Answer:
        """Ask those who share, then the register for the rest."""
        answer = Answer()
        if self._shared is not None:
            for key, (record, left, times) in (await self._shared.get(keys)).items():
                if times.as_of < context.not_before:
                    continue
                self._shelf.put(key, record, self._clock.monotonic() + min(left, self._seconds), times)
                answer.held.add(key)
                answer.grow_to(times)
                if record is not None:
                    answer[key] = record
            keys = [key for key in keys if key not in answer.held]
        if not keys:
            return answer
        # Not from the answer's time: what changed while the register was busy is no younger than the question.
        until, asked, as_of = self._clock.monotonic() + self._seconds, self._clock.now().timestamp(), AsOf()
        # Whole records: whoever finds them later may look at other attributes.
        whole = msgspec.structs.replace(context, wanted=None, as_of=as_of)
        try:
            found = await self._register.read(self._record_type, keys, whole)
        except RegisterError as error:
            found = dict.fromkeys(keys, error)
        except Exception:  # noqa: BLE001 - an adapter's accident is the register's broken answer, for everybody who waits
            found = dict.fromkeys(keys, Malformed(self.name, "the adapter failed"))
        times = Times.of_answer(asked, as_of.at)
        told: dict[Any, Any] = {}
        for key in keys:
            record = found.get(key)
            if record is not None:
                answer[key] = record
            if not isinstance(record, RegisterError):
                told[key] = record
                self._shelf.put(key, record, until, times)
        if told:
            answer.grow_to(times)
        if self._shared is not None and told:
            await self._shared.put(told, until - self._clock.monotonic(), times)
        return answer


def _take(answer: Answer, said: Answer, key: Any) -> None:
    if key in said:
        answer[key] = said[key]
    if key in said.held:
        answer.held.add(key)
    answer.grow_to(said.times)
