"""The matrix says what the policies say, reads the same whenever it is written, and the committed page is fresh."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.access_page import access_page, can_apply, letters
from policies.kit.facts import Facts
from policies.kit.folders import CHECKOUT
from policies.kit.heat_map import heat_map
from policies.kit.judge import ClaimTypeFacts
from policies.kit.matrix import COLUMNS, Column, Matrix, matrix
from policies.kit.policy_set import PolicySet
from policies.kit.space import Space, facts_at
from policies.kit.wording import boxes
from schema.terms import Capacity, ClaimTypeCode
from tests.policies.conftest import Edit
from tests.policies.test_invariants import any_facts

LOADED = PolicySet.load()
SPACE = Space(LOADED)
MATRIX = matrix(LOADED)
PAGE = access_page(MATRIX)
HOUSING = ClaimTypeCode.parse("housing-benefit")


def cell_of(found: Matrix, code: ClaimTypeCode, capacity: Capacity, letter: str) -> tuple[bool, str, tuple[str, ...]]:
    (one,) = [each for each in found.cells[code, capacity] if each.column.letter == letter]
    return one.allowed, one.condition, one.rules


def test_the_committed_page_is_what_the_policies_say() -> None:
    committed = (CHECKOUT / "ACCESS.md").read_text(encoding="utf-8")
    assert committed == PAGE, "policies/ACCESS.md is stale: gateway policy matrix writes it"


def test_the_page_and_the_map_are_the_same_bytes_from_another_copy_of_the_policies(copied: Path) -> None:
    again = matrix(PolicySet.load(copied))
    assert access_page(again) == PAGE
    assert heat_map(again) == heat_map(MATRIX)


def test_a_comment_in_a_policy_leaves_the_page_as_it_is(edit: Edit) -> None:
    copy = edit("claims/housing-benefit/policy.cedar", "// What", "// Read again. What")
    assert access_page(matrix(PolicySet.load(copy))) == PAGE


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("claims/housing-benefit/policy.cedar", "context.assigned || ", ""),
        ("claims/housing-benefit/claim_type.toml", 'open_to = "NO_THIRD_PARTIES"', 'open_to = "OWNER_ONLY"'),
        ("common/clerk.cedar", "context.ownCentre && ", ""),
        ("common/owner_officer.cedar", "officer-decides", "officer-rules"),
    ],
)
def test_whatever_changes_who_may_do_what_changes_the_page(edit: Edit, file: str, old: str, new: str) -> None:
    assert access_page(matrix(PolicySet.load(edit(file, old, new)))) != PAGE


@pytest.mark.parametrize(
    ("capacity", "letter", "condition", "rules"),
    [
        (
            Capacity.CITIZEN,
            "P",
            "own claim; assurance SUBSTANTIAL or HIGH; new or draft or INFORMATION_REQUESTED",
            "applicant-prepares",
        ),
        (
            Capacity.CLERK,
            "e",
            "made at the own centre; in the centre's basket; citizen proven to be present; assurance not low; draft",
            "clerk-reads-evidence",
        ),
        (
            Capacity.THIRD_PARTY_WORKER,
            "e",
            "organisation active; contract in force; contract covers the claim; assurance not low; draft or running; "
            "either claim assigned to the organisation, or a mandate that names READ_EVIDENCE",
            "housing-benefit-third-party-reads-evidence",
        ),
        (Capacity.THIRD_PARTY_WORKER, "E", None, "third-party-evidence-not-marked"),
        (
            Capacity.OWNER_OFFICER,
            "A",
            "officer is not the applicant; submitted to the own department; no protected person; assurance not low; "
            "running",
            "owner-assigns-third-party",
        ),
        (Capacity.AUDITOR, "R", None, "ministry-has-no-claims"),
    ],
)
def test_a_cell_says_its_condition_and_its_rule(
    capacity: Capacity, letter: str, condition: str | None, rules: str
) -> None:
    expected = (condition is not None, condition or "", (rules,))
    assert cell_of(MATRIX, HOUSING, capacity, letter) == expected


def test_what_is_not_open_yet_takes_nothing_new(copied: Path) -> None:
    residence = copied / "claims" / "residence-declaration" / "claim_type.toml"
    residence.write_text(residence.read_text("utf-8").replace("open = true", "open = false"), "utf-8")
    found = matrix(PolicySet.load(copied))
    for letter in "PS":
        cell = cell_of(found, ClaimTypeCode.parse("residence-declaration"), Capacity.CITIZEN, letter)
        assert cell == (False, "", ("claim-type-closed",))


def test_every_cell_has_a_rule_and_every_allowed_one_a_condition() -> None:
    for row in MATRIX.cells.values():
        assert [each.column for each in row] == list(COLUMNS)
        for each in row:
            assert each.rules
            assert bool(each.condition) is each.allowed


@settings(max_examples=150, deadline=None)
@given(any_facts(), st.sampled_from(COLUMNS))
def test_the_ways_of_a_cell_hold_exactly_where_the_policies_allow(facts: Facts, chosen: Column) -> None:
    module = LOADED.claim_types[facts.claim_type]
    region = SPACE.answer(module, module.open, facts.capacity, chosen.question).region
    kind = ClaimTypeFacts(module.code, module.level, module.open, module.open_to_third_parties, module.mandates)
    found = list(boxes(region, chosen.fixed))
    for position in _some(region.values):
        here = dict(zip(region.facts, position, strict=True))
        if not region.occurs(position) or any(here.get(name, value) != value for name, value in chosen.fixed.items()):
            continue
        asked = facts_at(facts.capacity, kind, region.facts, position)
        verdict = LOADED.decide(asked, chosen.question)
        assert verdict.allowed is any(all(here[name] in values for name, values in box.items()) for box in found)


def _some(values: tuple[tuple[object, ...], ...]) -> list[tuple[object, ...]]:
    """A few positions spread over a region."""
    return [tuple(one[(number * (3 + at)) % len(one)] for at, one in enumerate(values)) for number in range(12)]


def test_the_overview_says_in_letters_what_may_be_asked() -> None:
    row = MATRIX.row(LOADED.claim_types[HOUSING], Capacity.THIRD_PARTY_WORKER)
    assert letters(row) == "s R e P S"
    assert letters(MATRIX.row(LOADED.claim_types[HOUSING], Capacity.AUDITOR)) == "·"
    assert not can_apply(LOADED.claim_types[HOUSING], Capacity.LEGAL_REPRESENTATIVE)
    assert can_apply(LOADED.claim_types[ClaimTypeCode.parse("cadastre-extract")], Capacity.LEGAL_REPRESENTATIVE)


class _Page(HTMLParser):
    """A page as it is read out: its cells' texts, its headers, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.without_scope = 0
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.links |= {named[name] or "" for name in ("src", "href", "srcset") if name in named}
        self.ids += [named["id"] or ""] if "id" in named else []
        self.without_scope += tag == "th" and named.get("scope") not in ("col", "row", "rowgroup")
        if tag == "td" and "title" in named:
            self.cells.append("")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        if "td" in self.open and self.cells:
            self.cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_heat_map_is_one_whole_file_that_loads_nothing_and_whose_links_arrive() -> None:
    page = heat_map(MATRIX)
    read = _Page(page)
    assert read.open == []
    assert len(set(read.ids)) == len(read.ids)
    assert {each for each in read.links if each.removeprefix("#") not in read.ids} == set()
    assert {each[0] for each in read.links} == {"#"}
    assert not re.search(r"https?:|url\(|<script|@import", page)


def test_no_cell_of_the_heat_map_says_anything_by_its_colour_alone() -> None:
    read = _Page(heat_map(MATRIX).partition('<h2 id="claim-types">')[0])
    evidence = {(one.applicant, one.path) for module in MATRIX.modules for one in module.evidence}
    asked = sum(
        can_apply(module, capacity)
        for module in MATRIX.modules
        for capacity in Capacity
        if any(cell.allowed for each in MATRIX.modules for cell in MATRIX.row(each, capacity))
    )
    assert len(read.cells) == asked * len(COLUMNS) + len(MATRIX.modules) * len(evidence)
    said = {each.replace("– no such applicants", "") for each in read.cells}
    assert {each for each in said if not re.fullmatch("·never|[A-Za-z][1-9]?", each)} == set()
    assert read.without_scope == 0


def test_every_letter_of_the_heat_map_stands_out_from_its_ground_in_light_dark_and_print() -> None:
    style = heat_map(MATRIX).partition("<style>")[2].partition("</style>")[0]
    grounds = re.findall(r":root \{([^}]*)\}", style)
    assert len(grounds) == 3
    shades: dict[str, str] = {}
    for theme in grounds:
        shades |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", theme))
        pairs = [(name.removeprefix("on-"), name) for name in shades if name.startswith("on-")]
        pairs += [("refused", "refused-ink"), ("page", "ink"), ("head", "ink")]
        found = {(ground, ink): _contrast(shades[ground], shades[ink]) for ground, ink in pairs}
        assert {pair: contrast for pair, contrast in found.items() if contrast < 4.5} == {}


def _contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it: 1 for the same, 21 for black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(shade: str) -> float:
    digits = shade[1:] if len(shade) == 7 else "".join(2 * each for each in shade[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
