"""The whole space of facts: every position in which a party can stand to a claim, and what the rules say there.

Each rule is asked of Cedar alone, over the facts that it looks at; what all of them say together (a permit, and no
forbid) is then told for every position without asking again. Positions that no rule tells apart are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from operator import itemgetter
from typing import Any

import cedarpy

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.facts import Facts, Presence, Question, ReadScope
from policies.kit.judge import POLICY_FAILED, ClaimTypeFacts, Judge
from policies.kit.looks import FACTS, PLACE, Looks, applies, looks_of
from policies.kit.policy_set import PolicySet
from policies.kit.rules import Rule
from policies.kit.slices import Slices
from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus, ClaimTypeCode, EvidenceScope

QUESTIONS: tuple[Question, ...] = (
    *(Question(ClaimAction.READ, each) for each in ReadScope),
    *(Question(ClaimAction.READ_EVIDENCE, each) for each in EvidenceScope),
    *(Question(each) for each in ClaimAction if each not in (ClaimAction.READ, ClaimAction.READ_EVIDENCE)),
)
"""Everything that can be asked about a claim."""

_MANDATE = frozenset({"mandate_in_force", "mandate_actions"})
_ALWAYS = frozenset({PLACE, "channel", "assurance", "restricted", "taking_off"})
FACTS_OF: Mapping[Capacity, frozenset[str]] = {
    Capacity.CITIZEN: _ALWAYS | {"is_applicant"},
    Capacity.LEGAL_REPRESENTATIVE: _ALWAYS | {"is_applicant", "represents_alone"},
    Capacity.MANDATE_HOLDER: _ALWAYS | {"is_applicant"} | _MANDATE,
    Capacity.CLERK: _ALWAYS | {"own_centre", "in_basket", "presence"},
    Capacity.THIRD_PARTY_WORKER: _ALWAYS
    | _MANDATE
    | {"assigned", "organisation_active", "contract_in_force", "contract_covers"},
    Capacity.OWNER_OFFICER: _ALWAYS | {"own_authority", "is_applicant"},
    Capacity.POLICY_OFFICER: _ALWAYS,
    Capacity.MINISTRY_IT: _ALWAYS,
    Capacity.AUDITOR: _ALWAYS,
}
"""What can be true of each capacity at all; every other fact is as if it were not so. The gateway finds out no more."""

_NO_RULES = cedarpy.PolicySet.from_str("")
Place = tuple[ClaimStatus, bool]
PLACES: tuple[Place, ...] = ((ClaimStatus.DRAFT, True), *((each, False) for each in ClaimStatus))
_VALUES: Mapping[str, tuple[Any, ...]] = {
    PLACE: PLACES,
    "channel": (None, *Channel),
    "assurance": (None, *AssuranceLevel),
    "presence": tuple(Presence),
}
_BOTH = (False, True)
NOT_SO: Mapping[str, Any] = {
    **dict.fromkeys(FACTS, False),
    PLACE: PLACES[0],
    "channel": None,
    "assurance": None,
    "presence": Presence.NONE,
    "mandate_actions": frozenset(),
}
"""Each fact as it is where nothing is known."""


@dataclass(frozen=True, slots=True)
class Table:
    """One rule about one capacity and question: the positions, by the facts it looks at, where it is satisfied."""

    effect: str
    facts: tuple[str, ...]
    satisfied: frozenset[tuple[Any, ...]]
    failing: bool = False
    """The rule could not be evaluated in some position."""

    def holds(self, position: Mapping[str, Any]) -> bool:
        """Whether the rule is satisfied where its facts are as in ``position``."""
        return tuple(position[name] for name in self.facts) in self.satisfied


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """What the rules say to one capacity that asks one question, in every position.

    A position is a tuple of values, one for each of ``facts``. Rules are bits, in the order of ``tables``.
    """

    capacity: Capacity
    question: Question
    facts: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    tables: tuple[Table, ...]
    allowed: Mapping[tuple[Any, ...], int]
    """Position -> the permits that allow it, where no rule forbids it."""
    decides: int
    """Rules that decide in a position that occurs."""
    stand_in: frozenset[ClaimAction]
    """The action that stands for all that no rule names, where it matters whether a mandate has any of those."""
    failing: bool
    """Of some table."""
    occurring: frozenset[tuple[Any, ...]]
    """The positions in which a party can stand at all."""

    def occurs(self, position: tuple[Any, ...]) -> bool:
        """Whether a party can stand so at all."""
        return position in self.occurring


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A region as one claim type has it."""

    module: ClaimTypeModule
    built: bool
    region: Region
    rules: tuple[Rule, ...]
    """By bit."""

    def named(self, bits: int) -> tuple[Rule, ...]:
        """The rules of these bits, in the order of their ids."""
        return tuple(sorted((rule for bit, rule in enumerate(self.rules) if bits >> bit & 1), key=lambda rule: rule.id))


@dataclass(slots=True, eq=False)
class Failing:
    """A rule that could not be evaluated in some position."""

    rule: Rule
    question: Question


@dataclass(slots=True, eq=False)
class Space:
    """Every position under one set of policies.

    Args:
        policies: the loaded set.
        also: facts by capacity that somebody who looks at the regions needs told apart, whether or not a rule does.
    """

    policies: PolicySet
    also: Mapping[Capacity, frozenset[str]] = field(default_factory=dict)
    _slices: Slices = field(default_factory=lambda: Slices(()))
    """Of single rules, each alone."""
    _looks: dict[str, Looks] = field(default_factory=dict)
    _tables: dict[Any, Table] = field(default_factory=dict)
    _failing: dict[tuple[str, Question], Failing] = field(default_factory=dict)
    _regions: dict[Any, Region] = field(default_factory=dict)
    _own: dict[ClaimTypeCode, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    _answered: dict[Any, tuple[Region, tuple[int, ...]]] = field(default_factory=dict)
    """By all that tells claim types apart: the region, and its rules' places among the claim type's."""

    def answers(self) -> Iterator[Answered]:
        """Every claim type, capacity and question; each type as it is and as if it were open, or not yet."""
        for module in self.policies.claim_types.values():
            for built in (False, True):
                for capacity in Capacity:
                    for question in QUESTIONS:
                        yield self.answer(module, built, capacity, question)

    def answer(self, module: ClaimTypeModule, built: bool, capacity: Capacity, question: Question) -> Answered:
        """What one claim type's rules and the common ones say."""
        own, named = self._own.get(module.code) or self._read_own(module.code)
        of_type = (module.level, built, module.open_to_third_parties, module.mandates, module.code if named else None)
        key = (capacity, question, of_type, own)
        rules = self.policies.rules_for(module.code)
        found = self._answered.get(key)
        if found is None:
            applying = tuple(place for place, rule in enumerate(rules) if applies(rule, capacity, question.action))
            kind = ClaimTypeFacts(module.code, module.level, built, module.open_to_third_parties, module.mandates)
            region = self._told(tuple(rules[each] for each in applying), kind, capacity, question)
            found = self._answered[key] = region, applying
        region, applying = found
        told = Answered(module, built, region, tuple([rules[each] for each in applying]))
        for rule, table in zip(told.rules, region.tables, strict=True) if region.failing else ():
            if table.failing:
                self._failing.setdefault((rule.id, question), Failing(rule, question))
        return told

    @property
    def failing(self) -> list[Failing]:
        """What could not be evaluated, as far as answers were asked for."""
        return list(self._failing.values())

    @property
    def size(self) -> int:
        """Positions that were told apart, over all regions."""
        total = 0
        for region in self._regions.values():
            here = 1
            for each in region.values:
                here *= len(each)
            total += here
        return total

    def _read_own(self, code: ClaimTypeCode) -> tuple[tuple[str, ...], bool]:
        """What a claim type's own rules say, and whether any rule looks at which claim type it is."""
        named = any("type" in self._looks_of(rule).type_facts for rule in self.policies.rules_for(code))
        own = tuple(rule.body for rule in self.policies.loaded[code].rules)
        self._own[code] = own, named
        return own, named

    def _told(self, rules: tuple[Rule, ...], kind: ClaimTypeFacts, capacity: Capacity, question: Question) -> Region:
        looks = [self._looks_of(rule) for rule in rules]
        named = frozenset(chain.from_iterable(each.actions for each in looks)) | {question.action}
        stand_in: frozenset[ClaimAction] = frozenset()
        if any(each.other_than_contains for each in looks):
            stand_in = frozenset(sorted(set(ClaimAction) - named)[:1])
        named |= stand_in
        tables = tuple(
            self._table(rule, look, kind, capacity, question, named) for rule, look in zip(rules, looks, strict=True)
        )
        key = (capacity, question, tables, named, stand_in)
        region = self._regions.get(key)
        if region is None:
            region = self._regions[key] = self._region(capacity, question, tables, named, stand_in)
        return region

    def _looks_of(self, rule: Rule) -> Looks:
        found = self._looks.get(rule.body)
        if found is None:
            found = self._looks[rule.body] = looks_of(rule)
        return found

    def _table(
        self,
        rule: Rule,
        looks: Looks,
        kind: ClaimTypeFacts,
        capacity: Capacity,
        question: Question,
        named: frozenset[ClaimAction],
    ) -> Table:
        of_type = tuple(sorted(_type_facts(kind, looks)))
        key = (rule.body, capacity, question, of_type, named if "mandate_actions" in looks.facts else None)
        found = self._tables.get(key)
        if found is None:
            found = self._tables[key] = self._asked(rule, looks, kind, capacity, question, named)
        return found

    def _asked(
        self,
        rule: Rule,
        looks: Looks,
        kind: ClaimTypeFacts,
        capacity: Capacity,
        question: Question,
        named: frozenset[ClaimAction],
    ) -> Table:
        judge = Judge(kind, _NO_RULES, (), (rule,), self.policies.common.schema, self._slices)
        facts = tuple(each for each in FACTS if each in looks.facts)
        satisfied = set()
        for position in product(*(values_of(each, named) for each in facts)):
            verdict = judge.decide(facts_at(capacity, kind, facts, position), question)
            if verdict.rules == (rule.id,):
                satisfied.add(position)
            elif verdict.rules == (POLICY_FAILED,):
                return Table(rule.effect, facts, frozenset(satisfied), failing=True)
        return Table(rule.effect, facts, frozenset(satisfied))

    def _region(
        self,
        capacity: Capacity,
        question: Question,
        tables: tuple[Table, ...],
        named: frozenset[ClaimAction],
        stand_in: frozenset[ClaimAction],
    ) -> Region:
        looked = set(chain.from_iterable(table.facts for table in tables)) | self.also.get(capacity, frozenset())
        facts = tuple(each for each in FACTS if each in looked)
        values = tuple(values_of(each, named) for each in facts)
        permits = sum(1 << bit for bit, table in enumerate(tables) if table.effect == "permit")
        groups = _grouped(tables, facts, values)
        occurring = _occurring(capacity, question.action, facts, values)
        allowed: dict[tuple[Any, ...], int] = {}
        decides = 0
        for position in product(*values):
            bits = 0
            for part_of, satisfied in groups:
                bits |= satisfied[part_of(position)]
            forbidding = bits & ~permits
            if not forbidding and bits:
                allowed[position] = bits
            if position in occurring:
                decides |= forbidding or bits
        failing = any(each.failing for each in tables)
        return Region(capacity, question, facts, values, tables, allowed, decides, stand_in, failing, occurring)


def values_of(fact: str, named: frozenset[ClaimAction]) -> tuple[Any, ...]:
    """What a fact can be. A mandate's actions: every set of the ``named`` ones."""
    if fact == "mandate_actions":
        ordered = sorted(named)
        return tuple(frozenset(each) for length in range(len(ordered) + 1) for each in combinations(ordered, length))
    return _VALUES.get(fact, _BOTH)


def facts_at(capacity: Capacity, kind: ClaimTypeFacts, names: tuple[str, ...], position: tuple[Any, ...]) -> Facts:
    """A position as facts; those that it does not name are as where nothing is known."""
    stated = dict(zip(names, position, strict=True))
    status, new = stated.pop(PLACE, PLACES[0])
    return Facts(capacity, kind.code, status, new, **stated)


def position_of(facts: Facts, region: Region) -> tuple[Any, ...]:
    """Where a party stands, in the terms of a region."""
    found = []
    for name, values in zip(region.facts, region.values, strict=True):
        value = (facts.status, facts.new) if name == PLACE else getattr(facts, name)
        if name == "mandate_actions":
            unnamed = value - values[-1]
            value = value & values[-1] | (region.stand_in if unnamed else frozenset())
        found.append(value)
    return tuple(found)


def refusing(answered: Answered, fixed: Mapping[str, Any] | None = None) -> tuple[int | None, ...]:
    """The rules that refuse everywhere, by bit; where none does alone, all that refuse somewhere, with None for
    ``default-deny``, where nothing forbids.

    Args:
        fixed: facts that are taken as given.
    """
    region = answered.region
    forbids = [bit for bit, table in enumerate(region.tables) if table.effect == "forbid"]
    always = set(forbids)
    sometimes: set[int] = set()
    by_default = False
    for position in product(*region.values):
        here = dict(zip(region.facts, position, strict=True))
        if not region.occurs(position) or any(here.get(name, value) != value for name, value in (fixed or {}).items()):
            continue
        satisfied = {bit for bit in forbids if region.tables[bit].holds(here)}
        always &= satisfied
        sometimes |= satisfied
        by_default = by_default or not satisfied
    named = sorted(always or sometimes)
    return (None, *named) if by_default else tuple(named)


def _grouped(
    tables: tuple[Table, ...], facts: tuple[str, ...], values: tuple[tuple[Any, ...], ...]
) -> list[tuple[Callable[[tuple[Any, ...]], Any], Mapping[Any, int]]]:
    """Tables that look at the same facts as one: what takes these out of a position, and bits by what it takes."""
    by_facts: dict[tuple[str, ...], list[int]] = {}
    for bit, table in enumerate(tables):
        if table.satisfied:
            by_facts.setdefault(table.facts, []).append(bit)
    groups: list[tuple[Callable[[tuple[Any, ...]], Any], Mapping[Any, int]]] = []
    for looked, bits in by_facts.items():
        places = [facts.index(each) for each in looked]
        satisfied = {
            part: sum(1 << bit for bit in bits if part in tables[bit].satisfied)
            for part in product(*(values[each] for each in places))
        }
        if not places:
            groups.append((lambda position: (), satisfied))
        elif len(places) == 1:
            # `itemgetter` takes the value itself where it takes but one.
            groups.append((itemgetter(*places), {value: found for (value,), found in satisfied.items()}))
        else:
            groups.append((itemgetter(*places), satisfied))
    return groups


def _occurring(
    capacity: Capacity, action: ClaimAction, facts: tuple[str, ...], values: tuple[tuple[Any, ...], ...]
) -> frozenset[tuple[Any, ...]]:
    """The positions in which a party can stand at all."""
    possible = [
        [value for value in each if _can_be(capacity, action, name, value)]
        for name, each in zip(facts, values, strict=True)
    ]
    if "mandate_in_force" not in facts or "mandate_actions" not in facts:
        return frozenset(product(*possible))
    in_force, actions = facts.index("mandate_in_force"), facts.index("mandate_actions")
    return frozenset(each for each in product(*possible) if each[in_force] or not each[actions])


def _can_be(capacity: Capacity, action: ClaimAction, name: str, value: Any) -> bool:
    if name not in FACTS_OF[capacity] and value != NOT_SO[name]:
        return False
    if name == PLACE and value[1] and action is not ClaimAction.PREPARE:
        return False
    return not (name == "taking_off" and value and action is not ClaimAction.ASSIGN)


def _type_facts(kind: ClaimTypeFacts, looks: Looks) -> Iterator[tuple[str, str]]:
    told = {
        "type": kind.code.text,
        "level": kind.level.value,
        "built": str(kind.built),
        "openToThirdParties": str(kind.open_to_third_parties),
        "mandates": str(kind.mandates),
    }
    return ((name, told[name]) for name in looks.type_facts)
