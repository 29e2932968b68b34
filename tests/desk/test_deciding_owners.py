"""Which owners decide in their own systems is a setting, and one that names nobody does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Settings, load
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway


@pytest.mark.parametrize(
    ("given", "owners"),
    [("vsaa, social-0054000", {"vsaa", "social-0054000"}), ("none", set()), ("", set()), ("social", {"social"})],
)
def test_owners_are_named_with_commas(given: str, owners: set[str]) -> None:
    assert load(deciding_owners=given).deciding_owners == owners


def test_of_the_owners_that_are_connected_the_revenue_service_decides_by_itself() -> None:
    assert Settings().deciding_owners == {"vid"}


def test_a_departments_id_stands_for_every_municipality(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(GATEWAY_DECIDING_OWNERS="social")
    query = 'mutation { decideClaim(input: {id: "%s", outcome: GRANTED, reason: "Fulfils it."}) { problems { code } } }'
    for persona, claim, problems in (
        ("officer-valmiera", "demo-2", [{"code": "DECIDED_IN_OWNER_SYSTEM"}]),
        ("officer-riga", "demo-6", [{"code": "DECIDED_IN_OWNER_SYSTEM"}]),
        ("officer-vsaa", "demo-5", []),
    ):
        _, body = running.post(query % claim, persona=persona)
        assert body["data"]["decideClaim"]["problems"] == problems


def test_an_owner_that_there_is_not_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="there is no owner vidd"):
        RunningGateway(tmp_path / "data", "--no-registers", settings={"GATEWAY_DECIDING_OWNERS": "vidd"})
