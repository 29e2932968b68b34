"""``gateway doctor`` on the ministry's file of centres: whether it can be read, what it gives, and all that is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gateway.examination import organisation_findings
from gateway.finding import Finding
from gateway.settings import Settings
from gateway.store.reference import seed_reference
from gateway.store.reference.organisations import put_organisations
from gateway.store.store import Store
from schema.terms import ClaimTypeCode
from tests.reference.test_organisations_file import WRONG
from tests.running_gateway import command

TODAY = date(2026, 11, 23)
TYPES = frozenset({ClaimTypeCode("childcare-benefit"), ClaimTypeCode("old-age-pension")})
STOPS = "Correct it: with it the gateway does not start, and nothing of the file counts."


def centre(id_: str, **changed: str) -> str:
    """An entry; values are TOML."""
    values = {"id": f'"{id_}"', "name": '"VPVKAC"', "municipality": '"0020000"', "significance": '"COUNTY"'}
    values |= {"claim_types": '["old-age-pension"]'} | changed
    return "[[centre]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def said(folder: Path, text: str | bytes | None, types: frozenset[ClaimTypeCode] | None = TYPES) -> list[Finding]:
    """What is found; None: no file is there."""
    path = folder / "organisations.toml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    settings = Settings(data=folder / "data", organisations=path)
    return list(organisation_findings(settings, types, TODAY))


def test_without_a_file_nothing_is_wrong(tmp_path: Path) -> None:
    [found] = organisation_findings(Settings(data=tmp_path), TYPES, TODAY)
    assert (found.holds, found.finding) == (
        True,
        "no file is set; there are the centres that the store has from before",
    )


def test_a_file_that_holds_is_counted_by_kind(tmp_path: Path) -> None:
    text = (
        '[owner_numbers]\nvsaa = "40103000102"\nsocial-0020000 = "90000300106"\n'
        + centre("a")
        + centre("b", significance='"REGIONAL"')
        + centre("c", claim_types="[]")
    )
    path = tmp_path / "organisations.toml"
    [found] = said(tmp_path, text)
    assert (found.check, found.holds, found.remedy) == ("organisations", True, None)
    assert found.finding == (
        f"{path} can be read; centres: 3 (COUNTY 2, REGIONAL 1), without claim types: 1; "
        "registration numbers of owners: 2"
    )
    [empty] = said(tmp_path, "")
    assert empty.finding == f"{path} can be read; centres: 0; registration numbers of owners: 0"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b'name = "\xff"', "is not UTF-8"),
        ("[[centre]", "Expected"),
        ("centre = 1", "Expected `array`, got `int`"),
        (centre("a") + "closed = true", "unknown field `closed`"),
        ("x = " + "[" * 100_000, "recursion"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_line_with_its_name(
    tmp_path: Path, text: str | bytes | None, problem: str
) -> None:
    [found] = said(tmp_path, text)
    assert not found.holds
    assert found.finding.startswith(str(tmp_path / "organisations.toml"))
    assert problem in found.finding
    assert "\n" not in found.finding
    assert found.remedy == "Put a file there as docs/ministry-it.md shows it, or set none."


def test_a_folder_in_the_files_place_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "organisations.toml").mkdir()
    [found] = said(tmp_path, None)
    assert (found.holds, "cannot be read (Is a directory)" in found.finding) == (False, True)


def test_all_that_is_wrong_is_said_at_once_and_what_is_no_id_is_not_repeated(tmp_path: Path) -> None:
    text = (
        '[owner_numbers]\nnobody = "90000300106"\nvid = "1"\n'
        + centre("a", municipality='"0055000"', claim_types='["no-such-type", "Not a code"]', clients_per_year="-1")
        + centre("a")
        + centre("39100000011 Anna", name='" "')
    )
    read, *wrong = said(tmp_path, text)
    assert read.holds
    assert {(each.holds, each.check, each.remedy) for each in wrong} == {(False, "organisations", STOPS)}
    beginnings = (
        "owner_numbers: there is no owner nobody",
        "owner_numbers: a registration number",
        "centre a: clients_per_year is a number from 0",
        "centre a: claim_types: there is no claim type no-such-type",
        "centre a: a claim type",
        "centre a: the municipality 0055000 is no more; 0038001 took over",
        "centre a: it is there twice",
        "[[centre]] 3: an id is made of lower-case letters, digits and hyphens",
        "[[centre]] 3: name has 1 to 300 characters",
    )
    assert len(wrong) == len(beginnings)
    for each, beginning in zip(wrong, beginnings, strict=True):
        assert each.finding.startswith(beginning), each.finding
    assert "39100000011" not in repr(wrong)


def test_claim_types_are_not_looked_at_while_the_policies_cannot_be_used(tmp_path: Path) -> None:
    text = centre("a", claim_types='["no-such-type"]')
    assert len(said(tmp_path, text)) == 2
    assert len(said(tmp_path, text, None)) == 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "data").mkdir()
    opened = Store.open(Settings(data=tmp_path / "data").store)
    opened.write_sync(seed_reference)
    yield opened
    opened.close()


def test_a_third_party_that_the_store_has_keeps_its_id(tmp_path: Path, store: Store) -> None:
    assert len(said(tmp_path, centre("tp-one"))) == 1
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(
            "INSERT INTO third_parties (id, name, registration_number, kind, status, changed_at) "
            "VALUES ('tp-one', 'Viena', '40008000102', 'NGO', 'ACTIVE', 0)"
        )
    assert [each.finding for each in said(tmp_path, centre("tp-one"))[1:]] == [
        "centre tp-one: another organisation has this id"
    ]


def test_what_stops_the_start_is_what_the_doctor_says_first(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "organisations.toml"
    for text, _ in WRONG:
        found = [each for each in said(tmp_path, text) if not each.holds]
        with pytest.raises(ValueError, match=r"organisations\.toml") as raised:
            store.write_sync(lambda c: put_organisations(c, path, TYPES, TODAY))
        assert str(raised.value).removeprefix(f"{path}: ") == found[0].finding.removeprefix(f"{path}: ")


def test_the_command_says_it_and_ends_with_1(tmp_path: Path) -> None:
    settings, path = tmp_path / "gateway.toml", tmp_path / "organisations.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\norganisations = "{path}"\n', "utf-8")
    path.write_text(centre("a", municipality='"0055000"'), "utf-8")
    done = command("doctor", "--json", "--settings", str(settings))
    assert done.returncode == 1
    told = [each for each in json.loads(done.stdout)["findings"] if each["check"] == "organisations"]
    assert [each["holds"] for each in told] == [True, False]
    assert told[1] == {
        "check": "organisations",
        "holds": False,
        "finding": "centre a: the municipality 0055000 is no more; 0038001 took over",
        "remedy": STOPS,
    }
