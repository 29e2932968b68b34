"""How a mutation goes: loaded, decided, done and recorded in one write; what was decided on is what is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from gateway.audit.positions import PartyPosition, Position
from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.who import who_of
from gateway.claims.outcome import Outcome, refused
from gateway.claims.presence import PresenceEvidence
from gateway.claims.problems import CLAIM_TYPE_CLOSED, PRESENCE_NOT_PROVEN, WRONG_STATUS, Problem
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.desk.door import OpenClaim
from gateway.desk.facts import Standing, covers, facts_of, with_presence
from gateway.desk.log import who_to
from gateway.desk.reference import ReferenceDesk
from gateway.desk.scope import Scope, log_unavailable
from gateway.store.errors import StoreUnavailable
from gateway.store.organisations import third_parties_by_id
from gateway.store.subjects import every_code
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.facts import READ_STATUS, Facts, Question, Verdict
from policies.kit.party_rules import PartyAction, PartyFacts
from schema.graph import claim as graph
from schema.graph import inputs
from schema.terms import (
    AccessOutcome,
    ApplicantKind,
    Capacity,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    GovernmentLevel,
    PersonCode,
    Phase,
    PresenceMethod,
    ProblemCode,
    RegistrationNumber,
    SubjectRole,
    ThirdPartyStatus,
)
from schema.text import Text
from schema.wording import ANSWERS_ARE_AN_OBJECT, USED_UP

FORBIDDEN = Problem(
    ProblemCode.FORBIDDEN,
    Text(
        "There is no such object, or this is not open to you. Check the id and your capacity.",
        "Šāda objekta nav, vai tas jums nav pieejams. Pārbaudiet identifikatoru un savu statusu.",
    ),
)
NOT_ALLOWED = Problem(
    ProblemCode.FORBIDDEN,
    Text(
        "No rule allows you this on this claim; viewer { permissions } lists what you may do.",
        "Neviens noteikums jums to ar šo iesniegumu neatļauj; ko drīkstat, uzskaita viewer { permissions }.",
    ),
)
PRESENCE_REQUIRED = Problem(
    ProblemCode.PRESENCE_REQUIRED,
    Text(
        "The citizen must be present: send a presence reference with this.",
        "Iedzīvotājam jābūt klāt: sūtiet līdzi klātbūtnes norādi.",
    ),
    "/presence",
)
NOT_ELIGIBLE = Problem(
    ProblemCode.THIRD_PARTY_NOT_ELIGIBLE,
    Text(
        "This organisation could not act on the claim today. Choose another.",
        "Šī organizācija šodien ar iesniegumu nevarētu rīkoties. Izvēlieties citu.",
    ),
    "/thirdParty",
)
QUOTA = Problem(ProblemCode.QUOTA_EXCEEDED, USED_UP)
ANSWERS_NOT_OBJECT = Problem(ProblemCode.ANSWERS_INVALID, ANSWERS_ARE_AN_OBJECT, "/answers")
KEY_LENGTH = Problem(
    ProblemCode.ANSWERS_INVALID,
    Text("An idempotency key has 1 to 200 characters.", "Idempotences atslēgā ir no 1 līdz 200 rakstzīmēm."),
    "/idempotencyKey",
)
REASON_LENGTH = Problem(
    ProblemCode.ANSWERS_INVALID,
    Text("A reason has at most 1,000 characters.", "Pamatojumā ir ne vairāk kā 1000 rakstzīmju."),
    "/reason",
)
REASON_MISSING = Problem(
    ProblemCode.ANSWERS_INVALID,
    Text(
        "A reason has 1 to 1,000 characters, not all blank.",
        "Pamatojumā ir no 1 līdz 1000 rakstzīmēm, un ne visas ir tukšas.",
    ),
    "/reason",
)


def is_reason(text: str) -> bool:
    """Whether it has at most 1,000 characters, and a reader sees some of them: signs that have no width are blank."""
    return len(text) <= 1_000 and any(each.isprintable() and not each.isspace() for each in text)


@dataclass(slots=True)
class Done:
    """What a mutation came to, with how the viewer stands to the claim now."""

    opened: OpenClaim | None
    problems: tuple[Problem, ...]
    sends: bool
    made: str | None = None
    """Id of the mandate or third party that a mutation without a claim was about."""
    unasked: PersonCode | None = None
    """Nothing is done yet: whose this code is, is to be asked first."""


@dataclass(frozen=True, slots=True)
class PartyAct:
    """A mutation that is about no claim."""

    mutation: str
    action: PartyAction
    facts: PartyFacts
    subjects: tuple[AccessSubject, ...] = ()
    """Whose log it is in: the grantor's."""
    is_attempt: bool = False
    """It is tried on what is not there, or is not the asker's."""


Act = Callable[[Connection, ClaimSnapshot, Facts, ClaimTypeModule], Outcome]


class Acting:
    """What the mutations of one request have in common."""

    def __init__(self, scope: Scope, reference: ReferenceDesk) -> None:
        self._scope = scope
        self._reference = reference
        self._decided_on: Facts | None = None
        """What the mutation in hand was last decided on: presence and direction included."""
        self._asked_of_parties: list[PartyPosition] = []
        """What the mutation in hand asked of the rules about mandates and third parties."""

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
        act: Act,
        *,
        records_itself: bool = False,
    ) -> Done:
        """Load, decide READ, act, record: one transaction."""
        claim = load_one(connection, claim_id)
        facts = self._decided_on = None if claim is None else self._facts(connection, claim)
        if claim is None or facts is None or not self._scope.policies.decide(facts, READ_STATUS).allowed:
            self._write(connection, self._record(connection, claim, action, AccessOutcome.DENIED, mutation, None))
            return Done(None, (FORBIDDEN,), sends=False)
        module = self._scope.module(claim.type)
        outcome = refused(CLAIM_TYPE_CLOSED) if module is None else act(connection, claim, facts, module)
        if outcome.claim is None:
            self._write(connection, self._record(connection, claim, action, AccessOutcome.DENIED, mutation, facts))
            return Done(None, outcome.problems, sends=False)
        if not records_itself:
            self._write(connection, self._record(connection, claim, action, AccessOutcome.PERMITTED, mutation, facts))
        return Done(self._opened(connection, outcome.claim), (), outcome.sends)

    def _on_party(self, connection: Connection, asked: PartyAct, act: Callable[[Verdict], str | Problem]) -> Done:
        """Decide what is done about mandates and third parties, act, record: one transaction.

        Args:
            act: is called where it is allowed; gives the id of what it was done to, or why it was not.
        """
        self._asked_of_parties = []
        verdict = self._decide_on_party(asked.action, asked.facts)
        came_to = act(verdict) if verdict.allowed else FORBIDDEN
        outcome = AccessOutcome.DENIED if isinstance(came_to, Problem) else AccessOutcome.PERMITTED
        self._write(connection, self._party_record(connection, asked, outcome, verdict))
        if isinstance(came_to, Problem):
            return Done(None, (came_to,), sends=False)
        return Done(None, (), sends=False, made=came_to)

    def _decide_on_party(
        self, action: PartyAction, facts: PartyFacts, claim_type: ClaimTypeCode | None = None
    ) -> Verdict:
        """Ask the rules about mandates and third parties; what is asked is recorded with the mutation."""
        capacity = self._scope.party.capacity
        verdict = self._scope.policies.parties.decide(capacity, action, facts)
        self._asked_of_parties.append(PartyPosition(capacity, action, facts, verdict.allowed, claim_type))
        return verdict

    def _party_record(
        self, connection: Connection, asked: PartyAct, outcome: AccessOutcome, verdict: Verdict
    ) -> AccessRecord:
        scope = self._scope
        return AccessRecord(
            at=scope.moment.now,
            request_id=scope.request_id,
            capacity=scope.party.capacity,
            organisation=scope.party.organisation,
            by_subject=scope.party.subject,
            who=who_to(scope.party, who_of(connection, scope.party), None, asked.subjects),
            claim=None,
            claim_type=None,
            # Of the words of the log the nearest: it lets somebody act, or stops it.
            action=ClaimAction.ASSIGN,
            outcome=outcome,
            coordinates=(f"Mutation.{asked.mutation}",),
            paths=(asked.mutation,),
            rules=verdict.rules,
            policy_version=scope.policies.parties.version,
            subjects=asked.subjects,
            asked_of_parties=tuple(self._asked_of_parties),
        )

    def _opened(self, connection: Connection, claim: ClaimSnapshot) -> OpenClaim:
        return OpenClaim(claim, self._facts(connection, claim))

    def _facts(self, connection: Connection, claim: Standing) -> Facts:
        scope = self._scope
        return facts_of(connection, scope.party, [claim], scope.policies, scope.moment)[0]

    def _permission(
        self,
        connection: Connection,
        applicant: PersonCode | RegistrationNumber,
        facts: Facts,
        question: Question,
        given: inputs.PresenceInput | None,
    ) -> tuple[Problem | None, PresenceEvidence | None]:
        """Whether the action is allowed; with the presence to be recorded, where a clerk's request carries one."""
        decide = self._scope.policies.decide
        is_clerk = self._scope.party.capacity is Capacity.CLERK
        presence = self._presence(connection, given, applicant) if is_clerk and given is not None else None
        stands = facts
        if presence is not None:
            # A reference that proves nothing is judged as if it did: first whether the clerk may at all, then this.
            stands = with_presence(facts, checked=presence.method is not PresenceMethod.PAPER_MANDATE)
        self._decided_on = stands
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

    def _presence(
        self, connection: Connection, given: inputs.PresenceInput, applicant: PersonCode | RegistrationNumber
    ) -> PresenceEvidence:
        checker = self._scope.house.presence
        # A card holds the code that the person had when it was made.
        codes = [applicant] if isinstance(applicant, RegistrationNumber) else every_code(connection, applicant)
        checked = given.method is not PresenceMethod.PAPER_MANDATE and any(
            checker.proves(given.method, given.reference, code) for code in codes
        )
        return PresenceEvidence(given.method, given.reference, checked, checker.single_use)

    def _eligible(
        self, connection: Connection, claim: ClaimSnapshot, module: ClaimTypeModule, third_party: str
    ) -> bool:
        """Whether an organisation could act on the claim today."""
        found = third_parties_by_id(connection, [third_party]).get(third_party)
        place = claim.municipality if module.level is GovernmentLevel.MUNICIPAL else None
        return (
            found is not None
            and module.open_to_third_parties
            and claim.status.phase is not Phase.CLOSED
            and found.status is ThirdPartyStatus.ACTIVE
            and found.contract.in_force(self._scope.moment.today)
            and covers(found, claim.type, place, self._scope.moment)
        )

    def _write(self, connection: Connection, record: AccessRecord) -> None:
        """Write the record of one mutation."""
        append(connection, [record])

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
        rules: tuple[str, ...] = ("no-door",)
        position = None
        if facts is not None:
            stands = self._decided_on or facts
            verdict = scope.policies.decide(stands, READ_STATUS if action is ClaimAction.READ else Question(action))
            rules = verdict.rules
            kind = ApplicantKind.PERSON if claim is None else claim.applicant_kind
            position = Position(stands, kind, verdict.allowed and outcome is AccessOutcome.DENIED)
        elif claim is not None and self._decided_on is not None:
            position = Position(self._decided_on, claim.applicant_kind)
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
            legal_basis=None if module is None else str(module.legal_basis),
            subjects=subjects,
            position=position,
        )


def problems_of(done: Done) -> list[graph.Problem]:
    return [graph.Problem(code=each.code.value, message=each.message, field=each.field) for each in done.problems]
