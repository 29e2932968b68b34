"""The national portal reads uses of people's data over the Data Tracker's interface, and nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio
import yaml

from gateway import logs
from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.clock import utc_now
from gateway.edge.routes import application
from gateway.settings import Settings, TrackerSettings
from gateway.store.store import Store
from gateway.store.subjects import person_subject
from gateway.tracker_door import tracker_routes
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, Capacity, ClaimAction, PersonCode, SubjectRole

ANNA, PETERIS = "39100000011", "39100000022"
TOKEN = "t" * 40
CLIENT = "LV/GOV/90000000001/portal"
CONTRACT = (
    Path(__file__).resolve().parents[3] / "shared/contracts/openapi/ee-egov-aj-dumonitor-rest/dumonitor-openapi.yaml"
)
USAGE = {"logtime", "action", "receiverCode", "receiverName", "receiverSystem"}


class Portal:
    """The interface, without a socket; its store."""

    def __init__(self, store: Store, client: httpx.AsyncClient) -> None:
        self.store = store
        self.client = client

    async def find(self, code: str = ANNA, user: str | None = None, **query: str) -> httpx.Response:
        headers = {**head(), "X-Road-UserId": user or f"LV{code}"}
        return await self.client.get("/data-tracker/v2/findUsage", params={"userCode": code, **query}, headers=headers)

    def used(self, minutes_ago: int, disclosed_in: timedelta | None = None, code: str = ANNA) -> None:
        now = utc_now()

        def write(connection: Any) -> None:
            subject = person_subject(connection, PersonCode.parse(code), now)
            disclosed = None if disclosed_in is None else now + disclosed_in
            append(connection, [use(now - timedelta(minutes=minutes_ago), subject, disclosed)])

        self.store.write_sync(write)


def use(at: datetime, subject: str, disclosed_at: datetime | None) -> AccessRecord:
    return AccessRecord(
        at=at,
        request_id="r",
        capacity=Capacity.OWNER_OFFICER,
        organisation="vid",
        by_subject="somebody",
        who="Valsts ieņēmumu dienests",
        claim=None,
        claim_type=None,
        action=ClaimAction.READ_EVIDENCE,
        outcome=AccessOutcome.PERMITTED,
        coordinates=("Person.income",),
        paths=("income",),
        rules=("officer-reads-evidence",),
        policy_version="1",
        subjects=(AccessSubject(subject, SubjectRole.APPLICANT, disclosed_at),),
    )


def head(**changes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "X-Road-Client": CLIENT, **changes}


@pytest_asyncio.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    tracker = TrackerSettings(token_file=token, client=CLIENT, registration_number="90000000002")
    policies = cast(PolicySet, SimpleNamespace(version="1", claim_types={}))

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield

    async def ready() -> bool:
        return True

    app = application(tracker_routes(tracker, store, lambda: policies, ready), Settings(data=tmp_path), lifespan)
    logs.configure("INFO")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield Portal(store, client)
    store.close()


async def test_uses_come_newest_first_in_latvian_and_the_portals_readings_move_no_page(portal: Portal) -> None:
    for minutes in (30, 20, 10):
        portal.used(minutes)
    whole = (await portal.find()).json()
    assert whole["totalUsages"] == 3
    times = [each["logtime"] for each in whole["usages"]]
    assert times == sorted(times, reverse=True)
    assert all(each.keys() <= USAGE and all(isinstance(v, str) for v in each.values()) for each in whole["usages"])
    assert whole["usages"][0]["action"] == "Datu saņemšana no reģistriem"
    pages = [(await portal.find(offset=str(n), limit="1")).json() for n in range(4)]
    assert [page["totalUsages"] for page in pages] == [3] * 4
    assert [use for page in pages for use in page["usages"]] == whole["usages"]
    window = {"periodStart": times[1], "periodEnd": times[1]}
    assert (await portal.find(**window)).json() == {"totalUsages": 1, "usages": [whole["usages"][1]]}


async def test_what_is_disclosed_later_shows_in_no_total_page_or_period_until_then(portal: Portal) -> None:
    portal.used(600, timedelta(days=30))
    portal.used(10)
    hidden = (await portal.find()).json()
    assert (hidden["totalUsages"], len(hidden["usages"])) == (1, 1)
    assert (await portal.find(offset="1")).json() == {"totalUsages": 1, "usages": []}
    period = (await portal.client.get("/data-tracker/v2/usagePeriod", headers=head())).json()
    assert datetime.fromisoformat(period["periodStart"]) > utc_now() - timedelta(minutes=60)
    portal.used(600, timedelta(seconds=-1), PETERIS)
    period = (await portal.client.get("/data-tracker/v2/usagePeriod", headers=head())).json()
    assert datetime.fromisoformat(period["periodStart"]) > utc_now() - timedelta(minutes=601)


async def test_another_persons_uses_are_refused_alike_whether_or_not_they_are_known_and_they_read_of_it(
    portal: Portal,
) -> None:
    portal.used(10, code=PETERIS)
    known = await portal.find(PETERIS, user=ANNA)
    unknown = await portal.find("39100000099", user=ANNA)
    assert (known.status_code, known.content) == (403, unknown.content)
    newest = (await portal.find(PETERIS)).json()["usages"][0]
    assert (newest["action"], newest["receiverName"]) == ("Datu skatīšana (atteikts)", "Cita persona")


@pytest.mark.parametrize(
    "headers",
    [{}, head(Authorization="Bearer x"), head(Authorization=TOKEN), head(**{"X-Road-Client": "LV/GOV/1/other"})],
)
@pytest.mark.parametrize("name", ["findUsage", "usagePeriod", "heartbeat"])
async def test_nobody_but_the_portal_is_answered(portal: Portal, name: str, headers: dict[str, str]) -> None:
    answer = await portal.client.get(f"/data-tracker/v2/{name}", headers={**headers, "X-Road-UserId": ANNA})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "1001"},
        {"limit": "-1"},
        {"offset": "٣"},
        {"periodStart": "2026-01-01"},
        {"periodEnd": "2026-01-01T00:00:00"},
        {"other": "1"},
        {"userCode": "39100000011x"},
    ],
)
async def test_wrong_parameters_are_named_and_never_repeated_nor_logged(
    portal: Portal, query: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    answer = await portal.find(**{"code": ANNA, **query} if "userCode" not in query else {"code": query["userCode"]})
    assert answer.status_code == 400
    good = await portal.find()
    assert good.status_code == 200
    said = answer.text + good.text + "".join(capsys.readouterr())
    assert ANNA not in said
    assert "findUsage" in said


@pytest.mark.skipif(not CONTRACT.exists(), reason="the Data Tracker's published contract is not beside this project")
async def test_answers_are_as_the_published_contract_has_them(portal: Portal) -> None:
    contract = yaml.safe_load(CONTRACT.read_text("utf-8"))
    schemas = contract["components"]["schemas"]
    portal.used(5)
    found = (await portal.find()).json()
    assert found.keys() == schemas["FindUsageResponse"]["properties"].keys()
    assert set(schemas["Usage"]["required"]) <= found["usages"][0].keys() <= schemas["Usage"]["properties"].keys()
    parameters = {each["name"] for each in contract["paths"]["/v2/findUsage"]["get"]["parameters"]}
    assert parameters == {"X-Road-UserId", "userCode", "periodStart", "periodEnd", "offset", "limit"}
    for name, schema in (("usagePeriod", "UsagePeriodResponse"), ("heartbeat", "HeartbeatResponse")):
        answer = (await portal.client.get(f"/data-tracker/v2/{name}", headers=head())).json()
        assert set(schemas[schema]["required"]) <= answer.keys() <= schemas[schema]["properties"].keys()
    assert answer["status"] in schemas["HeartbeatResponse"]["properties"]["status"]["enum"]
