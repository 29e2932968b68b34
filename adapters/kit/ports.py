"""What an adapter offers. Small protocols; an adapter has one or more, and no method that it does not mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import msgspec

from schema.terms import AtvkCode, ClaimStatus, ClaimTypeCode, PersonCode, RegistrationNumber

OWNER_STATUSES = frozenset(
    {ClaimStatus.IN_REVIEW, ClaimStatus.INFORMATION_REQUESTED, ClaimStatus.GRANTED, ClaimStatus.REFUSED}
)
"""What an owner's system can say of a claim that it has."""


class AsOf:
    """Since when the data of one read may have been otherwise, where its register is a copy and says how old."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at: datetime | None = None

    def told(self, at: datetime) -> None:
        """An answer is of this moment (UTC); the oldest of several counts."""
        self.at = at if self.at is None else min(self.at, at)


class CallContext(msgspec.Struct, frozen=True):
    """On whose behalf and why a register is called: what travels in its headers, so that its own log ties to ours."""

    request_id: str
    issue: str
    """The claim's id where one claim is behind the call, else the request's id (X-Road ``issue``)."""
    user: str
    """The acting person or machine (X-Road ``userId``)."""
    purpose: str
    """Claim type code, or ``self`` where a person reads their own data."""
    represented_party: RegistrationNumber | None
    """The third party on whose behalf the person acts (X-Road ``representedParty``)."""
    deadline: float
    """``time.monotonic()`` at which the answer is worth nothing any more."""
    wanted: frozenset[str] | None = None
    """Attributes of the record that will be looked at; None: all. The others may be ``schema.records.not_read``."""
    not_before: float = 0.0
    """Seconds since the epoch; data that is older is of no use."""
    as_of: AsOf | None = None
    """Where an adapter tells how old its register's data is; None: nobody listens."""


@dataclass(frozen=True, slots=True)
class OutgoingClaim:
    """A claim, or a message about one, as its owner receives it."""

    claim_id: str
    claim_type: ClaimTypeCode
    municipality: AtvkCode | None
    applicant: PersonCode | RegistrationNumber
    answers: Mapping[str, Any]
    submitted_at: datetime
    """UTC: of the claim; of a message about one, when the answers were added or the claim was withdrawn."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The owner has the message."""

    reference: str
    """The owner's own case number."""


@runtime_checkable
class Reads(Protocol):
    """A register that can be asked."""

    async def read(self, record_type: type[Any], subjects: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """Read one record type of many subjects: batch first.

        Args:
            record_type: a record class of ``schema.records`` that the manifest declares.
            subjects: its keys; at most as many as the manifest's batch size.

        Returns:
            ``{subject: record}``, keyed as asked. A subject that the register does not know is not in it. Where one
            subject's record alone is broken, and it is certain whose it is, its value is the :class:`RegisterError`
            and the others stand. A record of somebody who was not asked for breaks the whole call.

        Raises:
            RegisterError: for the whole call.
        """
        ...


@runtime_checkable
class Partitioned(Protocol):
    """A register that is many servers: calls never mix them, and each has its own circuit and its own bulkhead."""

    def partition(self, subject: Any) -> str:
        """The server, e.g. a municipality's code, of a record's key or of an :class:`OutgoingClaim`."""
        ...


@runtime_checkable
class Receives(Protocol):
    """An owner's system that takes claims."""

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        """Hand the message over; the same ``message_id`` always means the same message.

        Raises:
            Unavailable: with ``sent=False`` only where it certainly did not arrive; else it is in doubt.
            Rejected: the owner refuses the message for good.
            Malformed: it answered something else than its contract says; it is in doubt.
        """
        ...

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        """Ask whether the message arrived. None: it certainly did not."""
        ...


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of one case, as the owner's system tells it."""

    change_id: str
    """The owner's own name of this change, the same whenever it is told again: at most 100 characters. Where the owner
    has none, the adapter makes one out of what does not change: case number, status, time."""
    reference: str
    """The owner's case number, as in :class:`Receipt`."""
    status: ClaimStatus | None
    """One of :data:`OWNER_STATUSES`; None: a word that the owner's contract does not have. It changes nothing and waits
    for people, while the changes beside it count."""
    changed_at: datetime
    """When it changed there, UTC: of two changes of one case the later counts, in whichever order they are told."""
    note: str | None = None
    """For the applicant: the reason of a decision, what information is asked for."""
    claim_id: str | None = None
    """The claim's id, where the owner's system keeps it (:attr:`OutgoingClaim.claim_id`): then a change counts even if
    the receipt with the case number never arrived."""
    word: str | None = None
    """The owner's own word, where ``status`` is None; whatever it wrote there."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One batch of changes, and where the next one begins."""

    changes: Sequence[StatusChange]
    """In the owner's order. They may have been told before, and may be of cases that are not the gateway's."""
    token: str | None
    """Since-token to ask with next time, at most 500 characters; opaque. None: the owner gave none, ask as before."""
    more: bool = False
    """There is another batch now."""


@runtime_checkable
class ReportsChanges(Protocol):
    """An owner's system that can be asked what became of the claims it has.

    The gateway asks in the background, every few seconds, only while claims are open there; a sandbox counts these
    calls under ``background``.
    """

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        """Everything that changed since a token: one bounded batch.

        Args:
            place: whose cases, where the register is :class:`Partitioned`: one municipality's. None: it is one server.
            since: the last :attr:`Changes.token`; None: from the beginning, or as far back as the owner can tell.

        Raises:
            Malformed: one change is not what the contract says, in more than a status that it does not have. The token
                then stays, and nothing is lost.
            RegisterError: for the whole call.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProtectionNotice:
    """The population register restricts, or no longer restricts, a person's data."""

    person: PersonCode
    restricted: bool


@dataclass(frozen=True, slots=True)
class RepresentationNotice:
    """The enterprise register lists, or no longer lists, a person as an officer who may represent alone."""

    person: PersonCode
    entity: RegistrationNumber
    alone: bool


@dataclass(frozen=True, slots=True)
class Notices:
    """One batch of notices, and where the next one begins."""

    notices: Sequence[ProtectionNotice | RepresentationNotice]
    """In the register's order: of two about one person the later counts. They may have been told before."""
    token: str
    """Since-token to ask with next time, 1 to 500 characters; opaque."""
    more: bool = False
    """There is another batch now; without one the register has told everything up to this call."""


@runtime_checkable
class Announces(Protocol):
    """A register that tells of changes by which the gateway decides without asking it.

    The gateway asks in the background, whether or not anybody else does; a sandbox counts these calls under
    ``background``.
    """

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """Everything that changed since a token: one bounded batch.

        Args:
            since: the last :attr:`Notices.token`; None: from the beginning, so that everybody whom the register
                restricts, or lists, is told.

        Raises:
            RegisterError: for the whole call. The token then stays, and nothing is lost.
        """
        ...


@runtime_checkable
class Follows(Protocol):
    """An owner's system that also takes messages about a claim that it has."""

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """Hand over added answers or a withdrawal; ``find`` finds these messages too.

        Args:
            kind: ``ANSWERS``, where ``claim.answers`` are the new ones alone, or ``WITHDRAWAL``, where there are none.
            reference: the owner's case number; None where the gateway does not know it.

        Raises:
            RegisterError: as ``Receives.deliver``.
        """
        ...
