"""A rule that could go, or lose a condition, without any example or cell of the matrix noticing, is not proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cedarpy
import pytest
from cedarpy import pst

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.examples import Example
from policies.kit.judge import ClaimTypeFacts, Judge
from policies.kit.policy_set import CHECKOUT, PolicySet
from policies.kit.rules import Rule
from tests.policies.demo_world import cells, letters

SCHEMA = cedarpy.Schema.from_str((CHECKOUT / "common" / "schema.cedarschema").read_text(encoding="utf-8"))
CELLS = list(cells())
FOLDERS = sorted({rule.file.parent.name for rule in PolicySet.load().rules})


@dataclass(frozen=True)
class Mutant:
    rule: Rule
    text: str
    """Empty: the rule is gone."""

    def __str__(self) -> str:
        return f"{self.rule.id} as {' '.join(self.text.split()) or 'deleted'}"


def mutants(rules: Sequence[Rule]) -> Iterator[Mutant]:
    for rule in rules:
        yield Mutant(rule, "")
        for clauses in _weaker(rule.node.clauses):
            node = replace(rule.node, clauses=clauses)
            yield Mutant(rule, str(cedarpy.PolicySet.from_pst(pst.PolicySet({}, {node.id: node}, ()))))


def _weaker(clauses: tuple[pst.Clause, ...]) -> Iterator[tuple[pst.Clause, ...]]:
    for index, clause in enumerate(clauses):
        before, after = clauses[:index], clauses[index + 1 :]
        yield before + after
        for side in _without_a_part(clause.expr):
            yield (*before, type(clause)(side), *after)


def _without_a_part(expression: pst.Expr) -> Iterator[pst.Expr]:
    if isinstance(expression, pst.BinaryOp) and expression.op in ("and", "or"):
        yield expression.left
        yield expression.right
        for left in _without_a_part(expression.left):
            yield replace(expression, left=left)
        for right in _without_a_part(expression.right):
            yield replace(expression, right=right)
    if isinstance(expression, pst.Set) and len(expression.elements) > 1:
        for index in range(len(expression.elements)):
            yield pst.Set(expression.elements[:index] + expression.elements[index + 1 :])
    if isinstance(expression, pst.BinaryOp) and expression.op == "contains":
        for left in _without_a_part(expression.left):
            yield replace(expression, left=left)


def _judge(policies: PolicySet, module: ClaimTypeModule, mutant: Mutant, built: bool) -> Judge:
    def kept(own: bool) -> list[Rule]:
        folder = module.code.text if own else "common"
        changed = [
            replace(rule, text=mutant.text) if rule is mutant.rule else rule
            for rule in policies.rules
            if rule.file.parent.name == folder
        ]
        return [rule for rule in changed if rule.text]

    common, own = kept(False), kept(True)
    facts = ClaimTypeFacts(module.code, module.level, built, module.open_to_third_parties, module.mandates)
    return Judge(facts, cedarpy.PolicySet.from_str("\n".join(rule.text for rule in common)), common, own, SCHEMA)


def _noticed(policies: PolicySet, mutant: Mutant) -> bool:
    own = mutant.rule.file.parent.name
    modules = [module for module in policies.claim_types.values() if own in ("common", module.code.text)]
    modules.sort(key=lambda module: -len(module.examples))
    for module in modules:
        judges = {built: _judge(policies, module, mutant, built) for built in {True, module.open}}
        naming_first = sorted(module.examples, key=lambda example: mutant.rule.id not in example.rules)
        for example in naming_first:
            if not _holds(module, judges[not example.while_dark], example):
                return True
    judges_of_cells = {module.code: _judge(policies, module, mutant, True) for module in modules}
    return any(
        set(letters(judges_of_cells[cell.facts.claim_type].decide, cell.facts)) != set(cell.letters)
        for cell in CELLS
        if cell.facts.claim_type in judges_of_cells
    )


def _holds(module: ClaimTypeModule, judge: Judge, example: Example) -> bool:
    if example.evidence is not None:
        return True  # which path opens is not what rules say
    verdict = judge.decide(example.stated(module.code), example.question())
    return verdict.rules == tuple(sorted(example.rules)) and verdict.allowed is (example.expect == "permit")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_rule_and_every_condition_of_it_is_proven_by_an_example_or_the_matrix(
    policies: PolicySet, folder: str
) -> None:
    rules = [rule for rule in policies.rules if rule.file.parent.name == folder]
    tried = list(mutants(rules))
    assert len(tried) > len(rules)
    assert [str(mutant) for mutant in tried if not _noticed(policies, mutant)] == []
