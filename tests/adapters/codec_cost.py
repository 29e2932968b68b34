"""What one call costs above the wire: processor time of codecs, mapping and guard, with the wire answering at once.

``python -m tests.adapters.codec_cost [--quick]`` prints microseconds a record and a call, and how long the loop stands
still while a large answer is read; ``--quick`` calls once each, for figures that wobble.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.contract_test import RecordedWire, a_clock, a_context, answering
from adapters.kit.ports import CallContext
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import SoapContract, load_contract
from adapters.kit.wire import Wire
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import XRoad
from adapters.kit.xsd.types import ComplexType, Group
from adapters.registers.natural_persons.adapter import NaturalPersons
from schema.records.income_history import IncomeHistory
from schema.records.natural_person import NaturalPerson
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.terms import AddressCode, AtvkCode, PersonCode, RegistrationNumber, Resident
from tests.adapters.fakes import all_of, codes, connected

REGISTERS = Path(__file__).parents[2] / "adapters" / "registers"
_CATALOG = discover()
_CONTEXT = msgspec.structs.replace(a_context(600.0), represented_party=RegistrationNumber("40008000102"))
_PERSON = (
    "<f:Persona><f:PersonasKods>%(code)s</f:PersonasKods><f:AtrastsPec>%(code)s</f:AtrastsPec>"
    "<f:Ierobezots>false</f:Ierobezots><f:Vards>Anna</f:Vards><f:Uzvards>Bērziņa</f:Uzvards>"
    "<f:DzimsanasDatums>1990-05-17</f:DzimsanasDatums><f:Dzimums>S</f:Dzimums>"
    "<f:Valstspiederiba>LVA</f:Valstspiederiba><f:Statuss>AKT</f:Statuss><f:GimenesStavoklis>PRE</f:GimenesStavoklis>"
    "<f:DzivesvietasAdrese><f:AdresesKods>100012345</f:AdresesKods><f:ATVK>0054000</f:ATVK></f:DzivesvietasAdrese>"
    "%(household)s"
    "<f:Berni><f:BernaPersonasKods>39100000033</f:BernaPersonasKods></f:Berni></f:Persona>"
)
_LINK = (
    "<f:Loceklis><f:PersonasKods>%s</f:PersonasKods><f:Radnieciba>LAU</f:Radnieciba>"
    "<f:KopsDatums>2015-08-01</f:KopsDatums><f:Ierobezots>false</f:Ierobezots></f:Loceklis>"
)
_WANTED = frozenset({"given_name", "family_name", "household"})


def _household(links: int) -> str:
    if not links:
        return ""
    return f"<f:Majsaimnieciba>{''.join(_LINK % (39200000000 + n) for n in range(links))}</f:Majsaimnieciba>"


def people(count: int, links: int = 0) -> tuple[list[PersonCode], bytes]:
    """That many persons of 15 elements each, with so many household links in all, and the answer about all of them."""
    asked = [PersonCode(f"{39000000000 + number}") for number in range(count)]
    case = (REGISTERS / "natural_persons" / "cases" / "one-person.xml").read_text("utf-8")
    start, end = case.index("<f:Persona>"), case.index("</f:Persona>") + len("</f:Persona>")
    share, more = divmod(links, count)
    persons = "".join(
        _PERSON % {"code": code.digits, "household": _household(share + (number < more))}
        for number, code in enumerate(asked)
    )
    body = case[:start] + persons + case[end:]
    return asked, (body if count == 1 else body.replace("PersonasDati", "PersonuDati")).encode()


def addresses(count: int) -> tuple[list[AddressCode], bytes]:
    """That many addresses, and the answer to a question for all of them."""
    asked = codes(count)
    text = "Rīgas iela 10 - 5, Valmiera, Valmieras novads, LV-4201"
    parts = {"atvk": "0054000", "pagasts": None, "iela": "Rīgas iela", "maja": "10", "dzivoklis": "5", "statuss": "EKS"}
    items = [{"kods": code.digits, "pilnsTeksts": text, **parts, "pastaIndekss": "LV-4201"} for code in asked]
    return asked, json.dumps({"adreses": items}, ensure_ascii=False).encode()


def _register(name: str, wire: Wire) -> ConnectedRegister:
    connection = Connection(url="http://127.0.0.1:9/x")
    installed = _CATALOG.installed[name]
    if name == "natural_persons":
        service = SoapService(name, _unbounded(), connection, wire, xroad=XRoad.development(name))
        adapter: object = NaturalPersons(service)
    else:
        adapter = installed.module.connect(connection, wire, a_clock())
    # How many a register takes at once is its own matter; here the codec is measured.
    reads = {key: msgspec.structs.replace(entry, batch_size=100_000) for key, entry in installed.manifest.reads.items()}
    return ConnectedRegister(msgspec.structs.replace(installed.manifest, reads=reads), adapter, connection, a_clock())


def _unbounded() -> SoapContract:
    contract = load_contract(REGISTERS / "natural_persons" / "contract" / "fpr.wsdl")
    request = contract.operations["PersonuDati"].request.type
    assert isinstance(request, ComplexType)
    elements = tuple(replace(element, max_occurs=None) for element in request.elements)
    request.content, request._elements = Group("sequence", elements), None
    return contract


async def _per_call(
    name: str,
    record_type: type[Any],
    asked: Sequence[Any],
    wire: RecordedWire,
    times: int = 300,
    context: CallContext = _CONTEXT,
) -> float:
    register = _register(name, wire)
    found = await register.read(record_type, asked, context)
    assert all(isinstance(found[key], record_type) for key in asked), found
    best = 1e9
    for _ in range(3):
        started = time.process_time()
        for _ in range(times):
            await register.read(record_type, asked, context)
        best = min(best, (time.process_time() - started) / times * 1e6)
    return best


def _tree(body: bytes) -> float:
    best = 1e9
    for _ in range(10):
        started = time.process_time()
        parse_xml(body)
        best = min(best, (time.process_time() - started) * 1e6)
    return best


async def _guard(times: int) -> float:
    class Immediate:
        async def read(self, record_type: type[Any], subjects: Sequence[Any], context: Any) -> Any:
            return all_of(subjects)

    register, [code] = connected(Immediate()), codes(1)
    started = time.process_time()
    for _ in range(times):
        await register.read(RegisteredAddress, [code], _CONTEXT)
    return (time.process_time() - started) / times * 1e6


async def _longest_pause(read: Callable[[], Any]) -> float:
    longest, running = 0.0, True

    async def probe() -> None:
        nonlocal longest
        last = time.perf_counter()
        while running:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    watching = asyncio.create_task(probe())
    await asyncio.sleep(0)
    await read()
    running = False
    await watching
    return longest * 1000


async def _table(*, quick: bool) -> None:
    # As a server does once it has started.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

    def times(usual: int) -> int:
        return 1 if quick else usual

    def line(what: str, value: float, unit: str) -> None:
        sys.stdout.write(f"{what:58}{value:10.1f} {unit}\n")

    line("guard, batches and checks, one key", await _guard(times(5000)), "us a call")
    for count, usual in ((1, 1000), (100, 30), (1000, 5)):
        asked, body = people(count)
        wire = answering(200, body)
        cost = await _per_call("natural_persons", NaturalPerson, asked, wire, times(usual))
        line(f"natural_persons, SOAP, {count} persons of 15 elements", cost, "us a call")
        line("", cost / count, "us a person")
    asked, body = people(500, links=668)
    line("the same answer's tree alone, 500 persons, 668 links", _tree(body), "us an answer")
    for what, context in (("all", _CONTEXT), ("names, household", msgspec.structs.replace(_CONTEXT, wanted=_WANTED))):
        cost = await _per_call("natural_persons", NaturalPerson, asked, answering(200, body), times(10), context)
        line(f"natural_persons, 500 persons, 668 links, {what}", cost, "us a call")
    for count, usual in ((1, 1000), (50, 50), (200, 20)):
        found, body = addresses(count)
        cost = await _per_call("addresses", RegisteredAddress, found, answering(200, body), times(usual))
        line(f"addresses, REST, {count} addresses", cost, "us a call")
        line("", cost / count, "us an address")
    case = REGISTERS / "revenue" / "cases" / "income.json"
    income = json.loads(case.read_bytes())["personas"]
    asked = [PersonCode(item["personasKods"]) for item in income]
    cost = await _per_call("revenue", IncomeHistory, asked, answering(200, case.read_bytes()), times(200))
    line(f"revenue, REST, {len(asked)} incomes of the recorded case", cost, "us a call")
    body = (REGISTERS.parent / "municipal" / "social_assistance" / "cases" / "on-record.json").read_bytes()
    resident = Resident(AtvkCode("0054000"), PersonCode(json.loads(body)["personas"][0]["personasKods"]))
    cost = await _per_call("social_assistance", SocialAssistance, [resident], answering(200, body), times(300))
    line("social_assistance, REST, the recorded case", cost, "us a call")
    for count in (500, 1000):
        asked, body = people(count)
        register = _register("natural_persons", answering(200, body))
        pause = await _longest_pause(partial(register.read, NaturalPerson, asked, _CONTEXT))
        line(f"longest pause of the loop, {count} persons, {len(body) // 1000} kB", pause, "ms")


if __name__ == "__main__":
    asyncio.run(_table(quick="--quick" in sys.argv[1:]))
