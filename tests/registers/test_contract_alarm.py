"""The log's line of a register that breaks its contract: one for many, with names, and not where another line says it."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from adapters.kit.errors import Malformed, NotPermitted, Rejected, Spent
from gateway.contract_alarm import QUIET_SECONDS, ContractAlarm
from tests.adapters.fakes import HandTurned

BROKEN = Malformed("vehicles", "Persona/Statuss: not as the contract says")


def test_the_same_trouble_is_one_line_for_a_while_and_the_next_one_says_how_many_were_left_out() -> None:
    hand = HandTurned()
    told = ContractAlarm(hand.clock().monotonic).of("vehicles")
    with capture_logs() as lines:
        for _ in range(1000):
            told("VehicleFleet", None, BROKEN)
        hand.seconds += QUIET_SECONDS
        told("VehicleFleet", None, BROKEN)
    one = {
        "event": "register.contract_broken",
        "log_level": "warning",
        "part": "registers",
        "register": "vehicles",
        "operation": "VehicleFleet",
        "error": "Malformed",
        "what": BROKEN.what,
    }
    assert lines == [{**one, "left_out": 0}, {**one, "left_out": 999}]


def test_another_register_operation_server_or_kind_of_trouble_has_a_line_of_its_own() -> None:
    alarm = ContractAlarm(HandTurned().clock().monotonic)
    with capture_logs() as lines:
        for _ in range(2):
            alarm.of("vehicles")("VehicleFleet", None, BROKEN)
            alarm.of("vehicles")("deliver", None, BROKEN)
            alarm.of("vehicles")("VehicleFleet", None, Rejected("vehicles", "status 403"))
            alarm.of("social")("Benefit", "0005000", BROKEN)
            alarm.of("social")("Benefit", "0037000", BROKEN)
    assert [(each["register"], each["operation"], each["error"], each.get("server")) for each in lines] == [
        ("vehicles", "VehicleFleet", "Malformed", None),
        ("vehicles", "deliver", "Malformed", None),
        ("vehicles", "VehicleFleet", "Rejected", None),
        ("social", "Benefit", "Malformed", "0005000"),
        ("social", "Benefit", "Malformed", "0037000"),
    ]


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("Employment", NotPermitted("employment", "no permission")),
        ("Employment", Spent("employment", "used up")),
        ("deliver", Rejected("social", "status 422")),
    ],
)
def test_what_other_lines_tell_is_not_told_twice(operation: str, error: Rejected) -> None:
    with capture_logs() as lines:
        ContractAlarm(HandTurned().clock().monotonic).of(error.register)(operation, None, error)
    assert lines == []
