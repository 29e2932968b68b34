"""Decides what of a plan a door leaves open: every field below it, at once, before anything is read through it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, cast

from graphql import GraphQLNonNull

from gateway.identity.party import Party
from gateway.plan import refusals
from gateway.plan.arguments import arguments_of, asked_values
from gateway.plan.compile import FieldPlan, ObjectPlan, Plan
from gateway.plan.inputs import Variables
from gateway.plan.judgement import Judgement, refusal, refused_by, to_nobody
from gateway.plan.recorded import RecordedField
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.evidence import OPEN_OF_OTHERS, EvidencePath, Step
from policies.kit.facts import READ_CLAIM, READ_STATUS, Facts, Question
from policies.kit.field_access import AccessClass
from policies.kit.policy_set import PolicySet
from schema.ports import FieldError
from schema.terms import ApplicantKind, Capacity, ClaimAction, EvidenceScope

JUDGEMENTS_A_PLAN = 256
_NAMES = frozenset({"givenName", "familyName"})
_LOG = "accessLog"
_AS_PARENT = ("parent-reads-minors-log",)


@dataclass(frozen=True, slots=True)
class _Say:
    """What one field is answered: open (by these rules), or refused."""

    error: FieldError | None
    rules: tuple[str, ...] = ()
    evidence: bool = False
    hollow: bool = False
    """Refused as far as anything below goes, but never null: what is asked of it is refused field by field."""


_OPEN = _Say(None)


def _not_represented(plan: FieldPlan) -> _Say:
    refused = refusals.TO_REPRESENTATIVE.filled(coordinate=plan.coordinate)
    return _Say(refusal(refused, remedy=refusals.AS_REPRESENTATIVE))


# A judge of one kind of door: path from the person or entity at its root (None above it), the field, its access class.
_Judge = Callable[[EvidencePath | None, FieldPlan, AccessClass], _Say]


class Judges:
    """Judges doors for one party and one set of policies.

    A judgement is the same for all who stand alike: it is kept with the plan, under everything that it was made from
    (capacity, facts, version of the policies, values of bounded arguments), and never changed once it is made.
    """

    def __init__(
        self, party: Party, policies: PolicySet, may_introspect: bool, variables: Variables, plan: Plan | None = None
    ) -> None:
        self._party = party
        self._policies = policies
        self._may_introspect = may_introspect
        self._variables = variables
        self._kept: OrderedDict[Any, Judgement] = OrderedDict() if plan is None else plan.judgements
        asked = () if plan is None else asked_values(plan, variables)
        self._made_from = (party.capacity, may_introspect, policies.version, asked)
        self._claims: dict[tuple[int, int, ApplicantKind], tuple[Facts, Judgement]] = {}

    # ------------------------------------------------------------ doors

    def root(self, plan: Plan) -> Judgement:
        """The root of an operation: what is open to the party without any door."""
        return self._judged(plan.root, ("root",), self._at_root, None)

    def me(self, below: ObjectPlan) -> Judgement:
        """The citizen's own data."""
        return self._judged(below, ("me",), self._own, (), rule="citizen-reads-own-data")

    def acting_for(self, below: ObjectPlan) -> Judgement:
        """Whom a token acts for: names and numbers, no more."""
        named = self._named(_NAMES | {"personCode"})
        return self._judged(below, ("acting for",), named, (), rule="token-names-whom-it-acts-for")

    def grantor(self, below: ObjectPlan) -> Judgement:
        """The grantor of a mandate, to its holder: names, no more."""
        return self._judged(below, ("grantor",), self._named(_NAMES), (), rule="holder-reads-grantors-names")

    def holder(self, below: ObjectPlan) -> Judgement:
        """The holder of a mandate, to its grantor: the code as typed."""
        return self._judged(below, ("holder",), self._named(frozenset({"personCode"})), ())

    def open_data(self, below: ObjectPlan) -> Judgement:
        """An organisation or a legal entity behind a mandate: what is open to everybody."""
        return self._judged(below, ("open data",), self._at_root, None)

    def represented(self, below: ObjectPlan, shut: FieldError | None) -> Judgement:
        """The legal entity that a representative's token names: open data, and its log unless that is ``shut``."""

        def judge(path: EvidencePath | None, plan: FieldPlan, access: AccessClass) -> _Say:
            return _Say(shut) if access is AccessClass.REPRESENTED else self._at_root(path, plan, access)

        key = ("represented", None if shut is None else shut.rule)
        return self._judged(below, key, judge, None, rule="representative-reads-entitys-log", logs=_LOG)

    def claim(self, below: ObjectPlan, facts: Facts, kind: ApplicantKind) -> Judgement:
        """One claim, from how the party stands to it."""
        # Claims in the same position share their facts, so the object stands for its values within a request.
        kept = self._claims.get((id(below), id(facts), kind))
        if kept is not None:
            return kept[1]
        key = ("claim", facts, kind)
        known = self._kept.get((id(below), key, self._made_from))
        if known is None:
            judge = self._of_claim(facts, kind, self._policies.claim_types.get(facts.claim_type))
            applicant_type = "Person" if kind is ApplicantKind.PERSON else "LegalEntity"
            known = self._judged(below, key, judge, None, applicant_type)
        known.facts = facts
        # Kept with the facts, so that no other's take their identity while it counts.
        self._claims[id(below), id(facts), kind] = facts, known
        return known

    def _judged(
        self,
        below: ObjectPlan,
        key: Any,
        judge: _Judge,
        path: EvidencePath | None,
        applicant_type: str | None = None,
        rule: str | None = None,
        logs: str = "",
    ) -> Judgement:
        """``rule`` names for the log what opens a door that no policy decides on; ``logs`` see Judgement."""
        full = (id(below), key, self._made_from)
        known = self._kept.get(full)
        if known is None:
            known = Judgement(applicant_type=applicant_type, logs=logs)
            self._walk(below, known, judge, path, "", None)
            if rule is not None and known.permitted_fields:
                known.rules.add(rule)
            self._kept[full] = known
            if len(self._kept) > JUDGEMENTS_A_PLAN:
                self._kept.popitem(last=False)
        return known

    # ------------------------------------------------------------ the walk

    def _walk(
        self,
        below: ObjectPlan,
        judgement: Judgement,
        judge: _Judge,
        path: EvidencePath | None,
        words: str,
        above: AccessClass | None,
    ) -> bool:
        """Judge all fields of an object; True where any is open."""
        any_open = False
        for each in below.fields:
            say, name = self._judge_field(each, judgement, judge, path, words, above)
            if say.error is None:
                any_open = True
                judgement.opened.add(each.id)
                self._log(judgement, each, name, say)
            else:
                judgement.refused[each.id] = say.error
                if say.hollow:
                    judgement.opened.add(each.id)
        return any_open

    def _log(self, judgement: Judgement, plan: FieldPlan, name: str, say: _Say) -> None:
        if plan.name == "__typename" or not judgement.tells(name):
            return
        judgement.permitted_fields[name] = plan.coordinate
        judgement.names[plan.id] = name
        judgement.permits[plan.id] = say.rules
        judgement.rules.update(say.rules)
        if say.evidence:
            judgement.action = ClaimAction.READ_EVIDENCE

    def _judge_field(
        self,
        plan: FieldPlan,
        judgement: Judgement,
        judge: _Judge,
        path: EvidencePath | None,
        words: str,
        above: AccessClass | None,
    ) -> tuple[_Say, str]:
        access, here, name = self._place(plan, path, words, above)
        if access is None:
            say = _Say(to_nobody(plan.coordinate))
            self._deny(judgement, plan, name, say)
            return say, name
        starts_path = plan.coordinate == "Claim.applicant"
        by_path = here is not None and access is AccessClass.EVIDENCE
        if not plan.objects or (plan.door is not None and not starts_path):
            say = judge(here, plan, access)
            if say.error is not None:
                self._deny(judgement, plan, name, say)
            return say, name
        if not by_path:
            say = judge(here, plan, access)
            if say.error is not None:
                self._deny(judgement, plan, name, say)
                return say, name
        inner = () if starts_path else here
        inner_words = "" if starts_path else name
        any_open = False
        for below in plan.objects.values():
            if not starts_path or below.type_name == judgement.applicant_type:
                any_open |= self._walk(below, judgement, judge, inner, inner_words, access)
        if by_path and any_open:
            return _Say(None, evidence=True), name
        # A register is asked for the children: where nothing of them is open, nobody asks.
        if not by_path and (any_open or access is not AccessClass.GUARDIAN):
            return say, name
        error = next(
            (judgement.refused[each.id] for below in plan.objects.values() for each in below.fields),
            refusal(refusals.NOT_HERE.filled(coordinate=plan.coordinate), remedy=refusals.LEAVE_IT_OUT),
        )
        # A null where the schema promises an object would take the object's siblings with it.
        say = _Say(error, evidence=True, hollow=isinstance(plan.type, GraphQLNonNull))
        if not say.hollow:
            self._deny(judgement, plan, name, say)
        return say, name

    def _place(
        self, plan: FieldPlan, path: EvidencePath | None, words: str, above: AccessClass | None
    ) -> tuple[AccessClass | None, EvidencePath | None, str]:
        """Access class, path and name of a field where it stands."""
        try:
            arguments = arguments_of(plan, self._variables) if plan.definition.args else {}
        except FieldError:
            # Nobody can ask with these: judged as without any, and the runner makes it an error of this field alone.
            arguments = {}
        name = f"{words}.{plan.name}" if words else plan.name
        given = {argument.name.value for argument in plan.nodes[0].arguments or ()}
        bounds = [f"{key}<={arguments[key]}" for key in sorted(given) if type(arguments.get(key)) is int]
        if path is not None and bounds:
            name = f"{name}({','.join(bounds)})"
        access: AccessClass | None
        if plan.name == "__typename":
            access = AccessClass.EVIDENCE if path else AccessClass.OPEN
        elif plan.name in ("__schema", "__type"):
            access = AccessClass.INTROSPECTION
        else:
            found = self._policies.fields.of(plan.coordinate)
            # Values of open or claim fields are as open as the field that leads to them.
            no_person = found is AccessClass.EVIDENCE and path is None and above is not None
            access = above if no_person else found
        if path is not None:
            path = (*path, Step(plan.name, arguments, plan.named.name if plan.objects else ""))
        return access, path, name

    def _deny(self, judgement: Judgement, plan: FieldPlan, name: str, say: _Say) -> None:
        if plan.name == "__typename" or say.error is None or not judgement.tells(name):
            return
        judgement.denied_fields[name] = plan.coordinate
        if say.error.rule is not None:
            judgement.denied_rules.update(say.error.rule.split(", "))
        if say.evidence:
            judgement.denied_action = ClaimAction.READ_EVIDENCE

    # ------------------------------------------------------------ judges

    def _by_capacity(self, plan: FieldPlan, access: AccessClass) -> _Say:
        """Fields that the capacity alone decides."""
        capacity = self._party.capacity
        if access in (AccessClass.OPEN, AccessClass.PARTY, AccessClass.LEGAL_ENTITY, AccessClass.OWN_ORGANISATION):
            return _OPEN
        if access is AccessClass.MINISTRY_IT and capacity is Capacity.MINISTRY_IT:
            return _OPEN
        if access is AccessClass.AUDITOR and capacity is Capacity.AUDITOR:
            return _OPEN
        if access is AccessClass.INTROSPECTION and self._may_introspect:
            return _OPEN
        return _Say(
            refusal(
                refusals.NOT_TO_YOU.filled(coordinate=plan.coordinate),
                remedy=refusals.REMEDIES.get(access, refusals.LEAVE_IT_OUT),
            )
        )

    def _at_root(self, path: EvidencePath | None, plan: FieldPlan, access: AccessClass) -> _Say:
        if plan.coordinate == "LegalEntity.properties":
            return _Say(refusal(refusals.REAL_ESTATE, remedy=refusals.THROUGH_ITS_CLAIM))
        if access is AccessClass.REPRESENTED:
            return _not_represented(plan)
        return self._by_capacity(plan, access)

    def _own(self, path: EvidencePath | None, plan: FieldPlan, access: AccessClass) -> _Say:
        steps = path or ()
        # Whatever its class, a field that another person leads to tells something of that person.
        for above, asked in pairwise(steps):
            if above.type == "Person" and not (asked is steps[-1] and asked.field in OPEN_OF_OTHERS | {"__typename"}):
                refused = refusals.OF_ANOTHER.filled(coordinate=plan.coordinate)
                return _Say(refusal(refused, remedy=refusals.OPEN_OF_ANOTHER))
        if access is AccessClass.GUARDIAN:
            return _Say(None, _AS_PARENT)
        own = access is AccessClass.EVIDENCE or access is AccessClass.SELF
        return _OPEN if own and plan.coordinate != "LegalEntity.properties" else self._at_root(path, plan, access)

    def _named(self, names: frozenset[str]) -> _Judge:
        def judge(path: EvidencePath | None, plan: FieldPlan, access: AccessClass) -> _Say:
            if path is not None and len(path) == 1 and plan.name in names | {"__typename"} and not plan.objects:
                return _OPEN
            refused = refusals.NOT_BY_MANDATE.filled(coordinate=plan.coordinate)
            return _Say(refusal(refused, remedy=refusals.THROUGH_THE_CLAIM))

        return judge

    def _of_claim(self, facts: Facts, kind: ApplicantKind, module: ClaimTypeModule | None) -> _Judge:
        def ask(question: Question, *, evidence: bool = False) -> _Say:
            verdict = self._policies.decide(facts, question)
            return _Say(
                None if verdict.allowed else refused_by(verdict), verdict.rules if verdict.allowed else (), evidence
            )

        def evidence(path: EvidencePath, plan: FieldPlan) -> _Say:
            found = module.requirement(path, kind) if module is not None else None
            if found is None:
                return _Say(
                    refusal(
                        refusals.NOT_EVIDENCE.filled(coordinate=plan.coordinate),
                        remedy=refusals.WHAT_IS_EVIDENCE,
                    ),
                    evidence=True,
                )
            return ask(Question(ClaimAction.READ_EVIDENCE, found.open_to), evidence=True)

        def judge(path: EvidencePath | None, plan: FieldPlan, access: AccessClass) -> _Say:
            if path:
                return below_applicant(path, plan, access)
            if plan.name == "__typename":
                return ask(READ_STATUS)
            if access is AccessClass.CLAIM_STATUS:
                return ask(READ_STATUS)
            if access in (AccessClass.CLAIM, AccessClass.LEGAL_ENTITY):
                return ask(READ_CLAIM)
            if access is AccessClass.ANSWERS:
                say = ask(Question(ClaimAction.READ_EVIDENCE, EvidenceScope.THIRD_PARTIES), evidence=True)
                prepare = ask(Question(ClaimAction.PREPARE)) if say.error is not None else say
                return prepare if prepare.error is None else say
            return self._by_capacity(plan, access)

        def below_applicant(path: EvidencePath, plan: FieldPlan, access: AccessClass) -> _Say:
            """Whatever its class, a field that evidence leads to is as closed as that evidence: it tells of it."""
            if access is AccessClass.SELF:
                refused = refusals.TO_SELF.filled(coordinate=plan.coordinate)
                return _Say(refusal(refused, remedy=refusals.LEFT_TO_SELF))
            if access is AccessClass.GUARDIAN:
                refused = refusals.TO_PARENT.filled(coordinate=plan.coordinate)
                return _Say(refusal(refused, remedy=refusals.REMEDIES[access]))
            if access is AccessClass.REPRESENTED:
                return _not_represented(plan)
            if len(path) == 1 and plan.name == "__typename":
                return ask(READ_STATUS)
            of_person = kind is ApplicantKind.PERSON
            say = evidence(path, plan) if of_person or path[0].field == "properties" else ask(READ_CLAIM)
            if say.error is not None or access is AccessClass.EVIDENCE:
                return say
            also = self._by_capacity(plan, access)
            return say if also.error is None else also

        return judge


class _Asker(NamedTuple):
    capacity: Capacity


def claim_field(
    policies: PolicySet, facts: Facts, kind: ApplicantKind, asked: RecordedField
) -> tuple[FieldError | None, tuple[str, ...]]:
    """What the judge of a claim's door says of one field that is no plan's: the error of a refusal, or the rules."""
    if asked.access is None:
        return to_nobody(asked.coordinate), ()
    asker: Any = _Asker(facts.capacity)
    field_: Any = asked
    # Arguments are in the path already; no variable is asked for.
    judges = Judges(asker, policies, False, cast(Variables, None))
    say = judges._of_claim(facts, kind, policies.claim_types.get(facts.claim_type))(asked.path, field_, asked.access)
    return say.error, say.rules
