"""What one request does, as it will stand in the access log: one record a claim and outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec.structs import replace

from gateway.audit.positions import Position
from gateway.audit.record import AccessSubject, Entry, RecordPlace, Said
from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.disclosure import released_at
from gateway.desk.rows import Kind, Row, Rows, who_of_citizen
from gateway.desk.shortfall import given_by_none
from gateway.identity.party import Party
from gateway.plan.compile import FieldPlan
from gateway.plan.judgement import Judgement
from gateway.store.log_rows import LogRows
from policies.kit.facts import Facts
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, ApplicantKind, Capacity, ClaimAction, PersonCode, SubjectRole


@dataclass(frozen=True, slots=True)
class Summary:
    """What one side of one or several judgements comes to, as a record says it."""

    by_path: dict[str, str]
    """Path -> coordinate."""
    rules: tuple[str, ...]
    action: ClaimAction
    said: Said = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "said", Said.of(self.by_path, self.rules))

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
        parts = [part(each) for each in judgements]
        by_path = {path: coordinate for fields, _, _ in parts for path, coordinate in fields.items()}
        made = cls(
            {path: by_path[path] for path in sorted(by_path)},
            tuple(sorted({rule for _, rules, _ in parts for rule in rules})),
            next((action for _, _, action in parts if action is not ClaimAction.READ), ClaimAction.READ),
        )
        if len(judgements) == 1:
            judgements[0].summaries[side] = made
        return made


_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Draft(msgspec.Struct, eq=False, gc=False):
    """What happens through one door in this request. A list has one for each claim: it is made of little."""

    subject: str
    role: SubjectRole
    claim: ClaimSnapshot | None
    judgements: tuple[Judgement, ...] = ()
    failed: Mapping[str, str] = _NOTHING
    """What registers did not give, path -> coordinate."""
    withheld: Mapping[str, str] = _NOTHING
    """What was withheld as a protected person's data, or is not on record: nobody but this log tells which is asked."""
    disclosed: tuple[tuple[dict[str, str], Sequence[PersonCode]], ...] = ()
    """What of co-subjects is about to be released, path -> coordinate, each time with whose it is."""
    lost: Mapping[PersonCode, Mapping[str, str]] = _NOTHING
    """What of a co-subject's data is not released after all, where it is known whose it is."""
    shut: Mapping[PersonCode | None, frozenset[int]] = _NOTHING
    """Ids of the plan's fields that gave nothing: of a co-subject, or (None) of anybody."""
    record: RecordPlace | None = None
    """The PERMITTED record, once it is written."""
    disclosed_at: datetime | None = None
    """When its subjects are told of the record, and of what amends it; None: at once."""

    # Both are asked of every claim of a list, most of which share one judgement.

    @property
    def permitted(self) -> Summary:
        """What is open."""
        judgements = self.judgements
        kept = judgements[0].summaries.get("permitted") if len(judgements) == 1 else None
        return Summary.permitted(judgements) if kept is None else kept

    @property
    def denied(self) -> Summary:
        """What is refused."""
        judgements = self.judgements
        kept = judgements[0].summaries.get("denied") if len(judgements) == 1 else None
        return Summary.denied(judgements) if kept is None else kept

    @property
    def others(self) -> dict[PersonCode, dict[str, str]]:
        """The co-subjects, each with what of their data is about to be released, path -> coordinate."""
        found: dict[PersonCode, dict[str, str]] = {}
        for below, people in self.disclosed:
            for code in people:
                known = found.setdefault(code, below)
                if known is not below:
                    found[code] = known | below
        return found

    def without(self, paths: Mapping[str, str], of: PersonCode | None = None) -> Mapping[str, str]:
        """Of paths that were not given, of a co-subject or (None) at all, those that no other field gave."""
        return given_by_none(paths, self.judgements, self.shut.get(of, ())) if paths else paths

    @property
    def position(self) -> Position | None:
        """How the party stands to the claim; None where there is none, or it changed while the request went on."""
        judgements = self.judgements
        facts = judgements[0].facts if judgements else None
        if facts is None or self.claim is None:
            return None
        if len(judgements) > 1 and any(each.facts != facts for each in judgements):
            return None
        return Position(facts, self.claim.applicant_kind)


_PROTECTION = ("protected-or-absent",)
_RELEASED = Kind(ClaimAction.READ_EVIDENCE, AccessOutcome.PERMITTED, SubjectRole.CO_SUBJECT)
"""What is recorded of co-subjects."""
_APPLICANT = SubjectRole.APPLICANT
_PERSON = ApplicantKind.PERSON
_NO_DOOR = ("no-door",)
_Attempt = tuple[ClaimSnapshot | None, AccessSubject | None, ClaimAction, dict[str, str], Facts | None, tuple[str, ...]]


class Lines(msgspec.Struct, eq=False):
    """What is to be written, and who hears at which place it was."""

    rows: LogRows
    written: Callable[[int], None]


class RequestLog:
    """Collects the drafts of one request, and makes the lines of them."""

    def __init__(self, party: Party, policies: PolicySet, request_id: str) -> None:
        self._party = party
        self._policies = policies
        self._request_id = request_id
        self._drafts: dict[str | tuple[str, ...], Draft] = {}
        """By claim, or by whom the door is; an id may be any text, and is no such pair."""
        self._attempts: list[_Attempt] = []
        self.reads: Mapping[str, frozenset[str]] = {}
        """Coordinate -> names of the registers that are asked for it, of what this request asks."""

    def of_claim(self, claim: ClaimSnapshot, judgement: Judgement) -> Draft:
        """The draft of a claim that is read."""
        draft = self._drafts.get(claim.id)
        if draft is None:
            draft = self._drafts[claim.id] = Draft(claim.applicant, _APPLICANT, claim, (judgement,))
            return draft
        return _judged(draft, judgement)

    def of_self(self, subject: str, judgement: Judgement) -> Draft:
        """The draft of a citizen who reads their own data, or of whom a representative reads for."""
        draft = self._drafts.setdefault(("self", subject), Draft(subject, SubjectRole.SELF, None))
        return _judged(draft, judgement)

    def of_person(self, subject: str, judgement: Judgement) -> Draft:
        """The draft of somebody whose names are read without a claim: a mandate's grantor."""
        draft = self._drafts.setdefault(("person", subject), Draft(subject, SubjectRole.APPLICANT, None))
        return _judged(draft, judgement)

    def attempt(
        self,
        claim: ClaimSnapshot | None,
        action: ClaimAction,
        asked: dict[str, str],
        subject: AccessSubject | None = None,
        facts: Facts | None = None,
        rules: tuple[str, ...] = _NO_DOOR,
    ) -> None:
        """Somebody asked for a claim, or for the mandate of ``subject``, that is not theirs or does not exist.

        Args:
            facts: how they stand to the claim, where it exists.
            rules: what refused it.
        """
        if claim is not None:
            subject = AccessSubject(claim.applicant, SubjectRole.APPLICANT)
        self._attempts.append((claim, subject, action, asked, facts, rules))

    def attempt_on_self(self, asked: dict[str, str], rule: str) -> None:
        """Somebody asked for their own data with a token that does not open it: ``rule`` says why."""
        subject = AccessSubject(self._party.subject, SubjectRole.SELF)
        self._attempts.append((None, subject, ClaimAction.READ, asked, None, (rule,)))

    @property
    def drafts(self) -> list[Draft]:
        """What happens through each door."""
        return list(self._drafts.values())

    @property
    def protection(self) -> dict[str, bool]:
        """Whether the people who ask are protected, as the own copy had it when their claims were read. By the digits
        of their codes, which are hashed without a call of Python."""
        claims = [draft.claim for draft in self._drafts.values() if draft.claim is not None]
        return {each.applicant_code.digits: each.restricted for each in claims if each.applicant_kind is _PERSON}

    @property
    def attempts(self) -> list[AccessSubject | None]:
        """Whose data or claims were asked for in vain; None where there is no such claim."""
        return [attempt[1] for attempt in self._attempts]

    def take_attempts(self, other: RequestLog) -> None:
        """Record the attempts that another log has collected, and nothing else of it."""
        self._attempts += other._attempts

    @property
    def is_empty(self) -> bool:
        """Nothing to write."""
        if self._attempts:
            return False
        for draft in self._drafts.values():
            if draft.record is None and (draft.permitted.by_path or draft.denied.by_path):
                return False
        return True

    def decided(self, now: datetime, who: str) -> Lines:
        """What was decided: to be durable before anything is released, and written before any register is asked.

        Args:
            who: who asks, in words (:mod:`gateway.audit.who`).
        """
        rows = self._rows(now, who, ())
        released: list[tuple[Row, int, list[Draft]]] = []
        for claim, subject, action, asked, facts, refused_by in self._attempts:
            said = Said.of(asked, refused_by)
            told = None if subject is None else subject.role
            about = () if subject is None else (subject.subject,)
            told_at = released_at(self._policies, claim, facts, (action,), now)
            row = rows.row(claim, Kind(action, AccessOutcome.DENIED, told, disclosed_at=told_at), said, about)
            row.add(claim, about)
            if claim is not None and facts is not None:
                row.stands(Position(facts, claim.applicant_kind))
        for alike in self._alike():
            first = alike[0]
            open_, shut = first.permitted, first.denied
            about, position = (first.subject,), first.position
            fresh = [draft for draft in alike if draft.record is None]
            told_at = self._told_at(first, open_, shut, now)
            if open_.by_path and fresh:
                kind = Kind(open_.action, AccessOutcome.PERMITTED, first.role, disclosed_at=told_at)
                if told_at is not None:
                    for draft in fresh:
                        draft.disclosed_at = told_at
                row = rows.row(first.claim, kind, open_.said, about, self._registers_of(first))
                released.append((row, len(row.entries), fresh))
                row.entries += _entries(fresh)
                row.stands(position, len(fresh))
            if shut.by_path:
                kind = Kind(shut.action, AccessOutcome.DENIED, first.role, disclosed_at=told_at)
                row = rows.row(first.claim, kind, shut.said, about)
                row.entries += _entries(alike)
                row.stands(position, len(alike))
        return Lines(rows.as_written(), partial(self._written, rows, released))

    def _told_at(self, draft: Draft, open_: Summary, shut: Summary, now: datetime) -> datetime | None:
        """When the subjects are told of all that happens through a door: one part would tell of the others."""
        if draft.claim is None:
            return None
        facts = draft.judgements[0].facts if draft.judgements else None
        actions = [each.action for each in (open_, shut) if each.by_path]
        return released_at(self._policies, draft.claim, facts, actions, now)

    def _registers_of(self, draft: Draft) -> tuple[str, ...]:
        """Registers that will be asked for what is open, whether or not their answers are held already."""
        reads = self.reads
        if not reads:
            return ()
        # The same for all who are judged alike, as long as the same is connected.
        kept = draft.judgements[0].summaries if len(draft.judgements) == 1 else {}
        known: tuple[Mapping[str, frozenset[str]], tuple[str, ...]] | None = kept.get("registers")
        if known is None or known[0] is not reads:
            asked = draft.permitted.by_path.values()
            known = kept["registers"] = reads, tuple(sorted({name for each in asked for name in reads.get(each, ())}))
        return known[1]

    def _written(self, rows: Rows, released: list[tuple[Row, int, list[Draft]]], place: int) -> None:
        rows.written(place)
        for row, number, drafts in released:
            for its, draft in enumerate(drafts, number):
                draft.record = (row.place, its)
        self._attempts = []

    def _alike(self) -> Collection[list[Draft]]:
        """Drafts of which one record differs from another's in nothing but claim and subject."""
        if len(self._drafts) == 1:
            return [list(self._drafts.values())]
        drafts = list(self._drafts.values())
        if self._party.capacity is Capacity.CITIZEN:
            # Who a citizen is to somebody is each draft's own.
            return [[draft] for draft in drafts]
        found: dict[Any, list[Draft]] = {}
        for draft in drafts:
            judgements = draft.judgements
            simple = len(judgements) == 1 and draft.claim is not None
            key: Any = id(judgements[0]) if simple else (tuple(map(id, judgements)), draft.role)
            alike = found.get(key)
            if alike is None:
                found[key] = [draft]
            else:
                alike.append(draft)
        return found.values()

    @property
    def has_more(self) -> bool:
        """Registers disclosed co-subjects or failed: there is more to write before anything leaves."""
        drafts = self._drafts.values()
        return any([draft.disclosed or draft.failed or draft.withheld for draft in drafts])  # noqa: C419 - a generator costs more

    @property
    def codes(self) -> list[str]:
        """Digits of the co-subjects' codes."""
        drafts = self._drafts.values()
        return list({code.digits: None for draft in drafts for _, people in draft.disclosed for code in people})

    @property
    def subjects(self) -> list[str]:
        """Whom the drafts are about."""
        return [draft.subject for draft in self._drafts.values()]

    def told(
        self, now: datetime, who: str, registers: Iterable[str], known: Mapping[str, str], one: Mapping[str, str]
    ) -> Lines:
        """What only the registers' answers told: whose data else is released, and what was not given.

        Members of one household are in one record where the same of them is released.

        Args:
            who: as for :meth:`decided`.
            known: subject ids by :attr:`codes`.
            one: of :attr:`subjects` those that turned out to be another, each with who it is.
        """
        rows = self._rows(now, who, tuple(sorted(registers)))
        self._write_others(rows, known, one)
        for draft in self._drafts.values():
            if draft.failed or draft.withheld:
                action, about = draft.permitted.action, (one.get(draft.subject, draft.subject),)
                for outcome, fields, rules in (
                    (AccessOutcome.FAILED, draft.without(draft.failed), draft.permitted.rules),
                    (AccessOutcome.DENIED, draft.without(draft.withheld), _PROTECTION),
                ):
                    if fields:
                        amends, number = draft.record or (None, None)
                        kind = Kind(action, outcome, draft.role, amends, draft.disclosed_at)
                        rows.row(draft.claim, kind, Said.of(fields, rules), about).add(draft.claim, about, number)
        return Lines(rows.as_written(), rows.written)

    def _write_others(self, rows: Rows, known: Mapping[str, str], one: Mapping[str, str]) -> None:
        row = before = None
        for draft in self._drafts.values():
            if not draft.disclosed:
                continue
            claim, told_at = draft.claim, draft.disclosed_at
            type_ = None if claim is None else claim.type
            for fields, people in _told_alike(draft, known):
                people.pop(one.get(draft.subject, draft.subject), None)
                if not people or not fields:
                    continue
                # Of a list, mostly the same is told of each claim's, and all of it is the same objects.
                alike = (fields, draft.judgements, type_, told_at)
                if row is None or alike != before or self._party.capacity is Capacity.CITIZEN:
                    before = alike
                    kind = _RELEASED if told_at is None else replace(_RELEASED, disclosed_at=told_at)
                    row = rows.shared_row(claim, kind, fields, draft.permitted.rules, people)
                row.add(claim, list(people))

    def _rows(self, now: datetime, who: str, registers: tuple[str, ...]) -> Rows:
        return Rows(self._party, self._policies, self._request_id, now, who, registers)


def _entries(drafts: list[Draft]) -> list[Entry]:
    return [(None if (claim := draft.claim) is None else claim.id, (draft.subject,)) for draft in drafts]


def _without(fields: dict[str, str], lost: Mapping[str, str]) -> dict[str, str]:
    return {path: fields[path] for path in fields if path not in lost} if lost else fields


def _told_alike(draft: Draft, known: Mapping[str, str]) -> Iterable[tuple[dict[str, str], dict[str, None]]]:
    """What is released, with the subjects of whom that is, each once: most often there is but one such group."""
    if len(draft.disclosed) == 1 and not draft.lost:
        [(fields, people)] = draft.disclosed
        return ((fields, dict.fromkeys([known[code.digits] for code in people])),)
    found: dict[int, tuple[dict[str, str], dict[str, None]]] = {}
    for code, told in draft.others.items():
        fields = _without(told, draft.without(draft.lost.get(code, _NOTHING), code))
        found.setdefault(id(fields), (fields, {}))[1][known[code.digits]] = None
    return found.values()


def _judged(draft: Draft, judgement: Judgement) -> Draft:
    if not any(each is judgement for each in draft.judgements):
        draft.judgements += (judgement,)
    return draft


def asked_below(plan: FieldPlan | None, type_name: str) -> dict[str, str]:
    """Path -> coordinate of everything that was asked of objects of a type behind a field."""
    found: dict[str, str] = {}
    if plan is not None and type_name in plan.objects:
        _collect_asked(found, plan.objects[type_name], "")
    return found


def _collect_asked(found: dict[str, str], below: Any, words: str) -> None:
    # A function within the other would know itself, and wait for a collection after each refused claim.
    for each in below.fields:
        if each.name == "__typename":
            continue
        name = f"{words}.{each.name}" if words else each.name
        found[name] = each.coordinate
        for inner in each.objects.values():
            _collect_asked(found, inner, "" if each.coordinate == "Claim.applicant" else name)


def who_to(party: Party, who: str, claim: ClaimSnapshot | None, subjects: Iterable[AccessSubject]) -> str:
    """Who asked, in words for those whose log it is: a citizen is "the person themselves" to nobody else."""
    if party.capacity is not Capacity.CITIZEN:
        return who
    return who_of_citizen(party, who, claim, [each.subject for each in subjects])
