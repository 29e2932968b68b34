"""Where claims to a municipality go now, whichever vendor's system they went to when they were submitted."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.recorded import a_clock
from gateway.claims.outbox import Route
from gateway.municipal import Receivers
from schema.terms import AtvkCode, ClaimTypeCode, DeliveryStrategy
from tests.municipal.halls import Halls
from tests.municipal.people import MADONA, VARAKLANI

HOUSING = ClaimTypeCode("housing-benefit")
INSTALLED = discover().installed
KNOWS_KEYS = DeliveryStrategy.IDEMPOTENCY_KEY


def register(name: str, common: str = "", **more: Any) -> ConnectedRegister:
    connection = Connection(common, successors={VARAKLANI: AtvkCode(MADONA)}, **more)
    return ConnectedRegister(INSTALLED[name].manifest, Halls(), connection, a_clock())


@pytest.mark.parametrize("common", ["", "http://127.0.0.1:9"])
@pytest.mark.parametrize("place", [VARAKLANI, MADONA])
def test_claims_go_to_the_system_of_who_took_over_whatever_vendors_it_is(place: str, common: str) -> None:
    """Also where the former vendor has a common address, at which nobody of the successor's looks."""
    registers = {
        "social_assistance": register("social_assistance", common),
        "social_casework": register("social_casework", municipality_urls={MADONA: "http://127.0.0.1:8"}),
    }
    route = Receivers(registers).route("social_assistance", HOUSING, AtvkCode(place))
    assert route == Route("social_casework", KNOWS_KEYS)


def test_claims_stay_where_they_went_while_that_is_the_municipalitys_system() -> None:
    registers = {
        "social_assistance": register("social_assistance", municipality_urls={MADONA: "http://127.0.0.1:8"}),
        "social_casework": register("social_casework", "http://127.0.0.1:9"),
    }
    receivers = Receivers(registers)
    assert receivers.route("social_assistance", HOUSING, AtvkCode(VARAKLANI)) == Route("social_assistance", KNOWS_KEYS)
    two = {name: register(name, "http://127.0.0.1:9") for name in registers}
    assert Receivers(two).route("social_assistance", HOUSING, AtvkCode(MADONA)) == Route(
        "social_assistance", KNOWS_KEYS
    )


def test_nowhere_else_is_known_of_what_no_municipalitys_system_receives() -> None:
    receivers = Receivers({"social_assistance": register("social_assistance")})
    assert receivers.route("social_assistance", HOUSING, AtvkCode(MADONA)) is None
    assert receivers.route("revenue", ClaimTypeCode("annual-income-declaration"), AtvkCode(MADONA)) is None
