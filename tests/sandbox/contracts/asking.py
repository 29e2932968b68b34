"""Calls of any contract's operations, and a simulated register on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from adapters.sandbox.contracts.envelopes import MEDIA, write_envelope
from adapters.sandbox.contracts.instances import typical
from adapters.sandbox.contracts.reading import ContractReading
from adapters.sandbox.exchange import Call, Desk
from adapters.sandbox.server import Server, app_of, config, listen
from tests.sandbox.contracts.reading_of import Element
from tests.sandbox.running import Registers


def call_of(reading: ContractReading, key: str, body: Sequence[Element] | None = None) -> Call:
    """A call with every header that the contract declares, and a typical request where none is given."""
    operation = reading.operations[key]
    version = operation.soap_version or "1.1"
    request = typical(reading, key, "request") if body is None else None
    content = body if body is not None else [] if request is None else [request]
    headers = [made for one in operation.headers_in if (made := typical(reading, key, one)) is not None]
    for header in headers:
        for code in header.iter("{http://x-road.eu/xsd/identifiers}serviceCode"):
            code.text = operation.name
        if header.tag == "{http://x-road.eu/xsd/xroad.xsd}protocolVersion":
            header.text = "4.0"
    action = operation.soap_action
    sent = {"content-type": f'{MEDIA[version]}; action="{action}"', "soapaction": f'"{action}"'}
    return Call("POST", "", {}, sent, write_envelope(version, headers, content))


@asynccontextmanager
async def running(*desks: Desk) -> AsyncIterator[Registers]:
    """These registers over real HTTP."""
    app = app_of(desks)
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        server = Server(config(app))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client:
                yield Registers(client, port)
        finally:
            server.stop()
            await task
            app.control.close()


async def post(registers: Registers, name: str, call: Call) -> httpx.Response:
    """The same call over the wire."""
    return await registers.http.post(f"/{name}", content=call.body, headers=dict(call.headers))
