"""While another process holds the store: every answer says so in time, and what needs no record goes on."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from gateway.clock import epoch_seconds
from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from schema.terms import AssuranceLevel, Capacity, PersonCode
from tests.answers import codes
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

QUERY = "{ viewer { capacity } claimTypes { code } me { givenName } }"


@contextmanager
def locked(running: RunningGateway) -> Iterator[None]:
    with closing(sqlite3.connect(running.data / "gateway.sqlite3", timeout=10, isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        yield
        store.execute("ROLLBACK")


def test_public_fields_and_the_reason_come_in_time(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.until_notices_are_read()
    with locked(running):
        for _ in range(2):
            _, body = running.post(QUERY, persona="anna")
            assert codes(body) == {"LOG_UNAVAILABLE"}
            assert body["data"]["viewer"] == {"capacity": "CITIZEN"}
            assert len(body["data"]["claimTypes"]) == 12
        began = time.monotonic()
        _, body = running.post(
            'mutation { withdrawClaim(input: {id: "demo-7"}) { problems { code } } }', persona="anna"
        )
        assert codes(body) == {"LOG_UNAVAILABLE"}
        assert time.monotonic() - began < 60
    _, body = running.post(QUERY, persona="anna")
    assert body["data"]["me"] == {"givenName": "Anna"}


def test_somebody_who_was_never_met_hears_that_the_store_takes_nothing(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.until_notices_are_read()
    nobody = Identity(
        capacity=Capacity.CITIZEN,
        person_code=PersonCode("39177777777"),
        display_name="Never Met",
        assurance=AssuranceLevel.HIGH,
    )
    token = DevelopmentIssuer.open(running.data).token(nobody, now=epoch_seconds(), ttl=600)
    with locked(running):
        status, body = running.post("{ viewer { capacity } }", token=token)
        assert (status, codes(body)) == (503, {"LOG_UNAVAILABLE"})
    status, body = running.post("{ viewer { capacity } }", token=token)
    assert (status, body["data"]) == (200, {"viewer": {"capacity": "CITIZEN"}})
