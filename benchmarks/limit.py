"""The limit: the same answers by hand, in one file, with nothing of a gateway.

One endpoint a query, variables as JSON in, the gateway's JSON out. It makes the same register calls with the same
X-Road headers and reads the same store. It verifies no token, decides nothing, checks no reply and writes no log.

    python -m benchmarks.limit --port P --registers URL --store FILE
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from secrets import token_hex
from typing import Any

import aiohttp
import orjson
import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

_USER = "39200000101"
_OWNER = "social-0054000"
_FPR = "{http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0}"
_PERSON, _CODE, _RESTRICTED = f"{_FPR}Persona", f"{_FPR}PersonasKods", f"{_FPR}Ierobezots"
_GIVEN, _FAMILY, ADDRESS_ELEMENT = f"{_FPR}Vards", f"{_FPR}Uzvards", f"{_FPR}AdresesKods"
_MEMBER = f"{_FPR}Loceklis"
RELATIONS = {
    "LAU": "spouse",
    "PAR": "partner",
    "BER": "child",
    "VEC": "parent",
    "BRM": "sibling",
    "VVE": "grandparent",
    "MAZ": "grandchild",
}
STATUSES = {"TRU": "needy", "MAZ": "low-income"}
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:x="http://x-road.eu/xsd/xroad.xsd"'
    ' xmlns:i="http://x-road.eu/xsd/identifiers"><soap:Header>'
    '<x:client i:objectType="SUBSYSTEM"><i:xRoadInstance>LV-DEV</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>90000028508</i:memberCode><i:subsystemCode>CSC</i:subsystemCode></x:client>"
    '<x:service i:objectType="SERVICE"><i:xRoadInstance>LV-DEV</i:xRoadInstance><i:memberClass>GOV</i:memberClass>'
    "<i:memberCode>90000028508</i:memberCode><i:subsystemCode>natural_persons</i:subsystemCode>"
    "<i:serviceCode>{operation}</i:serviceCode><i:serviceVersion>v1</i:serviceVersion></x:service>"
    f"<x:userId>{_USER}</x:userId><x:id>%s</x:id><x:issue>%s</x:issue><x:protocolVersion>4.0</x:protocolVersion>"
    '</soap:Header><soap:Body><{operation} xmlns="http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0">'
    "<PersonasKods>%s</PersonasKods></{operation}></soap:Body></soap:Envelope>"
)
ONE, MANY = _SOAP.replace("{operation}", "PersonasDati"), _SOAP.replace("{operation}", "PersonuDati")
ONE_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"PersonasDati"'}
MANY_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"PersonuDati"'}
_REST_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "X-Road-Client": "LV-DEV/GOV/90000028508/CSC",
    "X-Road-UserId": _USER,
}
_JSON = (b"content-type", b"application/json")
_CODES = "JOIN person_codes p ON p.subject = c.applicant AND p.current"
_BY_ID = (
    f"SELECT c.status, p.code, c.municipality FROM claims c {_CODES} WHERE c.id = ? AND c.owner = '{_OWNER}'"
    " AND c.submitted_at IS NOT NULL"
)


_Claims = list[tuple[str, str, str, str]]
"""Id, status, applicant's code and municipality of each."""


@lru_cache(64)
def _list_of(types: int, statuses: int) -> str:
    return (
        f"SELECT c.id, c.status, p.code, c.municipality FROM claims c {_CODES} WHERE c.owner = '{_OWNER}'"
        f" AND c.submitted_at IS NOT NULL AND c.type IN ({','.join('?' * types)})"
        f" AND c.status IN ({','.join('?' * statuses)}) AND c.municipality = ?"
        " ORDER BY c.created_at DESC, c.id DESC LIMIT ?"
    )


class Limit:
    """The endpoints.

    Args:
        registers: base address of the registers.
        store: the gateway's SQLite file.
    """

    def __init__(self, registers: str, store: str) -> None:
        self._persons = URL(f"{registers}/natural_persons")
        self._addresses = URL(f"{registers}/addresses/v1/adreses/meklet")
        self._assistance = f"{registers}/social_assistance/%s/v1/personas/meklet"
        self._assistance_of: dict[str, URL] = {}
        self._store = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        self._http: aiohttp.ClientSession

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Hold one pool of connections."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=100),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            # Q3's reply is half a megabyte: a smaller buffer would stop and start its connection.
            read_bufsize=2**20,
            auto_decompress=False,
        ) as self._http:
            # What is loaded by now stays; answers are trees without cycles, so collecting seldom loses nothing.
            gc.collect()
            gc.freeze()
            gc.set_threshold(100_000, 50, 100)
            yield
        self._store.close()

    async def one_person(self, body: bytes) -> bytes:
        """Q1 and Q4."""
        claim = orjson.loads(body)["id"]
        status, code, _ = self._store.execute(_BY_ID, (claim,)).fetchone()
        person = (await self._people([code], claim))[0]
        found: dict[str, Any] = {}
        address = None
        for element in person.iter(_RESTRICTED, _GIVEN, _FAMILY, ADDRESS_ELEMENT):
            found.setdefault(element.tag, element.text)
        if ADDRESS_ELEMENT in found:
            one = (await self._find([found[ADDRESS_ELEMENT]], claim))[found[ADDRESS_ELEMENT]]
            address = {
                "code": one["kods"],
                "fullText": one["pilnsTeksts"],
                "street": one["iela"],
                "house": one["maja"],
                "flat": one["dzivoklis"],
                "postalCode": one["pastaIndekss"],
            }
        applicant = {
            "personCode": person[0].text,
            "restricted": found[_RESTRICTED] == "true",
            "givenName": found.get(_GIVEN),
            "familyName": found.get(_FAMILY),
            "declaredAddress": address,
        }
        return _answer({"claim": {"id": claim, "status": status, "applicant": applicant}})

    async def names_and_addresses(self, body: bytes) -> bytes:
        """Q2."""
        claims = self._claims(orjson.loads(body))
        people: dict[str, dict[str, str]] = {}
        for person in await self._people([claim[2] for claim in claims], token_hex(16)):
            people[person[1].text] = {e.tag: e.text for e in person.iter(_GIVEN, _FAMILY, ADDRESS_ELEMENT)}
        codes = dict.fromkeys(found[ADDRESS_ELEMENT] for found in people.values() if ADDRESS_ELEMENT in found)
        addresses = {
            code: {"fullText": one["pilnsTeksts"], "postalCode": one["pastaIndekss"]}
            for code, one in (await self._find(codes, token_hex(16))).items()
        }
        nodes = []
        for claim, status, code, _ in claims:
            found = people[code]
            applicant = {
                "givenName": found.get(_GIVEN),
                "familyName": found.get(_FAMILY),
                "declaredAddress": addresses.get(found.get(ADDRESS_ELEMENT, "")),
            }
            nodes.append({"node": {"id": claim, "status": status, "applicant": applicant}})
        return _answer({"claims": {"edges": nodes}})

    async def whole_applicants(self, body: bytes) -> bytes:
        """Q3."""
        claims = self._claims(orjson.loads(body))
        people: dict[str, dict[str, Any]] = {}
        for person in await self._people([claim[2] for claim in claims], token_hex(16)):
            household: list[dict[str, Any]] = []
            found: dict[str, Any] = {}
            for element in person.iter(_RESTRICTED, _GIVEN, _FAMILY, _MEMBER):
                tag = element.tag
                if tag == _MEMBER:
                    since = element[2]
                    day = None if since.tag == _RESTRICTED else since.text
                    household.append({"relation": RELATIONS[element[1].text], "since": day})
                else:
                    found.setdefault(tag, element.text)
            people[person[1].text] = {
                "personCode": person[0].text,
                "restricted": found[_RESTRICTED] == "true",
                "givenName": found.get(_GIVEN),
                "familyName": found.get(_FAMILY),
                "household": household,
            }
        nodes = [
            {"node": {"id": claim, "status": status, "applicant": people[code]}} for claim, status, code, _ in claims
        ]
        return _answer({"claims": {"edges": nodes}})

    async def statuses_apart(self, body: bytes) -> bytes:
        """Q5."""
        variables = orjson.loads(body)
        claims, place = self._claims(variables), variables["filter"]["municipality"]
        found: dict[str, list[dict[str, Any]]] = {}
        for one in await asyncio.gather(*(self._statuses([claim[2]], place) for claim in claims)):
            found |= one
        return self._with_statuses(claims, found)

    async def statuses(self, body: bytes) -> bytes:
        """Q6."""
        variables = orjson.loads(body)
        claims = self._claims(variables)
        found = await self._statuses([claim[2] for claim in claims], variables["filter"]["municipality"])
        return self._with_statuses(claims, found)

    def _with_statuses(self, claims: _Claims, found: Mapping[str, list[dict[str, Any]]]) -> bytes:
        nodes = [
            {"node": {"id": claim, "status": status, "applicant": {"socialStatuses": found.get(code)}}}
            for claim, status, code, _ in claims
        ]
        return _answer({"claims": {"edges": nodes}})

    def _claims(self, variables: Mapping[str, Any]) -> _Claims:
        wanted = variables["filter"]
        types, statuses = wanted["types"], wanted["statuses"]
        values = (*types, *statuses, wanted["municipality"], variables["first"])
        return self._store.execute(_list_of(len(types), len(statuses)), values).fetchall()

    async def _people(self, codes: list[str], issue: str) -> Any:
        """Elements ``Persona``."""
        if len(codes) == 1:
            body, headers = ONE % (token_hex(16), issue, codes[0]), ONE_HEADERS
        else:
            body = MANY % (token_hex(16), issue, "</PersonasKods><PersonasKods>".join(codes))
            headers = MANY_HEADERS
        async with self._http.post(self._persons, data=body.encode(), headers=headers) as reply:
            return etree.fromstring(await reply.read(), _PARSER)[-1][0]

    async def _find(self, codes: Iterable[str], issue: str) -> dict[str, Any]:
        """Objects ``Adrese`` by code."""
        body = orjson.dumps({"kodi": list(codes)})
        async with self._http.post(self._addresses, data=body, headers=rest_headers(issue)) as reply:
            return {one["kods"]: one for one in orjson.loads(await reply.read())["adreses"]}

    async def _statuses(self, codes: list[str], place: str) -> dict[str, list[dict[str, Any]]]:
        """Statuses by code, of those whom the municipality has on record."""
        url = self._assistance_of.get(place)
        if url is None:
            url = self._assistance_of[place] = URL(self._assistance % place)
        body = orjson.dumps({"personasKodi": codes})
        async with self._http.post(url, data=body, headers=rest_headers(token_hex(16))) as reply:
            people = orjson.loads(await reply.read())["personas"]
        return {
            person["personasKods"]: [
                {"kind": STATUSES[one["veids"]], "from": one["no"], "to": one["lidz"]} for one in person["statusi"]
            ]
            for person in people
        }


def rest_headers(issue: str) -> dict[str, str]:
    return {**_REST_HEADERS, "X-Road-Id": token_hex(16), "X-Road-Issue": issue}


def _answer(data: dict[str, Any]) -> bytes:
    return orjson.dumps({"data": data})


class _Endpoint:
    """A route's application; without Starlette's request and response objects, which are a good part of Q1's cost."""

    def __init__(self, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        answer = await self._answer(body)
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": answer})


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--registers", required=True)
    parser.add_argument("--store", required=True)
    given = parser.parse_args()
    limit = Limit(given.registers, given.store)
    endpoints = (
        limit.one_person,
        limit.names_and_addresses,
        limit.whole_applicants,
        limit.one_person,
        limit.statuses_apart,
        limit.statuses,
    )
    routes = [Route(f"/q{number}", _Endpoint(each)) for number, each in enumerate(endpoints, 1)]
    app = Starlette(routes=routes, lifespan=limit.lifespan)
    serve(app, given.port)


def serve(app: ASGIApp, port: int) -> None:
    """Serve an application with uvicorn[standard], and nothing that costs beside, until SIGTERM."""
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
