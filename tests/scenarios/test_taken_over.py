"""Varakļāni joined Madona on 1 July 2025: from that day on its departments' claims are Madona's, and nobody else's."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.ports import StatusChange
from gateway.claims.doubt import doubtful, underway
from gateway.claims.misfits import misfits
from gateway.claims.owner_answers import look_again
from gateway.claims.signed_answers import take_message
from gateway.demo.seed_claims import seed_claim
from gateway.demo.world_files import ClaimEntry
from gateway.desk.people import StoredPeople
from gateway.identity.party import Party
from gateway.operation import Operation
from gateway.plan.execute import Watched
from gateway.store.succession import succession_on
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, ClaimStatus, PersonCode
from tests.answers import clean
from tests.audit.in_process import ANNA, BEGINNING, Town, open_town

VARAKLANI, FORMER_MADONA, MADONA, VALMIERA = "0055000", "0038000", "0038001", "0054000"
LAST_DAY, FIRST_DAY = date(2025, 6, 30), date(2025, 7, 1)
MADE = datetime(2025, 6, 20, 9, tzinfo=UTC)
MIDNIGHT = datetime(2025, 6, 30, 21, tzinfo=UTC)
"""In Rīga, where it is summer."""
MADONAS = "Madonas novada pašvaldības sociālais dienests"
KEEP = timedelta(minutes=15)
CLAIMS = {
    "gone": ("housing-benefit", VARAKLANI, ClaimStatus.IN_REVIEW),
    "gone-delivered": ("guaranteed-minimum-income", VARAKLANI, ClaimStatus.DELIVERED),
    "gone-doubtful": ("needy-household-status", VARAKLANI, ClaimStatus.OUTCOME_UNKNOWN),
    "gone-draft": ("housing-benefit", VARAKLANI, ClaimStatus.DRAFT),
    "gone-child": ("kindergarten-queue", VARAKLANI, ClaimStatus.DELIVERED),
    "former": ("housing-benefit", FORMER_MADONA, ClaimStatus.DELIVERED),
    "present": ("housing-benefit", MADONA, ClaimStatus.DELIVERED),
}
OF_VARAKLANI = {"gone", "gone-delivered", "gone-doubtful"}
OF_MADONA = OF_VARAKLANI | {"former", "present"}

READ = "query($id: ID!) { claim(id: $id) { status channel } }"
EVIDENCE = """query($id: ID!) { claim(id: $id) { status applicant { ... on Person {
    givenName income(months: 1) { gross } } } } }"""
LIST = """query($first: Int, $after: String, $filter: ClaimFilter) {
    claims(first: $first, after: $after, filter: $filter) { edges { cursor node { id } } pageInfo { hasNextPage }%s } }"""
DECIDE = """mutation($id: ID!) { decideClaim(input: {id: $id, outcome: GRANTED, reason: "Pienākas."}) {
    claim { status } problems { code } } }"""


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return PolicySet.load()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, policies: PolicySet) -> Path:
    folder = tmp_path_factory.mktemp("seeded")
    with open_town(folder, policies) as town:
        for days, (name, (claim_type, place, status)) in enumerate(CLAIMS.items()):
            known = status not in (ClaimStatus.DRAFT, ClaimStatus.OUTCOME_UNKNOWN)
            entry = ClaimEntry(
                name,
                claim_type,
                status,
                person=ANNA,
                municipality=place,
                owner_reference=f"case-{name}" if known else None,
                message_id=f"message-{name}",
            )
            made = MADE - timedelta(days=days % 3)
            town.store.write_sync(
                lambda c, entry=entry, made=made: seed_claim(c, entry, policies.claim_types, made.date(), made)  # type: ignore[misc]  # lambda default
            )
    return folder / "store.sqlite3"


@pytest.fixture
def town(tmp_path: Path, policies: PolicySet, seeded: Path) -> Iterator[Town]:
    with open_town(tmp_path, policies, seeded) as opened:
        opened.now = MIDNIGHT
        yield opened


def officer(town: Town, organisation: str) -> Party:
    code = PersonCode("39300009011")
    subject = asyncio.run(StoredPeople(town.store, lambda: town.now).subject_of(code))
    return Party(Capacity.OWNER_OFFICER, subject, code, organisation=organisation)


def listed(town: Town, who: Party, **wanted: Any) -> list[str]:
    found = clean(town.ask(who, LIST % " totalCount", first=50, filter=wanted or None))["claims"]
    ids = [each["node"]["id"] for each in found["edges"]]
    assert len(ids) == found["totalCount"]
    return ids


def reads(town: Town, who: Party) -> set[str]:
    """Of the claims here, and of one next door, those that somebody reads one by one."""
    every = (*CLAIMS, "demo-1")
    return {claim for claim in every if "errors" not in town.ask(who, READ, id=claim)}


def seen(town: Town, who: Party) -> set[str]:
    """What somebody lists, which is what they read."""
    found = set(listed(town, who))
    assert found == reads(town, who)
    return found


def last_entry(town: Town) -> dict[str, Any]:
    query = "{ me { accessLog(first: 1) { edges { node { who outcome action claim { id } } } } } }"
    entry: dict[str, Any] = clean(town.ask("anna", query))["me"]["accessLog"]["edges"][0]["node"]
    return entry


def test_the_successors_department_has_the_claims_of_those_that_it_took_over_and_no_drafts(town: Town) -> None:
    assert seen(town, officer(town, f"social-{MADONA}")) == OF_MADONA
    assert seen(town, officer(town, f"education-{MADONA}")) == {"gone-child"}


@pytest.mark.parametrize(
    ("organisation", "found"),
    [
        (f"finance-{MADONA}", set()),
        (f"residence-{MADONA}", set()),
        (f"social-{VALMIERA}", {"demo-1"}),
        ("social-0056000", set()),
        ("social", set()),
        ("vsaa", set()),
        (MADONA, set()),
        (f"-{MADONA}", set()),
        (f"social-{MADONA}-{MADONA}", set()),
        (f"social-{VARAKLANI}", OF_VARAKLANI),
        (f"social-{FORMER_MADONA}", {"former"}),
        (f"education-{VARAKLANI}", {"gone-child"}),
    ],
)
def test_another_department_another_municipality_and_one_that_is_no_more_have_what_their_own_id_says(
    town: Town, organisation: str, found: set[str]
) -> None:
    who = officer(town, organisation)
    assert reads(town, who) == found
    # Valmiera's list has more of the demo world, and none of what is asked about here.
    assert {claim for claim in listed(town, who) if claim in CLAIMS} == found - {"demo-1"}
    for claim in ("gone", "former"):
        problems = clean(town.ask(who, DECIDE, id=claim))["decideClaim"]["problems"]
        assert (problems == [{"code": "FORBIDDEN"}]) is (claim not in found)


def test_it_is_so_from_the_first_day_of_the_successor_in_riga_and_not_a_second_before(town: Town) -> None:
    to_be, was = officer(town, f"social-{MADONA}"), officer(town, f"social-{VARAKLANI}")
    town.now = MIDNIGHT - timedelta(seconds=60)
    assert seen(town, to_be) == {"present"}
    assert seen(town, was) == OF_VARAKLANI
    town.now = MIDNIGHT - timedelta(seconds=2)
    assert "errors" in town.ask(to_be, READ, id="gone")
    assert clean(town.ask(to_be, READ, id="gone"))["claim"]["status"] == "IN_REVIEW"
    assert seen(town, to_be) == OF_MADONA
    assert seen(town, was) == OF_VARAKLANI


def test_a_page_after_the_other_is_the_list_newest_first_whoever_had_the_claim(town: Town) -> None:
    who = officer(town, f"social-{MADONA}")
    created = {name: MADE - timedelta(days=days % 3) for days, name in enumerate(CLAIMS)}
    whole = sorted(OF_MADONA, key=lambda name: (-created[name].timestamp(), name))
    assert listed(town, who) == whole
    for query in (LIST % "", LIST % " totalCount"):
        for size in (1, 2, 3):
            found: list[str] = []
            after: str | None = None
            while True:
                page = clean(town.ask(who, query, first=size, after=after))["claims"]
                found += [each["node"]["id"] for each in page["edges"]]
                if not page["pageInfo"]["hasNextPage"]:
                    break
                after = page["edges"][-1]["cursor"]
            assert found == whole
    assert listed(town, who, municipality=VARAKLANI) == [each for each in whole if each in OF_VARAKLANI]
    assert listed(town, who, municipality=MADONA) == ["present"]
    assert set(listed(town, who, statuses=["DELIVERED"])) == {"gone-delivered", "former", "present"}


def test_the_successors_officer_is_sent_evidence_and_decides_and_the_citizen_reads_who_it_was(town: Town) -> None:
    who = officer(town, f"social-{MADONA}")
    explain = "query($said: String!, $given: JSON) { explain(operation: $said, variables: $given) { allowed } }"
    assert clean(town.ask(who, explain, said=EVIDENCE, given={"id": "gone"}))["explain"] == {"allowed": True}
    applicant = clean(town.ask(who, EVIDENCE, id="gone"))["claim"]["applicant"]
    assert applicant == {"givenName": "Name 11", "income": [{"gross": "900.00"}]}
    entry = last_entry(town)
    assert (entry["outcome"], entry["action"], entry["claim"]) == ("PERMITTED", "READ_EVIDENCE", {"id": "gone"})
    assert entry["who"] == MADONAS
    assert clean(town.ask(who, DECIDE, id="gone"))["decideClaim"] == {"claim": {"status": "GRANTED"}, "problems": []}
    history = clean(town.ask("anna", '{ claim(id: "gone") { history { by status } } }'))["claim"]["history"]
    assert history[-1] == {"by": MADONAS, "status": "GRANTED"}
    assert history[-2]["by"] == "Varakļānu novada pašvaldības sociālais dienests"


def test_an_officer_of_another_department_of_the_successor_is_told_what_one_of_nothing_is_told(town: Town) -> None:
    who = officer(town, f"finance-{MADONA}")
    answers = [town.raw(who, EVIDENCE, id=claim) for claim in ("gone", "no-such-claim")]
    assert answers[0] == answers[1]
    assert json.loads(answers[0])["errors"][0]["extensions"]["rule"] == "no-door"
    assert town.registers.calls == []


@pytest.mark.parametrize(
    ("deciding", "problems"),
    [
        ({f"social-{MADONA}"}, [{"code": "DECIDED_IN_OWNER_SYSTEM"}]),
        ({"social"}, [{"code": "DECIDED_IN_OWNER_SYSTEM"}]),
        ({f"social-{VARAKLANI}"}, []),
        ({f"education-{MADONA}"}, []),
    ],
)
def test_whether_officers_decide_is_as_the_successor_has_it(
    town: Town, deciding: set[str], problems: list[dict[str, str]]
) -> None:
    town.house.deciding_owners = frozenset(deciding)
    query = """{ viewer { permissions(claimType: "housing-benefit") { action } } }"""
    for organisation in (f"social-{MADONA}", f"social-{VARAKLANI}"):
        told = clean(town.ask(officer(town, organisation), query))["viewer"]["permissions"]
        assert ("DECIDE" in {each["action"] for each in told}) is (problems == [])
    for claim, organisation in (("gone", f"social-{MADONA}"), ("gone-delivered", f"social-{VARAKLANI}")):
        decided = clean(town.ask(officer(town, organisation), DECIDE, id=claim))["decideClaim"]
        assert decided["problems"] == problems


def test_before_the_takeover_the_former_owners_own_system_decides(town: Town) -> None:
    town.now = MIDNIGHT - timedelta(minutes=5)
    town.house.deciding_owners = frozenset({f"social-{VARAKLANI}"})
    decided = clean(town.ask(officer(town, f"social-{VARAKLANI}"), DECIDE, id="gone"))["decideClaim"]
    assert decided["problems"] == [{"code": "DECIDED_IN_OWNER_SYSTEM"}]


def test_who_watches_a_claim_begins_and_ends_to_see_it_with_the_day(town: Town) -> None:
    who = officer(town, f"social-{MADONA}")

    async def go() -> list[bool]:
        operation = Operation("subscription($id: ID!) { claimChanged(id: $id) { status } }", {"id": "gone"})
        watched = await town.executor.watch(operation, who)
        assert isinstance(watched, Watched)
        found = []
        for now in (MIDNIGHT - timedelta(seconds=5), MIDNIGHT):
            town.now = now
            may = await watched.may_see(who)
            body = json.loads((await watched.answer(who, "request-1", time.monotonic() + 60)).body)
            assert ("errors" not in body) is may
            found.append(may)
        return found

    assert asyncio.run(go()) == [False, True]


def told(town: Town, owner: str, claim: str, number: int = 1) -> list[str]:
    """A signed message of an owner about a case, by its number; what came of it."""
    change = StatusChange(f"change-{number}", f"case-{claim}", ClaimStatus.IN_REVIEW, MADE + timedelta(days=number))
    nonce = f"{owner} {number}"
    now = town.now
    tally = town.store.write_sync(lambda c: take_message(c, now, owner, nonce, nonce, [change], KEEP))
    assert tally is not None
    return list(tally)


def status(town: Town, claim: str) -> str:
    said: str = clean(town.ask("anna", "query($id: ID!) { claim(id: $id) { status } }", id=claim))["claim"]["status"]
    return said


@pytest.mark.parametrize("owner", [f"social-{MADONA}", f"social-{VARAKLANI}"])
def test_a_signed_message_tells_of_a_claim_that_the_signer_took_over_or_that_is_its_own(town: Town, owner: str) -> None:
    assert told(town, owner, "gone-delivered") == ["APPLIED"]
    history = clean(town.ask("anna", '{ claim(id: "gone-delivered") { status history { by } } }'))["claim"]
    assert (history["status"], history["history"][-1]["by"]) == ("IN_REVIEW", MADONAS)


@pytest.mark.parametrize("owner", [f"education-{MADONA}", f"social-{VALMIERA}", f"social-{FORMER_MADONA}"])
def test_a_signed_message_of_anybody_else_changes_nothing(town: Town, owner: str) -> None:
    assert told(town, owner, "gone-delivered") == ["UNKNOWN"]
    now = town.now
    assert town.store.write_sync(lambda c: look_again(c, now, {})) == {}
    assert status(town, "gone-delivered") == "DELIVERED"


def test_what_the_successor_told_too_early_counts_from_the_first_day(town: Town) -> None:
    town.now = MIDNIGHT - timedelta(seconds=30)
    assert told(town, f"social-{MADONA}", "gone-delivered") == ["UNKNOWN"]
    for now, applied in ((town.now, {}), (MIDNIGHT, {"APPLIED": 1})):
        assert town.store.write_sync(lambda c, now=now: look_again(c, now, {})) == applied  # type: ignore[misc]  # lambda default
    assert status(town, "gone-delivered") == "IN_REVIEW"


def test_operators_see_whom_to_ask_and_find_the_claims_under_who_took_over(town: Town) -> None:
    # A word that its contract does not have.
    now, word = town.now, StatusChange("c-9", "case-gone", None, MADE + timedelta(days=9), word="NAV")
    town.store.write_sync(lambda c: take_message(c, now, f"social-{MADONA}", "n", "d", [word], KEEP))
    for day, owner, found in (
        (FIRST_DAY, f"social-{MADONA}", OF_MADONA),
        (LAST_DAY, f"social-{MADONA}", {"present"}),
        (FIRST_DAY, f"social-{VARAKLANI}", OF_VARAKLANI),
        (FIRST_DAY, f"education-{MADONA}", {"gone-child"}),
    ):
        succession = town.store.read_sync(lambda c, day=day: succession_on(c, day))  # type: ignore[misc]  # lambda default
        rows = town.store.read_sync(lambda c, owner=owner, s=succession: underway(c, (), owner, 99, s))  # type: ignore[misc]  # lambda default
        assert {each.claim for each in rows} == found
        to_ask = {s.owner for s in rows}
        assert to_ask == ({owner} if day == LAST_DAY else {owner.replace(VARAKLANI, MADONA)})
        [in_doubt] = [s for s in town.store.read_sync(lambda c, s=succession: doubtful(c, s)) if s.claim in CLAIMS]  # type: ignore[misc]  # lambda default
        [unfit] = town.store.read_sync(lambda c, s=succession: misfits(c, s))  # type: ignore[misc]  # lambda default
        asked = f"social-{VARAKLANI if day == LAST_DAY else MADONA}"
        assert (in_doubt.claim, in_doubt.owner, unfit.claim, unfit.owner) == ("gone-doubtful", asked, "gone", asked)


PREPARE = """mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) { problems { code } } }"""


def clerk(town: Town, centre: str) -> Party:
    code = PersonCode("39300009022")
    subject = asyncio.run(StoredPeople(town.store, lambda: town.now).subject_of(code))
    return Party(Capacity.CLERK, subject, code, organisation=centre)


@pytest.mark.parametrize(
    ("centre_at", "asked", "may"),
    [
        (VARAKLANI, MADONA, True),
        (FORMER_MADONA, MADONA, True),
        (MADONA, MADONA, True),
        (VALMIERA, MADONA, False),
        (VARAKLANI, VALMIERA, False),
    ],
)
def test_a_centre_in_a_municipality_that_was_taken_over_takes_claims_to_the_one_that_took_over(
    town: Town, centre_at: str, asked: str, may: bool
) -> None:
    town.store.write_sync(
        lambda c: c.exec_driver_sql("UPDATE centres SET municipality = ? WHERE id = 'centre-valmiera'", (centre_at,))
    )
    town.now = BEGINNING
    given = {
        "type": "housing-benefit",
        "municipality": asked,
        "applicant": {"personCode": ANNA},
        "presence": {"method": "EID_TAP", "reference": "demo-present-anna"},
    }
    said = clean(town.ask(clerk(town, "centre-valmiera"), PREPARE, input=given))["prepareClaim"]["problems"]
    # Nobody receives claims in this town: who may is told that.
    assert said == [{"code": "CLAIM_TYPE_CLOSED" if may else "FORBIDDEN"}]


@pytest.mark.parametrize(
    ("agreed", "claim", "eligible"),
    [
        (MADONA, "gone", True),
        (VARAKLANI, "gone", True),
        (MADONA, "present", True),
        # Who agreed on Varakļāni has not agreed on all of Madona.
        (VARAKLANI, "present", False),
        (VARAKLANI, "former", False),
        (VALMIERA, "gone", False),
    ],
)
def test_a_contract_about_a_municipality_is_about_what_it_took_over_and_not_the_other_way_round(
    town: Town, agreed: str, claim: str, eligible: bool
) -> None:
    town.store.write_sync(
        lambda c: c.exec_driver_sql(
            "UPDATE third_party_municipalities SET municipality = ? WHERE third_party = 'tp-support'", (agreed,)
        )
    )
    town.now = BEGINNING
    query = """mutation($id: ID!) { assignClaim(input: {id: $id, thirdParty: "tp-support", assigned: true}) {
        problems { code } } }"""
    given = clean(town.ask(officer(town, f"social-{MADONA}"), query, id=claim))["assignClaim"]["problems"]
    assert given == ([] if eligible else [{"code": "THIRD_PARTY_NOT_ELIGIBLE"}])
    assert ("errors" not in town.ask("ngo-support", READ, id=claim)) is eligible
