"""The adapter holds what every adapter has to hold; and its feed of who may represent whom."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import AdapterContract, RecordedWire, a_clock, a_context, answering
from adapters.kit.errors import Malformed, RegisterError
from adapters.kit.on_trial import OnTrial
from adapters.kit.ports import Notices, RepresentationNotice
from schema.terms import PersonCode, RegistrationNumber

FOLDER = Path(__file__).parent
PERSON, ENTITY = "39100000099", "40103000102"
CHANGE = {"personasKods": PERSON, "registracijasNumurs": ENTITY, "parstaviba": "INDIVIDUALLY", "speka": True}


class TestEnterprises(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = FOLDER

    def subject(self, text: str) -> PersonCode | RegistrationNumber:
        """Digits: those of people are invented, and begin with 39."""
        return PersonCode(text) if text.startswith("39") else RegistrationNumber(text)

    def some_subject(self, number: int) -> RegistrationNumber:
        """Invented, another for each number."""
        return RegistrationNumber(f"402{number:08}")


def _notices(*changes: dict[str, Any], since: str | None = None, **rest: Any) -> tuple[Notices, RecordedWire]:
    reply = {"izmainas": list(changes), "zime": "7", "vairak": False} | rest
    wire = answering(200, json.dumps(reply).encode())
    found = asyncio.run(OnTrial.of(FOLDER).register(wire).notices(since, a_context()))
    return found, wire


@pytest.mark.parametrize(
    ("right", "in_force", "alone"),
    [
        ("INDIVIDUALLY", True, True),
        ("INDIVIDUALLY", False, False),
        ("WITH_ALL", True, False),
        ("WITH_AT_LEAST", True, False),
        ("NONE", True, False),
    ],
)
def test_only_a_right_of_ones_own_that_is_in_force_lets_somebody_represent_alone(
    right: str, in_force: bool, alone: bool
) -> None:
    found, _ = _notices(CHANGE | {"parstaviba": right, "speka": in_force}, vairak=True)
    assert found == Notices([RepresentationNotice(PersonCode(PERSON), RegistrationNumber(ENTITY), alone)], "7", True)


def test_the_feed_is_asked_from_the_beginning_and_then_from_where_it_ended() -> None:
    targets = [_notices(since=since)[1].requests[0].url.rpartition("/")[2] for since in (None, "41")]
    assert targets == ["izmainas", "izmainas?kops=41"]


@pytest.mark.parametrize(
    "slip",
    [
        {"parstaviba": "QZX"},
        {"parstaviba": None},
        {"speka": "true"},
        {"personasKods": "1"},
        {"registracijasNumurs": None},
    ],
)
def test_one_broken_change_leaves_nothing_of_the_batch(slip: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        _notices(CHANGE, CHANGE | slip)


def test_the_exchange_number_is_sent_and_shown_nowhere() -> None:
    number = "DAIN-0042-SECRET"
    connection = Connection("http://127.0.0.1:9/register", exchange_number=number)
    wire = answering(403, b"")
    register = discover().connect("enterprises", connection, wire, a_clock())
    with pytest.raises(RegisterError) as refused:
        asyncio.run(register.notices(None, a_context()))
    [request] = wire.requests
    assert request.headers["X-Datu-Apmainas-Numurs"] == number
    assert {name for name in request.headers if name.lower().startswith("x-road")} == set()
    assert number not in repr((connection, request, refused.value)) + str(refused.value)
