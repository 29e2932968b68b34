"""What can be done with claims: loaded, decided and done in one write: what was decided on is what is changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.who import who_of
from gateway.claims import operations
from gateway.claims.idempotency import earlier
from gateway.claims.outcome import Outcome, refused
from gateway.claims.outcome import done as done_before
from gateway.claims.presence import PresenceEvidence
from gateway.claims.problems import CLAIM_TYPE_CLOSED, PRESENCE_NOT_PROVEN, WRONG_STATUS, Problem
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.desk.door import OpenClaim
from gateway.desk.facts import Standing, facts_of, with_presence
from gateway.desk.log import who_to
from gateway.desk.newclaim import NewClaim, applicant_of
from gateway.desk.scope import Scope, log_unavailable
from gateway.plan.judge import READ_STATUS
from gateway.store.errors import StoreUnavailable
from gateway.store.organisations import all_third_parties
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.facts import Facts, Question
from schema.graph import claim as graph
from schema.graph import inputs
from schema.terms import (
    AccessOutcome,
    Capacity,
    ClaimAction,
    ClaimStatus,
    GovernmentLevel,
    PersonCode,
    Phase,
    PresenceMethod,
    ProblemCode,
    RegistrationNumber,
    SubjectRole,
    ThirdPartyStatus,
)

FORBIDDEN = Problem(
    ProblemCode.FORBIDDEN, "There is no such object, or this is not open to you. Check the id and your capacity."
)
NOT_ALLOWED = Problem(ProblemCode.FORBIDDEN, "No rule allows you this on this claim.")
PRESENCE_REQUIRED = Problem(
    ProblemCode.PRESENCE_REQUIRED, "The citizen must be present: send a presence reference with this.", "/presence"
)
NOT_ELIGIBLE = Problem(
    ProblemCode.THIRD_PARTY_NOT_ELIGIBLE, "This organisation could not act on the claim today.", "/thirdParty"
)
QUOTA = Problem(ProblemCode.QUOTA_EXCEEDED, "Your organisation has used up today's requests of its contract.")
ANSWERS_NOT_OBJECT = Problem(ProblemCode.ANSWERS_INVALID, "The answers are a JSON object.", "/answers")
KEY_LENGTH = Problem(ProblemCode.ANSWERS_INVALID, "An idempotency key has 1 to 200 characters.", "/idempotencyKey")
REASON_LENGTH = Problem(ProblemCode.ANSWERS_INVALID, "A reason has at most 1,000 characters.", "/reason")


@dataclass(slots=True)
class Done:
    """What a mutation came to, with how the viewer stands to the claim now."""

    opened: OpenClaim | None
    problems: tuple[Problem, ...]
    sends: bool


_Act = Callable[[Connection, ClaimSnapshot, Facts, ClaimTypeModule], Outcome]


class Mutations(ABC):
    """Mutations of one request."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    # ------------------------------------------------------------ the five

    async def prepare(self, input: inputs.PrepareClaimInput) -> graph.PrepareClaimPayload:
        """Open a draft."""
        done = await self._run(lambda connection: self._prepare(connection, input))
        return graph.PrepareClaimPayload(claim=self._shown(done), problems=_problems(done))

    async def answer(self, input: inputs.AnswerClaimInput) -> graph.AnswerClaimPayload:
        """Replace the answers of a draft, or add answers that the owner asked for."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            problem, presence = self._permission(
                claim.applicant_code, facts, Question(ClaimAction.PREPARE), input.presence
            )
            if problem is not None:
                return refused(problem)
            if not isinstance(input.answers, dict):
                return refused(ANSWERS_NOT_OBJECT)
            form = self._scope.house.form(module)
            now, party = self._scope.moment.now, self._scope.party
            return operations.answer(connection, now, party, claim, input.answers, form, presence)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.PREPARE, "answerClaim", act))
        return graph.AnswerClaimPayload(claim=self._shown(done), problems=_problems(done))

    async def submit(self, input: inputs.SubmitClaimInput) -> graph.SubmitClaimPayload:
        """Accept a claim for delivery."""
        body = {"id": str(input.id), "presence": _body(input.presence)}

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            scope = self._scope
            before = earlier(connection, scope.party, operations.SUBMIT, input.idempotency_key, body)
            if before is not None and before.same_body:
                return done_before(connection, before.result)
            problem, presence = self._permission(
                claim.applicant_code, facts, Question(ClaimAction.SUBMIT), input.presence
            )
            if problem is not None:
                return refused(problem)
            if not 1 <= len(input.idempotency_key) <= 200:
                return refused(KEY_LENGTH)
            route = scope.house.route(module)
            if route is None or not module.open:
                return refused(CLAIM_TYPE_CLOSED)
            record = self._record(connection, claim, ClaimAction.SUBMIT, AccessOutcome.PERMITTED, "submitClaim", facts)
            submission = operations.Submission(
                input.idempotency_key, body, scope.house.form(module), route, (record,), presence
            )
            return operations.submit(connection, scope.moment.now, scope.party, claim, submission)

        done = await self._run(
            lambda c: self._on_claim(c, str(input.id), ClaimAction.SUBMIT, "submitClaim", act, records_itself=True)
        )
        return graph.SubmitClaimPayload(claim=self._shown(done), problems=_problems(done))

    async def withdraw(self, input: inputs.WithdrawClaimInput) -> graph.WithdrawClaimPayload:
        """Take a claim back."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            problem, _ = self._permission(claim.applicant_code, facts, Question(ClaimAction.WITHDRAW), None)
            if problem is not None:
                return refused(problem)
            if input.reason is not None and len(input.reason) > 1_000:
                return refused(REASON_LENGTH)
            return operations.withdraw(connection, self._scope.moment.now, self._scope.party, claim, input.reason)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.WITHDRAW, "withdrawClaim", act))
        return graph.WithdrawClaimPayload(claim=self._shown(done), problems=_problems(done))

    async def assign(self, input: inputs.AssignClaimInput) -> graph.AssignClaimPayload:
        """Let a third party, or take it off, one claim."""

        def act(connection: Connection, claim: ClaimSnapshot, facts: Facts, module: ClaimTypeModule) -> Outcome:
            asked = replace(facts, taking_off=not input.assigned)
            problem, _ = self._permission(claim.applicant_code, asked, Question(ClaimAction.ASSIGN), None)
            if problem is not None:
                return refused(problem)
            third_party = str(input.third_party)
            if input.assigned and not self._eligible(connection, claim, module, third_party):
                return refused(NOT_ELIGIBLE)
            now, party = self._scope.moment.now, self._scope.party
            return operations.assign(connection, now, party, claim, third_party, input.assigned)

        done = await self._run(lambda c: self._on_claim(c, str(input.id), ClaimAction.ASSIGN, "assignClaim", act))
        return graph.AssignClaimPayload(claim=self._shown(done), problems=_problems(done))

    # ------------------------------------------------------------ how each goes

    async def _run(self, job: Callable[[Connection], Done]) -> Done:
        shut = await self._scope.shut()
        if shut is not None:
            if shut.code.value == ProblemCode.QUOTA_EXCEEDED.value:
                return Done(None, (QUOTA,), sends=False)
            raise shut
        before = self._scope.mutated
        # From now on it may be done, whether or not anybody still waits for it.
        self._scope.mutated = True
        try:
            done = await self._scope.house.store.write(job)
        except (StoreUnavailable, SQLAlchemyError):
            self._scope.mutated = before
            raise log_unavailable() from None
        if done.sends:
            self._scope.house.wake()
        return done

    def _on_claim(
        self,
        connection: Connection,
        claim_id: str,
        action: ClaimAction,
        mutation: str,
        act: _Act,
        *,
        records_itself: bool = False,
    ) -> Done:
        """Load, decide READ, act, record: one transaction."""
        claim = load_one(connection, claim_id)
        facts = None if claim is None else self._facts(connection, claim)
        if claim is None or facts is None or not self._scope.policies.decide(facts, READ_STATUS).allowed:
            append(connection, [self._record(connection, claim, action, AccessOutcome.DENIED, mutation, None)])
            return Done(None, (FORBIDDEN,), sends=False)
        module = self._scope.module(claim.type)
        outcome = refused(CLAIM_TYPE_CLOSED) if module is None else act(connection, claim, facts, module)
        if outcome.claim is None:
            append(connection, [self._record(connection, claim, action, AccessOutcome.DENIED, mutation, facts)])
            return Done(None, outcome.problems, sends=False)
        if not records_itself:
            append(connection, [self._record(connection, claim, action, AccessOutcome.PERMITTED, mutation, facts)])
        return Done(self._opened(connection, outcome.claim), (), outcome.sends)

    def _opened(self, connection: Connection, claim: ClaimSnapshot) -> OpenClaim:
        return OpenClaim(claim, self._facts(connection, claim))

    def _facts(self, connection: Connection, claim: Standing) -> Facts:
        scope = self._scope
        return facts_of(connection, scope.party, [claim], scope.policies, scope.moment)[0]

    def _permission(
        self,
        applicant: PersonCode | RegistrationNumber,
        facts: Facts,
        question: Question,
        given: inputs.PresenceInput | None,
    ) -> tuple[Problem | None, PresenceEvidence | None]:
        """Whether the action is allowed; with the presence to be recorded, where a clerk's request carries one."""
        decide = self._scope.policies.decide
        is_clerk = self._scope.party.capacity is Capacity.CLERK
        presence = self._presence(given, applicant) if is_clerk and given is not None else None
        stands = facts
        if presence is not None:
            # A reference that proves nothing is judged as if it did: first whether the clerk may at all, then this.
            stands = with_presence(facts, checked=presence.method is not PresenceMethod.PAPER_MANDATE)
        verdict = decide(stands, question)
        if verdict.allowed:
            false_proof = (
                presence is not None and not presence.checked and presence.method is not PresenceMethod.PAPER_MANDATE
            )
            return (PRESENCE_NOT_PROVEN, None) if false_proof else (None, presence)
        present = with_presence(facts, checked=True) if is_clerk else facts
        if is_clerk and presence is None and decide(present, question).allowed:
            return PRESENCE_REQUIRED, None
        if self._scope.policies.rehearse(stands, question).allowed:
            return CLAIM_TYPE_CLOSED, None
        if facts.new:
            return FORBIDDEN, None
        return (WRONG_STATUS if self._another_status_would(present, question) else NOT_ALLOWED), None

    def _another_status_would(self, facts: Facts, question: Question) -> bool:
        # That the type is not taken now is said where nothing else is in the way.
        decide = self._scope.policies.rehearse
        others = (status for status in ClaimStatus if status is not facts.status)
        return any(decide(replace(facts, status=status), question).allowed for status in others)

    def _presence(self, given: inputs.PresenceInput, applicant: PersonCode | RegistrationNumber) -> PresenceEvidence:
        checker = self._scope.house.presence
        checked = given.method is not PresenceMethod.PAPER_MANDATE and checker.proves(
            given.method, given.reference, applicant
        )
        return PresenceEvidence(given.method, given.reference, checked, checker.single_use)

    def _eligible(
        self, connection: Connection, claim: ClaimSnapshot, module: ClaimTypeModule, third_party: str
    ) -> bool:
        """Whether an organisation could act on the claim today."""
        found = all_third_parties(connection, [third_party]).get(third_party)
        place = claim.municipality if module.level is GovernmentLevel.MUNICIPAL else None
        return (
            found is not None
            and module.open_to_third_parties
            and claim.status.phase is not Phase.CLOSED
            and found.status is ThirdPartyStatus.ACTIVE
            and found.contract.in_force(self._scope.moment.today)
            and found.covers(claim.type, place)
        )

    def _record(
        self,
        connection: Connection,
        claim: ClaimSnapshot | None,
        action: ClaimAction,
        outcome: AccessOutcome,
        mutation: str,
        facts: Facts | None,
    ) -> AccessRecord:
        scope = self._scope
        module = None if claim is None else scope.module(claim.type)
        subjects = () if claim is None else (AccessSubject(claim.applicant, SubjectRole.APPLICANT),)
        rules: tuple[str, ...] = ("no-door",) if facts is None else ()
        if facts is not None:
            rules = scope.policies.decide(facts, Question(action)).rules
        return AccessRecord(
            at=scope.moment.now,
            request_id=scope.request_id,
            capacity=scope.party.capacity,
            organisation=scope.party.organisation,
            by_subject=scope.party.subject,
            who=who_to(scope.party, who_of(connection, scope.party), claim, subjects),
            claim=None if claim is None else claim.id,
            claim_type=None if claim is None else claim.type,
            action=action,
            outcome=outcome,
            coordinates=(f"Mutation.{mutation}",),
            paths=(mutation,),
            rules=rules,
            policy_version=scope.policies.version if module is None else module.policy_version,
            legal_basis=None if module is None else module.legal_basis,
            subjects=subjects,
        )

    # ------------------------------------------------------------ prepareClaim

    def _prepare(self, connection: Connection, input: inputs.PrepareClaimInput) -> Done:
        new = NewClaim.read(connection, self._scope, input)
        if isinstance(new, Problem):
            return Done(None, (new,), sends=False)
        facts = self._facts(connection, new.claim)
        problem, presence = self._permission(new.code, facts, Question(ClaimAction.PREPARE), input.presence)
        if problem is None and input.answers is not None and not isinstance(input.answers, dict):
            problem = ANSWERS_NOT_OBJECT
        problem = problem or new.problem
        if problem is not None:
            return self._not_prepared(connection, new, problem)
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
            return Done(None, outcome.problems, sends=False)
        opened = self._opened(connection, outcome.claim)
        record = self._record(
            connection, outcome.claim, ClaimAction.PREPARE, AccessOutcome.PERMITTED, "prepareClaim", facts
        )
        append(connection, [record])
        return Done(opened, (), sends=False)

    def _not_prepared(self, connection: Connection, new: NewClaim, problem: Problem) -> Done:
        record = self._record(connection, None, ClaimAction.PREPARE, AccessOutcome.DENIED, "prepareClaim", None)
        known = new.claim.applicant
        subjects = (AccessSubject(known, SubjectRole.APPLICANT),) if known and problem is FORBIDDEN else ()
        who = who_to(self._scope.party, record.who, None, subjects)
        append(connection, [replace(record, who=who, claim_type=new.module.code, subjects=subjects)])
        return Done(None, (problem,), sends=False)

    # ------------------------------------------------------------ answers

    def _shown(self, done: Done) -> graph.Claim | None:
        return None if done.opened is None else self.shown(done.opened)

    @abstractmethod
    def shown(self, opened: OpenClaim) -> graph.Claim:
        """The claim as the graph shows it."""


def _problems(done: Done) -> list[graph.Problem]:
    return [graph.Problem(code=each.code.value, message=each.message, field=each.field) for each in done.problems]


def _body(presence: inputs.PresenceInput | None) -> Mapping[str, Any] | None:
    return None if presence is None else {"method": presence.method.value, "reference": presence.reference}
