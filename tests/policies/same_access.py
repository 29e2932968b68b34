"""Whether two sets of rules allow the same in every position: the proof that a changed rule changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from cedarpy import pst

from policies.kit.party_rules import PartyAction, PartyFacts, PartyRules
from policies.kit.policy_set import PolicySet
from policies.kit.rules import Rule
from policies.kit.space import Answered, Region, Space
from schema.terms import AssuranceLevel, Capacity, ClaimAction

_FLAGS = (
    *("represents_alone", "is_grantor", "to_third_party", "to_grantor"),
    *("takes_mandates", "open_to_third_parties", "takes_such_applicants"),
)


Key = tuple[Any, ...]


class Access:
    """What one set of rules says to everybody who asks anything, in every position.

    Args:
        policies: the set that others are compared with.
    """

    def __init__(self, policies: PolicySet) -> None:
        self._space = Space(policies)
        self._answers = {_key(each): each for each in self._space.answers()}

    def compared(self, other: PolicySet, rule: str) -> int | None:
        """How many positions were compared, of those about which any rule says another thing; None where one differs.

        Args:
            other: the same rules but for one; its claim types are all or some of the set's.
            rule: id of that one. What all others say is known already.
        """
        tables = {key: table for key, table in self._space._tables.items() if key[0] != rule}
        positions = 0
        for mine in Space(other, _tables=tables, _regions=dict(self._space._regions)).answers():
            before = self._answers[_key(mine)]
            if mine.region.tables != before.region.tables:
                found = _same(before.region, mine.region)
                if found is None:
                    return None
                positions += found
        return positions


def _key(answered: Answered) -> Key:
    return answered.module.code, answered.built, answered.region.capacity, answered.region.question


def _same(one: Region, other: Region) -> int | None:
    """Positions over all facts that either looks at; each region knows those that it looks at itself."""
    facts = dict(zip(one.facts, one.values, strict=True))
    for name, values in zip(other.facts, other.values, strict=True):
        facts[name] = max(facts.get(name, ()), values, key=len)
    names = tuple(facts)
    compared = 0
    for position in product(*facts.values()):
        here = dict(zip(names, position, strict=True))
        if not _occurs(one, other, here):
            continue
        compared += 1
        if _allowed(one, here) is not _allowed(other, here):
            return None
    return compared


def _allowed(region: Region, here: dict[str, Any]) -> bool:
    satisfied = {table.effect for table in region.tables if table.holds(here)}
    return satisfied == {"permit"}


def _occurs(one: Region, other: Region, here: dict[str, Any]) -> bool:
    return all(region.occurs(tuple(here[name] for name in region.facts)) for region in (one, other))


def same_party_access(before: PartyRules, after: PartyRules, rule: str) -> int | None:
    """The same of the rules about mandates and third parties, where the one that differs is about what is asked."""
    asked = {each for rules in (before, after) for one in rules.rules if one.id == rule for each in _asked(one)}
    compared = 0
    for capacity, action, assurance in product(Capacity, sorted(asked), (None, *AssuranceLevel)):
        for carries in ClaimAction if action is PartyAction.CARRY else (ClaimAction.READ,):
            for values in product((False, True), repeat=len(_FLAGS)):
                flags: dict[str, Any] = dict(zip(_FLAGS, values, strict=True))
                facts = PartyFacts(assurance=assurance, carries=carries, **flags)
                compared += 1
                if before.decide(capacity, action, facts).allowed is not after.decide(capacity, action, facts).allowed:
                    return None
    return compared


def _asked(rule: Rule) -> Iterable[PartyAction]:
    head = rule.node.action
    if isinstance(head, pst.ActionEq):
        return [PartyAction(head.entity.id)]
    return [PartyAction(each.id) for each in head.entities] if isinstance(head, pst.ActionIn) else PartyAction
