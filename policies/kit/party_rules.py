"""Who gives mandates, who registers third parties: the rules of ``policies/parties``, which no claim type changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import cedarpy
import msgspec

from policies.kit.documents import Document, digest
from policies.kit.errors import PolicyError
from policies.kit.facts import Verdict
from policies.kit.judge import DEFAULT_DENY, FAILED, NO_RULE, POLICY_FAILED
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


_NEVER_CARRIED = (ClaimAction.ASSIGN, ClaimAction.DECIDE)
_OF_THIRD_PARTIES = (PartyAction.REGISTER_THIRD_PARTY, PartyAction.SUSPEND_THIRD_PARTY)
_NOT_THE_MINISTRY = tuple(each for each in Capacity if each is not Capacity.MINISTRY_IT)
_CARRY_FLAGS = ("to_third_party", "to_grantor", "takes_mandates", "open_to_third_parties", "takes_such_applicants")


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
        folder: where they were read.
    """

    def __init__(
        self, rules: tuple[Rule, ...], examples: tuple[PartyExample, ...], version: str, folder: Path = FOLDER
    ) -> None:
        self.folder = folder
        self.rules = rules
        self.examples = examples
        self.version = version
        self._reasons = {rule.id: rule.said for rule in rules}
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
    def load(cls, folder: Path = FOLDER, earlier: PartyRules | None = None) -> PartyRules:
        """Read and check the folder.

        Args:
            earlier: is given back, with what it remembers, where the same bytes say the same.

        Raises:
            PolicyError: anything does not hold.
        """
        documents = Document.read_folder(folder, _DATA)
        version = digest((name, document.content) for name, document in documents.items())
        if earlier is not None and (earlier.folder, earlier.version) == (folder, version):
            return earlier
        schema = parse_schema(documents["schema.cedarschema"])
        cedar = [document for name, document in documents.items() if name.endswith(".cedar")]
        rules = tuple(rule for document in cedar for rule in parse_rules(document, schema))
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                raise PolicyError(rule.file, rule.line, f"another rule of this folder has the id {rule.id}")
            seen.add(rule.id)
        examples = documents["examples.toml"].toml_as(_ExamplesFile).example
        made = cls(rules, examples, version, folder)
        for said in made.too_wide():
            raise PolicyError(folder, 1, said)
        return made

    def decide(self, capacity: Capacity, action: PartyAction, facts: PartyFacts) -> Verdict:
        """What the rules say; never raises, default deny."""
        return self._remembered(capacity, action, facts)

    def run_examples(self) -> Iterator[PartyOutcome]:
        """Decide every example."""
        for each in self.examples:
            yield PartyOutcome(each, self.decide(each.capacity, each.asks, each.facts))

    def too_wide(self) -> Iterator[str]:
        """What these rules allow and no rules may, each in a sentence; looked for in every position."""
        flags = [dict(zip(_CARRY_FLAGS, so, strict=True)) for so in product((False, True), repeat=len(_CARRY_FLAGS))]
        for capacity, carried, so in product(Capacity, _NEVER_CARRIED, flags):
            facts = PartyFacts(assurance=AssuranceLevel.HIGH, represents_alone=True, carries=carried, **so)
            if self.decide(capacity, PartyAction.CARRY, facts).allowed:
                yield f"a mandate would carry {carried}, which none ever does"
                break
        for capacity, action, level in product(_NOT_THE_MINISTRY, _OF_THIRD_PARTIES, (None, *AssuranceLevel)):
            if self.decide(capacity, action, PartyFacts(assurance=level)).allowed:
                yield f"{capacity} would do {action}, which is the ministry's"
                break

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
            return Verdict(False, (POLICY_FAILED,), FAILED)
        if not rules:
            return Verdict(False, (DEFAULT_DENY,), NO_RULE)
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
