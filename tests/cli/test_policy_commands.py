"""The policy commands as a policy author meets them."""

from __future__ import annotations

import json
import tomllib
from functools import partial
from pathlib import Path
from shutil import copytree

import pytest

from policies.kit.examples import run as run_examples
from policies.kit.folders import CHECKOUT
from policies.kit.policy_set import PolicySet
from tests.running_gateway import ROOT, command

run = partial(command, COLUMNS="200")
CLAIM_TYPES = len(PolicySet.load().claim_types)
NEW = (
    "policy", "new", "heating-benefit", "--title-lv", "Apkures pabalsts", "--title-en", "Heating benefit", "--owner",
    "social", "--legal-basis", "Law on Social Services and Social Assistance",
)  # fmt: skip


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for part in ("common", "claims"):
        copytree(CHECKOUT / part, tmp_path / "policies" / part)
    return tmp_path / "policies"


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("command", ["new", "check", "test", "matrix", "explain"])
def test_every_policy_command_explains_itself(command: str) -> None:
    explained = run("policy", command, "--help")
    assert explained.returncode == 0
    assert f"gateway policy {command}" in explained.stdout


# ---------------------------------------------------------------- check


def test_the_check_says_what_holds() -> None:
    checked = run("policy", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.splitlines()[-1] == "The policies hold."


def test_the_check_names_file_line_and_reason_from_where_one_stands(copied: Path) -> None:
    spoil(copied / "claims/housing-benefit/policy.cedar", "context.assigned", "context.asigned")
    checked = run("policy", "check", "--policies", "policies", folder=copied.parent)
    assert checked.returncode == 1
    first, *_, last = checked.stdout.splitlines()
    assert first.startswith("policies/claims/housing-benefit/policy.cedar:4: housing-benefit-third-party-reads-claim: ")
    assert last == "1 thing does not hold."


def test_the_check_speaks_to_programs_too(copied: Path) -> None:
    spoil(copied / "claims/old-age-pension/policy.cedar", "old-age-pension-third-party-submits", "others-submit")
    checked = run("policy", "check", "--json", "--policies", str(copied))
    assert checked.returncode == 1
    report = json.loads(checked.stdout)
    assert not report["holds"]
    assert {"others-submit has no example: one that names it in `rules` is missing"} < {
        each["reason"] for each in report["findings"]
    }


def test_policies_of_ones_own_are_checked_with_the_checkouts(tmp_path: Path) -> None:
    assert run(*NEW, "--into", "own", folder=tmp_path).returncode == 0
    checked = run("policy", "check", folder=tmp_path, POLICIES_PATH=str(tmp_path / "own"))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith(f"✓ {CLAIM_TYPES + 1} claim types")


def test_a_folder_that_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    for word in ("check", "test", "matrix"):
        wrong = run("policy", word, "--policies", "nowhere", folder=tmp_path)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert wrong.stderr.splitlines() == ["gateway: nowhere is no folder"]


# ---------------------------------------------------------------- test


def test_every_example_is_run_and_counted_by_rule() -> None:
    tried = run("policy", "test")
    assert tried.returncode == 0
    claims, parties = tried.stdout.splitlines()[-2:]
    assert claims.endswith(f"examples of {CLAIM_TYPES} claim types, all decided as they say.")
    assert parties.endswith("examples of mandates and third parties, all decided as they say.")
    assert "third-party-never-decides" in tried.stdout


def test_an_example_that_is_decided_otherwise_is_shown_with_what_was_expected(copied: Path) -> None:
    spoil(
        copied / "common/clerk.cedar",
        'resource.status == Status::"DRAFT" };\n\n@id("clerk-prepares")',
        'true };\n\n@id("clerk-prepares")',
    )
    tried = run("policy", "test", "housing-benefit", "--policies", "policies", folder=copied.parent)
    assert tried.returncode == 1
    lines = tried.stdout.splitlines()
    at = next(
        number for number, line in enumerate(lines) if line.startswith("policies/claims/housing-benefit/examples")
    )
    assert lines[at + 1].strip().startswith("expected: refuse by default-deny")
    assert lines[at + 2].strip().startswith("decided:  permit by clerk-reads-evidence: ")
    assert "decided otherwise" in lines[-1]


def test_rules_about_mandates_and_third_parties_are_checked_and_tried_too(copied: Path) -> None:
    copytree(CHECKOUT / "parties", copied / "parties")
    spoil(copied / "parties/examples.toml", 'expect = "permit"', 'expect = "refuse"')
    tried = run("policy", "test", "--policies", "policies", folder=copied.parent)
    assert tried.returncode == 1
    assert tried.stdout.splitlines()[-1].endswith("of mandates and third parties, 1 decided otherwise.")
    assert "policies/parties/examples.toml:4: " in tried.stdout
    spoil(copied / "parties/examples.toml", 'rules = ["applicant-gives-mandate"]', 'rules = ["nobody-gives"]')
    checked = run("policy", "check", "--policies", "policies", folder=copied.parent)
    assert checked.returncode == 1
    assert "policies/parties/examples.toml:4: no rule has the id nobody-gives: " in checked.stdout
    assert "policies/parties/examples.toml:4: example " in checked.stdout


def test_examples_of_a_claim_type_that_does_not_exist_are_a_wrong_call() -> None:
    wrong = run("policy", "test", "shoe-benefit")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no claim type is called shoe-benefit" in wrong.stderr


def test_policies_that_do_not_load_are_one_clear_line(copied: Path) -> None:
    spoil(copied / "claims/housing-benefit/claim_type.toml", "title_lv", "title_xx")
    for word in ("test", "matrix"):
        stopped = run("policy", word, "--policies", "policies", folder=copied.parent)
        assert (stopped.returncode, stopped.stdout) == (1, "")
        (line,) = stopped.stderr.splitlines()
        assert line.startswith("gateway: policies/claims/housing-benefit/claim_type.toml:2: ")


# ---------------------------------------------------------------- matrix


def test_the_matrix_is_written_and_then_is_fresh_until_a_rule_changes(copied: Path) -> None:
    asked = ("policy", "matrix", "--policies", "policies")
    stale = run(*asked, "--check", folder=copied.parent)
    assert stale.returncode == 1
    assert "policies/ACCESS.md is not what the policies say" in stale.stderr
    assert run(*asked, folder=copied.parent).returncode == 0
    assert (copied / "ACCESS.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(*asked, "--check", folder=copied.parent).returncode == 0
    spoil(copied / "common/clerk.cedar", "context.ownCentre && ", "")
    assert run(*asked, "--check", folder=copied.parent).returncode == 1


def test_a_place_where_nothing_can_be_written_is_one_clear_line(tmp_path: Path) -> None:
    stopped = run("policy", "matrix", "--page", "nowhere/ACCESS.md", folder=tmp_path)
    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert stopped.stderr.splitlines() == ["gateway: nowhere/ACCESS.md: cannot be written: No such file or directory"]


# ---------------------------------------------------------------- new


@pytest.mark.parametrize("options", [(), ("--municipal", "--third-parties"), ("--valid-from", "2027-01-01")])
def test_a_new_claim_type_loads_checks_and_passes_at_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    made = run(*NEW, *options, "--into", "own", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert "A person still has to decide:" in made.stdout
    folder = tmp_path / "own" / "claims" / "heating-benefit"
    assert sorted(each.name for each in folder.iterdir()) == [
        "claim_type.toml", "examples.toml", "form.schema.json", "policy.cedar",
    ]  # fmt: skip
    policies = PolicySet.load(CHECKOUT, tmp_path / "own")
    assert all(each.holds for each in run_examples(policies) if each.claim_type.text == "heating-benefit")
    checked = run("policy", "check", "--policies", "own", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout


def test_titles_with_quotes_and_latvian_letters_are_kept(tmp_path: Path) -> None:
    title = 'Pabalsts "Siltums" \\ ķēniņš'
    arguments = list(NEW)
    arguments[arguments.index("Apkures pabalsts")] = title
    assert run(*arguments, "--into", "own", folder=tmp_path).returncode == 0
    text = (tmp_path / "own/claims/heating-benefit/claim_type.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["title_lv"] == title
    PolicySet.load(CHECKOUT, tmp_path / "own")


def test_a_second_claim_type_stands_beside_the_first_in_a_folder_without_claims(tmp_path: Path) -> None:
    copytree(CHECKOUT / "claims" / "old-age-pension", tmp_path / "own" / "state-pension")
    assert run(*NEW, "--into", "own", folder=tmp_path).returncode == 0
    assert sorted(each.name for each in (tmp_path / "own").iterdir()) == ["heating-benefit", "state-pension"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"heating-benefit": "Heating Benefit"}, ""),
        ({"heating-benefit": "../heating"}, ""),
        ({"social": " "}, "--owner is one line"),
        ({"Heating benefit": "a\nb"}, "--title-en is one line"),
        ({"Apkures pabalsts": "a" * 301}, "--title-lv is one line"),
    ],
)
def test_a_claim_type_that_cannot_be_is_a_wrong_call_and_writes_nothing(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    wrong = run(*(change.get(each, each) for each in NEW), "--into", "own", folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert said in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_claim_type_that_is_there_is_left_alone(tmp_path: Path) -> None:
    assert run(*NEW, "--into", "own", folder=tmp_path).returncode == 0
    file = tmp_path / "own/claims/heating-benefit/policy.cedar"
    file.write_text("// mine\n", encoding="utf-8")
    again = run(*NEW, "--into", "own", folder=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert "is there already" in again.stderr
    assert file.read_text(encoding="utf-8") == "// mine\n"


def test_nothing_of_this_file_is_written_into_the_checkout() -> None:
    assert not (ROOT / "policies/claims/heating-benefit").exists()
