"""Vehicles and employment of the invented residents: what registers say of the same person fits together."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.sandbox.world.belongings import is_generated_adult, vehicles_of
from adapters.sandbox.world.build import HERE, build_world
from adapters.sandbox.world.generate import Generator
from adapters.sandbox.world.load import WorldError
from adapters.sandbox.world.model import Resident, Vehicle, World
from tests.sandbox.running import TODAY

ANNA, JANIS, PETERIS, MARTA, RAITIS = "39100000011", "39100000022", "39100000055", "39100000066", "39100000176"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world((), TODAY)


@pytest.fixture(scope="module")
def fleets(world: World) -> dict[str, tuple[Vehicle, ...]]:
    return {code: found for code, one in world.residents.items() if (found := vehicles_of(world, one))}


def test_no_minor_owns_a_vehicle_and_none_was_registered_to_one(
    world: World, fleets: dict[str, tuple[Vehicle, ...]]
) -> None:
    for code, fleet in fleets.items():
        owner = world.residents[code]
        eighteenth = f"{int((owner.birth_date or '')[:4]) + 18}{(owner.birth_date or '')[4:]}"
        for one in fleet:
            assert one.since is not None
            assert one.since <= TODAY
            assert one.since.isoformat() >= eighteenth
            assert one.year is None or one.year <= one.since.year


def test_about_a_third_of_adults_own_a_vehicle_and_the_dead_and_gone_none(
    world: World, fleets: dict[str, tuple[Vehicle, ...]]
) -> None:
    adults = [one for one in world.residents.values() if is_generated_adult(world, one)]
    owners = [one for one in adults if one.code in fleets]
    assert 0.3 < len(owners) / len(adults) < 0.5
    assert {one.status for one in owners} == {"AKT"}


def test_one_plate_is_one_vehicle_whose_owners_shares_add_up_and_who_live_together(
    world: World, fleets: dict[str, tuple[Vehicle, ...]]
) -> None:
    by_plate: dict[str, list[tuple[Resident, Vehicle]]] = {}
    for code, fleet in fleets.items():
        for one in fleet:
            if one.plate is not None:
                by_plate.setdefault(one.plate, []).append((world.residents[code], one))
    shared = [owners for owners in by_plate.values() if len(owners) > 1]
    assert len(shared) > 50
    for owners in shared:
        (first, one), (second, same) = owners
        assert one == same
        assert one.share == "1/2"
        assert second.code in (first.spouse, first.partner)
    alone = [one for owners in by_plate.values() if len(owners) == 1 for _, one in owners]
    assert {one.share for one in alone} == {None}


def test_every_status_occurs_and_who_handed_in_the_plates_has_none(fleets: dict[str, tuple[Vehicle, ...]]) -> None:
    told = [one for fleet in fleets.values() for one in fleet]
    assert {one.status for one in told} == {"UZS", "PAR", "ATS", "IZV", "IZS", "NOR"}
    assert all(one.plate is None for one in told if one.status == "NOR")
    assert any(one.stolen for one in told)
    assert any(one.year is None for one in told)


def test_the_unemployed_have_no_income_now_and_are_of_working_age(world: World) -> None:
    unemployed = [one for one in world.residents.values() if one.unemployed_since and not one.unemployed_until]
    assert 300 < len(unemployed) < 1_000
    for one in unemployed:
        assert not [source for source in one.income if source.end is None or source.end > TODAY]
        assert one.status == "AKT"
        assert 18 <= TODAY.year - int((one.birth_date or "0")[:4]) < 65
        assert one.unemployed_since is not None
        assert one.unemployed_since <= TODAY


def test_who_found_work_is_unemployed_no_longer_from_the_day_that_it_began(world: World) -> None:
    ended = [one for one in world.residents.values() if one.unemployed_until and int(one.code) >= 39_500_000_000]
    assert len(ended) > 100
    for one in ended:
        assert one.unemployed_until == one.income[0].first
        assert one.unemployed_since is not None
        assert one.unemployed_since < one.unemployed_until


def test_job_seekers_have_no_income_and_are_not_unemployed_too(world: World) -> None:
    seekers = [one for one in world.residents.values() if one.job_seeker_since]
    assert len(seekers) > 20
    assert all(not one.income and one.unemployed_since is None for one in seekers)


def test_other_registers_know_the_same_of_everybody_as_before(world: World) -> None:
    """Vehicles and employment draw by themselves: nobody's name, home or income moves because of them."""
    plain = Generator(_places(), TODAY, sum(int(code) < 39_500_000_000 for code in world.residents)).residents(10_000)
    kept = {"unemployed_since": None, "unemployed_until": None, "job_seeker_since": None}
    for code, one in plain.residents.items():
        assert replace(world.residents[code], **kept) == one


def test_named_people_own_and_are_what_the_demo_says(world: World) -> None:
    plates = {code: [one.plate for one in vehicles_of(world, world.residents[code])] for code in world.residents}
    assert plates[PETERIS] == ["AB1234"]
    assert plates[ANNA] == plates[JANIS] == ["CD777"]
    assert plates[RAITIS] == [None, "RC2021"]
    assert world.residents[RAITIS].unemployed_until is None
    for code in (ANNA, PETERIS, MARTA):
        one = world.residents[code]
        assert one.unemployed_until is not None
        assert one.unemployed_until <= one.income[0].first
    assert world.residents[JANIS].unemployed_since is None


def test_a_folders_people_keep_their_vehicles_also_with_codes_above_the_generated_ones(tmp_path: Path) -> None:
    (tmp_path / "residents.toml").write_text(
        '[[resident]]\ncode = "39600000011"\nvehicles = [{ make = "Jawa", status = "NOR" }]\n', encoding="utf-8"
    )
    world = build_world((tmp_path,), TODAY, total=50)
    (one,) = vehicles_of(world, world.residents["39600000011"])
    assert (one.plate, one.make, one.model, one.status, one.stolen) == (None, "Jawa", None, "NOR", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('vehicles = [{ plate = "A" }]', "make is missing"),
        ('vehicles = [{ make = "Jawa", year = "26" }]', "year is not a year"),
        ('vehicles = [{ make = "Jawa", share = "half" }]', "share is not a fraction"),
        ('vehicles = [{ make = "Jawa", status = "SCRAPPED" }]', "status is none of UZS"),
        ('vehicles = [{ make = "Jawa", plate = "A\\nB" }]', "plate is not text"),
        ("unemployed_until = 2026-01-01", "unemployed_until is not after unemployed_since"),
        ("unemployed_since = -1\njob_seeker_since = -1", "job_seeker_since contradicts unemployed_since"),
    ],
)
def test_a_wrong_entry_is_one_clear_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "residents.toml").write_text(f'[[resident]]\ncode = "39300000011"\n{text}\n', encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        build_world((tmp_path,), TODAY, total=50)
    assert reason in str(caught.value)


def _places() -> dict[str, dict[str, object]]:
    document = tomllib.loads((HERE / "municipalities.toml").read_text("utf-8"))
    found: dict[str, dict[str, object]] = document["municipalities"]
    return found
