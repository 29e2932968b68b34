"""Starts the sandbox on a free port within a test, and speaks to it as any client would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from adapters.sandbox.server import Server, config, create_app, listen

TODAY = date(2026, 11, 23)
ADAPTERS = Path(__file__).parents[2] / "adapters"
ANNA, JANIS, PETERIS, PETERIS_FORMER = "39100000011", "39100000022", "39100000055", "39990000055"
HEADERS = {
    "X-Road-Client": "LV/GOV/90000028508/CSC",
    "X-Road-Id": "m-1",
    "X-Road-UserId": "clerk",
    "X-Road-Issue": "demo-1",
}
CLAIM = {
    "pieteikumaId": "claim-1",
    "veids": "MAJ",
    "personasKods": ANNA,
    "iesniegts": "2026-11-23T10:00:00Z",
    "atbildes": {"tenure": "RENT"},
}

_XROAD = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:x="http://x-road.eu/xsd/xroad.xsd"
 xmlns:i="http://x-road.eu/xsd/identifiers"><e:Header>
<x:client i:objectType="SUBSYSTEM"><i:xRoadInstance>LV</i:xRoadInstance><i:memberClass>GOV</i:memberClass>
<i:memberCode>90000028508</i:memberCode><i:subsystemCode>CSC</i:subsystemCode></x:client>
<x:service i:objectType="SERVICE"><i:xRoadInstance>LV</i:xRoadInstance><i:memberClass>GOV</i:memberClass>
<i:memberCode>90000000000</i:memberCode><i:serviceCode>{operation}</i:serviceCode></x:service>
<x:userId>clerk</x:userId><x:id>m-1</x:id><x:issue>demo-1</x:issue><x:protocolVersion>4.0</x:protocolVersion></e:Header>
<e:Body><{operation} xmlns="{namespace}">{content}</{operation}></e:Body></e:Envelope>"""
_VAT = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<checkVat xmlns="urn:ec.europa.eu:taxud:vies:services:checkVat:types"><countryCode>{country}</countryCode>
<vatNumber>{number}</vatNumber></checkVat></e:Body></e:Envelope>"""


@dataclass(frozen=True)
class Registers:
    """A client of a running sandbox."""

    http: httpx.AsyncClient
    port: int

    async def soap(self, register: str, envelope: str) -> httpx.Response:
        return await self.http.post(f"/{register}", content=envelope.encode(), headers={"Content-Type": "text/xml"})

    async def _xroad(self, register: str, namespace: str, operation: str, content: str) -> httpx.Response:
        return await self.soap(register, _XROAD.format(namespace=namespace, operation=operation, content=content))

    async def persons(self, *codes: str, operation: str = "PersonuDati") -> httpx.Response:
        namespace = "http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0"
        return await self._xroad("natural_persons", namespace, operation, _codes(codes))

    async def vehicles(self, *codes: str, as_what: str = "IPA") -> httpx.Response:
        content = f"<Saistiba>{as_what}</Saistiba>{_codes(codes)}"
        return await self._xroad("vehicles", "urn:lv:csdd:tvr:v1", "TransportlidzekliPecPersonas", content)

    async def statuses(self, *codes: str) -> httpx.Response:
        return await self.http.post("/employment/v1/statusi/meklet", json={"personasKodi": codes}, headers=HEADERS)

    async def vat(self, number: str, country: str = "LV") -> httpx.Response:
        return await self.soap("vies", _VAT.format(country=country, number=number))

    async def addresses(self, *codes: str) -> httpx.Response:
        return await self.http.post("/addresses/v1/adreses/meklet", json={"kodi": codes}, headers=HEADERS)

    async def incomes(self, *codes: str, months: int = 3) -> httpx.Response:
        body = {"personasKodi": codes, "menesi": months}
        return await self.http.post("/revenue/v1/ienakumi/meklet", json=body, headers=HEADERS)

    async def assistance(self, code: str, atvk: str = "0054000") -> httpx.Response:
        body = {"personasKods": code}
        return await self.http.post(f"/social_assistance/{atvk}/v1/personas/dati", json=body, headers=HEADERS)

    async def submit(self, key: str, body: dict[str, Any] | None = None, atvk: str = "0054000") -> httpx.Response:
        headers = HEADERS | {"Idempotency-Key": key}
        return await self.http.post(f"/social_assistance/{atvk}/v1/iesniegumi", json=body or CLAIM, headers=headers)

    async def find(self, key: str, atvk: str = "0054000") -> list[dict[str, str]]:
        path = f"/social_assistance/{atvk}/v1/iesniegumi"
        reply = await self.http.get(path, params={"sutijumaId": key}, headers=HEADERS)
        found: list[dict[str, str]] = reply.raise_for_status().json()["iesniegumi"]
        return found

    async def fault(self, register: str, fault: str | None, **more: Any) -> httpx.Response:
        return await self.http.post("/_control", json={"register": register, "fault": fault, **more})

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get("/_control")).raise_for_status().json()
        return found


def _codes(codes: Iterable[str]) -> str:
    return "".join(f"<PersonasKods>{code}</PersonasKods>" for code in codes)


@asynccontextmanager
async def running(*, data: Path | None = None, world: tuple[Path, ...] = ()) -> AsyncIterator[Registers]:
    """The sandbox with 300 residents, on a port of its own, at a fixed day."""
    app = create_app(world, data, today=lambda: TODAY, residents=300)
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
