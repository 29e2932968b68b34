"""Owners' systems: one case for each key, on disk before the sender hears of it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.running import ANNA, CLAIM, HEADERS, Registers, running


async def _cases(registers: Registers, register: str = "social_assistance") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await registers.state())["registers"][register]["cases"]
    return found


async def test_the_owner_holds_the_demo_cases_from_the_start(registers: Registers) -> None:
    cases = await _cases(registers)
    assert [case["claimId"] for case in cases] == ["demo-1", "demo-2", "demo-4", "demo-6", "demo-9"]
    assert cases[4]["claimType"] == "guaranteed-minimum-income"
    assert await registers.find("demo-message-1") == [
        {"lietasNumurs": "SOC-2026-000001", "sutijumaId": "demo-message-1"}
    ]
    assert await registers.find("demo-message-6") == []
    assert len(await registers.find("demo-message-6", "0001000")) == 1


async def test_the_same_key_and_body_is_the_same_case(registers: Registers) -> None:
    first, second = await registers.submit("key-1"), await registers.submit("key-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(await _cases(registers)) == 6
    assert await registers.find("key-1") == [{"lietasNumurs": first.json()["lietasNumurs"], "sutijumaId": "key-1"}]


async def test_the_same_key_with_another_body_is_a_conflict_and_changes_nothing(registers: Registers) -> None:
    await registers.submit("key-1")
    other = await registers.submit("key-1", CLAIM | {"atbildes": {"tenure": "OWN"}})
    assert other.status_code == 409
    assert len(await _cases(registers)) == 6


async def test_twenty_senders_of_one_key_make_one_case(registers: Registers) -> None:
    replies = await asyncio.gather(*(registers.submit("key-1") for _ in range(20)))
    assert sorted(reply.status_code for reply in replies) == [200] * 19 + [201]
    assert len({reply.json()["lietasNumurs"] for reply in replies}) == 1


async def test_a_key_means_one_message_in_one_municipality(registers: Registers) -> None:
    here, there = await registers.submit("key-1"), await registers.submit("key-1", atvk="0001000")
    assert here.status_code == there.status_code == 201
    assert here.json() != there.json()


@pytest.mark.parametrize("change", [{"veids": "CITS"}, {"iesniegts": "vakar"}, {"personasKods": "1"}, {"vel": 1}])
async def test_a_claim_that_breaks_the_contract_leaves_no_case(registers: Registers, change: dict[str, Any]) -> None:
    assert (await registers.submit("key-1", CLAIM | change)).status_code == 400
    assert await registers.find("key-1") == []


async def test_a_claim_without_a_key_is_refused(registers: Registers) -> None:
    reply = await registers.http.post("/social_assistance/0054000/v1/iesniegumi", json=CLAIM, headers=HEADERS)
    assert reply.status_code == 400


async def test_the_revenue_service_receives_declarations_in_the_same_manner(registers: Registers) -> None:
    body = {"pieteikumaId": "demo-3", "personasKods": ANNA, "iesniegts": "2026-11-23T10:00:00+00:00", "saturs": {}}
    headers = HEADERS | {"Idempotency-Key": "key-3"}
    first = await registers.http.post("/revenue/v1/deklaracijas", json=body, headers=headers)
    again = await registers.http.post("/revenue/v1/deklaracijas", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    other = await registers.http.post("/revenue/v1/deklaracijas", json=body | {"saturs": {"a": 1}}, headers=headers)
    assert other.status_code == 409
    found = await registers.http.get("/revenue/v1/deklaracijas", params={"sutijuma_id": "key-3"}, headers=HEADERS)
    assert found.json() == {"deklaracijas": [first.json() | {"sutijumaId": "key-3"}]}
    assert (await _cases(registers, "revenue"))[0]["claimType"] == "annual-income-declaration"


async def test_cases_outlive_a_restart_and_opening_cases_come_once(tmp_path: Path) -> None:
    async with running(data=tmp_path) as registers:
        await registers.submit("key-1")
        before = await _cases(registers)
    async with running(data=tmp_path) as registers:
        assert await _cases(registers) == before
        assert (await registers.submit("key-1")).status_code == 200
        await registers.http.delete("/_control")
    async with running(data=tmp_path) as registers:
        assert await _cases(registers) == []


_CHILD = """
import sys
from pathlib import Path
from adapters.sandbox.server import serve
serve(int(sys.argv[1]), data=Path(sys.argv[2]))
"""


def _start(port: int, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(port), str(data)], cwd=Path(__file__).parents[2], env=dict(os.environ)
    )


async def _wait(registers: Registers) -> None:
    for _ in range(200):
        try:
            await registers.state()
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError


async def test_what_was_acknowledged_survives_a_kill_and_a_signal_ends_it_cleanly(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with httpx.AsyncClient(base_url=address, timeout=5, trust_env=False) as client:
        registers = Registers(client, unused_tcp_port)
        child = _start(unused_tcp_port, tmp_path)
        await _wait(registers)
        reference = (await registers.submit("key-1")).json()["lietasNumurs"]
        child.kill()
        child.wait(10)
        child = _start(unused_tcp_port, tmp_path)
        await _wait(registers)
        assert (await registers.find("key-1"))[0]["lietasNumurs"] == reference
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
