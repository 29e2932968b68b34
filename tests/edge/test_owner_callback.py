"""Owners tell what became of claims in signed messages: each taken once, and nothing told to whoever may not sign."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copy
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from gateway import logs
from gateway.edge.callback import MOST_CHANGES
from gateway.edge.rate import Rate
from gateway.edge.routes import application
from gateway.identity.signed import WINDOW_SECONDS
from gateway.owner_door import BURST, owner_route
from gateway.settings import LimitsSettings, Settings
from gateway.store.reference import seed_reference
from gateway.store.store import Store
from gateway.store.tables.claims import claim_events, claims
from gateway.store.tables.owner_changes import ChangeOutcome, owner_changes, owner_nonces
from schema.terms import ClaimStatus
from tests.claims.world import reload, submitted
from tests.edge.owner_system import OwnerSystem, change, message

SOCIAL = "social-0054000"
VID = OwnerSystem("vid")
OURS = OwnerSystem(SOCIAL)


class Door:
    """The address, without a socket; its store."""

    def __init__(self, store: Store, client: httpx.AsyncClient) -> None:
        self.store = store
        self.client = client

    async def tell(self, body: bytes, signature: str | None, owner: str = SOCIAL, **headers: str) -> httpx.Response:
        given = {"content-type": "application/json", **headers}
        if signature is not None:
            given["x-jws-signature"] = signature
        return await self.client.post(f"/owners/{owner}/callback", content=body, headers=given)

    def claim(self, reference: str = "SOC-1") -> str:
        claim_id = self.store.write_sync(submitted)
        values = {"status": ClaimStatus.DELIVERED, "owner_reference": reference}
        self.store.write_sync(
            lambda c: c.execute(update(claims).where(claims.c.id == claim_id).values(**values)) and None
        )
        return claim_id

    def status(self, claim_id: str) -> ClaimStatus:
        return self.store.read_sync(lambda c: reload(c, claim_id)).status

    def count(self, table: Any) -> int:
        return self.store.read_sync(lambda c: len(c.execute(select(table)).all()))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeded") / "store.sqlite"
    store = Store.open(f"sqlite:///{path}")
    store.write_sync(seed_reference)
    store.close()
    return path


@pytest_asyncio.fixture
async def door(tmp_path: Path, seeded: Path) -> AsyncIterator[Door]:
    copy(seeded, tmp_path / "store.sqlite")
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    owners = {each.owner: {"jwks_file": each.publish(tmp_path)} for each in (VID, OURS)}
    settings = Settings(owners=owners, data=tmp_path, limits=LimitsSettings(receive_seconds=1.0))

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield

    app = application([owner_route(settings, store)], settings, lifespan)
    logs.configure("INFO")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client:
        yield Door(store, client)
    store.close()


async def test_what_an_owner_signs_is_applied_and_the_answer_tells_nothing_of_it(door: Door) -> None:
    claim_id = door.claim()
    known = message(change(1, "IN_REVIEW", "SOC-1"), change(2, "GRANTED", "SOC-1", note="Granted for a year."))
    unknown = message(change(1, "IN_REVIEW", "SOC-7"), change(2, "GRANTED", "SOC-7"))
    answers = [await door.tell(body, OURS.sign(body)) for body in (known, unknown)]
    assert [(each.status_code, each.content) for each in answers] == [(200, b'{"received":2}')] * 2
    assert door.status(claim_id) is ClaimStatus.GRANTED


async def test_the_same_message_again_is_taken_again_and_changes_nothing(door: Door) -> None:
    claim_id = door.claim()
    body = message(change(1, "INFORMATION_REQUESTED", "SOC-1"))
    signature = OURS.sign(body)
    answers = await asyncio.gather(*(door.tell(body, signature) for _ in range(5)))
    signed_anew = await door.tell(body, OURS.sign(body))
    assert {(each.status_code, each.content) for each in [*answers, signed_anew]} == {(200, b'{"received":1}')}
    assert door.status(claim_id) is ClaimStatus.INFORMATION_REQUESTED
    assert door.count(claim_events) == 3
    assert door.count(owner_changes) == 1


async def test_a_nonce_is_good_for_one_message(door: Door) -> None:
    first, second = message(change(1, "IN_REVIEW", "SOC-1")), message(change(2, "GRANTED", "SOC-1"))
    assert (await door.tell(first, OURS.sign(first, jti="n" * 20))).status_code == 200
    assert (await door.tell(second, OURS.sign(second, jti="n" * 20))).status_code == 409
    other = message(change(3, "IN_REVIEW"))
    assert (await door.tell(other, VID.sign(other, jti="n" * 20), "vid")).status_code == 200
    assert door.count(owner_nonces) == 2


async def test_an_owner_tells_of_its_own_claims_alone(door: Door) -> None:
    claim_id = door.claim()
    body = message(change(1, "GRANTED", "SOC-1", claim=claim_id))
    answer = await door.tell(body, VID.sign(body), "vid")
    assert (answer.status_code, answer.content) == (200, b'{"received":1}')
    assert door.status(claim_id) is ClaimStatus.DELIVERED


_BODY = message(change(1, "GRANTED", "SOC-1"))
_FOREIGN = OwnerSystem(SOCIAL)


def _unsigned(header: str) -> str:
    return f"{header}..{OURS.sign(_BODY).split('.')[2]}"


@pytest.mark.parametrize(
    ("signature", "says"),
    [
        (lambda: None, "no signature"),
        (lambda: "", "no signature"),
        (lambda: "a.b.c", "no signature"),
        (lambda: _FOREIGN.sign(_BODY), "key of this owner"),
        (lambda: OURS.sign(_BODY, kid="another"), "key of this owner"),
        (lambda: OURS.sign(_BODY + b" "), "key of this owner"),
        (lambda: VID.sign(_BODY, aud=OURS.path), "key of this owner"),
        (lambda: OURS.sign(_BODY, aud=VID.path), "another address"),
        (lambda: OURS.sign(_BODY, iat=0), "older"),
        (lambda: OURS.sign(_BODY, iat=10**12), "older"),
        (lambda: OURS.sign(_BODY, iat=1.5), "older"),
        (lambda: OURS.sign(_BODY, jti="short"), "nonce"),
        (lambda: OURS.sign(_BODY, jti=7), "nonce"),
        (lambda: OURS.sign(_BODY, typ="JWT"), "protected header"),
        (lambda: OURS.sign(_BODY, crit=["b64"], b64=True), "protected header"),
        (lambda: _unsigned("eyJhbGciOiJub25lIn0"), "protected header"),
        (lambda: _unsigned("bm8ganNvbiBhdCBhbGw"), "protected header"),
    ],
)
async def test_what_its_owner_did_not_sign_for_this_address_now_changes_nothing(
    door: Door, signature: Callable[[], str | None], says: str
) -> None:
    claim_id = door.claim()
    answer = await door.tell(_BODY, signature())
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert says in error["message"]
    assert door.status(claim_id) is ClaimStatus.DELIVERED
    assert door.count(owner_nonces) == 0


async def test_an_owner_that_is_not_there_answers_as_one_whose_key_it_is_not(door: Door) -> None:
    nobody = OwnerSystem("nobody")
    unknown = await door.tell(_BODY, nobody.sign(_BODY), "nobody")
    without_keys = await door.tell(_BODY, OwnerSystem("vsaa").sign(_BODY), "vsaa")
    wrong = await door.tell(_BODY, _FOREIGN.sign(_BODY))
    assert unknown.content == without_keys.content == wrong.content
    assert {unknown.status_code, without_keys.status_code, wrong.status_code} == {401}


async def test_a_key_that_is_changed_in_its_file_counts_at_once(door: Door, tmp_path: Path) -> None:
    before = OURS.sign(_BODY)
    renewed = OwnerSystem(SOCIAL, kid="2027-1")
    renewed.publish(tmp_path)
    assert (await door.tell(_BODY, before)).status_code == 401
    assert (await door.tell(_BODY, renewed.sign(_BODY))).status_code == 200


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-02:00"])
async def test_a_moment_that_utc_does_not_have_is_not_of_its_form(door: Door, at: str) -> None:
    """The first is what some systems write where nothing is set."""
    claim_id = door.claim("VID-1")
    body = message(change(1, "GRANTED"), change(2, "GRANTED") | {"changedAt": at})
    answer = await door.tell(body, OURS.sign(body))
    assert answer.status_code == 400
    assert "at $.changes[1].changedAt." in answer.json()["errors"][0]["message"]
    assert (door.status(claim_id), door.count(owner_changes)) == (ClaimStatus.DELIVERED, 0)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{}", "$"),
        (b'{"changes":[]}', "$.changes"),
        (b'{"changes":[1]}', "$.changes[0]"),
        (b"[", "$"),
        (message(change(1, "DELIVERED")), "$.changes[0].status"),
        (message(change(1, "WITHDRAWN")), "$.changes[0].status"),
        (message(change(1, "GRANTED"), change(2, "GRANTED", "x" * 201)), "$.changes[1].reference"),
        (message(change(1, "GRANTED") | {"changedAt": "2026-11-23T09:00:00"}), "$.changes[0].changedAt"),
        (message(change(1, "GRANTED", surprise=1)), "$.changes[0]"),
        (message(*(change(1, "GRANTED") for _ in range(MOST_CHANGES + 1))), "$.changes"),
        (b'{"changes":[{"id":"1","id":"2"}]}', "$"),
    ],
)
async def test_a_message_of_another_form_is_refused_whole_and_its_place_is_named(
    door: Door, body: bytes, where: str
) -> None:
    answer = await door.tell(body, OURS.sign(body))
    assert answer.status_code == 400
    text = answer.json()["errors"][0]["message"]
    assert f"at {where}." in text or "cannot be read" in text
    assert "39" not in text
    assert door.count(owner_nonces) == 0


async def test_only_plain_json_of_a_bounded_size_is_read(door: Door) -> None:
    long = message(change(1, "GRANTED", note="x" * 70_000))
    assert (await door.tell(long, OURS.sign(long))).status_code == 413
    assert (await door.tell(_BODY, OURS.sign(_BODY), **{"content-type": "text/plain"})).status_code == 415
    assert (await door.tell(_BODY, OURS.sign(_BODY), **{"content-encoding": "gzip"})).status_code == 415
    assert (await door.client.get(OURS.path)).status_code == 405


async def test_who_sends_too_often_is_told_to_wait_and_others_are_not(door: Door) -> None:
    answers = [await door.tell(_BODY, OURS.sign(_BODY)) for _ in range(int(BURST) + 30)]
    assert 429 in {each.status_code for each in answers}
    assert (await door.tell(_BODY, VID.sign(_BODY), "vid")).status_code == 200


def test_a_rate_is_a_burst_and_then_so_many_a_second() -> None:
    now = [0.0]
    rate = Rate(3, 2, lambda: now[0])
    assert [rate.take("vid") for _ in range(5)] == [True, True, True, False, False]
    now[0] = 1.0
    assert [rate.take("vid") for _ in range(3)] == [True, True, False]
    assert rate.take("vzd")


def test_a_rate_remembers_none_whose_burst_is_whole_again() -> None:
    now = [0.0]
    rate = Rate(3, 1, lambda: now[0])
    for number in range(20_000):
        now[0] += 0.01
        assert rate.allows(number)
        assert rate.take(number)
        assert len(rate) <= 1_025
    assert rate.wait_seconds == 1
    assert not all(rate.take(20_000) for _ in range(4))
    assert not rate.allows(20_000)


async def test_a_message_that_cannot_be_kept_is_not_taken(door: Door) -> None:
    claim_id = door.claim()
    door.store.close()
    answer = await door.tell(_BODY, OURS.sign(_BODY))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    reopened = Store.open(f"sqlite:///{door.store.path}")
    assert reopened.read_sync(lambda c: reload(c, claim_id)).status is ClaimStatus.DELIVERED
    reopened.close()


async def test_what_cannot_follow_is_kept_for_people_and_not_applied(door: Door) -> None:
    claim_id = door.claim()
    body = message(change(1, "REFUSED", "SOC-1"), change(2, "IN_REVIEW", "SOC-1"))
    await door.tell(body, OURS.sign(body))
    outcomes = door.store.read_sync(lambda c: c.execute(select(owner_changes.c.outcome)).scalars().all())
    assert outcomes == [ChangeOutcome.APPLIED, ChangeOutcome.ILLEGAL]
    assert door.status(claim_id) is ClaimStatus.REFUSED


def test_a_nonce_is_kept_for_longer_than_a_signature_is_good() -> None:
    from gateway.owner_door import _KEEP

    assert _KEEP.total_seconds() > 2 * WINDOW_SECONDS


def test_an_owner_that_is_not_there_stops_the_start(tmp_path: Path, seeded: Path) -> None:
    copy(seeded, tmp_path / "store.sqlite")
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    settings = Settings(owners={"nobody": {"jwks_file": VID.publish(tmp_path)}}, data=tmp_path)
    with pytest.raises(ValueError, match="owners: there is no owner nobody"):
        owner_route(settings, store)
    store.close()
