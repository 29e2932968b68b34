"""Who turns up for the first time: the population register is asked once which personal codes are theirs.

People exchange their codes. Somebody who comes with one that the gateway never met may be known to it by another, and
claims, mandates and the log stand under that one; decisions go by the own store, so this is asked before they fall, and
recorded before it is asked. A register that does not answer stops nobody: who came is taken for somebody new, and it is
asked again next time. What is explained asks nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from msgspec import structs
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.audit.record import AccessRecord, AccessSubject, RecordPlace, append
from gateway.desk.log import who_to
from gateway.desk.people import StoredPeople
from gateway.desk.records import RecordReader, Source, names_of
from gateway.desk.represented import SURE
from gateway.desk.scope import House
from gateway.identity.party import Party
from gateway.plan import asking
from gateway.plan.compile import Plan
from gateway.store.errors import StoreUnavailable
from gateway.store.subjects import (
    ask_later,
    find_people,
    lift_restriction,
    person_subject,
    record_codes,
    restricted_of,
    set_restricted,
)
from schema.ports import FieldError, Purpose
from schema.records.natural_person import NaturalPerson
from schema.terms import (
    AccessOutcome,
    AssuranceLevel,
    Capacity,
    ClaimAction,
    ClaimTypeCode,
    ErrorCode,
    PersonCode,
    SubjectRole,
)

PATIENCE_SECONDS = 2.0
"""How long a request waits for it at most; the answer is taken in when it comes."""
ASKS_AGAIN = timedelta(days=1)
"""A register that does not know a code today may know it then: copies of it are up to a day old."""
IS_BROKEN_FOR = timedelta(minutes=1)
"""A record that breaks the contract does so the next moment, too, and would count as an outage of the register."""
_CALL_SECONDS = 10.0
_MARGIN_SECONDS = 0.5
"""So much of a request is left for what it asks itself."""
RULE = "whose-code-it-is"
_READ = ("formerPersonCodes", "personCode", "restricted")
_COORDINATES = tuple(f"Person.{each}" for each in _READ)
_LOOKS_AT = MappingProxyType({NaturalPerson: frozenset({"person_code", "former_person_codes", "restricted"})})
_ABOUT_NOBODY = frozenset(
    f"Query.{each}"
    for each in (
        "__typename",
        "__schema",
        "__type",
        "_service",
        "explain",
        "claimType",
        "claimTypes",
        "serviceOwners",
        "municipality",
        "municipalities",
        "customerServiceCentres",
        "thirdParty",
        "thirdParties",
        "legalEntity",
        "registers",
    )
)
"""Root fields that answer everybody the same, and ``explain``, which calls no register."""
_SELF = Purpose(issue=None, claim_type=None, municipality=None, withholds=False)


@dataclass(frozen=True, slots=True)
class _Asking:
    """A code that is to be asked about, on whose behalf."""

    code: PersonCode
    party: Party
    request_id: str
    claim_type: ClaimTypeCode | None = None


class Introductions:
    """Learns which codes are one person's, before anything is decided by them.

    Args:
        sources: what answers a record type.
        report: told of request id, place and failure where something unforeseen happens.
    """

    def __init__(
        self,
        house: House,
        sources: Mapping[type[Any], Source],
        report: Callable[[str, str, BaseException], None],
    ) -> None:
        self._house = house
        self._sources = sources
        self._report = report
        self._people = StoredPeople(house.store, house.clock)
        self._under_way: dict[PersonCode, asyncio.Task[None]] = {}
        """Who comes twice at once is asked about once."""

    async def party(self, party: Party, request_id: str, plan: Plan | None, deadline: float) -> Party:
        """The party as known once the register was asked whose its unasked codes are.

        Args:
            plan: what is asked for; where it is about nobody, nothing is asked. None: it is about somebody.
            deadline: ``time.monotonic()``, of the request.
        """
        if not _is_sure(party) or (plan is not None and _is_about_nobody(plan)):
            return party
        grantor = party.unasked_grantor
        codes = [*([party.person_code] if party.unasked else ()), *(() if grantor is None else (grantor,))]
        await self._ask([_Asking(code, party, request_id) for code in codes], deadline)
        try:
            met = await self._people.person_of(party.person_code)
            behind = party.acting_for if grantor is None else (await self._people.person_of(grantor)).subject
        except StoreUnavailable:
            return party
        return structs.replace(
            party, subject=met.subject, person_code=met.code, acting_for=behind, unasked=False, unasked_grantor=None
        )

    async def applicant(
        self, party: Party, request_id: str, deadline: float, code: PersonCode, claim_type: ClaimTypeCode
    ) -> None:
        """Learn whose a code is for whom a claim is about to be prepared, once that was decided."""
        await self._ask([_Asking(code, party, request_id, claim_type)], deadline)

    async def _ask(self, wanted: Sequence[_Asking], deadline: float) -> None:
        if NaturalPerson not in self._sources:
            return
        tasks = [self._task(each) for each in wanted]
        patience = min(PATIENCE_SECONDS, deadline - time.monotonic() - _MARGIN_SECONDS)
        if patience > 0:
            # Whoever waits no longer stops nothing: the next request has the answer.
            await asyncio.wait(tasks, timeout=patience)

    def _task(self, wanted: _Asking) -> asyncio.Task[None]:
        task = self._under_way.get(wanted.code)
        if task is None:
            task = self._under_way[wanted.code] = asyncio.ensure_future(self._introduce(wanted))
            task.add_done_callback(lambda _: self._under_way.pop(wanted.code, None))
        return task

    async def _introduce(self, wanted: _Asking) -> None:
        asking.field.set(None)  # No field of an operation waits for others here.
        try:
            place = await self._house.store.write(lambda c: self._recorded(c, wanted, AccessOutcome.PERMITTED))
            found, as_of = await self._read(wanted)
            merges = isinstance(found, NaturalPerson) and may_merge([found])
            await self._house.store.write(lambda c: self._taken_in(c, wanted, found, as_of, place), once_filed=merges)
        except (StoreUnavailable, SQLAlchemyError):
            return  # What cannot be recorded is not read, and what is not kept is asked for again.
        except Exception as failure:  # noqa: BLE001 - nobody is turned away for a slip in here
            self._report(wanted.request_id, "introduction", failure)

    async def _read(self, wanted: _Asking) -> tuple[NaturalPerson | FieldError | None, float]:
        """What the register itself says, since what is held may be older than an exchange; and as of when."""
        deadline = time.monotonic() + _CALL_SECONDS
        reader = RecordReader(
            self._sources, wanted.party, wanted.request_id, deadline, _LOOKS_AT, now=self._house.clock
        )
        try:
            (found,) = await reader.read_now(NaturalPerson, [wanted.code], [_purpose(wanted)])
        finally:
            await reader.close()
        told: NaturalPerson | FieldError | None = found
        return told, reader.as_of(NaturalPerson)

    def _taken_in(
        self,
        connection: Connection,
        wanted: _Asking,
        found: NaturalPerson | FieldError | None,
        as_of: float,
        place: RecordPlace,
    ) -> None:
        now = self._house.clock()
        if isinstance(found, FieldError):
            self._recorded(connection, wanted, AccessOutcome.FAILED, place)
            if found.code is ErrorCode.REGISTER_CONTRACT_BROKEN:
                ask_later(connection, wanted.code, now + IS_BROKEN_FOR)
        elif found is None:
            ask_later(connection, wanted.code, now + ASKS_AGAIN)
        else:
            take_in(connection, [found], now, as_of)

    def _recorded(
        self, connection: Connection, wanted: _Asking, outcome: AccessOutcome, amends: RecordPlace | None = None
    ) -> RecordPlace:
        """Write that somebody's codes are read, on whose behalf; or that they were not given after all."""
        party, now, policies = wanted.party, self._house.clock(), self._house.policies
        subject = person_subject(connection, wanted.code, now)
        is_own = subject == party.subject
        subjects = (AccessSubject(subject, SubjectRole.SELF if is_own else SubjectRole.APPLICANT),)
        module = None if wanted.claim_type is None else policies.claim_types.get(wanted.claim_type)
        record = AccessRecord(
            at=now,
            request_id=wanted.request_id,
            capacity=party.capacity,
            organisation=party.organisation,
            by_subject=party.subject,
            who=who_to(party, self._house.who(party), None, subjects),
            claim=None,
            claim_type=wanted.claim_type,
            action=ClaimAction.READ,
            outcome=outcome,
            coordinates=_COORDINATES,
            paths=_READ,
            rules=(RULE,),
            policy_version=policies.version if module is None else module.policy_version,
            legal_basis=None if module is None else str(module.legal_basis),
            registers=tuple(names_of(self._sources[NaturalPerson])),
            subjects=subjects,
            amends=amends,
        )
        return append(connection, [record])[0]


def take_in(connection: Connection, people: Iterable[NaturalPerson], now: datetime, as_of: float) -> None:
    """Copy what the population register says of codes and protection: decisions go by the own store. Whom the gateway
    never met and of whom there is nothing to know stays unknown. Only inside a write.

    Args:
        as_of: since when it may be otherwise, in seconds since the epoch. A protection that the gateway was told of
            since then stays: the notice of it comes once.
    """
    for each in people:
        known = find_people(connection, [each.person_code, *each.former_person_codes])
        if not known and not each.restricted and not each.former_person_codes:
            continue
        subject = record_codes(connection, each.person_code, each.former_person_codes, now)
        if not each.restricted:
            lift_restriction(connection, subject, datetime.fromtimestamp(as_of, UTC))
        elif subject not in restricted_of(connection, [subject]):
            set_restricted(connection, subject, True, now)


def may_merge(people: Iterable[NaturalPerson]) -> bool:
    """Whether to take them in may put two people's logs together, for which all that waits is filed."""
    return any(each.former_person_codes for each in people)


def _is_sure(party: Party) -> bool:
    """Whether any door may open to the party; to whom none does, nothing is read."""
    if party.capacity in (Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE):
        return party.assurance in SURE
    return party.assurance is not AssuranceLevel.LOW


def _is_about_nobody(plan: Plan) -> bool:
    return all(each.coordinate in _ABOUT_NOBODY for each in plan.root.fields)


def _purpose(wanted: _Asking) -> Purpose:
    if wanted.claim_type is not None:
        return structs.replace(_SELF, claim_type=wanted.claim_type)
    own = wanted.code == wanted.party.person_code
    # Not "self" in the register's log either, where it is another.
    return _SELF if own else structs.replace(_SELF, issue=wanted.request_id)
