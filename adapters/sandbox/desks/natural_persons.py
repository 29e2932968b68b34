"""The register of natural persons (Fizisko personu reģistrs), played."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.desks.receiving import SoapCounter
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.soap import NIL, Element, SoapDesk, element, schema_of_file
from adapters.sandbox.world.model import Resident, World

NAME = "natural_persons"
FPR = "http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0"
_MOST_NOTICES = 1000
_RECEIVES = ("DeklaretDzivesvietu", "PapildinatDeklaraciju", "AtsauktDeklaraciju")


def natural_persons(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> SoapDesk:
    """``PersonasDati`` (one code), ``PersonuDati`` (up to 500); receives ``DeklaretDzivesvietu`` and what follows."""
    counter = SoapCounter(
        NAME, FPR, "DeklaracijasNumurs", lambda: f"DZD-{today().year}-", lambda _: "residence-declaration", cases
    )

    def one(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        return [_el("PersonasDatiAtbilde", None, *_people(request, twist))]

    def many(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        return [_el("PersonuDatiAtbilde", None, *_people(request, twist))]

    def changes(request: Element, twist: Twist, atvk: str) -> Sequence[Element]:
        # All that there is to tell; a token is how much of it was told.
        told = int(next((one.text for one in request), None) or 0)
        found = world.protection[told : told + _MOST_NOTICES]
        end = told + len(found)
        entries = [
            _el("Ieraksts", None, _el("PersonasKods", code), _el("Ierobezots", _flag(flag))) for code, flag in found
        ]
        more = _el("Vairak", _flag(end < len(world.protection)))
        return [_el("AizsardzibasIzmainasAtbilde", None, *entries, _el("Zime", str(end)), more)]

    def _people(request: Element, twist: Twist) -> list[Element]:
        codes = [code.text or "" for code in request]
        found = [(code, person) for code in codes if (person := world.resident(code)) is not None]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = world.another_person(codes)
            kept = found[1:] if twist is Twist.WRONG_PERSON else found
            found = [*kept, (stranger.code, stranger)]
        return [_person(world, code, person) for code, person in found]

    return SoapDesk(
        NAME,
        contract / "fpr.wsdl",
        FPR,
        schema_of_file(contract / "fpr.xsd"),
        {
            "PersonasDati": (one, "Statuss"),
            "PersonuDati": (many, "Statuss"),
            "AizsardzibasIzmainas": (changes, "Vairak"),
            **counter.operations(*_RECEIVES),
        },
        counter.fault,
        xroad=True,
        kinds={"AizsardzibasIzmainas": Kind.POLL, **counter.kinds(*_RECEIVES)},
    )


def _el(name: str, text: str | None = None, *children: Element) -> Element:
    return element(FPR, name, text, *children)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _nillable(name: str, text: str | None) -> Element:
    made = _el(name, text)
    if text is None:
        made.set(NIL, "true")
    return made


def _person(world: World, asked: str, person: Resident) -> Element:
    parts = [_el("PersonasKods", person.code), _el("AtrastsPec", asked)]
    if person.former_codes:
        parts.append(_el("IepriekseijePersonasKodi", None, *(_el("PersonasKods", c) for c in person.former_codes)))
    parts.append(_el("Ierobezots", _flag(person.restricted)))
    if person.given_name is not None:
        parts.append(_el("Vards", person.given_name))
    if person.family_name is not None:
        parts.append(_el("Uzvards", person.family_name))
    parts.append(_nillable("DzimsanasDatums", person.birth_date))
    parts.append(_el("Dzimums", person.sex))
    parts.append(_nillable("Valstspiederiba", person.citizenship))
    parts.append(_el("Statuss", person.status))
    parts.append(_el("GimenesStavoklis", person.marital))
    parts.extend(_residence(world, person))
    if person.children:
        parts.append(_el("Berni", None, *(_el("BernaPersonasKods", child) for child in person.children)))
    return _el("Persona", None, *parts)


def _residence(world: World, person: Resident) -> list[Element]:
    parts = []
    atvk = person.atvk or (world.addresses[person.address].atvk if person.address else None)
    if atvk is not None:
        address = [_el("AdresesKods", person.address)] if person.address else []
        parts.append(_el("DzivesvietasAdrese", None, *address, _el("ATVK", atvk)))
    members = []
    for link in world.household(person):
        member = [_el("PersonasKods", link.resident.code), _el("Radnieciba", link.relation)]
        if link.since is not None:
            member.append(_el("KopsDatums", link.since.isoformat()))
        members.append(_el("Loceklis", None, *member, _el("Ierobezots", _flag(link.resident.restricted))))
    if members:
        parts.append(_el("Majsaimnieciba", None, *members))
    return parts
