"""Several registers hold the same for different municipalities: which of them is asked."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.kit.connection import Connection
from adapters.kit.municipal import ByMunicipality, shared_places
from schema.terms import AtvkCode

VALMIERA, CESIS, VARAKLANI, MADONA = map(AtvkCode, ("0054000", "0026000", "0055000", "0038001"))


@dataclass
class Vendor:
    """A register with its addresses."""

    name: str
    connection: Connection


USUAL = Vendor("usual", Connection("http://127.0.0.1:9/usual", without_system=frozenset({"0037000"})))
OTHER = Vendor("other", Connection("", municipality_urls={"0026000": "http://127.0.0.1:9/c"}))


def _places(*vendors: Vendor) -> ByMunicipality[str]:
    return ByMunicipality((each.name, each) for each in vendors)


def test_an_address_of_a_municipalitys_own_wins_over_the_common_one() -> None:
    places = _places(USUAL, OTHER)
    assert (places.of(VALMIERA), places.of(CESIS)) == ("usual", "other")


def test_a_municipality_without_a_system_or_an_address_is_nobodys() -> None:
    assert _places(USUAL, OTHER).of(AtvkCode("0037000")) is None
    assert _places(OTHER).of(VALMIERA) is None


def test_only_a_municipality_that_is_set_to_have_no_system_keeps_its_claims_here() -> None:
    assert _places(USUAL).has_none(AtvkCode("0037000"))
    assert not _places(OTHER).has_none(VALMIERA)


def test_a_code_that_is_no_more_stands_for_its_successor() -> None:
    urls = {"0038001": "http://127.0.0.1:9/m"}
    madona = Vendor("madona", Connection("", municipality_urls=urls, successors={"0055000": MADONA}))
    assert _places(madona).of(VARAKLANI) == "madona"


def test_a_municipality_with_two_addresses_is_found() -> None:
    again = Vendor("again", OTHER.connection)
    assert shared_places([USUAL, OTHER, again]) == {"0026000": ["other", "again"]}
