"""The municipalities' finance offices, played: claims of property tax relief, compared with nothing before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.desks.rest_receiving import RestCounter
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import World

NAME = "finance"


def finance(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> RestDesk:
    """Receives ``iesniegtIesniegumu`` and what follows, finds ``atrastIesniegumu``."""

    def submit(question: Question, twist: Twist) -> Answer:
        body, place = question.body, question.atvk or ""
        if twist is Twist.REJECT or ("personasKods" in body) is ("regNr" in body):
            return 422, {"kods": "ATTEIKTS", "zinojums": "Iesniegums nav pieņemams"}
        prefix = f"NIN-{today().year}-"
        message_id, claim_id = body["sutijumaId"], body["pieteikumaId"]
        reference, _ = cases.receive(
            NAME, place, message_id, claim_id, "property-tax-relief", prefix, body, knows_keys=False
        )
        return 201, {"lietasNumurs": reference}

    def look_up(question: Question, twist: Twist) -> Answer:
        message_id = question.query["sutijumaId"]
        found = cases.all_of(NAME, question.atvk or "", message_id)
        return 200, {"iesniegumi": [{"lietasNumurs": one, "sutijumaId": message_id} for one in found]}

    return RestDesk(
        NAME,
        contract / "openapi.yaml",
        {
            "iesniegtIesniegumu": (Kind.DELIVER, submit, "lietasNumurs"),
            "atrastIesniegumu": (Kind.FIND, look_up, "iesniegumi"),
            **RestCounter(NAME, "lietasNumurs", cases, knows_keys=False).operations(),
        },
        world.municipalities,
    )
