"""Examples: who asks what, how the claim stands, and which rule answers. Data beside the rules, run as tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from policies.kit.evidence import parse_asked
from policies.kit.facts import Facts, Presence, Question, ReadScope, Verdict
from policies.kit.judge import ClaimTypeFacts, Judge
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    DeliveryStrategy,
    EvidenceScope,
    GovernmentLevel,
)
from schema.text import Text

if TYPE_CHECKING:
    from policies.kit.claim_type import ClaimTypeModule
    from policies.kit.policy_set import PolicySet

NOT_EVIDENCE = "not-evidence"
"""Stands for the deciding rule where the claim type does not list what an example asks for."""
_LEAST = {ClaimAction.READ: ReadScope.STATUS.value, ClaimAction.READ_EVIDENCE: EvidenceScope.THIRD_PARTIES.value}
_NOT_LISTED = Text("The claim type does not list it.", "Iesnieguma veids to nenosauc pie vajadzīgajām ziņām.")


class StatedFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of an example; those left out are as in :class:`Facts`."""

    new: bool = False
    channel: Channel | None = None
    assurance: AssuranceLevel | None = None
    is_applicant: bool = False
    represents_alone: bool = False
    mandate_actions: tuple[ClaimAction, ...] = ()
    mandate_in_force: bool = False
    assigned: bool = False
    organisation_active: bool = False
    contract_in_force: bool = False
    contract_covers: bool = False
    own_authority: bool = False
    own_centre: bool = False
    in_basket: bool = False
    presence: Presence = Presence.NONE
    restricted: bool = False
    taking_off: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"capacity": "as"}):
    """One row ``[[example]]`` of ``examples.toml``."""

    name: str
    """A sentence."""
    capacity: Capacity
    status: ClaimStatus | tuple[ClaimStatus, ...]
    """A list: it is so in each of them."""
    asks: ClaimAction | tuple[ClaimAction, ...]
    """A list: each of them, without ``scope``. READ is asked for STATUS then, READ_EVIDENCE for THIRD_PARTIES, and
    ``rules`` are those that decide any of them."""
    scope: str | None = None
    """READ: STATUS or CLAIM. READ_EVIDENCE: an evidence scope, or ``evidence`` instead."""
    evidence: str | None = None
    """A path from the applicant, with arguments: ``income(months=13).gross``. The claim type's list says its scope."""
    opens: tuple[str, ...] | None = None
    """READ_EVIDENCE, in place of ``scope`` and ``evidence``: all paths of the claim type's list, as they stand there,
    that the rules which are named permit."""
    applicant: ApplicantKind = ApplicantKind.PERSON
    expect: Literal["permit", "refuse"]
    rules: tuple[str, ...]
    """The deciding rules, ``default-deny``, or ``not-evidence``."""
    facts: StatedFacts = StatedFacts()
    while_dark: bool = False
    """Decided as while nothing new of the type is taken; all others as when it is, whatever ``open`` says."""

    def stated(self, code: ClaimTypeCode) -> tuple[Facts, ...]:
        """The facts for a claim of type ``code``, in each status that is named."""
        named = {name: getattr(self.facts, name) for name in self.facts.__struct_fields__}
        named["mandate_actions"] = frozenset(self.facts.mandate_actions)
        statuses = self.status if isinstance(self.status, tuple) else (self.status,)
        return tuple(Facts(capacity=self.capacity, claim_type=code, status=each, **named) for each in statuses)

    def questions(self) -> tuple[Question, ...]:
        """What is asked, where the example names a scope or needs none.

        Raises:
            ValueError: the scope does not belong to the action, or no action is named.
        """
        if not isinstance(self.asks, tuple):
            return (_question(self.asks, self.scope),)
        if not self.asks or self.scope is not None:
            raise ValueError("several actions are asked without a scope, and there is one at least")
        return tuple(_question(each, _LEAST.get(each)) for each in self.asks)


def _question(action: ClaimAction, scope: str | None) -> Question:
    if action is ClaimAction.READ:
        return Question(action, ReadScope(scope or ""))
    if action is ClaimAction.READ_EVIDENCE:
        return Question(action, EvidenceScope(scope or ""))
    if scope is not None:
        raise ValueError(f"{action} has no scope")
    return Question(action)


class Offered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """``[offered]``: who can ask for the service, where, when, and who gets the claim, under the names of
    ``claim_type.toml``. Said a second time, so that a slip there is noticed."""

    owner: str
    level: GovernmentLevel
    applicants: tuple[ApplicantKind, ...]
    channels: tuple[Channel, ...]
    open: bool
    from_: date
    to: date | None = None
    delivered_to: str | None = None
    delivery: DeliveryStrategy
    max_age_hours: int

    def differences(self, module: ClaimTypeModule) -> Iterator[str]:
        """What the claim type says otherwise, a sentence each."""
        of_module = {
            "owner": module.owner,
            "level": module.level,
            "applicants": module.applicants,
            "channels": module.channels,
            "open": module.open,
            "from_": module.valid_from,
            "to": module.valid_to,
            "delivered_to": module.delivered_to,
            "delivery": module.delivery,
            "max_age_hours": module.max_age // timedelta(hours=1),
        }
        for name, said in of_module.items():
            mine = getattr(self, name)
            if mine != said:
                yield f"{name.rstrip('_')} is {_shown(said)} in claim_type.toml, {_shown(mine)} in [offered]"


class ExamplesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``examples.toml``."""

    answers: Mapping[str, Any]
    """Complete and valid under the claim type's form."""
    example: tuple[Example, ...]
    offered: Offered | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What an example says and what the policies say."""

    claim_type: ClaimTypeCode
    example: Example
    verdict: Verdict
    """Of several cases the first that is decided otherwise."""
    otherwise: str = ""
    """Where ``opens`` is not what the example says: which paths, in a sentence."""

    @property
    def holds(self) -> bool:
        """Permitted or refused as expected, by exactly the rules that are named."""
        return not self.otherwise and _as_said(self.example, self.verdict)


def run(policies: PolicySet, only: ClaimTypeCode | None = None) -> Iterator[Outcome]:
    """Decide every example in order.

    Args:
        only: of this claim type; None: of every one.
    """
    for module in policies.claim_types.values():
        if only is not None and module.code != only:
            continue
        for example in module.examples:
            yield _outcome(policies, module, example)


class Slip(msgspec.Struct, frozen=True):
    """Where ``[offered]`` and ``claim_type.toml`` differ."""

    claim_type: ClaimTypeCode
    sentence: str


def offered_otherwise(policies: PolicySet, only: ClaimTypeCode | None = None) -> Iterator[Slip]:
    """What claim types say otherwise than their ``[offered]``; those without one are left out."""
    for module in policies.claim_types.values():
        if module.offered is not None and only in (None, module.code):
            yield from (Slip(module.code, each) for each in module.offered.differences(module))


def _outcome(policies: PolicySet, module: ClaimTypeModule, example: Example) -> Outcome:
    places = example.stated(module.code)
    if example.opens is not None:
        outcomes = [_opening(policies, module, example, facts) for facts in places]
        return next((each for each in outcomes if not each.holds), outcomes[0])
    verdicts = [each for facts in places for each in _verdicts(policies, module, example, facts)]
    otherwise = next((each for each in verdicts if each.allowed is not (example.expect == "permit")), None)
    if otherwise is not None or len(verdicts) == 1:
        return Outcome(module.code, example, otherwise or verdicts[0])
    deciding = tuple(sorted({rule for each in verdicts for rule in each.rules}))
    return Outcome(module.code, example, replace(verdicts[0], rules=deciding))


def _as_said(example: Example, verdict: Verdict) -> bool:
    return verdict.allowed is (example.expect == "permit") and tuple(sorted(example.rules)) == verdict.rules


def _verdicts(policies: PolicySet, module: ClaimTypeModule, example: Example, facts: Facts) -> Iterator[Verdict]:
    if example.while_dark:
        judge = _dark(policies, module)
        yield from (judge.decide(facts, each) for each in example.questions())
    elif example.evidence is None:
        yield from (policies.rehearse(facts, each) for each in example.questions())
    else:
        asked = parse_asked(example.evidence, example.applicant, policies.fields)
        requirement = module.requirement(asked, example.applicant)
        if requirement is None:
            yield Verdict(False, (NOT_EVIDENCE,), _NOT_LISTED)
        else:
            yield policies.rehearse(facts, Question(ClaimAction.READ_EVIDENCE, requirement.open_to))


def _dark(policies: PolicySet, module: ClaimTypeModule) -> Judge:
    """Who decides while nothing new of the type is taken; made for the examples where that is not so."""
    loaded, common = policies.loaded[module.code], policies.common
    kind = ClaimTypeFacts(module.code, module.level, False, module.open_to_third_parties, module.mandates)
    return loaded.judges.get(False) or Judge(kind, common.handle, common.rules, loaded.rules, common.schema)


def _opening(policies: PolicySet, module: ClaimTypeModule, example: Example, facts: Facts) -> Outcome:
    """Which paths of the claim type's own list are permitted, and by which rules."""
    opened: list[str] = []
    verdict = Verdict(False, (NOT_EVIDENCE,), _NOT_LISTED)
    for one in module.evidence:
        if one.applicant is not example.applicant or not one.written:
            continue
        each = policies.rehearse(facts, Question(ClaimAction.READ_EVIDENCE, one.open_to))
        if each.allowed:
            opened.append(one.path)
        # The last that is decided otherwise is told; else what is permitted.
        if each.allowed and (not verdict.allowed or not _as_said(example, each)):
            verdict = each
    wanted = example.opens or ()
    parts = [
        f"{said} {', '.join(paths)}"
        for said, paths in (
            ("open too:", [path for path in opened if path not in wanted]),
            ("not open:", [path for path in wanted if path not in opened]),
        )
        if paths
    ]
    return Outcome(module.code, example, verdict, "; ".join(parts))


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(each) for each in value) + "]"
    return "not there" if value is None else str(value)
