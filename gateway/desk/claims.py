"""Claims, mandates and access records of the own store, as the viewer may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import Connection

from gateway.audit.view import BadCursor, entries_of
from gateway.claims import lists
from gateway.claims.outbox import deliveries_of
from gateway.claims.snapshot import ClaimSnapshot, answers_of, events_of, load
from gateway.desk.door import OpenClaim
from gateway.desk.facts import PRESENCE_COUNTS, facts_of
from gateway.desk.log import asked_below
from gateway.desk.mandates import MandateDesk
from gateway.desk.mutations import Mutations
from gateway.plan import asking
from gateway.plan.judge import READ_CLAIM, READ_STATUS
from policies.kit.facts import Facts
from schema.graph import claim as graph
from schema.graph.inputs import ClaimFilter
from schema.graph.legal_entity import LegalEntity
from schema.graph.organisations import ThirdParty
from schema.graph.paging import PageInfo, checked_first, page
from schema.graph.person import Person
from schema.graph.transparency import AccessEntry, AccessEntryConnection, AccessEntryEdge, no_door
from schema.ports import FieldError
from schema.terms import (
    Capacity,
    ClaimAction,
    ErrorCode,
    PersonCode,
    SubjectRole,
)


class ClaimDesk(MandateDesk, Mutations):
    """The Claims port of one request."""

    # ------------------------------------------------------------ claims

    async def claims(self, ids: Sequence[str]) -> list[Any]:
        """The claims behind ids; what may not be seen answers as what does not exist."""
        shut = await self._scope.shut()
        if shut is not None:
            return [shut] * len(ids)

        def read(connection: Connection) -> dict[str, OpenClaim]:
            found = load(connection, list(ids))
            return {each.snapshot.id: each for each in self._stand(connection, list(found.values()))}

        found = await self._scope.house.store.read(read)
        plan = asking.field.get()
        answers: list[Any] = []
        for claim_id in ids:
            opened = found.get(claim_id)
            if opened is not None and self._scope.policies.decide(opened.facts, READ_STATUS).allowed:
                answers.append(self.shown(opened))
                continue
            snapshot = opened.snapshot if opened is not None else None
            self._scope.log.attempt(snapshot, ClaimAction.READ, asked_below(plan, "Claim"))
            answers.append(no_door())
        return answers

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
        selection = _selection(filter)

        def read(connection: Connection) -> list[OpenClaim]:
            return self._stand(connection, self._candidates(connection, selection, applicant))

        candidates = await self._scope.house.store.read(read)
        verdicts = {
            id(facts): self._reads(facts) for facts in {id(each.facts): each.facts for each in candidates}.values()
        }
        whole = [each for each in candidates if verdicts[id(each.facts)] == (True, True)]
        in_part = [each for each in candidates if verdicts[id(each.facts)] == (True, False)]
        # Of what may be read in part, no filter, order or count may tell more than that part.
        by_status = [] if selection.others() else in_part
        ordered = sorted(
            [(_newest_first(each.snapshot), each) for each in whole]
            + [(f"closed {each.snapshot.id}", each) for each in by_status],
            key=lambda each: each[0],
        )
        chosen, info = page(ordered, lambda each: each[0], wanted, after)
        edges = [(cursor, each) for cursor, (_, each) in chosen]
        return graph.ClaimConnection(
            edges=[graph.ClaimEdge(cursor=cursor, node=self.shown(each)) for cursor, each in edges],
            page_info=info,
            total_count=len(ordered),
        )

    def _reads(self, facts: Facts) -> tuple[bool, bool]:
        """Whether id, type and status may be read, and whether the rest may."""
        decide = self._scope.policies.decide
        return decide(facts, READ_STATUS).allowed, decide(facts, READ_CLAIM).allowed

    def _candidates(
        self, connection: Connection, selection: lists.Selection, applicant: str | None
    ) -> list[ClaimSnapshot]:
        party = self._scope.party
        if applicant is not None or party.capacity is Capacity.CITIZEN:
            return lists.of_applicant(connection, applicant or party.subject, selection)
        if party.capacity in (Capacity.MANDATE_HOLDER, Capacity.LEGAL_REPRESENTATIVE):
            return [] if party.acting_for is None else lists.of_applicant(connection, party.acting_for, selection)
        if party.organisation is None:
            return []
        if party.capacity is Capacity.CLERK:
            return lists.of_centre(connection, party.organisation, selection)
        if party.capacity is Capacity.THIRD_PARTY_WORKER:
            return lists.of_third_party(connection, party.organisation, self._scope.moment.today, selection)
        if party.capacity is Capacity.OWNER_OFFICER:
            return lists.of_owner(connection, party.organisation, selection)
        return []

    def shown(self, opened: OpenClaim) -> graph.Claim:
        """The claim as the graph shows it; the door decides which of it."""
        snapshot = opened.snapshot
        presence = None
        if snapshot.presence is not None:
            recorded_at = snapshot.presence.recorded_at
            presence = graph.Presence(
                method=snapshot.presence.method, recorded_at=recorded_at, valid_until=recorded_at + PRESENCE_COUNTS
            )
        return graph.Claim(
            id=strawberry.ID(snapshot.id),
            type_code=snapshot.type,
            municipality_code=snapshot.municipality,
            centre_id=snapshot.centre,
            snapshot=opened,
            status=snapshot.status,
            channel=snapshot.channel,
            presence=presence,
            created_at=snapshot.created_at,
            submitted_at=snapshot.submitted_at,
            owner_reference=snapshot.owner_reference,
        )

    async def answers(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """Answers to each claim's form."""
        ids = [str(each.id) for each in claims]
        found = await self._scope.house.store.read(lambda connection: answers_of(connection, ids))
        return [found.get(each) for each in ids]

    async def applicants(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """Who asks: a person or a legal entity, seen under the claim's purpose."""
        found: list[Any] = []
        for each in claims:
            opened: OpenClaim = each.snapshot
            purpose = opened.purpose(self._scope.party)
            code = opened.snapshot.applicant_code
            if isinstance(code, PersonCode):
                found.append(Person(code=code, purpose=purpose, subject=opened.snapshot.applicant))
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
            [graph.ClaimEvent(at=event.at, status=event.status, by=event.by, note=event.note) for event in events[each]]
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
        try:
            found = await self._scope.house.store.read(lambda c: entries_of(c, subject, wanted, after, now))
        except BadCursor:
            raise FieldError(ErrorCode.VARIABLES, "This cursor is not one that this list gave.") from None
        edges = [AccessEntryEdge(cursor=entry.cursor, node=_entry(entry)) for entry in found.entries]
        return AccessEntryConnection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=found.has_next,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
        )


def _entry(entry: Any) -> AccessEntry:
    is_others = entry.role is SubjectRole.CO_SUBJECT
    return AccessEntry(
        at=entry.at,
        who=entry.who,
        capacity=entry.capacity,
        action=entry.action,
        claim_key=no_door() if is_others else entry.claim,
        claim_type_code=entry.claim_type,
        fields=list(entry.coordinates),
        outcome=entry.outcome,
        legal_basis=entry.legal_basis,
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


def _newest_first(snapshot: ClaimSnapshot) -> str:
    return f"{_END_OF_TIME - round(snapshot.created_at.timestamp() * 1_000_000):017d} {snapshot.id}"


def _selection(filter: ClaimFilter | None) -> lists.Selection:
    if filter is None:
        return lists.Selection()
    return lists.Selection(
        types=filter.types,
        statuses=filter.statuses,
        municipality=filter.municipality,
        submitted_from=filter.submitted_from,
        submitted_to=filter.submitted_to,
    )
