"""What can be done with claims, each by its rule; how each goes is :mod:`gateway.desk.acting`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from gateway.audit.positions import Position
from gateway.audit.record import AccessSubject, append
from gateway.claims import operations
from gateway.claims.idempotency import earlier
from gateway.claims.outcome import Outcome, refused
from gateway.claims.outcome import done as done_before
from gateway.claims.problems import CLAIM_TYPE_CLOSED, DECIDED_IN_OWNER_SYSTEM, Problem
from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.acting import (
    ANSWERS_NOT_OBJECT,
    KEY_LENGTH,
    NOT_ELIGIBLE,
    REASON_LENGTH,
    REASON_MISSING,
    Acting,
    Done,
    is_reason,
    problems_of,
)
from gateway.desk.disclosure import reads_of, released_at, told_with
from gateway.desk.door import OpenClaim
from gateway.desk.log import asked_below, who_to
from gateway.desk.newclaim import NewClaim, applicant_of, is_taken
from gateway.plan import asking
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.facts import Facts, Question
from schema.graph import claim as graph
from schema.graph import inputs
from schema.terms import (
    AccessOutcome,
    ClaimAction,
    SubjectRole,
)

NO_CLAIM_TYPE = ("no-claim-type",)


class Mutations(Acting, ABC):
    """Mutations of claims of one request."""

    # ------------------------------------------------------------ the six

    async def prepare(self, input: inputs.PrepareClaimInput) -> graph.PrepareClaimPayload:
        """Open a draft."""
        introduce = self._scope.introduce
        done = await self._run(lambda connection: self._prepare(connection, input, asks=introduce is not None))
        if introduce is not None and done.unasked is not None:
            await introduce(done.unasked, input.type)
            done = await self._run(lambda connection: self._prepare(connection, input, asks=False))
        return graph.PrepareClaimPayload(claim=self._shown(done), problems=problems_of(done))

    async def answer(self, input: inputs.AnswerClaimInput) -> graph.AnswerClaimPayload:
        """Replace the answers of a draft, or add answers that the owner asked for."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            problem, presence = self._permission(
                connection, claim.applicant_code, facts, Question(ClaimAction.PREPARE), input.presence
            )
            if problem is not None:
                return refused(problem)
            if not isinstance(input.answers, dict):
                return refused(ANSWERS_NOT_OBJECT)
            form = self._scope.house.form(module)
            now, party = self._scope.moment.now, self._scope.party
            return operations.answer(connection, now, party, claim, input.answers, form, presence)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.PREPARE, "answerClaim", act))
        return graph.AnswerClaimPayload(claim=self._shown(done), problems=problems_of(done))

    async def submit(self, input: inputs.SubmitClaimInput) -> graph.SubmitClaimPayload:
        """Accept a claim for delivery."""
        body = {"id": str(input.id), "presence": _body(input.presence)}
        field = asking.field.get()  # Not known where the store is written.

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            scope = self._scope
            before = earlier(connection, scope.party, operations.SUBMIT, input.idempotency_key, body)
            if before is not None and before.same_body:
                # Nothing is submitted; the claim is shown as it is now, and that is an access like any other.
                shown = self._record(connection, claim, ClaimAction.READ, AccessOutcome.PERMITTED, "submitClaim", facts)
                # People are told of it when they are told of everything else that the request reads.
                asked = {} if field is None else asked_below(field, field.named.name)
                shows = reads_of(asked.values(), scope.policies)
                told_at = released_at(scope.policies, claim, facts, shows, shown.at)
                append(connection, [told_with(shown, told_at)])
                return done_before(connection, before.result)
            problem, presence = self._permission(
                connection, claim.applicant_code, facts, Question(ClaimAction.SUBMIT), input.presence
            )
            if problem is not None:
                return refused(problem)
            if not 1 <= len(input.idempotency_key) <= 200:
                return refused(KEY_LENGTH)
            if not is_taken(module, scope.moment.today) or not scope.house.takes(module, claim.municipality):
                return refused(CLAIM_TYPE_CLOSED)
            record = self._record(connection, claim, ClaimAction.SUBMIT, AccessOutcome.PERMITTED, "submitClaim", facts)
            route = scope.house.route(module, claim.municipality)
            submission = operations.Submission(
                input.idempotency_key, body, scope.house.form(module), route, (record,), presence
            )
            return operations.submit(connection, scope.moment.now, scope.party, claim, submission)

        done = await self._run(
            lambda c: self._on_claim(c, str(input.id), ClaimAction.SUBMIT, "submitClaim", act, records_itself=True)
        )
        return graph.SubmitClaimPayload(claim=self._shown(done), problems=problems_of(done))

    async def withdraw(self, input: inputs.WithdrawClaimInput) -> graph.WithdrawClaimPayload:
        """Take a claim back."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            problem, _ = self._permission(connection, claim.applicant_code, facts, Question(ClaimAction.WITHDRAW), None)
            if problem is not None:
                return refused(problem)
            if input.reason is not None and len(input.reason) > 1_000:
                return refused(REASON_LENGTH)
            return operations.withdraw(connection, self._scope.moment.now, self._scope.party, claim, input.reason)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.WITHDRAW, "withdrawClaim", act))
        return graph.WithdrawClaimPayload(claim=self._shown(done), problems=problems_of(done))

    async def assign(self, input: inputs.AssignClaimInput) -> graph.AssignClaimPayload:
        """Put a third party on one claim, or take it off."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            asked = replace(facts, taking_off=not input.assigned)
            problem, _ = self._permission(connection, claim.applicant_code, asked, Question(ClaimAction.ASSIGN), None)
            if problem is not None:
                return refused(problem)
            third_party = str(input.third_party)
            if input.assigned and not self._eligible(connection, claim, module, third_party):
                return refused(NOT_ELIGIBLE)
            now, party = self._scope.moment.now, self._scope.party
            return operations.assign(connection, now, party, claim, third_party, input.assigned)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.ASSIGN, "assignClaim", act))
        return graph.AssignClaimPayload(claim=self._shown(done), problems=problems_of(done))

    async def decide(self, input: inputs.DecideClaimInput) -> graph.DecideClaimPayload:
        """Record the owner's decision."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            problem, _ = self._permission(connection, claim.applicant_code, facts, Question(ClaimAction.DECIDE), None)
            if problem is not None:
                return refused(problem)
            if self._scope.house.has_deciding_system(module, claim.owner, self._scope.moment.succession):
                return refused(DECIDED_IN_OWNER_SYSTEM)
            if not is_reason(input.reason):
                return refused(REASON_MISSING)
            now, party = self._scope.moment.now, self._scope.party
            return operations.decide(connection, now, party, claim, input.outcome, input.reason)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.DECIDE, "decideClaim", act))
        return graph.DecideClaimPayload(claim=self._shown(done), problems=problems_of(done))

    # ------------------------------------------------------------ prepareClaim

    def _prepare(self, connection: Connection, input: inputs.PrepareClaimInput, asks: bool) -> Done:
        new = NewClaim.read(connection, self._scope, input)
        if isinstance(new, Problem):
            record = self._record(connection, None, ClaimAction.PREPARE, AccessOutcome.DENIED, "prepareClaim", None)
            self._write(connection, replace(record, rules=NO_CLAIM_TYPE))
            return Done(None, (new,), sends=False)
        facts = self._facts(connection, new.claim)
        problem, presence = self._permission(connection, new.code, facts, Question(ClaimAction.PREPARE), input.presence)
        if problem is None and input.answers is not None and not isinstance(input.answers, dict):
            problem = ANSWERS_NOT_OBJECT
        problem = problem or new.problem
        if problem is not None:
            return self._not_prepared(connection, new, facts, (problem,))
        if asks and new.unasked is not None:
            return Done(None, (), sends=False, unasked=new.unasked)
        applicant = applicant_of(connection, new, self._scope.moment.now)
        draft = operations.NewDraft(
            type=new.module.code,
            applicant_kind=new.kind,
            applicant=applicant,
            owner=new.claim.owner,
            municipality=new.claim.municipality,
            channel=new.claim.channel,
            centre=new.claim.centre,
            answers=input.answers if isinstance(input.answers, dict) else None,
            presence=presence,
        )
        form = self._scope.house.form(new.module)
        outcome = operations.prepare(connection, self._scope.moment.now, self._scope.party, draft, form)
        if outcome.claim is None:
            return self._not_prepared(connection, new, facts, outcome.problems)
        opened = self._opened(connection, outcome.claim)
        record = self._record(
            connection, outcome.claim, ClaimAction.PREPARE, AccessOutcome.PERMITTED, "prepareClaim", facts
        )
        self._write(connection, record)
        return Done(opened, (), sends=False)

    def _not_prepared(self, connection: Connection, new: NewClaim, facts: Facts, problems: tuple[Problem, ...]) -> Done:
        stands = self._decided_on or facts
        verdict = self._scope.policies.decide(stands, Question(ClaimAction.PREPARE))
        record = self._record(
            connection,
            None,
            ClaimAction.PREPARE,
            AccessOutcome.DENIED,
            "prepareClaim",
            facts if verdict.allowed else None,
        )
        known = new.claim.applicant
        subjects = (AccessSubject(known, SubjectRole.APPLICANT),) if known else ()
        told = replace(
            record,
            who=who_to(self._scope.party, record.who, None, subjects),
            claim_type=new.module.code,
            rules=verdict.rules,
            policy_version=new.module.policy_version,
            legal_basis=str(new.module.legal_basis),
            subjects=subjects,
            position=Position(stands, new.kind, verdict.allowed),
        )
        self._write(connection, told)
        return Done(None, problems, sends=False)

    # ------------------------------------------------------------ answers

    def _shown(self, done: Done) -> graph.Claim | None:
        return None if done.opened is None else self.shown(done.opened)

    @abstractmethod
    def shown(self, opened: OpenClaim) -> graph.Claim:
        """The claim as the graph shows it."""


def _body(presence: inputs.PresenceInput | None) -> Mapping[str, Any] | None:
    return None if presence is None else {"method": presence.method.value, "reference": presence.reference}
