"""Asks Cedar about one claim type: its own rules and the common ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cedarpy
import msgspec

from policies.kit.facts import Facts, Question, ReadScope, Verdict
from policies.kit.rules import Rule
from schema.terms import Capacity, Channel, ClaimAction, ClaimStatus, ClaimTypeCode, EvidenceScope, GovernmentLevel

if TYPE_CHECKING:
    from policies.kit.slices import Slices

DEFAULT_DENY = "default-deny"
POLICY_FAILED = "policy-failed"

_NO_RULE = "No rule allows it."
_FAILED = "The rules could not be evaluated, so the answer is no."
_APPLICANTS, _MINISTRY = {"type": "Group", "id": "applicants"}, {"type": "Group", "id": "ministry"}
PRINCIPALS: Mapping[Capacity, tuple[str, tuple[Mapping[str, str], ...]]] = {
    Capacity.CITIZEN: ("Citizen", (_APPLICANTS,)),
    Capacity.LEGAL_REPRESENTATIVE: ("LegalRepresentative", (_APPLICANTS,)),
    Capacity.MANDATE_HOLDER: ("MandateHolder", ()),
    Capacity.CLERK: ("Clerk", ()),
    Capacity.THIRD_PARTY_WORKER: ("ThirdPartyWorker", ()),
    Capacity.OWNER_OFFICER: ("OwnerOfficer", ()),
    Capacity.POLICY_OFFICER: ("PolicyOfficer", (_MINISTRY,)),
    Capacity.MINISTRY_IT: ("MinistryIt", (_MINISTRY,)),
    Capacity.AUDITOR: ("Auditor", (_MINISTRY,)),
}
_SCOPES: Mapping[ClaimAction, type[EvidenceScope] | type[ReadScope]] = {
    ClaimAction.READ: ReadScope,
    ClaimAction.READ_EVIDENCE: EvidenceScope,
}


@dataclass(frozen=True, slots=True)
class ClaimTypeFacts:
    """What rules may know of a claim type."""

    code: ClaimTypeCode
    level: GovernmentLevel
    built: bool
    open_to_third_parties: bool
    mandates: bool


class Judge:
    """The rules of one claim type over parsed handles; no state but those.

    Args:
        claim_type: what the rules may know of it.
        common: the parsed common rules, shared by all claim types: the handle is cloned, not parsed again.
        common_rules: the same rules, for their reasons.
        own: the claim type's own rules.
        schema: what requests and entities are checked against.
        slices: of the common rules; None: Cedar looks at all of them each time.
    """

    def __init__(
        self,
        claim_type: ClaimTypeFacts,
        common: cedarpy.PolicySet,
        common_rules: Iterable[Rule],
        own: Iterable[Rule],
        schema: cedarpy.Schema,
        slices: Slices | None = None,
    ) -> None:
        own = tuple(own)
        self._claim_type = claim_type
        self._schema = schema
        self._common = common
        self._own = own
        self._slices = slices
        self._sliced: dict[tuple[Capacity, ClaimAction], cedarpy.PolicySet] = {}
        self._entities: dict[str, cedarpy.Entities] = {}
        """Every principal, and a claim of this type in one place: parsed when it is first asked about."""
        self._reasons = {rule.id: rule.reason for rule in (*common_rules, *own)}

    def decide(self, facts: Facts, question: Question) -> Verdict:
        """The verdict without remedy. Where evaluating fails in any way, the answer is no: ``policy-failed``."""
        try:
            request = self._request(facts, question)
            policies, entities = self._about(facts.capacity, question.action), self._standing(facts)
            answer = cedarpy.is_authorized(request, policies, entities, self._schema)
            named = answer.diagnostics.id_annotations_by_reason
            rules = tuple(sorted(named[reason] for reason in answer.diagnostics.reasons))
            failed = bool(answer.diagnostics.errors) or answer.decision is cedarpy.Decision.NoDecision
            allowed = answer.allowed and bool(rules)
        except Exception:  # noqa: BLE001 - an engine that fails in a way nobody foresaw must not open anything
            failed = True
        if failed:
            return Verdict(False, (POLICY_FAILED,), _FAILED)
        if not rules:
            return Verdict(False, (DEFAULT_DENY,), _NO_RULE)
        return Verdict(allowed, rules, self._reasons[rules[0]])

    def _request(self, facts: Facts, question: Question) -> dict[str, Any]:
        if type(question.scope) is not _SCOPES.get(question.action, type(None)):
            raise ValueError("READ and READ_EVIDENCE have a scope of their own kind, other actions have none")
        if facts.new and facts.status is not ClaimStatus.DRAFT:
            raise ValueError("a claim about to be prepared is a draft")
        return {
            "principal": {"type": PRINCIPALS[facts.capacity][0], "id": "party"},
            "action": {"type": "Action", "id": question.action.value},
            "resource": {"type": "Claim", "id": _claim_id(facts.status, facts.channel, facts.new)},
            # As text: given as a dictionary, it would be made text of by a slower encoder.
            "context": msgspec.json.encode(_context(facts, question)).decode(),
        }

    @cached_property
    def _whole(self) -> cedarpy.PolicySet:
        own = "\n".join(rule.text for rule in self._own)
        return self._common.with_added_str(own) if own else self._common

    def _about(self, capacity: Capacity, action: ClaimAction) -> cedarpy.PolicySet:
        if self._slices is None:
            return self._whole
        known = self._sliced.get((capacity, action))
        if known is None:
            known = self._sliced[capacity, action] = self._slices.of(capacity, action, self._own)
        return known

    def _standing(self, facts: Facts) -> cedarpy.Entities:
        place = _claim_id(facts.status, facts.channel, facts.new)
        known = self._entities.get(place)
        if known is None:
            principals = [
                {"uid": {"type": name, "id": "party"}, "attrs": {}, "parents": list(parents)}
                for name, parents in PRINCIPALS.values()
            ]
            claim = self._claim(facts.status, facts.channel, facts.new)
            known = cedarpy.Entities.from_json_str(msgspec.json.encode([*principals, claim]).decode(), self._schema)
            self._entities[place] = known
        return known

    def _claim(self, status: ClaimStatus, channel: Channel | None, new: bool) -> dict[str, Any]:
        return {
            "uid": {"type": "Claim", "id": _claim_id(status, channel, new)},
            "attrs": {
                "type": _entity("ClaimType", self._claim_type.code.text),
                "level": _entity("Level", self._claim_type.level.value),
                "status": _entity("Status", status.value),
                "phase": _entity("Phase", status.phase.value),
                "channel": _entity("Channel", channel.value if channel else "UNKNOWN"),
                "isNew": new,
                "built": self._claim_type.built,
                "openToThirdParties": self._claim_type.open_to_third_parties,
                "mandates": self._claim_type.mandates,
            },
            "parents": [],
        }


def _claim_id(status: ClaimStatus, channel: Channel | None, new: bool) -> str:
    return f"{status.value}/{channel.value if channel else 'UNKNOWN'}/{'new' if new else 'kept'}"


def _entity(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": name}}


def _context(facts: Facts, question: Question) -> dict[str, Any]:
    return {
        "scope": _entity("Scope", question.scope.value if question.scope else "NONE"),
        "assurance": _entity("Assurance", facts.assurance.value if facts.assurance else "UNSTATED"),
        "isApplicant": facts.is_applicant,
        "representsAlone": facts.represents_alone,
        "mandateInForce": facts.mandate_in_force,
        "mandateActions": [_entity("Action", action.value) for action in sorted(facts.mandate_actions)],
        "assigned": facts.assigned,
        "organisationActive": facts.organisation_active,
        "contractInForce": facts.contract_in_force,
        "contractCovers": facts.contract_covers,
        "ownAuthority": facts.own_authority,
        "ownCentre": facts.own_centre,
        "inBasket": facts.in_basket,
        "presence": _entity("Presence", facts.presence.value),
        "restricted": facts.restricted,
        "takingOff": facts.taking_off,
    }
