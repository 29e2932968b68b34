"""The adapter holds what every adapter has to hold; and asks a portal that is open to all for nothing but codes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import AdapterContract, RecordedWire, a_clock, a_context, answering
from adapters.kit.errors import Malformed
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode

FOLDER = Path(__file__).parent
FLAT = AddressCode("190000501")


class TestAddressesOpenData(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = FOLDER

    def subject(self, text: str) -> AddressCode:
        """Digits."""
        return AddressCode(text)

    def some_subject(self, number: int) -> AddressCode:
        """Invented, another for each number."""
        return AddressCode(f"1{number:08}")


def _read(wire: RecordedWire, code: AddressCode = FLAT, **settings: Any) -> Any:
    connection = Connection("http://127.0.0.1:9/portal", **settings)
    register = discover().connect("addresses_open_data", connection, wire, a_clock())
    return asyncio.run(register.read(RegisteredAddress, [code], a_context())).get(code)


def _reply() -> dict[str, Any]:
    """The recorded answer less all but the flat and what it lies in."""
    reply: dict[str, Any] = json.loads((FOLDER / "cases" / "addresses.json").read_text("utf-8"))
    kept = {"190000501", "190000401", "190000301", "190000111", "190000019"}
    reply["result"]["records"] = [row for row in reply["result"]["records"] if row["KODS"] in kept]
    return reply


def _answer(reply: Any) -> RecordedWire:
    return answering(200, json.dumps(reply).encode())


def test_the_portal_learns_codes_alone_and_not_in_an_address_that_logs_keep() -> None:
    wire = _answer(_reply())
    assert isinstance(_read(wire), RegisteredAddress)
    [request] = wire.requests
    assert set(map(str.lower, request.headers)) <= {"accept", "content-type"}
    assert FLAT.digits not in request.url
    asked = json.loads(request.body or b"")
    assert set(asked) == {"sql"}
    assert FLAT.digits in asked["sql"]


def test_what_is_no_code_never_comes_into_the_query() -> None:
    wire = _answer(_reply())
    code = AddressCode("190000501') OR ('1'='1")
    assert isinstance(_read(wire, code), Malformed)
    assert wire.requests == []


def test_another_portal_has_its_own_tables() -> None:
    wire = _answer(_reply())
    assert isinstance(_read(wire, resources={"houses": "houses-2026"}), RegisteredAddress)
    sql = json.loads(wire.requests[0].body or b"")["sql"]
    assert 'FROM "houses-2026"' in sql
    assert "a510737a-18ce-400f-ad4b-04fce5228272" not in sql


def test_an_answer_with_other_than_all_rows_is_none() -> None:
    reply = _reply()
    reply["result"]["records_truncated"] = True
    assert isinstance(_read(_answer(reply)), Malformed)


@pytest.mark.parametrize("left_out", ["190000401", "190000301", "190000111", "190000019"])
def test_an_address_of_which_a_place_is_missing_is_none(left_out: str) -> None:
    reply = _reply()
    reply["result"]["records"] = [row for row in reply["result"]["records"] if row["KODS"] != left_out]
    assert isinstance(_read(_answer(reply)), Malformed)


def test_a_municipality_without_code_is_none_and_not_one_of_zeros() -> None:
    reply = _reply()
    for row in reply["result"]["records"]:
        if row["KODS"] == "190000019":
            row["ATRIB"] = ""
    assert isinstance(_read(_answer(reply)), Malformed)


def test_places_that_lie_in_each_other_end_nowhere_and_are_no_address() -> None:
    reply = _reply()
    for row in reply["result"]["records"]:
        if row["KODS"] == "190000019":
            row |= {"VKUR_CD": "190000301", "VKUR_TIPS": "107"}
    assert isinstance(_read(_answer(reply)), Malformed)


def test_an_error_of_the_portal_that_comes_with_200_is_no_answer() -> None:
    body = {"success": False, "error": {"__type": "Validation Error", "message": "relation does not exist"}}
    assert isinstance(_read(_answer(body)), Malformed)
