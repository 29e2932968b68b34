"""Two vendors' social systems: whoever asks sees no difference, and nothing goes to the other one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.answers import clean
from tests.municipal.asking import cases, do, owner_says, prepared, reads, submit, until
from tests.municipal.people import amount_of, person_of
from tests.running_gateway import RunningGateway

LIEPAJA, JELGAVA, CESIS, DAUGAVPILS = "0005000", "0003000", "0026000", "0002000"
CASEWORK, ASSISTANCE = "social_casework", "social_assistance"
_EVIDENCE = """query($id: ID!) { claim(id: $id) { applicant { ... on Person {
    benefits { kind amount status payer { id } } socialStatuses { kind municipality { atvk } } } } } }"""
_LOG = "{ me { accessLog(first: 50) { edges { node { who action outcome claim { id } } } } } }"


def _told_by(answer: dict[str, Any]) -> set[str]:
    return {each["register"] for each in answer["extensions"]["provenance"]} & {CASEWORK, ASSISTANCE}


@pytest.mark.parametrize(
    ("code", "vendor"), [(LIEPAJA, CASEWORK), (JELGAVA, CASEWORK), (CESIS, CASEWORK), (DAUGAVPILS, ASSISTANCE)]
)
def test_what_a_municipality_pays_is_read_in_its_own_vendors_system(
    towns: RunningGateway, code: str, vendor: str
) -> None:
    before = reads(towns)
    _, answer = towns.post(_EVIDENCE, {"id": f"home-{code}"}, persona=f"resident-{code}")
    assert clean(answer)["claim"]["applicant"] == {
        "benefits": [
            {
                "kind": "housing-benefit",
                "amount": amount_of(code),
                "status": "ACTIVE",
                "payer": {"id": f"social-{code}"},
            }
        ],
        "socialStatuses": [{"kind": "needy", "municipality": {"atvk": code}}],
    }
    assert _told_by(answer) == {vendor}
    assert reads(towns) == before | {vendor: before[vendor] + 1}


@pytest.mark.parametrize(("code", "vendor", "numbers"), [(LIEPAJA, CASEWORK, "KL-"), (DAUGAVPILS, ASSISTANCE, "SOC-")])
def test_a_claim_lives_its_whole_life_in_its_own_vendors_system(
    towns: RunningGateway, code: str, vendor: str, numbers: str
) -> None:
    claim = prepared(towns, code)
    submit(towns, code, claim)
    delivered = until(towns, f"resident-{code}", claim, "DELIVERED")
    assert delivered["ownerReference"].startswith(numbers)
    assert cases(towns, claim) == {vendor: [delivered["ownerReference"]]}
    _, shown = towns.post(_EVIDENCE, {"id": claim}, persona=f"officer-{code}")
    assert clean(shown)["claim"]["applicant"]["benefits"][0]["amount"] == amount_of(code)
    assert _told_by(shown) == {vendor}
    decision = f'decideClaim(input: {{id: "{claim}", outcome: GRANTED, reason: "Piešķirts."}})'
    do(towns, f"officer-{code}", decision)
    assert until(towns, f"resident-{code}", claim, "GRANTED")["history"][-1]["note"] == "Piešķirts."
    edges = clean(towns.post(_LOG, persona=f"resident-{code}")[1])["me"]["accessLog"]["edges"]
    told = {
        (each["node"]["action"], each["node"]["outcome"])
        for each in edges
        if (each["node"]["claim"] or {}).get("id") == claim and "sociālais dienests" in each["node"]["who"].lower()
    }
    assert {("READ_EVIDENCE", "PERMITTED"), ("DECIDE", "PERMITTED")} <= told


def test_what_the_other_vendor_asks_for_is_answered_there_and_a_withdrawal_reaches_it(towns: RunningGateway) -> None:
    claim = prepared(towns, CESIS)
    submit(towns, CESIS, claim)
    number = until(towns, f"resident-{CESIS}", claim, "DELIVERED")["ownerReference"]
    owner_says(towns, CASEWORK, number, "PAPI", "Lūdzu, līgumu.")
    asked = until(towns, f"resident-{CESIS}", claim, "INFORMATION_REQUESTED")
    assert asked["history"][-1]["note"] == "Lūdzu, līgumu."
    do(towns, f"resident-{CESIS}", f'answerClaim(input: {{id: "{claim}", answers: {{monthlyCosts: "320.00"}}}})')
    _until_called(towns, "pievienotPielikumu")
    do(towns, f"resident-{CESIS}", f'withdrawClaim(input: {{id: "{claim}"}})')
    _until_called(towns, "registretAtsaukumu")
    assert cases(towns, claim) == {CASEWORK: [number]}


def test_a_reply_of_the_other_vendor_that_is_lost_leaves_one_case(towns: RunningGateway) -> None:
    towns.fault(CASEWORK, "commit_then_reset", operation="registretPieteikumu", count=1)
    claim = prepared(towns, JELGAVA)
    submit(towns, JELGAVA, claim)
    number = until(towns, f"resident-{JELGAVA}", claim, "DELIVERED")["ownerReference"]
    towns.fault(CASEWORK, None)
    assert cases(towns, claim) == {CASEWORK: [number]}


def test_the_other_vendor_that_answers_with_somebody_else_is_believed_nothing(towns: RunningGateway) -> None:
    towns.fault(CASEWORK, "wrong_person")
    _, answer = towns.post(_EVIDENCE, {"id": f"home-{LIEPAJA}"}, persona=f"resident-{LIEPAJA}")
    towns.fault(CASEWORK, None)
    assert answer["data"]["claim"]["applicant"] == {"benefits": None, "socialStatuses": None}
    assert {(each["extensions"]["code"], each["extensions"]["register"]) for each in answer["errors"]} == {
        ("REGISTER_CONTRACT_BROKEN", CASEWORK)
    }
    assert person_of(LIEPAJA) not in str(answer)


def _until_called(gateway: RunningGateway, operation: str) -> None:
    end = time.monotonic() + 20
    while gateway.control()[CASEWORK]["calls"][operation] == 0:
        assert time.monotonic() < end, f"{operation} was never called"
        time.sleep(0.1)
