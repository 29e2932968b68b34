"""A caller is told that the ministry knows of a broken contract: its log and the register's health say so."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.answers import clean, errors_by_path
from tests.running_gateway import RunningGateway

_WITHIN_SECONDS = 10.0


@pytest.mark.parametrize(
    ("register", "fault", "field", "operation"),
    [
        ("vehicles", "missing_field", "vehicles { plate }", "VehicleFleet"),
        ("employment", "missing_field", "employmentStatus { unemployed }", "EmploymentRecord"),
        ("revenue", "http_200_html", "taxBook { employerName }", "TaxBookRecord"),
    ],
)
def test_the_operator_hears_of_it(
    gateway: RunningGateway, register: str, fault: str, field: str, operation: str
) -> None:
    gateway.fault(register, fault)
    try:
        _, body = gateway.post("{ me { %s } }" % field, persona="raitis")
    finally:
        gateway.fault(register, None)
    assert set(errors_by_path(body).values()) == {"REGISTER_CONTRACT_BROKEN"}
    registers = clean(
        gateway.post("{ registers { id health { state circuit lastError } } }", persona="ministry-it")[1]
    )["registers"]
    (health,) = [each["health"] for each in registers if each["id"] == register]
    assert health["lastError"]
    assert (health["state"], health["circuit"]) == ("DEGRADED", "CLOSED")
    line = _line(gateway, register, operation)
    assert (line["level"], line["error"]) == ("warning", "Malformed")
    assert line["what"]


def _line(gateway: RunningGateway, register: str, operation: str) -> dict[str, Any]:
    end = time.monotonic() + _WITHIN_SECONDS
    while True:
        text = (gateway.data / "gateway.log").read_text("utf-8")
        for written in text.splitlines():
            if "register.contract_broken" in written:
                line: dict[str, Any] = json.loads(written)
                if (line["register"], line["operation"]) == (register, operation):
                    return line
        assert time.monotonic() < end, text[-2000:]
        time.sleep(0.1)
