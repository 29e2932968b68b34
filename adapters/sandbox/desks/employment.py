"""The State Employment Agency (NVA), played: who is registered as unemployed, looks for work, or did once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Resident, World

NAME = "employment"


def employment(world: World, contract: Path, today: Callable[[], date]) -> RestDesk:
    """Operation ``mekletStatusus``: up to 100 people."""
    branches = {atvk: _branch(name) for atvk, name in world.municipalities.items()}
    codes = {atvk: f"{number:02}" for number, atvk in enumerate(sorted(branches), 1)}

    def statuses(question: Question, twist: Twist) -> Answer:
        asked = question.body["personasKodi"]
        told = [_person(code, one, strange=code not in asked) for code, one in people_asked_for(world, asked, twist)]
        return 200, {"personas": [one for one in told if one is not None]}

    def _person(code: str, resident: Resident, *, strange: bool) -> dict[str, Any] | None:
        status, since = _status(resident, today()) or (("BEZ", None) if strange else (None, None))
        if status is None:
            return None
        # People register where they like, which most do at home.
        at = resident.atvk or (world.addresses[resident.address].atvk if resident.address else None)
        return {
            "personasKods": code,
            "statuss": status,
            "kops": None if since is None else since.isoformat(),
            "filiale": None if at is None else {"kods": codes[at], "nosaukums": branches[at]},
        }

    return RestDesk(NAME, contract / "openapi.yaml", {"mekletStatusus": (Kind.READ, statuses, "statuss")})


def _status(one: Resident, day: date) -> tuple[str, date] | None:
    """The status and its first day; None: the agency does not know the person."""
    known = {
        since: status
        for status, since in (
            ("BEZ", one.unemployed_since),
            ("ZAU", one.unemployed_until),
            ("DME", one.job_seeker_since),
        )
        if since is not None and since <= day
    }
    return (known[max(known)], max(known)) if known else None


def _branch(municipality: str) -> str:
    """The name of the branch: Latvian names of counties are in the genitive already."""
    place = municipality.removesuffix(" novads")
    return f"{place}s filiāle" if place == municipality and place[-1] in "ae" else f"{place} filiāle"
