"""Every protected resident's address and household stay closed to third parties, and look as if none were on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.sandbox.server import utc_today
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident, World
from tests.answers import errors_by_path
from tests.running_gateway import RunningGateway

CLAIM_TYPES = {"housing-benefit": "tp-support", "kindergarten-queue": "tp-families"}
_ADDRESS = "declaredAddress { fullText street house flat postalCode municipality { name } }"
ASKED = {
    "ngo-support": ("housing-benefit", f"{_ADDRESS} household {{ relation person {{ givenName familyName }} }}"),
    "ngo-families": ("kindergarten-queue", _ADDRESS),
}
_CLAIM = """[[claim]]
id = "{type}-{code}"
type = "{type}"
person = "{code}"
municipality = "0054000"
assigned_to = ["{party}"]
"""


@pytest.fixture(scope="module")
def world() -> World:
    return build_world((), utc_today())


@pytest.fixture(scope="module")
def protected(world: World) -> list[Resident]:
    """Everybody whose data is restricted, and of age: in the whole world some dozens."""
    return [one for one in world.residents.values() if one.restricted and one.marital != "NEP"]


@pytest.fixture(scope="module")
def others(world: World, protected: list[Resident]) -> list[Resident]:
    """As many who live with somebody, of whom nobody is restricted."""
    open_ones = (
        one
        for one in world.residents.values()
        if one.address and world.household(one) and one.marital != "NEP"
        if not one.restricted and not any(link.resident.restricted for link in world.household(one))
    )
    return [next(open_ones) for _ in protected]


@pytest.fixture(scope="module")
def asking(
    tmp_path_factory: pytest.TempPathFactory, protected: list[Resident], others: list[Resident]
) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("protected")
    (folder / "world").mkdir()
    claims = [
        _CLAIM.format(type=kind, code=one.code, party=party)
        for kind, party in CLAIM_TYPES.items()
        for one in (*protected, *others)
    ]
    (folder / "world" / "claims.toml").write_text("\n".join(claims), encoding="utf-8")
    with RunningGateway(folder / "data", "--world", str(folder / "world")) as gateway:
        gateway.until_notices_are_read()
        yield gateway


@pytest.mark.parametrize("persona", ASKED)
def test_no_protected_resident_is_shown_in_the_clear_and_everybody_else_is(
    asking: RunningGateway, world: World, protected: list[Resident], others: list[Resident], persona: str
) -> None:
    kind, evidence = ASKED[persona]
    asked = f"id applicant {{ ... on Person {{ {evidence} }} }}"
    query = f'{{ claims(filter: {{types: ["{kind}"]}}, first: 500) {{ edges {{ node {{ {asked} }} }} }} }}'
    answer = asking.post(query, persona=persona)[1]
    codes = errors_by_path(answer)
    nodes: list[dict[str, Any]] = [each["node"] for each in answer["data"]["claims"]["edges"]]
    place = {node["id"]: number for number, node in enumerate(nodes)}
    for one in protected:
        number = place[f"{kind}-{one.code}"]
        for field, value in nodes[number]["applicant"].items():
            assert value is None
            assert codes[f"claims.edges.{number}.node.applicant.{field}"] == "PROTECTED"
    for one in others:
        assert all(nodes[place[f"{kind}-{one.code}"]]["applicant"].values())
    homes = {world.addresses[one.address].text for one in protected if one.address}
    homes -= {world.addresses[one.address].text for one in others if one.address}
    shown = str(answer)
    assert homes
    assert not [home for home in homes if home in shown]
