"""An operation run as it would be, with registers that stand in and writes that are undone, for ``explain``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from gateway.audit.record import AccessRecord, AccessSubject
from gateway.audit.search import Search, position_of
from gateway.audit.view import BadCursor
from gateway.claims.problems import Problem
from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.acting import Done, PartyAct
from gateway.desk.auditing import unknown_cursor
from gateway.desk.claims import ClaimDesk
from gateway.desk.door import OpenedDoor
from gateway.desk.mutations import NO_CLAIM_TYPE
from gateway.desk.records import RecordReader, Source
from gateway.desk.reference import ReferenceDesk
from gateway.desk.scope import House, Scope
from gateway.desk.session import Report, Session
from gateway.desk.stand_ins import Calls, stand_ins
from gateway.identity.party import Party
from gateway.plan import asking
from gateway.plan.compile import FieldPlan, Plan
from gateway.plan.inputs import Variables
from gateway.plan.judge import Judges
from gateway.plan.judgement import Judgement
from gateway.store.store import Store
from policies.kit.facts import Facts, Question, Verdict
from schema.graph import claim as graph
from schema.graph.explanation import Explanation
from schema.graph.paging import page_info
from schema.graph.transparency import AccessEntry, AccessEntryConnection, AccessEntryEdge, no_door
from schema.ports import FieldError
from schema.terms import AccessOutcome, ClaimAction, SubjectRole

Result = TypeVar("Result")


class _Undone(Exception):  # noqa: N818 - not an error: the way to hand a result over and keep nothing of its making
    def __init__(self, result: Any) -> None:
        super().__init__("undone")
        self.result = result


class UndoingStore:
    """The store for a rehearsal: nothing that is written stays, and what was written before is seen again.

    Args:
        store: the gateway's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: list[Callable[[Connection], Any]] = []
        self._once_filed = False
        """Something of it files what waits, each time that it is done again."""

    async def read(self, fn: Callable[[Connection], Result], *, one_statement: bool = False) -> Result:
        """As :meth:`Store.read`, after everything that this rehearsal wrote."""
        return await self._undone(fn) if self._written else await self._store.read(fn, one_statement=one_statement)

    async def read_aside(self, whose: Hashable, fn: Callable[[Connection], Result]) -> Result:
        """As :meth:`Store.read_aside`, after everything that this rehearsal wrote."""
        return await self._undone(fn) if self._written else await self._store.read_aside(whose, fn)

    async def write(self, fn: Callable[[Connection], Result], *, once_filed: bool = False) -> Result:
        """As :meth:`Store.write`, but undone."""
        self._once_filed = self._once_filed or once_filed
        result = await self._undone(fn)
        self._written.append(fn)
        return result

    async def _undone(self, fn: Callable[[Connection], Result]) -> Result:
        def job(connection: Connection) -> None:
            for before in self._written:
                before(connection)
            raise _Undone(fn(connection))

        try:
            await self._store.write(job, once_filed=self._once_filed)
        except _Undone as done:
            result: Result = done.result
            return result
        raise AssertionError("a rehearsal is always undone")


class _Scope(Scope, eq=False):
    """The scope of a rehearsal: it counts against the quota as the operation itself would."""

    counting: Scope | None = None

    async def shut(self) -> FieldError | None:
        assert self.counting is not None
        return await self.counting.shut()


@dataclass(slots=True)
class Act:
    """One mutation, rehearsed.

    Attributes:
        rules: that allowed it, or that refused it.
        record: what would stand in the log; None where no rule was asked.
        attempt: it was tried on what is not open to who asks.
    """

    field: FieldPlan | None
    problems: tuple[Problem, ...] = ()
    rules: tuple[str, ...] = ()
    record: AccessRecord | None = None
    attempt: tuple[ClaimSnapshot | None, ClaimAction, dict[str, str], AccessSubject | None] | None = None


@dataclass(slots=True)
class Opened:
    """Doors behind one field that leave the same open."""

    type_name: str
    judgement: Judgement
    count: int = 0


class RehearsedDesk(ClaimDesk):
    """The claims of a rehearsal: what mutations would come to is kept, answers are not read."""

    def __init__(self, scope: Scope, reference: ReferenceDesk) -> None:
        super().__init__(scope, reference)
        self.acts: list[Act] = []
        self.has_named_somebody = False
        """An auditor would look for the records about a person."""
        self._act = Act(None)

    async def _searched(
        self, search: Search, refusal: FieldError | None, wanted: int, after: str | None
    ) -> AccessEntryConnection:
        """Nothing is looked for, so nothing is recorded: one entry stands for all that there may be."""
        if refusal is not None:
            raise refusal
        if after is not None:
            try:
                position_of(after)
            except BadCursor:
                raise unknown_cursor() from None
        self.has_named_somebody |= search.person is not None
        edge = AccessEntryEdge(cursor="", node=_any_entry(self._scope))
        return AccessEntryConnection(edges=[edge], page_info=page_info([], after, has_next=False))

    async def _run(self, job: Callable[[Connection], Done]) -> Done:
        act = Act(asking.field.get())
        self.acts.append(act)

        def rehearse(connection: Connection) -> Done:
            self._act = act
            act.record, act.attempt = None, None
            return job(connection)

        done = await super()._run(rehearse)
        act.problems = done.problems
        return done

    def _record(
        self,
        connection: Connection,
        claim: ClaimSnapshot | None,
        action: ClaimAction,
        outcome: AccessOutcome,
        mutation: str,
        facts: Facts | None,
    ) -> AccessRecord:
        record = self._act.record = super()._record(connection, claim, action, outcome, mutation, facts)
        allowed = facts is not None and self._scope.policies.decide(facts, Question(action)).allowed
        # A permit did not refuse: what was wrong then is told by the problem.
        self._act.rules = () if allowed and outcome is AccessOutcome.DENIED else record.rules
        if facts is None:
            self._act.attempt = (claim, action, {mutation: f"Mutation.{mutation}"}, None)
        return record

    def _party_record(
        self, connection: Connection, asked: PartyAct, outcome: AccessOutcome, verdict: Verdict
    ) -> AccessRecord:
        record = self._act.record = super()._party_record(connection, asked, outcome, verdict)
        self._act.rules = () if verdict.allowed and outcome is AccessOutcome.DENIED else verdict.rules
        if asked.is_attempt:
            subject = asked.subjects[0] if asked.subjects else None
            self._act.attempt = (None, record.action, {asked.mutation: f"Mutation.{asked.mutation}"}, subject)
        return record

    def _write(self, connection: Connection, record: AccessRecord) -> None:
        super()._write(connection, record)
        act = self._act
        act.record = record
        if record.rules == NO_CLAIM_TYPE:  # A draft of nothing is about nobody.
            act.rules, act.record, act.attempt = record.rules, None, None
        elif act.attempt is not None and record.subjects:
            claim, action, asked, _ = act.attempt
            act.attempt = claim, action, asked, record.subjects[0]

    async def answers(self, claims: Sequence[graph.Claim]) -> list[Any]:
        return [None] * len(claims)

    async def applicants(self, claims: Sequence[graph.Claim]) -> list[Any]:
        """As for real, but protection shows in nothing: what is withheld is explained as what is not on record."""
        found = await super().applicants(claims)
        for each in found:
            if each.purpose is not None:
                each.purpose = msgspec.structs.replace(each.purpose, restricted=False)
        return found


class Rehearsal(Session):
    """One rehearsal: the request and the gate of a run that reaches no register and keeps nothing."""

    def __init__(
        self,
        scope: Scope,
        judges: Judges,
        records: RecordReader,
        raw_variables: dict[str, Any],
        report: Report,
        calls: Calls,
    ) -> None:
        super().__init__(scope, judges, records, raw_variables, report, _not_twice)
        self.calls = calls
        self.desk = self.claims = RehearsedDesk(scope, self.reference)
        self.top: Judgement = Judgement()
        self._doors: dict[int, dict[tuple[str, int], Opened]] = {}

    @property
    def scope(self) -> Scope:
        """What the rehearsal is made of; its log holds what would be written."""
        return self._scope

    @property
    def acts(self) -> list[Act]:
        """Mutations, in order."""
        return self.desk.acts

    def root(self, plan: Plan) -> OpenedDoor:
        door = super().root(plan)
        self.top = door.judgement
        return door

    def open(self, field: FieldPlan, value: Any, through: Any) -> Any:
        door = super().open(field, value, through)
        type_name = value.__strawberry_definition__.name
        doors = self._doors.setdefault(field.id, {})
        opened = doors.setdefault((type_name, id(door.judgement)), Opened(type_name, door.judgement))
        opened.count += 1
        return door

    def open_all(self, field: FieldPlan, values: Sequence[Any]) -> None:
        """One by one: they are counted."""

    def doors(self, field: FieldPlan) -> list[Opened]:
        """The doors that objects behind a field were."""
        return list(self._doors.get(field.id, {}).values())

    async def decided(self) -> None:
        """Nothing is written: nothing will be released."""

    async def finish(self) -> None:
        """Nothing is written: nothing was read."""


def rehearse(
    house: House,
    sources: Mapping[type[Any], Source],
    asker: Scope,
    plan: Plan,
    variables: Variables,
    raw_variables: Mapping[str, Any],
    report: Report,
    *,
    may_introspect: bool,
    deadline: float,
) -> Rehearsal:
    """A rehearsal for who asks to explain.

    Args:
        asker: the request that asks.
    """
    party: Party = asker.party
    counting = Scope.begin(house, party, asker.request_id, asker.policies)
    counting.log_is_down = asker.log_is_down
    undoing: Any = UndoingStore(house.store)
    rehearsed = replace(house, store=undoing, wake=_wake_nobody)
    begun = _Scope.begin(rehearsed, party, asker.request_id, asker.policies)
    assert isinstance(begun, _Scope)
    begun.log_is_down = asker.log_is_down
    begun.counting = counting
    calls = Calls()
    records = RecordReader(stand_ins(sources, calls), party, asker.request_id, deadline)
    judges = Judges(party, begun.policies, may_introspect, variables, plan)
    return Rehearsal(begun, judges, records, dict(raw_variables), report, calls)


def _any_entry(scope: Scope) -> AccessEntry:
    """An entry about somebody's claim: that is shown to no auditor."""
    return AccessEntry(
        at=scope.moment.now,
        who="",
        capacity=scope.party.capacity,
        action=ClaimAction.READ,
        claim_key=no_door(),
        claim_type_code=None,
        fields=[],
        outcome=AccessOutcome.PERMITTED,
        legal_basis=None,
        paths=[],
        subject_role=SubjectRole.APPLICANT,
        disclosed_at=scope.moment.now,
        policy_version="",
        claim_id=None,
        subject_hash=None,
        rules=[],
    )


async def _not_twice(operation: str, variables: Any, operation_name: str | None) -> Explanation:
    raise AssertionError("an explanation is not explained")


def _wake_nobody() -> None:
    """No message is waiting."""
