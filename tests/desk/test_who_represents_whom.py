"""The enterprise register tells who may represent whom: the gateway decides by what it told, for 24 hours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from adapters.kit.catalog import discover
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.http1_wire import Http1Wire
from adapters.sandbox.desks.enterprises import enterprises
from adapters.sandbox.server import Server, app_of, config, listen
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import World as People
from adapters.sandbox.world.offices import Offices
from gateway.desk.facts import Moment, represents_alone
from gateway.identity.party import Party
from gateway.notices import EVERY, Copies
from gateway.store import copies
from gateway.store.store import Store
from gateway.store.subjects import entity_subject, person_subject
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber
from tests.answers import errors_by_path
from tests.desk.conftest import World
from tests.running_gateway import ROOT

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIRECTOR, FORMER, PETERIS = PersonCode("39100000099"), PersonCode("39100000143"), PersonCode("39100000055")
PIEMERS, TOGETHER, IN_LIQUIDATION, GONE = (
    RegistrationNumber(each) for each in ("40103000102", "40203999909", "40103990104", "50003990203")
)
ILZE = PersonCode("39100000088")
ASKED = (
    '{ claim(id: "demo-8") { channel applicant { ... on LegalEntity { name officers { familyName represents } } } } }'
)


@asynccontextmanager
async def _served(people: People, offices: Offices) -> AsyncIterator[str]:
    desk = enterprises(people, offices, ROOT / "adapters" / "registers" / "enterprises" / "contract")
    with listen("127.0.0.1", 0) as listening:
        server = Server(config(app_of([desk])))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/enterprises"
        finally:
            server.stop()
            await task


async def test_who_the_register_lists_alone_may_and_who_leaves_may_not_any_more(tmp_path: Path) -> None:
    now = NOON
    clock = Clock(now=lambda: now, monotonic=time.monotonic)
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    built = build_world((), TODAY, total=60)
    offices = Offices(built)
    try:
        async with _served(built, offices) as url, Http1Wire() as wire:
            register = discover().connect("enterprises", Connection(url), wire, clock)
            kept = Copies(store, {"enterprises": register}, clock)

            def may(person: PersonCode, entity: RegistrationNumber, at: datetime | None = None) -> bool:
                subjects = store.write_sync(
                    lambda c: (person_subject(c, person, NOON), entity_subject(c, entity, NOON))
                )
                party = Party(
                    Capacity.LEGAL_REPRESENTATIVE, subjects[0], person, "x", AssuranceLevel.HIGH, acting_for=subjects[1]
                )
                moment = Moment.of(at or now, TODAY, kept.complete_until)
                return store.read_sync(lambda c: represents_alone(c, party, moment))

            assert not may(DIRECTOR, PIEMERS)
            await kept.run_once()
            assert may(DIRECTOR, PIEMERS)
            assert not may(FORMER, PIEMERS), "the entry has ended"
            assert not may(PETERIS, TOGETHER), "two have to sign"
            assert not may(ILZE, GONE), "it is liquidated"
            offices.end(DIRECTOR.digits, PIEMERS.digits, TODAY)
            now += EVERY
            await kept.run_once()
            assert not may(DIRECTOR, PIEMERS)
            lasting = DIRECTOR, IN_LIQUIDATION
            assert may(*lasting, now + copies.COUNTS)
            assert not may(*lasting, now + copies.COUNTS + timedelta(seconds=1))
    finally:
        store.close()


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_director_acts_by_what_the_register_tells_and_not_a_day_longer(world: World) -> None:
    told = "SELECT 1 FROM register_copies WHERE kind = 'REPRESENTATION' AND since IS NOT NULL"
    _until(lambda: bool(world.store(told)))
    world.store("DELETE FROM representations")
    refused = world.raw("director", ASKED)
    assert errors_by_path(refused) == {"claim": "FORBIDDEN"}
    world.store("UPDATE register_copies SET since = NULL, asked_next = 0 WHERE kind = 'REPRESENTATION'")
    _until(lambda: "errors" not in world.raw("director", ASKED))
    entity = world.ask("director", ASKED)["claim"]["applicant"]
    assert entity["name"] == 'SIA "Piemērs"'
    assert entity["officers"][0] == {"familyName": "Paraugs", "represents": "ALONE"}
    assert "parstavibasIzmainas" not in world.running.control()["enterprises"]["calls"]

    world.running.fault("enterprises", "refuse", operation="parstavibasIzmainas")
    stale = int((datetime.now(UTC) - copies.COUNTS - timedelta(seconds=1)).timestamp() * 1_000_000)
    world.store("UPDATE register_copies SET complete_until = ?, asked_next = 0 WHERE kind = 'REPRESENTATION'", stale)
    world.store("UPDATE representations SET copied_at = ?", stale)
    _until(lambda: errors_by_path(world.raw("director", ASKED)) == {"claim": "FORBIDDEN"})
    world.running.fault("enterprises", None)
    world.store("UPDATE register_copies SET asked_next = 0 WHERE kind = 'REPRESENTATION'")
    _until(lambda: "errors" not in world.raw("director", ASKED))
