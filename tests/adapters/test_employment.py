"""The employment agency: who is unemployed, who is not, of whom nothing is known, and what breaks a record."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context, answering, cases_of
from adapters.kit.errors import Malformed
from schema.records.employment import EmploymentRecord
from schema.terms import PersonCode

FOLDER = Path(__file__).parents[2] / "adapters" / "registers" / "employment"
STATUSES = next(case for case in cases_of(FOLDER) if case.name == "statuses")
ANNA, PETERIS, NORA = PersonCode("39100000011"), PersonCode("39100000055"), PersonCode("39100000110")
GONE = object()


async def _read(**changes: Any) -> tuple[dict[PersonCode, Any], Any]:
    """The recorded statuses, Anna's with these members changed, or without those that are gone."""
    reply = json.loads(STATUSES.body)
    (annas,) = [one for one in reply["personas"] if one["personasKods"] == ANNA.digits]
    annas |= changes
    for name in [name for name, value in annas.items() if value is GONE]:
        del annas[name]
    wire = answering(200, json.dumps(reply).encode())
    register = discover().connect("employment", Connection("http://127.0.0.1:9/x"), wire, a_clock())
    found = await register.read(EmploymentRecord, [PersonCode(text) for text in STATUSES.ask], a_context())
    [request] = wire.requests
    return dict(found), json.loads(request.body or b"")


async def test_many_people_are_asked_for_in_one_call() -> None:
    found, asked = await _read()
    assert asked == {"personasKodi": list(STATUSES.ask)}
    assert len(found) == len(STATUSES.ask) - 1
    assert NORA not in found


@pytest.mark.parametrize(
    "changes",
    [
        {"statuss": "NEZ"},
        {"statuss": "bez"},
        {"statuss": ""},
        {"statuss": None},
        {"statuss": True},
        {"statuss": GONE},
        {"kops": "2026-02-30"},
        {"kops": "2026-09"},
        {"kops": "20260915"},
        {"kops": "2026-09-15T00:00:00"},
        {"kops": ""},
        {"kops": 20260915},
        {"kops": GONE},
        {"filiale": {"kods": "26"}},
        {"filiale": {"kods": "26", "nosaukums": None}},
        {"filiale": "Valmieras filiāle"},
    ],
)
async def test_one_broken_status_breaks_its_own_record_and_no_other(changes: dict[str, Any]) -> None:
    found, _ = await _read(**changes)
    assert isinstance(found[ANNA], Malformed)
    assert isinstance(found[PETERIS], EmploymentRecord)


@pytest.mark.parametrize(
    ("changes", "unemployed", "since", "branch"),
    [
        ({}, True, date(2026, 9, 15), "Valmieras filiāle"),
        ({"statuss": "DME"}, False, date(2026, 9, 15), "Valmieras filiāle"),
        ({"statuss": "ZAU", "zaudesanasIemesls": "12.1.1"}, False, date(2026, 9, 15), "Valmieras filiāle"),
        ({"kops": None}, True, None, "Valmieras filiāle"),
        ({"filiale": None}, True, date(2026, 9, 15), None),
        ({"filiale": GONE}, True, date(2026, 9, 15), None),
        ({"filiale": {"kods": "26", "nosaukums": '{x} "</a>'}, "jauns": 1}, True, date(2026, 9, 15), '{x} "</a>'),
    ],
)
async def test_a_status_is_told_as_it_stands_in_the_books(
    changes: dict[str, Any], unemployed: bool, since: date | None, branch: str | None
) -> None:
    found, _ = await _read(**changes)
    assert found[ANNA] == EmploymentRecord(unemployed=unemployed, since=since, registered_at=branch)


@pytest.mark.parametrize("other", ["39100000033", "39100000055"])
async def test_somebody_elses_status_and_two_of_one_person_are_nobodys(other: str) -> None:
    found, _ = await _read(personasKods=other)
    assert {type(one) for one in found.values()} == {Malformed}
    assert len(found) == len(STATUSES.ask)
