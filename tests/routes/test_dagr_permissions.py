"""Each purpose is let in by its own permission at DAGR, or nobody is asked; one that is used up or over stops no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.kit.dagr import Permit, Told
from adapters.kit.errors import Malformed, NotPermitted, Spent, Unavailable
from adapters.kit.permits import FRESH_SECONDS, KEPT_SECONDS
from adapters.sandbox.world.permissions import BY_PURPOSE
from schema.records.employment import EmploymentRecord
from schema.terms import CircuitState, PersonCode
from tests.routes.dagr import ANNA, GMI, HOUSING, LISTED, READ, THOSE_THAT_HOLD, TODAY, way, world

PURPOSE = BY_PURPOSE["housing-benefit"].purpose


def _with(number: str, purpose: str = PURPOSE) -> dict[str, Permit]:
    return THOSE_THAT_HOLD | {"housing-benefit": Permit(number, purpose)}


async def test_the_permission_of_the_purpose_is_in_a_header_once_and_no_person_in_any_header_or_address() -> None:
    async with way(THOSE_THAT_HOLD) as dagr:
        assert isinstance(await dagr.read(HOUSING), EmploymentRecord)
        assert isinstance(await dagr.read(GMI), EmploymentRecord)
        assert isinstance(await dagr.read(None), EmploymentRecord)
        listed, *reads = dagr.heard.requests
        assert (listed.method, listed.url.rsplit("/", 1)[1]) == ("GET", LISTED)
        assert set(map(str.lower, listed.headers)) == {"accept", "authorization"}
        numbers = []
        for request in reads:
            (number,) = [value for name, value in request.headers.items() if name.lower() == "x-dagr-permission"]
            numbers.append(number)
            assert request.headers["Authorization"] == "Bearer canary-token"
            assert request.headers["X-Correlation-ID"] == "demo-1"
            assert ANNA.digits in (request.body or b"").decode()
        assert numbers == ["V-1001", "V-1002", "V-1005"]
        for request in dagr.heard.requests:
            said = " ".join([request.url, *request.headers.values()])
            assert ANNA.digits not in said
            assert "39100000099" not in said, "DAGR has no place for the acting person"
            assert "canary-token" not in repr(request)


@pytest.mark.parametrize(
    ("permits", "what"),
    [
        ({"self": THOSE_THAT_HOLD["self"]}, "no permission is set for what it is asked for"),
        ({}, "no permission is set for what it is asked for"),
        (_with("V-2001"), "the permission has ended"),
        (_with("V-2002"), "the permission does not begin yet"),
        (_with("V-2003"), "the permission is for another service"),
        (_with("V-2006"), "the permission does not open Branch/Name"),
        (_with("V-9999"), "DAGR knows no permission of the number that is set"),
        (_with("V-1001", "Kas cits"), "the permission was given for another purpose than the settings say"),
        (_with("V-1004"), "the permission was given for another purpose than the settings say"),
    ],
)
async def test_without_a_permission_that_holds_nobody_is_asked_for(permits: dict[str, Permit], what: str) -> None:
    async with way(permits) as dagr:
        for _ in range(3):
            refused = await dagr.read()
            assert isinstance(refused, NotPermitted)
            assert refused.what == what
        is_set = "housing-benefit" in permits
        assert refused.is_set is is_set
        assert dagr.heard.calls() == {READ: 0, LISTED: 1 if is_set else 0}
        if "self" in permits:
            assert isinstance(await dagr.read(None), EmploymentRecord), "the others go on"


async def test_a_used_up_quota_is_met_once_and_stops_neither_the_other_purposes_nor_the_circuit() -> None:
    async with way(_with("V-2004")) as dagr:
        assert [type(await dagr.read()) for _ in range(2)] == [EmploymentRecord] * 2
        for _ in range(20):
            refused = await dagr.read()
            assert isinstance(refused, Spent)
            assert refused.retry_after is not None
            assert 13 * 3600 < refused.retry_after <= 14 * 3600, (
                "it is 10 o'clock, and the next day's uses are the next"
            )
        assert dagr.heard.calls() == {READ: 3, LISTED: 1}, "the third found out, and nobody asked again"
        assert isinstance(await dagr.read(GMI), EmploymentRecord)
        assert dagr.register.register.health().circuit is CircuitState.CLOSED


async def test_a_quota_that_is_known_to_be_used_up_costs_no_call_and_is_looked_at_again_later() -> None:
    async with way(_with("V-2008")) as dagr:
        assert isinstance(await dagr.read(), Spent)
        assert isinstance(await dagr.read(), Spent)
        assert dagr.heard.calls() == {READ: 0, LISTED: 1}
        dagr.time.gone = timedelta(seconds=FRESH_SECONDS + 1)
        assert isinstance(await dagr.read(), Spent)
        assert dagr.heard.calls() == {READ: 0, LISTED: 2}


async def test_a_permission_that_ends_meanwhile_is_no_longer_used_and_one_that_begins_is() -> None:
    async with way(_with("V-2005")) as dagr:
        assert isinstance(await dagr.read(), EmploymentRecord)
        dagr.time.gone = timedelta(days=11)
        assert isinstance(await dagr.read(), NotPermitted)
    async with way(_with("V-2002")) as dagr:
        assert isinstance(await dagr.read(), NotPermitted)
        dagr.time.gone = timedelta(days=2)
        # DAGR's own day stands still: it refuses, which counts for a while.
        refused = await dagr.read()
        assert isinstance(refused, NotPermitted)
        assert await dagr.read() is refused
        assert dagr.heard.calls() == {READ: 1, LISTED: 2}


async def test_while_dagr_does_not_tell_of_permissions_what_it_told_counts_for_an_hour() -> None:
    async with way(THOSE_THAT_HOLD) as dagr:
        await dagr.fault("http_500_html", operation=LISTED)
        assert isinstance(await dagr.read(), Unavailable)
        assert isinstance(await dagr.read(GMI), Unavailable)
        assert dagr.heard.calls() == {READ: 0, LISTED: 1}, "who comes soon after does not ask again"
        await dagr.fault(None)
        dagr.time.gone = timedelta(seconds=6)
        assert isinstance(await dagr.read(), EmploymentRecord)
        await dagr.fault("http_500_html", operation=LISTED)
        dagr.time.gone = timedelta(seconds=KEPT_SECONDS - 60)
        assert isinstance(await dagr.read(), EmploymentRecord)
        dagr.time.gone = timedelta(seconds=KEPT_SECONDS + 60)
        assert isinstance(await dagr.read(), Unavailable)


@pytest.mark.parametrize("fault", ["garbage", "truncated", "missing_field", "http_200_html"])
async def test_permissions_that_cannot_be_read_let_nobody_in(fault: str) -> None:
    async with way(THOSE_THAT_HOLD) as dagr:
        await dagr.fault(fault, operation=LISTED)
        assert isinstance(await dagr.read(), Malformed)
        assert dagr.heard.calls()[READ] == 0


async def test_people_of_one_purpose_are_asked_for_in_one_use() -> None:
    async with way(_with("V-2004")) as dagr:
        people = [PersonCode(code) for code in list(world().residents)[:90]]
        first, again = await dagr.read(HOUSING, *people), await dagr.read(HOUSING, *people)
        assert first == again
        assert 0 < len(first) < 90
        assert set(map(type, first.values())) == {EmploymentRecord}
        assert dagr.heard.calls() == {READ: 2, LISTED: 1}


LEAF = {"name": "Branch", "read_access": "partial", "properties": [{"name": "Name", "read_access": "full"}]}


@pytest.mark.parametrize(
    ("access", "properties", "name", "code"),
    [
        ("full", None, True, True),
        ("none", [], False, False),
        ("partial", None, False, False),
        ("partial", [LEAF], True, False),
        ("partial", [LEAF | {"read_access": "full"}], True, True),
        ("partial", [LEAF | {"name": "Other"}], False, False),
    ],
)
def test_a_permission_opens_what_stands_in_its_tree(access: str, properties: Any, name: bool, code: bool) -> None:
    tree = {"name": "nva_person_status", "read_access": access}
    told = Told(
        number="V-1",
        service="nva_person_status",
        purpose="",
        used=0,
        quota=1,
        first=TODAY,
        last=TODAY,
        tree=tree if properties is None else tree | {"properties": properties},
    )
    assert (told.opens("Branch/Name"), told.opens("Branch/Code")) == (name, code)
