"""Which tier of the quality scale an adapter has earned, and what is missing for the next.

:func:`earned_tier` reads a folder and asks no register. What it cannot see there, the contract test's outcome and the
live register's, it is told by ``gateway adapter check``, or says that nobody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from adapters.kit.broken import AdapterBroken, what_is_wrong
from adapters.kit.catalog import Installed, install
from adapters.kit.quality.checks import CHECKS, Folder
from adapters.kit.quality.rules import RULE_BY_ID, RULES, TIERS, CheckedBy, Rule
from schema.terms import AdapterTier


class State(Enum):
    """How an adapter stands with a rule."""

    DONE = "done"
    NOT_YET = "not yet"
    EXEMPT = "exempt"
    """It does not apply: the manifest says why."""
    NOT_LOOKED_AT = "not looked at"
    """Nobody has run the test, or asked the register."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One rule for one adapter."""

    rule: Rule
    state: State
    comment: str = ""
    """What is missing; or why it is exempt, or who confirmed it."""


@dataclass(frozen=True, slots=True)
class Report:
    """How one adapter stands with every rule."""

    declared: AdapterTier
    """By its manifest."""
    standings: tuple[Standing, ...]
    """In the scale's order."""

    @property
    def earned(self) -> AdapterTier:
        """The highest tier of which, and of those below it, no rule is missing.

        A rule that nobody has looked at is not missing: ``everything_looked_at`` says whether there is one.
        """
        earned = AdapterTier.DRAFT
        for tier in TIERS:
            if self.missing(tier):
                break
            earned = tier
        return earned

    @property
    def everything_looked_at(self) -> bool:
        """Whether no rule of the tier that was earned was left out."""
        counted = (AdapterTier.DRAFT, *TIERS).index(self.earned)
        return not any(
            each.state is State.NOT_LOOKED_AT for each in self.standings if each.rule.tier in TIERS[:counted]
        )

    @property
    def keeps_its_word(self) -> bool:
        """Whether the declared tier is earned."""
        order = (AdapterTier.DRAFT, *TIERS)
        return order.index(self.earned) >= order.index(self.declared)

    def missing(self, tier: AdapterTier) -> list[Standing]:
        """The rules of one tier that do not hold yet."""
        return [each for each in self.standings if each.rule.tier is tier and each.state is State.NOT_YET]


def earned_tier(folder: Path, seen: Mapping[str, str | None] | None = None) -> Report:
    """Look at one adapter's folder, wherever it is. Asks no register.

    Args:
        seen: what somebody saw of rules that the folder does not show, by id: None where the rule holds, else what is
            missing.

    Raises:
        AdapterBroken: it does not load, so it has no tier.
        KeyError: there is no rule of such an id.
    """
    return tier_of(install(folder), seen)


def tier_of(adapter: Installed, seen: Mapping[str, str | None] | None = None) -> Report:
    """As :func:`earned_tier`, of an adapter that is read already."""
    for name in seen or {}:
        RULE_BY_ID[name]
    folder = Folder(adapter.folder, adapter.manifest)
    return Report(adapter.manifest.tier, tuple(_standing(rule, folder, seen or {}) for rule in RULES))


def unknown_rules(adapter: Installed) -> list[str]:
    """Rules that a manifest's ``[quality]`` names and the scale does not have."""
    quality = adapter.manifest.quality
    return sorted({*quality.exempt, *quality.confirmed} - RULE_BY_ID.keys())


def _standing(rule: Rule, folder: Folder, seen: Mapping[str, str | None]) -> Standing:
    quality = folder.manifest.quality
    if reason := quality.exempt.get(rule.id, "").strip():
        return Standing(rule, State.EXEMPT, reason)
    if rule.id in seen:
        missing = seen[rule.id]
        return Standing(rule, State.DONE) if missing is None else Standing(rule, State.NOT_YET, missing)
    if rule.checked_by is CheckedBy.PERSON:
        confirmed = quality.confirmed.get(rule.id, "").strip()
        return Standing(rule, State.DONE, confirmed) if confirmed else Standing(rule, State.NOT_YET, _CONFIRM)
    if rule.checked_by is not CheckedBy.FOLDER:
        return Standing(rule, State.NOT_LOOKED_AT, f"gateway adapter check looks at {rule.checked_by.value}")
    return _checked(rule, folder)


_CONFIRM = "nobody has confirmed it: write who and when into [quality.confirmed] of manifest.toml"


def _checked(rule: Rule, folder: Folder) -> Standing:
    try:
        missing = "; ".join(CHECKS[rule.id](folder))
    except Exception as error:  # noqa: BLE001 - a folder that cannot be read does not hold the rule
        missing = what_is_wrong(error, folder.manifest.name, "", folder.path).problem
    return Standing(rule, State.NOT_YET, missing) if missing else Standing(rule, State.DONE)


__all__ = ["TIERS", "AdapterBroken", "Report", "Standing", "State", "earned_tier", "tier_of", "unknown_rules"]
