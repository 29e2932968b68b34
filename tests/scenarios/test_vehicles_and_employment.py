"""What people own and how they stand with the employment agency, over HTTP: to themselves, to officers, to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.answers import clean, errors_by_path
from tests.plan.explaining import explain
from tests.running_gateway import RunningGateway

ME = """{ me { vehicles { plate make model year registeredSince share status stolen }
    employmentStatus { unemployed since registeredAt } } }"""
HOUSEHOLD = """{ claim(id: "demo-1") { applicant { ... on Person {
    vehicles { plate share } employmentStatus { unemployed } household { person { givenName vehicles { plate share } } } } } } }"""
REGISTERS = ("vehicles", "employment")


@pytest.fixture
def registers(gateway: RunningGateway) -> Iterator[RunningGateway]:
    """Counted from here on, and healthy again afterwards."""
    gateway.clear_control()
    yield gateway
    for register in REGISTERS:
        gateway.fault(register, None)


def _me(gateway: RunningGateway, persona: str) -> dict[str, Any]:
    me: dict[str, Any] = clean(gateway.post(ME, persona=persona)[1])["me"]
    return me


def _calls(gateway: RunningGateway) -> dict[str, int]:
    return {name: sum(one["calls"].values()) for name, one in gateway.control().items() if name in REGISTERS}


def test_a_citizen_reads_the_own_vehicles_and_status(gateway: RunningGateway) -> None:
    assert _me(gateway, "peteris") == {
        "vehicles": [
            {
                "plate": "AB1234",
                "make": "Škoda",
                "model": "Octavia",
                "year": 2016,
                "registeredSince": "2019-05-14",
                "share": None,
                "status": "REGISTERED",
                "stolen": False,
            }
        ],
        "employmentStatus": {"unemployed": False, "since": "2010-03-31", "registeredAt": "Valmieras filiāle"},
    }


def test_what_is_suspended_or_stolen_is_told_with_what_it_is(gateway: RunningGateway) -> None:
    me = _me(gateway, "raitis")
    told = [(one["plate"], one["model"], one["year"], one["status"], one["stolen"]) for one in me["vehicles"]]
    assert told == [(None, "Astra", 2001, "SUSPENDED", False), ("RC2021", None, None, "REGISTERED", True)]
    assert me["employmentStatus"]["unemployed"] is True
    assert me["employmentStatus"]["since"].endswith("-01")


def test_who_is_in_no_register_has_nulls_without_an_error(gateway: RunningGateway) -> None:
    assert _me(gateway, "nora") == {"vehicles": None, "employmentStatus": None}


def test_a_vehicle_of_both_spouses_is_in_both_fleets_by_its_share(gateway: RunningGateway) -> None:
    assert _me(gateway, "anna")["vehicles"] == _me(gateway, "janis")["vehicles"]
    assert [(one["plate"], one["share"]) for one in _me(gateway, "anna")["vehicles"]] == [("CD777", "1/2")]


def test_a_household_is_one_call_of_each_register_and_explain_says_the_same(registers: RunningGateway) -> None:
    told = [
        (one["register"]["id"], one["operation"], one["calls"], one["keys"])
        for one in explain(registers, HOUSEHOLD, "officer-valmiera")["registerCalls"]
        if one["register"]["id"] in REGISTERS
    ]
    assert told == [
        ("employment", "mekletStatusus", 1, "1 person"),
        ("vehicles", "TransportlidzekliPecPersonas", 1, "1 person and the members of the household"),
    ]
    assert _calls(registers) == {"vehicles": 0, "employment": 0}
    applicant = clean(registers.post(HOUSEHOLD, persona="officer-valmiera")[1])["claim"]["applicant"]
    assert _calls(registers) == {"vehicles": 1, "employment": 1}
    fleets = {one["person"]["givenName"]: one["person"]["vehicles"] for one in applicant["household"]}
    assert fleets == {"Jānis": [{"plate": "CD777", "share": "1/2"}], "Līga": None, "Toms": None}


@pytest.mark.parametrize("persona", ["ngo-support", "anna", "janis", "officer-riga", "ngo-families"])
def test_nobody_but_the_owners_officer_reads_a_members_vehicles_and_a_refusal_costs_no_call(
    registers: RunningGateway, persona: str
) -> None:
    query = '{ claim(id: "demo-1") { applicant { ... on Person { household { person { vehicles { plate } } } } } } }'
    _, body = registers.post(query, persona=persona)
    assert set(errors_by_path(body).values()) == {"FORBIDDEN"}
    assert "CD777" not in str(body)
    assert _calls(registers) == {"vehicles": 0, "employment": 0}


def test_third_parties_read_neither_and_the_citizens_log_has_both_attempts(registers: RunningGateway) -> None:
    query = """{ claim(id: "demo-1") { applicant { ... on Person {
        vehicles { plate } employmentStatus { unemployed } } } } }"""
    _, body = registers.post(query, persona="ngo-support")
    of_person = "claim.applicant"
    assert errors_by_path(body) == {
        f"{of_person}.vehicles": "FORBIDDEN",
        f"{of_person}.employmentStatus": "FORBIDDEN",
    }
    assert _calls(registers) == {"vehicles": 0, "employment": 0}
    log = "{ me { accessLog(first: 1) { edges { node { outcome fields } } } } }"
    (edge,) = clean(registers.post(log, persona="anna")[1])["me"]["accessLog"]["edges"]
    assert edge["node"]["outcome"] == "DENIED"
    assert {"Person.vehicles", "Person.employmentStatus"} <= set(edge["node"]["fields"])


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("wrong_person", "REGISTER_CONTRACT_BROKEN"),
        ("two_persons", "REGISTER_CONTRACT_BROKEN"),
        ("missing_field", "REGISTER_CONTRACT_BROKEN"),
        ("truncated", "REGISTER_CONTRACT_BROKEN"),
        ("soap_fault_500", "REGISTER_UNAVAILABLE"),
        ("http_500_html", "REGISTER_UNAVAILABLE"),
    ],
)
def test_one_of_them_broken_leaves_the_other_and_says_which(
    registers: RunningGateway, register: str, fault: str, code: str
) -> None:
    registers.fault(register, fault, count=1 if code == "REGISTER_CONTRACT_BROKEN" else 2)
    _, body = registers.post(ME, persona="raitis")
    field = "vehicles" if register == "vehicles" else "employmentStatus"
    assert errors_by_path(body) == {f"me.{field}": code}
    assert body["errors"][0]["extensions"]["register"] == register
    assert body["data"]["me"][field] is None
    assert all(value for name, value in body["data"]["me"].items() if name != field)
