"""The demo world as facts, resolved here by hand, so that the policies are tested without the gateway's resolver."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from policies.kit.facts import Facts, Question, ReadScope, Verdict
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode, EvidenceScope

OWNERS = {
    "housing-benefit": "social",
    "guaranteed-minimum-income": "social",
    "kindergarten-queue": "education",
    "property-tax-relief": "finance",
    "childcare-benefit": "vsaa",
    "old-age-pension": "vsaa",
    "annual-income-declaration": "vid",
    "cadastre-extract": "vzd",
}
_SIGNED_IN = {Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE}
_LETTERS = {
    ClaimAction.PREPARE: "P",
    ClaimAction.SUBMIT: "S",
    ClaimAction.WITHDRAW: "W",
    ClaimAction.ASSIGN: "A",
    ClaimAction.DECIDE: "D",
}


class Decides(Protocol):
    """What gives verdicts: the policies, or a mutant of them."""

    def __call__(self, facts: Facts, question: Question) -> Verdict:
        """The verdict."""
        ...


@dataclass(frozen=True)
class Cell:
    """One persona on one claim, and the letters expected."""

    persona: str
    claim: str
    facts: Facts
    letters: str

    def __str__(self) -> str:
        return f"{self.persona} on {self.claim}"


def cells() -> Iterator[Cell]:
    """Every cell of ``demo_matrix.toml``."""
    world = tomllib.loads((Path(__file__).parent / "demo_matrix.toml").read_text(encoding="utf-8"))
    for name, persona in world["persona"].items():
        for claim, letters in zip(world["claim"], persona["may"].split(), strict=True):
            yield Cell(name, claim["id"], _facts(world, name, persona, claim), letters.replace(".", ""))


def letters(decide: Decides, facts: Facts) -> str:
    """What the policies allow, in the letters and the order of the matrix."""

    def may(action: ClaimAction, scope: ReadScope | EvidenceScope | None = None) -> bool:
        return decide(facts, Question(action, scope)).allowed

    found = "R" if may(ClaimAction.READ, ReadScope.CLAIM) else "s" if may(ClaimAction.READ, ReadScope.STATUS) else ""
    opened = {scope for scope in EvidenceScope if may(ClaimAction.READ_EVIDENCE, scope)}
    whole = set(EvidenceScope) if facts.capacity is Capacity.OWNER_OFFICER else set(EvidenceScope) - {"OWNER_ONLY"}
    if opened:
        found += "E" if opened == whole else "e" if opened == {EvidenceScope.THIRD_PARTIES} else "?"
    return found + "".join(letter for action, letter in _LETTERS.items() if may(action))


def _facts(world: Mapping[str, Any], name: str, persona: Mapping[str, Any], claim: Mapping[str, Any]) -> Facts:
    capacity = Capacity(persona["capacity"])
    code, municipality = claim["type"], claim.get("municipality")
    organisation = world["organisation"].get(persona.get("organisation"), {})
    centre = world["centre"].get(persona.get("centre"), {})
    mandates = [
        mandate
        for mandate in world["mandate"]
        if mandate["holder"] in (name, persona.get("organisation"))
        and mandate["grantor"] == claim["applicant"]
        and code in mandate["types"]
    ]
    return Facts(
        capacity=capacity,
        claim_type=ClaimTypeCode.parse(code),
        status=ClaimStatus(claim["status"]),
        assurance=AssuranceLevel(persona.get("assurance", "HIGH")) if capacity in _SIGNED_IN else None,
        is_applicant=claim["applicant"] == persona.get("acts_for", name),
        represents_alone=capacity is Capacity.LEGAL_REPRESENTATIVE,
        mandate_actions=frozenset(ClaimAction(action) for mandate in mandates for action in mandate["actions"]),
        mandate_in_force=bool(mandates),
        assigned=persona.get("organisation") in claim.get("assigned", ()),
        organisation_active=organisation.get("active", bool(organisation)),
        contract_in_force=organisation.get("in_force", bool(organisation)),
        contract_covers=code in organisation.get("types", ())
        and (municipality is None or municipality in organisation["municipalities"]),
        own_authority=OWNERS[code] == persona.get("department") and municipality == persona.get("municipality"),
        own_centre="centre" in claim and claim["centre"] == persona.get("centre"),
        in_basket=code in centre.get("basket", ()) and municipality in (None, centre["municipality"]),
        restricted=claim.get("restricted", False),
    )
