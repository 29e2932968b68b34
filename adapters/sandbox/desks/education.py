"""The municipalities' education offices, played: the kindergarten queue, in two tiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.desks.receiving import SoapCounter
from adapters.sandbox.exchange import Twist
from adapters.sandbox.soap import Element, SoapDesk, schema_of_file
from adapters.sandbox.world.model import World

NAME = "education"
QUEUE = "urn:lv:pasvaldiba:izglitiba:pirmsskolas-rinda:v1"
_SUBMIT, _ADD, _WITHDRAW = "PieteiktRinda", "PapildinatPieteikumu", "AtsauktPieteikumu"


def education(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> SoapDesk:
    """Receives ``PieteiktRinda`` and what follows; nothing is compared with what came before."""
    counter = SoapCounter(
        NAME, QUEUE, "RindasNumurs", lambda: f"PII-{today().year}-", lambda _: "kindergarten-queue", cases
    )

    def submit(request: Element, twist: Twist, place: str) -> Sequence[Element]:
        [answer] = counter.submit(request, twist, place)
        people = [request.findtext(f"{{{QUEUE}}}{name}") or "" for name in ("Pieteicejs", "Berns")]
        first = all(_is_declared(world, code, place) for code in people)
        answer.append(counter.el("Kartas", "PIRMA" if first else "OTRA"))
        return [answer]

    return SoapDesk(
        NAME,
        contract / "rinda.wsdl",
        QUEUE,
        schema_of_file(contract / "rinda.xsd"),
        counter.operations(_SUBMIT, _ADD, _WITHDRAW) | {_SUBMIT: (submit, "RindasNumurs")},
        counter.fault,
        xroad=False,
        kinds=counter.kinds(_SUBMIT, _ADD, _WITHDRAW),
        places=world.municipalities,
    )


def _is_declared(world: World, code: str, place: str) -> bool:
    resident = world.resident(code)
    if resident is None:
        return False
    address = world.addresses.get(resident.address or "")
    return place == (resident.atvk or (address.atvk if address else None))
