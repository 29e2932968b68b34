"""Invariant 4: null without an error means that the register holds nothing; all else has path and code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.answers import clean, errors_by_path
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

QUERY = "{ me { givenName income { gross } declaredAddress { fullText } benefits { kind } } }"
BROKEN = (
    "garbage",
    "truncated",
    "empty",
    "wrong_person",
    "two_persons",
    "http_200_html",
    "entity_bomb",
    "missing_field",
)
GONE = ("refuse", "reset", "reset_mid_body", "http_500_html", "hang", "slow_body", "redirect", "huge")


@pytest.fixture
def healed(gateway: RunningGateway) -> Iterator[RunningGateway]:
    yield gateway
    for register in gateway.control():
        gateway.fault(register, None)


@pytest.mark.parametrize("fault", [*BROKEN, *GONE])
def test_one_bad_register_is_named_and_never_stops_the_rest(fresh_registers: RunningGateway, fault: str) -> None:
    gateway = fresh_registers
    gateway.fault("revenue", fault)
    status, body = gateway.post(QUERY, persona="anna")
    assert status == 200
    me = body["data"]["me"]
    assert (me["givenName"], me["income"]) == ("Anna", None)
    assert "Valmiera" in me["declaredAddress"]["fullText"]
    assert me["benefits"]
    assert list(errors_by_path(body)) == ["me.income"]
    error = body["errors"][0]
    expected = {"REGISTER_CONTRACT_BROKEN"} if fault in BROKEN else {"REGISTER_UNAVAILABLE", "REGISTER_CONTRACT_BROKEN"}
    assert error["extensions"]["code"] in expected
    assert error["extensions"]["register"] == "revenue"
    assert error["extensions"]["remedy"]


@pytest.fixture
def fresh_registers(healed: RunningGateway) -> RunningGateway:
    """All healthy, and every circuit closed again."""
    import time

    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        _, body = healed.post(QUERY, persona="anna")
        if "errors" not in body:
            return healed
        time.sleep(0.5)
    raise AssertionError(body)


def test_what_the_register_does_not_hold_is_null_without_an_error(gateway: RunningGateway) -> None:
    me = clean(
        gateway.post(
            "{ me { declaredAddress { fullText } household { relation } vehicles { plate } } }", persona="nora"
        )[1]
    )["me"]
    assert me["declaredAddress"] is None
    assert me["household"] == []
    assert me["vehicles"] is None


def test_a_register_that_is_not_connected_says_so(fresh_gateway: StartsGateway) -> None:
    gateway = fresh_gateway(GATEWAY_REGISTERS__VEHICLES__ENABLED="false")
    _, body = gateway.post("{ me { givenName vehicles { plate } } }", persona="anna")
    assert body["data"]["me"] == {"givenName": "Anna", "vehicles": None}
    assert errors_by_path(body) == {"me.vehicles": "REGISTER_NOT_CONNECTED"}
