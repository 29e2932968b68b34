"""``Query.explain``: what came of a rehearsal, as the graph shows it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from gateway.audit.english import English
from gateway.audit.latvian import Latvian
from gateway.audit.record import AccessRecord
from gateway.audit.sentences import Deed, Line, Speaks
from gateway.audit.who import ANOTHER, APPLICANT, another, as_read
from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.log import Draft
from gateway.desk.records import Source
from gateway.desk.reference import RegisterDesk
from gateway.desk.rehearsal import Rehearsal, rehearse
from gateway.desk.scope import House, Scope
from gateway.desk.session import Report
from gateway.operation import Operation
from gateway.plan.compile import Graph, Plan
from gateway.plan.document import Documents
from gateway.plan.explain import Explained, Explainer
from gateway.plan.inputs import Variables
from schema.graph.claim import Problem
from schema.graph.explanation import Explanation, RegisterCall
from schema.terms import AccessOutcome, ApplicantKind, Capacity, ClaimTypeCode, ErrorCode, SubjectRole
from schema.text import Text


class Explaining:
    """Answers ``explain``.

    Args:
        sources: what answers a record type.
        may_introspect: capacities that may ask for the schema.
        report: writes an unexpected failure to the service's log.
    """

    def __init__(
        self,
        graph: Graph,
        documents: Documents,
        house: House,
        sources: Mapping[type[Any], Source],
        may_introspect: frozenset[Capacity],
        report: Report,
    ) -> None:
        self._explainer = Explainer(graph, documents)
        self._house = house
        self._sources = sources
        self._may_introspect = may_introspect
        self._report = report

    async def explain(
        self, asker: Scope, deadline: float, operation: str, variables: Any, operation_name: str | None
    ) -> Explanation:
        """What the operation would do for who asks; recorded is the attempt on a claim that is not open, no more.

        Raises:
            FieldError: DEADLINE_EXCEEDED, INTERNAL: the rehearsal did not come to its end.
        """
        if variables is not None and not isinstance(variables, dict):
            problem = Problem(
                code=ErrorCode.VARIABLES.value,
                message=Text("The variables are a JSON object.", "Mainīgie ir JSON objekts."),
                field="/variables",
            )
            return _explanation(Explained([], [problem]), [], [])
        may_introspect = asker.party.capacity in self._may_introspect
        given = variables or {}

        def begin(plan: Plan, coerced: Variables) -> Rehearsal:
            return rehearse(
                self._house,
                self._sources,
                asker,
                plan,
                coerced,
                given,
                self._report,
                may_introspect=may_introspect,
                deadline=deadline,
            )

        asked = Operation(operation, given, operation_name)
        reasons = asker.policies.reasons
        explained = await self._explainer.explain(
            asked, begin, deadline, reasons, asker.party.key, may_introspect=may_introspect
        )
        rehearsal: Rehearsal | None = explained.rehearsal
        if rehearsal is None:
            return _explanation(explained, [], [])
        asker.log.take_attempts(rehearsal.scope.log)
        for act in rehearsal.acts:
            if act.attempt is not None:
                asker.log.attempt(*act.attempt)
        if explained.broken_off is not None:
            raise explained.broken_off
        return _explanation(explained, self._calls(rehearsal), await self._sentences(rehearsal))

    def _calls(self, rehearsal: Rehearsal) -> list[RegisterCall]:
        desk = RegisterDesk(rehearsal.scope)
        merged: dict[tuple[str, str, str], int] = {}
        for call in rehearsal.calls.made:
            key = (call.register, call.operation, call.keys)
            merged[key] = merged.get(key, 0) + call.calls
        found = []
        for (name, operation, keys), calls in merged.items():
            register = desk.register(name)
            if register is not None:
                found.append(RegisterCall(register=register, operation=operation, calls=calls, keys=keys))
        return found

    async def _sentences(self, rehearsal: Rehearsal) -> list[str]:
        party, log = rehearsal.scope.party, rehearsal.scope.log
        who = as_read(self._house.who(party))
        said: dict[Text | None, None] = {}
        # Most of a long list's drafts are alike, and a sentence costs more than to see that.
        alike: dict[Hashable, Draft] = {}
        for draft in log.drafts:
            alike.setdefault(_what_lines_say(draft, party.subject), draft)
        for draft in alike.values():
            for line in _lines(draft, rehearsal.scope, who):
                said.setdefault(_in_each(partial(_line, line)))
        # Whether there is such a claim, or such a person, shows in nothing.
        somebody = ANOTHER if party.capacity is Capacity.CITIZEN else who
        for act in rehearsal.acts:
            if act.attempt is not None:
                tried = act.record.paths[0] if act.record else None
                said.setdefault(_in_each(partial(_no_door, somebody, tried)))
            elif act.record is not None:
                deed = _deed(act.record, rehearsal.scope, act.problems != ())
                said.setdefault(_in_each(partial(_act, deed)))
        for on_self in dict.fromkeys(
            subject is not None and subject.role is SubjectRole.SELF for subject in log.attempts
        ):
            if on_self:
                said.setdefault(_in_each(lambda speaks: speaks.self_not_open()))
            else:
                said.setdefault(_in_each(partial(_no_door, somebody, None)))
        if rehearsal.desk.has_named_somebody:
            said.setdefault(_in_each(lambda speaks: speaks.searched(who)))
        return [sentence for sentence in said if sentence is not None]


_ENGLISH, _LATVIAN = English(), Latvian()


def _in_each(say: Callable[[Speaks], str | None]) -> Text | None:
    """A sentence in each language; None where there is nothing to say."""
    english, latvian = say(_ENGLISH), say(_LATVIAN)
    return None if english is None or latvian is None else Text(english, latvian)


def _line(line: Line, speaks: Speaks) -> str | None:
    return speaks.line(line)


def _act(deed: Deed, speaks: Speaks) -> str:
    return speaks.act(deed)


def _no_door(who: str, mutation: str | None, speaks: Speaks) -> str:
    return speaks.no_door(who, mutation)


def _title(scope: Scope, code: ClaimTypeCode | None) -> str | None:
    """A claim type's title; its code where no policy knows it any more."""
    if code is None:
        return None
    module = scope.module(code)
    return code.text if module is None else Text(module.title_en, module.title_lv)


def _what_lines_say(draft: Draft, asker: str) -> Hashable:
    """The same of drafts with the same :func:`_lines`."""
    if len(draft.disclosed) > 1:
        return draft  # What is told of somebody may come from several.
    claim = draft.claim
    return (
        draft.subject == asker,
        draft.role,
        None if claim is None else (claim.type, claim.applicant_kind),
        tuple(map(id, draft.judgements)),
        tuple(draft.failed),
        tuple(id(below) for below, people in draft.disclosed if people),
    )


def _lines(draft: Draft, scope: Scope, who: str) -> list[Line]:
    claim: ClaimSnapshot | None = draft.claim
    own = draft.subject == scope.party.subject and scope.party.capacity is Capacity.CITIZEN
    claim_type = _title(scope, None if claim is None else claim.type)
    by_representative = draft.role is SubjectRole.SELF and scope.party.capacity is Capacity.LEGAL_REPRESENTATIVE
    of_entity = by_representative if claim is None else claim.applicant_kind is ApplicantKind.LEGAL_ENTITY
    permitted: dict[str, str] = {}
    denied: dict[str, str] = {}
    for judgement in draft.judgements:
        permitted |= judgement.permitted_fields
        denied |= judgement.denied_fields
    failed = {path: permitted.pop(path) for path in draft.without(draft.failed) if path in permitted}
    is_citizen = scope.party.capacity is Capacity.CITIZEN

    def asker(by_path: Mapping[str, str]) -> str:
        return another(by_path) if is_citizen and not own else who

    def to_others(by_path: Mapping[str, str]) -> str:
        return APPLICANT if own and claim is not None else another(by_path) if is_citizen else who

    lines = [
        Line(asker(by_path), by_path, outcome, draft.role, own, claim_type, of_entity, also)
        for by_path, outcome, also in (
            (permitted, AccessOutcome.PERMITTED, frozenset[str]()),
            (failed, AccessOutcome.FAILED, frozenset(permitted)),
            (denied, AccessOutcome.DENIED, frozenset(permitted)),
        )
        if by_path
    ]

    lines += [
        Line(to_others(by_path), by_path, AccessOutcome.PERMITTED, SubjectRole.CO_SUBJECT, False, claim_type)
        for by_path in draft.others.values()
        if by_path
    ]
    return lines


def _deed(record: AccessRecord, scope: Scope, refused: bool) -> Deed:
    party = scope.party
    own = party.capacity is Capacity.CITIZEN and all(each.subject == party.subject for each in record.subjects)
    claim_type = _title(scope, record.claim_type)
    return Deed(as_read(record.who), record.paths[0], claim_type, own, refused)


def _explanation(explained: Explained, calls: list[RegisterCall], sentences: list[str]) -> Explanation:
    return Explanation(
        allowed=explained.allowed,
        decisions=explained.decisions,
        register_calls=calls,
        access_log_entries=sentences,
        problems=explained.problems,
    )
