"""Which facts a rule looks at, and whom and what it is about at all: read off the parsed rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from cedarpy import pst

from policies.kit.judge import PRINCIPALS
from policies.kit.rules import Rule
from schema.terms import Capacity, ClaimAction

PLACE = "place"
"""Status of the claim, its phase, and whether it is about to be prepared: they move together."""
TYPE_FACTS = frozenset({"type", "level", "built", "openToThirdParties", "mandates"})
"""Attributes of a claim that its claim type settles."""

SCOPE = "scope"
"""What is asked for, beside the action; of the question, and no fact."""

CONTEXT: Mapping[str, str] = {
    "assurance": "assurance",
    "isApplicant": "is_applicant",
    "representsAlone": "represents_alone",
    "mandateInForce": "mandate_in_force",
    "mandateActions": "mandate_actions",
    "assigned": "assigned",
    "organisationActive": "organisation_active",
    "contractInForce": "contract_in_force",
    "contractCovers": "contract_covers",
    "ownAuthority": "own_authority",
    "ownCentre": "own_centre",
    "inBasket": "in_basket",
    "presence": "presence",
    "restricted": "restricted",
    "takingOff": "taking_off",
}
"""Attributes of the context that are facts, by the name they have in :class:`Facts`."""
_CLAIM: Mapping[str, str] = {"status": PLACE, "phase": PLACE, "isNew": PLACE, "channel": "channel"}
FACTS = (PLACE, "channel", *CONTEXT.values())
"""Every fact that a rule can look at, by the name it has in :class:`Facts`, in the order of reports."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What one rule looks at."""

    facts: frozenset[str]
    type_facts: frozenset[str]
    actions: frozenset[ClaimAction]
    """Actions that its conditions name beside the one that is asked."""
    other_than_contains: bool
    """The mandate's actions are compared in another way than ``contains(...)``."""
    scope: bool
    """It looks at the scope that is asked for."""


def looks_of(rule: Rule) -> Looks:
    """What a rule looks at. Where it handles the whole claim or context, it looks at everything."""
    facts: set[str] = set()
    type_facts: set[str] = set()
    actions: set[ClaimAction] = set()
    other = scope = False
    for node in _nodes(rule.node.clauses):
        if isinstance(node, pst.GetAttr | pst.HasAttr) and isinstance(node.base, pst.Var):
            name = node.attr if isinstance(node, pst.GetAttr) else node.attrs[0]
            if node.base.name == "context" and name in CONTEXT:
                facts.add(CONTEXT[name])
            elif node.base.name == "context" and name == SCOPE:
                scope = True
            elif node.base.name == "resource" and name in _CLAIM:
                facts.add(_CLAIM[name])
            elif node.base.name == "resource" and name in TYPE_FACTS:
                type_facts.add(name)
        elif isinstance(node, pst.EntityLit) and node.value.type.basename == "Action":
            actions.add(ClaimAction(node.value.id))
    bare = {node.name for node in _bare(rule.node.clauses)}
    # A head that names one claim by its id says something of how that claim stands.
    by_id = not isinstance(rule.node.resource, pst.ScopeAny | pst.ScopeIs)
    if "context" in bare or "resource" in bare or by_id:
        facts |= set(FACTS)
        type_facts |= TYPE_FACTS
        other = scope = True
    if "mandate_actions" in facts and not other:
        other = not all(_inside_contains(clause.expr) for clause in rule.node.clauses)
    return Looks(frozenset(facts), frozenset(type_facts), frozenset(actions), other, scope)


def applies(rule: Rule, capacity: Capacity, action: ClaimAction) -> bool:
    """Whether the rule's head is about this capacity and action; True where that cannot be told from the head."""
    name, groups = PRINCIPALS[capacity]
    principal = rule.node.principal
    if isinstance(principal, pst.ScopeIs) and principal.entity_type.basename != name:
        return False
    group = principal.entity if isinstance(principal, pst.ScopeIn) else None
    mine = {one["id"] for one in groups}
    if isinstance(group, pst.EntityUid) and group.type.basename == "Group" and group.id not in mine:
        return False
    asked = rule.node.action
    if isinstance(asked, pst.ActionEq):
        return asked.entity.id == action
    if isinstance(asked, pst.ActionIn):
        return any(one.id == action for one in asked.entities)
    return True


def _nodes(value: Any) -> Iterator[Any]:
    """Everything in a tree, at any depth."""
    stack = [value]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Mapping):
            stack.extend(node.values())
        elif isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, type):
            stack.extend(getattr(node, each.name) for each in fields(node))


def _bare(value: Any) -> Iterator[pst.Var]:
    """Variables that are used as they are, not for one of their attributes."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, pst.Var):
            yield node
        elif isinstance(node, pst.GetAttr | pst.HasAttr) and isinstance(node.base, pst.Var):
            continue
        elif isinstance(node, Mapping):
            stack.extend(node.values())
        elif isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, type):
            stack.extend(getattr(node, each.name) for each in fields(node))


def _inside_contains(value: Any) -> bool:
    """Whether the mandate's actions stand nowhere but before ``.contains(action)`` or ``.contains(Action::"X")``."""
    if isinstance(value, pst.GetAttr) and value.attr == "mandateActions":
        return False
    if isinstance(value, pst.BinaryOp) and value.op == "contains":
        mine = isinstance(value.left, pst.GetAttr) and value.left.attr == "mandateActions"
        if mine and isinstance(value.right, pst.Var | pst.EntityLit):
            return True
    if isinstance(value, Mapping):
        return all(_inside_contains(each) for each in value.values())
    if isinstance(value, tuple):
        return all(_inside_contains(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return all(_inside_contains(getattr(value, each.name)) for each in fields(value))
    return True
