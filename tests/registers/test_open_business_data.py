"""Open data of a legal entity over HTTP: VAT in the EU's register, and a seat at an address that is no more."""

from __future__ import annotations

import pytest

from tests.running_gateway import RunningGateway

_ENTITY = """query ($number: RegistrationNumber!) { legalEntity(registrationNumber: $number) {
  name vat { number valid name } address { fullText status closedOn successorCode municipality { name } } } }"""


def test_what_vies_and_the_address_register_say_of_an_entity_and_what_is_said_where_vies_is_away(
    gateway: RunningGateway, request: pytest.FixtureRequest
) -> None:
    def asked(number: str) -> tuple[dict[str, object], list[dict[str, object]]]:
        status, body = gateway.post(_ENTITY, {"number": number}, persona="anna")
        assert status == 200
        return body["data"]["legalEntity"], body.get("errors", [])

    warehouse, errors = asked("50003990203")
    assert errors == []
    assert warehouse == {
        "name": 'AS "Parauga noliktava"',
        "vat": {"number": "LV50003990203", "valid": False, "name": None},
        "address": {
            "fullText": "Noliktavas iela 7, Rīga, LV-1050",
            "status": "CLOSED",
            "closedOn": "2019-03-01",
            "successorCode": "101010002",
            "municipality": {"name": "Rīga"},
        },
    }
    example, errors = asked("40103000102")
    assert (example["vat"], errors) == ({"number": "LV40103000102", "valid": True, "name": 'SIA "Piemērs"'}, [])
    request.addfinalizer(lambda: gateway.fault("vies", None))
    gateway.fault("vies", "soap_fault_500")
    together, errors = asked("40203999909")
    assert (together["name"], together["vat"]) == ('SIA "Kopā"', None)
    [error] = errors
    assert error["path"] == ["legalEntity", "vat"]
    extensions = error["extensions"]
    assert isinstance(extensions, dict)
    assert (extensions["code"], extensions["register"]) == ("REGISTER_UNAVAILABLE", "vies")
