"""The vehicle register (CSDD), played: who owns which vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.desks.receiving import fault_of
from adapters.sandbox.exchange import Twist
from adapters.sandbox.soap import NIL, Element, SoapDesk, element, schema_of_file
from adapters.sandbox.world.belongings import vehicles_of
from adapters.sandbox.world.model import Vehicle, World

NAME = "vehicles"
TVR = "urn:lv:csdd:tvr:v1"
_ANYTHING = Vehicle("ZZ9999", "VAZ", "2101", 1978, None)
"""What a stranger owns who is told of by mistake."""


def vehicles(world: World, contract: Path) -> SoapDesk:
    """Answers ``TransportlidzekliPecPersonas``; nobody leases anything here."""

    def owned(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        if request.findtext(f"{{{TVR}}}Saistiba") != "IPA":
            return [_el("TransportlidzekliPecPersonasAtbilde")]
        codes = [code.text or "" for code in request.iterfind(f"{{{TVR}}}PersonasKods")]
        found = [(code, vehicles_of(world, one)) for code, one in people_asked_for(world, codes, twist)]
        told = [_owner(code, fleet or (_ANYTHING,)) for code, fleet in found if fleet or code not in codes]
        return [_el("TransportlidzekliPecPersonasAtbilde", None, *told)]

    return SoapDesk(
        NAME,
        contract / "tvr.wsdl",
        TVR,
        schema_of_file(contract / "tvr.xsd"),
        {"TransportlidzekliPecPersonas": (owned, "Statuss")},
        fault_of(TVR),
        xroad=True,
    )


def _el(name: str, text: str | None = None, *children: Element) -> Element:
    return element(TVR, name, text, *children)


def _owner(code: str, fleet: Sequence[Vehicle]) -> Element:
    return _el("Persona", None, _el("PersonasKods", code), *map(_vehicle, fleet))


def _vehicle(one: Vehicle) -> Element:
    parts = [_or_nil("RegistracijasNumurs", one.plate), _el("Marka", one.make)]
    parts += [] if one.model is None else [_el("Modelis", one.model)]
    parts += [_el("Kategorija", "M1"), _or_nil("IzlaidumaGads", None if one.year is None else str(one.year))]
    parts += [] if one.since is None else [_el("UzskaiteNo", one.since.isoformat())]
    parts += [] if one.share is None else [_el("Dala", one.share)]
    parts += [_el("Statuss", one.status), _el("Meklesana", "true" if one.stolen else "false")]
    return _el("Transportlidzeklis", None, *parts)


def _or_nil(name: str, text: str | None) -> Element:
    made = _el(name, text)
    if text is None:
        made.set(NIL, "true")
    return made
