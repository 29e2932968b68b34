"""A third party's requests of the day: counted where claims are asked for, before any claim is looked at."""

from __future__ import annotations

import sqlite3

from tests.answers import clean, codes, errors_by_path
from tests.conftest import StartsGateway

STATUS = '{ claimTypes { code } claim(id: "demo-1") { status } }'


def test_after_the_days_requests_every_claim_answers_quota_exceeded(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    for _ in range(3):
        assert codes(running.post(STATUS, persona="ngo-quota")[1]) == {"FORBIDDEN"}
    _, body = running.post(STATUS, persona="ngo-quota")
    assert errors_by_path(body) == {"claim": "QUOTA_EXCEEDED"}
    assert len(body["data"]["claimTypes"]) == 12
    mutation = (
        """mutation { submitClaim(input: {id: "demo-1", idempotencyKey: "k"}) { claim { id } problems { code } } }"""
    )
    assert clean(running.post(mutation, persona="ngo-quota")[1])["submitClaim"] == {
        "claim": None,
        "problems": [{"code": "QUOTA_EXCEEDED"}],
    }
    with sqlite3.connect(running.data / "gateway.sqlite3", timeout=20) as store:
        recorded = (
            "SELECT paths FROM access_records WHERE outcome = 'DENIED' AND rules = '[\"contract-requests-per-day\"]'"
        )
        assert [paths for (paths,) in store.execute(recorded)] == ['["claim"]', '["submitClaim"]']
    own = '{ thirdParty(id: "tp-quota") { contract { requestsPerDay usedToday } } }'
    contract = clean(running.post(own, persona="ngo-quota")[1])["thirdParty"]["contract"]
    assert contract == {"requestsPerDay": 3, "usedToday": 3}
    refused = running.post(own, persona="ngo-support")[1]
    assert set(errors_by_path(refused).values()) == {"FORBIDDEN"}


def test_a_request_counts_once_however_many_of_its_fields_ask(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    many = (
        "{ "
        + " ".join(f'c{number}: claim(id: "demo-1") {{ status }}' for number in range(5))
        + " claims { totalCount } }"
    )
    _, body = running.post(many, persona="ngo-quota")
    assert {path: code for path, code in errors_by_path(body).items() if code == "QUOTA_EXCEEDED"} == {}
    own = '{ thirdParty(id: "tp-quota") { contract { usedToday } } }'
    assert clean(running.post(own, persona="ngo-quota")[1])["thirdParty"]["contract"]["usedToday"] == 1
