"""Two gateways on one store: what one of them is told shuts the other's doors for its next request, caches included."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import httpx
import pytest

from gateway.claims.days import day_in_riga
from gateway.clock import utc_now
from tests.answers import codes, errors_by_path
from tests.desk.conftest import World
from tests.desk.test_mandates_given import MANDATE, to_organisation
from tests.desk.test_next_request import DECIDE, EVIDENCE
from tests.running_gateway import READY_WITHIN, ROOT, environment, free_ports

Ask = Callable[[str, str], Any]


@pytest.fixture(scope="module")
def other(world: World) -> Iterator[Ask]:
    """Asks a second gateway, with a cache of its own."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    registers = {
        f"GATEWAY_REGISTERS__{name.upper()}__URL": f"{world.running.registers_url}/{name}"
        for name in ("natural_persons", "addresses", "revenue")
    }
    settings = {"GATEWAY_DATA": str(world.running.data), "GATEWAY_CACHE__ENABLED": "true", **registers}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=address, timeout=30.0, trust_env=False) as client:
            end = time.monotonic() + READY_WITHIN
            while not _ready(client):
                assert time.monotonic() < end
                assert process.poll() is None
                time.sleep(0.1)

            def ask(persona: str, query: str) -> Any:
                headers = {"Authorization": f"Bearer {world.running.token(persona)}"}
                return client.post("/graphql", json={"query": query}, headers=headers).json()

            yield ask
    finally:
        process.terminate()
        process.wait(timeout=20)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def _revoke(world: World) -> None:
    (mandate,) = world.store(
        "SELECT id FROM mandates WHERE holder_third_party = 'tp-accountant' ORDER BY created_at DESC"
    )[:1]
    assert world.act("peteris", "revokeMandate", "mandate { id }", f'{{id: "{mandate[0]}"}}')[1] == []


def _suspend(world: World) -> None:
    given = '{id: "tp-families", reason: "Complaints."}'
    assert world.act("ministry-it", "suspendThirdParty", "thirdParty { status }", given)[1] == []


def _end_contract(world: World) -> None:
    yesterday = day_in_riga(utc_now()) - timedelta(days=1)
    world.store("UPDATE contracts SET valid_to = ? WHERE third_party = 'tp-accountant'", yesterday.isoformat())


def _take_off(world: World) -> None:
    off = '{id: "demo-1", thirdParty: "tp-support", assigned: false}'
    assert world.act("anna", "assignClaim", "claim { id }", off)[1] == []


def _decide(world: World) -> None:
    given = {"id": "demo-1", "outcome": "GRANTED", "reason": "Fulfils the conditions."}
    assert world.ask("officer-valmiera", DECIDE, **given)["decideClaim"]["problems"] == []


NAME = "channel applicant { ... on Person { givenName } }"


@pytest.mark.parametrize(
    ("persona", "claim", "asked", "change"),
    [
        ("accountant", "demo-3", NAME, _revoke),
        ("ngo-families", "demo-7", EVIDENCE, _suspend),
        ("accountant", "demo-14", NAME, _end_contract),
        ("ngo-support", "demo-1", EVIDENCE, _take_off),
        ("ngo-support", "demo-1", EVIDENCE, _decide),
    ],
)
def test_what_one_gateway_is_told_shuts_the_others_doors(
    world: World, other: Ask, persona: str, claim: str, asked: str, change: Callable[[World], None]
) -> None:
    query = f'{{ claim(id: "{claim}") {{ {asked} }} }}'
    if change is _revoke:
        assert world.act("peteris", "grantMandate", MANDATE, to_organisation("tp-accountant"))[1] == []
    if change is _decide:
        world.act("anna", "assignClaim", "claim { id }", '{id: "demo-1", thirdParty: "tp-support", assigned: true}')
    assert "errors" not in other(persona, query)
    change(world)
    calls = world.running.calls()
    body = other(persona, query)
    assert codes(body) == {"FORBIDDEN"}
    assert not (body["data"]["claim"] or {}).get("applicant")
    assert world.running.calls() == calls


def test_a_protected_flag_that_one_gateway_reads_withholds_in_the_other(world: World, other: Ask) -> None:
    query = f'{{ claim(id: "demo-10") {{ {EVIDENCE} }} }}'
    world.store("UPDATE third_parties SET status = 'ACTIVE' WHERE id = 'tp-families'")
    (marta,) = world.store("SELECT subject FROM person_codes WHERE code = '39100000066'")[0]
    world.store("UPDATE restrictions SET restricted = 0 WHERE subject = ?", marta)
    # The register has told already; who reads the record learns it again, and every gateway with it.
    assert "errors" not in world.raw("marta", "{ me { givenName restricted } }")
    assert world.store("SELECT restricted FROM restrictions WHERE subject = ?", marta) == [(1,)]
    assert errors_by_path(other("ngo-families", query)) == {"claim.applicant.declaredAddress": "PROTECTED"}


def test_a_request_under_way_ends_as_it_was_decided_and_the_next_one_does_not_begin(world: World) -> None:
    """What was decided and recorded before the change is released; nothing after it is."""
    income = 'query { claim(id: "demo-2") { applicant { ... on Person { income(months: 1) { gross } } } } }'
    world.running.fault("revenue", None)
    world.running.fault("revenue", None, latency_ms=1_500)
    found: list[Any] = []
    asking = Thread(target=lambda: found.append(world.raw("officer-valmiera", income)))
    asking.start()
    while not world.running.control()["revenue"]["calls"].get("mekletIenakumus"):
        time.sleep(0.02)
    given = {"id": "demo-2", "outcome": "GRANTED", "reason": "Fulfils the conditions."}
    assert world.ask("officer-valmiera", DECIDE, **given)["decideClaim"]["problems"] == []
    assert codes(world.raw("officer-valmiera", income)) == {"FORBIDDEN"}
    asking.join()
    world.running.fault("revenue", None)
    assert "errors" not in found[0]
    log = world.ask("peteris", "{ me { accessLog(first: 5) { edges { node { who paths outcome } } } } }")
    told = [(each["node"]["paths"], each["node"]["outcome"]) for each in log["me"]["accessLog"]["edges"]]
    outcomes = {outcome for paths, outcome in told if "income(months<=1)" in paths}
    assert outcomes == {"PERMITTED", "DENIED"}
