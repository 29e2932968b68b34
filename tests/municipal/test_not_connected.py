"""A municipality without a system, and one that is no more: what is read, where claims go, and what explain says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.answers import clean
from tests.conftest import StartsGateway
from tests.municipal.asking import VENDORS, cases, do, prepared, reads, submit, until
from tests.municipal.conftest import LUDZA
from tests.municipal.people import MADONA, VARAKLANI, amount_of, person_of
from tests.running_gateway import ROOT, RunningGateway
from tests.warm import environment

LIEPAJA, DAUGAVPILS = "0005000", "0002000"
_EVIDENCE = """{ claim(id: "home-%s") { status applicant { ... on Person {
    givenName benefits { amount } socialStatuses { kind municipality { atvk } } } } } }"""
_LIST = """{ claims(filter: {types: ["housing-benefit"]}) { edges { node { id municipality { atvk }
    applicant { ... on Person { socialStatuses { kind } } } } } } }"""
_EXPLAIN = """query($operation: String!) { explain(operation: $operation) {
    registerCalls { register { id } calls keys } } }"""


def _told_by(answer: dict[str, Any]) -> list[str]:
    return sorted(each["register"] for each in answer["extensions"]["provenance"] if each["register"] in VENDORS)


@pytest.mark.parametrize(
    "query",
    [_EVIDENCE % LUDZA, "{ me { givenName benefits { amount } socialStatuses { kind } } }"],
    ids=["claim", "me"],
)
def test_what_a_municipality_without_a_system_would_hold_is_not_connected_and_costs_no_call(
    towns: RunningGateway, query: str
) -> None:
    before = reads(towns)
    _, answer = towns.post(query, persona=f"resident-{LUDZA}")
    read = answer["data"]["me"] if "me" in answer["data"] else answer["data"]["claim"]["applicant"]
    assert read == {"givenName": "Vārds", "benefits": None, "socialStatuses": None}
    assert {(each["path"][-1], each["extensions"]["code"]) for each in answer["errors"]} == {
        ("benefits", "REGISTER_NOT_CONNECTED"),
        ("socialStatuses", "REGISTER_NOT_CONNECTED"),
    }
    assert "register" not in answer["errors"][0]["extensions"]
    assert (_told_by(answer), reads(towns)) == ([], before)


def test_a_claim_to_a_municipality_without_a_system_stays_here_for_its_officers_to_decide(
    towns: RunningGateway,
) -> None:
    claim = prepared(towns, LUDZA)
    submit(towns, LUDZA, claim)
    stays = until(towns, f"resident-{LUDZA}", claim, "DELIVERED")
    assert (stays["ownerReference"], cases(towns, claim)) == (None, {})
    do(towns, f"officer-{LUDZA}", f'decideClaim(input: {{id: "{claim}", outcome: REFUSED, reason: "Nepienākas."}})')
    decided = until(towns, f"resident-{LUDZA}", claim, "REFUSED")
    assert (decided["history"][-1]["note"], cases(towns, claim)) == ("Nepienākas.", {})


def test_what_a_municipality_that_is_no_more_held_is_read_at_its_successors(towns: RunningGateway) -> None:
    _, answer = towns.post(_EVIDENCE % VARAKLANI, persona=f"resident-{VARAKLANI}")
    assert clean(answer)["claim"]["applicant"] == {
        "givenName": "Vārds",
        "benefits": [{"amount": amount_of(MADONA)}],
        "socialStatuses": [{"kind": "needy", "municipality": {"atvk": MADONA}}],
    }
    assert _told_by(answer) == ["social_assistance"]
    explained = {"operation": _EVIDENCE % VARAKLANI}
    said = clean(towns.post(_EXPLAIN, explained, persona=f"resident-{VARAKLANI}")[1])["explain"]
    assert {each["register"]["id"] for each in said["registerCalls"]} & set(VENDORS) == {"social_assistance"}


def test_a_claim_to_a_municipality_that_is_no_more_goes_to_its_successor(towns: RunningGateway) -> None:
    claim = f"home-{VARAKLANI}"
    submit(towns, VARAKLANI, claim)
    # The simulated systems know today's municipalities alone, so that nothing arrives under the old code.
    delivered = until(towns, f"resident-{VARAKLANI}", claim, "DELIVERED")
    assert cases(towns, claim) == {"social_assistance": [delivered["ownerReference"]]}


def _of_three(gateway: RunningGateway) -> None:
    """Drafts of one person in three municipalities: two vendors', and one without a system."""
    for code in (DAUGAVPILS, LUDZA):
        made = """mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) { problems { code } } }"""
        given = {
            "type": "housing-benefit",
            "municipality": code,
            "applicant": {"personCode": person_of("0056000")},
            "answers": {},
        }
        said = clean(gateway.post(made, {"input": given}, persona="resident-0056000")[1])
        assert said["prepareClaim"]["problems"] == []


def test_one_list_asks_each_vendor_once_and_says_which_place_has_none_and_explain_says_the_same(
    towns: RunningGateway,
) -> None:
    _of_three(towns)
    before = reads(towns)
    _, answer = towns.post(_LIST, persona="resident-0056000")
    nodes = {node["municipality"]["atvk"]: node for node in (e["node"] for e in answer["data"]["claims"]["edges"])}
    shown = {code: node["applicant"]["socialStatuses"] for code, node in nodes.items()}
    # Null without an error: the system is there and does not know the person.
    assert shown == {"0056000": [{"kind": "needy"}], DAUGAVPILS: None, LUDZA: None}
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["REGISTER_NOT_CONNECTED"]
    made = {vendor: number - before[vendor] for vendor, number in reads(towns).items()}
    said = clean(towns.post(_EXPLAIN, {"operation": _LIST}, persona="resident-0056000")[1])["explain"]
    told = {each["register"]["id"]: each["calls"] for each in said["registerCalls"]}
    assert made == {vendor: told.get(vendor, 0) for vendor in VENDORS} == {"social_assistance": 2, "social_casework": 0}


def test_the_command_explains_a_claim_with_the_vendor_of_its_municipality(
    towns: RunningGateway, tmp_path: Path
) -> None:
    file = tmp_path / "operation.graphql"
    file.write_text(_EVIDENCE % LIEPAJA, "utf-8")
    arguments = ["explain", str(file), "--as", f"resident-{LIEPAJA}", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        env=environment({"GATEWAY_DATA": str(towns.data)}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    calls = {each["register"]["id"] for each in json.loads(done.stdout)["registerCalls"]}
    assert calls & set(VENDORS) == {"social_casework"}


def test_where_the_usual_vendor_is_switched_off_a_centre_elsewhere_may_not_submit_and_a_citizen_may(
    fresh_gateway: StartsGateway,
) -> None:
    gateway = fresh_gateway("--no-registers", GATEWAY_REGISTERS__SOCIAL_ASSISTANCE__ENABLED="false")
    query = '{ viewer { permissions(claimType: "housing-benefit") { action } } }'
    may = {
        persona: {each["action"] for each in clean(gateway.post(query, persona=persona)[1])["viewer"]["permissions"]}
        for persona in ("clerk-valmiera", "ngo-support", "anna")
    }
    assert [persona for persona, actions in may.items() if "SUBMIT" in actions] == ["anna"]
    _, answer = gateway.post('{ claim(id: "demo-1") { applicant { ... on Person { socialStatuses { kind } } } } }')
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["REGISTER_NOT_CONNECTED"]
    prepare = """mutation($place: AtvkCode!) { prepareClaim(input: {type: "housing-benefit", municipality: $place,
        applicant: {personCode: "39100000011"}, answers: {}}) { problems { code } } }"""
    said = [
        clean(gateway.post(prepare, {"place": code})[1])["prepareClaim"]["problems"] for code in ("0054000", LIEPAJA)
    ]
    assert said == [[{"code": "CLAIM_TYPE_CLOSED"}], []]
