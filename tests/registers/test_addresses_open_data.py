"""Open data of the address register: the register's own answers, from a portal's tables, and in its place."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.recorded import RecordedWire, a_clock, a_context
from adapters.sandbox.world.build import build_world
from gateway.app import connect
from gateway.cli import app
from gateway.settings import RegisterSettings, Settings
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode
from tests.sandbox.running import TODAY, Registers, running

_HERE = RegisterSettings.model_validate({"url": "http://127.0.0.1:9/x"})
_OFF = RegisterSettings.model_validate({"url": "http://127.0.0.1:9/x", "enabled": False})
_CLOSED, _NOBODYS = "101010003", "199999999"
_ACTION = "/addresses_open_data/api/3/action/datastore_search_sql"


async def _read(registers: Registers, name: str, codes: list[AddressCode]) -> dict[AddressCode, Any]:
    async with Http1Wire() as wire:
        register = discover().connect(name, Connection(f"http://127.0.0.1:{registers.port}/{name}"), wire, a_clock())
        return dict(await register.read(RegisteredAddress, codes, a_context()))


async def test_the_register_and_its_open_data_say_the_same_of_every_address_and_nothing_of_an_unknown_one() -> None:
    codes = [AddressCode(code) for code in (*build_world((), TODAY, total=300).addresses, _NOBODYS)]
    async with running() as registers:
        told = await _read(registers, "addresses", codes)
        published = await _read(registers, "addresses_open_data", codes)
        calls = (await registers.state())["registers"]["addresses_open_data"]["calls"]
    assert set(told) == set(codes) - {AddressCode(_NOBODYS)}
    successors = {code.digits for code, one in told.items() if one.successor_code is not None}
    assert successors == {_CLOSED}, "open data do not name what took an address's place"
    assert published == {code: msgspec.structs.replace(one, successor_code=None) for code, one in told.items()}
    assert calls == {"datastore_search_sql": -(-len(codes) // 100)}, "a query is for a hundred addresses"


async def test_an_address_is_read_with_one_command_and_a_failing_portal_is_told_from_an_unknown_address() -> None:
    async with running() as registers:

        async def tried(code: str) -> tuple[int, Any, str]:
            url = f"http://127.0.0.1:{registers.port}/addresses_open_data"
            arguments = ["adapter", "try", "addresses_open_data", code, "--url", url]
            done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
            return done.exit_code, json.loads(done.stdout or "null"), done.stderr

        found, unknown = await tried(_CLOSED), await tried(_NOBODYS)
        await registers.fault("addresses_open_data", "http_500_html")
        failed = await tried(_CLOSED)
    address = found[1]["RegisteredAddress"]
    assert (address["full_text"], address["municipality"]) == ("Noliktavas iela 7, Rīga, LV-1050", "0001000")
    assert (address["status"], address["closed_on"]) == ("CLOSED", "2019-03-01")
    assert unknown[:2] == (0, {"register": "addresses_open_data", "RegisteredAddress": None})
    assert failed[:2] == (1, None)
    assert "status 500" in failed[2]


async def test_the_portal_refuses_what_is_no_query_of_its_tables() -> None:
    async with running() as registers:
        for sql in (
            'SELECT * FROM "no-such-table"',
            'DELETE FROM "a510737a-18ce-400f-ad4b-04fce5228272"',
            "SELECT 1; SELECT 2",
            "nonsense",
        ):
            reply: httpx.Response = await registers.http.post(_ACTION, json={"sql": sql})
            assert (reply.status_code, reply.json()["success"]) == (409, False), sql


@pytest.mark.parametrize(
    ("register", "connected"),
    [(_HERE, {"addresses"}), (_OFF, {"addresses_open_data"}), (None, {"addresses_open_data"})],
)
def test_open_data_answer_where_the_register_itself_is_not_connected(
    register: RegisterSettings | None, connected: set[str]
) -> None:
    registers = {"addresses_open_data": _HERE} | ({} if register is None else {"addresses": register})
    assert set(connect(discover(), Settings(registers=registers), RecordedWire(None, []), lambda _: None)) == connected
