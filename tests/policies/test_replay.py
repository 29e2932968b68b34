"""What really happened, decided again: under the same policies nothing changes, under others exactly what they change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.positions import Position, read, written
from policies.kit.facts import Facts, Presence
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
)
from tests.policies.conftest import Edit
from tests.running_gateway import RunningGateway, command

EVERYTHING = """{ claims(first: 50) { edges { node { id type { code } status municipality { name }
  channel history { status } answers assignedTo { name } applicant { __typename
    ... on Person { personCode givenName familyName birthDate restricted declaredAddress { fullText municipality { name } }
      household { person { givenName income(months: 2) { gross } sex } } children { givenName }
      income(months: 3) { gross month } benefits { kind } taxBook { validFrom } properties { address { fullText } }
      employmentStatus { unemployed } vehicles { make } socialStatuses { kind } }
    ... on LegalEntity { name registrationNumber address { fullText } properties { cadastreNumber } } } } } } }"""
ONE = """{ claim(id: "%s") { id status createdAt
  applicant { ... on Person { givenName sex income(months: 12) { gross } } } } }"""
WIDE = '[[evidence]]\npath = "income(months<=3)"\nopen_to = "NO_THIRD_PARTIES"'


MUTATIONS = (
    'mutation { assignClaim(input: {id: "demo-1", thirdParty: "tp-support", assigned: false}) { problems { code } } }',
    'mutation { withdrawClaim(input: {id: "demo-2"}) { problems { code } } }',
    """mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
         applicant: {personCode: "39100000011"}, presence: {method: PAPER_MANDATE, reference: "x"}})
         { problems { code } } }""",
)
PARTY_MUTATIONS = {
    "anna": (
        """mutation { grantMandate(input: {holder: {personCode: "39100000036"}, validTo: "2099-01-01",
             claimTypes: ["housing-benefit"], actions: [READ, WITHDRAW]}) { problems { code } } }""",
        """mutation { grantMandate(input: {holder: {personCode: "39100000036"}, validTo: "2099-01-01",
             claimTypes: ["residence-declaration"], actions: [READ]}) { problems { code } } }""",
    ),
    "ministry-it": ('mutation { suspendThirdParty(input: {id: "tp-none", reason: "x"}) { problems { code } } }',),
    "policy-officer": ('mutation { suspendThirdParty(input: {id: "tp-support", reason: "x"}) { problems { code } } }',),
}
ASKERS = (
    *("anna", "peteris", "nora", "accountant", "director", "clerk-valmiera", "officer-valmiera", "officer-vid"),
    *("ngo-support", "ngo-families", "ngo-suspended", "auditor"),
)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway that many have asked many things."""
    with RunningGateway(tmp_path_factory.mktemp("replay") / "data") as running:

        def ask(operation: str, persona: str) -> None:
            status, body = running.post(operation, persona=persona)
            assert status == 200, body

        for persona in ASKERS:
            ask(EVERYTHING, persona)
            for number in range(1, 16):
                ask(ONE % f"demo-{number}", persona)
        for mutation in MUTATIONS:
            for persona in ("anna", "peteris", "ngo-support", "clerk-valmiera", "officer-valmiera"):
                ask(mutation, persona)
        for persona, mutations in PARTY_MUTATIONS.items():
            for mutation in mutations:
                ask(mutation, persona)
        yield running


def _replay(gateway: RunningGateway, folder: Path, *more: str) -> tuple[int, str]:
    done = command("policy", "replay", "--policies", str(folder), *more, seconds=120, GATEWAY_DATA=str(gateway.data))
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


def _as_json(gateway: RunningGateway, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code, said = _replay(gateway, folder, "--json", *more)
    answer: dict[str, Any] = json.loads(said)
    return code, answer


def test_under_the_same_policies_nothing_comes_out_otherwise(used: RunningGateway, copied: Path) -> None:
    code, answer = _as_json(used, copied)
    assert answer["flips"] == []
    assert (code, answer["holds"]) == (0, True)
    assert answer["decided"] > 300
    assert answer["undecided"] == 0


def test_a_refusal_that_becomes_a_permit_is_listed_and_fails(used: RunningGateway, edit: Edit, tmp_path: Path) -> None:
    folder = edit("claims/housing-benefit/claim_type.toml", WIDE, WIDE.replace("NO_THIRD_PARTIES", "THIRD_PARTIES"))
    code, answer = _as_json(used, folder)
    flips = [each for each in answer["flips"] if each["now"] == "permitted"]
    assert code == 1
    assert flips
    assert {each["capacity"] for each in flips} == {"THIRD_PARTY_WORKER"}
    assert {(each["claimType"], each["action"], each["scope"]) for each in flips} == {
        ("housing-benefit", "READ_EVIDENCE", "THIRD_PARTIES")
    }
    assert {each["what"] for each in flips} <= {"income(months<=3).gross", "income(months<=3).month"}
    assert all(each["count"] > 0 and each["rules"] for each in flips)

    accept = tmp_path / "accepted"
    _, said = _replay(used, folder)
    accept.write_text("\n".join(line for line in said.splitlines() if "->" in line) + "\nno such -> line\n", "utf-8")
    code, said = _replay(used, folder, "--accept", str(accept))
    assert code == 0
    assert "accepted in vain, nothing comes out so: no such -> line" in said


def test_a_permit_that_becomes_a_refusal_is_listed_and_does_not_fail(used: RunningGateway, edit: Edit) -> None:
    folder = edit("claims/housing-benefit/claim_type.toml", WIDE, WIDE.replace("NO_THIRD_PARTIES", "OWNER_ONLY"))
    code, answer = _as_json(used, folder)
    assert code == 0
    assert {each["now"] for each in answer["flips"]} == {"refused"}
    assert {each["capacity"] for each in answer["flips"]} == {"CITIZEN"}
    assert {tuple(each["rules"]) for each in answer["flips"]} == {("evidence-for-the-owner-alone",)}


def test_a_claim_that_was_not_to_be_seen_and_would_be_is_found(used: RunningGateway, copied: Path) -> None:
    rules = copied / "common/owner_officer.cedar"
    more = """
@id("officer-reads-anything")
@reason("A test.")
permit (principal is OwnerOfficer, action == Action::"READ", resource);
"""
    rules.write_text(rules.read_text(encoding="utf-8") + more, encoding="utf-8")
    code, answer = _as_json(used, copied)
    assert code == 1
    seen = [each for each in answer["flips"] if each["what"] == "claim"]
    assert seen
    assert {(each["capacity"], each["action"]) for each in seen} == {("OWNER_OFFICER", "READ")}
    assert all("officer-reads-anything" in each["rules"] for each in seen)


def test_actions_are_decided_again_too(used: RunningGateway, edit: Edit) -> None:
    folder = edit(
        "common/applicant.cedar",
        'permit (principal in Group::"applicants", action == Action::"ASSIGN", resource)\nwhen { context.isApplicant && context.takingOff };',
        'permit (principal in Group::"applicants", action == Action::"ASSIGN", resource)\n'
        "when { context.isApplicant && context.takingOff && context.restricted };",
    )
    code, answer = _as_json(used, folder)
    assert code == 0
    assert {(each["capacity"], each["action"], each["what"], each["now"]) for each in answer["flips"]} == {
        ("CITIZEN", "ASSIGN", "assignClaim", "refused")
    }


def test_mandates_and_third_parties_are_decided_again_too(used: RunningGateway, edit: Edit) -> None:
    claim_type = "claims/residence-declaration/claim_type.toml"
    folder = edit(claim_type, "mandates = false", "mandates = true")
    edit("parties/mandates.cedar", "context.toThirdParty && context.carries", "context.carries")
    edit("parties/third_parties.cedar", '== Assurance::"LOW"', '!= Assurance::"LOW"')
    status, said = _replay(used, folder)
    lines = {line.partition("  #")[0] for line in said.splitlines()}
    assert status == 1
    assert "residence-declaration CITIZEN CARRY - READ refused->permitted" in lines
    assert "housing-benefit CITIZEN CARRY - WITHDRAW permitted->refused" in lines
    assert "- MINISTRY_IT SUSPEND_THIRD_PARTY - suspendThirdParty permitted->refused" in lines
    assert not any("POLICY_OFFICER" in line for line in lines)


def test_nothing_before_the_first_day_is_decided(used: RunningGateway, copied: Path) -> None:
    _, answer = _as_json(used, copied, "--since", "2999-01-01")
    assert (answer["decided"], answer["undecided"], answer["flips"]) == (0, 0, [])


def test_policies_that_do_not_hold_are_refused_at_their_line(used: RunningGateway, edit: Edit) -> None:
    folder = edit("claims/housing-benefit/claim_type.toml", WIDE, WIDE.replace("NO_THIRD_PARTIES", "EVERYBODY"))
    done = command("policy", "replay", "--policies", str(folder), seconds=120, GATEWAY_DATA=str(used.data))
    assert done.returncode == 1
    assert "claim_type.toml:" in done.stderr
    assert "EVERYBODY" in done.stderr


FLAGS = [
    *("new", "is_applicant", "represents_alone", "mandate_in_force", "assigned", "organisation_active"),
    *("contract_in_force", "contract_covers", "own_authority", "own_centre", "in_basket", "restricted", "taking_off"),
]


@st.composite
def standings(draw: st.DrawFn) -> Position:
    facts = Facts(
        capacity=draw(st.sampled_from(Capacity)),
        claim_type=ClaimTypeCode.parse(draw(st.sampled_from(["housing-benefit", "x"]))),
        status=draw(st.sampled_from(ClaimStatus)),
        channel=draw(st.none() | st.sampled_from(Channel)),
        assurance=draw(st.none() | st.sampled_from(AssuranceLevel)),
        mandate_actions=draw(st.frozensets(st.sampled_from(ClaimAction))),
        presence=draw(st.sampled_from(Presence)),
        **draw(st.fixed_dictionaries({name: st.booleans() for name in FLAGS})),
    )
    return Position(facts, draw(st.sampled_from(ApplicantKind)), draw(st.booleans()))


@given(st.lists(st.tuples(standings(), st.integers(1, 500)), min_size=1, max_size=4))
def test_a_position_is_read_as_it_was_written(counted: list[tuple[Position, int]]) -> None:
    text = written(counted)
    assert text is not None
    assert [(each.position, each.count) for each in read(text)] == counted
