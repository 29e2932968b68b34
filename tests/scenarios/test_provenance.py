"""``extensions.provenance``: from which register an answer's data is, by what way, how old, and whether held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

EVIDENCE = 'query { claim(id: "%s") { status applicant { ... on Person { givenName declaredAddress { fullText } } } } }'


def provenance(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    told: list[dict[str, Any]] = answer.get("extensions", {}).get("provenance", [])
    assert [each["register"] for each in told] == sorted(each["register"] for each in told)
    return {each.pop("register"): each for each in told}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_each_register_that_was_asked_is_told_and_no_other(gateway: RunningGateway) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    told = provenance(gateway.post(EVIDENCE % "demo-1", persona="officer-valmiera")[1])
    assert set(told) == {"natural_persons", "addresses"}
    for each in told.values():
        assert before <= moment(each["fetchedAt"]) <= datetime.now(UTC)
        assert each["validAsOf"] == each["fetchedAt"]
        assert each["cached"] is False
        assert each["route"] in ("DIRECT", "X_ROAD")


def test_what_comes_from_the_own_store_and_what_is_refused_has_no_provenance(gateway: RunningGateway) -> None:
    for persona, query in (
        ("anna", '{ claim(id: "demo-1") { status } viewer { capacity } }'),
        ("ngo-families", EVIDENCE % "demo-1"),
        ("ngo-support", '{ claim(id: "demo-1") { applicant { ... on Person { income { gross } } } } }'),
    ):
        assert "extensions" not in gateway.post(query, persona=persona)[1]


def test_a_protected_persons_address_and_one_not_on_record_have_the_same_provenance(gateway: RunningGateway) -> None:
    told = [provenance(gateway.post(EVIDENCE % claim, persona="ngo-families")[1]) for claim in ("demo-10", "demo-11")]
    for each in told:
        for register in each.values():
            assert register.pop("fetchedAt") == register.pop("validAsOf")  # The minute may have gone by.
    assert told[0] == told[1]
    assert told[0]


def test_a_register_that_failed_gave_nothing_to_tell_of(fresh_gateway: StartsGateway) -> None:
    gateway = fresh_gateway()
    gateway.fault("addresses", "http_500_html")
    assert set(provenance(gateway.post(EVIDENCE % "demo-1", persona="officer-valmiera")[1])) == {"natural_persons"}


def test_what_was_held_says_when_it_was_fetched(fresh_gateway: StartsGateway) -> None:
    gateway = fresh_gateway(GATEWAY_CACHE__ENABLED="true")
    first = provenance(gateway.post(EVIDENCE % "demo-1", persona="officer-valmiera")[1])
    assert not any(each.pop("cached") for each in first.values())
    again = provenance(gateway.post(EVIDENCE % "demo-1", persona="anna")[1])
    assert all(each.pop("cached") for each in again.values())
    assert again == first
