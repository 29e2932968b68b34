"""A register as the gateway meets it: an adapter behind batches, a guard, a second try of reads, checked answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Never

from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.dagr import ROUTE, ListsPermissions, Told
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.guard import Guard, Tell, clean
from adapters.kit.health import Health
from adapters.kit.manifest import Manifest
from adapters.kit.ports import (
    OWNER_STATUSES,
    Announces,
    CallContext,
    Changes,
    Follows,
    Notices,
    OutgoingClaim,
    Partitioned,
    ProtectionNotice,
    Reads,
    Receipt,
    Receives,
    ReportsChanges,
    RepresentationNotice,
    StatusChange,
)
from adapters.kit.together import together
from schema.notices import NoticeKind
from schema.terms import AtvkCode, CircuitState, GovernmentLevel, Resident

_ATTEMPTS = 2
_PAUSE_SECONDS = (0.05, 0.2)
_LONGEST_CHANGE_ID, _LONGEST_REFERENCE, _LONGEST_TOKEN = 100, 200, 500
"""Characters; see ``adapters.kit.ports``."""

_NOTICES: dict[NoticeKind, type[Any]] = {
    NoticeKind.PROTECTION: ProtectionNotice,
    NoticeKind.REPRESENTATION: RepresentationNotice,
}

Answer = Mapping[Any, Any]
"""``{key: record | RegisterError}``; a key that the register does not know is not in it."""


class ConnectedRegister:
    """One adapter with its connection.

    Args:
        adapter: implements ``Reads``, ``Receives`` or both, and may be ``Partitioned`` and ``ReportsChanges``.
        tell: is told of each answer, or record of one, that breaks the contract, and of each refusal.
    """

    def __init__(
        self, manifest: Manifest, adapter: object, connection: Connection, clock: Clock, tell: Tell | None = None
    ) -> None:
        self.manifest = manifest
        self.name = manifest.name
        managed = "DIRECT" if connection.exchange_number is None else "API_MANAGER"
        own = managed if connection.xroad is None else "X_ROAD"
        self.route = own if manifest.dagr is None else ROUTE
        """By what way it is reached, as answers tell it."""
        self.connection = connection
        """Where it is."""
        self._clock = clock
        self._successors: Mapping[str, AtvkCode] = connection.successors
        # Asking a protocol at run time costs as much as half a call, so each is asked once.
        self._reads = adapter if isinstance(adapter, Reads) else None
        self._receives = adapter if isinstance(adapter, Receives) else None
        self._follows = adapter if isinstance(adapter, Follows) else None
        self._partitioned = adapter if isinstance(adapter, Partitioned) else None
        self._by_municipality = self._partitioned is not None and manifest.level is GovernmentLevel.MUNICIPAL
        address = connection.host_of if self._by_municipality else None
        self._guard = Guard(manifest.name, connection, clock, address, tell)
        self._reports = adapter if isinstance(adapter, ReportsChanges) else None
        self._announces = adapter if isinstance(adapter, Announces) else None
        self._permissions = adapter if isinstance(adapter, ListsPermissions) else None

    @property
    def reports_changes(self) -> bool:
        """It can be asked what became of claims."""
        return self._reports is not None and bool(self.manifest.receives)

    @property
    def is_partitioned(self) -> bool:
        """It is many servers, one for each municipality."""
        return self._partitioned is not None

    @property
    def successors(self) -> Mapping[str, AtvkCode]:
        """Codes of municipalities that are no more, each with the one whose server is reached in its place."""
        return self._successors

    @property
    def by_municipality(self) -> bool:
        """Its addresses are municipalities', so that it holds what it holds for some of them alone."""
        return self._by_municipality

    def read(self, record_type: type[Any], keys: Iterable[Any], context: CallContext) -> Coroutine[Any, Any, Answer]:
        """Read one record type of many subjects.

        Keys that stand twice are asked for once. Each chunk of the manifest's batch size is one call; one that fails
        gives its error for its own keys and leaves the others alone.

        Returns:
            ``{key: record | RegisterError}``; a key that the register does not know is not in it. No ``RegisterError``
            is raised.

        Raises:
            LookupError: the manifest has no such record type.
        """
        adapter = self._reads
        if adapter is None or record_type.__name__ not in self.manifest.reads:
            raise LookupError(f"{self.name} does not read {record_type.__name__}")
        asked = list(dict.fromkeys(keys))
        if self._successors and self._partitioned is not None:
            for key in asked:
                if isinstance(key, Resident) and key.municipality.digits in self._successors:
                    return self._read_today(record_type, asked, context)
        chunks = self._chunks(asked, self.manifest.reads[record_type.__name__].batch_size)
        if len(chunks) == 1:  # No task of its own for the only one.
            [(place, chunk)] = chunks
            return self._chunk(adapter, record_type, place, chunk, context)
        return _whole([self._chunk(adapter, record_type, place, chunk, context) for place, chunk in chunks])

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """Hand a message over, once: nothing is tried again here. Raises: see ``Receives.deliver``."""
        adapter, claim = self._receiver(), self._today(claim)
        return await self._guard.run(
            "deliver",
            self._server(claim),
            context,
            lambda inner: adapter.deliver(claim, message_id, inner),
            self._receipt,
        )

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """Hand over a message about a claim that the owner has, once. Raises: see ``Follows.follow``."""
        adapter, claim = self._follows, self._today(claim)
        if adapter is None:
            raise Rejected(self.name, "the owner's system takes no such messages; please tell the owner directly")
        return await self._guard.run(
            "deliver",
            self._server(claim),
            context,
            lambda inner: adapter.follow(kind, reference, claim, message_id, inner),
            self._receipt,
        )

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """Ask whether a message arrived. None: it certainly did not. Raises: ``RegisterError``."""
        adapter, claim = self._receiver(), self._today(claim)
        return await self._guard.run(
            "find", self._server(claim), context, lambda inner: adapter.find(message_id, claim, inner)
        )

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """Ask what became of claims, once: nothing is tried again here. Raises: see ``ReportsChanges.changes``."""
        adapter = self._reports
        if adapter is None:
            raise LookupError(f"{self.name} tells of no changes")
        place = None if place is None else self._successors.get(place.digits, place)
        server = None if place is None else self._reached(place.digits)
        return await self._guard.run(
            "changes", server, context, lambda inner: adapter.changes(place, since, inner), self._whole_changes
        )

    def _whole_changes(self, found: Changes) -> Changes:
        if any(each.word is None and each.status not in OWNER_STATUSES for each in found.changes):
            raise Malformed(self.name, "a change to a status that no owner gives")
        if not all(_is_whole(each) for each in found.changes) or len(found.token or "") > _LONGEST_TOKEN:
            raise Malformed(self.name, "a change without its name, case number or time, or one of them is too long")
        return found

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """Ask what changed of what it announces, once: nothing is tried again here. Raises: see ``Announces``."""
        adapter = self._announces
        if adapter is None or self.manifest.announces is None:
            raise LookupError(f"{self.name} announces nothing")
        checked = partial(self._whole_notices, _NOTICES[self.manifest.announces.kind])
        return await self._guard.run("notices", None, context, lambda inner: adapter.notices(since, inner), checked)

    def _whole_notices(self, wanted: type[Any], found: Notices) -> Notices:
        if not isinstance(found, Notices) or not all(isinstance(each, wanted) for each in found.notices):
            raise Malformed(self.name, "the answer has another kind of notice")
        if not 0 < len(found.token) <= _LONGEST_TOKEN:
            raise Malformed(self.name, "the token of the notices is none that can be kept")
        return found

    async def permissions(self, context: CallContext) -> Sequence[Told]:
        """Ask for our permissions, once: nothing is tried again here. Raises: see ``ListsPermissions``."""
        adapter = self._permissions
        if adapter is None:
            raise LookupError(f"{self.name} has no permissions")
        return await self._guard.run("permissions", None, context, adapter.permissions)

    def _receipt(self, found: object) -> Receipt:
        if not isinstance(found, Receipt):
            raise Malformed(self.name, "the answer is no receipt")
        return found

    def health(self) -> Health:
        """How the register has been doing."""
        return self._guard.health()

    def _receiver(self) -> Receives:
        if self._receives is None or not self.manifest.receives:
            raise LookupError(f"{self.name} receives no claims")
        return self._receives

    def _today(self, subject: Any) -> Any:
        """A record's key, or a claim, of the municipality that took over; itself where its own is still there."""
        if not self._successors or not isinstance(subject, Resident | OutgoingClaim) or subject.municipality is None:
            return subject
        successor = self._successors.get(subject.municipality.digits)
        return subject if successor is None else replace(subject, municipality=successor)

    async def _read_today(self, record_type: type[Any], asked: list[Any], context: CallContext) -> Answer:
        moved = {key: self._today(key) for key in asked}
        found = await self.read(record_type, moved.values(), context)
        return {key: found[other] for key, other in moved.items() if other in found}

    def _server(self, claim: OutgoingClaim) -> Hashable:
        """Where a claim's owner is. Raises: Unavailable where there is no address any more: nothing was sent."""
        return None if self._partitioned is None else self._reached(self._partitioned.partition(claim))

    def _reached(self, place: str) -> str:
        if self._by_municipality and place and not self.connection.reaches(place):
            self._not_reached()
        return place

    def _not_reached(self, *_: object) -> Never:
        raise Unavailable(self.name, "no address of this municipality's system is set", sent=False)

    def _chunks(self, asked: list[Any], size: int) -> list[tuple[str | None, list[Any]]]:
        """Keys with their server, at most ``size`` of one server each."""
        places: dict[str | None, list[Any]] = {}
        if self._partitioned is None:
            if 0 < len(asked) <= size:
                return [(None, asked)]
            places[None] = asked
        else:
            partition = self._partitioned.partition
            for key in asked:
                places.setdefault(partition(key), []).append(key)
        return [(place, some[at : at + size]) for place, some in places.items() for at in range(0, len(some), size)]

    async def _chunk(
        self, adapter: Reads, record_type: type[Any], place: str | None, asked: list[Any], context: CallContext
    ) -> Answer:
        operation = record_type.__name__
        flaws: list[Malformed | Rejected] = []
        checked = partial(self._checked, record_type, asked, flaws)
        reached = not (self._by_municipality and place) or self.connection.reaches(place)
        for attempt in range(1, _ATTEMPTS + 1):
            call = partial(adapter.read, record_type, [*asked]) if reached else self._not_reached
            try:
                return await self._guard.run(operation, place, context, call, checked, flaws)
            except RegisterError as error:
                failure = error
            pause = _pause(failure)
            if attempt == _ATTEMPTS or pause is None or not self._again(operation, place, context, pause):
                break
            await asyncio.sleep(pause)
        return dict.fromkeys(asked, failure)

    def _again(self, operation: str, place: Hashable, context: CallContext, pause: float) -> bool:
        closed = self._guard.circuit(operation, place) is CircuitState.CLOSED
        return closed and self._clock.monotonic() + pause < context.deadline

    def _checked(
        self, record_type: type[Any], asked: list[Any], flaws: list[Malformed | Rejected], found: Answer
    ) -> Answer:
        # Nearly always the keys that were given come back, and whether they are the same costs no comparison.
        if not ({*map(id, found)} <= {*map(id, asked)} or found.keys() <= {*asked}):
            raise Malformed(self.name, "the answer has a subject that was not asked for")
        answer = dict(found)
        if {*map(type, answer.values())} <= {record_type}:
            return answer
        for key, value in found.items():
            if isinstance(value, RegisterError):
                answer[key] = clean(value)
                if isinstance(value, Malformed | Rejected):
                    flaws.append(value)
            elif not isinstance(value, record_type):
                raise Malformed(self.name, "the answer has another type of record")
        return answer


async def _whole(chunks: Sequence[Coroutine[Any, Any, Answer]]) -> Answer:
    whole: dict[Any, Any] = {}
    for answer in await together(chunks):
        whole.update(answer)
    return whole


def _is_whole(change: StatusChange) -> bool:
    named = 0 < len(change.change_id) <= _LONGEST_CHANGE_ID and 0 < len(change.reference) <= _LONGEST_REFERENCE
    return named and (change.word is None or change.status is None) and change.changed_at.tzinfo is not None


def _pause(error: RegisterError) -> float | None:
    """Seconds until a read may be tried again; None where that makes no sense."""
    if not isinstance(error, Unavailable):
        return None
    if error.stale:
        return 0.0
    low, high = _PAUSE_SECONDS
    jitter = low + (high - low) * secrets.randbelow(1000) / 1000
    return max(jitter, error.retry_after or 0.0)
