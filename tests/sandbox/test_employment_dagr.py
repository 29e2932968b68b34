"""DAGR, played: what it answers is what its contract promises, and it refuses by the permission."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from adapters.sandbox.rest import OpenApi
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.permissions import BY_PURPOSE, OTHERS
from tests.sandbox.running import ADAPTERS, ANNA, TODAY, Registers

CONTRACT = OpenApi(ADAPTERS / "registers/employment_dagr/contract/openapi.yaml")
READ = "nva_person_status_by_key"


async def _statuses(registers: Registers, number: str, *codes: str) -> httpx.Response:
    body = {"keys": [{"PersonCode": code} for code in codes]}
    headers = {"X-DAGR-Permission": number}
    return await registers.http.post("/employment_dagr/nva_person_status/by_key", json=body, headers=headers)


def _body(reply: httpx.Response, operation: str = READ) -> Any:
    body = reply.json()
    CONTRACT.response(operation, reply.status_code).validate(body)
    return body


async def test_it_has_of_everybody_what_the_agency_has_as_of_six_hours_ago(registers: Registers) -> None:
    codes = list(build_world((), TODAY, total=300).residents)
    told = 0
    for first in range(0, 300, 100):
        some = codes[first : first + 100]
        copied = _body(await _statuses(registers, "V-1001", *some))
        age = datetime.now(UTC) - datetime.fromisoformat(copied["data_as_of"])
        assert 6 * 3600 <= age.total_seconds() < 6 * 3600 + 60
        said = {one["PersonCode"]: (one["Status"], one["Since"], one["Branch"]) for one in copied["items"]}
        agency = (await registers.statuses(*some)).json()["personas"]
        assert {code: (status, since) for code, (status, since, _) in said.items()} == {
            one["personasKods"]: (one["statuss"], one["kops"]) for one in agency
        }
        for one in agency:
            branch = said[one["personasKods"]][2]
            assert branch == (one["filiale"] and {"Code": one["filiale"]["kods"], "Name": one["filiale"]["nosaukums"]})
        told += len(said)
    assert told > 10


async def test_it_lists_every_permission_and_counts_their_uses(registers: Registers) -> None:
    async def listed() -> dict[str, Any]:
        reply = await registers.http.get("/employment_dagr/current_user_permissions")
        return {each["permission_number"]: each for each in _body(reply, "current_user_permissions")}

    before = await listed()
    assert set(before) == {each.number for each in (*BY_PURPOSE.values(), *OTHERS)}
    await _statuses(registers, "V-1001", ANNA)
    await _statuses(registers, "V-2001", ANNA)
    after = await listed()
    counted = {name for name, each in after.items() if each["use_count"] != before[name]["use_count"]}
    assert counted == {"V-1001"}
    state = (await registers.state())["registers"]["employment_dagr"]
    assert state["calls"] == {READ: 2}
    assert state["background"]["poll"] == 2


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("V-2001", 403, "PERMISSION_EXPIRED"),
        ("V-2002", 403, "PERMISSION_NOT_YET_VALID"),
        ("V-2003", 403, "PERMISSION_OTHER_SERVICE"),
        ("V-9999", 403, "PERMISSION_UNKNOWN"),
        ("V-2008", 429, "QUOTA_EXCEEDED"),
    ],
)
async def test_a_permission_that_does_not_hold_is_refused_with_the_reason(
    registers: Registers, number: str, status: int, code: str
) -> None:
    reply = await _statuses(registers, number, ANNA)
    assert (reply.status_code, _body(reply)["code"]) == (status, code)


async def test_what_a_permission_does_not_open_is_not_in_the_answer(registers: Registers) -> None:
    [item] = _body(await _statuses(registers, "V-2006", ANNA))["items"]
    assert set(item) == {"PersonCode", "Status", "Since"}


async def test_a_request_without_a_permission_or_for_too_many_is_wrong(registers: Registers) -> None:
    body = {"keys": [{"PersonCode": ANNA}]}
    assert (await registers.http.post("/employment_dagr/nva_person_status/by_key", json=body)).status_code == 400
    many = [f"391{number:08}" for number in range(101)]
    assert (await _statuses(registers, "V-1001", *many)).status_code == 400
