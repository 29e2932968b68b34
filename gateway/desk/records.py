"""Register data for one request: equal keys are asked for once, keys that nobody waits longer for in one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from adapters.kit.errors import Malformed, RegisterError
from adapters.kit.municipal import ByMunicipality
from adapters.kit.ports import AsOf, CallContext
from gateway.cache.register import Answer, CachedRegister
from gateway.cache.shelf import Times
from gateway.clock import utc_now
from gateway.desk.joining import LONGEST_SECONDS, Batch, Waiting
from gateway.desk.permitted import ByPurpose, under
from gateway.desk.provenance import Provenance
from gateway.desk.unread import not_connected, said, too_old
from gateway.identity.party import Party
from gateway.plan import asking
from schema.graph.declare import Reads
from schema.graph.legal_entity import LegalEntity
from schema.graph.person import Person
from schema.ports import Purpose
from schema.records.natural_person import NaturalPerson
from schema.terms import ClaimTypeCode, PersonCode, RegistrationNumber

_MARGIN_SECONDS = 0.25
"""Registers are given up this long before the request is: so the answer says which one was late."""


class ReadingRegister(Protocol):
    """A register as this module needs it (``adapters.kit.connected.ConnectedRegister``)."""

    name: str
    route: str

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Mapping[Any, Any]: ...


Source = ReadingRegister | ByMunicipality[ReadingRegister] | ByPurpose[Any]
"""What answers a record type: one register, for each municipality the one that has its system, or one that is asked
apart for each claim type."""
_APART = (ByMunicipality, ByPurpose)
"""Sources that may be asked in several calls."""
_MAY_HOLD = (CachedRegister, ByMunicipality)
"""Sources that may have a memory."""


class RecordReader:
    """The Records port of one request.

    Args:
        sources: what answers a record type.
        party: who asks; its person is named to the registers as the user.
        deadline: ``time.monotonic()`` at which answers are worth nothing any more.
        looks_at: of each record type the attributes that will be looked at; None, or not in it: all of them.
        max_age: how old data may be that is read for a claim type.
        now: UTC.
    """

    def __init__(
        self,
        sources: Mapping[type[Any], Source],
        party: Party,
        request_id: str,
        deadline: float,
        looks_at: Reads = MappingProxyType({}),
        max_age: Callable[[ClaimTypeCode], timedelta | None] = lambda _: None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sources = sources
        self._party = party
        self._request_id = request_id
        self._deadline = deadline
        self._looks_at = looks_at
        self._max_age = max_age
        self.also: Collection[ClaimTypeCode] = ()
        """Claim types of this request, where they differ in how old data may be: a key is asked for once, for all."""
        self._now = now
        self._answers: dict[type[Any], dict[Any, Any]] = {}
        self._before: dict[type[Any], tuple[Sequence[Any], Sequence[Purpose], list[Any]]] = {}
        """What was read last, while nothing else was answered: fields beside each other ask for the same people."""
        self._flying: dict[type[Any], dict[Any, Batch]] = {}
        self._batches: dict[type[Any], Batch] = {}
        self._waiting = Waiting()
        self._held: dict[type[Any], asyncio.TimerHandle] = {}
        """Batches that wait for further keys, each with what ends that."""
        self._looks_again = False
        self._waits_no_more = False
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self.people: list[NaturalPerson] = []
        """What the population register told this request; of what was held, only who is protected."""
        self.registers: dict[str, Provenance] = {}
        """By name, the registers that this request has asked, held answers too."""

    def person(self, code: PersonCode, purpose: Purpose) -> Person:
        """A person seen under a purpose; nothing is read yet."""
        return Person(code=code, purpose=purpose)

    def legal_entity(self, number: RegistrationNumber, purpose: Purpose | None) -> LegalEntity:
        """A legal entity; nothing is read yet."""
        return LegalEntity(registration_number=number, purpose=purpose)

    async def read(self, record_type: type[Any], keys: Sequence[Any], purposes: Sequence[Purpose]) -> Sequence[Any]:
        """See :class:`schema.ports.Records`."""
        source = self._sources.get(record_type)
        if source is None:
            return [not_connected()] * len(keys)
        before = self._before.get(record_type)
        if before is not None and before[0] == keys and before[1] == purposes:
            return before[2]
        wanted = keys, purposes
        if isinstance(source, ByPurpose):
            keys = under(keys, purposes)
        known = self._answers.setdefault(record_type, {})
        asked = dict(zip(keys, purposes, strict=True))
        fresh = _without(asked, known) if known else asked
        if fresh and not (isinstance(source, _MAY_HOLD) and self._take_held(record_type, source, fresh)):
            flying = self._flying.setdefault(record_type, {})
            unasked = _without(fresh, flying) if flying else fresh
            batches: Collection[Batch]
            if unasked is fresh:
                batches = [self._join(record_type, fresh)]
                flying.update(dict.fromkeys(fresh, batches[0]))
            else:
                if unasked:
                    flying.update(dict.fromkeys(unasked, self._join(record_type, unasked)))
                batches = set(flying.values())
                if len(batches) > 1:
                    batches = {flying[key] for key in fresh}
            here = self._batches.get(record_type)
            if here is not None and (len(asked) < len(keys) if unasked is asked else fresh != here.keys):
                whys = zip(keys, purposes, strict=True)
                here.once_more += whys if unasked is asked else [each for each in whys if each[0] in here.keys]
            field = asking.field.get()
            if field is not None:
                left = self._batches.get(record_type) not in batches
                self._waiting.begin(record_type, field, asked=left)
            try:
                for batch in batches:
                    await batch.turn()
            finally:
                if field is not None:
                    self._waiting.end(record_type, field)
                    if self._held:
                        self._look_again()
        answers = list(map(known.__getitem__, keys))
        self._before[record_type] = *wanted, answers
        return answers

    async def in_hand(self, record_type: type[Any], keys: Sequence[Any], purposes: Sequence[Purpose]) -> Sequence[Any]:
        """See :class:`schema.ports.Records`."""
        if isinstance(self._sources.get(record_type), ByPurpose):
            keys = under(keys, purposes)
        flying = self._flying.get(record_type, {})
        for batch in {flying[key] for key in keys if key in flying}:
            await batch.turn()
        return list(map(self._answers.get(record_type, {}).get, keys))

    async def read_now(self, record_type: type[Any], keys: Sequence[Any], purposes: Sequence[Purpose]) -> Sequence[Any]:
        """As :meth:`read`, but of the register itself, whatever is held; the rest of the request goes by it too."""
        source = self._sources.get(record_type)
        if source is None:
            return [not_connected()] * len(keys)
        if isinstance(source, ByPurpose):
            keys = under(keys, purposes)
        task = asyncio.ensure_future(self._ask_now(record_type, dict(zip(keys, purposes, strict=True))))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        found = await asyncio.shield(task)
        return [found[key] for key in keys]

    async def _ask_now(self, record_type: type[Any], asked_for: Mapping[Any, Purpose]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        known = self._answers.setdefault(record_type, {})
        for register, some in _by_register(self._sources[record_type], asked_for):
            await self._ask(record_type, register.behind if isinstance(register, CachedRegister) else register, some)
            # At once: an answer to another's question, that was held, may come after it.
            found |= {key: known[key] for key in some}
        return found

    def _take_held(self, record_type: type[Any], source: Source, keys: Mapping[Any, Purpose]) -> bool:
        """Take what a register with a memory holds, where it holds all of it."""
        taken: list[tuple[CachedRegister, Mapping[Any, Purpose], dict[Any, Any], Times]] = []
        for register, some in _by_register(source, keys):
            if not isinstance(register, CachedRegister):
                return False
            types = {each.claim_type for each in some.values()}.union(self.also)
            found = register.held(record_type, list(some), self._not_before(types, self._now()))
            if found is None:
                return False
            taken.append((register, some, *found))
        for register, some, records, times in taken:
            self._used(register).grow_to(times, cached=True)
            self._take(record_type, some, records, held=some.keys())
        return True

    def _join(self, record_type: type[Any], keys: Mapping[Any, Purpose]) -> Batch:
        """Put keys into the batch that leaves at the end of this turn of the loop, or once no others are to come."""
        batch = self._batches.get(record_type)
        if batch is None:
            batch = self._batches[record_type] = Batch()
            asyncio.get_running_loop().call_soon(self._send_or_hold, record_type)
        batch.keys.update(keys)
        return batch

    def _send_or_hold(self, record_type: type[Any]) -> None:
        if self._waits_no_more or not self._waiting.may_grow(record_type):
            self._send(record_type)
            return
        loop = asyncio.get_running_loop()
        self._held[record_type] = loop.call_later(LONGEST_SECONDS, self._send_everything)
        self._look_again()

    def _send_everything(self) -> None:
        """Whoever would name further keys is slow: from now on nothing of this request waits, or waits would add up."""
        self._waits_no_more = True
        for each in list(self._held):
            self._send(each)

    def _look_again(self) -> None:
        """See at the end of the next turn of the loop whether what is held back may leave."""
        if not self._looks_again:
            self._looks_again = True
            loop = asyncio.get_running_loop()
            # A field that asks two registers at once does so a turn after it was begun.
            loop.call_soon(loop.call_soon, self._send_what_grows_no_more)

    def _send_what_grows_no_more(self) -> None:
        self._looks_again = False
        ready = [each for each in self._held if not self._waiting.may_grow(each)]
        if not ready and self._waiting.is_only_for(self._held):
            ready = list(self._held)  # They wait for each other.
        for each in ready:
            self._send(each)

    def _send(self, record_type: type[Any]) -> None:
        timer = self._held.pop(record_type, None)
        if timer is not None:
            timer.cancel()
        if self._closed:
            return
        self._waiting.leave(record_type)
        fetching = self._fetch(record_type, self._batches.pop(record_type))
        # It stays there when it is done, since a batch is little and the reader does not live long.
        self._tasks.add(asyncio.get_running_loop().create_task(fetching))

    async def close(self) -> None:
        """Stop what is still on its way, and let go of what never left."""
        self._closed = True
        for timer in self._held.values():
            timer.cancel()
        self._held.clear()
        for task in list(self._tasks):
            task.cancel()

    async def _fetch(self, record_type: type[Any], batch: Batch) -> None:
        source = self._sources[record_type]
        parts = _by_register(source, batch.keys) if isinstance(source, _APART) else [(source, batch.keys)]
        calls = [self._ask(record_type, register, some, batch.once_more) for register, some in parts]
        if len(calls) == 1:
            await calls[0]
        else:
            await asyncio.gather(*calls)
        batch.end()

    async def _ask(
        self,
        record_type: type[Any],
        register: ReadingRegister | None,
        asked_for: Mapping[Any, Purpose],
        once_more: Sequence[tuple[Any, Purpose]] = (),
    ) -> None:
        if register is None:
            self._before.pop(record_type, None)
            self._answers[record_type].update(dict.fromkeys(asked_for, not_connected()))
            return
        now = self._now()
        # Who is asked apart for each claim type is asked for its age alone.
        also = () if isinstance(self._sources[record_type], ByPurpose) else self.also
        purposes: Collection[Purpose] = asked_for.values()
        if once_more:
            apart = isinstance(self._sources[record_type], _APART)
            purposes = [*purposes, *(why for key, why in once_more if not apart or key in asked_for)]
        context = self._context(purposes, also, self._looks_at.get(record_type), now)
        asked = now.timestamp()
        used = self._used(register)
        found: Mapping[Any, Any]
        try:
            found = await register.read(record_type, asked_for, context)
        except RegisterError as error:
            found = dict.fromkeys(asked_for, error)
        except Exception:  # noqa: BLE001 - whatever an adapter lets out is the register's broken answer, and its text is not shown
            found = dict.fromkeys(asked_for, Malformed(register.name, "the adapter failed"))
        held: Set[Any] = found.held if isinstance(found, Answer) else _NONE
        times = _times(found, asked_for, asked, context.as_of)
        if times is not None and times.as_of < context.not_before:
            if isinstance(register, ByPurpose) and register.fresher is not None:
                await self._ask(record_type, register.fresher, asked_for, once_more)
                return
            found = dict.fromkeys(asked_for, too_old(register.name))
        elif times is not None:
            used.grow_to(times, cached=bool(held))
        self._take(record_type, asked_for, found, held=held)

    def _take(self, record_type: type[Any], keys: Collection[Any], found: Mapping[Any, Any], held: Set[Any]) -> None:
        """Keep an answer. What was held may be older than the own copy: it protects, and never lifts a protection."""
        self._before.pop(record_type, None)
        known = self._answers[record_type]
        whole = len(found) == len(keys) and set(map(type, found.values())) == {record_type}
        if whole:
            known.update(found)
        else:
            for key in keys:
                answer = found.get(key)
                known[key] = said(answer) if isinstance(answer, RegisterError) else answer
        if record_type is NaturalPerson and whole and not held:
            self.people += found.values()
        elif record_type is NaturalPerson:
            self.people += [
                each
                for key, each in found.items()
                if type(each) is NaturalPerson and (not held or each.restricted or key not in held)
            ]

    def as_of(self, record_type: type[Any]) -> float:
        """Since when what its registers said may have been otherwise, in seconds since the epoch: the oldest of it."""
        used = [self.registers[name].times for name in names_of(self._sources[record_type]) if name in self.registers]
        return min((each.as_of for each in used if each is not None), default=0.0)

    def provenance(self) -> list[dict[str, Any]]:
        """Where the answer comes from, by register; see :meth:`Provenance.as_json`."""
        if not self.registers:
            return []
        return [told for name in sorted(self.registers) if (told := self.registers[name].as_json()) is not None]

    def _used(self, register: ReadingRegister) -> Provenance:
        used = self.registers.get(register.name)
        if used is None:
            used = self.registers[register.name] = Provenance(register.name, register.route)
        return used

    def _not_before(self, types: Iterable[ClaimTypeCode | None], now: datetime) -> float:
        """See ``CallContext``: what is asked for several claim types must be good enough for each."""
        least: timedelta | None = None
        for claim_type in types:
            age = None if claim_type is None else self._max_age(claim_type)
            if age is not None and (least is None or age < least):
                least = age
        return 0.0 if least is None else (now - least).timestamp()

    def _context(
        self,
        purposes: Collection[Purpose],
        also: Collection[ClaimTypeCode],
        wanted: frozenset[str] | None,
        now: datetime,
    ) -> CallContext:
        types: Collection[ClaimTypeCode | None]
        if len(purposes) == 1:
            [purpose] = purposes
            issues, types = {purpose.issue}, (purpose.claim_type,)
        else:
            issues = {purpose.issue for purpose in purposes}
            # A list's claims share the object, and to hash what it says calls Python for each.
            types = set({id(purpose.claim_type): purpose.claim_type for purpose in purposes}.values())
        issue = next(iter(issues)) if len(issues) == 1 else None
        claim_type = next(iter(types)) if len(types) == 1 else None
        return CallContext(
            request_id=self._request_id,
            issue=issue or self._request_id,
            user=self._party.person_code.digits,
            purpose=claim_type.text if claim_type is not None else "self" if issues == {None} else "several",
            represented_party=self._party.represented_number,
            deadline=self._deadline - _MARGIN_SECONDS,
            wanted=wanted,
            not_before=self._not_before((*types, *also), now),
            as_of=AsOf(),
        )


def names_of(source: Source) -> Iterable[str]:
    """The registers that a record type may come from."""
    if isinstance(source, ByPurpose):
        return [source.name] if source.fresher is None else [source.name, source.fresher.name]
    return [each.name for each in source.each] if isinstance(source, ByMunicipality) else [source.name]


def _by_register(
    source: Source, keys: Mapping[Any, Purpose]
) -> list[tuple[ReadingRegister | None, Mapping[Any, Purpose]]]:
    """Keys by the register that has their municipality's system; None: none is connected. Those of a register that is
    asked apart for each claim type, by claim type."""
    if isinstance(source, ByPurpose):
        apart: dict[ClaimTypeCode | None, dict[Any, Purpose]] = {}
        for key, purpose in keys.items():
            apart.setdefault(key.claim_type, {})[key] = purpose
        return [(source, some) for some in apart.values()]
    if not isinstance(source, ByMunicipality):
        return [(source, keys)]
    parts: dict[int, tuple[ReadingRegister | None, dict[Any, Purpose]]] = {}
    for key, purpose in keys.items():
        register = source.of(key.municipality)
        parts.setdefault(id(register), (register, {}))[1][key] = purpose
    return list(parts.values())


def _without(asked: dict[Any, Purpose], others: dict[Any, Any]) -> dict[Any, Purpose]:
    """Those asked for that are not among others. Sets take the keys' hashes from the dictionaries, and call nobody."""
    left = set(asked).difference(others)
    return asked if len(left) == len(asked) else {key: asked[key] for key in asked if key in left} if left else {}


_NONE: Set[Any] = frozenset()


def _times(found: Mapping[Any, Any], keys: Collection[Any], asked: float, as_of: AsOf | None) -> Times | None:
    """How old an answer is; None where it is all errors."""
    if isinstance(found, Answer):
        return found.times
    if len(found) == len(keys):
        for each in found.values():
            if not isinstance(each, RegisterError):
                break
        else:
            return None
    return Times.of_answer(asked, None if as_of is None else as_of.at)
