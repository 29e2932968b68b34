"""The national portal reads uses of people's data, and who it asks for reads no other log."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from gateway.clock import utc_now
from schema.terms import AccessOutcome, Capacity
from tests.edge.tracker.conftest import ANNA, COMPANY, OTHERS, PETERIS, Portal, head
from tests.edge.tracker.contract import BEFORE, conforms


async def test_uses_come_newest_first_in_latvian_and_the_portals_readings_move_no_page(portal: Portal) -> None:
    for minutes in (30, 20, 10):
        portal.used(minutes)
    whole = (await portal.find()).json()
    assert whole["totalUsages"] == 3
    times = [each["logtime"] for each in whole["usages"]]
    assert times == sorted(times, reverse=True)
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
    period = (await portal.get("usagePeriod")).json()
    assert datetime.fromisoformat(period["periodStart"]) > utc_now() - timedelta(minutes=60)
    portal.used(600, timedelta(seconds=-1), PETERIS)
    period = (await portal.get("usagePeriod")).json()
    assert datetime.fromisoformat(period["periodStart"]) > utc_now() - timedelta(minutes=601)


async def test_anothers_uses_are_refused_alike_and_recorded_alike_whether_or_not_anybody_has_the_code(
    portal: Portal,
) -> None:
    portal.used(10, code=PETERIS)
    portal.used(10, code=COMPANY)
    before = len(portal.records())
    answers = [await portal.find(code, user=ANNA) for code in (PETERIS, "39100000099", "01019012345", COMPANY, OTHERS)]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.keys() - {"x-request-id"})) for answer in answers}) == 1
    records = portal.records()[before:]
    # Of whom it was asked, a person or a legal entity, is what was typed.
    assert [each.pop("coordinates") for each in records] == [["Person.accessLog"]] * 3 + [["LegalEntity.accessLog"]] * 2
    first, *others = records
    assert others == [first] * 4
    assert (first["outcome"], first["rules"], first["records"]) == (AccessOutcome.DENIED, ["no-door"], [[None, 1]])
    newest = (await portal.find(PETERIS)).json()["usages"][0]
    assert (newest["action"], newest["receiverName"]) == ("Datu skatīšana (atteikts)", "Cita persona")


async def test_who_may_represent_a_legal_entity_alone_reads_its_uses_and_nobody_else_does(portal: Portal) -> None:
    portal.used(10, code=COMPANY)
    assert (await portal.find(COMPANY, user=ANNA)).status_code == 403
    portal.represents(ANNA, alone=False, hours_ago=0)
    assert (await portal.find(COMPANY, user=ANNA)).status_code == 403
    portal.represents(ANNA, alone=True, hours_ago=25)
    assert (await portal.find(COMPANY, user=ANNA)).status_code == 403
    portal.represents(ANNA, alone=True, hours_ago=23)
    found = (await portal.find(COMPANY, user=ANNA)).json()
    # The attempts that were refused are uses, the reading is none.
    assert found["totalUsages"] == 4
    assert [each["receiverName"] for each in found["usages"]] == ["Cita persona"] * 3 + ["Valsts ieņēmumu dienests"]
    last = portal.records()[-1]
    assert (last["outcome"], last["capacity"]) == (AccessOutcome.PERMITTED, Capacity.LEGAL_REPRESENTATIVE)
    assert last["rules"] == ["portal-reads-represented-log"]
    assert (await portal.find(COMPANY, user=PETERIS)).status_code == 403


@pytest.mark.parametrize(
    ("party", "status"),
    [(COMPANY, 200), (f"COM/{COMPANY}", 200), (f"COM/{OTHERS}", 400), (ANNA, 400), ("COM/", 400), ("", 400)],
)
async def test_the_represented_party_is_who_is_asked_about_or_the_request_is_wrong(
    portal: Portal, party: str, status: int
) -> None:
    portal.represents(ANNA, alone=True, hours_ago=0)
    headers = head(**{"X-Road-UserId": ANNA, "X-Road-Represented-Party": party})
    answer = await portal.get("findUsage", {"userCode": COMPANY}, headers)
    assert answer.status_code == status
    own = await portal.get("findUsage", {"userCode": ANNA}, headers)
    assert own.status_code == (200 if party == ANNA else 400)


@pytest.mark.parametrize("written", [ANNA, f"LV{ANNA}", f"LV-{ANNA}", f"{ANNA[:6]}-{ANNA[6:]}"])
async def test_a_code_is_the_same_however_it_is_written(portal: Portal, written: str) -> None:
    portal.used(10)
    assert (await portal.find(written, user=ANNA)).json()["totalUsages"] == 1


async def test_windows_take_any_offset_and_hold_both_ends_also_where_rigas_clock_strikes_three_twice(
    portal: Portal,
) -> None:
    # On 25 October 2026 it is 03:30 in Rīga in summer time, and again an hour later.
    summer, winter = "2026-10-25T03:30:00+03:00", "2026-10-25T03:30:00+02:00"
    for text in (summer, winter):
        portal.used_at(datetime.fromisoformat(text).astimezone(UTC))
    whole = [each["logtime"] for each in (await portal.find()).json()["usages"]]
    assert whole == ["2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"]
    for text, at in ((summer, whole[1]), (winter, whole[0])):
        for same in (text, at, at.replace("Z", "+00:00"), at.replace("Z", ".000000Z").lower()):
            found = (await portal.find(periodStart=same, periodEnd=same)).json()
            assert [each["logtime"] for each in found["usages"]] == [at]
    # As whoever writes addresses by hand leaves it: a plus is a plus.
    headers = head(**{"X-Road-UserId": ANNA})
    address = f"{BEFORE}/v2/findUsage?userCode={ANNA}&periodStart=2026-10-25T03:30:00+02:00"
    assert conforms(await portal.client.get(address, headers=headers)).json()["totalUsages"] == 1
    assert (await portal.find(periodStart=winter)).json()["totalUsages"] == 1
    assert (await portal.find(periodEnd=summer)).json()["totalUsages"] == 1
    every = {"periodStart": "0001-01-01T00:00:00+14:00", "periodEnd": "9999-12-31T23:59:59.999999999-14:00"}
    assert (await portal.find(**every)).json()["totalUsages"] == 2
    assert (await portal.find(offset="2147483647")).json() == {"totalUsages": 2, "usages": []}
    assert (await portal.find(limit="0")).json() == {"totalUsages": 2, "usages": []}


async def test_an_empty_log_has_no_uses_and_a_period_that_begins_now(portal: Portal) -> None:
    before = utc_now()
    period = (await portal.get("usagePeriod")).json()
    assert before <= datetime.fromisoformat(period["periodStart"]) <= utc_now()
    assert (await portal.find("39100000088")).json() == {"totalUsages": 0, "usages": []}
    assert (await portal.get("heartbeat")).json()["status"] == "OK"


async def test_a_heart_that_cannot_record_does_not_beat_and_beats_again_by_itself(portal: Portal) -> None:
    portal.used(10)
    with closing(sqlite3.connect(portal.store.path, isolation_level=None)) as other:
        await portal.store.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50").close())
        other.execute("BEGIN IMMEDIATE")
        answer = await portal.find()
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (500, "LOG_UNAVAILABLE")
        told = await portal.get("heartbeat")
        assert (told.status_code, told.json()["status"]) == (200, "FAIL")
        # What was written before can be read all the same.
        assert (await portal.get("usagePeriod")).status_code == 200
        other.execute("ROLLBACK")
    for _ in range(400):
        told = await portal.get("heartbeat")
        if told.json()["status"] == "OK":
            break
        await asyncio.sleep(0.05)
    assert told.json()["status"] == "OK"
    assert (await portal.find()).json()["totalUsages"] == 1


async def test_a_store_that_is_gone_is_no_empty_log(portal: Portal) -> None:
    portal.used(10)
    portal.store.close()
    portal.store.path.unlink()
    portal.store.path.mkdir()
    assert (await portal.get("heartbeat")).json()["status"] == "FAIL"
    for answer in (await portal.get("usagePeriod"), await portal.find()):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (500, "LOG_UNAVAILABLE")
