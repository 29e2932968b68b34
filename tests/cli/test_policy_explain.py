"""``gateway policy explain``: rule, facts and what would change it, from the demo's data folder alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running_gateway import command


def explained(folder: Path, persona: str, claim: str, action: str, *more: str) -> tuple[int, dict[str, Any]]:
    done = command(
        "policy", "explain", "--json", "--as", persona, "--claim", claim, "--action", action, *more, folder=folder
    )
    assert done.stderr == "", done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_refused_field_is_told_with_rule_reason_remedy_and_that_nothing_opens_it(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "ngo-support", "demo-1", "READ_EVIDENCE", "--field", "income.gross")
    (one,) = told["decisions"]
    assert code == 1
    assert told["claim"] == {"id": "demo-1", "type": "housing-benefit", "status": "IN_REVIEW"}
    assert told["visible"]
    assert (one["allowed"], one["rules"]) == (False, ["third-party-evidence-not-marked"])
    assert one["reasons"] == ["This evidence is not open to third parties."]
    assert one["remedy"]
    assert (one["evidence"], one["openTo"], one["missing"]) == ("income(months<=3)", "NO_THIRD_PARTIES", [])


def test_what_would_have_to_hold_is_said_and_what_decided(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "clerk-valmiera", "demo-12", "SUBMIT")
    (one,) = told["decisions"]
    assert (code, one["rules"], one["missing"]) == (1, ["clerk-without-presence"], ["citizen present"])
    assert one["facts"] == {"presence": "NONE"}


def test_what_a_persona_may_not_see_is_explained_and_said_to_be_no_door(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "ngo-support", "demo-2", "READ", "--field", "status")
    assert (code, told["visible"]) == (1, False)
    (one,) = told["decisions"]
    assert one["rules"] == ["third-party-without-assignment-or-mandate"]
    assert one["missing"] == ["claim assigned to the organisation"]
    shown = command(
        "policy", "explain", "--as", "ngo-support", "--claim", "demo-2", "--action", "READ", folder=tmp_path
    ).stdout
    assert shown.splitlines()[-1] == "The gateway answers ngo-support as for an id that does not exist (no-door)."


def test_an_allowed_action_is_exit_code_0_with_the_facts_that_decided(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "ilze", "demo-3", "SUBMIT")
    (one,) = told["decisions"]
    assert (code, one["rules"], one["remedy"]) == (0, ["mandate-holder-submits"], None)
    assert one["facts"] == {"status": "DRAFT", "claim of the grantor": "yes", "the mandate names": "SUBMIT"}


def test_putting_on_and_taking_off_are_two_answers(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "anna", "demo-4", "ASSIGN")
    assert code == 1
    assert [(each["about"], each["allowed"]) for each in told["decisions"]] == [
        ("put a third party on", False),
        ("take a third party off", True),
    ]


def test_a_protected_address_is_allowed_and_withheld(tmp_path: Path) -> None:
    asked = ("READ_EVIDENCE", "--field", "declaredAddress.fullText")
    assert explained(tmp_path, "ngo-families", "demo-10", *asked)[1]["decisions"][0]["withheld"] is True
    assert explained(tmp_path, "ngo-families", "demo-11", *asked)[1]["decisions"][0]["withheld"] is False
    assert explained(tmp_path, "marta", "demo-10", *asked)[1]["decisions"][0]["withheld"] is False


def test_what_the_claim_type_does_not_list_is_open_to_nobody(tmp_path: Path) -> None:
    code, told = explained(tmp_path, "anna", "demo-1", "READ_EVIDENCE", "--field", "income(months=4).gross")
    assert (code, told["decisions"][0]["rules"]) == (1, ["not-evidence"])


def test_all_evidence_is_told_by_whom_it_is_open_to(tmp_path: Path) -> None:
    _, told = explained(tmp_path, "officer-valmiera", "demo-1", "READ_EVIDENCE")
    assert [each["allowed"] for each in told["decisions"]] == [True, True, True]
    assert "household.person.income(months<=3)" in told["decisions"][2]["about"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("nobody", "demo-1", "READ"), "there is no persona of that name"),
        (("anna", "demo-999", "READ"), "no claim of that id"),
        (("anna", "demo-1", "LOOK"), "--action is one of READ, READ_EVIDENCE"),
        (("anna", "demo-1", "READ", "--field", "shoeSize"), "Claim.shoeSize is no field that READ opens"),
        (("anna", "demo-1", "READ", "--field", "answers"), "answers are opened by READ_EVIDENCE"),
        (("anna", "demo-1", "READ_EVIDENCE", "--field", "shoeSize"), "Person.shoeSize is not a field"),
        (("anna", "demo-1", "READ_EVIDENCE", "--field", "income(months=x)"), "income(months=3)"),
        (("anna", "demo-1", "SUBMIT", "--field", "status"), "SUBMIT has no field"),
    ],
)
def test_what_does_not_exist_is_a_wrong_call_in_one_line(tmp_path: Path, asked: tuple[str, ...], said: str) -> None:
    persona, claim, action, *more = asked
    wrong = command("policy", "explain", "--as", persona, "--claim", claim, "--action", action, *more, folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert len(wrong.stderr.splitlines()) == 1
    assert said in wrong.stderr


def test_nothing_is_written_into_the_folder(tmp_path: Path) -> None:
    explained(tmp_path, "anna", "demo-1", "READ")
    assert list(tmp_path.iterdir()) == []


def test_in_production_there_are_no_personas(tmp_path: Path) -> None:
    issuer = {"GATEWAY_ISSUER__NAME": "x", "GATEWAY_ISSUER__AUDIENCE": "y", "GATEWAY_ISSUER__JWKS_FILE": "/z"}
    refused = command(
        "policy", "explain", "--as", "anna", "--claim", "demo-1", "--action", "READ",
        folder=tmp_path, GATEWAY_PRODUCTION="true", **issuer,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "personas belong to the demo" in refused.stderr
