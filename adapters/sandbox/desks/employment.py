"""The State Employment Agency (NVA), played: who is registered as unemployed, looks for work, or did once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.desks.people import people_asked_for
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Resident, World

NAME = "employment"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands with the agency."""

    status: str
    since: date | None
    branch: tuple[str, str] | None
    """Code and name."""


class Agency:
    """What the agency knows of the world's people.

    Args:
        today: the day on which it is asked.
    """

    def __init__(self, world: World, today: Callable[[], date]) -> None:
        self._world = world
        self._today = today
        names = {atvk: _branch(name) for atvk, name in world.municipalities.items()}
        self._branches = {atvk: (f"{number:02}", names[atvk]) for number, atvk in enumerate(sorted(names), 1)}

    def asked_for(self, codes: Collection[str], twist: Twist) -> dict[str, Standing]:
        """Those of whom it knows by the code asked by; a fault adds somebody, of whom it knows in any case."""
        found = {}
        for code, one in people_asked_for(self._world, codes, twist):
            status, since = _status(one, self._today()) or (("BEZ", None) if code not in codes else (None, None))
            if status is not None:
                # People register where they like, which most do at home.
                at = one.atvk or (self._world.addresses[one.address].atvk if one.address else None)
                found[code] = Standing(status, since, None if at is None else self._branches[at])
        return found


def employment(agency: Agency, contract: Path) -> RestDesk:
    """Operation ``mekletStatusus``: up to 100 people."""

    def statuses(question: Question, twist: Twist) -> Answer:
        told = agency.asked_for(question.body["personasKodi"], twist)
        return 200, {"personas": [_person(code, one) for code, one in told.items()]}

    return RestDesk(NAME, contract / "openapi.yaml", {"mekletStatusus": (Kind.READ, statuses, "statuss")})


def _person(code: str, one: Standing) -> dict[str, Any]:
    return {
        "personasKods": code,
        "statuss": one.status,
        "kops": None if one.since is None else one.since.isoformat(),
        "filiale": None if one.branch is None else {"kods": one.branch[0], "nosaukums": one.branch[1]},
    }


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
