"""What one request does, as it will stand in the access log: one record a claim and outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.who import who_of
from gateway.claims.snapshot import ClaimSnapshot
from gateway.identity.party import Party
from gateway.plan.compile import FieldPlan
from gateway.plan.judge import Judgement
from gateway.store.subjects import find_people, person_subject
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, Capacity, ClaimAction, PersonCode, SubjectRole


@dataclass(frozen=True, slots=True)
class Summary:
    """What one side of one or several judgements comes to, as a record says it."""

    by_path: dict[str, str]
    """Path -> coordinate."""
    rules: tuple[str, ...]
    action: ClaimAction

    @classmethod
    def permitted(cls, judgements: Sequence[Judgement]) -> Summary:
        """What is open."""
        return cls._of("permitted", judgements, lambda j: (j.permitted_fields, j.rules, j.action))

    @classmethod
    def denied(cls, judgements: Sequence[Judgement]) -> Summary:
        """What is refused."""
        return cls._of("denied", judgements, lambda j: (j.denied_fields, j.denied_rules, j.denied_action))

    @classmethod
    def _of(
        cls,
        side: str,
        judgements: Sequence[Judgement],
        part: Callable[[Judgement], tuple[dict[str, str], set[str], ClaimAction]],
    ) -> Summary:
        alone = judgements[0] if len(judgements) == 1 else None
        if alone is not None and side in alone.summaries:
            kept: Summary = alone.summaries[side]
            return kept
        parts = [part(each) for each in judgements]
        by_path = {path: coordinate for fields, _, _ in parts for path, coordinate in fields.items()}
        made = cls(
            {path: by_path[path] for path in sorted(by_path)},
            tuple(sorted({rule for _, rules, _ in parts for rule in rules})),
            next((action for _, _, action in parts if action is not ClaimAction.READ), ClaimAction.READ),
        )
        if alone is not None:
            alone.summaries[side] = made
        return made


@dataclass(slots=True, eq=False)
class Draft:
    """What happens through one door in this request."""

    subject: str | None
    role: SubjectRole
    claim: ClaimSnapshot | None
    judgements: list[Judgement] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """What registers did not give, path -> coordinate."""
    withheld: dict[str, str] = field(default_factory=dict)
    """What was withheld as a protected person's data, or is not on record: nobody but this log tells which is asked."""
    others: dict[PersonCode, dict[str, str]] = field(default_factory=dict)
    """Co-subjects whose data is about to be released, each with path -> coordinate."""
    record: str | None = None
    """Id of the PERMITTED record, once it is written."""

    @property
    def permitted(self) -> Summary:
        """What is open."""
        return Summary.permitted(self.judgements)

    @property
    def denied(self) -> Summary:
        """What is refused."""
        return Summary.denied(self.judgements)


_PROTECTION = ("protected-or-absent",)


class RequestLog:
    """Collects the drafts of one request and writes them."""

    def __init__(self, party: Party, policies: PolicySet, request_id: str) -> None:
        self._party = party
        self._policies = policies
        self._request_id = request_id
        self._drafts: dict[str, Draft] = {}
        self._attempts: list[tuple[ClaimSnapshot | None, AccessSubject | None, ClaimAction, dict[str, str]]] = []

    def of_claim(self, claim: ClaimSnapshot, judgement: Judgement) -> Draft:
        """The draft of a claim that is read."""
        return self._draft(f"claim {claim.id}", claim.applicant, SubjectRole.APPLICANT, claim, judgement)

    def of_self(self, subject: str, judgement: Judgement) -> Draft:
        """The draft of a citizen who reads their own data."""
        return self._draft("self", subject, SubjectRole.SELF, None, judgement)

    def of_person(self, subject: str, judgement: Judgement) -> Draft:
        """The draft of somebody whose names are read without a claim: a mandate's grantor."""
        return self._draft(f"person {subject}", subject, SubjectRole.APPLICANT, None, judgement)

    def attempt(self, claim: ClaimSnapshot | None, action: ClaimAction, asked: dict[str, str]) -> None:
        """Somebody asked for a claim that is not open to them, or does not exist."""
        subject = None if claim is None else AccessSubject(claim.applicant, SubjectRole.APPLICANT)
        self._attempts.append((claim, subject, action, asked))

    def attempt_on_self(self, asked: dict[str, str]) -> None:
        """Somebody asked for their own data with a token that does not open it."""
        self._attempts.append((None, AccessSubject(self._party.subject, SubjectRole.SELF), ClaimAction.READ, asked))

    @property
    def drafts(self) -> list[Draft]:
        """What happens through each door."""
        return list(self._drafts.values())

    @property
    def attempts(self) -> list[AccessSubject | None]:
        """Whose data or claims were asked for in vain; None where there is no such claim."""
        return [subject for _, subject, _, _ in self._attempts]

    def take_attempts(self, other: RequestLog) -> None:
        """Record the attempts that another log has collected, and nothing else of it."""
        self._attempts += other._attempts

    def _draft(
        self, key: str, subject: str, role: SubjectRole, claim: ClaimSnapshot | None, judgement: Judgement
    ) -> Draft:
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = Draft(subject, role, claim)
        if not any(each is judgement for each in draft.judgements):
            draft.judgements.append(judgement)
        return draft

    @property
    def is_empty(self) -> bool:
        """Nothing to write."""
        return not self._attempts and not any(
            draft.record is None and (draft.permitted.by_path or draft.denied.by_path)
            for draft in self._drafts.values()
        )

    def write(self, connection: Connection, now: datetime) -> None:
        """Write what was decided, inside a write job, before any register is asked."""
        lines = _Lines(self._party, self._policies, self._request_id, now, who_of(connection, self._party), ())
        for claim, subject, action, asked in self._attempts:
            subjects = () if subject is None else (subject,)
            lines.add(claim, action, AccessOutcome.DENIED, asked, ("no-door",), subjects)
        for draft in self._drafts.values():
            subjects = () if draft.subject is None else (AccessSubject(draft.subject, draft.role),)
            open_, shut = draft.permitted, draft.denied
            if open_.by_path and draft.record is None:
                draft.record = lines.add(
                    draft.claim, open_.action, AccessOutcome.PERMITTED, open_.by_path, open_.rules, subjects
                )
            if shut.by_path:
                lines.add(draft.claim, shut.action, AccessOutcome.DENIED, shut.by_path, shut.rules, subjects)
        append(connection, lines.records)
        self._attempts = []

    @property
    def has_more(self) -> bool:
        """Registers disclosed co-subjects or failed: there is more to write before anything leaves."""
        return any(draft.failed or draft.withheld or draft.others for draft in self._drafts.values())

    def write_more(self, connection: Connection, now: datetime, registers: Iterable[str]) -> None:
        """Write what only the registers' answers told: whose data else is released, and what was not given.

        Members of one household are in one record where the same of them is released.
        """
        asked = tuple(sorted(registers))
        lines = _Lines(self._party, self._policies, self._request_id, now, who_of(connection, self._party), asked)
        people = {code for draft in self._drafts.values() for code in draft.others}
        known = find_people(connection, people)
        for code in people - known.keys():
            known[code] = person_subject(connection, code, now)
        for draft in self._drafts.values():
            rules = draft.permitted.rules
            alike: dict[int, tuple[dict[str, str], list[AccessSubject]]] = {}
            for code, fields in draft.others.items():
                if known[code] != draft.subject:
                    _, members = alike.setdefault(id(fields), (fields, []))
                    members.append(AccessSubject(known[code], SubjectRole.CO_SUBJECT))
            for fields, members in alike.values():
                released = fields
                if draft.failed or draft.withheld:
                    not_given = draft.failed.keys() | draft.withheld.keys()
                    released = {path: fields[path] for path in fields if path not in not_given}
                if released:
                    action, outcome = ClaimAction.READ_EVIDENCE, AccessOutcome.PERMITTED
                    lines.add(draft.claim, action, outcome, released, rules, tuple(members))
            if draft.subject is not None:
                subjects = (AccessSubject(draft.subject, draft.role),)
                action = draft.permitted.action
                if draft.failed:
                    lines.add(draft.claim, action, AccessOutcome.FAILED, draft.failed, rules, subjects, draft.record)
                if draft.withheld:
                    lines.add(
                        draft.claim, action, AccessOutcome.DENIED, draft.withheld, _PROTECTION, subjects, draft.record
                    )
        append(connection, lines.records)


class _Lines:
    """Records of one request in the making."""

    def __init__(
        self, party: Party, policies: PolicySet, request_id: str, now: datetime, who: str, registers: tuple[str, ...]
    ) -> None:
        self._party = party
        self._policies = policies
        self._request_id = request_id
        self._now = now
        self._who = who
        self._registers = registers
        self._said: dict[int, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {}
        """By identity of the fields, which are kept here so that no other's take their identity."""
        self.records: list[AccessRecord] = []

    def add(
        self,
        claim: ClaimSnapshot | None,
        action: ClaimAction,
        outcome: AccessOutcome,
        by_path: dict[str, str],
        rules: tuple[str, ...],
        subjects: tuple[AccessSubject, ...],
        amends: str | None = None,
    ) -> str:
        """Add a record, and give its id."""
        # What many claims of a list have in common is put into words once.
        said = self._said.get(id(by_path))
        if said is None:
            paths = tuple(sorted(by_path))
            said = (by_path, tuple(dict.fromkeys(by_path[path] for path in paths)), paths)
            self._said[id(by_path)] = said
        module = None if claim is None else self._policies.claim_types.get(claim.type)
        record = AccessRecord(
            at=self._now,
            request_id=self._request_id,
            capacity=self._party.capacity,
            organisation=self._party.organisation,
            by_subject=self._party.subject,
            who=who_to(self._party, self._who, claim, subjects),
            claim=None if claim is None else claim.id,
            claim_type=None if claim is None else claim.type,
            action=action,
            outcome=outcome,
            coordinates=said[1],
            paths=said[2],
            rules=rules,
            policy_version=self._policies.version if module is None else module.policy_version,
            legal_basis=None if module is None else module.legal_basis,
            registers=self._registers,
            subjects=subjects,
            amends=amends,
        )
        self.records.append(record)
        return record.id


def who_to(party: Party, who: str, claim: ClaimSnapshot | None, subjects: Iterable[AccessSubject]) -> str:
    """Who asked, in words for those whose log it is: a citizen is "the person themselves" to nobody else."""
    if party.capacity is not Capacity.CITIZEN or all(each.subject == party.subject for each in subjects):
        return who
    return "The applicant" if claim is not None and claim.applicant == party.subject else "Another person"


def asked_below(plan: FieldPlan | None, type_name: str) -> dict[str, str]:
    """Path -> coordinate of everything that was asked of objects of a type behind a field."""
    found: dict[str, str] = {}
    if plan is None:
        return found

    def collect(below: Any, words: str) -> None:
        for each in below.fields:
            if each.name == "__typename":
                continue
            name = f"{words}.{each.name}" if words else each.name
            found[name] = each.coordinate
            for inner in each.objects.values():
                collect(inner, "" if each.coordinate == "Claim.applicant" else name)

    if type_name in plan.objects:
        collect(plan.objects[type_name], "")
    return found
