"""Invariant 10: no configuration can let a third party decide a claim.

The whole space of facts is walked in ``tests/policies/test_invariants.py``; here is what keeps it so.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policies.kit.errors import PolicyError
from policies.kit.facts import Facts, Question
from policies.kit.policy_set import CHECKOUT, PolicySet
from schema.terms import Capacity, ClaimAction, ClaimStatus, ClaimTypeCode

GRANT = """
@id("third-party-decides")
@reason("Nobody should ever write this.")
permit (principal, action == Action::"DECIDE", resource);
"""


def test_a_module_that_grants_decide_to_everybody_grants_it_to_no_third_party(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT, tmp_path / "policies", ignore=shutil.ignore_patterns("kit", "__pycache__"))
    module = tmp_path / "policies" / "claims" / "housing-benefit" / "policy.cedar"
    module.write_text(module.read_text(encoding="utf-8") + GRANT, encoding="utf-8")
    try:
        policies = PolicySet.load(tmp_path / "policies")
    except PolicyError:
        return
    for status in ClaimStatus:
        facts = Facts(
            Capacity.THIRD_PARTY_WORKER,
            ClaimTypeCode("housing-benefit"),
            status,
            mandate_actions=frozenset(ClaimAction),
            mandate_in_force=True,
            assigned=True,
            organisation_active=True,
            contract_in_force=True,
            contract_covers=True,
        )
        assert not policies.decide(facts, Question(ClaimAction.DECIDE)).allowed


def test_policies_without_the_rule_that_forbids_it_do_not_load(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT, tmp_path / "policies", ignore=shutil.ignore_patterns("kit", "__pycache__"))
    common = tmp_path / "policies" / "common"
    for file in common.glob("*.cedar"):
        rules = file.read_text(encoding="utf-8").split("\n@id(")
        kept = [rules[0], *(rule for rule in rules[1:] if "DECIDE" not in rule or "forbid" not in rule)]
        file.write_text("\n@id(".join(kept), encoding="utf-8")
    with pytest.raises(PolicyError):
        PolicySet.load(tmp_path / "policies")
