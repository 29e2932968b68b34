"""What does not hold is found, with its place and its reason; what holds is proven over the whole space."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.commands.policy.loading import the_graph
from policies.kit.checking import Finding, Graph, check
from policies.kit.invariants import INVARIANTS, LOOKED_AT, breaches
from policies.kit.looks import FACTS
from policies.kit.policy_set import PolicySet
from policies.kit.space import Space
from schema.terms import Capacity
from tests.policies.conftest import Edit

GRAPH = the_graph()
CPU_SECONDS = 5.0
THIRD_PARTY = '@id("x") @reason("X.") permit (principal is ThirdPartyWorker, action, resource);\n'


def found(folder: Path, graph: Graph = GRAPH) -> list[Finding]:
    return list(check([folder], graph).findings)


def only(findings: list[Finding], reason: str) -> Finding:
    (one,) = [each for each in findings if reason in each.reason]
    return one


def test_the_policies_hold_in_every_position_within_five_seconds() -> None:
    begun = time.process_time()
    report = check([], GRAPH)
    assert time.process_time() - begun < CPU_SECONDS
    assert report.findings == ()
    assert any("19 invariants hold" in sentence for sentence in report.held)


def test_a_permit_that_nobody_proved_is_found_at_its_line(copied: Path) -> None:
    file = copied / "claims/housing-benefit/policy.cedar"
    file.write_text(file.read_text(encoding="utf-8") + "\n" + THIRD_PARTY, encoding="utf-8")
    one = only(found(copied), "x has no example")
    assert one.file == file
    assert file.read_text(encoding="utf-8").splitlines()[one.line - 1].startswith('@id("x")')


def test_an_example_that_is_decided_otherwise_is_found_at_its_line(copied: Path) -> None:
    file = copied / "claims/housing-benefit/examples.toml"
    text = file.read_text(encoding="utf-8")
    at = text.index('expect = "refuse"')
    file.write_text(text[:at] + 'expect = "permit"' + text[at + len('expect = "refuse"') :], encoding="utf-8")
    (one,) = found(copied)
    assert one.file == file
    assert "does not hold: it expects permit by" in one.reason
    assert text.splitlines()[one.line - 1] == "[[example]]"


BROKEN = [
    (
        "common/third_party.cedar",
        "unless { context.contractInForce };",
        "unless { context.contractInForce || context.assigned };",
        "third-parties-need-a-contract",
    ),
    (
        "common/third_party.cedar",
        'unless { context.scope == Scope::"THIRD_PARTIES" };',
        'unless { context.scope == Scope::"THIRD_PARTIES" || context.mandateInForce };',
        "third-parties-read-what-is-marked",
    ),
    (
        "common/applicant.cedar",
        'action == Action::"READ_EVIDENCE", resource)\nwhen { context.isApplicant };',
        'action == Action::"READ_EVIDENCE", resource);',
        "applicants-have-their-own",
    ),
    (
        "common/everybody.cedar",
        "unless { principal is OwnerOfficer };",
        "unless { principal is OwnerOfficer || principal is Clerk };\n\n"
        '@id("clerk-decides") @reason("Wrong.") permit (principal is Clerk, action == Action::"DECIDE", resource);',
        "only-the-owner-decides",
    ),
    (
        "common/everybody.cedar",
        'forbid (principal, action == Action::"READ_EVIDENCE", resource)\n'
        'when { context.scope == Scope::"OWNER_ONLY" }\nunless { principal is OwnerOfficer };',
        'forbid (principal is Clerk, action == Action::"READ_EVIDENCE", resource)\n'
        'when { context.scope == Scope::"OWNER_ONLY" };',
        "owner-only-evidence",
    ),
    (
        "common/clerk.cedar",
        'when { context.presence == Presence::"STATED" };',
        'when { context.presence == Presence::"STATED" && resource.status != Status::"DRAFT" };',
        "clerks-serve-who-is-present",
    ),
    (
        "common/mandate_holder.cedar",
        'context.isApplicant && context.mandateActions.contains(action) && resource.phase != Phase::"closed" };',
        "context.isApplicant && context.mandateActions.contains(action) };",
        "mandates-read-no-closed-evidence",
    ),
    (
        "common/owner_officer.cedar",
        "when { context.restricted && !context.takingOff };",
        'when { context.restricted && !context.takingOff && resource.status == Status::"DELIVERED" };',
        "protected-persons-have-no-third-party-by-the-owner",
    ),
    (
        "common/everybody.cedar",
        "unless { resource.built };",
        "unless { resource.built || context.isApplicant };",
        "what-is-not-open-takes-nothing-new",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "invariant"), BROKEN, ids=[each[3] for each in BROKEN])
def test_a_rule_that_opens_too_much_breaks_its_invariant(
    edit: Edit, file: str, old: str, new: str, invariant: str
) -> None:
    space = Space(PolicySet.load(edit(file, old, new)), LOOKED_AT)
    broken = {each.invariant.id for each in breaches(space.answers())}
    assert invariant in broken


def test_a_breach_says_who_may_what_where_and_by_which_rule(edit: Edit) -> None:
    _, old, new, _ = BROKEN[0]
    copy = edit("common/third_party.cedar", old, new)
    breach = next(each for each in found(copy) if "its contract is in force" in each.reason)
    assert breach.file.name == "policy.cedar"
    assert "THIRD_PARTY_WORKER may READ" in breach.reason
    assert "claim assigned to the organisation: yes" in breach.reason
    assert "contract in force: yes" not in breach.reason


def test_every_invariant_looks_at_facts_that_exist_and_says_a_sentence() -> None:
    assert len({each.id for each in INVARIANTS}) == len(INVARIANTS)
    for each in INVARIANTS:
        assert set(each.facts) <= set(FACTS)
        assert each.capacities
        assert each.sentence[0].isupper()
        assert each.sentence.endswith(".")


def test_every_capacity_is_held_to_something_of_its_own() -> None:
    own = {capacity for each in INVARIANTS if len(each.capacities) < len(Capacity) for capacity in each.capacities}
    assert own == set(Capacity)


def test_a_rule_whose_reason_is_in_one_language_alone_is_found(edit: Edit) -> None:
    lv = '@reason_lv("Iesniedzējs iesniedz savu melnrakstu.")\n'
    folder = edit("common/applicant.cedar", lv, "")
    (one,) = found(folder)
    assert one.reason == "applicant-submits has no @reason_lv: its sentence in Latvian is missing"
    assert one.file == folder / "common/applicant.cedar"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            'permit (principal is Citizen, action == Action::"READ", resource) when { context.inBasket };',
            "it needs what is never so for who it is about (in_basket)",
        ),
        (
            'permit (principal is Clerk, action == Action::"WITHDRAW", resource) when { context.ownCentre };',
            "wherever it permits, another rule forbids",
        ),
        (
            'forbid (principal is Clerk, action, resource) when { resource.status == Status::"DRAFT" && '
            'resource.phase == Phase::"closed" };',
            "no position satisfies it",
        ),
    ],
)
def test_a_rule_that_decides_nowhere_is_found_with_the_reason(copied: Path, rule: str, why: str) -> None:
    file = copied / "common/clerk.cedar"
    file.write_text(file.read_text(encoding="utf-8") + f'\n@id("idle")\n@reason("Idle.")\n{rule}\n', encoding="utf-8")
    remedies = copied / "common/remedies.toml"
    if rule.startswith("forbid"):
        remedies.write_text(
            remedies.read_text(encoding="utf-8") + '\n[idle]\nANY = { en = "Wait.", lv = "Gaidiet." }\n',
            encoding="utf-8",
        )
    one = only(found(copied), "idle decides nothing")
    assert why in one.reason
    assert file.read_text(encoding="utf-8").splitlines()[one.line - 1] == '@id("idle")'


def test_a_rule_without_example_and_an_example_of_no_rule_are_found(edit: Edit) -> None:
    copy = edit(
        "claims/old-age-pension/policy.cedar", "old-age-pension-third-party-submits", "old-age-pension-others-submit"
    )
    findings = found(copy)
    assert only(findings, "old-age-pension-others-submit has no example").file.name == "policy.cedar"
    unknown = [each for each in findings if "no rule has the id old-age-pension-third-party-submits" in each.reason]
    lines = (copy / "claims/old-age-pension/examples.toml").read_text(encoding="utf-8").splitlines()
    assert unknown
    assert all(lines[each.line - 1] == "[[example]]" for each in unknown)


def test_every_claim_type_that_does_not_load_is_reported_not_the_first_alone(edit: Edit) -> None:
    copy = edit("claims/old-age-pension/claim_type.toml", "title_lv", "title_xx")
    edit_again = copy / "claims/housing-benefit/policy.cedar"
    edit_again.write_text(edit_again.read_text(encoding="utf-8").replace("context.assigned", "context.asigned", 1))
    assert {each.file.parent.name for each in found(copy)} == {"old-age-pension", "housing-benefit"}


def test_evidence_that_the_graph_does_not_have_is_found(copied: Path) -> None:
    smaller = {name: leads for name, leads in GRAPH.leads_to.items() if name != "Person.taxBook"}
    one = only(found(copied, Graph(smaller, GRAPH.default_arguments)), "Person.taxBook is no field of the graph")
    assert (one.file.parent.name, one.file.name) == ("annual-income-declaration", "claim_type.toml")


def test_a_field_that_is_not_named_is_told_to_be_dark(copied: Path) -> None:
    larger = {**GRAPH.leads_to, "Person.shoeSize": ""}
    report = check([copied], Graph(larger, GRAPH.default_arguments))
    assert report.holds
    assert any("1 dark" in each for each in report.held)
    assert any(each == "dark, open to nobody: Person.shoeSize" for each in report.notes)


def test_where_paths_lead_and_defaults_are_compared_with_the_graph(edit: Edit) -> None:
    copy = edit("common/fields.toml", '"Person.vehicles" = "Vehicle"', '"Person.vehicles" = "Property"')
    assert only(found(copy), "Person.vehicles leads to Vehicle in the graph, to Property here").line > 1
    changed = Graph(GRAPH.leads_to, {**GRAPH.default_arguments, "Person.income.months": 6})
    assert any("Person.income.months is 3 here, and 6 in the graph" in each.reason for each in found(copy, changed))


def test_a_folder_of_ones_own_is_not_asked_to_prove_the_common_rules(tmp_path: Path, copied: Path) -> None:
    own = tmp_path / "own" / "claims"
    own.mkdir(parents=True)
    (copied / "claims/housing-benefit").rename(own / "housing-benefit")
    assert found(own.parent) == []


def test_a_register_that_no_adapter_is_of_is_found_at_its_line(edit: Edit) -> None:
    file = "claims/housing-benefit/claim_type.toml"
    edit(file, 'register = "natural_persons"', 'register = "natural_person"')
    copy = edit(file, 'delivered_to = "social_assistance"', 'delivered_to = "social_asistance"')
    of_the_claim_types = {
        name
        for module in PolicySet.load().claim_types.values()
        for name in (module.delivered_to, *(one.register for one in module.evidence))
        if name is not None
    }
    found = check([copy], GRAPH, of_the_claim_types).findings
    lines = (copy / file).read_text(encoding="utf-8").splitlines()
    assert [lines[one.line - 1] for one in found] == [
        'delivered_to = "social_asistance"',
        'register = "natural_person"',
    ]
    assert all("no adapter is of the register" in one.reason for one in found)
    assert check([copy], GRAPH).holds, "where adapters are not all known, nothing is said"
