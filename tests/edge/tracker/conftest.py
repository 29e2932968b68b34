"""The Data Tracker's interface without a socket, over a store of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Connection, select

from adapters.kit.clock import Clock
from gateway import logs
from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.clock import utc_now
from gateway.edge.routes import application
from gateway.settings import Settings, TrackerSettings
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.subjects import entity_subject, person_subject, set_representation
from gateway.store.tables.access import access_records
from gateway.tracker_door import tracker_routes
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, Capacity, ClaimAction, PersonCode, RegistrationNumber, SubjectRole
from tests.edge.tracker.contract import BEFORE, conforms

ANNA, PETERIS = "39100000011", "39100000022"
COMPANY, OTHERS = "40003032949", "40003521600"
TOKEN = "t" * 40
CLIENT = "LV/GOV/90000000001/portal"
_ENTITY = RegistrationNumber.parse(COMPANY)


class Portal:
    """The interface, without a socket; its store."""

    def __init__(self, store: Store, client: httpx.AsyncClient, token: Path) -> None:
        self.store = store
        self.client = client
        self.token = token
        self.accident: Exception | None = None
        self.seconds = 0.0
        """What the clock by which questions are counted shows."""

    async def get(self, name: str, query: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        given = head() if headers is None else headers
        return conforms(await self.client.get(f"{BEFORE}/v2/{name}", params=query, headers=given))

    async def find(self, code: str = ANNA, user: str | None = None, **query: str) -> httpx.Response:
        return await self.get("findUsage", {"userCode": code, **query}, head(**{"X-Road-UserId": user or f"LV{code}"}))

    def used(self, minutes_ago: int, disclosed_in: timedelta | None = None, code: str = ANNA) -> None:
        self.used_at(utc_now() - timedelta(minutes=minutes_ago), disclosed_in, code)

    def used_at(self, at: datetime, disclosed_in: timedelta | None = None, code: str = ANNA) -> None:
        now = utc_now()

        def write(connection: Connection) -> None:
            if code == COMPANY:
                subject = entity_subject(connection, _ENTITY, now)
            else:
                subject = person_subject(connection, PersonCode.parse(code), now)
            append(connection, [use(at, subject, None if disclosed_in is None else now + disclosed_in)])

        self.store.write_sync(write)

    def represents(self, code: str, *, alone: bool, hours_ago: float) -> None:
        """What the enterprise register said of a person and the company."""
        now = utc_now()

        def write(connection: Connection) -> None:
            person = person_subject(connection, PersonCode.parse(code), now)
            entity = entity_subject(connection, _ENTITY, now)
            set_representation(connection, person, entity, alone, now - timedelta(hours=hours_ago))

        self.store.write_sync(write)

    def records(self) -> list[dict[str, Any]]:
        """Access records, oldest first, without what is new in each."""
        rows = self.store.read_sync(
            lambda c: [row._asdict() for row in c.execute(select(access_records).order_by(access_records.c.place))]
        )
        subjects: dict[str, int] = {}
        for row in rows:
            del row["place"], row["token"], row["at"], row["disclosed_at"], row["request_id"]
            row["records"] = [[claim, len(about)] for claim, about in row["records"]]
            row["by_subject"] = subjects.setdefault(row["by_subject"], len(subjects))
        return rows


def use(at: datetime, subject: str, disclosed_at: datetime | None) -> AccessRecord:
    return AccessRecord(
        at=at,
        request_id="r",
        capacity=Capacity.OWNER_OFFICER,
        organisation="vid",
        by_subject="somebody",
        who="Valsts ieņēmumu dienests",
        claim=None,
        claim_type=None,
        action=ClaimAction.READ_EVIDENCE,
        outcome=AccessOutcome.PERMITTED,
        coordinates=("Person.income",),
        paths=("income",),
        rules=("officer-reads-evidence",),
        policy_version="1",
        subjects=(AccessSubject(subject, SubjectRole.APPLICANT, disclosed_at),),
    )


def head(**changes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "X-Road-Client": CLIENT, **changes}


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: to make its tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "store.sqlite"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest_asyncio.fixture
async def portal(tmp_path: Path, empty_store: Path) -> AsyncIterator[Portal]:
    store = Store.open(f"sqlite:///{shutil.copy(empty_store, tmp_path)}")
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    tracker = TrackerSettings(token_file=token, client=CLIENT, registration_number="90000000014")
    policies = cast(PolicySet, SimpleNamespace(version="1", claim_types={}))
    made: list[Portal] = []
    clock = Clock(now=utc_now, monotonic=lambda: made[0].seconds)

    def current() -> PolicySet:
        if made[0].accident is not None:
            raise made[0].accident
        return policies

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield

    async def ready() -> bool:
        try:
            await store.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except StoreUnavailable:
            return False
        return True

    app = application(tracker_routes(tracker, store, current, ready, clock=clock), Settings(data=tmp_path), lifespan)
    logs.configure("INFO")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        made.append(Portal(store, client, token))
        yield made[0]
    store.close()
