"""The whole way to running registers: by the wire that keeps connections, read by the quick readers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.plain_json import NOT_PLAIN, read_plain
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.wire import WireReply, WireRequest
from adapters.kit.xroad import XRoad
from adapters.sandbox.world.build import build_world
from schema.records.income_history import IncomeHistory
from schema.records.natural_person import NaturalPerson
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, PersonCode, Resident
from tests.sandbox.running import TODAY, running

ADAPTERS = Path(__file__).parents[2] / "adapters"


@dataclass
class Listening:
    """A wire that remembers what went over it."""

    wire: Http1Wire
    heard: list[tuple[WireRequest, WireReply]] = field(default_factory=list)

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        reply = await self.wire.request(request)
        self.heard.append((request, reply))
        return reply


async def test_every_resident_is_read_without_a_tree_and_without_a_validator() -> None:
    people = [PersonCode(code) for code in build_world((), TODAY, total=300).residents]
    catalog, context = discover(), a_context()
    async with running() as sandbox, Http1Wire() as wire:
        listening = Listening(wire)

        def at(name: str) -> Connection:
            return Connection(f"http://127.0.0.1:{sandbox.port}/{name}")

        persons = catalog.connect("natural_persons", at("natural_persons"), listening, a_clock())
        found = await persons.read(NaturalPerson, people, context)
        assert [type(found[code]) for code in people] == [NaturalPerson] * 300
        assert await persons.read(NaturalPerson, people[:1], context) == {people[0]: found[people[0]]}
        codes = {person.declared_address for person in found.values() if person.declared_address is not None}
        addresses = catalog.connect("addresses", at("addresses"), listening, a_clock())
        read = await addresses.read(RegisteredAddress, codes, context)
        assert {type(each) for each in read.values()} == {RegisteredAddress}
        revenue = catalog.connect("revenue", at("revenue"), listening, a_clock())
        incomes = await revenue.read(IncomeHistory, people, context)
        assert {type(each) for each in incomes.values()} == {IncomeHistory}
        social = catalog.connect("social_assistance", at("social_assistance"), listening, a_clock())
        residents = [Resident(AtvkCode("0054000"), PersonCode("39100000011"))]
        assert {type(each) for each in (await social.read(SocialAssistance, residents, context)).values()} == {
            SocialAssistance
        }
    for request, reply in listening.heard:
        assert _quickly(request, reply), request.register


def _quickly(request: WireRequest, reply: WireReply) -> bool:
    folder = next(path for path in ADAPTERS.glob(f"*/{request.register}/contract"))
    if request.register == "natural_persons":
        operations = load_contract(folder / "fpr.wsdl").operations
        operation = next(each for name, each in operations.items() if f'"{name}"' == request.headers["SOAPAction"])
        codec = SoapCodec(request.register, operation, XRoad.development(request.register))
        match = re.search(r"<xro:id [^>]*>(\w+)<", (request.body or b"").decode())
        assert match is not None
        return codec.read_plain(reply.body, match[1], a_context()) is not None
    value = read_plain(reply.body)
    operations_ = load_openapi(folder / "openapi.yaml").operations.values()
    return value is not NOT_PLAIN and any(
        check(value)
        for each in operations_
        if request.url.endswith(each.path)
        for check in each.plain_responses.values()
    )
