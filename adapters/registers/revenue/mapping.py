"""What the State Revenue Service says, as records, and what a declaration is to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from adapters.kit.items import Items
from adapters.kit.ports import OutgoingClaim
from adapters.kit.wire_values import moment
from adapters.kit.xsd.types import Wire
from schema.records.income_history import IncomeHistory, IncomeLine
from schema.records.tax_book import TaxBookRecord
from schema.terms import PersonCode, RegistrationNumber

KIND_BY_CODE = {
    "1001": "salary",
    "1003": "royalty",
    "1005": "business",
    "1007": "pension",
    "1009": "benefit",
    "1012": "rent",
    "1099": "other",
}


def to_income_history(wire: Wire) -> IncomeHistory:
    """Map object ``PersonasIenakumi``; amounts are euro with two decimals, as text.

    Raises:
        KeyError, ValueError: an unknown kind of income, or the object is not what the contract says.

    Source: contract/openapi.yaml, schema ``PersonasIenakumi``.
    """
    lines = sorted(wire["ienakumi"], key=lambda line: str(line["menesis"]), reverse=True)
    return IncomeHistory(lines=tuple(_to_line(line) for line in lines))


def to_tax_book(wire: Wire) -> TaxBookRecord:
    """Map object ``Gramatina``; a day is midnight without zone, as text.

    Raises:
        KeyError, ValueError: the object is not what the contract says.

    Source: contract/openapi.yaml, schema ``Gramatina``.
    """
    return TaxBookRecord(
        employer=_number(wire.get("darbaDevejaRegNr")),
        employer_name=wire.get("darbaDevejaNosaukums"),
        valid_from=_day(wire.get("datumsNo")),
        valid_to=_day(wire.get("datumsLidz")),
        dependants=tuple(PersonCode.parse(code) for code in wire["apgadajamie"]),
    )


INCOMES = Items(name="personas", key="personasKods", to_record=to_income_history)
"""Incomes by personal code."""

TAX_BOOKS = Items(name="gramatinas", key="personasKods", to_record=to_tax_book)
"""Tax books by personal code."""


def to_declaration(claim: OutgoingClaim, applicant: PersonCode) -> dict[str, Any]:
    """Object ``Deklaracija`` of a claim. Source: contract/openapi.yaml."""
    return {
        "pieteikumaId": claim.claim_id,
        "personasKods": applicant.digits,
        "iesniegts": moment(claim.submitted_at),
        "saturs": dict(claim.answers),
    }


def _to_line(wire: Wire) -> IncomeLine:
    withheld = wire.get("ieturetsNodoklis")
    payer: Wire = wire.get("maksatajs") or {}
    return IncomeLine(
        month=wire["menesis"],
        gross=Decimal(wire["bruto"]),
        tax_withheld=None if withheld is None else Decimal(withheld),
        payer_name=payer.get("nosaukums"),
        payer=_number(payer.get("regNr")),
        kind=KIND_BY_CODE[wire["veids"]],
    )


def _number(text: str | None) -> RegistrationNumber | None:
    return None if text is None else RegistrationNumber.of_register(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text.removesuffix("T00:00:00"))
