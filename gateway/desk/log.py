"""What one request does, as it will stand in the access log: one record a claim and outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.who import who_of
from gateway.claims.snapshot import ClaimSnapshot
from gateway.identity.party import Party
from gateway.plan.compile import FieldPlan
from gateway.plan.judge import Judgement
from gateway.store.subjects import person_subject
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, PersonCode, SubjectRole


@dataclass(slots=True)
class _Fields:
    """Path -> coordinate."""

    by_path: dict[str, str] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)
    action: ClaimAction = ClaimAction.READ

    def add(self, by_path: dict[str, str], rules: Iterable[str], action: ClaimAction) -> None:
        self.by_path |= by_path
        self.rules.update(rules)
        if action is not ClaimAction.READ:
            self.action = action


@dataclass(slots=True, eq=False)
class Draft:
    """What happens through one door in this request."""

    subject: str | None
    role: SubjectRole
    claim: ClaimSnapshot | None
    permitted: _Fields = field(default_factory=_Fields)
    denied: _Fields = field(default_factory=_Fields)
    failed: dict[str, str] = field(default_factory=dict)
    others: dict[PersonCode, dict[str, str]] = field(default_factory=dict)
    """Co-subjects whose data is about to be released, each with path -> coordinate."""
    record: str | None = None
    """Id of the PERMITTED record, once it is written."""


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
        draft.permitted.add(judgement.permitted_fields, judgement.rules, judgement.action)
        draft.denied.add(judgement.denied_fields, judgement.denied_rules, judgement.denied_action)
        return draft

    @property
    def is_empty(self) -> bool:
        """Nothing to write."""
        return not self._attempts and not any(
            draft.record is None and (draft.permitted.by_path or draft.denied.by_path)
            for draft in self._drafts.values()
        )

    def write(self, connection: Connection, now: datetime, registers: Iterable[str]) -> None:
        """Write what was decided, inside a write job, before any register is asked."""
        who = who_of(connection, self._party)
        records = []
        for claim, subject, action, asked in self._attempts:
            subjects = () if subject is None else (subject,)
            records.append(
                self._record(now, who, claim, action, AccessOutcome.DENIED, asked, ("no-door",), subjects, registers)
            )
        for draft in self._drafts.values():
            subjects = () if draft.subject is None else (AccessSubject(draft.subject, draft.role),)
            for fields, outcome in ((draft.permitted, AccessOutcome.PERMITTED), (draft.denied, AccessOutcome.DENIED)):
                if fields.by_path and not (outcome is AccessOutcome.PERMITTED and draft.record is not None):
                    rules = sorted(fields.rules)
                    record = self._record(
                        now, who, draft.claim, fields.action, outcome, fields.by_path, rules, subjects, registers
                    )
                    records.append(record)
                    if outcome is AccessOutcome.PERMITTED:
                        draft.record = record.id
        append(connection, records)
        self._attempts = []

    @property
    def has_more(self) -> bool:
        """Registers disclosed co-subjects or failed: there is more to write before anything leaves."""
        return any(draft.failed or draft.others for draft in self._drafts.values())

    def write_more(self, connection: Connection, now: datetime, registers: Iterable[str]) -> None:
        """Write what only the registers' answers told: whose data else is released, and what was not given."""
        who = who_of(connection, self._party)
        records = []
        for draft in self._drafts.values():
            for code, fields in draft.others.items():
                subject = person_subject(connection, code, now)
                released = {path: fields[path] for path in fields if path not in draft.failed}
                if subject == draft.subject or not released:
                    continue
                role = SubjectRole.CO_SUBJECT
                records.append(
                    self._record(
                        now,
                        who,
                        draft.claim,
                        ClaimAction.READ_EVIDENCE,
                        AccessOutcome.PERMITTED,
                        released,
                        sorted(draft.permitted.rules),
                        (AccessSubject(subject, role),),
                        registers,
                    )
                )
            if draft.failed and draft.subject is not None:
                failed = self._record(
                    now,
                    who,
                    draft.claim,
                    draft.permitted.action,
                    AccessOutcome.FAILED,
                    draft.failed,
                    sorted(draft.permitted.rules),
                    (AccessSubject(draft.subject, draft.role),),
                    registers,
                )
                records.append(replace(failed, amends=draft.record))
        append(connection, records)

    def _record(
        self,
        now: datetime,
        who: str,
        claim: ClaimSnapshot | None,
        action: ClaimAction,
        outcome: AccessOutcome,
        by_path: dict[str, str],
        rules: Iterable[str],
        subjects: tuple[AccessSubject, ...],
        registers: Iterable[str],
    ) -> AccessRecord:
        claim_type: ClaimTypeCode | None = None if claim is None else claim.type
        module = None if claim_type is None else self._policies.claim_types.get(claim_type)
        return AccessRecord(
            at=now,
            request_id=self._request_id,
            capacity=self._party.capacity,
            organisation=self._party.organisation,
            by_subject=self._party.subject,
            who=who_to(self._party, who, claim, subjects),
            claim=None if claim is None else claim.id,
            claim_type=claim_type,
            action=action,
            outcome=outcome,
            coordinates=tuple(dict.fromkeys(by_path[path] for path in sorted(by_path))),
            paths=tuple(sorted(by_path)),
            rules=tuple(rules),
            policy_version=self._policies.version if module is None else module.policy_version,
            legal_basis=None if module is None else module.legal_basis,
            registers=tuple(sorted(registers)),
            subjects=subjects,
        )


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
