"""The employment agency through DAGR, over HTTP in the demo world: the same answers, older, and each purpose let in apart."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.sandbox.world.permissions import BY_PURPOSE
from gateway.demo.passes import token_for
from gateway.demo.personas import load_personas
from tests.answers import clean, errors_by_path
from tests.plan.explaining import ASK
from tests.running_gateway import RunningGateway

STATUS = "employmentStatus { unemployed since registeredAt }"
CLAIMS = [f"demo-{number}" for number in range(1, 16)]
EVERYTHING = "{ me { %s } %s }" % (
    STATUS,
    " ".join(
        f'c{place}: claim(id: "{claim}") {{ type {{ code }} applicant {{ ... on Person {{ {STATUS} }} }} }}'
        for place, claim in enumerate(CLAIMS)
    ),
)
OF_CLAIM = '{ claim(id: "%s") { applicant { ... on Person { employmentStatus { unemployed } } } } }'
ME = "{ me { employmentStatus { unemployed } } }"
TWO_TYPES = """{
  housing: claim(id: "demo-1") { applicant { ... on Person { employmentStatus { unemployed } } } }
  income: claim(id: "demo-9") { applicant { ... on Person { employmentStatus { unemployed } } } }
}"""
OFFICER = "officer-valmiera"
ROUTE = {"GATEWAY_REGISTERS__EMPLOYMENT__ROUTE": "DAGR"}
FEW = {
    "housing-benefit": {"number": "V-2004", "purpose": BY_PURPOSE["housing-benefit"].purpose},
    "self": {"number": "V-1005", "purpose": BY_PURPOSE["self"].purpose},
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Through DAGR, with the agency beside it."""
    with RunningGateway(tmp_path_factory.mktemp("both") / "data", settings=ROUTE) as running:
        yield running


@pytest.fixture
def through_dagr(both: RunningGateway) -> Iterator[RunningGateway]:
    """The same, counted from here on, and healthy again afterwards."""
    both.clear_control()
    yield both
    both.fault("employment_dagr", None)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """DAGR alone, with a permission of two uses for housing benefit, one for people's own data, and no other."""
    settings = {
        "GATEWAY_REGISTERS__EMPLOYMENT__ENABLED": "false",
        "GATEWAY_REGISTERS__EMPLOYMENT_DAGR__PERMISSIONS": json.dumps(FEW),
    }
    with RunningGateway(tmp_path_factory.mktemp("alone") / "data", settings=settings) as running:
        yield running


def _calls(gateway: RunningGateway) -> tuple[int, int]:
    """Of the agency and of DAGR."""
    control = gateway.control()
    return tuple(sum(control[name]["calls"].values()) for name in ("employment", "employment_dagr"))  # type: ignore[return-value]


def _answer(gateway: RunningGateway, query: str, persona: str, **more: Any) -> dict[str, Any]:
    token = token_for(gateway.data, persona, now=time.time(), ttl=600)
    body: dict[str, Any] = gateway.post(query, token=token, **more)[1]
    return body


def _explained(gateway: RunningGateway, query: str) -> dict[str, Any]:
    body = _answer(gateway, ASK, OFFICER, variables={"operation": query})
    explanation: dict[str, Any] = clean(body)["explain"]
    return explanation


def _provenance(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["register"]: each for each in body["extensions"]["provenance"]}


def test_every_persona_gets_of_every_claim_the_same_by_both_ways(
    gateway: RunningGateway, through_dagr: RunningGateway
) -> None:
    told = 0
    for persona in load_personas(gateway.data):
        direct, copied = (_answer(each, EVERYTHING, persona) for each in (gateway, through_dagr))
        assert copied["data"] == direct["data"], persona
        assert errors_by_path(copied) == errors_by_path(direct), persona
        told += json.dumps(copied["data"]).count("unemployed")
    assert told >= 5, "nobody was told anything"
    assert _calls(through_dagr)[0] == 0


def test_the_answer_says_by_what_way_it_came_and_of_when_it_is(through_dagr: RunningGateway) -> None:
    told = _provenance(_answer(through_dagr, OF_CLAIM % "demo-1", OFFICER))
    assert set(told) == {"employment_dagr"}
    mine = told["employment_dagr"]
    assert (mine["route"], mine["cached"]) == ("DAGR", False)
    age = datetime.fromisoformat(mine["fetchedAt"]) - datetime.fromisoformat(mine["validAsOf"])
    assert abs(age - timedelta(hours=6)) <= timedelta(minutes=1)


def test_claims_of_two_types_are_two_uses_each_under_its_own_permission_and_explain_says_so(
    through_dagr: RunningGateway,
) -> None:
    told = [
        (one["register"]["id"], one["operation"], one["calls"])
        for one in _explained(through_dagr, TWO_TYPES)["registerCalls"]
    ]
    assert told == [("employment_dagr", "nva_person_status_by_key", 2)]
    assert _calls(through_dagr) == (0, 0)
    clean(_answer(through_dagr, TWO_TYPES, OFFICER))
    assert _calls(through_dagr) == (0, 2)


def test_what_is_read_is_read_again_the_next_time_also_where_answers_are_held(through_dagr: RunningGateway) -> None:
    for uses in (1, 2):
        clean(_answer(through_dagr, OF_CLAIM % "demo-1", OFFICER))
        assert _calls(through_dagr) == (0, uses)


def test_data_that_is_too_old_for_the_claim_is_asked_of_the_agency_and_a_persons_own_is_shown_as_it_is(
    through_dagr: RunningGateway,
) -> None:
    through_dagr.fault("employment_dagr", "stale_data")
    body = _answer(through_dagr, OF_CLAIM % "demo-1", OFFICER)
    assert clean(body)["claim"]["applicant"]["employmentStatus"] is not None
    told = _provenance(body)
    assert [(name, each["route"]) for name, each in told.items()] == [("employment", "DIRECT")]
    assert told["employment"]["validAsOf"] == told["employment"]["fetchedAt"]
    assert _calls(through_dagr) == (1, 1)
    own = _provenance(_answer(through_dagr, ME, "peteris"))["employment_dagr"]
    age = datetime.fromisoformat(own["fetchedAt"]) - datetime.fromisoformat(own["validAsOf"])
    assert abs(age - timedelta(hours=30)) <= timedelta(minutes=1)
    assert _calls(through_dagr) == (1, 2)


def test_a_dagr_that_is_down_is_told_and_not_gone_round(through_dagr: RunningGateway) -> None:
    through_dagr.fault("employment_dagr", "http_500_html", count=2)
    body = _answer(through_dagr, OF_CLAIM % "demo-1", OFFICER)
    assert errors_by_path(body) == {"claim.applicant.employmentStatus": "REGISTER_UNAVAILABLE"}
    assert body["errors"][0]["extensions"]["register"] == "employment_dagr"
    assert _calls(through_dagr)[0] == 0


def test_the_access_record_names_the_register_and_with_it_the_way(through_dagr: RunningGateway) -> None:
    clean(_answer(through_dagr, OF_CLAIM % "demo-1", OFFICER))
    with closing(sqlite3.connect(through_dagr.data / "gateway.sqlite3")) as store:
        newest = "SELECT registers FROM access_records ORDER BY place DESC LIMIT 1"
        (registers,) = store.execute(newest).fetchone()
    assert json.loads(registers) == ["employment", "employment_dagr"]


def test_a_claim_type_without_a_permission_is_refused_before_any_call_and_explain_knows(alone: RunningGateway) -> None:
    alone.clear_control()
    query = OF_CLAIM % "demo-9"
    body = _answer(alone, query, OFFICER)
    [error] = body["errors"]
    assert error["path"] == ["claim", "applicant", "employmentStatus"]
    assert error["extensions"]["code"] == "REGISTER_NOT_CONNECTED"
    assert error["extensions"]["register"] == "employment_dagr"
    assert error["message"] == "The gateway has no permission to ask the register for this."
    assert "ministry" in error["extensions"]["remedy"]
    assert "extensions" not in body
    told = _explained(alone, query)
    assert told["registerCalls"] == []
    assert error["message"] in json.dumps(told["decisions"])
    assert _calls(alone) == (0, 0)
    latvian = _answer(alone, query, OFFICER, language="lv")
    assert latvian["errors"][0]["message"] == "Vārtejai nav atļaujas jautāt reģistram šim nolūkam."


def test_a_used_up_quota_has_a_code_of_its_own_and_leaves_the_other_purposes_alone(alone: RunningGateway) -> None:
    alone.clear_control()
    alone.fault("employment_dagr", "stale_data", operation="nva_person_status_by_key", count=1)
    body = _answer(alone, OF_CLAIM % "demo-1", OFFICER)
    assert errors_by_path(body) == {"claim.applicant.employmentStatus": "REGISTER_UNAVAILABLE"}
    assert body["errors"][0]["message"] == "The register's data is older than this claim allows."
    assert clean(_answer(alone, OF_CLAIM % "demo-1", OFFICER))["claim"]["applicant"]["employmentStatus"]
    assert _calls(alone) == (0, 2)
    for _ in range(5):
        body = _answer(alone, OF_CLAIM % "demo-2", OFFICER)
        assert errors_by_path(body) == {"claim.applicant.employmentStatus": "QUOTA_EXCEEDED"}
        said = body["errors"][0]["extensions"]
        assert said["register"] == "employment_dagr"
        assert 0 < said["retryAfter"] <= 24 * 3600
    assert _calls(alone) == (0, 3), "who is refused does not ask again"
    assert clean(_answer(alone, ME, "anna"))["me"]["employmentStatus"] is not None
    health = "{ registers { id health { circuit } } }"
    circuits = {
        each["id"]: each["health"]["circuit"] for each in clean(_answer(alone, health, "ministry-it"))["registers"]
    }
    assert circuits["employment_dagr"] == "CLOSED"
    assert "employment" not in circuits
