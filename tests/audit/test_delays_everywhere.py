"""What the law has people told later is not told by the national portal, of a stream, or after somebody was forgotten,
until then; and is told afterwards."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from adapters.kit.clock import Clock
from gateway.cli import app
from gateway.edge.routes import application
from gateway.operation import Operation
from gateway.plan.execute import Watched
from gateway.settings import Settings, TrackerSettings
from gateway.store.subjects import find_person
from gateway.tracker_door import tracker_routes
from policies.kit.policy_set import PolicySet
from schema.terms import PersonCode
from tests.audit.in_process import ANNA, JANIS, LIGA, Town, delaying, open_town
from tests.audit.test_delayed_disclosure import ACTS, EVIDENCE, OF, RELEASE, entries, go_through, of_officers, seen
from tests.edge.tracker.contract import BEFORE, conforms

TOKEN = "t" * 40
CLIENT = "LV/GOV/90000000001/portal"
WATCH = f"subscription($id: ID!) {{ claimChanged(id: $id) {{ {EVIDENCE} }} }}"


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> PolicySet:
    return delaying(tmp_path_factory.mktemp("policies"))


@asynccontextmanager
async def _nothing_to_start(_: Any) -> AsyncIterator[None]:
    yield


class Portal:
    """The national portal of a world, without a socket; it asks by the world's clock."""

    def __init__(self, town: Town, folder: Path) -> None:
        token = folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        asked = itertools.count(step=60.0)
        clock = Clock(now=lambda: town.now, monotonic=lambda: next(asked))
        tracker = TrackerSettings(token_file=token, client=CLIENT, registration_number="90000000014")
        routes = tracker_routes(tracker, town.store, lambda: town.house.policies, _ready, clock=clock)
        self._app = application(routes, Settings(data=folder), _nothing_to_start)

    def get(self, name: str, code: str, **query: str) -> httpx.Response:
        """What the portal is answered for somebody who asks about themselves."""
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Road-Client": CLIENT, "X-Road-UserId": f"LV{code}"}

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://gateway") as client:
                given = query if name == "usagePeriod" else {"userCode": code, **query}
                return await client.get(f"{BEFORE}/v2/{name}", params=given, headers=headers)

        return conforms(asyncio.run(ask()))

    def uses(self, code: str, **query: str) -> list[dict[str, str]]:
        """Uses, as many as are counted."""
        body = self.get("findUsage", code, **query).json()
        found: list[dict[str, str]] = body["usages"]
        assert body["totalUsages"] == len(found)
        return found

    def everything(self, since: datetime, until: datetime) -> list[bytes]:
        """All that it is told of Anna, Jānis and Līga: whole, in pages, and second by second around some moments."""
        told = []
        for code in (ANNA, JANIS, LIGA):
            windows: list[dict[str, str]] = [{}, *({"offset": str(n), "limit": "1"} for n in range(3))]
            windows += [{"periodStart": _text(since), "periodEnd": _text(until)}]
            windows += [{"periodStart": _text(at), "periodEnd": _text(at)} for at in (since, until)]
            told += [self.get("findUsage", code, **window).content for window in windows]
            told.append(self.get("usagePeriod", code).content)
        return told


async def _ready() -> bool:
    return True


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=3))
def test_the_portal_is_told_nothing_until_the_release_and_all_of_it_then(
    tmp_path_factory: pytest.TempPathFactory, policies: PolicySet, seeded: Path, steps: list[str]
) -> None:
    meanwhile: list[list[bytes]] = []
    afterwards: list[list[list[str]]] = []
    for under, whole in ((policies, True), (policies, False), (PolicySet.load(), True)):
        folder = tmp_path_factory.mktemp("town")
        with open_town(folder, under, seeded) as town:
            portal = Portal(town, folder)
            before = go_through(town, steps, whole=whole)
            begin = before + timedelta(seconds=1)
            if under is policies:
                meanwhile.append(portal.everything(begin, town.now))
            town.now = before + RELEASE + timedelta(seconds=20)
            # Of what one request did with several claims, what was told later stands behind.
            afterwards.append([sorted(map(str, portal.uses(code))) for code in (ANNA, JANIS, LIGA)])
    with_it, without_it = meanwhile
    assert with_it == without_it
    late, _, prompt = afterwards
    assert late == prompt


def test_the_portals_count_and_period_grow_at_the_release_to_the_second(town: Town, tmp_path: Path) -> None:
    portal = Portal(town, tmp_path)
    town.ask("officer-valmiera", OF, id="demo-1")
    at = town.now
    town.now += RELEASE - timedelta(seconds=1)
    (kept,) = {portal.get("usagePeriod", ANNA).content}
    assert (
        portal.uses(ANNA) == portal.uses(JANIS) == portal.uses(ANNA, periodStart=_text(at), periodEnd=_text(at)) == []
    )
    town.now += timedelta(seconds=1)
    (use,) = portal.uses(ANNA)
    assert datetime.fromisoformat(use["logtime"]) == at
    assert use["action"] == "Mājokļa pabalsts: datu saņemšana no reģistriem"
    assert portal.uses(ANNA, periodStart=_text(at), periodEnd=_text(at)) == [use]
    (of_member,) = portal.uses(JANIS)
    assert of_member["action"].startswith("Mājokļa pabalsts, citas personas iesniegums")
    begins = datetime.fromisoformat(portal.get("usagePeriod", ANNA).json()["periodStart"])
    assert begins == at
    assert json.loads(kept)["periodStart"] > _text(begins)


def watched(town: Town, asker: str, events: int, between: Callable[[int], Any] = lambda _: None) -> list[Any]:
    """What a stream of a claim's changes answers, event by event; a second passes with each."""
    party = town.party(asker)
    found: Any = asyncio.run(town.executor.watch(Operation(WATCH, {"id": "demo-1"}), party))
    assert isinstance(found, Watched)
    told = []
    for number in range(events):
        between(number)
        town.now += timedelta(seconds=1)
        body = asyncio.run(found.answer(party, f"event-{number}", 1e12)).body
        told.append(json.loads(body)["data"]["claimChanged"])
    return told


def test_what_an_officers_stream_is_told_of_people_they_are_told_later_event_by_event(
    tmp_path: Path, policies: PolicySet, seeded: Path
) -> None:
    meanwhile = []
    for watches in (True, False):
        folder = tmp_path / str(watches)
        folder.mkdir()
        with open_town(folder, policies, seeded) as town:

            def decide(number: int, town: Town = town) -> None:
                if number == 1:
                    asks = '{id: "demo-1", outcome: INFORMATION_REQUESTED, reason: "Which flat?"}'
                    town.ask("officer-valmiera", f"mutation {{ decideClaim(input: {asks}) {{ problems {{ code }} }} }}")

            if watches:
                told = watched(town, "officer-valmiera", 3, decide)
                assert [each["applicant"]["income"] for each in told] == [[{"gross": "900.00"}]] * 3
                assert [each["status"] for each in told] == ["IN_REVIEW", *["INFORMATION_REQUESTED"] * 2]
            else:
                town.now += timedelta(seconds=1)
                decide(1)
                town.now += timedelta(seconds=2)
            meanwhile.append([*seen(town), *Portal(town, folder).everything(town.now, town.now)])
            if watches:
                town.now += RELEASE
                reads = [each for each in of_officers(entries(town)) if each["action"] == "READ_EVIDENCE"]
                assert [each["at"][-3:] for each in reads] == ["04Z", "03Z", "01Z"]
                assert len(of_officers(entries(town, "janis"))) == 3
    with_it, without_it = meanwhile
    assert with_it == without_it


def test_who_is_forgotten_by_command_and_met_again_is_never_told_and_the_others_are(
    tmp_path: Path, policies: PolicySet, seeded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    with open_town(first, policies, seeded) as town:
        town.ask("officer-valmiera", OF, id="demo-1")
        before = town.store.read_sync(lambda connection: find_person(connection, PersonCode(JANIS)))
        ended = town.now
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(first / "store.sqlite3", data / "gateway.sqlite3")
    monkeypatch.setenv("GATEWAY_DATA", str(data))
    done = CliRunner().invoke(app, ["audit", "forget", "-", "--case", "E-1", "--yes"], input=f"{JANIS}\n")
    assert done.exit_code == 0, done.output
    with open_town(second, policies, data / "gateway.sqlite3") as town:
        town.now = ended
        portal = Portal(town, second)
        assert portal.uses(JANIS) == []
        assert of_officers(entries(town, "janis")) == []
        assert town.party("janis").subject != before
        town.ask("officer-valmiera", OF, id="demo-1")
        read_again = town.now
        assert _of_claims(portal, JANIS) == _of_claims(portal, ANNA) == []
        town.now = read_again + RELEASE - timedelta(seconds=2)
        assert of_officers(entries(town, "janis")) == []
        town.now = read_again + RELEASE
        (told,) = of_officers(entries(town, "janis"))
        assert datetime.fromisoformat(told["at"]) == read_again.replace(microsecond=0)
        assert len(of_officers(entries(town))) == 2
        assert (len(_of_claims(portal, JANIS)), len(_of_claims(portal, ANNA))) == (1, 2)


def _of_claims(portal: Portal, code: str) -> list[dict[str, str]]:
    return [each for each in portal.uses(code) if "Mājokļa" in each["action"] and each["receiverName"] != "Jūs"]
