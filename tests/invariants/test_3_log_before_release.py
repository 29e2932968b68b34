"""Invariant 3: personal data leaves only after its access record is durable; refused attempts are recorded too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.answers import codes
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

QUERY = """{ claimTypes { code } claim(id: "demo-1") { status applicant { ... on Person { givenName } } } }"""


@contextmanager
def log_down(running: RunningGateway) -> Iterator[None]:
    """Nothing can be written to the log."""
    with closing(sqlite3.connect(running.data / "gateway.sqlite3", timeout=10)) as store:
        store.execute(
            "CREATE TRIGGER log_down BEFORE INSERT ON access_records BEGIN SELECT RAISE(ABORT, 'log down'); END"
        )
        store.commit()
        yield
        store.execute("DROP TRIGGER log_down")
        store.commit()


def test_while_the_log_is_down_personal_fields_fail_and_public_fields_go_on(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    with log_down(running):
        calls = running.calls()
        _, body = running.post(QUERY, persona="anna")
        assert body["data"]["claim"] is None
        assert codes(body) == {"LOG_UNAVAILABLE"}
        assert len(body["data"]["claimTypes"]) == 12
        assert running.calls() == calls
        _, body = running.post("{ me { givenName } }", persona="anna")
        assert codes(body) == {"LOG_UNAVAILABLE"}
        _, body = running.post('{ claim(id: "demo-2") { status } }', persona="ngo-support")
        assert codes(body) == {"LOG_UNAVAILABLE"}
    _, body = running.post(QUERY, persona="anna")
    assert body["data"]["claim"]["applicant"]["givenName"] == "Anna"


def test_a_submission_that_cannot_be_recorded_is_not_accepted(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    mutation = 'mutation { withdrawClaim(input: {id: "demo-7"}) { claim { status } problems { code } } }'
    with log_down(running):
        _, body = running.post(mutation, persona="anna")
        assert codes(body) == {"LOG_UNAVAILABLE"}
    _, body = running.post('{ claim(id: "demo-7") { status } }', persona="anna")
    assert body["data"]["claim"]["status"] == "DRAFT"


def test_what_is_released_has_its_record_on_disk(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.post(QUERY, persona="ngo-support")
    running.post('{ claim(id: "demo-2") { status } }', persona="ngo-support")
    running.kill()
    with closing(sqlite3.connect(running.data / "gateway.sqlite3")) as store:
        rows = store.execute(
            "SELECT json_extract(value, '$[0]'), outcome FROM access_records, json_each(records)"
        ).fetchall()
    assert ("demo-1", "PERMITTED") in rows
    assert ("demo-2", "DENIED") in rows
