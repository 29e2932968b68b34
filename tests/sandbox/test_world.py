"""The invented residents: the same in every register, on every machine."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from adapters.sandbox.world.build import HERE, build_world, invented
from adapters.sandbox.world.load import WorldError
from adapters.sandbox.world.model import World
from tests.sandbox.running import TODAY


@pytest.fixture(scope="module")
def world() -> World:
    return build_world((), TODAY)


def test_ten_thousand_residents_live_in_all_42_municipalities(world: World) -> None:
    assert len(world.residents) == 10_000
    assert len(world.municipalities) == 42
    assert {one.atvk for one in world.residents.values()} - {None} == set(world.municipalities)


def test_the_same_seed_makes_the_same_people(world: World) -> None:
    invented.cache_clear()
    assert build_world((), TODAY).residents == world.residents


def test_the_world_is_made_within_a_second_and_a_half() -> None:
    def seconds() -> float:
        invented.cache_clear()
        started = time.process_time()
        build_world((), TODAY)
        return time.process_time() - started

    assert min(seconds() for _ in range(3)) < 1.5


def test_all_codes_begin_with_39_and_generated_ones_keep_to_their_range(world: World) -> None:
    named = build_world((), TODAY, total=0).residents
    assert all(len(code) == 11 and code.startswith("39") for code in world.residents)
    assert all(code.startswith("395") for code in world.residents.keys() - named.keys())
    former = [code for one in world.residents.values() for code in one.former_codes]
    assert len(former) == len(set(former))
    assert not set(former) & world.residents.keys()


def test_family_links_hold_both_ways(world: World) -> None:
    opposite = {"LAU": "LAU", "PAR": "PAR", "BER": "VEC", "VEC": "BER", "BRM": "BRM", "VVE": "MAZ", "MAZ": "VVE"}
    for person in world.residents.values():
        if person.spouse is not None:
            assert world.residents[person.spouse].spouse == person.code
        for link in world.household(person):
            back = {other.resident.code: other.relation for other in world.household(link.resident)}
            assert back[person.code] == opposite[link.relation]


def test_anna_lives_with_her_spouse_and_both_children_and_peteris_lives_alone(world: World) -> None:
    anna, peteris = world.residents["39100000011"], world.residents["39100000055"]
    assert [(one.resident.given_name, one.relation) for one in world.household(anna)] == [
        ("Jānis", "LAU"),
        ("Līga", "BER"),
        ("Toms", "BER"),
    ]
    assert world.household(peteris) == ()


def test_marta_and_nora_differ_in_what_is_on_record_and_each_has_one_child(world: World) -> None:
    marta, nora = world.residents["39100000066"], world.residents["39100000110"]
    assert marta.restricted
    assert marta.address is not None
    assert [one.relation for one in world.household(marta)] == ["BER"]
    assert (nora.restricted, nora.address, world.household(nora)) == (False, None, ())
    assert len(marta.children) == len(nora.children) == 1


def test_every_address_and_every_payer_with_a_number_exists(world: World) -> None:
    for person in world.residents.values():
        assert person.address is None or person.address in world.addresses
        payers = [source.payer for source in person.income] + [person.tax_book.employer if person.tax_book else None]
        assert all(payer is None or payer in world.enterprises for payer in payers)


def test_a_folder_adds_residents_and_replaces_those_of_the_same_code(tmp_path: Path) -> None:
    (tmp_path / "residents.toml").write_text(
        '[[resident]]\ncode = "39300000011"\ngiven_name = "Rasma"\n'
        '[[resident]]\ncode = "39100000088"\ngiven_name = "Ilze Otrā"\n',
        encoding="utf-8",
    )
    world = build_world((tmp_path,), TODAY, total=100)
    assert world.residents["39300000011"].given_name == "Rasma"
    assert world.residents["39100000088"].given_name == "Ilze Otrā"
    assert world.residents["39100000088"].address is None
    assert len(world.residents) == 100


def test_a_folder_without_residents_adds_nobody(tmp_path: Path) -> None:
    assert build_world((tmp_path,), TODAY, total=50).residents == build_world((), TODAY, total=50).residents


def test_the_example_of_the_readme_loads(tmp_path: Path) -> None:
    example = (HERE / "README.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    tomllib.loads(example)
    (tmp_path / "residents.toml").write_text(example, encoding="utf-8")
    world = build_world((tmp_path,), TODAY, total=100)
    rasma = world.residents["39300000011"]
    assert [one.relation for one in world.household(rasma)] == ["BER"]
    assert rasma.former_codes == ("39300000022",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[resident]]\n", "code is missing"),
        ('[[resident]]\ncode = "123"\n', "code is not a personal code (11 digits)"),
        ('[[resident]]\ncode = "39300000011"\nnam = "x"\n', "nam is not known here"),
        ('[[resident]]\ncode = "39300000011"\nsex = "F"\n', "sex is none of S, V, N"),
        ('[[resident]]\ncode = "39300000011"\nbirth_date = "1969-13"\n', "birth_date is not YYYY"),
        ('[[resident]]\ncode = "39300000011"\nrestricted = "no"\n', "restricted is neither true nor false"),
        ('[[resident]]\ncode = "39300000011"\naddress = "999999999"\n', "address 999999999 does not exist"),
        ('[[resident]]\ncode = "39300000011"\nchildren = ["39300000099"]\n', "who is no resident"),
        ('[[resident]]\ncode = "39300000011"\nformer_codes = ["39100000011"]\n', "belongs to somebody else"),
        ('[[resident]]\ncode = "39300000011"\natvk = "0055000"\n', "municipality that does not exist"),
        ('[[resident]]\ncode = "39300000011"\nincome = [{ kind = "1001", gross = 700 }]\n', "income 1: gross is not"),
        (
            '[[resident]]\ncode = "39300000011"\nincome = [{ kind = "1001", gross = "7.00" }]\n',
            "income 1: from is missing",
        ),
        ('[[resident]]\ncode = "39300000011"\n' * 2, "stands here twice"),
        (
            '[[case]]\nregister = "vies"\nreference = "1"\nclaim_id = "c"\nmessage_id = "m"\nclaim_type = "t"\n',
            "no claims",
        ),
        ("[[residents]]\n", "residents is not known here"),
        ("[[resident", "cannot be read"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "residents.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        build_world((tmp_path,), TODAY, total=50)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="no such folder"):
        build_world((tmp_path / "nowhere",), TODAY, total=50)
