"""The municipalities' social assistance systems, played: one address each, claims received."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.cases import CaseBook, OtherContentError
from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.desks.rest_receiving import RestCounter
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Resident, World

NAME = "social_assistance"
_CLAIM_TYPES = {"MAJ": "housing-benefit", "GMI": "guaranteed-minimum-income", "TRU": "needy-household-status"}


def social_assistance(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> RestDesk:
    """Reads ``mekletPersonas`` and ``personasDati``; receives ``iesniegtIesniegumu``, finds ``atrastIesniegumu``."""

    def read_all(question: Question, twist: Twist) -> Answer:
        atvk = question.atvk or ""
        codes = question.body["personasKodi"]
        found = people_asked_for(world, codes, twist)
        known = [(code, one) for code, one in found if is_known(one, atvk) or code not in codes]
        return 200, {"personas": [_entry(code, one, atvk) for code, one in known]}

    def read(question: Question, twist: Twist) -> Answer:
        code, atvk = question.body["personasKods"], question.atvk or ""
        resident = world.resident(code)
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = world.another_person([code])
            other = _record(stranger.code, stranger, atvk)
            return 200, other if twist is Twist.WRONG_PERSON else [_record(code, resident or stranger, atvk), other]
        if resident is None or not is_known(resident, atvk):
            return 200, {"atrasts": False}
        return 200, _record(code, resident, atvk)

    def submit(question: Question, twist: Twist) -> Answer:
        if twist is Twist.REJECT:
            return 422, {"kods": "ATTEIKTS", "zinojums": "Iesniegums nav pieņemams"}
        body, place = question.body, question.atvk or ""
        kind = _CLAIM_TYPES[body["veids"]]
        try:
            reference, new = cases.receive(
                NAME, place, question.key, body["pieteikumaId"], kind, f"SOC-{today().year}-", body
            )
        except OtherContentError:
            return 409, {"kods": "CITS_SATURS", "zinojums": "Ar šo Idempotency-Key jau saņemts cits saturs"}
        return (201 if new else 200), {"lietasNumurs": reference}

    def look_up(question: Question, twist: Twist) -> Answer:
        message_id = question.query["sutijumaId"]
        reference = cases.find(NAME, question.atvk or "", message_id)
        found = [] if reference is None else [{"lietasNumurs": reference, "sutijumaId": message_id}]
        return 200, {"iesniegumi": found}

    return RestDesk(
        NAME,
        contract / "openapi.yaml",
        {
            "mekletPersonas": (Kind.READ, read_all, "pabalsti"),
            "personasDati": (Kind.READ, read, "atrasts"),
            "iesniegtIesniegumu": (Kind.DELIVER, submit, "lietasNumurs"),
            "atrastIesniegumu": (Kind.FIND, look_up, "iesniegumi"),
            **RestCounter(NAME, "lietasNumurs", cases).operations(),
        },
        world.municipalities,
    )


def is_known(resident: Resident, atvk: str) -> bool:
    """A municipality has a benefit or a status of somebody."""
    return atvk in {one.atvk for one in resident.benefits} | {one.atvk for one in resident.social_statuses}


def _record(code: str, resident: Resident, atvk: str) -> dict[str, Any]:
    return {"atrasts": True, **_entry(code, resident, atvk)}


def _entry(code: str, resident: Resident, atvk: str) -> dict[str, Any]:
    return {
        "personasKods": code,
        "pabalsti": [
            {
                "veids": one.kind,
                "summaCenti": None if one.amount is None else str(one.amount),
                "no": one.first.isoformat(),
                "lidz": None if one.last is None else one.last.isoformat(),
                "statuss": one.status,
            }
            for one in resident.benefits
            if one.atvk == atvk
        ],
        "statusi": [
            {"veids": one.kind, "no": one.first.isoformat(), "lidz": None if one.last is None else one.last.isoformat()}
            for one in resident.social_statuses
            if one.atvk == atvk
        ],
    }
