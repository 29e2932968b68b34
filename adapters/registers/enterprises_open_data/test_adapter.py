"""The adapter holds what every adapter has to hold; and asks a portal that is open to all for no more than it needs."""

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
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.terms import RegistrationNumber

FOLDER = Path(__file__).parent
ENTITY = RegistrationNumber("40103000102")


class TestEnterprisesOpenData(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = FOLDER

    def subject(self, text: str) -> RegistrationNumber:
        """Digits."""
        return RegistrationNumber(text)

    def some_subject(self, number: int) -> RegistrationNumber:
        """Invented, another for each number."""
        return RegistrationNumber(f"402{number:08}")


def _read(wire: RecordedWire, record_type: type[Any], **settings: Any) -> Any:
    connection = Connection("http://127.0.0.1:9/portal", **settings)
    register = discover().connect("enterprises_open_data", connection, wire, a_clock())
    return asyncio.run(register.read(record_type, [ENTITY], a_context()))[ENTITY]


def _reply(name: str) -> dict[str, Any]:
    reply: dict[str, Any] = json.loads((FOLDER / "cases" / f"{name}.json").read_text("utf-8"))
    return reply


def test_the_portal_learns_of_no_claim_and_nobody_and_is_asked_for_no_code_of_a_person() -> None:
    wire = answering(200, (FOLDER / "cases" / "officers-as-numbers.json").read_bytes())
    assert isinstance(_read(wire, EntityOfficers), EntityOfficers)
    [request] = wire.requests
    assert set(map(str.lower, request.headers)) <= {"accept", "content-type"}
    asked = json.loads(request.body or b"")
    assert asked["filters"] == {"at_legal_entity_registration_number": [ENTITY.digits]}
    assert not {"latvian_identity_number_masked", "birth_date"} & set(asked["fields"])


@pytest.mark.parametrize("total", [2, 0])
def test_an_answer_with_other_than_all_rows_is_none(total: int) -> None:
    reply = _reply("officers-as-numbers")
    reply["result"]["total"] = total
    assert isinstance(_read(answering(200, json.dumps(reply).encode()), EntityOfficers), Malformed)


def test_another_portal_has_its_own_tables_and_rows_of_another_table_are_refused() -> None:
    reply = _reply("entities-as-numbers")
    reply["result"]["records"] = reply["result"]["records"][:1]
    reply["result"]["total"] = 1
    settings = {"resources": {"register": "enterprises-2026"}}
    assert isinstance(_read(answering(200, json.dumps(reply).encode()), LegalEntityRecord, **settings), Malformed)
    reply["result"]["resource_id"] = "enterprises-2026"
    wire = answering(200, json.dumps(reply).encode())
    assert isinstance(_read(wire, LegalEntityRecord, **settings), LegalEntityRecord)
    assert json.loads(wire.requests[0].body or b"")["resource_id"] == "enterprises-2026"


def test_an_error_of_the_portal_that_comes_with_200_is_no_answer() -> None:
    body = b'{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}}'
    assert isinstance(_read(answering(200, body), LegalEntityRecord), Malformed)
