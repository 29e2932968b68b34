"""What no example notices is not proven. All changes: ``python -m tests.policies.mutations``; here, some each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.kit.policy_set import CHECKOUT
from tests.policies.mutations import EQUIVALENT, KILLED, SURVIVED, Laboratory, Tried, chosen, mutants, report
from tests.policies.rule_mutants import Mutant

WHOLE = ("permit deleted", "forbid deleted", "evidence removed", "mandates flipped", "third parties flipped")
"""Kinds of which every mutant is tried."""
SHARE = 0.01
HOUSING = Path("claims/housing-benefit")


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("laboratory"))


def _tried(laboratory: Laboratory, file: Path, old: str, new: str) -> Tried:
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    assert old in text
    return laboratory.tried(Mutant("by hand", file, f"{old} as {new}", text.replace(old, new, 1), "by-hand"))


def test_an_example_notices_each_deleted_rule_and_each_evidence_that_is_gone(laboratory: Laboratory) -> None:
    found = [laboratory.tried(each) for each in mutants(laboratory.policies) if each.kind in WHOLE]
    assert len(found) > 200
    assert [str(each.mutant) for each in found if each.fate != KILLED] == []


def test_an_example_notices_a_change_by_chance_unless_it_changes_nothing(laboratory: Laboratory) -> None:
    found = [laboratory.tried(each) for each in chosen(laboratory.policies, SHARE) if each.kind not in WHOLE]
    assert len(found) > 100
    assert [str(each.mutant) for each in found if each.fate == SURVIVED] == []


def test_every_kind_of_change_is_made_in_every_file_that_has_it(laboratory: Laboratory) -> None:
    made = list(mutants(laboratory.policies))
    files = {file.relative_to(CHECKOUT) for file in CHECKOUT.glob("**/*.cedar")}
    with_rules = {file for file in files if "@id" in (CHECKOUT / file).read_text(encoding="utf-8")}
    data = {Path("claims", code.text, "claim_type.toml") for code in laboratory.policies.claim_types}
    assert {each.file for each in made} == with_rules | data
    deleted = {each.rule for each in made if each.kind.endswith(" deleted")}
    assert deleted > {rule.id for rule in laboratory.policies.rules}
    added = {each.what for each in made if each.kind == "evidence added" and each.file.parent.name == HOUSING.name}
    assert "sex to third parties" in added
    assert "household.person.income to the owner alone" in added
    assert "children.declaredAddress.fullText to all but third parties" in added


def test_what_changes_nothing_is_told_from_what_nobody_notices(laboratory: Laboratory) -> None:
    rules = HOUSING / "policy.cedar"
    reads = 'action == Action::"READ", resource)\nwhen { context.assigned ||'
    same = _tried(laboratory, rules, reads, reads.replace("context.assigned", "(context.assigned && true)"))
    assert same.fate == EQUIVALENT
    wide = _tried(laboratory, rules, reads, reads.replace("context.assigned", "context.restricted || context.assigned"))
    assert wide.fate == SURVIVED
    shut = _tried(laboratory, rules, reads, reads.replace("context.assigned", "context.mandateInForce"))
    assert shut.fate == KILLED
    assert shut.by.startswith("housing-benefit: ")


def test_a_change_leaves_nothing_behind(laboratory: Laboratory) -> None:
    rules = HOUSING / "policy.cedar"
    assert _tried(laboratory, rules, "context.assigned", "context.assinged").by.startswith("does not load: ")
    unchanged = (CHECKOUT / rules).read_text(encoding="utf-8")
    assert laboratory.tried(Mutant("none", rules, "nothing", unchanged, "by-hand")).fate == EQUIVALENT


def test_the_report_counts_and_names_what_survived() -> None:
    mutant = Mutant(
        "forbid deleted", Path("common/clerk.cedar"), "clerk-outside-basket deleted", "", "clerk-outside-basket"
    )
    lines = list(report([Tried(mutant, SURVIVED, ""), Tried(mutant, KILLED, "housing-benefit: An example.")]))
    assert lines[1].split() == ["forbid", "deleted", "common/clerk.cedar", "2", "1", "0", "1"]
    assert "survived: common/clerk.cedar: clerk-outside-basket deleted" in lines
