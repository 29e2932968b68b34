"""The world that is measured: the demo's, and claims of residents whom the simulated registers know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, update

from adapters.sandbox.server import utc_today
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident
from benchmarks.queries import CLAIMS, MUNICIPALITY, STATUS_CLAIMS, claim_id, status_claim_id
from gateway.claims.days import day_in_riga
from gateway.demo.seed import seed
from gateway.demo.seed_claims import seed_claim
from gateway.demo.world_files import ClaimEntry
from gateway.store.store import Store
from gateway.store.tables.claims import claims as claim_table
from policies.kit.policy_set import PolicySet
from schema.terms import ClaimStatus

STORE = "gateway.sqlite3"
_DAYS_AGO = -5


def prepare(data: Path, claims: int = CLAIMS) -> Path:
    """Seed a data folder.

    Args:
        data: an empty folder.
        claims: how many claims in review, each of another applicant.

    Returns:
        The store's file.
    """
    residents = [one for one in build_world((), utc_today()).residents.values() if _is_grown(one)]
    people = _applicants(residents, claims)
    entries = [_entry(claim_id(n), code, ClaimStatus.IN_REVIEW) for n, code in enumerate(people)]
    granted = _granted(residents, STATUS_CLAIMS)
    entries += [_entry(status_claim_id(n), code, ClaimStatus.INFORMATION_REQUESTED) for n, code in enumerate(granted)]
    now = datetime.now(UTC)
    modules = PolicySet.load().claim_types
    store = Store.open(f"sqlite:///{data / STORE}")
    try:
        seed(store, data, None, now, modules)

        def job(connection: Connection) -> None:
            for place, entry in enumerate(entries):
                seed_claim(connection, entry, modules, day_in_riga(now), now)
                # No two at one moment: "newest first" then has one meaning.
                made = claim_table.c.created_at
                moved = now + timedelta(days=_DAYS_AGO, seconds=place)
                connection.execute(update(claim_table).where(claim_table.c.id == entry.id).values({made: moved}))

        store.write_sync(job)
    finally:
        store.close()
    return data / STORE


def _entry(name: str, code: str, status: ClaimStatus) -> ClaimEntry:
    return ClaimEntry(
        id=name,
        type="housing-benefit",
        person=code,
        municipality=MUNICIPALITY,
        status=status,
        created=_DAYS_AGO,
        owner_reference=f"SOC-{name}",
    )


def _applicants(grown: list[Resident], count: int) -> list[str]:
    """Residents of the municipality first."""
    near = [one.code for one in grown if one.atvk == MUNICIPALITY]
    far = [one.code for one in grown if one.atvk != MUNICIPALITY]
    return [*near, *far][:count]


def _granted(grown: list[Resident], count: int) -> list[str]:
    """Residents whom the municipality granted a social status."""
    granted = [one.code for one in grown if any(each.atvk == MUNICIPALITY for each in one.social_statuses)]
    return granted[:count]


def _is_grown(one: Resident) -> bool:
    born = one.birth_date or ""
    generated = one.code.startswith("395")
    adult_before = str(utc_today().year - 19)
    return generated and one.status == "AKT" and one.address is not None and born[:4] < adult_before
