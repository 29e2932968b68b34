"""The common rules, apart by what they are about: whom and what a rule's head excludes, Cedar need not look at."""

from __future__ import annotations

from collections.abc import Iterable

import cedarpy

from policies.kit.looks import applies
from policies.kit.rules import Rule
from schema.terms import Capacity, ClaimAction


class Slices:
    """Handles by capacity and action, parsed when first asked for and shared by all claim types.

    A rule is left out of a slice only where its head (``principal is …``, ``action == …``) says that it is about
    another; its conditions are never looked at, so a slice answers as the whole does.

    Args:
        rules: the common rules.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        self._handles: dict[tuple[Capacity, ClaimAction], cedarpy.PolicySet] = {}

    def of(self, capacity: Capacity, action: ClaimAction, own: Iterable[Rule]) -> cedarpy.PolicySet:
        """The common rules and a claim type's own, as far as they may be about a capacity and an action."""
        common = self._handles.get((capacity, action))
        if common is None:
            common = cedarpy.PolicySet.from_str(_text(self._rules, capacity, action))
            self._handles[capacity, action] = common
        further = _text(own, capacity, action)
        return common.with_added_str(further) if further else common


def _text(rules: Iterable[Rule], capacity: Capacity, action: ClaimAction) -> str:
    return "\n".join(rule.text for rule in rules if applies(rule, capacity, action))
