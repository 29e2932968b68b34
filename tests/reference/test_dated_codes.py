"""The code list of municipalities has dates: what was, what is, and what took over; and wrong input is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.conftest import Asked

_LIST = """query ($at: Date) { municipalities(at: $at) {
  atvk name kind validFrom validTo successor { atvk name } centres { id } thirdParties { id } } }"""


def _codes(asked: Asked, at: str | None) -> dict[str, dict[str, Any]]:
    found = asked.data(_LIST, {"at": at})["municipalities"]
    codes = {each["atvk"]: each for each in found}
    assert len(codes) == len(found)
    return codes


@pytest.mark.parametrize(
    ("at", "counties", "madona"),
    [
        ("2021-07-01", 36, {"0038000", "0055000"}),
        ("2025-06-30", 36, {"0038000", "0055000"}),
        ("2025-07-01", 35, {"0038001"}),
        (None, 35, {"0038001"}),
        ("9999-12-31", 35, {"0038001"}),
    ],
)
def test_a_day_has_the_municipalities_that_there_were_on_it(
    asked: Asked, at: str | None, counties: int, madona: set[str]
) -> None:
    found = _codes(asked, at)
    kinds = [each["kind"] for each in found.values()]
    assert (kinds.count("STATE_CITY"), kinds.count("COUNTY")) == (7, counties)
    assert set(found) & {"0038000", "0038001", "0055000"} == madona
    day = at or "2026-11-23"
    assert all(each["validFrom"] <= day <= (each["validTo"] or "9999-12-31") for each in found.values())


def test_a_day_before_the_code_list_has_no_answer_rather_than_no_municipalities(asked: Asked) -> None:
    for language, text in (
        ("en", "The code list of municipalities begins on 2021-07-01."),
        ("lv", "Pašvaldību klasifikators sākas ar 2021-07-01."),
    ):
        _, body = asked.gateway.post(_LIST, {"at": "2021-06-30"}, persona="anna", language=language)
        [error] = body["errors"]
        assert (error["message"], error["extensions"]["code"]) == (text, "VARIABLES")


def test_a_municipality_that_has_ended_says_when_and_what_took_over_with_its_centres(asked: Asked) -> None:
    query = """query ($atvk: AtvkCode!) { municipality(atvk: $atvk) {
      name validFrom validTo centres { id municipality { atvk } } successor { atvk name centres { id } } } }"""
    ended = asked.data(query, {"atvk": "0055000"})["municipality"]
    assert (ended["name"], ended["validFrom"], ended["validTo"]) == ("Varakļānu novads", "2021-07-01", "2025-06-30")
    assert ended["centres"] == []
    successor = ended["successor"]
    assert (successor["atvk"], successor["name"]) == ("0038001", "Madonas novads")
    there = sorted(
        each["id"] for each in asked.world.centres if each["municipality"] in ("0038000", "0038001", "0055000")
    )
    assert [each["id"] for each in successor["centres"]] == there
    assert {each["municipality"] for each in asked.world.centres} >= {"0038000", "0055000"}
    assert asked.data(query, {"atvk": "0099000"})["municipality"] is None


def test_owners_are_the_states_and_each_departments(asked: Asked) -> None:
    query = (
        "query ($level: GovernmentLevel) { serviceOwners(level: $level) { id name level claimTypes { code level } } }"
    )
    for level, ids in (
        ("NATIONAL", {"vsaa", "vid", "vzd"}),
        ("MUNICIPAL", {"social", "education", "finance", "residence"}),
        (None, {"vsaa", "vid", "vzd", "social", "education", "finance", "residence"}),
    ):
        found = asked.data(query, {"level": level})["serviceOwners"]
        assert {each["id"] for each in found} == ids
        assert all(each["name"] and each["claimTypes"] for each in found)
        assert all(claim_type["level"] == each["level"] for each in found for claim_type in each["claimTypes"])


_CENTRES = """query ($filter: CentreFilter, $first: Int, $after: String) {
  customerServiceCentres(filter: $filter, first: $first, after: $after) { totalCount } }"""
_NOT_OF_ITS_TYPE = "The variable $filter is not a value of the type that the document gives it."
_LOOK_AT = f"{_NOT_OF_ITS_TYPE[:-1]}: look at `{{}}`."
_FIRST = "`first` is a number from 0 to 1000."


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"filter": {"minClientsPerYear": -1}}, "`minClientsPerYear` is a number from 0."),
        ({"filter": {"minClientsPerYear": 2**31}}, _LOOK_AT.format("minClientsPerYear")),
        ({"filter": {"minClientsPerYear": "12"}}, _LOOK_AT.format("minClientsPerYear")),
        ({"filter": {"openedBefore": "2020-02-30"}}, _LOOK_AT.format("openedBefore")),
        ({"filter": {"openedBefore": "2020"}}, _LOOK_AT.format("openedBefore")),
        ({"filter": {"municipality": "54000"}}, _LOOK_AT.format("municipality")),
        ({"filter": {"significance": "LOCAL"}}, _LOOK_AT.format("significance")),
        ({"filter": {"claimType": "Housing Benefit"}}, _LOOK_AT.format("claimType")),
        ({"filter": {"owner": "vsaa"}}, _NOT_OF_ITS_TYPE),
        ({"first": -1}, _FIRST),
        ({"first": 1001}, _FIRST),
        ({"after": "not a cursor"}, "This cursor is not one that this list gave."),
    ],
)
def test_a_wrong_selection_is_refused_with_what_is_wrong(asked: Asked, variables: dict[str, Any], said: str) -> None:
    _, body = asked.gateway.post(_CENTRES, variables, persona="ministry-it")
    assert body.get("data") is None
    [error] = body["errors"]
    assert (error["message"], error["extensions"]["code"]) == (said, "VARIABLES")
    assert error["extensions"]["remedy"]
