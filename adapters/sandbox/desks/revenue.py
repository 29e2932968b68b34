"""The State Revenue Service (VID), played: incomes, tax books, annual income declarations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.cases import CaseBook, OtherContentError
from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.desks.rest_receiving import RestCounter
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import IncomeSource, Resident, TaxBook, World, month_start

NAME = "revenue"
_CLAIM_TYPE = "annual-income-declaration"


def revenue(world: World, contract: Path, cases: CaseBook, today: Callable[[], date]) -> RestDesk:
    """Reads incomes and tax books, receives annual income declarations and finds them by message."""

    def incomes(question: Question, twist: Twist) -> Answer:
        found = people_asked_for(world, question.body["personasKodi"], twist)
        months = [month_start(today(), -back) for back in range(1, question.body["menesi"] + 1)]
        return 200, {
            "personas": [{"personasKods": code, "ienakumi": _lines(world, one, months)} for code, one in found]
        }

    def books(question: Question, twist: Twist) -> Answer:
        found = people_asked_for(world, question.body["personasKodi"], twist)
        return 200, {
            "gramatinas": [_book(world, code, one.tax_book) for code, one in found if one.tax_book is not None]
        }

    def submit(question: Question, twist: Twist) -> Answer:
        if twist is Twist.REJECT:
            return 422, {"kods": "ATTEIKTS", "zinojums": "Deklarācijas iesniegšana atteikta"}
        body = question.body
        prefix = f"GID-{today().year}-"
        try:
            reference, new = cases.receive(NAME, "", question.key, body["pieteikumaId"], _CLAIM_TYPE, prefix, body)
        except OtherContentError:
            return 409, {"kods": "CITS_SATURS", "zinojums": "Ar šo Idempotency-Key jau saņemts cits saturs"}
        return (201 if new else 200), {"deklaracijasNumurs": reference}

    def look_up(question: Question, twist: Twist) -> Answer:
        message_id = question.query["sutijuma_id"]
        reference = cases.find(NAME, "", message_id)
        found = [] if reference is None else [{"deklaracijasNumurs": reference, "sutijumaId": message_id}]
        return 200, {"deklaracijas": found}

    return RestDesk(
        NAME,
        contract / "openapi.yaml",
        {
            "mekletIenakumus": (Kind.READ, incomes, "bruto"),
            "mekletGramatinas": (Kind.READ, books, "apgadajamie"),
            "iesniegtDeklaraciju": (Kind.DELIVER, submit, "deklaracijasNumurs"),
            "atrastDeklaraciju": (Kind.FIND, look_up, "deklaracijas"),
            **RestCounter(NAME, "deklaracijasNumurs", cases).operations(),
        },
    )


def _lines(world: World, resident: Resident, months: Sequence[date]) -> list[dict[str, Any]]:
    return [
        _line(world, resident, source, month)
        for month in months
        for source in resident.income
        if source.first <= month and (source.end is None or month < source.end)
    ]


def _line(world: World, resident: Resident, source: IncomeSource, month: date) -> dict[str, Any]:
    spread = (month.year * 12 + month.month) * 7919 + int(resident.code) % 10_007
    gross = source.gross + (spread % (2 * source.wobble) - source.wobble if source.wobble else 0)
    return {
        "menesis": f"{month.year:04}-{month.month:02}",
        "bruto": _euro(gross),
        "ieturetsNodoklis": None if source.tax is None else _euro(source.tax),
        "maksatajs": _payer(world, source.payer, source.payer_name),
        "veids": source.kind,
    }


def _euro(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _payer(world: World, number: str | None, name: str | None) -> dict[str, Any] | None:
    known = world.enterprises.get(number) if number else None
    said = name or (known.name if known else None)
    return None if said is None else {"regNr": number, "nosaukums": said}


def _book(world: World, code: str, book: TaxBook) -> dict[str, Any]:
    known = world.enterprises.get(book.employer) if book.employer else None
    return {
        "personasKods": code,
        "darbaDevejaRegNr": book.employer,
        "darbaDevejaNosaukums": book.employer_name or (known.name if known else None),
        "datumsNo": _midnight(book.first),
        "datumsLidz": _midnight(book.last),
        "apgadajamie": list(book.dependants),
    }


def _midnight(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00"
