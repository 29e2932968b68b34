"""What one would write: Strawberry with resolvers and DataLoaders, zeep, httpx, SQLAlchemy; no policies, no log.

python -m benchmarks.naive --port P --registers URL --store FILE
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import strawberry
import uvicorn
from sqlalchemy import Select, create_engine, select
from starlette.applications import Starlette
from starlette.routing import Mount
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from zeep import AsyncClient
from zeep.proxy import AsyncServiceProxy
from zeep.transports import AsyncTransport

from benchmarks.limit import RELATIONS, STATUSES
from gateway.store.tables.claims import claims
from gateway.store.tables.people import person_codes

USER = "39200000101"
OWNER = "social-0054000"
CONTRACT = Path(__file__).resolve().parents[1] / "adapters/registers/natural_persons/contract/fpr.wsdl"
MEMBER = {"xRoadInstance": "LV-DEV", "memberClass": "GOV", "memberCode": "90000028508"}


class Registers:
    """The three registers, by zeep and httpx."""

    def __init__(self, base: str) -> None:
        # Connections are dropped before the registers do it, after five idle seconds: httpx would use them once more.
        limits = httpx.Limits(max_keepalive_connections=20, max_connections=100, keepalive_expiry=1)
        self.http = httpx.AsyncClient(timeout=60, trust_env=False, limits=limits)
        self.base = base
        client: Any = AsyncClient(str(CONTRACT), transport=AsyncTransport(client=self.http))  # type: ignore[no-untyped-call]  # zeep has no types
        binding = client.wsdl.bindings["{http://ivis.eps.gov.lv/Services/100003/FPR/v1-0}FPRSaistijums"]
        self.fpr: Any = AsyncServiceProxy(  # type: ignore[no-untyped-call]  # the same
            client, binding, address=f"{base}/natural_persons"
        )

    async def people(self, codes: list[str]) -> list[Any]:
        """Objects ``Persona`` in the order of the codes."""
        operation = "PersonasDati" if len(codes) == 1 else "PersonuDati"
        headers = {
            "client": {**MEMBER, "objectType": "SUBSYSTEM", "subsystemCode": "CSC"},
            "service": {
                **MEMBER,
                "objectType": "SERVICE",
                "subsystemCode": "natural_persons",
                "serviceCode": operation,
                "serviceVersion": "v1",
            },
            "userId": USER,
            "id": uuid4().hex,
            "issue": uuid4().hex,
            "protocolVersion": "4.0",
        }
        if len(codes) == 1:
            answer = await self.fpr.PersonasDati(PersonasKods=codes[0], _soapheaders=headers)
            found = [answer.body.Persona]
        else:
            answer = await self.fpr.PersonuDati(PersonasKods=codes, _soapheaders=headers)
            found = answer.body.Persona
        by_code = {person.AtrastsPec: person for person in found}
        return [by_code.get(code) for code in codes]

    async def addresses(self, codes: list[str]) -> list[Any]:
        """Objects ``Adrese`` in the order of the codes."""
        answer = await self.http.post(
            f"{self.base}/addresses/v1/adreses/meklet", json={"kodi": codes}, headers=self._headers()
        )
        answer.raise_for_status()
        by_code = {address["kods"]: address for address in answer.json()["adreses"]}
        return [by_code.get(code) for code in codes]

    async def statuses(self, keys: list[tuple[str, str]]) -> list[Any]:
        """Objects ``PersonasUzskaite``; keys are municipality and personal code."""
        return await asyncio.gather(*(self._statuses(*key) for key in keys))

    async def _statuses(self, municipality: str, code: str) -> Any:
        answer = await self.http.post(
            f"{self.base}/social_assistance/{municipality}/v1/personas/dati",
            json={"personasKods": code},
            headers=self._headers(),
        )
        answer.raise_for_status()
        return answer.json()

    def _headers(self) -> dict[str, str]:
        return {
            "X-Road-Client": "LV-DEV/GOV/90000028508/CSC",
            "X-Road-Id": uuid4().hex,
            "X-Road-UserId": USER,
            "X-Road-Issue": uuid4().hex,
        }


@strawberry.type
class Address:
    code: str
    full_text: str
    street: str | None
    house: str | None
    flat: str | None
    postal_code: str | None


@strawberry.type
class SocialStatus:
    kind: str
    from_: date = strawberry.field(name="from")
    to: date | None


@strawberry.type
class HouseholdMember:
    relation: str
    since: date | None


@strawberry.type
class Person:
    code: strawberry.Private[str]
    municipality: strawberry.Private[str]

    async def _record(self, info: strawberry.Info) -> Any:
        return await info.context["people"].load(self.code)

    @strawberry.field
    async def person_code(self, info: strawberry.Info) -> str | None:
        return str((await self._record(info)).PersonasKods)

    @strawberry.field
    async def restricted(self, info: strawberry.Info) -> bool | None:
        return bool((await self._record(info)).Ierobezots)

    @strawberry.field
    async def given_name(self, info: strawberry.Info) -> str | None:
        name: str | None = (await self._record(info)).Vards
        return name

    @strawberry.field
    async def family_name(self, info: strawberry.Info) -> str | None:
        name: str | None = (await self._record(info)).Uzvards
        return name

    @strawberry.field
    async def declared_address(self, info: strawberry.Info) -> Address | None:
        residence = (await self._record(info)).DzivesvietasAdrese
        if residence is None or residence.AdresesKods is None:
            return None
        found = await info.context["addresses"].load(residence.AdresesKods)
        if found is None:
            return None
        return Address(
            code=found["kods"],
            full_text=found["pilnsTeksts"],
            street=found["iela"],
            house=found["maja"],
            flat=found["dzivoklis"],
            postal_code=found["pastaIndekss"],
        )

    @strawberry.field
    async def household(self, info: strawberry.Info) -> list[HouseholdMember] | None:
        household = (await self._record(info)).Majsaimnieciba
        members = [] if household is None else household.Loceklis
        return [HouseholdMember(relation=RELATIONS[each.Radnieciba], since=each.KopsDatums) for each in members]

    @strawberry.field
    async def social_statuses(self, info: strawberry.Info) -> list[SocialStatus] | None:
        record = await info.context["statuses"].load((self.municipality, self.code))
        if not record["atrasts"]:
            return None
        return [
            SocialStatus(
                kind=STATUSES[each["veids"]],
                from_=date.fromisoformat(each["no"]),
                to=None if each["lidz"] is None else date.fromisoformat(each["lidz"]),
            )
            for each in record["statusi"]
        ]


@strawberry.type
class Claim:
    id: strawberry.ID
    status: str
    applicant: Person


@strawberry.type
class ClaimEdge:
    node: Claim


@strawberry.type
class ClaimConnection:
    edges: list[ClaimEdge]


@strawberry.input
class ClaimFilter:
    types: list[str] | None = None
    statuses: list[str] | None = None
    municipality: str | None = None


def _claims() -> Select[Any]:
    columns = (claims.c.id, claims.c.status, claims.c.municipality, person_codes.c.code)
    joined = claims.join(person_codes, person_codes.c.subject == claims.c.applicant)
    mine = (claims.c.owner == OWNER, claims.c.submitted_at.is_not(None), person_codes.c.current)
    return select(*columns).select_from(joined).where(*mine)


def _claim(row: Any) -> Claim:
    return Claim(
        id=strawberry.ID(row.id),
        status=row.status.value,
        applicant=Person(code=row.code, municipality=row.municipality),
    )


@strawberry.type
class Query:
    @strawberry.field
    async def claim(
        self,
        info: strawberry.Info,
        id: strawberry.ID,  # noqa: A002 - as the graph has it
    ) -> Claim | None:
        with info.context["engine"].connect() as connection:
            row = connection.execute(_claims().where(claims.c.id == str(id))).first()
        return None if row is None else _claim(row)

    @strawberry.field
    async def claims(
        self,
        info: strawberry.Info,
        first: int = 20,
        filter: ClaimFilter | None = None,  # noqa: A002 - as the graph has it
    ) -> ClaimConnection:
        query = _claims().order_by(claims.c.created_at.desc(), claims.c.id.desc()).limit(first)
        wanted = filter or ClaimFilter()
        if wanted.types is not None:
            query = query.where(claims.c.type.in_(wanted.types))
        if wanted.statuses is not None:
            query = query.where(claims.c.status.in_(wanted.statuses))
        if wanted.municipality is not None:
            query = query.where(claims.c.municipality == wanted.municipality)
        with info.context["engine"].connect() as connection:
            rows = connection.execute(query).all()
        return ClaimConnection(edges=[ClaimEdge(node=_claim(row)) for row in rows])


def create_app(registers: Registers, store: str) -> Starlette:
    """The service."""
    engine = create_engine(f"sqlite:///{store}")

    class Endpoint(GraphQL[Any, Any]):
        async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
            return {
                "engine": engine,
                "people": DataLoader(load_fn=registers.people),
                "addresses": DataLoader(load_fn=registers.addresses),
                "statuses": DataLoader(load_fn=registers.statuses),
            }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await registers.http.aclose()

    return Starlette(routes=[Mount("/graphql", Endpoint(strawberry.Schema(Query)))], lifespan=lifespan)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--registers", required=True)
    parser.add_argument("--store", required=True)
    given = parser.parse_args()
    app = create_app(Registers(given.registers), given.store)
    uvicorn.run(app, port=given.port, loop="uvloop", http="httptools", ws="none", log_level="warning")


if __name__ == "__main__":
    main()
