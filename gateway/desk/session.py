"""One run of one plan, wired to the rest of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.desk.claims import ClaimDesk
from gateway.desk.door import OpenClaim, OpenedDoor
from gateway.desk.guardian import GuardianDesk
from gateway.desk.introductions import Introductions, may_merge, take_in
from gateway.desk.log import Lines, asked_below
from gateway.desk.permissions import permissions_of
from gateway.desk.records import RecordReader, Source, names_of
from gateway.desk.reference import ClaimTypeDesk, ReferenceDesk, RegisterDesk
from gateway.desk.represented import SURE, not_sure_enough, represented
from gateway.desk.scope import House, Scope, log_unavailable
from gateway.identity.party import Party
from gateway.plan import asking
from gateway.plan.compile import FieldPlan, Plan, looks_at
from gateway.plan.gate import LogDown
from gateway.plan.inputs import Variables
from gateway.plan.judge import Judges
from gateway.plan.judgement import refusal
from gateway.store.errors import StoreUnavailable
from gateway.store.filing import append_rows
from gateway.store.subjects import (
    find_people,
    merged,
    person_subjects,
    protection_of,
    subjects_of,
)
from schema.graph.claim import Claim
from schema.graph.explanation import Explanation
from schema.graph.legal_entity import LegalEntity
from schema.graph.person import Person
from schema.graph.viewer import Permission, Viewer
from schema.ports import FieldError, Purpose
from schema.records.natural_person import NaturalPerson
from schema.terms import Capacity, ClaimAction, ClaimTypeCode
from schema.text import Text

_AUDITORS, _FOR_AUDITORS = "Query.accessRecords", ("auditors-read-log",)
Report = Callable[[str, str, BaseException], None]
"""Request id, place, failure."""


class Explains(Protocol):
    """Answers ``explain`` (``gateway.desk.explaining.Explaining``)."""

    async def explain(
        self, asker: Scope, deadline: float, operation: str, variables: Any, operation_name: str | None
    ) -> Explanation: ...


Explain = Callable[[str, Any, str | None], Awaitable[Explanation]]


class Sessions:
    """Makes sessions from what outlives a request.

    Args:
        sources: what answers a record type.
        may_introspect: capacities that may ask for the schema.
        report: writes an unexpected failure to the service's log.
        explaining: answers ``explain``.
    """

    def __init__(
        self,
        house: House,
        sources: Mapping[type[Any], Source],
        may_introspect: frozenset[Capacity],
        report: Report,
        explaining: Explains,
    ) -> None:
        self._explaining = explaining
        self._house = house
        self._sources = sources
        self._may_introspect = may_introspect
        self._report = report
        self._introductions = Introductions(house, sources, report)

    async def introduced(self, party: Party, request_id: str, plan: Plan | None, deadline: float) -> Party:
        """See ``gateway.plan.execute.Sessions``."""
        return await self._introductions.party(party, request_id, plan, deadline)

    def open(
        self,
        party: Party,
        request_id: str,
        plan: Plan,
        variables: Variables,
        raw_variables: Mapping[str, Any],
        deadline: float,
        log_is_down: bool,
    ) -> Session:
        """A session that begins now."""
        scope = Scope.begin(self._house, party, request_id)
        scope.log_is_down = log_is_down
        scope.introduce = partial(self._introductions.applicant, party, request_id, deadline)
        judges = Judges(party, scope.policies, party.capacity in self._may_introspect, variables, plan)
        records = RecordReader(
            self._sources,
            party,
            request_id,
            deadline,
            looks_at(plan),
            scope.policies.max_ages.get,
            self._house.clock,
        )
        explain = partial(self._explaining.explain, scope, deadline)
        return Session(scope, judges, records, dict(raw_variables), self._report, explain, self._reads)

    def _reads(self, plan: Plan) -> Mapping[str, frozenset[str]]:
        """Coordinate -> names of the registers that are asked for it, of all that a plan asks."""
        if plan.registers is None:
            plan.registers = {
                each.coordinate: frozenset(
                    name for one in each.relation.reads if one in self._sources for name in names_of(self._sources[one])
                )
                for each in plan.root.walk()
                if each.relation is not None and each.relation.reads
            }
        return plan.registers

    async def may_read(self, party: Party, claim_id: str) -> bool:
        """See ``gateway.plan.execute.Sessions``. Raises: StoreUnavailable."""
        scope = Scope.begin(self._house, party, "")
        desk = ClaimDesk(scope, ReferenceDesk(scope))
        return await desk.may_read(claim_id)


class Session:
    """The Request port, and the runner's gate."""

    def __init__(
        self,
        scope: Scope,
        judges: Judges,
        records: RecordReader,
        raw_variables: dict[str, Any],
        report: Report,
        explain: Explain,
        reads: Callable[[Plan], Mapping[str, frozenset[str]]] = lambda plan: {},
    ) -> None:
        self._scope = scope
        self._judges = judges
        self._report = report
        self._explain = explain
        self._refused: dict[str, str] = {}
        """Path -> coordinate of what is refused at the root and recorded: attempts on the log."""
        self._reads = reads
        self.records = records
        self.reference = ReferenceDesk(scope)
        self.claims = ClaimDesk(scope, self.reference)
        self.raw_variables = raw_variables

    @property
    def claim_types(self) -> ClaimTypeDesk:
        """See :class:`schema.ports.Request`."""
        return ClaimTypeDesk(self._scope)

    @property
    def registers(self) -> RegisterDesk:
        """See :class:`schema.ports.Request`."""
        return RegisterDesk(self._scope)

    @property
    def guardians(self) -> GuardianDesk:
        """See :class:`schema.ports.Request`."""
        return GuardianDesk(self._scope, self.records)

    @property
    def has_mutated(self) -> bool:
        return self._scope.mutated

    @property
    def provenance(self) -> list[dict[str, Any]]:
        """See ``gateway.plan.execute.Session``."""
        return self.records.provenance()

    # ------------------------------------------------------------ the gate

    def root(self, plan: Plan) -> OpenedDoor:
        """The root of the operation."""
        judgement = self._judges.root(plan)
        if judgement.denied_fields:
            self._refused = {path: each for path, each in judgement.denied_fields.items() if each == _AUDITORS}
        self._scope.log.reads = self._reads(plan)
        return OpenedDoor(judgement)

    def open(self, field: FieldPlan, value: Any, through: Any) -> Any:
        """The door that an object behind a field is."""
        if isinstance(value, Claim):
            opened: OpenClaim = value.snapshot
            snapshot = opened.snapshot
            judgement = self._judges.claim(field.objects["Claim"], opened.facts, snapshot.applicant_kind)
            return OpenedDoor(judgement, self._scope.log.of_claim(snapshot, judgement))
        if isinstance(value, Person):
            below = field.objects["Person"]
            if field.coordinate == "Query.me":
                judgement = self._judges.me(below)
                return OpenedDoor(judgement, self._scope.log.of_self(value.subject, judgement))
            if value.as_typed:
                return OpenedDoor(self._judges.holder(below))
            if value.subject == self._scope.party.subject:
                judgement = self._judges.acting_for(below)
                return OpenedDoor(judgement, self._scope.log.of_self(value.subject, judgement))
            acting_for = field.coordinate == "Viewer.actingFor"
            judgement = self._judges.acting_for(below) if acting_for else self._judges.grantor(below)
            return OpenedDoor(judgement, self._scope.log.of_person(value.subject, judgement))
        if isinstance(value, LegalEntity) and value.log_of:
            judgement = self._judges.represented(field.objects["LegalEntity"], value.log_shut)
            return OpenedDoor(judgement, self._scope.log.of_self(value.log_of, judgement))
        return OpenedDoor(self._judges.open_data(field.objects[value.__strawberry_definition__.name]))

    def open_all(self, field: FieldPlan, values: Sequence[Any]) -> Sequence[OpenedDoor] | None:
        """See :class:`gateway.plan.gate.Gate`: claims of a list, most of which stand alike."""
        if field.objects.keys() != {"Claim"}:
            return None
        below, judge, draft_of = field.objects["Claim"], self._judges.claim, self._scope.log.of_claim
        facts = kind = judgement = None
        doors = []
        for value in values:
            opened: OpenClaim = value.snapshot
            claim = opened.snapshot
            if judgement is None or opened.facts is not facts or claim.applicant_kind is not kind:
                facts, kind = opened.facts, claim.applicant_kind
                judgement = judge(below, facts, kind)
            doors.append(OpenedDoor(judgement, draft_of(claim, judgement)))
        return doors

    async def decided(self) -> None:
        """Write what was decided before any register is asked."""
        log, store = self._scope.log, self._scope.house.store
        if self._scope.policies.ages_differ:
            self.records.also = frozenset(each.claim.type for each in log.drafts if each.claim is not None)
        if self._refused:
            log.attempt(None, ClaimAction.READ, self._refused, rules=_FOR_AUDITORS)
            self._refused = {}
        if log.is_empty or self._scope.log_is_down:
            return
        try:
            lines = log.decided(self._scope.moment.now, self._scope.house.who(self._scope.party))
            lines.written(await store.append(lines.rows))
        except (StoreUnavailable, SQLAlchemyError):
            raise log_unavailable() from None

    async def finish(self) -> None:
        """Write what only the registers told, before anything leaves."""
        if self._scope.log_is_down:
            return
        log, records, now = self._scope.log, self.records, self._scope.moment.now
        copied = log.protection if records.people else {}
        people = [
            each
            for each in records.people
            if copied.get(each.person_code.digits) is not each.restricted or each.former_person_codes
        ]
        try:
            learns = bool(people) and await self._scope.house.store.read(lambda c: _has_news(c, people))
        except StoreUnavailable:
            raise LogDown from None
        if not log.has_more and not learns:
            return

        asked = tuple(records.registers)  # What is still about to be asked will not be.
        as_of = records.as_of(NaturalPerson) if learns else 0.0

        def told(connection: Connection, known: Mapping[str, str]) -> Lines:
            return log.told(now, who, asked, known, merged(connection, log.subjects))

        def learn_and_tell(connection: Connection) -> None:
            if learns:
                take_in(connection, people, now, as_of)
            lines = told(connection, person_subjects(connection, log.codes, now))
            if lines.rows.rows:
                lines.written(append_rows(connection, lines.rows))

        def told_of_known(connection: Connection) -> Lines | None:
            codes = log.codes
            known = subjects_of(connection, codes)
            return told(connection, known) if len(known) == len(codes) else None

        store = self._scope.house.store
        try:
            who = self._scope.house.who(self._scope.party)
            # Who turns out to be another meanwhile is filed as that one.
            lines = None if learns else await store.read(told_of_known)
            if lines is None:
                await store.write(learn_and_tell, once_filed=may_merge(people))
            elif lines.rows.rows:
                lines.written(await store.append(lines.rows))
        except (StoreUnavailable, SQLAlchemyError):
            raise LogDown from None

    async def close(self) -> None:
        """Let go of what is still on its way."""
        await self.records.close()

    # ------------------------------------------------------------ the request

    def report(self, where: str, failure: BaseException) -> None:
        """Write an unexpected failure to the service's log."""
        self._report(self._scope.request_id, where, failure)

    def today(self) -> date:
        """Today in Rīga."""
        return self._scope.moment.today

    async def both(self, one: Awaitable[Any], other: Awaitable[Any]) -> tuple[Any, Any]:
        """Wait for two answers that need not wait for each other."""
        both = asyncio.gather(one, other)
        try:
            return await both
        finally:
            both.cancel()  # Where nobody waits any more, neither goes on.

    def month_before(self, months: int) -> str:
        """The month so many months before today's in Rīga."""
        today = self._scope.moment.today
        year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
        return f"{year:04}-{month + 1:02}"

    @property
    def viewer(self) -> Viewer:
        """Who is asking."""
        party = self._scope.party
        return Viewer(capacity=party.capacity, display_name=party.display_name, assurance=party.assurance)

    @property
    def me(self) -> Person | FieldError:
        """The citizen of the token, or why there is none."""
        party = self._scope.party
        if self._scope.log_is_down:
            return log_unavailable()
        if party.capacity is not Capacity.CITIZEN:
            self._scope.log.attempt_on_self(asked_below(asking.field.get(), "Person"), "no-door")
            return refusal(
                Text("Only a citizen's own token reads `me`.", "`me` nolasa tikai ar paša iedzīvotāja talonu."),
                "no-door",
                Text(
                    "Ask through a claim, or with a citizen's token.",
                    "Jautājiet caur iesniegumu vai ar iedzīvotāja talonu.",
                ),
            )
        if party.assurance not in SURE:
            self._scope.log.attempt_on_self(asked_below(asking.field.get(), "Person"), "assurance-too-low")
            return not_sure_enough()
        purpose = Purpose(issue=None, claim_type=None, municipality=None, withholds=False)
        return Person(code=party.person_code, purpose=purpose, subject=party.subject)

    async def permissions(self, claim_type: ClaimTypeCode | None) -> list[Permission]:
        """What the policies allow the viewer now, and under which conditions."""
        return await permissions_of(self._scope, claim_type)

    async def explain(self, operation: str, variables: Any, operation_name: str | None) -> Explanation:
        """What running an operation would do."""
        return await self._explain(operation, variables, operation_name)

    async def own_organisation(self) -> Any:
        """The organisation that the token names."""
        party = self._scope.party
        if party.organisation is None:
            return None
        look_up: dict[Capacity, Any] = {
            Capacity.CLERK: self.reference.centres,
            Capacity.THIRD_PARTY_WORKER: self.reference.third_parties,
            Capacity.OWNER_OFFICER: self.reference.owners,
        }
        found = look_up.get(party.capacity)
        return None if found is None else (await found([party.organisation]))[0]

    async def acting_for(self) -> Any:
        """The person or legal entity that the token acts for."""
        party = self._scope.party
        if party.acting_for is None:
            return None
        shut = await self._scope.shut()
        if shut is not None:
            return shut
        if party.capacity is Capacity.LEGAL_REPRESENTATIVE:
            moment = self._scope.moment
            return await self._scope.house.store.read(lambda c: represented(c, party, moment))
        mandates = await self.claims.usable_mandates()
        if not mandates:
            return refusal(
                Text("No mandate of this grantor is in force.", "Šā pilnvarotāja pilnvara nav spēkā."),
                "no-door",
                Text("Ask the grantor for a mandate.", "Lūdziet pilnvarotājam pilnvaru."),
            )
        return mandates[0].grantor_party

    async def node(self, id: str) -> Any:
        """The third party, mandate or claim of that id."""
        third_party = (await self.reference.third_parties([id]))[0]
        if third_party is not None:
            return third_party
        if await self._scope.shut() is None:
            mandate = await self.claims.mandate(id)
            if mandate is not None:
                return mandate
        return (await self.claims.claims([id]))[0]


def _has_news(connection: Connection, people: Sequence[NaturalPerson]) -> bool:
    """Whether the population register says something of codes or protection that the own copy does not have."""
    copied = protection_of(connection, [each.person_code for each in people])
    if any(copied.get(each.person_code, False) is not each.restricted for each in people):
        return True
    changed = [each for each in people if each.former_person_codes]
    if not changed:
        return False
    codes = [code for each in changed for code in (each.person_code, *each.former_person_codes)]
    known = find_people(connection, codes)
    return any(
        known.get(code) is None or known.get(code) != known.get(each.person_code)
        for each in changed
        for code in each.former_person_codes
    )
