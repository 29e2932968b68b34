"""SOAP 1.2, a header, a typed fault, one way, and a password's digest, as another make of server understands them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator

import pytest

from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.soap.faults import Fault
from adapters.kit.soap.security import UsernameToken, WsSecurity
from adapters.kit.soap.service import Answered, SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import WireRequest
from gateway.clock import CLOCK
from tests.foreign_soap.test_foreign_server import HERE, install

PASSWORD = "S3cret & <more>"


@pytest.fixture(scope="module")
def spoken() -> Iterator[str]:
    """Base URL of the running server."""
    install()
    with subprocess.Popen(["node", "spoken.js", "spoken.wsdl"], cwd=HERE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def _classify(fault: Fault) -> RegisterError | None:
    days = fault.details.get("Locked", {}).get("Days")
    return None if days is None else Unavailable("spoken", "locked", retry_after=days * 86400.0)


async def _ask(spoken: str, operation: str, code: str, password: str = PASSWORD) -> Answered:
    connection = Connection(
        f"{spoken}/spoken", security=WsSecurity(CLOCK, UsernameToken("kiosk", password, digest=True))
    )
    async with Http1Wire() as wire:
        contract = load_contract(HERE / "spoken.wsdl")
        asked = SoapService(
            "spoken", contract, connection, wire, xroad=None, classify=_classify, headers={"session": {"Token": "t-1"}}
        )
        return await asked.answered(operation, {"Code": code}, a_context())


async def test_a_foreign_server_of_soap_1_2_understands_body_header_and_password(spoken: str) -> None:
    code = "Bērziņa </a><b> & {env.HOME}"
    assert (await _ask(spoken, "Ask", code)).value == {"Code": code, "Session": "t-1"}


async def test_a_foreign_server_refuses_another_password_and_its_fault_is_understood(spoken: str) -> None:
    with pytest.raises(Rejected) as caught:
        await _ask(spoken, "Ask", "1", password="another")
    assert "another" not in str(caught.value)


async def test_the_detail_of_a_foreign_servers_fault_is_decoded(spoken: str) -> None:
    with pytest.raises(Unavailable) as caught:
        await _ask(spoken, "Ask", "locked")
    assert caught.value.retry_after == 3 * 86400


async def test_what_is_told_one_way_arrives_at_a_foreign_server(spoken: str) -> None:
    assert (await _ask(spoken, "Tell", "7")).value is None
    async with Http1Wire() as wire:
        reply = await wire.request(WireRequest("spoken", "GET", f"{spoken}/told", {}, None, time.monotonic() + 5))
    assert json.loads(reply.body) == ["7"]
