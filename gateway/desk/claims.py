"""Claims, mandates and access records of the own store, as the viewer may see them."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection

from gateway.audit.view import BadCursor, Page, entries_of
from gateway.audit.who import as_read, as_read_by_subject
from gateway.claims import lists, notes
from gateway.claims.outbox import deliveries_of
from gateway.claims.snapshot import ClaimSnapshot, answers_of, events_of, load
from gateway.desk.auditing import AuditDesk, unknown_cursor
from gateway.desk.door import OpenClaim
from gateway.desk.facts import STAND_BY_THEMSELVES, facts_of
from gateway.desk.listed import Listing
from gateway.desk.log import asked_below
from gateway.desk.mandates import MandateDesk
from gateway.desk.mutations import Mutations
from gateway.desk.scope import Scope, log_unavailable
from gateway.desk.shown import Edge, StoredClaim
from gateway.desk.thirdparties import ThirdPartyDesk
from gateway.long_turns import LONG, own_turn
from gateway.plan import asking
from gateway.plan.compile import FieldPlan
from gateway.store.errors import StoreUnavailable
from policies.kit.facts import READ_CLAIM, READ_STATUS
from schema.cursors import cursor_of
from schema.graph import claim as graph
from schema.graph.inputs import ClaimFilter
from schema.graph.legal_entity import LegalEntity
from schema.graph.organisations import ThirdParty
from schema.graph.paging import checked_first, key_of, page, page_info
from schema.graph.person import Person
from schema.graph.transparency import AccessEntry, AccessEntryConnection, AccessEntryEdge, no_door
from schema.ports import FieldError, Purpose
from schema.terms import (
    Capacity,
    ClaimAction,
    PersonCode,
    SubjectRole,
)

_LIST = "claims"
"""Name of all lists of claims in their cursors: a place is good for each that is ordered alike."""
_LONG_PAGE = 200
"""Claims of a page that takes so long that others have their turn before and after it is read."""


class ClaimDesk(MandateDesk, ThirdPartyDesk, AuditDesk, Mutations):
    """The Claims port of one request."""

    # ------------------------------------------------------------ claims

    async def claims(self, ids: Sequence[str]) -> list[Any]:
        """The claims behind ids; what may not be seen answers as what does not exist."""
        shut = await self._scope.shut()
        if shut is not None:
            return [shut] * len(ids)

        plan = asking.field.get()
        found = await self._found(ids)
        if len(ids) > LONG:
            await own_turn()
        asked: dict[str, str] | None = None
        refused: FieldError | None = None
        answers: list[Any] = []
        for claim_id in ids:
            opened = found.get(claim_id)
            if opened is not None and self._scope.policies.decide(opened.facts, READ_STATUS).allowed:
                answers.append(self.shown(opened))
                continue
            snapshot = opened.snapshot if opened is not None else None
            facts = opened.facts if opened is not None else None
            asked = asked_below(plan, "Claim") if asked is None else asked
            self._scope.log.attempt(snapshot, ClaimAction.READ, asked, facts=facts)
            refused = refused or no_door()
            answers.append(refused)
        return answers

    async def may_read(self, claim_id: str) -> bool:
        """Whether the claim exists and may be read; nothing is recorded, and nothing may be released by it."""
        opened = (await self._found([claim_id])).get(claim_id)
        return opened is not None and self._scope.policies.decide(opened.facts, READ_STATUS).allowed

    async def _found(self, ids: Sequence[str]) -> dict[str, OpenClaim]:
        def read(connection: Connection) -> dict[str, OpenClaim]:
            found = load(connection, list(ids))
            return {each.snapshot.id: each for each in self._stand(connection, list(found.values()))}

        alone = len(ids) == 1 and self._scope.party.capacity in STAND_BY_THEMSELVES
        return await self._scope.house.store.read(read, one_statement=alone)

    def _stand(self, connection: Connection, snapshots: Sequence[ClaimSnapshot]) -> list[OpenClaim]:
        scope = self._scope
        facts = facts_of(connection, scope.party, snapshots, scope.policies, scope.moment)
        return [OpenClaim(each, known) for each, known in zip(snapshots, facts, strict=True)]

    async def page(
        self, filter: ClaimFilter | None, first: int | None, after: str | None, applicant: str | None
    ) -> graph.ClaimConnection:
        """One page of the claims that the viewer may see."""
        shut = await self._scope.shut()
        if shut is not None:
            raise shut
        wanted = checked_first(first, 20)
        if wanted > _LONG_PAGE:
            await asyncio.sleep(0)
        capacity = self._scope.party.capacity
        asked = _Asked.of(asking.field.get())
        listing = Listing(asking.field.get(), filter, capacity)
        selection = _selection(filter, brief=not asked.seldom and capacity not in _STAND_BY_SELDOM)
        if asked.length or capacity is Capacity.THIRD_PARTY_WORKER:
            return await self._whole_list(selection, wanted, after, applicant, listing)
        return await self._one_page(selection, wanted, after, applicant, listing, with_cursor=asked.cursor)

    async def _whole_list(
        self, selection: lists.Selection, wanted: int, after: str | None, applicant: str | None, listing: Listing
    ) -> graph.ClaimConnection:
        """A page of a list that has to be known whole: it is counted, or some of it is readable in part only."""
        if after is not None:
            _checked(key_of(_LIST, after), in_part=self._scope.party.capacity is Capacity.THIRD_PARTY_WORKER)
        candidates = await self._scope.house.store.read(
            lambda c: self._stand(c, self._candidates(c, selection, applicant, None))
        )
        read = self._read_of(candidates)
        whole = [each for each in candidates if read[id(each.facts)] == (True, True)]
        in_part = [each for each in candidates if read[id(each.facts)] == (True, False)]
        # Of what may be read in part, no filter, order or count may tell more than that part.
        by_status = [] if selection.others() else in_part
        ordered = sorted(
            [(_newest_first(each.snapshot), each) for each in whole]
            + [(f"{_CLOSED}{each.snapshot.id}", each) for each in by_status],
            key=lambda each: each[0],
        )
        chosen, info = page(_LIST, ordered, lambda each: each[0], wanted, after)
        if listing.tells:
            claims, begin = [each for _, each in ordered], 0 if after is None else _place_behind(ordered, after)
            told = listing.told_of(claims[begin : begin + len(chosen)], claims[begin + len(chosen) :], claims)
            listing.record(self._scope.log, self._scope.policies, told)
        edges: list[Any] = [Edge(cursor, self.shown(each)) for cursor, (_, each) in chosen]
        return graph.ClaimConnection(edges=edges, page_info=info, total_count=len(ordered))

    async def _one_page(
        self,
        selection: lists.Selection,
        wanted: int,
        after: str | None,
        applicant: str | None,
        listing: Listing,
        *,
        with_cursor: bool,
    ) -> graph.ClaimConnection:
        """A page that nobody counts: no more of the list is loaded than it takes."""
        position = None if after is None else _position(key_of(_LIST, after))
        found: list[OpenClaim] = []
        while len(found) <= wanted:
            part = lists.Part(wanted + 1 - len(found), position)
            candidates = await self._scope.house.store.read(partial(self._part, selection, applicant, part))
            read = self._read_of(candidates)
            found += [each for each in candidates if read[id(each.facts)][0]]
            if len(candidates) < part.most:
                break
            position = (candidates[-1].snapshot.created_microseconds, candidates[-1].snapshot.id)
        chosen = found[:wanted]
        if listing.tells:
            listing.record(self._scope.log, self._scope.policies, listing.told_of(chosen, found[wanted:]))
        shown = self.shown
        edges: list[Any] = [
            Edge(cursor_of(_LIST, _newest_first(each.snapshot)) if with_cursor else "", shown(each)) for each in chosen
        ]
        ends = [cursor_of(_LIST, _newest_first(each.snapshot)) for each in (*chosen[:1], *chosen[-1:])]
        info = page_info(ends, after, has_next=len(found) > wanted)
        if wanted > _LONG_PAGE:
            await asyncio.sleep(0)
        return graph.ClaimConnection(edges=edges, page_info=info, total_count=len(found))

    def _part(
        self, selection: lists.Selection, applicant: str | None, part: lists.Part, connection: Connection
    ) -> list[OpenClaim]:
        return self._stand(connection, self._candidates(connection, selection, applicant, part))

    def _read_of(self, claims: Sequence[OpenClaim]) -> dict[int, tuple[bool, bool]]:
        """For each position, by identity of its facts: is id, type and status readable, and is the rest."""
        decide = self._scope.policies.decide
        return {
            identity: (decide(facts, READ_STATUS).allowed, decide(facts, READ_CLAIM).allowed)
            for identity, facts in {id(each.facts): each.facts for each in claims}.items()
        }

    def _candidates(
        self, connection: Connection, selection: lists.Selection, applicant: str | None, part: lists.Part | None
    ) -> list[ClaimSnapshot]:
        party = self._scope.party
        if applicant is not None or party.capacity is Capacity.CITIZEN:
            return lists.of_applicant(connection, applicant or party.subject, selection, part)
        if party.capacity in (Capacity.MANDATE_HOLDER, Capacity.LEGAL_REPRESENTATIVE):
            grantor = party.acting_for
            return [] if grantor is None else lists.of_applicant(connection, grantor, selection, part)
        if party.organisation is None:
            return []
        if party.capacity is Capacity.CLERK:
            return lists.of_centre(connection, party.organisation, selection, part)
        if party.capacity is Capacity.THIRD_PARTY_WORKER:
            return lists.of_third_party(connection, party.organisation, self._scope.moment.today, selection)
        if party.capacity is Capacity.OWNER_OFFICER:
            owner, *taken_over = self._scope.moment.succession.owners_of(party.organisation)
            return lists.of_owner(connection, owner, selection, part, taken_over)
        return []

    def shown(self, opened: OpenClaim) -> graph.Claim:
        """The claim as the graph shows it; the door decides which of it."""
        return StoredClaim(opened)

    async def answers(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """Answers to each claim's form."""
        ids = [str(each.id) for each in claims]
        found = await self._scope.house.store.read(lambda connection: answers_of(connection, ids))
        return [found.get(each) for each in ids]

    async def applicants(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """Who asks: a person or a legal entity, seen under the claim's purpose."""
        found: list[Any] = []
        alike: dict[tuple[int, bool], Purpose] = {}
        for each in claims:
            opened: OpenClaim = each.snapshot
            claim, code = opened.snapshot, opened.snapshot.applicant_code
            is_person = type(code) is PersonCode
            # Claims in one position differ in nothing else than what they are.
            known = alike.get((id(opened.facts), is_person))
            if known is None:
                known = alike[id(opened.facts), is_person] = opened.purpose(self._scope.party)
            purpose = Purpose(claim.id, claim.type, claim.municipality, known.withholds, known.restricted)
            if isinstance(code, PersonCode):
                found.append(Person(code=code, purpose=purpose, subject=claim.applicant))
            else:
                found.append(LegalEntity(registration_number=code, purpose=purpose))
        return found

    async def deliveries(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """How each claim gets to its owner; None for one that never went."""
        ids = [str(each.id) for each in claims]
        states = await self._scope.house.store.read(lambda connection: deliveries_of(connection, ids))
        return [
            None
            if (state := states.get(claim_id)) is None
            else graph.Delivery(
                attempts=state.attempts,
                last_attempt_at=state.last_attempt_at,
                next_attempt_at=state.next_attempt_at,
                last_error=state.last_error,
                strategy=state.strategy,
            )
            for claim_id in ids
        ]

    async def histories(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """The life of each claim so far."""
        ids = [str(each.id) for each in claims]
        events = await self._scope.house.store.read(lambda connection: events_of(connection, ids))
        return [
            [
                graph.ClaimEvent(
                    at=event.at,
                    status=event.status,
                    by=None if event.by is None else as_read(event.by),
                    note=None if event.note is None else notes.as_read(event.note),
                )
                for event in events[each]
            ]
            for each in ids
        ]

    async def assignees(self, claims: Sequence[graph.Claim]) -> list[list[ThirdParty]]:
        """The third parties let to each claim."""
        wanted = list({party for each in claims for party in each.snapshot.snapshot.assigned_to})
        known = dict(zip(wanted, await self._reference.third_parties(wanted), strict=True))
        return [[known[party] for party in each.snapshot.snapshot.assigned_to] for each in claims]

    # ------------------------------------------------------------ access log

    async def access_log(self, subject: str, first: int | None, after: str | None) -> AccessEntryConnection:
        """One page of a subject's log."""
        wanted = checked_first(first, 50)
        now = self._scope.moment.now
        return await log_page(self._scope, lambda c: entries_of(c, subject, wanted, after, now), after)


async def log_page(scope: Scope, read: Callable[[Connection], Page], after: str | None) -> AccessEntryConnection:
    """One page of a log, as the graph shows it.

    Args:
        read: the page, inside a write.

    Raises:
        FieldError: LOG_UNAVAILABLE, or VARIABLES where the cursor is none.
    """
    try:
        found = await scope.house.store.write(read, once_filed=True)
    except StoreUnavailable:
        raise log_unavailable() from None
    except BadCursor:
        raise unknown_cursor() from None
    edges = [AccessEntryEdge(cursor=each.cursor, node=_entry(each, scope)) for each in found.entries]
    return AccessEntryConnection(
        edges=edges, page_info=page_info([each.cursor for each in edges], after, has_next=found.has_next)
    )


def _entry(entry: Any, scope: Scope) -> AccessEntry:
    return AccessEntry(
        at=entry.at,
        who=as_read_by_subject(entry.who),
        capacity=entry.capacity,
        action=entry.action,
        claim_key=no_door() if entry.role is SubjectRole.CO_SUBJECT else entry.claim,
        claim_type_code=entry.claim_type,
        fields=list(entry.coordinates),
        outcome=entry.outcome,
        legal_basis=scope.basis(entry.claim_type, entry.legal_basis),
        paths=list(entry.paths),
        subject_role=entry.role,
        disclosed_at=entry.disclosed_at,
        policy_version=entry.policy_version,
        claim_id=None,
        subject_hash=None,
        rules=None,
    )


_END_OF_TIME = 10**16
"""Microseconds; cursors sort ascending, and the newest claim comes first."""
_CLOSED = "closed "
"""Before the id in a key of what is readable in part only: no such key tells a time, and all come last."""


def _newest_first(snapshot: ClaimSnapshot) -> str:
    return f"{_END_OF_TIME - snapshot.created_microseconds:017d} {snapshot.id}"


class _Asked(NamedTuple):
    """What of a page has to be made or read for those alone who ask for it."""

    length: bool = True
    """How long the whole list is: all of it is read then."""
    cursor: bool = True
    """To make one costs as much as to load a claim."""
    seldom: bool = True
    """What :attr:`gateway.claims.lists.Selection.brief` leaves out."""

    @classmethod
    def of(cls, plan: FieldPlan | None) -> Self:
        """Of the field that the page is."""
        if plan is None:
            return cls()
        page = plan.objects["ClaimConnection"].fields
        edge = [each for edges in page if edges.name == "edges" for each in edges.objects["ClaimEdge"].fields]
        return cls(
            any(each.name == "totalCount" for each in page),
            any(each.name == "cursor" for each in edge),
            any(each.name in _SELDOM for node in edge if node.name == "node" for each in node.objects["Claim"].fields),
        )


_SELDOM = frozenset({"assignedTo", "centre", "ownerReference", "presence"})
_STAND_BY_SELDOM = (Capacity.CLERK, Capacity.THIRD_PARTY_WORKER)
"""Capacities whose standing depends on what a brief selection leaves out: centre, presence, who is assigned
(:mod:`gateway.desk.facts`)."""


def _position(key: str) -> tuple[int, str]:
    """The claim that a key of :func:`_newest_first` is of. Raises: FieldError(VARIABLES)."""
    newest_first, _, claim_id = key.partition(" ")
    if len(newest_first) != 17 or not (newest_first.isascii() and newest_first.isdecimal()) or not claim_id:
        raise unknown_cursor()
    return _END_OF_TIME - int(newest_first), claim_id


def _place_behind(ordered: Sequence[tuple[str, Any]], after: str) -> int:
    return bisect_right(ordered, key_of(_LIST, after), key=lambda each: each[0])


def _checked(key: str, *, in_part: bool) -> None:
    """Check that a list may have a key. Raises: FieldError(VARIABLES).

    Args:
        in_part: some of it may be readable in part only.
    """
    if not (in_part and key.startswith(_CLOSED) and key != _CLOSED):
        _position(key)


def _selection(filter: ClaimFilter | None, *, brief: bool) -> lists.Selection:
    if filter is None:
        return lists.Selection(brief=brief)
    return lists.Selection(
        types=filter.types,
        statuses=filter.statuses,
        municipality=filter.municipality,
        submitted_from=filter.submitted_from,
        submitted_to=filter.submitted_to,
        brief=brief,
    )
