"""What a claim type says of when people are told: read strictly, in the version, and about who looks by law alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.commands.policy.loading import the_graph
from policies.kit.checking import check
from policies.kit.errors import PolicyError
from policies.kit.facts import Facts
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, ClaimAction, ClaimStatus, ClaimTypeCode

HOUSING = ClaimTypeCode("housing-benefit")
FILE = "claims/housing-benefit/claim_type.toml"
ROW = """
[[disclosure]]
id = "while-it-is-looked-into"
capacities = ["OWNER_OFFICER"]
actions = ["READ_EVIDENCE"]
days = 90
legal_basis = "Invented law, section 1"
reason = "To be told of it would warn whom it is about."
reason_lv = "Ziņa par to brīdinātu personu, par kuru tā ir."
"""
OFFICER = Facts(Capacity.OWNER_OFFICER, HOUSING, ClaimStatus.IN_REVIEW, own_authority=True)


def written(folder: Path, *rows: str) -> Path:
    file = folder / FILE
    file.write_text(file.read_text(encoding="utf-8") + "".join(rows), encoding="utf-8")
    return folder


def test_it_is_checked_and_in_the_version_of_its_claim_type_alone(copied: Path, policies: PolicySet) -> None:
    delayed = PolicySet.load(written(copied, ROW))
    changed = {
        code.text
        for code, module in delayed.claim_types.items()
        if module.policy_version != policies.claim_types[code].policy_version
    }
    assert changed == {"housing-benefit"}
    assert delayed.version != policies.version
    report = check([copied], the_graph())
    assert report.findings == ()
    assert any("1 delay" in each for each in report.held)


WRONG = [
    ("days = 90\n", "", "days or until, one of the two"),
    ("days = 90", "days = 90\nuntil = 2027-01-01", "days or until, one of the two"),
    ("days = 90", "days = 0", "days is a number from 1 to 3,650"),
    ("days = 90", "days = 3651", "days is a number from 1 to 3,650"),
    ("days = 90", 'days = "90"', "Expected `int | null`, got `str`"),
    ("days = 90", "days = 90.5", "Expected `int | null`, got `float`"),
    ("days = 90", "days = true", "Expected `int | null`, got `bool`"),
    ("days = 90", "until = 2025-12-31", "until is a day within"),
    ("days = 90", "until = 9999-12-31", "until is a day within"),
    ("days = 90", "until = 2027-01-01T00:00:00", "Expected"),
    (
        "days = 90",
        "days = 90\nafter_closing = 30",
        "unknown field `after_closing` - at `$.disclosure[0]`; it has actions, capacities, ",
    ),
    ('["OWNER_OFFICER"]', "[]", "capacities names each once"),
    ('["OWNER_OFFICER"]', '["CLERK", "CLERK"]', "capacities names each once"),
    ('["OWNER_OFFICER"]', '["THIRD_PARTY_WORKER"]', "THIRD_PARTY_WORKER is not kept from anybody"),
    ('["OWNER_OFFICER"]', '["CLERK", "CITIZEN"]', "CITIZEN is not kept from anybody"),
    ('["OWNER_OFFICER"]', '["NOBODY"]', "it is one of AUDITOR, CITIZEN, CLERK, "),
    ('["READ_EVIDENCE"]', '["READ"]', "READ_EVIDENCE among them"),
    ('["READ_EVIDENCE"]', '["READ_EVIDENCE", "DECIDE"]', "DECIDE shows in the claim's own history"),
    ('"while-it-is-looked-into"', '"While"', "lower-case words"),
    ('"Invented law, section 1"', '"  "', "legal_basis is empty"),
    ('"To be told of it would warn whom it is about."', '"because"', "reason is one sentence"),
    ('reason_lv = "Ziņa par to brīdinātu personu, par kuru tā ir."\n', "", "missing required field `reason_lv`"),
    ("legal_basis =", "basis =", "unknown field `basis`"),
]


@pytest.mark.parametrize(("old", "new", "reason"), WRONG, ids=[each[2] + each[1] for each in WRONG])
def test_a_row_that_does_not_hold_is_refused_at_its_place(copied: Path, old: str, new: str, reason: str) -> None:
    assert ROW.count(old) == 1
    first = (copied / FILE).read_text(encoding="utf-8").count("\n")
    with pytest.raises(PolicyError) as refused:
        PolicySet.load(written(copied, ROW.replace(old, new)))
    assert reason in refused.value.reason
    assert refused.value.file == copied / FILE
    assert refused.value.line > first


def test_two_rows_never_say_different_things_of_one_capacity(copied: Path) -> None:
    with pytest.raises(PolicyError, match="another one is about OWNER_OFFICER already"):
        PolicySet.load(written(copied, ROW, ROW.replace("while-it", "whenever-it").replace("90", "30")))


def test_two_rows_never_have_one_id(copied: Path) -> None:
    with pytest.raises(PolicyError, match="a second one has this id"):
        PolicySet.load(written(copied, ROW, ROW.replace("OWNER_OFFICER", "CLERK")))


def test_it_covers_who_looks_by_law_and_nobody_who_merely_tries(copied: Path) -> None:
    (delay,) = PolicySet.load(written(copied, ROW)).claim_types[HOUSING].delays
    evidence = [ClaimAction.READ_EVIDENCE]
    assert delay.covers(OFFICER, evidence)
    assert delay.covers(OFFICER, [ClaimAction.READ, ClaimAction.READ_EVIDENCE])
    assert delay.covers(replace(OFFICER, status=ClaimStatus.GRANTED), evidence)
    assert not delay.covers(OFFICER, [ClaimAction.READ])
    assert not delay.covers(OFFICER, [])
    assert not delay.covers(replace(OFFICER, own_authority=False), evidence)
    assert not delay.covers(replace(OFFICER, capacity=Capacity.CLERK, own_centre=True), evidence)


def test_the_page_of_who_may_do_what_says_it(copied: Path) -> None:
    from policies.kit.access_page import access_page
    from policies.kit.matrix import matrix

    plain = access_page(matrix(PolicySet.load(copied)))
    page = access_page(matrix(PolicySet.load(written(copied, ROW))))
    assert "Told later" not in plain
    row = next(line for line in page.splitlines() if "while-it-is-looked-into" in line)
    assert "OWNER_OFFICER" in row
    assert "90 days" in row
    assert "Invented law, section 1" in row
