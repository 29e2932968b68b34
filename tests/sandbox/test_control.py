"""The control endpoint: counters, cases, faults, and clear words for a wrong body."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.running import ANNA, Registers

_FOLLOWING = ("papildinatIesniegumu", "atsauktIesniegumu")


async def test_every_register_and_operation_is_listed_with_zero_from_the_start(registers: Registers) -> None:
    state = await registers.state()
    assert {name: one["calls"] for name, one in state["registers"].items()} == {
        "natural_persons": dict.fromkeys(
            (
                *("PersonasDati", "PersonuDati", "DeklaretDzivesvietu"),
                *("PapildinatDeklaraciju", "AtsauktDeklaraciju", "AtrastSutijumu"),
            ),
            0,
        ),
        "addresses": {"mekletAdreses": 0},
        "addresses_open_data": {"datastore_search_sql": 0},
        "revenue": dict.fromkeys(
            ("mekletIenakumus", "mekletGramatinas", "iesniegtDeklaraciju", "atrastDeklaraciju", *_FOLLOWING), 0
        ),
        "social_assistance": dict.fromkeys(
            ("mekletPersonas", "personasDati", "iesniegtIesniegumu", "atrastIesniegumu", *_FOLLOWING), 0
        ),
        "social_casework": dict.fromkeys(
            (
                *("klientuKartes", "registretPieteikumu", "mekletSutijumu"),
                *("pievienotPielikumu", "registretAtsaukumu"),
            ),
            0,
        ),
        "finance": dict.fromkeys(("iesniegtIesniegumu", "atrastIesniegumu", *_FOLLOWING), 0),
        "cadastre": dict.fromkeys(
            ("IpasumiPecIpasnieka", "PieprasitIzzinu", "PapildinatPieprasijumu", "AtsauktPieprasijumu"), 0
        ),
        "education": dict.fromkeys(("PieteiktRinda", "PapildinatPieteikumu", "AtsauktPieteikumu", "AtrastSutijumu"), 0),
        "social_insurance": dict.fromkeys(
            (
                *("ApdrosinasanasPeriodi", "PersonuPabalsti", "IesniegtPieteikumu"),
                *("PapildinatPieteikumu", "AtsauktPieteikumu", "AtrastSutijumu"),
            ),
            0,
        ),
        "vehicles": {"TransportlidzekliPecPersonas": 0},
        "employment": {"mekletStatusus": 0},
        "employment_dagr": {"nva_person_status_by_key": 0},
        "enterprises": dict.fromkeys(("mekletSubjektus", "mekletAmatpersonas", "mekletLomas"), 0),
        "enterprises_open_data": {"datastore_search": 0},
        "vies": {"checkVat": 0, "checkVatApprox": 0},
    }
    assert state["canary"] == 0


async def test_calls_are_counted_by_operation_refused_ones_too(registers: Registers) -> None:
    await registers.persons(ANNA)
    await registers.persons("1")
    await registers.incomes(ANNA)
    calls = {name: one["calls"] for name, one in (await registers.state())["registers"].items()}
    assert (calls["natural_persons"]["PersonasDati"], calls["natural_persons"]["PersonuDati"]) == (0, 2)
    assert calls["revenue"]["mekletIenakumus"] == 1


async def test_faults_are_listed_and_null_clears_them_all(registers: Registers) -> None:
    await registers.fault("revenue", "empty", operation="mekletIenakumus", share=0.5, count=3, latency_ms=10)
    await registers.fault("revenue", "garbage")
    faults = (await registers.state())["registers"]["revenue"]["faults"]
    assert faults[0] == {"operation": "mekletIenakumus", "fault": "empty", "latency_ms": 10, "share": 0.5, "count": 3}
    assert len(faults) == 2
    await registers.fault("revenue", None)
    assert (await registers.state())["registers"]["revenue"]["faults"] == []


async def test_delete_clears_counters_cases_and_faults(registers: Registers) -> None:
    await registers.persons(ANNA)
    await registers.fault("natural_persons", "garbage")
    assert (await registers.http.delete("/_control")).status_code == 200
    for one in (await registers.state())["registers"].values():
        assert set(one["calls"].values()) == {0}
        assert one["cases"] == one["faults"] == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"register": "nobody"}, "register"),
        ({"register": None}, "register"),
        ({"operation": "nothing"}, "operation"),
        ({"fault": "explode"}, "fault"),
        ({"fault": "reject"}, "deliveries"),
        ({"share": 1.5}, "share"),
        ({"share": True}, "share"),
        ({"count": 0}, "count"),
        ({"count": "1"}, "count"),
        ({"latency_ms": -1}, "latency_ms"),
        ({"delay": 1}, "delay"),
    ],
)
async def test_a_wrong_body_is_a_400_with_a_reason(registers: Registers, change: dict[str, Any], reason: str) -> None:
    reply = await registers.http.post("/_control", json={"register": "addresses", "fault": "empty"} | change)
    assert reply.status_code == 400
    assert reason in reply.json()["error"]
    assert (await registers.state())["registers"]["addresses"]["faults"] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
async def test_a_body_that_is_no_json_object_is_a_400(registers: Registers, body: bytes) -> None:
    assert (await registers.http.post("/_control", content=body)).status_code == 400


async def test_other_methods_are_refused(registers: Registers) -> None:
    assert (await registers.http.put("/_control", json={})).status_code == 405
