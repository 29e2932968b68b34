"""The municipalities' casework systems, played: what the first vendor's hold, in another one's words and ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.cases import CaseBook, OtherContentError
from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.desks.rest_receiving import RestCounter
from adapters.sandbox.desks.social_assistance import is_known
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Resident, World

NAME = "social_casework"
_CLAIM_TYPES = {"110": "housing-benefit", "120": "guaranteed-minimum-income", "300": "needy-household-status"}
_SERVICES = {"MAJ": "110", "GMI": "120", "KRI": "210", "EDI": "220", "APR": "230"}
_STATES = {"PIE": 1, "APT": 2, "IZB": 3}
_MARKS = {"TRU": "T", "MAZ": "M"}
_STEPS = {"IZSK": "VERTE", "PAPI": "GAIDA", "APM": "PIESKIRTS", "ATT": "NORAIDITS"}


def social_casework(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> RestDesk:
    """Reads ``klientuKartes``; receives ``registretPieteikumu`` and what follows, finds ``mekletSutijumu``."""
    counter = RestCounter(NAME, "lieta", cases, claim_id_name="arejaisNr")

    def read(question: Question, twist: Twist) -> Answer:
        codes, atvk = question.body["pk"], question.atvk or ""
        found = people_asked_for(world, codes, twist)
        return 200, {
            "klienti": [_card(code, one, atvk) for code, one in found if is_known(one, atvk) or code not in codes]
        }

    def submit(question: Question, twist: Twist) -> Answer:
        if twist is Twist.REJECT:
            return 422, {"kods": "ATTEIKTS", "zinojums": "Pieteikums nav pieņemams"}
        body, place, prefix = question.body, question.atvk or "", f"KL-{today().year}-"
        kind = _CLAIM_TYPES[body["pakalpojums"]]
        try:
            case, new = cases.receive(NAME, place, question.key, body["arejaisNr"], kind, prefix, body)
        except OtherContentError:
            return 409, {"kods": "CITS_SATURS", "zinojums": "Ar šo X-Sutijuma-Nr jau reģistrēts cits saturs"}
        return (201 if new else 200), {"lieta": case}

    def look_up(question: Question, twist: Twist) -> Answer:
        number = question.query["sutijumaNr"]
        case = cases.find(NAME, question.atvk or "", number)
        return 200, {"sutijumi": [] if case is None else [{"nr": number, "lieta": case}]}

    def events(question: Question, twist: Twist) -> Answer:
        found, mark, more = counter.changes(question.atvk or "", question.query.get("pec", "0"))
        told = [
            {
                "kartasNr": str(one.number),
                "lieta": one.reference,
                # A word of no contract is told as it is.
                "solis": _STEPS.get(one.status, one.status),
                "kad": one.at,
                "teksts": one.note,
            }
            for one in found
        ]
        return 200, {"notikumi": told, "talak": mark, "irVel": more}

    return RestDesk(
        NAME,
        contract / "openapi.yaml",
        {
            "klientuKartes": (Kind.READ, read, "izmaksas"),
            "registretPieteikumu": (Kind.DELIVER, submit, "lieta"),
            "mekletSutijumu": (Kind.FIND, look_up, "sutijumi"),
            "pievienotPielikumu": (
                Kind.DELIVER,
                lambda question, twist: counter.follow("ANSWERS", question, twist),
                "lieta",
            ),
            "registretAtsaukumu": (
                Kind.DELIVER,
                lambda question, twist: counter.follow("WITHDRAWAL", question, twist),
                "lieta",
            ),
            "lietuNotikumi": (Kind.POLL, events, "talak"),
        },
        world.municipalities,
        repeats={"x-pieprasijuma-id": "X-Pieprasijuma-Id"},
        key="x-sutijuma-nr",
    )


def _card(code: str, resident: Resident, atvk: str) -> dict[str, Any]:
    return {
        "pk": code,
        "izmaksas": [
            {
                "pakalpojums": _SERVICES[one.kind],
                "eiroMenesi": None if one.amount is None else f"{one.amount // 100}.{one.amount % 100:02}",
                "stavoklis": _STATES[one.status],
                "periods": _period(one.first, one.last),
            }
            for one in resident.benefits
            if one.atvk == atvk
        ],
        "pazimes": [
            {"pazime": _MARKS[one.kind], "periods": _period(one.first, one.last)}
            for one in resident.social_statuses
            if one.atvk == atvk
        ],
    }


def _period(first: date, last: date | None) -> dict[str, str | None]:
    return {"sakums": f"{first:%d.%m.%Y}", "beigas": None if last is None else f"{last:%d.%m.%Y}"}
