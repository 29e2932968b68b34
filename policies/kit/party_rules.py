"""Who gives mandates, who registers third parties: the rules of ``policies/parties``, which no claim type changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cedarpy
import msgspec

from policies.kit.documents import Document, digest
from policies.kit.errors import PolicyError
from policies.kit.facts import Verdict
from policies.kit.judge import DEFAULT_DENY, POLICY_FAILED
from policies.kit.rules import Rule, parse_rules, parse_schema
from schema.terms import AssuranceLevel, Capacity, ClaimAction

FOLDER = Path(__file__).resolve().parents[1] / "parties"
REMEMBERED = 4_096
"""Verdicts kept at most; there are fewer positions than that."""

_DATA = ("schema.cedarschema", "examples.toml")
_PRINCIPALS = {capacity: capacity.value.title().replace("_", "") for capacity in Capacity}
_APPLICANTS = (Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE)


class PartyAction(StrEnum):
    """What is done about parties rather than about a claim."""

    GRANT_MANDATE = "GRANT_MANDATE"
    REVOKE_MANDATE = "REVOKE_MANDATE"
    CARRY = "CARRY"
    """A mandate names one action for one claim type."""
    REGISTER_THIRD_PARTY = "REGISTER_THIRD_PARTY"
    SUSPEND_THIRD_PARTY = "SUSPEND_THIRD_PARTY"


class PartyFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule about parties may look at; see ``schema.cedarschema``. Hashable: the memo's key."""

    assurance: AssuranceLevel | None = None
    represents_alone: bool = False
    is_grantor: bool = False
    carries: ClaimAction = ClaimAction.READ
    to_third_party: bool = False
    to_grantor: bool = False
    takes_mandates: bool = True
    open_to_third_parties: bool = True
    takes_such_applicants: bool = True


class PartyExample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"capacity": "as"}):
    """One row ``[[example]]`` of ``examples.toml``."""

    name: str
    """A sentence."""
    capacity: Capacity
    asks: PartyAction
    expect: Literal["permit", "refuse"]
    rules: tuple[str, ...]
    facts: PartyFacts = PartyFacts()


class _ExamplesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    example: tuple[PartyExample, ...]


@dataclass(frozen=True, slots=True)
class PartyOutcome:
    """What an example says and what the rules say."""

    example: PartyExample
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Permitted or refused as expected, by exactly the rules that are named."""
        expected = (self.example.expect == "permit", tuple(sorted(self.example.rules)))
        return expected == (self.verdict.allowed, self.verdict.rules)


class PartyRules:
    """The rules of one folder, checked; decides from facts alone.

    Args:
        rules: parsed.
        examples: of the same folder.
        version: digest of all that was read.
    """

    def __init__(self, rules: tuple[Rule, ...], examples: tuple[PartyExample, ...], version: str) -> None:
        self.rules = rules
        self.examples = examples
        self.version = version
        self._reasons = {rule.id: rule.reason for rule in rules}
        self._policies = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in rules))
        entities = [
            {
                "uid": {"type": name, "id": "party"},
                "attrs": {},
                "parents": [{"type": "Group", "id": "applicants"}] if capacity in _APPLICANTS else [],
            }
            for capacity, name in _PRINCIPALS.items()
        ]
        self._entities = cedarpy.Entities.from_json_str(msgspec.json.encode(entities).decode())
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._decide)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> PartyRules:
        """Read and check the folder. Raises: PolicyError."""
        documents = Document.read_folder(folder, _DATA)
        schema = parse_schema(documents["schema.cedarschema"])
        cedar = [document for name, document in documents.items() if name.endswith(".cedar")]
        rules = tuple(rule for document in cedar for rule in parse_rules(document, schema))
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                raise PolicyError(rule.file, rule.line, f"another rule of this folder has the id {rule.id}")
            seen.add(rule.id)
        examples = documents["examples.toml"].toml_as(_ExamplesFile).example
        return cls(rules, examples, digest((name, document.content) for name, document in documents.items()))

    def decide(self, capacity: Capacity, action: PartyAction, facts: PartyFacts) -> Verdict:
        """What the rules say; never raises, default deny."""
        return self._remembered(capacity, action, facts)

    def run_examples(self) -> Iterator[PartyOutcome]:
        """Decide every example."""
        for each in self.examples:
            yield PartyOutcome(each, self.decide(each.capacity, each.asks, each.facts))

    def _decide(self, capacity: Capacity, action: PartyAction, facts: PartyFacts) -> Verdict:
        kind = "ThirdParty" if action.value.endswith("THIRD_PARTY") else "Mandate"
        request = {
            "principal": {"type": _PRINCIPALS[capacity], "id": "party"},
            "action": {"type": "Action", "id": action.value},
            "resource": {"type": kind, "id": "it"},
            "context": _context(facts),
        }
        try:
            answer = cedarpy.is_authorized(request, self._policies, self._entities)
            named = answer.diagnostics.id_annotations_by_reason
            rules = tuple(sorted(named[reason] for reason in answer.diagnostics.reasons))
            failed = bool(answer.diagnostics.errors) or answer.decision is cedarpy.Decision.NoDecision
            allowed = answer.allowed and bool(rules)
        except Exception:  # noqa: BLE001 - an engine that fails in a way nobody foresaw must not open anything
            failed = True
        if failed:
            return Verdict(False, (POLICY_FAILED,), "The rules could not be evaluated, so the answer is no.")
        if not rules:
            return Verdict(False, (DEFAULT_DENY,), "No rule allows it.")
        return Verdict(allowed, rules, self._reasons[rules[0]])


def _context(facts: PartyFacts) -> dict[str, Any]:
    return {
        "assurance": {
            "__entity": {"type": "Assurance", "id": facts.assurance.value if facts.assurance else "UNSTATED"}
        },
        "representsAlone": facts.represents_alone,
        "isGrantor": facts.is_grantor,
        "carries": {"__entity": {"type": "ClaimAction", "id": facts.carries.value}},
        "toThirdParty": facts.to_third_party,
        "toGrantor": facts.to_grantor,
        "takesMandates": facts.takes_mandates,
        "openToThirdParties": facts.open_to_third_parties,
        "takesSuchApplicants": facts.takes_such_applicants,
    }
