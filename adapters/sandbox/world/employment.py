"""How people stand with the employment agency: those without income look for work, others found it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from adapters.sandbox.world.model import Resident

_SALARY = "1001"


def with_employment(resident: Resident, today: date) -> Resident:
    """A generated person, registered with the agency where that fits: of age, below retirement, alive and here.

    Of those without income about half are unemployed and some look for work without being so; of those with a salary
    some were unemployed until it began.
    """
    born = int((resident.birth_date or "0")[:4])
    if resident.status != "AKT" or not 18 <= today.year - born < 65:
        return resident
    draw = Random(f"employment {resident.code}")  # noqa: S311 - invents a status, keeps no secret
    luck = draw.random()
    if not resident.income:
        since = today - timedelta(days=draw.randrange(20, 500))
        if luck < 0.55:
            return replace(resident, unemployed_since=since)
        return replace(resident, job_seeker_since=since) if luck < 0.65 else resident
    first = resident.income[0]
    if first.kind != _SALARY or luck >= 0.08:
        return resident
    since = first.first - timedelta(days=draw.randrange(40, 300))
    return replace(resident, unemployed_since=since, unemployed_until=first.first)
