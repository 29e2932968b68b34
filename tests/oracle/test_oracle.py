"""The oracle itself: it says of the demo world what demo.md's matrix says, and its paths mean what access.md says."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.oracle.rules import Reads, may, reads
from tests.oracle.table import CLAIM_TYPES, Coordinate, Mark, opened_by
from tests.oracle.worlds import Claim, Persona, World, read_world

_MATRIX = Path(__file__).resolve().parents[1] / "policies" / "demo_matrix.toml"
_LETTERS = (("PREPARE", "P"), ("SUBMIT", "S"), ("WITHDRAW", "W"), ("ASSIGN", "A"), ("DECIDE", "D"))


def letters(world: World, party: Persona, claim: Claim) -> str:
    found = {Reads.NOTHING: "", Reads.STATUS: "s", Reads.CLAIM: "R"}[reads(world, party, claim)]
    if may(world, party, claim, "READ_EVIDENCE"):
        found += "e" if party.capacity == "THIRD_PARTY_WORKER" else "E"
    return found + "".join(letter for action, letter in _LETTERS if may(world, party, claim, action))


def test_the_oracle_says_of_the_demo_world_what_its_matrix_says() -> None:
    world = read_world(datetime.now(UTC))
    matrix = tomllib.loads(_MATRIX.read_text(encoding="utf-8"))
    claims = [claim["id"] for claim in matrix["claim"]]
    said = {
        name: " ".join(letters(world, world.personas[name], world.claims[claim]) or "." for claim in claims)
        for name in matrix["persona"]
    }
    assert said == {name: row["may"] for name, row in matrix["persona"].items()}
    added = set(world.personas) - set(matrix["persona"])
    assert all(not letters(world, world.personas[name], world.claims[claim]) for name in added for claim in claims)


def test_all_twelve_claim_types_are_in_the_table() -> None:
    assert len(CLAIM_TYPES) == 12
    assert sum(each.third_parties for each in CLAIM_TYPES.values()) == 9
    assert {code for code, each in CLAIM_TYPES.items() if each.legal_properties} == {
        "cadastre-extract",
        "property-tax-relief",
    }


@pytest.mark.parametrize(
    ("claim_type", "path", "months", "marks"),
    [
        ("housing-benefit", "household.person.givenName", None, {Mark.BOLD}),
        ("housing-benefit", "household.person.personCode", None, set()),
        ("housing-benefit", "household.person.income.gross", "3", {Mark.ITALIC}),
        ("housing-benefit", "household.person.income.gross", "4", set()),
        ("housing-benefit", "household.person.children.givenName", None, set()),
        ("housing-benefit", "income.gross", None, {Mark.PLAIN}),
        ("housing-benefit", "income.gross", "4", set()),
        ("housing-benefit", "children.givenName", None, set()),
        ("housing-benefit", "birthDate", None, set()),
        ("kindergarten-queue", "children.declaredAddress.fullText", None, {Mark.ITALIC}),
        ("kindergarten-queue", "children.birthDate", None, {Mark.BOLD}),
        ("annual-income-declaration", "taxBook.dependants.familyName", None, {Mark.BOLD}),
        ("annual-income-declaration", "taxBook.dependants.income.gross", None, set()),
        ("annual-income-declaration", "income.gross", "12", {Mark.BOLD}),
        ("guaranteed-minimum-income", "enterprises.entity.name", None, {Mark.PLAIN}),
        ("guaranteed-minimum-income", "enterprises.entity.properties.kind", None, set()),
        ("guaranteed-minimum-income", "enterprises.entity.properties.address.code", None, set()),
        ("old-age-pension", "restricted", None, {Mark.ITALIC}),
    ],
)
def test_a_path_opens_what_lies_below_it_and_of_other_people_names_alone(
    claim_type: str, path: str, months: str | None, marks: set[Mark]
) -> None:
    assert opened_by(CLAIM_TYPES[claim_type], Coordinate(tuple(path.split(".")), months)) == marks
