"""Rules about mandates and third parties: their examples hold, and none of them can go unnoticed."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from policies.kit.errors import PolicyError
from policies.kit.party_rules import FOLDER, PartyAction, PartyFacts, PartyOutcome, PartyRules
from schema.terms import AssuranceLevel, Capacity, ClaimAction

LOADED = PartyRules.load()


def _given(flags: tuple[str, ...], values: tuple[bool, ...]) -> dict[str, Any]:
    return dict(zip(flags, values, strict=True))


@pytest.mark.parametrize("outcome", list(LOADED.run_examples()), ids=lambda outcome: outcome.example.name)
def test_every_example_is_decided_as_it_says(outcome: PartyOutcome) -> None:
    assert outcome.holds, outcome.verdict


@pytest.mark.parametrize("rule", LOADED.rules, ids=lambda rule: rule.id)
def test_without_any_one_rule_an_example_fails(rule: object) -> None:
    without = PartyRules(tuple(each for each in LOADED.rules if each is not rule), LOADED.examples, "")
    assert not all(outcome.holds for outcome in without.run_examples())


def test_over_all_facts_only_the_right_capacities_change_anything() -> None:
    flags = ("represents_alone", "is_grantor")
    for capacity, action, assurance in product(Capacity, PartyAction, (None, *AssuranceLevel)):
        if action is PartyAction.CARRY:
            continue
        for values in product((False, True), repeat=len(flags)):
            facts = PartyFacts(assurance=assurance, **_given(flags, values))
            sure = assurance in (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH)
            may = {
                Capacity.CITIZEN: sure,
                Capacity.LEGAL_REPRESENTATIVE: sure and facts.represents_alone,
            }.get(capacity, False)
            if action is PartyAction.REVOKE_MANDATE:
                may = may and facts.is_grantor
            if action in (PartyAction.REGISTER_THIRD_PARTY, PartyAction.SUSPEND_THIRD_PARTY):
                may = capacity is Capacity.MINISTRY_IT and assurance is not AssuranceLevel.LOW
            assert LOADED.decide(capacity, action, facts).allowed is may, (capacity, action, facts)


def test_over_all_facts_no_mandate_carries_what_mandates_never_carry() -> None:
    flags = ("to_third_party", "to_grantor", "takes_mandates", "open_to_third_parties", "takes_such_applicants")
    for capacity, carried in product((Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE), ClaimAction):
        for values in product((False, True), repeat=len(flags)):
            facts = PartyFacts(carries=carried, **_given(flags, values))
            may = (
                carried not in (ClaimAction.ASSIGN, ClaimAction.DECIDE)
                and facts.takes_mandates
                and facts.takes_such_applicants
                and not facts.to_grantor
                and (not facts.to_third_party or (facts.open_to_third_parties and carried is not ClaimAction.WITHDRAW))
            )
            assert LOADED.decide(capacity, PartyAction.CARRY, facts).allowed is may, facts


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("mandates.cedar", 'permit (principal is Citizen, action == Action::"CARRY", resource);', "ASSIGN"),
        (
            "third_parties.cedar",
            'permit (principal is ThirdPartyWorker, action == Action::"SUSPEND_THIRD_PARTY", resource);',
            "THIRD_PARTY_WORKER would do SUSPEND_THIRD_PARTY",
        ),
    ],
)
def test_rules_that_open_what_none_may_do_not_load_whatever_their_examples_say(
    tmp_path: Path, file: str, text: str, reason: str
) -> None:
    folder = tmp_path / "parties"
    shutil.copytree(FOLDER, folder)
    mandates = folder / "mandates.cedar"
    forbids = 'when { [ClaimAction::"ASSIGN", ClaimAction::"DECIDE"].contains(context.carries) };'
    mandates.write_text(mandates.read_text(encoding="utf-8").replace(forbids, "when { false };"), encoding="utf-8")
    with (folder / file).open("a", encoding="utf-8") as more:
        more.write(f'@id("wide") @reason("It is wide.") {text}')
    with pytest.raises(PolicyError, match=reason if file == "mandates.cedar" else "ASSIGN|SUSPEND"):
        PartyRules.load(folder)


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("more.cedar", "permit (principal, action, resource);", "@id"),
        (
            "mandates.cedar",
            '@id("x") @reason("X.") permit (principal, action, resource) when { context.mispelt };',
            "x",
        ),
        ("notes.txt", "nobody", "nobody reads this file"),
        ("examples.toml", "[[example]]\nname = 1", "name"),
    ],
)
def test_a_folder_that_does_not_hold_is_refused(tmp_path: Path, file: str, text: str, reason: str) -> None:
    folder = tmp_path / "parties"
    shutil.copytree(FOLDER, folder)
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=reason):
        PartyRules.load(folder)
