"""What the law has people told later shows nowhere until then, and afterwards stands where it belongs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.event import listen

from gateway.audit.erasure import forget
from gateway.audit.record import AccessSubject, append
from gateway.audit.usage import Window, uses_of
from gateway.audit.view import entries_of
from gateway.store.filing import file_records
from gateway.store.subjects import record_codes
from policies.kit.policy_set import PolicySet
from schema.terms import Capacity, PersonCode, SubjectRole
from tests.audit.in_process import JANIS, LIGA, Town, delaying, open_town
from tests.audit.logs import records

ENTRY = """at disclosedAt who capacity outcome action mutation paths fields legalBasis policyVersion subjectRole
    claimType { code } claim { id history { at status by note } }"""
LOG = """query($first: Int, $after: String) { me { accessLog(first: $first, after: $after) {
    edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
LOG %= ENTRY
OWN = "{ me { givenName claims { totalCount edges { node { id status history { at status by note } } } } } }"
EVIDENCE = "status applicant { ... on Person { givenName income { gross } household { person { givenName income { gross } } } } }"
OF = f"query($id: ID!) {{ claim(id: $id) {{ {EVIDENCE} }} }}"
BOTH = f'{{ one: claim(id: "demo-1") {{ {EVIDENCE} }} other: claim(id: "demo-9") {{ {EVIDENCE} }} }}'
OTHER_ALONE = f'{{ other: claim(id: "demo-9") {{ {EVIDENCE} }} }}'
ASKS = """mutation { decideClaim(input: {id: "demo-1", outcome: INFORMATION_REQUESTED, reason: "Which flat?"}) {
    %s problems { code } } }"""
RELEASE = timedelta(days=90)
CURSOR = re.compile(rb'"(?:cursor|startCursor|endCursor)":"([^"]+)"')


@dataclass(frozen=True)
class Act:
    """What happens, and what of it happens where what is told later does not happen at all; None: nothing."""

    whole: Callable[[Town], Any]
    told: Callable[[Town], Any] | None


def _asleep(town: Town) -> None:
    town.registers.asleep = True
    town.ask("officer-valmiera", OF, id="demo-1")
    town.registers.asleep = False


def _same(act: Callable[[Town], Any]) -> Act:
    return Act(act, act)


ACTS = {
    "evidence is read": Act(lambda town: town.ask("officer-valmiera", OF, id="demo-1"), None),
    "evidence of a closed claim is refused": Act(lambda town: town.ask("officer-valmiera", OF, id="demo-4"), None),
    "registers fail": Act(_asleep, None),
    "two claims are read at once": Act(
        lambda town: town.ask("officer-valmiera", BOTH), lambda town: town.ask("officer-valmiera", OTHER_ALONE)
    ),
    "the owner asks for more and reads": Act(
        lambda town: town.ask("officer-valmiera", ASKS % f"claim {{ {EVIDENCE} }}"),
        lambda town: town.ask("officer-valmiera", ASKS % ""),
    ),
    "another authority tries": _same(lambda town: town.ask("officer-riga", OF, id="demo-1")),
    "a third party reads": _same(lambda town: town.ask("ngo-support", OF, id="demo-1")),
    "the owner lists": _same(lambda town: town.ask("officer-valmiera", "{ claims { edges { node { status } } } }")),
    "the applicant reads": _same(lambda town: town.ask("anna", OF, id="demo-1")),
    "the spouse reads": _same(lambda town: town.ask("janis", OWN)),
}


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return delaying(tmp_path_factory.mktemp("policies"))


def entries(town: Town, persona: str = "anna", page: int = 1_000) -> list[dict[str, Any]]:
    """A whole log, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        log = town.ask(persona, LOG, first=page, after=after)["data"]["me"]["accessLog"]
        found += [edge["node"] for edge in log["edges"]]
        after = log["pageInfo"]["endCursor"]
        if not log["pageInfo"]["hasNextPage"]:
            return found


def of_officers(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in found if each["capacity"] == "OWNER_OFFICER"]


def seen(town: Town) -> list[bytes]:
    """Everything that those whose data it is can see, as bytes."""
    shown: list[bytes] = []
    for person in (town.party("anna"), town.party("janis"), town.citizen(LIGA)):
        shown.append(town.raw(person, OWN))
        for first in (1_000, 3):
            after = None
            for _ in range(3):
                shown.append(town.raw(person, LOG, first=first, after=after))
                page = CURSOR.findall(shown[-1])
                after = page[-1].decode() if page else None

        def counted(connection: Any, subject: str = person.subject) -> Any:
            file_records(connection)
            return uses_of(connection, subject, Window(None, None, 0, 1_000), town.now)

        uses = town.store.write_sync(counted)
        shown.append(repr((uses.total, [(each.at, each.who, each.paths) for each in uses.entries])).encode())
    return shown


def go_through(town: Town, steps: list[str], *, whole: bool) -> datetime:
    """Act every ten seconds, or do of each act what is told at once alone; when the last began."""
    before = town.now
    for step in steps:
        before = town.now
        act = ACTS[step].whole if whole else ACTS[step].told
        if act is not None:
            act(town)
        town.now = before + timedelta(seconds=10)
    return before


def without_cursors(shown: list[bytes]) -> list[bytes]:
    """A row has its place behind what was written before, about whomever: what a cursor leads to counts, not its text."""
    order: dict[bytes, bytes] = {}
    return [
        CURSOR.sub(lambda found: b"cursor %d" % len(order.setdefault(found[1], b"%d" % len(order))), each)
        for each in shown
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=5))
def test_until_the_release_it_is_as_if_it_had_not_happened_and_afterwards_as_if_it_had_never_been_delayed(
    tmp_path_factory: pytest.TempPathFactory, policies: PolicySet, seeded: Path, steps: list[str]
) -> None:
    meanwhile: list[list[bytes]] = []
    afterwards: list[list[Any]] = []
    plain = PolicySet.load()
    for under, whole in ((policies, True), (policies, False), (plain, True)):
        with open_town(tmp_path_factory.mktemp("town"), under, seeded) as town:
            before = go_through(town, steps, whole=whole)
            if under is policies:
                meanwhile.append(seen(town))
            town.now = before + RELEASE + timedelta(seconds=20)
            afterwards.append([_timeless(each) for each in entries(town) if each["capacity"] != "CITIZEN"])
    with_it, without_it = meanwhile
    if "two claims are read at once" not in steps:
        assert with_it == without_it
    assert without_cursors(with_it) == without_cursors(without_it)
    late, _, prompt = afterwards
    assert sorted(late) == sorted(prompt)
    assert [each[0] for each in late] == [each[0] for each in prompt]


def _timeless(entry: dict[str, Any]) -> tuple[str, str]:
    """An entry without when it was told, and under which version of the policies; its time first."""
    return entry["at"], repr({**entry, "disclosedAt": None, "policyVersion": None, "claim": None})


def test_applicant_and_members_are_told_at_the_release_with_the_time_of_the_access(town: Town) -> None:
    for claim in ("demo-1", "demo-4"):
        town.ask("officer-valmiera", OF, id=claim)
    read, refused = "2026-11-23T09:00:01Z", "2026-11-23T09:00:02Z"
    town.now += RELEASE - timedelta(seconds=10)
    assert of_officers(entries(town)) == of_officers(entries(town, "janis")) == []
    town.now += timedelta(seconds=10)
    told = [(each["at"], each["disclosedAt"], each["outcome"]) for each in of_officers(entries(town))]
    assert told == [
        (refused, "2027-02-21T09:00:02Z", "DENIED"),
        (refused, "2027-02-21T09:00:02Z", "PERMITTED"),
        (read, "2027-02-21T09:00:01Z", "PERMITTED"),
    ]
    (member,) = of_officers(entries(town, "janis"))
    assert (member["at"], member["disclosedAt"], member["subjectRole"]) == (read, "2027-02-21T09:00:01Z", "CO_SUBJECT")


def test_what_one_request_is_refused_is_told_no_earlier_than_what_it_was_given(town: Town) -> None:
    town.ask("officer-valmiera", '{ claim(id: "demo-1") { applicant { ... on Person { income { gross } } } } }')
    asked = "... on Person { income { gross } accessLog { pageInfo { hasNextPage } } }"
    town.ask("officer-valmiera", f'{{ claim(id: "demo-1") {{ applicant {{ {asked} }} }} }}')
    assert of_officers(entries(town)) == []
    town.now += RELEASE
    assert {each["outcome"] for each in of_officers(entries(town))} == {"PERMITTED", "DENIED"}


def test_what_registers_failed_to_give_is_told_with_what_it_amends(town: Town) -> None:
    town.registers.asleep = True
    town.ask("officer-valmiera", OF, id="demo-1")
    assert of_officers(entries(town)) == []
    town.now += RELEASE
    failed, permitted = of_officers(entries(town))
    assert (failed["outcome"], permitted["outcome"]) == ("FAILED", "PERMITTED")
    assert failed["disclosedAt"] == permitted["disclosedAt"] == "2027-02-21T09:00:01Z"
    assert "income.gross" in failed["paths"]
    assert "income.gross" not in permitted["paths"]


def test_a_cursor_from_before_the_release_leads_on_to_what_was_released_behind_it(town: Town) -> None:
    town.ask("ngo-support", OF, id="demo-1")
    town.ask("officer-valmiera", OF, id="demo-1")
    town.ask("ngo-support", OF, id="demo-1")
    newest = town.ask("anna", LOG, first=1)["data"]["me"]["accessLog"]
    assert newest["edges"][0]["node"]["capacity"] == "THIRD_PARTY_WORKER"
    town.now += RELEASE
    rest = town.ask("anna", LOG, first=10, after=newest["pageInfo"]["endCursor"])["data"]["me"]["accessLog"]["edges"]
    behind = [each["node"] for each in rest if not each["node"]["paths"][0].startswith("accessLog")]
    assert [each for each, _ in groupby(each["capacity"] for each in behind)] == [
        "THIRD_PARTY_WORKER",
        "OWNER_OFFICER",
        "THIRD_PARTY_WORKER",
    ]
    times = [each["node"]["at"] for each in rest]
    assert times == sorted(times, reverse=True)


def test_a_delay_to_a_day_ends_with_it_in_riga(tmp_path: Path, seeded: Path) -> None:
    policies = delaying(tmp_path / "policies", length="until = 2026-11-24")
    with open_town(tmp_path, policies, seeded) as town:
        town.ask("officer-valmiera", OF, id="demo-1")
        town.now = datetime(2026, 11, 24, 21, 59, 50, tzinfo=UTC)
        assert of_officers(entries(town)) == []
        town.now = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
        (told,) = {each["disclosedAt"] for each in of_officers(entries(town))}
        assert told == "2026-11-24T22:00:00Z"
        town.ask("officer-valmiera", OF, id="demo-1")
        newest = of_officers(entries(town))[0]
        assert newest["at"] == newest["disclosedAt"]


def test_auditors_see_at_once_what_people_are_told_later(town: Town) -> None:
    town.ask("officer-valmiera", OF, id="demo-1")
    found = town.ask("auditor", "{ accessRecords(first: 20) { edges { node { at disclosedAt capacity } } } }")
    officers = [
        each["node"] for each in found["data"]["accessRecords"]["edges"] if each["node"]["capacity"] != "AUDITOR"
    ]
    assert [each["at"] for each in officers] == ["2026-11-23T09:00:01Z"] * 4
    assert {each["disclosedAt"] for each in officers} == {"2027-02-21T09:00:01Z"}


def test_who_is_not_of_the_claims_own_authority_is_told_of_at_once(town: Town) -> None:
    town.ask("officer-riga", OF, id="demo-1")
    town.ask("officer-valmiera", OF, id="demo-7")
    assert len(of_officers(entries(town))) == 2


def test_an_explanation_says_the_same_with_and_without_a_delay(town: Town, tmp_path: Path, seeded: Path) -> None:
    explain = """query($id: String!) { explain(operation: $id) { allowed accessLogEntries
        decisions { path allowed rules reason } registerCalls { operation calls } } }"""
    operation = OF.replace("query($id: ID!)", "").replace("$id", '"demo-1"')
    (tmp_path / "plain").mkdir()
    with open_town(tmp_path / "plain", PolicySet.load(), seeded) as plain:
        said = plain.raw("officer-valmiera", explain, id=operation)
    assert town.raw("officer-valmiera", explain, id=operation) == said
    assert of_officers(entries(town)) == []


def test_two_who_turn_out_to_be_one_person_are_told_when_each_would_have_been(town: Town) -> None:
    town.ask("officer-valmiera", OF, id="demo-1")
    former, now_known = PersonCode(JANIS), PersonCode("39990000022")
    town.store.write_sync(lambda connection: record_codes(connection, now_known, [former], town.now))
    before = of_officers(entries(town, "janis"))
    town.now += RELEASE
    (told,) = of_officers(entries(town, "janis"))
    assert before == []
    assert told["disclosedAt"] == "2027-02-21T09:00:01Z"


def test_who_is_forgotten_before_the_release_is_never_told_and_no_row_changes(town: Town) -> None:
    town.ask("officer-valmiera", OF, id="demo-1")

    def rows(connection: Connection) -> Any:
        return connection.exec_driver_sql("SELECT * FROM access_records WHERE capacity = 'OWNER_OFFICER'").all()

    written = town.store.read_sync(rows)
    town.store.write_sync(lambda connection: forget(connection, PersonCode(JANIS), "case-1", "operator", town.now))
    town.now += RELEASE
    assert of_officers(entries(town, "janis")) == []
    assert of_officers(entries(town)) != []
    assert town.store.read_sync(rows) == written


def test_policies_that_change_hide_nothing_that_was_told_and_release_nothing_early(
    town: Town, policies: PolicySet
) -> None:
    town.house.use(PolicySet.load())
    town.ask("officer-valmiera", OF, id="demo-1")
    prompt = len(of_officers(entries(town)))
    town.house.use(policies)
    assert len(of_officers(entries(town))) == prompt == 1
    town.ask("officer-valmiera", OF, id="demo-1")
    town.house.use(PolicySet.load())
    assert len(of_officers(entries(town))) == prompt


def test_however_much_is_not_told_yet_a_short_page_takes_few_looks(town: Town) -> None:
    town.ask("ngo-support", OF, id="demo-1")
    (anna,) = {town.party("anna").subject}
    later = AccessSubject(anna, SubjectRole.APPLICANT, town.now + RELEASE)
    hidden = [replace(each, at=town.now, subjects=(later,)) for each in records(2_000, [anna] * 3)]

    def looks(connection: Connection) -> int:
        append(connection, hidden)
        statements: list[str] = []
        listen(connection, "before_cursor_execute", lambda *each: statements.append(each[2]))
        page = entries_of(connection, anna, 1, None, town.now)
        assert [each.capacity for each in page.entries] == [Capacity.THIRD_PARTY_WORKER]
        return len(statements)

    assert town.store.write_sync(looks) < 20
