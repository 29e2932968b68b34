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
from schema.text import Text

if TYPE_CHECKING:
    from policies.kit.slices import Slice, Slices

DEFAULT_DENY = "default-deny"
POLICY_FAILED = "policy-failed"

NO_RULE = Text("No rule allows it.", "Neviens noteikums to neatļauj.")
FAILED = Text(
    "The rules could not be evaluated, so the answer is no.", "Noteikumus nevarēja izvērtēt, tāpēc atbilde ir nē."
)
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
        slices: of the common rules; None: Cedar looks at all of them, and is told all, each time.
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
        self._sliced: dict[tuple[Capacity, ClaimAction], tuple[Slice, tuple[Rule, ...]]] = {}
        self._entities: dict[str, cedarpy.Entities] = {}
        """Every principal, and a claim of this type in one place: parsed when it is first asked about."""
        self._reasons = {rule.id: rule.said for rule in (*common_rules, *own)}

    def decide(self, facts: Facts, question: Question) -> Verdict:
        """The verdict without remedy. Where evaluating fails in any way, the answer is no: ``policy-failed``."""
        try:
            _check(facts, question)
            found = self._by_all(facts, question) if self._slices is None else self._by_slice(facts, question)
        except Exception:  # noqa: BLE001 - an engine that fails in a way nobody foresaw must not open anything
            found = None
        if found is None:
            return Verdict(False, (POLICY_FAILED,), FAILED)
        allowed, rules = found
        if not rules:
            return Verdict(False, (DEFAULT_DENY,), NO_RULE)
        return Verdict(allowed, rules, self._reasons[rules[0]])

    def _by_all(self, facts: Facts, question: Question) -> tuple[bool, tuple[str, ...]] | None:
        request = _request(facts, question, msgspec.json.encode(_context(facts, question)).decode())
        found = _asked(request, self._whole, self._standing(facts), self._schema)
        return None if found is None else (found[0], tuple(sorted(found[1])))

    def _by_slice(self, facts: Facts, question: Question) -> tuple[bool, tuple[str, ...]] | None:
        part, rules = self._about(facts.capacity, question.action)
        position = part.position(self._claim_type, facts, question)
        known = part.known(position)
        if known is None:
            found = self._asked_first(part, facts, question)
            if found is None:
                return None
            known = found[0], part.numbers(found[1])
            part.remember(position, known)
        return known[0], tuple(sorted(rules[number].id for number in known[1]))

    def _asked_first(self, part: Slice, facts: Facts, question: Question) -> tuple[bool, Iterable[str]] | None:
        """Ask Cedar, and have a request of a kind that did not occur yet checked against the schema as a whole.

        All that the schema can object to is in the kind: flags are flags by type. Checking takes as long as deciding.
        """
        assert self._slices is not None
        kind = (facts.capacity, question, facts.assurance, facts.presence, facts.mandate_actions)
        context = _context(facts, question)
        if kind not in self._slices.proven:
            request = _request(facts, question, msgspec.json.encode(context).decode())
            found = _asked(request, part.handle, self._standing(facts), self._schema)
            if found is not None:
                self._slices.proven.add(kind)
            return found
        told = {name: context[name] for name in part.context}
        # As text: given as a dictionary, it would be made text of by a slower encoder.
        request = _request(facts, question, msgspec.json.encode(told).decode() if told else None)
        return _asked(request, part.handle, self._standing(facts), None)

    @cached_property
    def _whole(self) -> cedarpy.PolicySet:
        own = "\n".join(rule.text for rule in self._own)
        return self._common.with_added_str(own) if own else self._common

    def _about(self, capacity: Capacity, action: ClaimAction) -> tuple[Slice, tuple[Rule, ...]]:
        assert self._slices is not None
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


def _check(facts: Facts, question: Question) -> None:
    if type(question.scope) is not _SCOPES.get(question.action, type(None)):
        raise ValueError("READ and READ_EVIDENCE have a scope of their own kind, other actions have none")
    if facts.new and facts.status is not ClaimStatus.DRAFT:
        raise ValueError("a claim about to be prepared is a draft")


def _request(facts: Facts, question: Question, context: str | None) -> dict[str, Any]:
    return {
        "principal": {"type": PRINCIPALS[facts.capacity][0], "id": "party"},
        "action": {"type": "Action", "id": question.action.value},
        "resource": {"type": "Claim", "id": _claim_id(facts.status, facts.channel, facts.new)},
        "context": context,
    }


def _asked(
    request: dict[str, Any], policies: cedarpy.PolicySet, entities: cedarpy.Entities, schema: cedarpy.Schema | None
) -> tuple[bool, list[str]] | None:
    """Whether it is allowed, and the deciding rules as their ``@id`` names them; None: it could not be evaluated."""
    answer = cedarpy.is_authorized(request, policies, entities, schema)
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        return None
    named = answer.diagnostics.id_annotations_by_reason
    rules = [named[reason] for reason in answer.diagnostics.reasons]
    return answer.allowed and bool(rules), rules


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
