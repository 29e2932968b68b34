"""The ministry's file of centres: read at every start, all of it or nothing, and wrong entries are named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from gateway.store.organisations import Centre, centres_by_id, owners
from gateway.store.reference import seed_reference
from gateway.store.reference.organisations import put_organisations
from gateway.store.store import Store
from schema.terms import AtvkCode, CentreSignificance, ClaimTypeCode, RegistrationNumber
from tests.reference.conftest import Asked
from tests.running_gateway import command

_TODAY = date(2026, 11, 23)
_TYPES = frozenset({ClaimTypeCode("childcare-benefit"), ClaimTypeCode("old-age-pension")})
_FILE = """
[owner_numbers]
social-0020000 = "90000300106"

[[centre]]
id = "centre-aizkraukle"
name = "VPVKAC Aizkrauklē"
municipality = "0020000"
significance = "COUNTY"
opened_on = 2019-01-07
clients_per_year = 4200
claim_types = ["childcare-benefit", "old-age-pension"]
"""
_CENTRE = """[[centre]]
id = "centre-new"
name = "Jauns"
municipality = "0054000"
significance = "COUNTY"
claim_types = []
"""

WRONG = [
    ("nonsense", "Expected '=' after a key"),
    (_CENTRE.replace("COUNTY", "LOCAL"), "Invalid enum value 'LOCAL'"),
    (_CENTRE + "closed = true", "unknown field `closed`"),
    (_CENTRE.replace('name = "Jauns"\n', ""), "missing required field `name`"),
    (_CENTRE + 'opened_on = "soon"', "Invalid RFC3339 encoded date"),
    (_CENTRE + "clients_per_year = -1", "centre centre-new: clients_per_year is a number from 0"),
    (_CENTRE + 'registration_number = "40103000103"', "centre centre-new: the check digit"),
    (_CENTRE.replace("Jauns", " "), "centre centre-new: name has 1 to 300 characters"),
    (_CENTRE.replace("centre-new", "Centre new"), "an id is made of lower-case letters, digits and hyphens"),
    (_CENTRE.replace("centre-new", "vsaa"), "centre vsaa: another organisation has this id"),
    (_CENTRE + _CENTRE, "centre centre-new: it is there twice"),
    (_CENTRE.replace("[]", '["no-such-type"]'), "there is no claim type no-such-type"),
    (_CENTRE.replace("0054000", "54000"), "centre centre-new: a municipality code"),
    (_CENTRE.replace("0054000", "0099000"), "there is no municipality 0099000"),
    (_CENTRE.replace("0054000", "0055000"), "the municipality 0055000 is no more; 0038001 took over"),
    ('[owner_numbers]\nnobody = "90000300106"', "owner_numbers: there is no owner nobody"),
    ('[owner_numbers]\nvsaa = "1"', "owner_numbers: a registration number"),
]
"""Files in which one thing is wrong, and what is said of it."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    opened.write_sync(seed_reference)
    yield opened
    opened.close()


def _put(store: Store, folder: Path, text: str, today: date = _TODAY) -> None:
    path = folder / "organisations.toml"
    path.write_text(text, "utf-8")
    store.write_sync(partial(put_organisations, path=path, claim_types=_TYPES, today=today))


def test_a_file_adds_centres_and_numbers_and_brings_them_up_to_date(store: Store, tmp_path: Path) -> None:
    for text, clients, types in (
        (_FILE, 4200, _TYPES),
        (_FILE, 4200, _TYPES),
        (_FILE.replace("4200", "5100").replace(', "old-age-pension"', ""), 5100, {ClaimTypeCode("childcare-benefit")}),
        ("", 5100, {ClaimTypeCode("childcare-benefit")}),
        (_FILE.replace('["childcare-benefit", "old-age-pension"]', "[]"), 4200, set()),
    ):
        _put(store, tmp_path, text)
        assert store.read_sync(centres_by_id) == {
            "centre-aizkraukle": Centre(
                "centre-aizkraukle",
                "VPVKAC Aizkrauklē",
                None,
                AtvkCode("0020000"),
                CentreSignificance.COUNTY,
                date(2019, 1, 7),
                clients,
                frozenset(types),
            )
        }
    found = store.read_sync(lambda connection: owners(connection, ["social-0020000"]))
    assert found["social-0020000"].registration_number == RegistrationNumber("90000300106")


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_file_with_a_wrong_entry_changes_nothing_and_says_which(
    store: Store, tmp_path: Path, text: str, said: str
) -> None:
    _put(store, tmp_path, _FILE)
    before = store.read_sync(centres_by_id)
    with pytest.raises(ValueError, match=r"organisations\.toml") as raised:
        _put(store, tmp_path, f"{_CENTRE.replace('centre-new', 'centre-first')}{text}")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert store.read_sync(centres_by_id) == before


def test_a_municipality_counts_to_its_last_day_and_one_to_come_not_yet(store: Store, tmp_path: Path) -> None:
    _put(store, tmp_path, _CENTRE.replace("0054000", "0055000"), date(2025, 6, 30))
    with pytest.raises(ValueError, match="there is no municipality 0038001"):
        _put(store, tmp_path, _CENTRE.replace("0054000", "0038001"), date(2025, 6, 30))


def test_a_gateway_whose_file_cannot_be_used_does_not_start_and_says_why(tmp_path: Path) -> None:
    path, settings = tmp_path / "organisations.toml", tmp_path / "gateway.toml"
    path.write_text(_CENTRE.replace("0054000", "0055000"), "utf-8")
    settings.write_text(f'organisations = "{path}"\ndata = "{tmp_path / "data"}"\n', "utf-8")
    done = command("serve", "--port", "0", "--settings", str(settings))
    assert (done.returncode, done.stdout) == (1, "")
    assert "centre centre-new: the municipality 0055000 is no more; 0038001 took over" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_read_is_told_in_one_line(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^\S+/nothing\.toml: cannot be read \(No such file or directory\)$"):
        store.write_sync(partial(put_organisations, path=tmp_path / "nothing.toml", claim_types=_TYPES, today=_TODAY))


def test_a_centre_of_the_file_is_there_for_everybody(asked: Asked) -> None:
    query = """{ municipality(atvk: "0026000") { centres { id name claimTypes { code } } }
      serviceOwners { id registrationNumber } }"""
    data = asked.data(query)
    assert data["municipality"]["centres"] == [
        {"id": "centre-cesis", "name": "VPVKAC Cēsīs", "claimTypes": [{"code": "old-age-pension"}]}
    ]
    numbers = {each["id"]: each["registrationNumber"] for each in data["serviceOwners"]}
    assert (numbers["vsaa"], numbers["vid"]) == ("40103000102", "90000100104")
