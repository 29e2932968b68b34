"""Whatever is selected by, the answer is what a plain filter over the same files gives, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.store.reference import municipality_entries
from tests.reference.conftest import KINDS, PLACES, SIGNIFICANCES, TYPES, Asked

_SOME = settings(max_examples=30, deadline=None)
_TODAY = date(2026, 11, 23)
_SUCCESSORS = {
    each["atvk"]: each["successor"] for each in municipality_entries() if each.get("valid_to", _TODAY) < _TODAY
}
_NOWHERE = "0099000"


def _filters(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any] | None]:
    """No filter, or any conditions, each left out, null or with a value."""
    conditions = st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in values.items()})
    return st.none() | conditions


def _pages(
    asked: Asked, field: str, kind: str, conditions: Mapping[str, Any] | None, first: int
) -> list[Mapping[str, Any]]:
    """Every page of a list, as far as it goes."""
    query = (
        f"query ($filter: {kind}, $first: Int, $after: String) {{ {field}(filter: $filter, first: $first, after: $after) "
        "{ totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    pages: list[Mapping[str, Any]] = []
    after = None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(asked.data(query, {"filter": conditions, "first": first, "after": after})[field])
        after = pages[-1]["pageInfo"]["endCursor"]
    return pages


def _assert_pages(pages: Iterable[Mapping[str, Any]], wanted: list[str], first: int) -> None:
    for place, page in enumerate(pages):
        ids = [edge["node"]["id"] for edge in page["edges"]]
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert ids == wanted[place * first : (place + 1) * first]
        assert page["totalCount"] == len(wanted)
        assert page["pageInfo"] == {
            "hasNextPage": (place + 1) * first < len(wanted),
            "hasPreviousPage": place > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }


def _selected(
    rows: Iterable[Mapping[str, Any]],
    conditions: Mapping[str, Any] | None,
    holds: Mapping[str, Callable[[Mapping[str, Any], Any], bool]],
) -> list[str]:
    given_conditions = {name: value for name, value in (conditions or {}).items() if value is not None}
    return sorted(row["id"] for row in rows if all(holds[name](row, value) for name, value in given_conditions.items()))


def _now(code: str) -> str:
    return _SUCCESSORS.get(code, code)


_CENTRE: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "municipality": lambda row, value: _now(row["municipality"]) == _now(value),
    "significance": lambda row, value: row["significance"] == value,
    "minClientsPerYear": lambda row, value: value == 0 or (row["clients_per_year"] or 0) >= value,
    "openedBefore": lambda row, value: row["opened_on"] is not None and row["opened_on"] < date.fromisoformat(value),
    "claimType": lambda row, value: value in row["claim_types"],
}
_THIRD_PARTY: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "kind": lambda row, value: row["kind"] == value,
    "municipality": lambda row, value: row["municipalities"] == "all" or value in row["municipalities"],
    "claimType": lambda row, value: value in row["claim_types"],
    "status": lambda row, value: row["status"] == value,
}


@_SOME
@given(
    conditions=_filters(
        municipality=st.sampled_from((*PLACES, "0002000", _NOWHERE)),
        significance=st.sampled_from(SIGNIFICANCES),
        minClientsPerYear=st.sampled_from((0, 1, 100, 101, 102, 14_200, 14_201, 2**31 - 1)),
        openedBefore=st.dates(date(2014, 12, 31), date(2015, 1, 10)).map(date.isoformat)
        | st.sampled_from(("0001-01-01", "2016-05-02", "2016-05-03", "9999-12-31")),
        claimType=st.sampled_from((*TYPES, "cadastre-extract", "no-such-type")),
    ),
    first=st.sampled_from((1, 7, 20, 1000)),
)
def test_the_ministry_selects_centres_as_a_plain_filter_would(
    asked: Asked, conditions: dict[str, Any] | None, first: int
) -> None:
    wanted = _selected(asked.world.centres, conditions, _CENTRE)
    pages = _pages(asked, "customerServiceCentres", "CentreFilter", conditions, first)
    _assert_pages(pages, wanted, first)


@_SOME
@given(
    conditions=_filters(
        kind=st.sampled_from(KINDS),
        municipality=st.sampled_from((*PLACES, "0002000", _NOWHERE)),
        claimType=st.sampled_from((*TYPES, "cadastre-extract", "no-such-type")),
        status=st.sampled_from(("ACTIVE", "SUSPENDED", "ENDED")),
    ),
    first=st.sampled_from((1, 7, 20, 1000)),
)
def test_third_parties_are_selected_as_a_plain_filter_would(
    asked: Asked, conditions: dict[str, Any] | None, first: int
) -> None:
    open_places = {each["atvk"] for each in municipality_entries() if each["atvk"] not in _SUCCESSORS}
    rows = [
        row | {"municipalities": sorted(open_places)} if row["municipalities"] == "all" else row
        for row in map(dict, asked.world.third_parties)
    ]
    wanted = _selected(rows, conditions, _THIRD_PARTY)
    _assert_pages(_pages(asked, "thirdParties", "ThirdPartyFilter", conditions, first), wanted, first)


_OWNERS = {"vsaa", "vid", "social", "social-0054000", "education-0001000"}
_CLAIM_TYPES = "code level owner { id } applicants channels"


@_SOME
@given(
    conditions=_filters(
        level=st.sampled_from(("NATIONAL", "MUNICIPAL")),
        owner=st.sampled_from(
            ("vsaa", "vid", "social", "social-0054000", "education-0001000", "social-9999999", "nobody")
        ),
        applicant=st.sampled_from(("PERSON", "LEGAL_ENTITY")),
        channel=st.sampled_from(("ONLINE", "CENTRE", "THIRD_PARTY")),
    )
)
@example(conditions={"owner": "social-9999999"})
def test_claim_types_are_selected_as_a_plain_filter_would(asked: Asked, conditions: dict[str, Any] | None) -> None:
    query = f"query ($filter: ClaimTypeFilter) {{ claimTypes(filter: $filter) {{ {_CLAIM_TYPES} }} }}"
    every = asked.data(query)["claimTypes"]
    holds: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
        "level": lambda row, value: row["level"] == value,
        "owner": lambda row, value: value in _OWNERS and row["owner"]["id"] == value.partition("-")[0],
        "applicant": lambda row, value: value in row["applicants"],
        "channel": lambda row, value: value in row["channels"],
    }
    found = [each["code"] for each in asked.data(query, {"filter": conditions})["claimTypes"]]
    assert found == _selected([each | {"id": each["code"]} for each in every], conditions, holds)


def test_a_page_goes_on_behind_its_cursor_whether_or_not_that_centre_is_among_those_selected_now(asked: Asked) -> None:
    query = """query ($filter: CentreFilter, $after: String) {
      customerServiceCentres(filter: $filter, first: 1000, after: $after) { edges { cursor node { id } } } }"""
    every = asked.data(query)["customerServiceCentres"]["edges"]
    national = {"significance": "NATIONAL"}
    wanted = [each["id"] for each in asked.world.centres if each["significance"] == "NATIONAL"]
    for edge in every[:: len(every) // 8]:
        found = asked.data(query, {"filter": national, "after": edge["cursor"]})["customerServiceCentres"]["edges"]
        assert [each["node"]["id"] for each in found] == sorted(id_ for id_ in wanted if id_ > edge["node"]["id"])


def test_a_centre_says_what_is_known_of_it_and_lies_in_the_municipality_of_today(asked: Asked) -> None:
    query = """{ customerServiceCentres(first: 1000) { edges { node {
      __typename id name significance openedOn clientsPerYear municipality { atvk validTo } claimTypes { code } } } } }"""
    found = {each["node"]["id"]: each["node"] for each in asked.data(query)["customerServiceCentres"]["edges"]}
    assert set(found) == {each["id"] for each in asked.world.centres}
    for centre in asked.world.centres:
        opened = centre["opened_on"]
        assert found[centre["id"]] == {
            "__typename": "CustomerServiceCentre",
            "id": centre["id"],
            "name": centre["name"],
            "significance": centre["significance"],
            "openedOn": None if opened is None else opened.isoformat(),
            "clientsPerYear": centre["clients_per_year"],
            "municipality": {"atvk": _now(centre["municipality"]), "validTo": None},
            "claimTypes": [{"code": code} for code in sorted(centre["claim_types"])],
        }
