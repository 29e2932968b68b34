"""Protected where the own copy or the record in hand says so; what the register says is copied for the next decision."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.answers import clean, errors_by_path
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

ADDRESS = '{ claim(id: "%s") { applicant { ... on Person { declaredAddress { fullText } } } } }'
ASSIGN = 'mutation { assignClaim(input: {id: "demo-6", thirdParty: "tp-support"}) { problems { code } } }'
SUBJECT = "(SELECT subject FROM person_codes WHERE code = '%s')"


def change(running: RunningGateway, statement: str) -> None:
    running.until_notices_are_read()
    with sqlite3.connect(running.data / "gateway.sqlite3", timeout=10) as store:
        assert store.execute(statement).rowcount == 1


def test_the_record_in_hand_suffices_and_is_remembered(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    change(running, "DELETE FROM restrictions WHERE subject = " + SUBJECT % "39100000066")
    assert clean(running.post(ASSIGN, persona="officer-riga")[1])["assignClaim"]["problems"] == [
        {"code": "THIRD_PARTY_NOT_ELIGIBLE"}
    ]
    protected = running.post(ADDRESS % "demo-10", persona="ngo-families")[1]
    assert errors_by_path(protected) == {"claim.applicant.declaredAddress": "PROTECTED"}
    absent = running.post(ADDRESS % "demo-11", persona="ngo-families")[1]
    del protected["extensions"], absent["extensions"]  # Of what time they are may differ.
    assert protected == absent
    assert clean(running.post(ASSIGN, persona="officer-riga")[1])["assignClaim"]["problems"] == [{"code": "FORBIDDEN"}]


def test_the_own_copy_suffices_until_the_register_has_said_otherwise(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    statement = f"INSERT INTO restrictions (subject, restricted, copied_at) VALUES ({SUBJECT % '39100000011'}, 1, 0)"
    change(running, statement)
    before = running.calls()
    first = running.post(ADDRESS % "demo-1", persona="ngo-support")[1]
    assert errors_by_path(first) == {"claim.applicant.declaredAddress": "PROTECTED"}
    assert running.calls() == before + 1
    again = clean(running.post(ADDRESS % "demo-1", persona="ngo-support")[1])
    assert again["claim"]["applicant"]["declaredAddress"]


WORLD = Path(__file__).parent / "world_protected"
EXTRACT = """{
  claim(id: "protected-owner") {
    applicant { ... on Person { givenName properties { kind address { fullText } } } }
  }
}"""


def test_the_record_in_hand_withholds_the_address_of_real_estate_too(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway("--world", str(WORLD))
    by_the_copy = running.post(EXTRACT, persona="accountant")[1]
    change(running, "DELETE FROM restrictions WHERE subject = " + SUBJECT % "39400000011")
    running.fault("natural_persons", None, latency_ms=500)  # The cadastre is the first to answer.
    before = running.calls()
    by_the_record = running.post(EXTRACT, persona="accountant")[1]
    assert errors_by_path(by_the_record) == {"claim.applicant.properties.0.address": "PROTECTED"}
    assert running.calls() == before + 2
    del by_the_copy["extensions"], by_the_record["extensions"]  # Of what time they are may differ.
    assert by_the_record == by_the_copy
