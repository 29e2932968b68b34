"""Who is not the portal, asks wrongly or asks too much hears so, and nothing of it is written anywhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import logs
from gateway.edge.answers import Refused
from gateway.edge.portal import Bounds
from gateway.edge.tracker import Asked, finding
from gateway.examination import examine, portal_findings
from gateway.finding import Finding
from gateway.identity.shared_secrets import SharedSecrets
from gateway.settings import Settings, TrackerSettings
from gateway.store.tables.columns import to_microseconds
from tests.edge.tracker.conftest import ANNA, COMPANY, PETERIS, TOKEN, Portal, head
from tests.edge.tracker.contract import BEFORE, conforms


@pytest.mark.parametrize(
    "headers",
    [
        {},
        head(Authorization="Bearer x"),
        head(Authorization=TOKEN),
        head(Authorization=f"bearer {TOKEN}"),
        head(**{"X-Road-Client": "LV/GOV/1/other"}),
        {"Authorization": f"Bearer {TOKEN}"},
    ],
)
@pytest.mark.parametrize("name", ["findUsage", "usagePeriod", "heartbeat"])
async def test_nobody_but_the_portal_is_answered(portal: Portal, name: str, headers: dict[str, str]) -> None:
    answer = await portal.get(name, {"userCode": ANNA}, {**headers, "X-Road-UserId": ANNA})
    assert answer.status_code == 401
    assert portal.records() == []


async def test_an_error_is_in_the_language_that_the_portal_accepts(portal: Portal) -> None:
    headers = head(**{"Accept-Language": "lv", "X-Road-UserId": ANNA})
    answer = await portal.get("findUsage", {"userCode": ANNA, "limit": "x"}, headers)
    assert answer.json()["errors"][0]["message"] == "limit nav vesels skaitlis no 0 līdz 1000."
    assert answer.headers["content-language"] == "lv"


@pytest.mark.parametrize("name", ["findUsage", "usagePeriod", "heartbeat"])
async def test_the_addresses_are_read_and_nothing_else(portal: Portal, name: str) -> None:
    answer = await portal.client.post(f"{BEFORE}/v2/{name}", headers=head())
    assert conforms(answer).status_code == 405


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "1001"},
        {"limit": "-1"},
        {"limit": "+1"},
        {"limit": ""},
        {"offset": "٣"},
        {"offset": "2147483648"},
        {"offset": "1e3"},
        {"periodStart": "2026-01-01"},
        {"periodStart": ""},
        {"periodStart": "20260101T000000Z"},
        {"periodStart": "2026-W01-1T00:00:00Z"},
        {"periodStart": "2026-01-01 00:00:00Z"},
        {"periodStart": "2026-02-29T00:00:00Z"},
        {"periodStart": "2026-01-01T24:00:00Z"},
        {"periodEnd": "2026-01-01T00:00:00"},
        {"periodEnd": "2026-01-01T00:00:00+25:00"},
        {"periodStart": "2026-01-02T00:00:00Z", "periodEnd": "2026-01-01T23:59:59Z"},
        {"periodStart": "2026-01-02T00:00:00Z", "periodEnd": "2026-01-02T00:00:00+02:00"},
        {"other": "1"},
        {"usercode": ANNA},
        {"userCode": "39100000011x"},
        {"userCode": "391000000111"},
        {"userCode": ""},
        {"userCode": "EE39100000011"},
        {"userCode": "40003032948"},
        {"userCode": [ANNA, PETERIS]},
        {"userCode": []},
    ],
    ids=str,
)
async def test_wrong_parameters_are_named_and_neither_repeated_nor_logged_nor_recorded(
    portal: Portal, query: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    answer = await portal.get("findUsage", {"userCode": ANNA, **query}, head(**{"X-Road-UserId": ANNA}))
    assert answer.status_code == 400
    assert portal.records() == []
    said = answer.text + "".join(capsys.readouterr())
    assert ANNA not in said
    assert "findUsage" in said


_NAMES = st.sampled_from(["userCode", "periodStart", "periodEnd", "offset", "limit", "other", ""])
_VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=14))])).map(
        datetime.isoformat
    ),
    st.from_regex(r"(LV-?)?[0-9]{6}-?[0-9]{5}", fullmatch=True),
)
_QUERIES = st.one_of(
    st.binary(max_size=60),
    st.lists(st.tuples(_NAMES, _VALUES), max_size=6).map(lambda pairs: urlencode(pairs).encode()),
    st.fixed_dictionaries({"userCode": st.just(ANNA)}, optional={"periodStart": _VALUES, "limit": _VALUES}).map(
        lambda given: urlencode(given).encode()
    ),
)


@settings(max_examples=300, deadline=None)
@given(_QUERIES, st.lists(st.binary(max_size=20) | st.just(ANNA.encode()), max_size=2), st.binary(max_size=20))
def test_whatever_is_asked_is_a_question_with_sense_or_is_wrong(query: bytes, users: list[bytes], party: bytes) -> None:
    asked: list[Asked] = []

    async def find(one: Asked) -> bytes:
        asked.append(one)
        return b"{}"

    headers = [
        *((b"x-road-userid", each) for each in users),
        *([(b"x-road-represented-party", party)] if party else []),
    ]
    scope = {"query_string": query, "headers": headers}
    statuses: list[int] = []
    try:
        asyncio.run(finding(find, Bounds(lambda: 0.0))(scope))
    except Refused as refusal:
        statuses.append(refusal.status)
    assert len(asked) + len(statuses) == 1
    if not asked:
        assert statuses == [400]
        return
    (one,) = asked
    assert 0 <= one.window.offset < 2**31
    assert 0 <= one.window.limit <= 1_000
    since, until = one.window.since, one.window.until
    assert all(each is None or abs(to_microseconds(each)) < 2**62 for each in (since, until))
    assert since is None or until is None or since <= until


@pytest.mark.parametrize("users", [[], ["x"], ["EE38001085718"], [ANNA, PETERIS], [COMPANY[:-1]], [""]])
async def test_somebody_has_to_be_signed_in(portal: Portal, users: list[str]) -> None:
    headers = [*head().items(), *[("X-Road-UserId", each) for each in users]]
    answer = conforms(await portal.client.get(f"{BEFORE}/v2/findUsage", params={"userCode": ANNA}, headers=headers))
    assert answer.status_code == 400
    assert portal.records() == []


async def test_an_accident_is_500_as_the_contract_has_it_and_says_nothing_of_the_person(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    portal.accident = RuntimeError(f"canary {ANNA}")
    answer = await portal.find()
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (500, "INTERNAL")
    said = "".join(capsys.readouterr())
    assert "request failed" in said
    assert ANNA not in said + answer.text


async def test_who_tries_out_codes_is_stopped_and_still_reads_the_own_log(portal: Portal) -> None:
    portal.used(10, code=PETERIS)
    tried = [(await portal.find(f"3910000{number:04}", user=ANNA)) for number in range(20, 34)]
    assert [each.status_code for each in tried] == [403] * 10 + [429] * 4
    assert tried[-1].headers["retry-after"] == "60"
    assert len({each.content for each in tried[10:]}) == 1
    assert len(portal.records()) == 1 + 10
    assert (await portal.find(PETERIS, user=ANNA)).content == tried[-1].content
    assert (await portal.find()).status_code == 200
    assert (await portal.find(PETERIS, user="39100000033")).status_code == 403
    portal.seconds += 60
    assert [(await portal.find(PETERIS, user=ANNA)).status_code for _ in range(2)] == [403, 429]


async def test_one_person_has_a_minutes_worth_at_once_and_one_more_each_second(portal: Portal) -> None:
    assert [(await portal.find()).status_code for _ in range(62)] == [200] * 60 + [429] * 2
    assert (await portal.find(PETERIS)).status_code == 200
    portal.seconds += 2
    answers = [await portal.find() for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1].headers["retry-after"] == "1"


async def test_a_person_who_asks_many_times_at_once_gets_two_answers_at_a_time(portal: Portal) -> None:
    together = await asyncio.gather(*(portal.find() for _ in range(12)))
    assert sorted(each.status_code for each in together) == [200] * 2 + [429] * 10
    people = [f"3910000{number:04}" for number in range(20, 40)]
    together = await asyncio.gather(*(portal.find(each) for each in people))
    assert {each.status_code for each in together} == {200}
    assert (await portal.find()).status_code == 200


async def test_the_portal_as_a_whole_is_bounded_and_its_heartbeat_is_not(portal: Portal) -> None:
    answers = [await portal.get("findUsage", {"userCode": "x"}) for _ in range(202)]
    assert [each.status_code for each in answers] == [400] * 200 + [429] * 2
    assert (await portal.get("usagePeriod")).status_code == 429
    assert (await portal.get("heartbeat")).status_code == 200
    portal.seconds += 1
    assert (await portal.get("usagePeriod")).status_code == 200


async def test_a_token_is_changed_without_a_moment_in_which_none_holds(
    portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("INFO")
    new = "n" * 40

    async def statuses() -> list[int]:
        return [
            (await portal.get("heartbeat", headers=head(Authorization=f"Bearer {each}"))).status_code
            for each in (TOKEN, new)
        ]

    def write(text: str, mode: int = 0o600) -> None:
        other = portal.token.with_name("other")
        other.write_text(text)
        other.chmod(mode)
        other.replace(portal.token)

    assert await statuses() == [200, 401]
    write(f"{TOKEN}\n{new}\n")
    assert await statuses() == [200, 200]
    for broken, mode in (("short", 0o600), ("", 0o600), (f"{new}\n", 0o644)):
        write(broken, mode)
        assert await statuses() == [200, 200]
    # It is said once for each file that cannot be used, and what is mended in place is read.
    assert "".join(capsys.readouterr()).count("tracker.token_unreadable") == 3
    portal.token.chmod(0o600)
    assert await statuses() == [401, 200]
    write(f"{TOKEN}\n{new}\n")
    write(f"{new}\n")
    assert await statuses() == [401, 200]
    portal.token.unlink()
    assert await statuses() == [401, 200]


@pytest.mark.parametrize(
    ("text", "mode"), [("short", 0o600), ("", 0o600), ("t" * 40, 0o640), ("t" * 40 + "\nx", 0o600)]
)
def test_a_gateway_does_not_start_with_a_token_that_is_no_secret(tmp_path: Path, text: str, mode: int) -> None:
    token = tmp_path / "token"
    token.write_text(text)
    token.chmod(mode)
    with pytest.raises(ValueError, match="token") as refused:
        SharedSecrets(token, lambda: None)
    assert "t" * 40 not in str(refused.value)


def test_the_doctor_says_whether_the_portal_can_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tmp_path / "token"

    def finding(client: str | None = None) -> Finding:
        tracker = TrackerSettings(token_file=token, client=client, registration_number="90000000014")
        (found,) = portal_findings(Settings(data=tmp_path, tracker=tracker))
        return found

    assert list(portal_findings(Settings(data=tmp_path))) == []
    assert not finding().holds
    token.write_text(TOKEN)
    token.chmod(0o644)
    assert not finding().holds
    assert TOKEN not in finding().finding
    token.chmod(0o600)
    assert finding().holds
    assert "GATEWAY_TRACKER__CLIENT" in finding().finding
    monkeypatch.setenv("GATEWAY_DATA", str(tmp_path))
    monkeypatch.setenv("GATEWAY_TRACKER__TOKEN_FILE", str(token))
    monkeypatch.setenv("GATEWAY_TRACKER__REGISTRATION_NUMBER", "90000000014")
    monkeypatch.setenv("GATEWAY_TRACKER__CLIENT", "LV/GOV/90000000001/portal")
    assert finding("LV/GOV/90000000001/portal") in examine(None)


@pytest.mark.parametrize("number", ["90000000015", "9000000001", "9000000001x", "90000000041"])
def test_a_number_of_who_runs_the_gateway_that_is_mistyped_is_said_at_the_start(number: str) -> None:
    with pytest.raises(ValueError, match=r"check digit|pattern"):
        TrackerSettings(registration_number=number)
