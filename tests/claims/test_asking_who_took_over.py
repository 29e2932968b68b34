"""A municipality was taken over: its claims are asked about where they are now, and on from what was heard there."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from adapters.kit.ports import CallContext, Changes, StatusChange
from gateway.claims.owner_answers import Source, apply_changes
from gateway.claims.polling import StatusPoller
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.organisations import municipalities
from gateway.store.tables.owner_changes import ChangeOutcome, owner_polls
from schema.terms import AtvkCode, ClaimStatus, MunicipalityKind
from tests.claims.owners import Time
from tests.claims.test_polling import Reporter, change, delivered, history, kept, poller, status_of
from tests.claims.world import NOW, VALMIERA

S = ClaimStatus
FORMER = AtvkCode("0053000")
HOUSING = frozenset({"housing-benefit"})


class Towns(Reporter):
    """A server for each municipality, with changes and a since-token of its own."""

    def __init__(self, **told: list[StatusChange]) -> None:
        super().__init__()
        self.servers = {code.removeprefix("at_"): list(changes) for code, changes in told.items()}

    async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
        assert place is not None
        self.told = self.servers[self.successors.get(place.digits, place).digits]
        return await super().changes(place, since, context)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def former(store: Store) -> str:
    """A claim that the former municipality has."""
    row = {"atvk": FORMER.digits, "name": "Before", "kind": MunicipalityKind.COUNTY, "valid_from": date(2021, 7, 1)}
    store.write_sync(lambda c: c.execute(insert(municipalities), row) and None)
    claim_id = delivered(store, "OLD-1")
    moved = update(claims).where(claims.c.id == claim_id).values(municipality=FORMER.digits)
    store.write_sync(lambda c: c.execute(moved) and None)
    return claim_id


def started_again(store: Store, time: Time, towns: Towns) -> StatusPoller:
    towns.successors = {FORMER.digits: VALMIERA}
    time.seconds += 60
    return poller(store, time, social=towns)


async def test_no_change_is_passed_over_since_the_former_servers_token_means_nothing_there(
    store: Store, time: Time, former: str
) -> None:
    before = [change(number, S.INFORMATION_REQUESTED, "OLD-1") for number in range(3)]
    towns = Towns(at_0053000=before, at_0054000=[])
    await poller(store, time, social=towns).run_once()
    assert status_of(store, former) is S.INFORMATION_REQUESTED
    towns.servers[VALMIERA.digits] = [change(10, S.GRANTED, "OLD-1")]
    await started_again(store, time, towns).run_once()
    assert status_of(store, former) is S.GRANTED
    assert towns.asked[-1] == (VALMIERA.digits, None)


async def test_one_server_is_asked_once_for_all_that_it_has_and_nothing_is_a_case_of_nobodys(
    store: Store, time: Time, former: str
) -> None:
    own = delivered(store, "NEW-1")
    towns = Towns(at_0054000=[change(1, S.GRANTED, "OLD-1"), change(2, S.REFUSED, "NEW-1")])
    asking = started_again(store, time, towns)
    assert await asking.run_once() == 1
    assert (status_of(store, former), status_of(store, own)) == (S.GRANTED, S.REFUSED)
    assert kept(store) == [("c-1", ChangeOutcome.APPLIED), ("c-2", ChangeOutcome.APPLIED)]


async def test_what_was_heard_before_the_start_counts(store: Store, time: Time, former: str) -> None:
    """From the former server before its receipt arrived, and from the successor's while its claims were its own alone."""
    late = delivered(store, "LATE-1")
    moved = update(claims).where(claims.c.id == late).values(municipality=FORMER.digits, owner_reference=None)
    store.write_sync(lambda c: c.execute(moved) and None)
    for place, told in ((FORMER, change(1, S.IN_REVIEW, "LATE-1")), (VALMIERA, change(2, S.GRANTED, "OLD-1"))):
        source = Source(register="social", claim_types=HOUSING, municipality=place)
        tally = store.write_sync(lambda c, s=source, t=told: apply_changes(c, NOW, s, [t]))  # type: ignore[misc]
        assert tally == {ChangeOutcome.UNKNOWN: 1}
    known = update(claims).where(claims.c.id == late).values(owner_reference="LATE-1")
    store.write_sync(lambda c: c.execute(known) and None)
    await started_again(store, time, Towns(at_0054000=[])).run_once()
    assert (status_of(store, former), status_of(store, late)) == (S.GRANTED, S.IN_REVIEW)
    assert history(store, late)[-1] is S.IN_REVIEW


async def test_who_took_nobody_over_is_asked_on_from_the_same_token(store: Store, time: Time) -> None:
    delivered(store)
    towns = Towns(at_0054000=[change(1, S.IN_REVIEW)])
    await poller(store, time, social=towns).run_once()
    await started_again(store, time, towns).run_once()
    assert [since for _, since in towns.asked] == [None, "1"]
    tokens = store.read_sync(lambda c: list(c.execute(select(owner_polls.c.source, owner_polls.c.since))))
    assert tokens == [("register social 0054000", "1")]
