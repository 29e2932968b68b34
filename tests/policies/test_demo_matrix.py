"""The matrix of the demo world: every persona on every claim."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policies.kit import examples
from policies.kit.facts import Question
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, ClaimAction
from tests.policies.demo_world import Cell, cells, letters

CELLS = list(cells())


def test_the_matrix_has_every_persona_on_fifteen_claims() -> None:
    assert len(CELLS) == 27 * 15


@pytest.mark.parametrize("persona", sorted({cell.persona for cell in CELLS}))
def test_every_persona_may_exactly_what_the_matrix_says(policies: PolicySet, persona: str) -> None:
    mine = [cell for cell in CELLS if cell.persona == persona]
    assert {cell.claim: "".join(sorted(letters(policies.rehearse, cell.facts))) for cell in mine} == {
        cell.claim: "".join(sorted(cell.letters)) for cell in mine
    }


def test_a_dark_claim_type_takes_nothing_from_anybody(policies: PolicySet) -> None:
    for cell in CELLS:
        dark = examples._dark(policies, policies.claim_types[cell.facts.claim_type])
        assert set(letters(dark.decide, cell.facts)) == set(cell.letters) - {"P", "S"}, str(cell)


@pytest.mark.parametrize(
    ("persona", "allowed"),
    [("anna", True), ("officer-valmiera", True), ("janis", False), ("ngo-support", False), ("officer-riga", False)],
)
def test_a_third_party_is_taken_off_a_closed_claim_by_applicant_and_owner(
    policies: PolicySet, persona: str, allowed: bool
) -> None:
    facts = _cell(persona, "demo-4").facts
    assert policies.decide(replace(facts, taking_off=True), Question(ClaimAction.ASSIGN)).allowed is allowed


def test_a_claim_taken_back_from_a_third_party_is_gone_for_it(policies: PolicySet) -> None:
    facts = replace(_cell("ngo-support", "demo-1").facts, assigned=False)
    assert letters(policies.decide, facts) == ""


def test_presence_opens_the_draft_to_the_clerk_for_the_time(policies: PolicySet) -> None:
    facts = _cell("clerk-valmiera", "demo-12").facts
    with_presence = replace(facts, presence=type(facts.presence).PROVEN)
    assert letters(policies.decide, facts) == "R"
    assert letters(policies.decide, with_presence) == "REPS"
    assert facts.capacity is Capacity.CLERK


def _cell(persona: str, claim: str) -> Cell:
    return next(cell for cell in CELLS if (cell.persona, cell.claim) == (persona, claim))
