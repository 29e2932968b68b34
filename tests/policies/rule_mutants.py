"""Every rule changed in one place, in every way that somebody who edits rules may slip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cedarpy
from cedarpy import pst

from policies.kit.documents import Document
from policies.kit.party_rules import PartyAction
from policies.kit.rules import parse_rules, parse_schema
from schema.terms import ClaimAction

_ENUMERATION = re.compile(r"^entity (\w+) enum \[([^\]]*)\];", re.MULTILINE)
_NAME = re.compile(r'"(\w+)"')
_ACTION = pst.EntityType("Action", ())


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file with one change."""

    kind: str
    file: Path
    """Inside the folder of policies: ``common/clerk.cedar``."""
    what: str
    text: str
    """The whole file, changed."""
    rule: str | None = None
    """Id of the rule that is changed."""

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def rule_mutants(policies: Path, file: Path, schema_file: Path) -> Iterator[Mutant]:
    """Every change of every rule of one file.

    Args:
        policies: the folder of policies.
        file: of rules, below ``policies``.
        schema_file: what its rules are checked against.
    """
    document = Document.read(file)
    words = Document.read(schema_file)
    schema, values = parse_schema(words), _values(words)
    actions = PartyAction if schema_file.parent.name == "parties" else ClaimAction
    about = file.relative_to(policies)
    for rule in parse_rules(document, schema):
        yield Mutant(
            f"{rule.effect} deleted", about, f"{rule.id} deleted", document.text.replace(rule.text, ""), rule.id
        )
        for kind, what, node in _changed(rule.node, [each.value for each in actions], values):
            text = document.text.replace(rule.text, _printed(node))
            yield Mutant(kind, about, f"{rule.id}: {what}", text, rule.id)


def _printed(node: pst.Template) -> str:
    return str(cedarpy.PolicySet.from_pst(pst.PolicySet({}, {node.id: node}, ())))


def _values(schema: Document) -> dict[str, tuple[str, ...]]:
    """The names of every enumeration: ``Status`` -> DRAFT, …"""
    return {name: tuple(_NAME.findall(names)) for name, names in _ENUMERATION.findall(schema.text)}


def _changed(
    node: pst.Template, actions: Sequence[str], values: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, pst.Template]]:
    other: pst.Effect = "forbid" if node.effect == "permit" else "permit"
    yield "effect turned", f"{other} instead", replace(node, effect=other)
    if not isinstance(node.principal, pst.ScopeAny):
        yield "principal widened", "for everybody", replace(node, principal=pst.ScopeAny())
    yield from _actions(node, actions)
    for index, clause in enumerate(node.clauses):
        before, after = node.clauses[:index], node.clauses[index + 1 :]
        yield "condition dropped", f"without {_said(clause.expr)}", replace(node, clauses=before + after)
        turned = pst.Unless(clause.expr) if isinstance(clause, pst.When) else pst.When(clause.expr)
        yield "condition negated", f"clause {index + 1} turned", replace(node, clauses=(*before, turned, *after))
        for kind, what, side in _expressions(clause.expr, values):
            yield kind, what, replace(node, clauses=(*before, type(clause)(side), *after))


def _actions(node: pst.Template, actions: Sequence[str]) -> Iterator[tuple[str, str, pst.Template]]:
    asked = node.action
    if isinstance(asked, pst.ActionEq):
        mine = [asked.entity.id]
    elif isinstance(asked, pst.ActionIn):
        mine = [each.id for each in asked.entities]
    else:
        mine = list(actions)
    for action in actions:
        if action not in mine:
            yield "action added", f"{action} too", replace(node, action=_in([*mine, action]))
        elif len(mine) > 1:
            left = [each for each in mine if each != action]
            yield "action dropped", f"not for {action}", replace(node, action=_in(left))
    if len(mine) < len(actions):
        yield "action added", "every action", replace(node, action=pst.ScopeAny())


def _in(actions: Sequence[str]) -> pst.ActionIn:
    return pst.ActionIn(tuple(pst.EntityUid(_ACTION, each) for each in actions))


def _expressions(
    expression: pst.Expr, values: dict[str, tuple[str, ...]], whole: bool = True
) -> Iterator[tuple[str, str, pst.Expr]]:
    """One expression with one part of it dropped, negated or of another value."""
    if isinstance(expression, pst.BinaryOp) and expression.op in ("and", "or"):
        yield "condition dropped", f"without {_said(expression.right)}", expression.left
        yield "condition dropped", f"without {_said(expression.left)}", expression.right
        turned: pst.BinaryOpName = "or" if expression.op == "and" else "and"
        yield "and, or exchanged", f"{turned} before {_said(expression.right)}", replace(expression, op=turned)
        for kind, what, left in _expressions(expression.left, values, False):
            yield kind, what, replace(expression, left=left)
        for kind, what, right in _expressions(expression.right, values, False):
            yield kind, what, replace(expression, right=right)
        return
    if not whole:
        plain = expression.arg if isinstance(expression, pst.UnaryOp) else pst.UnaryOp("not", expression)
        yield "condition negated", f"{_said(expression)} negated", plain
    if isinstance(expression, pst.BinaryOp):
        for left in _other_values(expression.left, values):
            yield "value changed", _said(replace(expression, left=left)), replace(expression, left=left)
        for right in _other_values(expression.right, values):
            yield "value changed", _said(replace(expression, right=right)), replace(expression, right=right)


def _other_values(side: pst.Expr, values: dict[str, tuple[str, ...]]) -> Iterator[pst.Expr]:
    """A constant as each other one of its kind; a list with one more or one less."""
    if isinstance(side, pst.EntityLit):
        kind = side.value.type
        for name in values.get(kind.basename, ()):
            if name != side.value.id:
                yield pst.EntityLit(pst.EntityUid(kind, name))
    if isinstance(side, pst.Set):
        listed = [each.value for each in side.elements if isinstance(each, pst.EntityLit)]
        for index in range(len(side.elements) if len(side.elements) > 1 else 0):
            yield pst.Set(side.elements[:index] + side.elements[index + 1 :])
        for name in values.get(listed[0].type.basename, ()):
            if name not in [each.id for each in listed]:
                yield pst.Set((*side.elements, pst.EntityLit(pst.EntityUid(listed[0].type, name))))


def _said(expression: pst.Expr) -> str:
    head = (pst.ScopeAny(), pst.ScopeAny(), pst.ScopeAny())
    shown = _printed(pst.Template("said", "permit", *head, (pst.When(expression),), {}))
    return shown.partition("{")[2].rpartition("}")[0].strip()
