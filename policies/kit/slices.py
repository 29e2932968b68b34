"""Rules apart by whom and what they are about, and positions apart by what those rules look at.

Cedar is asked once for each position that the rules of a slice tell apart, whichever claim type it came up in first:
claim types whose own rules say the same share their slices, and what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import cedarpy

from policies.kit.facts import Facts, Question
from policies.kit.looks import CONTEXT, PLACE, SCOPE, Looks, applies, looks_of
from policies.kit.rules import Rule
from schema.terms import Capacity, ClaimAction

if TYPE_CHECKING:
    from policies.kit.judge import ClaimTypeFacts

REMEMBERED = 16_384
"""Positions kept at most in one slice; the common ones with a third party's flags are some hundreds."""

Found = tuple[bool, tuple[int, ...]]
"""Whether it is allowed, and by which rules of the slice."""
Position = tuple[Hashable, ...]

_OF_TYPE = {
    "type": "code",
    "level": "level",
    "built": "built",
    "openToThirdParties": "open_to_third_parties",
    "mandates": "mandates",
}
"""Attribute of a claim -> of :class:`ClaimTypeFacts`."""


class Slice:
    """The rules that may be about one capacity and action, parsed, and what they decided.

    Args:
        rules: in order; a :data:`Found` counts them so.
        looks: what each of them looks at.
    """

    def __init__(self, rules: tuple[Rule, ...], looks: tuple[Looks, ...]) -> None:
        # Rules are told apart by number: those of two claim types differ in nothing but the id.
        named = [(str(number), f'@id("{number}")\n{rule.body}') for number, rule in enumerate(rules)]
        named = [
            pair if rule.body is not rule.text else (rule.id, rule.text)
            for pair, rule in zip(named, rules, strict=True)
        ]
        self.handle = cedarpy.PolicySet.from_str("\n".join(text for _, text in named))
        self._number = {name: number for number, (name, _) in enumerate(named)}
        facts = frozenset().union(*(each.facts for each in looks))
        of_type = frozenset().union(*(each.type_facts for each in looks))
        scope = any(each.scope for each in looks)
        self.context = frozenset(name for name, fact in CONTEXT.items() if fact in facts) | (
            {SCOPE} if scope else frozenset()
        )
        """Attributes of the context that a rule looks at."""
        self._of_facts = _reading([*(("status", "new") if PLACE in facts else ()), *sorted(facts - {PLACE})])
        self._of_type = _reading([_OF_TYPE[name] for name in sorted(of_type)])
        self._scope = scope
        self._decided: dict[Position, Found] = {}

    def position(self, claim_type: ClaimTypeFacts, facts: Facts, question: Question) -> Position:
        """Equal where no rule of the slice can tell the one from the other."""
        return self._of_type(claim_type), self._of_facts(facts), question.scope if self._scope else None

    def known(self, position: Position) -> Found | None:
        """What was decided there."""
        return self._decided.get(position)

    def remember(self, position: Position, found: Found) -> None:
        """Keep what was decided."""
        if len(self._decided) >= REMEMBERED:
            self._decided.clear()
        self._decided[position] = found

    def numbers(self, names: Iterable[str]) -> tuple[int, ...]:
        """Places of rules among the slice's, by what Cedar calls them."""
        return tuple(sorted(self._number[name] for name in names))


class Slices:
    """Slices by capacity, action and what a claim type's own rules say, made when first asked for.

    A rule is left out of a slice only where its head (``principal is …``, ``action == …``) says that it is about
    another; so a slice answers as the whole does.

    Args:
        rules: the common rules.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._common: dict[tuple[Capacity, ClaimAction], tuple[Rule, ...]] = {}
        self._made: WeakValueDictionary[Hashable, Slice] = WeakValueDictionary()
        """Kept as long as a claim type has it."""
        self._looks: dict[str, Looks] = {rule.body: looks_of(rule) for rule in self._rules}
        self.proven: set[Hashable] = set()
        """Kinds of request that were found valid under the schema; there are as many as capacities, actions, scopes and
        the values of enumerations have combinations that occur."""

    def of(self, capacity: Capacity, action: ClaimAction, own: Iterable[Rule]) -> tuple[Slice, tuple[Rule, ...]]:
        """The common rules and a claim type's own, as far as they may be about a capacity and an action.

        Returns:
            The slice, and its rules with their ids in that claim type.
        """
        mine = tuple(rule for rule in own if applies(rule, capacity, action))
        common = self._common.get((capacity, action))
        if common is None:
            common = tuple(rule for rule in self._rules if applies(rule, capacity, action))
            self._common[capacity, action] = common
        rules = (*common, *mine)
        key = (capacity, action, tuple(rule.body for rule in mine))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = Slice(rules, tuple(self._looks.get(each.body) or looks_of(each) for each in rules))
        return made, rules


def _reading(names: list[str]) -> Callable[[object], Hashable]:
    return attrgetter(*names) if names else _nothing


def _nothing(_: object) -> None:
    return None
