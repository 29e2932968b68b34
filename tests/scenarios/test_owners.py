"""Claims of every owner that stands: submitted over HTTP, one case in the owner's system, and doubt resolved as it says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from policies.kit.policy_set import CHECKOUT, PolicySet
from schema.terms import ClaimTypeCode, DeliveryStrategy, GovernmentLevel
from tests.running_gateway import RunningGateway

VALMIERA = "0054000"
_PREPARE = """mutation($input: PrepareClaimInput!) {
    prepareClaim(input: $input) { claim { id } problems { code message field } } }"""
_SUBMIT = """mutation($id: ID!, $key: String!) {
    submitClaim(input: {id: $id, idempotencyKey: $key}) { problems { code } } }"""
_WITHDRAW = "mutation($id: ID!) { withdrawClaim(input: {id: $id}) { problems { code } } }"
_CLAIM = "query($id: ID!) { claim(id: $id) { status ownerReference delivery { strategy attempts } history { note } } }"


@dataclass(frozen=True)
class Owner:
    """An owner's system in the sandbox."""

    claim_type: str
    register: str
    sends: str
    """The operation that takes a claim."""
    strategy: DeliveryStrategy

    def __str__(self) -> str:
        return self.claim_type


KEY, LOOK_UP, MANUAL = DeliveryStrategy
OWNERS = [
    *(
        Owner(claim_type, "social_assistance", "iesniegtIesniegumu", KEY)
        for claim_type in ("housing-benefit", "guaranteed-minimum-income", "needy-household-status")
    ),
    Owner("annual-income-declaration", "revenue", "iesniegtDeklaraciju", KEY),
    Owner("property-tax-relief", "finance", "iesniegtIesniegumu", LOOK_UP),
    Owner("kindergarten-queue", "education", "PieteiktRinda", LOOK_UP),
    *(
        Owner(claim_type, "social_insurance", "IesniegtPieteikumu", LOOK_UP)
        for claim_type in ("childcare-benefit", "childbirth-benefit", "old-age-pension", "unemployment-benefit")
    ),
    Owner("residence-declaration", "natural_persons", "DeklaretDzivesvietu", LOOK_UP),
    Owner("cadastre-extract", "cadastre", "PieprasitIzzinu", MANUAL),
]
SYSTEMS = list({owner.register: owner for owner in OWNERS}.values())
"""One claim type of each owner's system: what goes wrong on the way is the same for its others."""
POLICIES = PolicySet.load(CHECKOUT)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One of its own: what is submitted here is seen by officers whom others expect to see nothing."""
    with RunningGateway(tmp_path_factory.mktemp("owners") / "data") as running:
        yield running


def test_every_open_claim_type_is_tried_here() -> None:
    opened = {code.text for code, module in POLICIES.claim_types.items() if module.open}
    assert opened == {owner.claim_type for owner in OWNERS}


@pytest.mark.parametrize("owner", OWNERS, ids=str)
def test_a_submitted_claim_becomes_one_case_with_the_owners_number(gateway: RunningGateway, owner: Owner) -> None:
    claim_id = _submitted(gateway, owner)
    claim = _until(gateway, claim_id, "DELIVERED")
    [case] = _cases(gateway, owner, claim_id)
    assert (case["reference"], case["claimType"]) == (claim["ownerReference"], owner.claim_type)
    assert claim["delivery"] == {"strategy": owner.strategy.value, "attempts": 1}


@pytest.mark.parametrize("owner", SYSTEMS, ids=str)
@pytest.mark.parametrize("fault", ["commit_then_reset", "commit_then_500", "reset_before_commit"])
def test_a_lost_answer_ends_as_the_owners_strategy_says(
    gateway: RunningGateway, owner: Owner, fault: str, faults: Callable[[str, str, str], None]
) -> None:
    faults(owner.register, fault, owner.sends)
    claim_id = _submitted(gateway, owner)
    arrived = fault != "reset_before_commit"
    if owner.strategy is DeliveryStrategy.MANUAL:
        claim = _until(gateway, claim_id, "OUTCOME_UNKNOWN")
        assert len(_cases(gateway, owner, claim_id)) == int(arrived), "a message in doubt was sent again"
        assert claim["ownerReference"] is None
        return
    claim = _until(gateway, claim_id, "DELIVERED")
    [case] = _cases(gateway, owner, claim_id)
    assert case["reference"] == claim["ownerReference"]


@pytest.mark.parametrize("owner", SYSTEMS, ids=str)
def test_a_refusal_for_good_is_the_end_and_leaves_no_case(
    gateway: RunningGateway, owner: Owner, faults: Callable[[str, str, str], None]
) -> None:
    faults(owner.register, "reject", owner.sends)
    claim_id = _submitted(gateway, owner)
    claim = _until(gateway, claim_id, "REJECTED_BY_OWNER")
    assert claim["history"][-1]["note"]
    assert _cases(gateway, owner, claim_id) == []


@pytest.mark.parametrize("owner", SYSTEMS, ids=str)
def test_a_withdrawal_reaches_the_owner_once(gateway: RunningGateway, owner: Owner) -> None:
    claim_id = _submitted(gateway, owner)
    reference = _until(gateway, claim_id, "DELIVERED")["ownerReference"]
    assert _data(gateway, owner, _WITHDRAW, id=claim_id)["withdrawClaim"]["problems"] == []
    told: list[Any] = []
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.1)
        told = [one for one in gateway.control()[owner.register]["messages"] if one["reference"] == reference]
    assert [one["kind"] for one in told] == ["WITHDRAWAL"]


@pytest.fixture
def faults(gateway: RunningGateway) -> Iterator[Callable[[str, str, str], None]]:
    """Set a fault for the next call of an operation; healed after the test."""
    broken: list[str] = []

    def breaking(register: str, fault: str, operation: str) -> None:
        broken.append(register)
        gateway.fault(register, fault, operation=operation, count=1)

    yield breaking
    for register in broken:
        gateway.fault(register, None)


def _submitted(gateway: RunningGateway, owner: Owner) -> str:
    module = POLICIES.claim_types[ClaimTypeCode(owner.claim_type)]
    asked: dict[str, Any] = {
        "type": owner.claim_type,
        "applicant": {"personCode": "39100000011"},
        "answers": dict(module.answers),
    }
    if module.level is GovernmentLevel.MUNICIPAL:
        asked["municipality"] = VALMIERA
    prepared = _data(gateway, owner, _PREPARE, input=asked)["prepareClaim"]
    assert prepared["problems"] == []
    claim_id: str = prepared["claim"]["id"]
    assert _data(gateway, owner, _SUBMIT, id=claim_id, key=f"owner of {claim_id}")["submitClaim"]["problems"] == []
    return claim_id


def _data(gateway: RunningGateway, owner: Owner, query: str, **variables: Any) -> Any:
    _, body = gateway.post(query, variables, persona="anna")
    return body["data"]


def _cases(gateway: RunningGateway, owner: Owner, claim_id: str) -> list[dict[str, Any]]:
    return [case for case in gateway.control()[owner.register]["cases"] if case["claimId"] == claim_id]


def _until(gateway: RunningGateway, claim_id: str, status: str, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    claim: dict[str, Any] = {"status": None}
    while claim["status"] != status and time.monotonic() < deadline:
        claim = gateway.post(_CLAIM, {"id": claim_id}, persona="anna")[1]["data"]["claim"]
        time.sleep(0.05)
    assert claim["status"] == status, claim
    return claim


def test_properties_are_read_from_the_cadastre_with_their_addresses(gateway: RunningGateway) -> None:
    owned = "properties { cadastreNumber kind share cadastralValue address { code } }"
    _, body = gateway.post("{ me { %s } }" % owned, persona="peteris")
    assert body["data"]["me"]["properties"] == [
        {"cadastreNumber": "96640020017", "kind": "land", "share": "1/1", "cadastralValue": "4150.00", "address": None},
        {
            "cadastreNumber": "96640020018",
            "kind": "building",
            "share": "1/1",
            "cadastralValue": "38200.00",
            "address": {"code": "101540002"},
        },
    ]
    _, body = gateway.post(
        '{ claim(id: "demo-8") { applicant { ... on LegalEntity { %s } } } }' % owned, persona="accountant"
    )
    numbers = [one["cadastreNumber"] for one in body["data"]["claim"]["applicant"]["properties"]]
    assert numbers == ["96010050101", "01000070123"]


def test_insurance_and_benefits_of_state_and_municipality_are_read_together(gateway: RunningGateway) -> None:
    query = """{ me { insurance { totalYears contributionsSince periods { employer base } }
        benefits(activeOnly: false) { kind payer { id } status } } }"""
    me = gateway.post(query, persona="anna")[1]["data"]["me"]
    assert me["insurance"]["periods"] == [{"employer": 'SIA "Darba devējs"', "base": "412.50"}]
    assert float(me["insurance"]["totalYears"]) > 3
    assert [(one["kind"], one["payer"]["id"], one["status"]) for one in me["benefits"]] == [
        ("housing-benefit", "social-0054000", "ACTIVE"),
        ("crisis-benefit", "social-0054000", "ENDED"),
        ("family-benefit", "vsaa", "ENDED"),
    ]


def test_half_of_the_benefits_is_never_told_as_if_it_were_all(
    gateway: RunningGateway, faults: Callable[[str, str, str], None]
) -> None:
    gateway.fault("social_insurance", "http_500_html", operation="PersonuPabalsti")
    try:
        _, body = gateway.post("{ me { givenName benefits { kind } } }", persona="nora")
    finally:
        gateway.fault("social_insurance", None)
    assert body["data"]["me"] == {"givenName": "Nora", "benefits": None}
    [error] = body["errors"]
    assert error["extensions"]["register"] == "social_insurance"
