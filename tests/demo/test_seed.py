"""The demo world as demo.md fixes it; and what others add to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from adapters.sandbox.world.load import load_folder
from gateway.claims.mandates import load_mandates
from gateway.claims.snapshot import events_of, load
from gateway.demo.seed import SeedError, load_personas, seed
from gateway.demo.seed_claims import ClaimTypes
from gateway.store.organisations import (
    all_municipalities,
    centres_by_id,
    municipalities_by_code,
    owners,
    third_parties_by_id,
)
from gateway.store.store import Store
from gateway.store.subjects import codes_of, find_entity, find_person, representation, restricted_of
from gateway.store.tables import metadata
from gateway.store.tables.delivery import MessageState, outbox
from policies.kit.policy_set import PolicySet
from schema.terms import (
    AssuranceLevel,
    AtvkCode,
    Capacity,
    ClaimStatus,
    MandateStatus,
    PersonCode,
    RegistrationNumber,
    ThirdPartyStatus,
)

# Half an hour before midnight in UTC is the next day in Rīga.
NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PETERIS, FORMERLY = PersonCode("39100000055"), PersonCode("39990000055")


@pytest.fixture(scope="module")
def claim_types() -> ClaimTypes:
    return PolicySet.load().claim_types


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, claim_types: ClaimTypes) -> Iterator[Store]:
    data = tmp_path_factory.mktemp("data")
    store = Store.open(f"sqlite:///{data / 'store.sqlite'}")
    seed(store, data, None, NOW, claim_types)
    yield store
    store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


def counts(store: Store) -> dict[str, int]:
    return store.read_sync(
        lambda c: {
            table.name: c.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    )


def test_the_claims_are_as_the_demo_fixes_them(world: Store) -> None:
    found = world.read_sync(lambda c: load(c, [f"demo-{n}" for n in range(1, 16)]))
    S = ClaimStatus  # noqa: N806 - a table is read more easily
    assert [found[f"demo-{n}"].status for n in range(1, 16)] == [
        *(S.IN_REVIEW, S.DELIVERED, S.DRAFT, S.GRANTED, S.DELIVERED, S.IN_REVIEW, S.DRAFT, S.DRAFT, S.IN_REVIEW),
        *(S.DRAFT, S.DRAFT, S.DRAFT, S.DELIVERED, S.DRAFT, S.IN_REVIEW),
    ]
    assert {n: found[f"demo-{n}"].owner for n in (1, 3, 5, 6, 7, 8, 15)} == {
        1: "social-0054000",
        3: "vid",
        5: "vsaa",
        6: "social-0001000",
        7: "education-0054000",
        8: "vzd",
        15: "finance-0054000",
    }
    assert {n: c.assigned_to for n in range(1, 16) if (c := found[f"demo-{n}"]).assigned_to} == {
        1: ("tp-support",),
        4: ("tp-support",),
        5: ("tp-families",),
        7: ("tp-families",),
        8: ("tp-accountant",),
        9: ("tp-expired", "tp-suspended"),
        10: ("tp-families",),
        11: ("tp-families",),
    }
    assert found["demo-8"].applicant_code == RegistrationNumber("40103000102")
    assert {n: found[f"demo-{n}"].centre for n in (1, 12, 13)} == {1: None, 12: "centre-valmiera", 13: "centre-riga"}
    presence = found["demo-12"].presence
    assert presence is not None
    assert presence.checked
    assert NOW - presence.recorded_at > timedelta(minutes=30)
    assert (found["demo-1"].submitted_at is None, found["demo-3"].submitted_at is None) == (False, True)


def test_every_history_ends_in_the_claims_status_and_goes_forward(world: Store) -> None:
    ids = [f"demo-{n}" for n in range(1, 16)]
    found = world.read_sync(lambda c: load(c, ids))
    for claim_id, events in world.read_sync(lambda c: events_of(c, ids)).items():
        assert events[-1].status is found[claim_id].status
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert events[-1].at <= NOW


def test_owners_that_are_connected_have_their_messages_and_nothing_is_sent_again(world: Store) -> None:
    rows = world.read_sync(lambda c: c.execute(select(outbox.c.claim, outbox.c.message_id, outbox.c.state)).all())
    assert {(claim, message) for claim, message, _ in rows} >= {
        (f"demo-{n}", f"demo-message-{n}") for n in (1, 2, 4, 6, 9)
    }
    assert {state for _, _, state in rows} == {MessageState.DONE}


def test_terms_are_counted_from_the_day_in_riga(world: Store) -> None:
    parties = world.read_sync(third_parties_by_id)
    assert parties["tp-expired"].contract.valid_to == TODAY - timedelta(days=1)
    assert [name for name, tp in parties.items() if not tp.contract.in_force(TODAY)] == ["tp-expired"]
    assert parties["tp-suspended"].status is ThirdPartyStatus.SUSPENDED
    assert parties["tp-quota"].contract.requests_per_day == 3
    assert len(parties["tp-accountant"].municipalities) == 42
    mandates = world.read_sync(lambda c: load_mandates(c, ["mandate-1", "mandate-2", "mandate-3"], TODAY))
    assert [m.status for _, m in sorted(mandates.items())] == [
        MandateStatus.ACTIVE,
        MandateStatus.ACTIVE,
        MandateStatus.EXPIRED,
    ]


def test_copies_of_registers_are_there(world: Store) -> None:
    def copies(c: Connection) -> tuple[frozenset[str], list[str | None]]:
        people = [find_person(c, PersonCode(code)) for code in ("39100000066", "39100000011")]
        return restricted_of(c, [p for p in people if p]), people

    restricted, people = world.read_sync(copies)
    assert restricted == {people[0]}
    director = world.read_sync(lambda c: find_person(c, PersonCode("39100000099")))
    entity = world.read_sync(lambda c: find_entity(c, RegistrationNumber("40103000102")))
    assert director is not None
    assert entity is not None
    copy = world.read_sync(lambda c: representation(c, director, entity))
    assert copy is not None
    assert (copy.alone, copy.copied_at) == (True, NOW)
    peteris = world.read_sync(lambda c: find_person(c, FORMERLY))
    assert peteris is not None
    assert world.read_sync(lambda c: codes_of(c, [peteris]))[peteris].current == PETERIS


def test_the_code_list_of_municipalities_is_dated(world: Store) -> None:
    assert len(world.read_sync(lambda c: all_municipalities(c, TODAY))) == 42
    assert len(world.read_sync(lambda c: all_municipalities(c, date(2025, 6, 30)))) == 43
    ended = AtvkCode("0055000")
    entry = world.read_sync(lambda c: municipalities_by_code(c, [ended]))[ended]
    assert (entry.name, entry.valid_to, entry.successor) == (
        "Varakļānu novads",
        date(2025, 6, 30),
        AtvkCode("0038001"),
    )


def test_owners_and_centres_have_names_and_numbers(world: Store) -> None:
    found = world.read_sync(owners)
    assert found["social-0054000"].name == "Valmieras novada pašvaldības sociālais dienests"
    assert found["social"].municipality is None
    assert found["vid"].registration_number == RegistrationNumber("90000100104")
    assert len(world.read_sync(centres_by_id)["centre-valmiera"].claim_types) == 10


def test_all_personas_are_there(tmp_path: Path) -> None:
    personas = load_personas(tmp_path)
    assert set(personas) == {
        "anna",
        "peteris",
        "marta",
        "ilze",
        "director",
        "clerk-valmiera",
        "clerk-riga",
        "ngo-support",
        "ngo-families",
        "ngo-suspended",
        "ngo-expired",
        "accountant",
        "officer-valmiera",
        "officer-riga",
        "officer-vsaa",
        "policy-officer",
        "ministry-it",
        "auditor",
        "janis",
        "nora",
        "raitis",
        "anna-low",
        "officer-education",
        "officer-finance",
        "officer-residence",
        "officer-vid",
        "officer-vzd",
        "ngo-quota",
    }
    assert personas["anna-low"].person_code == personas["anna"].person_code
    assert personas["anna-low"].assurance is AssuranceLevel.LOW
    assert personas["ilze"].grantor_code == PETERIS
    assert personas["officer-finance"].organisation == "finance-0054000"
    assert personas["director"].entity_number == RegistrationNumber("40103000102")


def test_a_second_start_keeps_everything_and_refreshes_copies(
    store: Store, tmp_path: Path, claim_types: ClaimTypes
) -> None:
    seed(store, tmp_path, None, NOW, claim_types)
    before = counts(store)
    seed(store, tmp_path, None, NOW + timedelta(days=3), claim_types)
    assert counts(store) == before
    director = store.read_sync(lambda c: find_person(c, PersonCode("39100000099")))
    entity = store.read_sync(lambda c: find_entity(c, RegistrationNumber("40103000102")))
    assert director is not None
    assert entity is not None
    copy = store.read_sync(lambda c: representation(c, director, entity))
    assert copy is not None
    assert copy.copied_at == NOW + timedelta(days=3)


EXAMPLE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-own-world.md"


def write_example(folder: Path) -> None:
    """The example of the how-to, file by file: each block's first line names its file."""
    blocks = EXAMPLE.read_text(encoding="utf-8").split("```toml\n# ")[1:]
    assert len(blocks) >= 4
    for block in blocks:
        name, text = block.split("```", 1)[0].split("\n", 1)
        (folder / name.strip()).write_text(text, encoding="utf-8")


def test_the_example_of_the_how_to_works_as_it_is_printed(
    store: Store, tmp_path: Path, claim_types: ClaimTypes
) -> None:
    added = tmp_path / "my-world"
    added.mkdir()
    write_example(added)
    seed(store, tmp_path, added, NOW, claim_types)
    personas = load_personas(tmp_path)
    assert personas["rasma"].capacity is Capacity.CITIZEN
    claim = store.read_sync(lambda c: load(c, ["my-claim-1"]))["my-claim-1"]
    assert claim.assigned_to == ("tp-neighbours",)
    assert claim.applicant_code == personas["rasma"].person_code
    assert "mandate-rasma" in store.read_sync(lambda c: load_mandates(c, ["mandate-rasma"], TODAY))
    restricted = store.read_sync(lambda c: restricted_of(c, [str(find_person(c, PersonCode("39300000055")))]))
    assert len(restricted) == 1


CLAIM = '[[claim]]\nid = "x-1"\ntype = "housing-benefit"\nperson = "39300000011"\nmunicipality = "0054000"\n'


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("claims.toml", CLAIM + 'colour = "red"\n', "unknown field `colour`"),
        ("claims.toml", CLAIM + 'status = "LOST"\n', r"\$.claim\[0\].status"),
        ("claims.toml", CLAIM.replace("39300000011", "123"), "claim x-1: a personal code has 11 digits"),
        ("claims.toml", CLAIM.replace("housing-benefit", "lottery"), "claim x-1: there is no claim type lottery"),
        ("claims.toml", CLAIM.replace("0054000", "0099000"), "claim x-1: there is no municipality 0099000"),
        ("claims.toml", CLAIM.replace('municipality = "0054000"\n', ""), "claim x-1: municipality"),
        ("claims.toml", CLAIM + 'assigned_to = ["tp-x"]\n', "there is no third party tp-x"),
        ("claims.toml", CLAIM + 'answers = { tenure = "LOAN" }\n', "claim x-1: answers/tenure"),
        ("claims.toml", CLAIM + 'channel = "CENTRE"\n', "centre go together"),
        ("claims.toml", CLAIM + "was_submitted = true\n", "was_submitted: goes with status WITHDRAWN"),
        ("claims.toml", CLAIM + "next_attempt = 1\n", "next_attempt: goes with status SUBMITTED"),
        ("claims.toml", "[[claim]\n", "claims.toml"),
        ("personas.toml", '[persona.x]\ncapacity = "CLERK"\ncode = "39300000011"\n', "persona.x"),
        ("personas.toml", '[persona.x]\ncapacity = "KING"\ncode = "39300000011"\n', r"\$.persona"),
        (
            "mandates.toml",
            '[[mandate]]\nid = "m"\ngrantor = "39300000011"\nclaim_types = []\nactions = []\n',
            "valid_to",
        ),
        ("organisations.toml", '[owner_numbers]\nnobody = "90000100104"\n', "there is no owner nobody"),
        ("residents.toml", "[[resident]]\nrestricted = true\n", "code"),
    ],
)
def test_a_wrong_file_ends_with_one_line_that_names_it_and_changes_nothing(
    store: Store, tmp_path: Path, claim_types: ClaimTypes, file: str, text: str, says: str
) -> None:
    added = tmp_path / "my-world"
    added.mkdir()
    (added / file).write_text(text, encoding="utf-8")
    before = counts(store)
    with pytest.raises(SeedError, match=says) as wrong:
        seed(store, tmp_path, added, NOW, claim_types)
    assert file in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert counts(store) == before


def test_a_file_that_a_windows_editor_saved_is_read_as_any_other(
    store: Store, tmp_path: Path, claim_types: ClaimTypes
) -> None:
    added = tmp_path / "my world"
    added.mkdir()
    person = '[persona.rasma]\r\ncapacity = "CITIZEN"\r\ncode = "39300000011"\r\nassurance = "HIGH"\r\n'
    (added / "personas.toml").write_text(person, "utf-8-sig")
    (added / "residents.toml").write_text("", "utf-8-sig")
    seed(store, tmp_path, added, NOW, claim_types)
    assert "rasma" in load_personas(tmp_path)
    assert load_folder(added, NOW.date()).residents == {}


def test_a_folder_that_is_no_world_and_a_file_that_nobody_reads_are_named(
    store: Store, tmp_path: Path, claim_types: ClaimTypes
) -> None:
    added = tmp_path / "my-world"
    added.mkdir()
    with pytest.raises(SeedError, match=r"my-world: this is no world, which has one or more of claims.toml, mandates"):
        seed(store, tmp_path, added, NOW, claim_types)
    (added / "claims.toml").write_text("", "utf-8")
    (added / "persona.toml").write_text("", "utf-8")
    with pytest.raises(SeedError, match=r"my-world/persona.toml: nobody reads this file; is it meant to be personas"):
        seed(store, tmp_path, added, NOW, claim_types)
    (added / "persona.toml").rename(added / "my-settings.toml")
    seed(store, tmp_path, added, NOW, claim_types)


def test_a_world_that_is_not_there_is_named(store: Store, tmp_path: Path, claim_types: ClaimTypes) -> None:
    with pytest.raises(SeedError, match="no such folder"):
        seed(store, tmp_path, tmp_path / "nowhere", NOW, claim_types)
