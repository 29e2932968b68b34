"""The simulated registers with very large answers that keep the contract: as much of what may repeat as fills them.

python -m benchmarks.swollen --port P --registers URL
"""

from __future__ import annotations

import argparse
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_BYTES = 7_500_000
"""Of an answer; the gateway takes 8 MiB."""
_VALUES = 240_000
"""Of an answer in JSON, some 3.5 MiB; the gateway takes 250,000."""
_MEMBER = re.compile(rb"<(?:\w+:)?Loceklis>.*?</(?:\w+:)?Loceklis>", re.DOTALL)
_ENDED = "IZB"
_BENEFIT = {"veids": "MAJ", "summaCenti": "8550", "no": "2026-01-01", "lidz": "2026-06-30"}


class Swollen:
    """Passes calls on, and swells what comes back.

    Args:
        registers: base address of the simulated registers.
    """

    def __init__(self, registers: str) -> None:
        self._registers = registers
        self._http: aiohttp.ClientSession

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Hold one pool of connections."""
        async with aiohttp.ClientSession() as self._http:
            yield

    async def persons(self, request: Request) -> Response:
        """Every member of a household many times over."""
        body = await self._answer(request)
        members = sum(len(found) for found in _MEMBER.findall(body))
        times = max(1, (_BYTES - len(body)) // max(members, 1))
        return Response(_MEMBER.sub(lambda found: found[0] * times, body), media_type="text/xml; charset=utf-8")

    async def assistance(self, request: Request) -> Response:
        """Very many benefits of the first person that have ended, beside those that are paid."""
        record = orjson.loads(await self._answer(request))
        for person in record.get("personas", ())[:1]:
            paid = person["pabalsti"]
            ended = {**_BENEFIT, "statuss": _ENDED}
            person["pabalsti"] = paid + [ended] * (_VALUES // (len(ended) + 2))
        return Response(orjson.dumps(record), media_type="application/json")

    async def _answer(self, request: Request) -> bytes:
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        body = await request.body()
        async with self._http.post(f"{self._registers}{request.url.path}", data=body, headers=headers) as reply:
            return await reply.read()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--registers", required=True)
    given = parser.parse_args()
    swollen = Swollen(given.registers)
    routes = [
        Route("/natural_persons", swollen.persons, methods=["POST"]),
        Route("/social_assistance/{rest:path}", swollen.assistance, methods=["POST"]),
    ]
    app = Starlette(routes=routes, lifespan=swollen.lifespan)
    uvicorn.run(app, port=given.port, ws="none", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
