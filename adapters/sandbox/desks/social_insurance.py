"""The State Social Insurance Agency (VSAA), played: periods, pensions and benefits, applications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from lxml import etree

from adapters.sandbox.cases import CaseBook
from adapters.sandbox.desks.receiving import SoapCounter
from adapters.sandbox.exchange import Twist
from adapters.sandbox.soap import Element, SoapDesk, schema_of_file
from adapters.sandbox.world.model import IncomeSource, Resident, World

NAME = "social_insurance"
SAIS = "urn:lv:vsaa:sais:v1"
_SUBMIT, _ADD, _WITHDRAW = "IesniegtPieteikumu", "PapildinatPieteikumu", "AtsauktPieteikumu"
_CLAIM_TYPES = {
    "BernaKopsana": "childcare-benefit",
    "BernaPiedzimsana": "childbirth-benefit",
    "VecumaPensija": "old-age-pension",
    "Bezdarbs": "unemployment-benefit",
}
_SALARY = "1001"
_BENEFITS = {"1007": "VEC", "1009": "GVP"}
"""What the revenue service calls income from the agency, and what the agency calls it."""


def social_insurance(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> SoapDesk:
    """Answers ``ApdrosinasanasPeriodi`` and ``PersonuPabalsti``; receives ``IesniegtPieteikumu`` and what follows."""
    counter = SoapCounter(NAME, SAIS, "LietasNumurs", lambda: f"VSAA-{today().year}-", _claim_type, cases)
    el = counter.el

    def told(
        request: Element,
        twist: Twist,
        of: Callable[[str, Resident], Element | None],
        stranger: Callable[[str], Element],
    ) -> Sequence[Element]:
        codes = list(dict.fromkeys(code.text or "" for code in request))
        found = [of(code, one) for code in codes if (one := world.resident(code)) is not None]
        people = [one for one in found if one is not None]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            kept = people[1:] if twist is Twist.WRONG_PERSON else people
            people = [*kept, stranger(world.another_person(codes).code)]
        return [el(f"{etree.QName(request).localname}Atbilde", None, *people)]

    def periods(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        return told(
            request,
            twist,
            lambda code, one: _insured(code, one) if _salaries(one) else None,
            lambda code: _insured(code, world.residents[code]),
        )

    def benefits(request: Element, twist: Twist, _: str) -> Sequence[Element]:
        return told(request, twist, _paid, _paid_anyhow)

    def _insured(code: str, resident: Resident) -> Element:
        salaries = _salaries(resident)
        first = min((one.first for one in salaries), default=today())
        days = sum((min(one.end or today(), today()) - one.first).days for one in salaries)
        parts = [
            el("PersonasKods", code),
            el("StazsGados", f"{days / 365.25:.2f}"),
            el("IemaksasNo", first.isoformat()),
        ]
        return el("Persona", None, *parts, *map(_period, salaries))

    def _period(one: IncomeSource) -> Element:
        known = world.enterprises.get(one.payer or "")
        employer = one.payer_name or (known.name if known else None)
        parts = [el("No", one.first.isoformat())]
        parts += [] if one.end is None else [el("Lidz", (one.end - timedelta(days=1)).isoformat())]
        parts += [] if employer is None else [el("DarbaDevejs", employer)]
        return el("Periods", None, *parts, el("Baze", _euro(one.gross)))

    def _paid(code: str, resident: Resident) -> Element | None:
        found = [one for one in resident.income if one.kind in _BENEFITS]
        return el("Persona", None, el("PersonasKods", code), *map(_benefit, found)) if found else None

    def _paid_anyhow(code: str) -> Element:
        one = IncomeSource("1009", 2_500, None, today())
        return el("Persona", None, el("PersonasKods", code), _benefit(one))

    def _benefit(one: IncomeSource) -> Element:
        ended = one.end is not None and one.end <= today()
        parts = [el("Veids", _BENEFITS[one.kind]), el("Summa", _euro(one.gross)), el("No", one.first.isoformat())]
        parts += [] if one.end is None else [el("Lidz", (one.end - timedelta(days=1)).isoformat())]
        return el("Pabalsts", None, *parts, el("Statuss", "IZB" if ended else "PIE"))

    return SoapDesk(
        NAME,
        contract / "sais.wsdl",
        SAIS,
        schema_of_file(contract / "sais.xsd"),
        {"ApdrosinasanasPeriodi": (periods, "StazsGados"), "PersonuPabalsti": (benefits, "Veids")}
        | counter.operations(_SUBMIT, _ADD, _WITHDRAW),
        counter.fault,
        xroad=True,
        kinds=counter.kinds(_SUBMIT, _ADD, _WITHDRAW),
    )


def _claim_type(request: Element) -> str:
    return next(kind for branch, kind in _CLAIM_TYPES.items() if request.find(f"{{{SAIS}}}{branch}") is not None)


def _salaries(resident: Resident) -> list[IncomeSource]:
    return sorted((one for one in resident.income if one.kind == _SALARY), key=lambda one: one.first)


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
