"""Asking as the people of :mod:`tests.municipal.people`."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.answers import clean
from tests.municipal.people import person_of
from tests.running_gateway import RunningGateway

VENDORS = ("social_assistance", "social_casework")
_CLAIM = "query($id: ID!) { claim(id: $id) { status ownerReference history { status note } } }"
_WITHIN_SECONDS = 20.0


def prepared(gateway: RunningGateway, code: str) -> str:
    """A draft of somebody's housing claim in a municipality: its id."""
    made = clean(
        gateway.post(
            """mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) {
                claim { id } problems { code message } } }""",
            {
                "input": {
                    "type": "housing-benefit",
                    "municipality": code,
                    "applicant": {"personCode": person_of(code)},
                    "answers": {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"},
                }
            },
            persona=f"resident-{code}",
        )[1]
    )["prepareClaim"]
    assert made["problems"] == [], made
    claim: str = made["claim"]["id"]
    return claim


def submit(gateway: RunningGateway, code: str, claim: str) -> None:
    """Submit a claim as its applicant."""
    do(gateway, f"resident-{code}", f'submitClaim(input: {{id: "{claim}", idempotencyKey: "{claim}"}})')


def do(gateway: RunningGateway, persona: str, mutation: str) -> None:
    """A mutation without a problem."""
    answer = clean(gateway.post(f"mutation {{ {mutation} {{ problems {{ code message }} }} }}", persona=persona)[1])
    assert next(iter(answer.values())) == {"problems": []}


def until(gateway: RunningGateway, persona: str, claim: str, status: str) -> dict[str, Any]:
    """The claim, once it has a status."""
    end = time.monotonic() + _WITHIN_SECONDS
    while True:
        found: dict[str, Any] = clean(gateway.post(_CLAIM, {"id": claim}, persona=persona)[1])["claim"]
        if found["status"] == status:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.1)


def cases(gateway: RunningGateway, claim: str) -> dict[str, list[str]]:
    """Numbers of a claim's cases by the register that has them."""
    held = gateway.control()
    found = {name: [each["reference"] for each in held[name]["cases"] if each["claimId"] == claim] for name in VENDORS}
    return {name: numbers for name, numbers in found.items() if numbers}


def owner_says(gateway: RunningGateway, register: str, reference: str, status: str, note: str) -> None:
    """The owner's own system changes a case."""
    told = {"register": register, "reference": reference, "status": status, "note": note}
    httpx.post(f"{gateway.registers_url}/_control", json=told, trust_env=False).raise_for_status()


def reads(gateway: RunningGateway) -> dict[str, int]:
    """Calls that read people, by vendor, since the start."""
    calls = gateway.control()
    names = {"social_assistance": ("personasDati", "mekletPersonas"), "social_casework": ("klientuKartes",)}
    return {vendor: sum(calls[vendor]["calls"].get(each, 0) for each in names[vendor]) for vendor in VENDORS}
