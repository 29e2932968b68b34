"""What a parent is shown of a minor's log ends and begins with what the register says, and tells of nobody protected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import update

from adapters.kit.errors import Malformed
from gateway.audit.erasure import forget
from gateway.desk.guardian import is_minor
from gateway.store.subjects import find_person, record_codes, set_restricted
from gateway.store.tables.claims import claims
from policies.kit.policy_set import PolicySet
from schema.notices import NoticeKind
from schema.partial_date import PartialDate
from schema.terms import PersonCode
from tests.audit.in_process import ANNA, JANIS, LIGA, TOMS, Town, delaying, living_with, open_town, person

NODE = "at disclosedAt who capacity outcome action paths fields legalBasis subjectRole mutation claimType { code }"
PAGE = "edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }" % NODE
LOGS = (
    """query($first: Int, $after: String) { me { childrenLogs { accessLog(first: $first, after: $after) { %s } } } }"""
)
LOGS %= PAGE
CHILDREN = 'query { claim(id: "demo-5") { applicant { ... on Person { children { givenName } } } } }'
HOUSEHOLD = 'query { claim(id: "demo-1") { applicant { ... on Person { household { person { givenName } } } } } }'
NAMES = "{ me { children { givenName } household { person { givenName } } } }"
LED = "{ me { childrenLogs { accessLog { edges { node { subjectRole claim { id } } } } } } }"
OWN = "{ me { givenName accessLog(first: 100) { %s } } }" % PAGE
ZENTA = "39100000143"
BORN = PartialDate(2008, 11, 24)
"""Of age a day after the world begins."""


@pytest.fixture
def town(town: Town) -> Town:
    settle(town)
    return town


def settle(town: Town) -> None:
    """Let Anna, Jānis and their children live at one address."""
    people = town.registers.people
    parents = living_with(ANNA, JANIS, relation="parent")
    for code, sibling in ((LIGA, TOMS), (TOMS, LIGA)):
        people[code] = replace(people[code], household=parents + living_with(sibling, relation="sibling"))


def part(town: Town, *, protected: bool = True) -> None:
    """Let Anna live elsewhere, protected, and the children with Jānis."""
    people, code = town.registers.people, PersonCode(ANNA)
    people[ANNA] = replace(people[ANNA], household=(), restricted=protected)
    for one in (JANIS, LIGA, TOMS):
        links = tuple(each for each in people[one].household if each.person_code != code)
        people[one] = replace(people[one], household=links)
    protect(town, ANNA, protected)


def protect(town: Town, code: str, restricted: bool = True) -> None:
    """What the own copy says."""
    subject = town.citizen(code).subject
    town.store.write_sync(lambda connection: set_restricted(connection, subject, restricted, town.now))


def logs(town: Town, asker: str = "janis", **arguments: Any) -> list[list[dict[str, Any]]]:
    """The entries of Līga's log and of Toms's."""
    answer = town.ask(asker, LOGS, **arguments)
    assert "errors" not in answer, answer["errors"]
    return [[edge["node"] for edge in each["accessLog"]["edges"]] for each in answer["data"]["me"]["childrenLogs"]]


def children_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Each child's log, as it was answered."""
    found: list[dict[str, Any]] = answer["data"]["me"]["childrenLogs"]
    return found


def capacities(town: Town, asker: str = "janis") -> list[list[str]]:
    return [[each["capacity"] for each in one] for one in logs(town, asker)]


def test_it_ends_as_the_day_of_the_eighteenth_birthday_begins_in_riga(town: Town) -> None:
    town.registers.people[LIGA] = replace(town.registers.people[LIGA], birth_date=BORN)
    town.ask("officer-vsaa", CHILDREN)
    town.now = datetime(2026, 11, 23, 21, 59, 50, tzinfo=UTC)
    assert capacities(town) == [["OWNER_OFFICER"], ["OWNER_OFFICER"]]
    town.now = datetime(2026, 11, 23, 21, 59, 59, tzinfo=UTC)
    assert capacities(town) == [[], ["OWNER_OFFICER"]]
    assert "OWNER_OFFICER" in str(town.ask(town.citizen(LIGA), OWN))


@settings(max_examples=60, deadline=None)
@given(born=st.dates(date(1990, 1, 1), date(2026, 12, 31)), today=st.dates(date(2007, 1, 1), date(2046, 12, 31)))
def test_of_a_date_that_is_known_in_part_every_day_that_it_may_be_has_to_be_a_minors(born: date, today: date) -> None:
    whole = is_minor(PartialDate(born.year, born.month, born.day), today)
    leap = (born.month, born.day) == (2, 29)
    birthday = date(born.year + 18, 3, 1) if leap else born.replace(year=born.year + 18)
    # The year 2000 + 18 is no leap year, and no other leap day has a birthday of 18 in one.
    assert whole is (today < birthday)
    for known in (PartialDate(born.year), PartialDate(born.year, born.month)):
        assert whole or not is_minor(known, today)
    first = date(born.year + 18, 1, 1)
    assert is_minor(PartialDate(born.year), today) is (today < first)


def test_what_people_are_told_later_the_parent_is_told_later_too(tmp_path: Path, seeded: Path) -> None:
    late = delaying(tmp_path / "policies", claim_type="childcare-benefit")
    pages = []
    for folder, reads in (("with", True), ("without", False)):
        (tmp_path / folder).mkdir()
        with open_town(tmp_path / folder, late, seeded) as town:
            settle(town)
            town.ask("ngo-families", CHILDREN)
            town.now += timedelta(seconds=0 if reads else 1)
            if reads:
                town.ask("officer-vsaa", CHILDREN)
            town.ask(town.citizen(LIGA), OWN)
            pages.append([town.raw("janis", LOGS, first=first) for first in (0, 1, 2, 3, 100)])
            town.now += timedelta(days=90)
            liga, toms = logs(town)
            assert [each["capacity"] for each in liga] == [*["OWNER_OFFICER"] * reads, "THIRD_PARTY_WORKER"]
            assert [each["capacity"] for each in toms] == [*["OWNER_OFFICER"] * reads, "THIRD_PARTY_WORKER"]
            if reads:
                assert (toms[0]["at"], toms[0]["disclosedAt"]) == ("2026-11-23T09:00:02Z", "2027-02-21T09:00:02Z")
    with_it, without_it = pages
    assert [strip(each) for each in with_it] == [strip(each) for each in without_it]


def strip(answer: bytes) -> bytes:
    """An answer without where it comes from, and when."""
    return answer.partition(b',"extensions":{"provenance"')[0]


def test_both_codes_of_a_child_lead_to_one_log(town: Town) -> None:
    now_known = "39990000033"
    town.ask("officer-vsaa", CHILDREN)
    for parent in (ANNA, JANIS):
        children = (PersonCode(now_known), PersonCode(TOMS))
        town.registers.people[parent] = replace(town.registers.people[parent], children=children)
    # The gateway meets the child under the new code before anybody tells it of the change.
    town.registers.people[now_known] = person(now_known, PartialDate(2015, 6, 1))
    town.ask("ngo-families", CHILDREN)
    liga = replace(
        town.registers.people[LIGA], person_code=PersonCode(now_known), former_person_codes=(PersonCode(LIGA),)
    )
    for listed in (now_known, LIGA):
        town.registers.people |= {now_known: liga, LIGA: liga}
        for parent in (ANNA, JANIS):
            children = (PersonCode(listed), PersonCode(TOMS))
            town.registers.people[parent] = replace(town.registers.people[parent], children=children)
        assert capacities(town) == [["THIRD_PARTY_WORKER", "OWNER_OFFICER"]] * 2


def test_who_is_at_the_address_and_no_parent_by_the_childs_record_is_not_shown_it(town: Town) -> None:
    town.ask("officer-vsaa", CHILDREN)
    people = town.registers.people
    relative = living_with(JANIS, relation="sibling") + living_with(ANNA, relation="parent")
    people[LIGA] = replace(people[LIGA], household=relative)
    assert capacities(town) == [[], ["OWNER_OFFICER"]]


def test_a_former_code_of_the_parent_in_the_childs_record_is_the_parent(town: Town) -> None:
    town.ask("officer-vsaa", CHILDREN)
    former = PersonCode("39990000022")
    parents = living_with(ANNA, former.digits, relation="parent")
    town.registers.people[LIGA] = replace(town.registers.people[LIGA], household=parents)
    assert capacities(town) == [[], ["OWNER_OFFICER"]]
    town.registers.people[JANIS] = replace(town.registers.people[JANIS], former_person_codes=(former,))
    assert capacities(town) == [["OWNER_OFFICER"]] * 2


def test_what_stands_in_the_parents_own_log_is_not_told_twice_so_that_an_empty_log_tells_nothing(town: Town) -> None:
    town.ask("officer-valmiera", HOUSEHOLD)
    town.ask("janis", NAMES)
    town.ask("anna", NAMES)
    own = [each["node"]["paths"] for each in town.ask("janis", OWN)["data"]["me"]["accessLog"]["edges"]]
    assert ["household", "household.person", "household.person.givenName"] in own
    assert logs(town) == [[], []]
    # Of Anna's own claim she has it in her own log.
    town.ask("officer-vsaa", CHILDREN)
    assert capacities(town) == [["OWNER_OFFICER"]] * 2
    assert [[each["who"] for each in one] for one in logs(town, "anna")] == [["A parent"] * 2] * 2


def test_a_child_who_looks_who_read_of_them_is_not_watched_at_it(town: Town) -> None:
    town.ask(town.citizen(LIGA), OWN)
    town.ask(town.citizen(LIGA), NAMES)
    assert logs(town)[0] == []


def test_pages_lead_through_what_is_shown_and_count_nothing_else(town: Town) -> None:
    for asker, query in (
        *(("officer-vsaa", CHILDREN), ("janis", NAMES), ("ngo-families", CHILDREN), ("janis", NAMES)),
        *(("officer-valmiera", HOUSEHOLD), ("officer-vsaa", CHILDREN), ("officer-valmiera", HOUSEHOLD)),
    ):
        town.ask(asker, query)
    found, after, pages = [], None, []
    while True:
        log = town.ask("janis", LOGS, first=1, after=after)["data"]["me"]["childrenLogs"][0]["accessLog"]
        found += [edge["node"]["capacity"] for edge in log["edges"]]
        pages.append(log["pageInfo"]["hasNextPage"])
        after = log["pageInfo"]["endCursor"]
        if not pages[-1]:
            break
    assert found == ["OWNER_OFFICER", "THIRD_PARTY_WORKER", "OWNER_OFFICER"]
    assert pages == [True, True, False]


def test_a_child_whom_the_register_does_not_know_is_answered_as_an_empty_log(town: Town) -> None:
    empty = strip(town.raw("janis", LOGS))
    town.ask("officer-vsaa", CHILDREN)
    for code in (LIGA, TOMS):
        del town.registers.people[code]
    assert strip(town.raw("janis", LOGS)) == empty
    assert (
        town.ask("janis", "{ me { childrenLogs { child { givenName } } } }")["data"]["me"]["childrenLogs"]
        == [{"child": {"givenName": None}}] * 2
    )


def test_a_parent_whom_the_register_does_not_know_has_nothing_on_record(town: Town) -> None:
    del town.registers.people[JANIS]
    answer = town.ask("janis", LOGS)
    assert answer["data"] == {"me": {"childrenLogs": None}}
    assert "errors" not in answer


def test_one_childs_broken_record_is_that_logs_error_and_the_others_are_answered(town: Town) -> None:
    town.ask("officer-vsaa", CHILDREN)
    broken: Any = Malformed("in memory", "broken")
    town.registers.people[LIGA] = broken
    answer = town.ask("janis", LOGS)
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (
        ["me", "childrenLogs", 0, "accessLog"],
        "REGISTER_CONTRACT_BROKEN",
    )
    liga, toms = answer["data"]["me"]["childrenLogs"]
    assert liga == {"accessLog": None}
    assert len(toms["accessLog"]["edges"]) == 1
    told = town.ask(town.citizen(LIGA), OWN)["data"]["me"]["accessLog"]["edges"][0]["node"]
    assert told["fields"] == ["Person.childrenLogs"]


@pytest.mark.parametrize("who", [JANIS, LIGA, TOMS, ANNA])
@pytest.mark.parametrize("said_by", ["the register", "the own copy"])
def test_whoever_at_the_address_is_protected_and_whoever_says_so_the_log_is_empty_at_once(
    town: Town, who: str, said_by: str
) -> None:
    empty = strip(town.raw("janis", LOGS))
    town.ask("officer-vsaa", CHILDREN)
    assert strip(town.raw("janis", LOGS)) != empty
    if said_by == "the own copy":
        protect(town, who)
    else:
        people = town.registers.people
        people[who] = replace(people[who], restricted=True)
        for code, each in people.items():
            links = tuple(replace(link, restricted=link.person_code.digits == who) for link in each.household)
            people[code] = replace(each, household=links)
    assert strip(town.raw("janis", LOGS)) == empty
    if said_by == "the register":
        # What the register says now takes the place of what the own copy had of it.
        assert strip(town.raw("janis", LOGS, first=0)) == empty


@pytest.mark.parametrize("code", [JANIS, LIGA])
@pytest.mark.parametrize("said_of", ["themselves", "who lives with them"])
def test_each_record_alone_may_say_of_a_protection(town: Town, code: str, said_of: str) -> None:
    town.ask("officer-vsaa", CHILDREN)
    record = town.registers.people[code]
    if said_of == "themselves":
        town.registers.people[code] = replace(record, restricted=True)
    else:
        # A step-parent is no relation of the child's, and a half-brother none of the parent's.
        other = living_with("39990000055", relation="partner", restricted=("39990000055",))
        town.registers.people[code] = replace(record, household=record.household + other)
    assert logs(town)[0] == []


def test_what_the_parent_did_in_another_capacity_is_left_out_too(town: Town) -> None:
    officer, janis = town.party("officer-vsaa"), town.party("janis")
    town.ask(replace(officer, subject=janis.subject, person_code=janis.person_code), CHILDREN)
    assert logs(town) == [[], []]
    town.ask(officer, CHILDREN)
    assert capacities(town) == [["OWNER_OFFICER"]] * 2


def test_while_nobody_knows_who_is_protected_everybody_counts_as_protected(town: Town) -> None:
    empty = strip(town.raw("janis", LOGS))
    town.ask("officer-vsaa", CHILDREN)
    town.house.complete_until = {NoticeKind.PROTECTION: town.now - timedelta(hours=25)}
    assert strip(town.raw("janis", LOGS)) == empty
    town.house.complete_until = {NoticeKind.PROTECTION: town.now - timedelta(hours=23)}
    assert strip(town.raw("janis", LOGS)) != empty


def test_a_protected_parent_who_is_forgotten_stays_left_out(town: Town) -> None:
    part(town, protected=False)
    people = town.registers.people
    for code in (LIGA, TOMS):
        people[code] = replace(people[code], household=living_with(ANNA, relation="parent"))
    people[ANNA] = replace(people[ANNA], household=living_with(LIGA, TOMS))
    people[JANIS] = replace(people[JANIS], household=(), restricted=True)
    protect(town, JANIS)
    town.ask("janis", NAMES)
    town.ask("janis", LOGS)
    assert logs(town, "anna") == [[], []]
    town.store.write_sync(lambda connection: forget(connection, PersonCode(JANIS), "case-1", "operator", town.now))
    assert town.store.read_sync(lambda connection: find_person(connection, PersonCode(JANIS))) is None
    assert logs(town, "anna") == [[], []]


Does = Callable[[Town], Any]
OF_ANNA: dict[str, Does] = {
    "an officer reads the children for her claim": lambda town: town.ask("officer-vsaa", CHILDREN),
    "a third party reads them": lambda town: town.ask("ngo-families", CHILDREN),
    "a third party is refused": lambda town: town.ask("ngo-support", CHILDREN),
    "she reads their names": lambda town: town.ask("anna", NAMES),
    "she reads their logs": lambda town: town.ask("anna", LOGS),
    "her claim is decided": lambda town: town.ask(
        "officer-vsaa",
        """mutation { decideClaim(input: {id: "demo-5", outcome: INFORMATION_REQUESTED, reason: "Which?"})
            { claim { applicant { ... on Person { children { birthDate } } } } } }""",
    ),
}
OF_OTHERS: dict[str, Does] = {
    "the child reads": lambda town: town.ask(town.citizen(LIGA), OWN),
    "a grandmother reads": lambda town: town.ask(town.citizen(ZENTA), "{ me { children { givenName } } }"),
    "the father reads their names": lambda town: town.ask("janis", NAMES),
    "the father reads their logs": lambda town: town.ask("janis", LOGS),
    "the father reads a page": lambda town: town.ask("janis", LOGS, first=1),
}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from([*OF_ANNA, *OF_OTHERS]), min_size=1, max_size=7))
def test_of_a_protected_parent_who_lives_elsewhere_nothing_tells_that_there_is_one(
    tmp_path_factory: pytest.TempPathFactory, policies: PolicySet, seeded: Path, steps: list[str]
) -> None:
    shown: list[list[bytes]] = []
    for acts in (True, False):
        with open_town(tmp_path_factory.mktemp("town"), policies, seeded) as town:
            settle(town)
            part(town)
            children = (PersonCode(LIGA), PersonCode(TOMS))
            town.registers.people[ZENTA] = person(ZENTA, PartialDate(1960, 1, 1), children=children)
            for step in steps:
                before = town.now
                if step in OF_OTHERS:
                    OF_OTHERS[step](town)
                elif acts:
                    OF_ANNA[step](town)
                town.now = before + timedelta(seconds=10)
            pages, after = [], None
            for _ in range(3):
                pages.append(strip(town.raw("janis", LOGS, first=2, after=after)))
                after = town.ask("janis", LOGS, first=2)["data"]["me"]["childrenLogs"][0]["accessLog"]["pageInfo"][
                    "endCursor"
                ]
            shown.append([*pages, strip(town.raw("janis", LOGS)), strip(town.raw("janis", OWN))])
            assert ("a grandmother reads" in steps) is (logs(town)[0] != [])
    with_her, without_her = shown
    assert with_her == without_her


def test_a_parent_who_was_met_under_another_code_is_the_parent_who_did_it(town: Town) -> None:
    """Whoever signed in before the register said so is still under the other code."""
    officer, janis = town.party("officer-vsaa"), town.party("janis")
    town.ask(replace(officer, subject=janis.subject, person_code=janis.person_code), CHILDREN)
    town.ask(officer, CHILDREN)
    now_known, people = PersonCode("39990000022"), town.registers.people
    signed_in = town.citizen(now_known.digits)
    people[now_known.digits] = people[JANIS] = replace(
        people[JANIS], person_code=now_known, former_person_codes=(PersonCode(JANIS),)
    )
    town.ask("officer-valmiera", HOUSEHOLD)
    town.store.write_sync(lambda c: record_codes(c, now_known, (PersonCode(JANIS),), town.now))
    assert town.citizen(now_known.digits).subject == janis.subject != signed_in.subject
    answer = town.ask(signed_in, LOGS)
    found = [[edge["node"]["capacity"] for edge in each["accessLog"]["edges"]] for each in children_of(answer)]
    assert found == [["OWNER_OFFICER"]] * 2


def test_of_the_childs_own_claim_nothing_is_shown_and_no_other_claim_is_led_to(town: Town) -> None:
    town.ask("officer-vsaa", CHILDREN)
    answer = town.ask("janis", LED)
    nodes = [edge["node"] for edge in children_of(answer)[0]["accessLog"]["edges"]]
    assert nodes == [{"subjectRole": "CO_SUBJECT", "claim": None}]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    child = town.citizen(LIGA).subject
    town.store.write_sync(lambda c: c.execute(update(claims).where(claims.c.id == "demo-5").values(applicant=child)))
    town.ask("officer-vsaa", 'query { claim(id: "demo-5") { applicant { ... on Person { givenName } } } }')
    own = [
        edge["node"]["subjectRole"] for edge in town.ask(town.citizen(LIGA), OWN)["data"]["me"]["accessLog"]["edges"]
    ]
    assert "APPLICANT" in own
    assert logs(town)[0] == []
