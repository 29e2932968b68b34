"""What does not hold does not load, and says where; what loads has a version that any byte changes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from shutil import copytree

import pytest

from policies.kit.errors import PolicyError
from policies.kit.facts import Facts, Question, ReadScope
from policies.kit.policy_set import CHECKOUT, PolicySet
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode, DeliveryStrategy
from tests.policies.conftest import Edit

HOUSING = ClaimTypeCode.parse("housing-benefit")
MODULE = "claims/housing-benefit"


BAD = tomllib.loads((Path(__file__).parent / "bad_policies.toml").read_text(encoding="utf-8"))["bad"]


@pytest.mark.parametrize("bad", BAD, ids=[f"{Path(bad['file']).name}: {bad['reason']}" for bad in BAD])
def test_what_does_not_hold_is_refused_with_file_line_and_reason(edit: Edit, bad: dict[str, str]) -> None:
    copy = edit(bad["file"], bad["old"], bad["new"])
    with pytest.raises(PolicyError) as refused:
        PolicySet.load(copy)
    assert bad["reason"] in refused.value.reason
    assert refused.value.file.name == Path(bad["file"]).name
    line = (copy / bad["file"]).read_text(encoding="utf-8").splitlines()[refused.value.line - 1]
    assert bad["at"] in line


def test_policies_without_the_rule_that_no_third_party_decides_do_not_load(edit: Edit) -> None:
    unconditional = 'action == Action::"DECIDE", resource);'
    weakened = unconditional.replace(";", " when { context.assigned };")
    with pytest.raises(PolicyError, match="no unconditional rule forbids DECIDE to third parties"):
        PolicySet.load(edit("common/third_party.cedar", unconditional, weakened))


@pytest.mark.parametrize("name", ["claim_type.toml", "policy.cedar", "form.schema.json", "examples.toml"])
def test_a_claim_type_without_one_of_its_files_does_not_load(copied: Path, name: str) -> None:
    (copied / MODULE / name).unlink()
    with pytest.raises(PolicyError, match="cannot be read") as refused:
        PolicySet.load(copied)
    assert refused.value.file.name == name


def test_a_claim_type_without_two_refusals_does_not_load(copied: Path) -> None:
    file = copied / MODULE / "examples.toml"
    head, *examples = file.read_text(encoding="utf-8").split("[[example]]")
    refusal = next(one for one in examples if 'expect = "refuse"' in one)
    permits = [one for one in examples if 'expect = "permit"' in one]
    file.write_text("[[example]]".join([head, *permits, refusal]), encoding="utf-8")
    with pytest.raises(PolicyError, match="2 examples of a refusal"):
        PolicySet.load(copied)


@pytest.mark.parametrize("place", [MODULE, "common"])
def test_a_file_that_nobody_would_read_is_refused(copied: Path, place: str) -> None:
    (copied / place / "polcy.txt").write_text("permit (principal, action, resource);", encoding="utf-8")
    with pytest.raises(PolicyError, match="nobody reads this file"):
        PolicySet.load(copied)


def test_text_that_is_not_utf_8_is_refused_at_its_line(copied: Path) -> None:
    file = copied / MODULE / "policy.cedar"
    file.write_bytes(file.read_bytes() + b"// \xff\n")
    with pytest.raises(PolicyError, match="not UTF-8") as refused:
        PolicySet.load(copied)
    assert refused.value.line == file.read_bytes().count(b"\n")


def test_files_that_a_windows_editor_saved_are_read_as_any_others(copied: Path) -> None:
    for file in (copied / MODULE).iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert HOUSING in PolicySet.load(copied).claim_types


def test_any_byte_of_any_file_changes_the_version(policies: PolicySet, copied: Path) -> None:
    for name in ("common/clerk.cedar", "common/fields.toml", f"{MODULE}/policy.cedar", f"{MODULE}/form.schema.json"):
        file = copied / name
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        changed = PolicySet.load(copied)
        file.write_bytes(before)
        assert changed.version != policies.version, name
        assert changed.claim_types[HOUSING].policy_version != policies.claim_types[HOUSING].policy_version, name
    assert PolicySet.load(copied).version == policies.version


def test_a_change_of_one_claim_type_leaves_the_version_of_the_others(policies: PolicySet, copied: Path) -> None:
    file = copied / MODULE / "policy.cedar"
    file.write_bytes(file.read_bytes() + b"\n")
    changed = PolicySet.load(copied)
    other = ClaimTypeCode.parse("annual-income-declaration")
    assert changed.claim_types[other].policy_version == policies.claim_types[other].policy_version


def test_a_further_folder_brings_claim_types_under_the_common_rules(tmp_path: Path) -> None:
    source = CHECKOUT / "claims" / "unemployment-benefit"
    copytree(source, tmp_path / "claims" / "sickness-benefit")
    file = tmp_path / "claims" / "sickness-benefit" / "claim_type.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("unemployment-benefit", "sickness-benefit"), encoding="utf-8"
    )
    policies = PolicySet.load(CHECKOUT, tmp_path)
    code = ClaimTypeCode.parse("sickness-benefit")
    facts = Facts(Capacity.CITIZEN, code, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH, is_applicant=True)
    assert policies.decide(facts, Question(ClaimAction.READ, ReadScope.CLAIM)).rules == ("applicant-reads-claim",)
    assert PolicySet.load(tmp_path).claim_types.keys() == {code}


def test_the_same_claim_type_twice_is_refused(tmp_path: Path) -> None:
    copytree(CHECKOUT / MODULE, tmp_path / MODULE)
    with pytest.raises(PolicyError, match="a second claim type has the code housing-benefit"):
        PolicySet.load(CHECKOUT, tmp_path)


def test_common_rules_come_from_one_folder(copied: Path) -> None:
    with pytest.raises(PolicyError, match="common rules come from one folder"):
        PolicySet.load(CHECKOUT, copied)


@pytest.mark.parametrize(
    ("code", "owner", "strategy", "third_parties", "opened"),
    [
        ("housing-benefit", "social", "IDEMPOTENCY_KEY", True, True),
        ("guaranteed-minimum-income", "social", "IDEMPOTENCY_KEY", True, True),
        ("needy-household-status", "social", "IDEMPOTENCY_KEY", True, True),
        ("kindergarten-queue", "education", "LOOKUP_BEFORE_RESEND", True, True),
        ("property-tax-relief", "finance", "LOOKUP_BEFORE_RESEND", False, True),
        ("childcare-benefit", "vsaa", "LOOKUP_BEFORE_RESEND", True, True),
        ("childbirth-benefit", "vsaa", "LOOKUP_BEFORE_RESEND", True, True),
        ("old-age-pension", "vsaa", "LOOKUP_BEFORE_RESEND", True, True),
        ("unemployment-benefit", "vsaa", "LOOKUP_BEFORE_RESEND", False, True),
        ("annual-income-declaration", "vid", "IDEMPOTENCY_KEY", True, True),
        ("residence-declaration", "residence", "LOOKUP_BEFORE_RESEND", False, True),
        ("cadastre-extract", "vzd", "MANUAL", True, True),
    ],
)
def test_the_twelve_claim_types_are_as_the_table_says(
    policies: PolicySet, code: str, owner: str, strategy: str, third_parties: bool, opened: bool
) -> None:
    module = policies.claim_types[ClaimTypeCode.parse(code)]
    assert len(policies.claim_types) == 12
    assert (module.owner, module.open_to_third_parties, module.open) == (owner, third_parties, opened)
    assert module.delivery is DeliveryStrategy(strategy)
    assert (module.delivered_to is not None) is opened
    assert module.mandates is (code != "residence-declaration")
