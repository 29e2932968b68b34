"""``gateway doctor`` on municipalities: settings that stop the start, and municipalities that are left without a system."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapters.kit.catalog import discover
from gateway.examination import municipal_findings
from gateway.municipal import shipped_places
from gateway.settings import Settings
from tests.municipal.people import MADONA, TODAY, VARAKLANI

_MANIFESTS = {name: each.manifest for name, each in discover().installed.items()}
_TODAY = date(2026, 11, 27)
_COMMON = {"url": "http://127.0.0.1:9/x"}


def _said(**registers: dict[str, Any]) -> list[tuple[bool, str]]:
    settings = Settings.model_validate({"registers": registers})
    return [(each.holds, each.finding) for each in municipal_findings(settings, _MANIFESTS, _TODAY)]


def _own(*codes: str) -> dict[str, Any]:
    return {code: {"url": f"http://127.0.0.1:9/{code}"} for code in codes}


def test_a_common_address_is_one_for_everybody() -> None:
    assert _said(social_assistance=_COMMON) == [(True, "each has an address")]


def test_nothing_is_said_of_municipal_systems_that_are_not_connected_at_all() -> None:
    assert _said(vies=_COMMON) == []


def test_municipalities_without_an_address_are_named_and_the_rest_is_counted() -> None:
    [(holds, said)] = _said(social_casework={"municipalities": _own("0005000")})
    assert not holds
    assert said.startswith("0001000, 0002000, 0003000, 0004000, 0006000 and 36 more: no address; ")


@pytest.mark.parametrize(
    "social_assistance",
    [
        {"enabled": False, **_COMMON},
        {"municipalities": _own(*(code for code in TODAY if code not in ("0003000", "0005000")))},
    ],
    ids=["switched off", "not set"],
)
def test_it_does_not_matter_why_a_municipality_has_none(social_assistance: dict[str, Any]) -> None:
    said = _said(social_assistance=social_assistance, social_casework={"municipalities": _own("0005000")})
    [(holds, finding)] = said
    assert not holds
    assert "0003000" in finding


def test_municipalities_that_are_set_to_have_none_are_told_as_what_they_are() -> None:
    none = {"municipalities": {"0037000": {"has_system": False}}}
    assert _said(social_assistance={**_COMMON, **none}) == [
        (True, "0037000: set to have no system; their claims stay here, for their officers")
    ]


def test_a_municipality_of_which_another_vendor_has_the_system_is_not_without_one() -> None:
    none = {"municipalities": {"0005000": {"has_system": False}}}
    said = _said(social_assistance={**_COMMON, **none}, social_casework={"municipalities": _own("0005000")})
    assert said == [(True, "each has an address")]


def test_everything_that_stops_the_start_is_said_at_once() -> None:
    said = _said(
        social_assistance={"municipalities": _own("0005000", "9999999"), **_COMMON},
        social_casework={"municipalities": _own("0005000", VARAKLANI)},
        vies={"municipalities": _own("0005000"), **_COMMON},
    )
    assert [finding for holds, finding in said if not holds] == [
        "registers.social_assistance.municipalities: there is no municipality 9999999",
        f"registers.social_casework.municipalities: {VARAKLANI} is no more; {MADONA} took over, and its address counts",
        "registers.vies.municipalities: the register is no municipal one",
        "registers: municipality 0005000 has an address in social_assistance and in social_casework; keep one",
    ]


def test_the_code_list_that_ships_has_todays_42_and_those_that_are_no_more() -> None:
    known = shipped_places(_TODAY)
    assert known.codes - set(known.successors) == set(TODAY)
    assert {code: each.digits for code, each in known.successors.items()} == {VARAKLANI: MADONA, "0038000": MADONA}
    assert shipped_places(date(2025, 6, 30)).successors == {}
