"""Examples: who asks what, how the claim stands, and which rule answers. Data beside the rules, run as tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from policies.kit.evidence import parse_asked
from policies.kit.facts import Facts, Presence, Question, ReadScope, Verdict
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    EvidenceScope,
)

if TYPE_CHECKING:
    from policies.kit.policy_set import PolicySet

NOT_EVIDENCE = "not-evidence"
"""Stands for the deciding rule where the claim type does not list what an example asks for."""


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
    status: ClaimStatus
    asks: ClaimAction
    scope: str | None = None
    """READ: STATUS or CLAIM. READ_EVIDENCE: an evidence scope, or ``evidence`` instead."""
    evidence: str | None = None
    """A path from the applicant, with arguments: ``income(months=13).gross``. The claim type's list says its scope."""
    applicant: ApplicantKind = ApplicantKind.PERSON
    expect: Literal["permit", "refuse"]
    rules: tuple[str, ...]
    """The deciding rules, ``default-deny``, or ``not-evidence``."""
    facts: StatedFacts = StatedFacts()
    while_dark: bool = False
    """Holds as long as the claim type is dark; all others hold when it is built."""

    def stated(self, code: ClaimTypeCode) -> Facts:
        """The facts for a claim of type ``code``."""
        named = {name: getattr(self.facts, name) for name in self.facts.__struct_fields__}
        named["mandate_actions"] = frozenset(self.facts.mandate_actions)
        return Facts(capacity=self.capacity, claim_type=code, status=self.status, **named)

    def question(self) -> Question:
        """What is asked, where the example names a scope or needs none.

        Raises:
            ValueError: the scope does not belong to the action.
        """
        if self.asks is ClaimAction.READ:
            return Question(self.asks, ReadScope(self.scope or ""))
        if self.asks is ClaimAction.READ_EVIDENCE:
            return Question(self.asks, EvidenceScope(self.scope or ""))
        if self.scope is not None:
            raise ValueError(f"{self.asks} has no scope")
        return Question(self.asks)


class ExamplesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``examples.toml``."""

    answers: Mapping[str, Any]
    """Complete and valid under the claim type's form."""
    example: tuple[Example, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What an example says and what the policies say."""

    claim_type: ClaimTypeCode
    example: Example
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Permitted or refused as expected, by exactly the rules that are named."""
        return (
            self.verdict.allowed is (self.example.expect == "permit")
            and tuple(sorted(self.example.rules)) == self.verdict.rules
        )


def run(policies: PolicySet, only: ClaimTypeCode | None = None) -> Iterator[Outcome]:
    """Decide every example in order; those of a dark type as if it were built, but for ``while_dark``.

    Args:
        only: of this claim type; None: of every one.
    """
    for module in policies.claim_types.values():
        if only is not None and module.code != only:
            continue
        for example in module.examples:
            yield Outcome(module.code, example, _verdict(policies, module.code, example))


def _verdict(policies: PolicySet, code: ClaimTypeCode, example: Example) -> Verdict:
    if example.while_dark:
        return policies.decide(example.stated(code), example.question())
    if example.evidence is None:
        return policies.rehearse(example.stated(code), example.question())
    asked = parse_asked(example.evidence, example.applicant, policies.fields)
    requirement = policies.claim_types[code].requirement(asked, example.applicant)
    if requirement is None:
        return Verdict(False, (NOT_EVIDENCE,), "The claim type does not list it.")
    return policies.rehearse(example.stated(code), Question(example.asks, requirement.open_to))
