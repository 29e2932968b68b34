"""The whole graph asked as the people of the demo world: everything that is read, done and watched."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from tests.edge.sse import parse
from tests.running_gateway import RunningGateway
from tests.whole_graph.seen import Seen
from tests.whole_graph.selections import everything

SETTINGS = {"GATEWAY_LIMITS__COST": "1000000000", "GATEWAY_LIMITS__TOKENS": "100000"}
"""One document asks for everything below a root field."""

READERS = (
    *(
        "anna",
        "peteris",
        "officer-valmiera",
        "director",
        "nora",
        "auditor",
        "ministry-it",
        "accountant",
        "officer-vsaa",
    ),
    *("ilze", "marta", "clerk-valmiera", "ngo-support", "ngo-families", "officer-finance", "officer-riga"),
)
"""In the order in which they are asked; whoever comes later is asked while something is missing."""

_WORLD = Path(__file__).resolve().parents[2] / "gateway" / "demo" / "world"
_ENTITY = '"40103000102"'
"""SIA "Piemērs", the director's."""
_WOUND_UP = '"50003990203"'
"""AS "Parauga noliktava", whose seat is at an address that is no more."""

WITHIN_SECONDS = 30

Say = Callable[[str], None]


def ask_everything(gateway: RunningGateway, say: Say) -> Seen:
    """Everything of the graph.

    Raises:
        AssertionError: an answer is no GraphQL answer, or refused whole.
    """
    seen = Seen()
    _act(gateway, seen)
    _take(gateway, seen, "ministry-it", "Query", "{ _service { __typename sdl } }")
    _watch(gateway, seen)
    for persona in READERS:
        roots = list(_roots(persona))
        for root, type_name in roots:
            _take(gateway, seen, persona, "Query", f"{{ {root} {{ {everything(type_name)} }} }}")
        _take(gateway, seen, persona, "Query", '{ node(id: "demo-1") { __typename id } }')
        say(f"{persona}: {len(roots)} roots, {len(seen.missing())} fields still without a value")
        if not seen.missing():
            break
    return seen


@cache
def _ids(file: str, table: str) -> tuple[str, ...]:
    with (_WORLD / file).open("rb") as opened:
        return tuple(each["id"] for each in tomllib.load(opened)[table])


def _roots(persona: str) -> Iterator[tuple[str, str]]:
    """Root fields with their arguments, and the type that each gives."""
    yield "viewer", "Viewer"
    yield "me", "Person"
    for claim in _ids("claims.toml", "claim"):
        yield f'claim(id: "{claim}")', "Claim"
    yield "claims", "ClaimConnection"
    yield "claims(first: 1)", "ClaimConnection"
    yield 'claimType(code: "housing-benefit")', "ClaimType"
    yield "claimTypes", "ClaimType"
    yield "serviceOwners", "ServiceOwner"
    yield 'municipality(atvk: "0054000")', "Municipality"
    yield 'municipalities(at: "2024-01-01")', "Municipality"
    yield "customerServiceCentres", "CentreConnection"
    for party in _ids("third_parties.toml", "third_party"):
        yield f'thirdParty(id: "{party}")', "ThirdParty"
    yield "thirdParties", "ThirdPartyConnection"
    yield f"legalEntity(registrationNumber: {_ENTITY})", "LegalEntity"
    yield f"legalEntity(registrationNumber: {_WOUND_UP})", "LegalEntity"
    yield 'explain(operation: "{ me { givenName income { gross } accessLog { edges { cursor } } } }")', "Explanation"
    yield 'explain(operation: "{ nothing }")', "Explanation"
    yield "registers", "Register"
    yield "accessRecords", "AccessEntryConnection"
    yield f'_entities(representations: [{{__typename: "LegalEntity", registrationNumber: {_ENTITY}}}])', "LegalEntity"


def _act(gateway: RunningGateway, seen: Seen) -> None:
    """Every mutation once with what it does, and once with a problem."""

    def do(persona: str, mutation: str, payload: str) -> Any:
        name = mutation.partition("(")[0]
        answer = _take(gateway, seen, persona, "Mutation", f"mutation {{ {mutation} {{ {everything(payload)} }} }}")
        return answer["data"][name]

    answers = '{tenure: "RENT", monthlyCosts: "310.50", account: "LV80BANK0000435195001"}'
    applicant = 'applicant: {personCode: "39100000011"}'
    prepared = do(
        "anna",
        f'prepareClaim(input: {{type: "housing-benefit", municipality: "0054000", {applicant}, answers: {answers}}})',
        "PrepareClaimPayload",
    )
    claim = prepared["claim"]["id"]
    do("anna", f'answerClaim(input: {{id: "{claim}", answers: {answers}}})', "AnswerClaimPayload")
    party = _ids("third_parties.toml", "third_party")[0]
    do("anna", f'assignClaim(input: {{id: "{claim}", thirdParty: "{party}"}})', "AssignClaimPayload")
    gateway.fault("social_assistance", "reset_before_commit")
    do("anna", f'submitClaim(input: {{id: "{claim}", idempotencyKey: "whole-graph"}})', "SubmitClaimPayload")
    _until_it_failed(gateway, seen, claim)
    gateway.fault("social_assistance", None)
    do("anna", f'withdrawClaim(input: {{id: "{claim}", reason: "moved"}})', "WithdrawClaimPayload")
    decision = 'outcome: INFORMATION_REQUESTED, reason: "which rent?"'
    do("officer-valmiera", f'decideClaim(input: {{id: "demo-1", {decision}}})', "DecideClaimPayload")
    to_anna = 'holder: {personCode: "39100000011"}, claimTypes: ["housing-benefit"], actions: [READ]'
    do("peteris", f'grantMandate(input: {{{to_anna}, validTo: "{_next_year()}"}})', "GrantMandatePayload")
    mandate = do(
        "anna",
        'grantMandate(input: {holder: {personCode: "39100000088"}, claimTypes: ["housing-benefit"], actions: [READ],'
        f' validTo: "{_next_year()}"}})',
        "GrantMandatePayload",
    )["mandate"]
    do("anna", f'revokeMandate(input: {{id: "{mandate["id"]}"}})', "RevokeMandatePayload")
    contract = 'contract: {number: "L-1", kind: PARTICIPATION, validFrom: "2026-01-01", validTo: "2040-01-01"}'
    registered = do(
        "ministry-it",
        'registerThirdParty(input: {name: "Kopā", registrationNumber: "40008200000", kind: NGO,'
        f' {contract}, municipalities: ["0054000"], claimTypes: ["housing-benefit"]}})',
        "RegisterThirdPartyPayload",
    )["thirdParty"]
    suspension = f'{{id: "{registered["id"]}", reason: "contract broken"}}'
    do("ministry-it", f"suspendThirdParty(input: {suspension})", "SuspendThirdPartyPayload")
    _refused(do)


def _until_it_failed(gateway: RunningGateway, seen: Seen, claim: str) -> None:
    """Wait for the first attempt to deliver; the owner's system is down, and its register says so."""
    delivery = f'{{ claim(id: "{claim}") {{ __typename delivery {{ __typename attempts lastError nextAttemptAt }} }} }}'
    end = time.monotonic() + WITHIN_SECONDS
    while not _take(gateway, seen, "anna", "Query", delivery)["data"]["claim"]["delivery"]["lastError"]:
        assert time.monotonic() < end, "nobody tried to deliver"
        time.sleep(0.1)
    health = "{ registers { __typename health { __typename lastError } } }"
    _take(gateway, seen, "ministry-it", "Query", health)


def _next_year() -> str:
    return f"{datetime.now(UTC).year + 1}-01-01"


def _refused(do: Callable[[str, str, str], Any]) -> None:
    """Every mutation on what is not there: a problem."""
    answers = {
        "answerClaim": ("AnswerClaimPayload", "answers: {}"),
        "submitClaim": ("SubmitClaimPayload", 'idempotencyKey: "nothing"'),
        "withdrawClaim": ("WithdrawClaimPayload", ""),
        "assignClaim": ("AssignClaimPayload", 'thirdParty: "tp-support"'),
        "decideClaim": ("DecideClaimPayload", 'outcome: GRANTED, reason: "so"'),
        "revokeMandate": ("RevokeMandatePayload", ""),
        "suspendThirdParty": ("SuspendThirdPartyPayload", 'reason: "so"'),
    }
    for mutation, (payload, rest) in answers.items():
        do("anna", f'{mutation}(input: {{id: "nothing", {rest}}})', payload)
    do(
        "anna",
        'prepareClaim(input: {type: "housing-benefit", applicant: {personCode: "39100000022"}, answers: {tenure: 1}})',
        "PrepareClaimPayload",
    )
    day = 'validTo: "2020-01-01"'
    do(
        "anna",
        f'grantMandate(input: {{holder: {{thirdParty: "nobody"}}, claimTypes: [], actions: [], {day}}})',
        "GrantMandatePayload",
    )
    contract = f'contract: {{number: "", kind: DELEGATION, validFrom: "2026-01-01", {day}}}'
    do(
        "ministry-it",
        f'registerThirdParty(input: {{name: "", registrationNumber: {_ENTITY}, kind: NGO, {contract},'
        " municipalities: [], claimTypes: []})",
        "RegisterThirdPartyPayload",
    )


def _watch(gateway: RunningGateway, seen: Seen) -> None:
    """The first event of a subscription, which says how the claim stands."""
    query = f'subscription {{ claimChanged(id: "demo-2") {{ {everything("Claim")} }} }}'
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {gateway.token('peteris')}"}
    with (
        httpx.Client(timeout=30, trust_env=False) as client,
        client.stream("POST", gateway.graphql_url, json={"query": query}, headers=headers) as answer,
    ):
        event = next(each for each in parse(answer.iter_lines()) if each.kind == "next")
    seen.take("peteris", "Subscription", event.data)


def _take(gateway: RunningGateway, seen: Seen, persona: str, root: str, query: str) -> Any:
    status, answer = gateway.post(query, persona=persona)
    assert status == 200, (persona, query[:120], answer)
    assert "data" in answer, (persona, query[:120], answer)
    seen.take(persona, root, answer)
    return answer
