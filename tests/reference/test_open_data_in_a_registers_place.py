"""Addresses out of open data, over HTTP: this package's gateway is not connected to the address register itself."""

from __future__ import annotations

from tests.reference.conftest import Asked

_ADDRESSES = """{
  me { declaredAddress { ...A } }
  warehouse: legalEntity(registrationNumber: "50003990203") { address { ...A successorCode } }
}
fragment A on Address {
  code fullText street house flat postalCode municipality { atvk name } status closedOn
}"""


def test_whoever_asks_the_gateway_has_the_same_address_from_open_data_and_is_told_where_it_comes_from(
    asked: Asked,
) -> None:
    status, body = asked.gateway.post(_ADDRESSES)
    assert (status, body.get("errors")) == (200, None)
    assert body["data"]["me"]["declaredAddress"] == {
        "code": "101540001",
        "fullText": "Rīgas iela 10 - 5, Valmiera, Valmieras novads, LV-4201",
        "street": "Rīgas iela",
        "house": "10",
        "flat": "5",
        "postalCode": "LV-4201",
        "municipality": {"atvk": "0054000", "name": "Valmieras novads"},
        "status": "CURRENT",
        "closedOn": None,
    }
    seat = body["data"]["warehouse"]["address"]
    assert (seat["status"], seat["closedOn"], seat["successorCode"]) == ("CLOSED", "2019-03-01", None)
    told = {each["register"] for each in body["extensions"]["provenance"]}
    assert "addresses_open_data" in told
    assert "addresses" not in told
    assert asked.gateway.control()["addresses"]["calls"] == {"mekletAdreses": 0}


def test_a_municipality_that_the_code_list_does_not_have_is_told_and_is_not_as_if_none_were_on_record(
    asked: Asked,
) -> None:
    query = """{ legalEntity(registrationNumber: "40103991006") {
      address { fullText status municipality { name } } } }"""
    for language, text in (
        ("en", "The register names a municipality that the code list does not have."),
        ("lv", "Reģistrs nosauc pašvaldību, kuras klasifikatorā nav."),
    ):
        status, body = asked.gateway.post(query, language=language)
        assert status == 200, body
        address = body["data"]["legalEntity"]["address"]
        assert address == {
            "fullText": "Vecā iela 1, Veclauki, Veclauku novads, LV-4299",
            "status": "CLOSED",
            "municipality": None,
        }
        [error] = body["errors"]
        assert error["path"] == ["legalEntity", "address", "municipality"]
        assert (error["message"], error["extensions"]["code"]) == (text, "REGISTER_CONTRACT_BROKEN")
