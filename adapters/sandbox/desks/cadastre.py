"""The state cadastre (VZD), played: who owns what, and requests for extracts that nobody can look up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.desks.receiving import SoapCounter
from adapters.sandbox.exchange import Twist
from adapters.sandbox.soap import NIL, Element, SoapDesk, schema_of_file
from adapters.sandbox.world.belongings import properties_of
from adapters.sandbox.world.model import Property, World

NAME = "cadastre"
CADASTRE = "urn:lv:vzd:kadastrs:v1"
_SUBMIT, _ADD, _WITHDRAW = "PieprasitIzzinu", "PapildinatPieprasijumu", "AtsauktPieprasijumu"


def cadastre(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> SoapDesk:
    """Answers ``IpasumiPecIpasnieka``; receives ``PieprasitIzzinu`` and what follows, and compares nothing."""
    counter = SoapCounter(
        NAME, CADASTRE, "IzzinasNumurs", lambda: f"KAD-{today().year}-", lambda _: "cadastre-extract", cases
    )
    el = counter.el

    def owned(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        codes = [code.text or "" for code in request.iterfind(f"{{{CADASTRE}}}Kods")]
        people = request.findtext(f"{{{CADASTRE}}}Veids") == "FP"
        found = {code: _of(world, code, people=people) for code in dict.fromkeys(codes)}
        told = [_owner(code, properties) for code, properties in found.items() if properties]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = _owner(world.another_person(codes).code, world.another_owner(codes).properties)
            told = [*(told[1:] if twist is Twist.WRONG_PERSON else told), stranger]
        return [el("IpasumiPecIpasniekaAtbilde", None, *told)]

    def _owner(code: str, properties: Sequence[Property]) -> Element:
        return el("Ipasnieks", None, el("Kods", code), *map(_property, properties))

    def _property(one: Property) -> Element:
        parts = [el("KadastraNumurs", one.number), el("Veids", one.kind)]
        parts += [] if one.share is None else [el("DomajamaDala", one.share)]
        parts += [] if one.address is None else [el("AdresesKods", one.address)]
        value = el("KadastralaVertiba", None if one.value is None else f"{one.value // 100}.{one.value % 100:02}")
        if one.value is None:
            value.set(NIL, "true")
        return el("Ipasums", None, *parts, value)

    return SoapDesk(
        NAME,
        contract / "kadastrs.wsdl",
        CADASTRE,
        schema_of_file(contract / "kadastrs.xsd"),
        {"IpasumiPecIpasnieka": (owned, "Veids")} | counter.operations(_SUBMIT, _ADD, _WITHDRAW, looks_up=False),
        counter.fault,
        xroad=True,
        kinds=counter.kinds(_SUBMIT, _ADD, _WITHDRAW, looks_up=False),
    )


def _of(world: World, code: str, *, people: bool) -> Sequence[Property]:
    if people:
        resident = world.resident(code)
        return () if resident is None else properties_of(world, resident)
    enterprise = world.enterprises.get(code)
    return () if enterprise is None else enterprise.properties
