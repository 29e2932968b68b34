"""The commands about the log, as an auditor and an operator meet them: exit codes and what is printed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.audit.record import id_of
from gateway.cli import app
from tests.audit.logs import PEOPLE, SIGNER, whole_log

Runs = Callable[..., Result]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A store with the name and the place that settings give it."""
    path = whole_log(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path.rename(tmp_path / "gateway.sqlite3")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setenv("GATEWAY_DATA", str(tmp_path))
    return lambda *arguments, given=None: CliRunner().invoke(app, ["audit", *map(str, arguments)], input=given)


def test_a_copy_that_nobody_may_write_to_verifies_with_the_public_key(copy: Path, run: Runs, tmp_path: Path) -> None:
    copy.chmod(0o400)
    done = run("verify", "--store", copy, "--key", SIGNER.verifier, "--checkpoint", tmp_path / "outside")
    assert done.exit_code == 0
    assert "The log holds: 526 of 526 rows are signed for, by 3 checkpoints in the store and 3 outside." in done.stdout
    assert not list(tmp_path.glob("gateway.sqlite3-*"))


def test_what_was_changed_is_named_with_its_place_and_ends_in_one(copy: Path, run: Runs, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        (place,) = connection.execute("SELECT place FROM access_records LIMIT 1 OFFSET 9").fetchone()
        connection.execute("UPDATE access_records SET outcome = 'FAILED' WHERE place = ?", (place,))
        connection.commit()
    (tmp_path / "key").write_text(str(SIGNER.verifier))
    done = run("verify", "--key", tmp_path / "key")
    assert done.exit_code == 1
    assert f"edited: row {place:014x}, written 2026-11-23 09:00:09 UTC" in done.stdout
    assert "compared with nothing outside the store" in done.stdout
    told = json.loads(run("verify", "--key", SIGNER.verifier, "--json").stdout)
    assert (told["holds"], [each["what"] for each in told["findings"]]) == (False, ["edited"])


def test_a_proof_travels_as_a_file(copy: Path, run: Runs, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        record = id_of(*connection.execute("SELECT place, token FROM access_records").fetchone(), 0)
    proof = tmp_path / "proof.json"
    proof.write_text(run("prove", record, "--json").stdout)
    assert "The proof holds" in run("verify", "--proof", proof, "--key", SIGNER.verifier).stdout
    assert record in run("prove", record).stdout
    proof.write_text(proof.read_text().replace("givenName", "familyName"))
    assert run("verify", "--proof", proof, "--key", SIGNER.verifier).exit_code == 1
    assert json.loads(run("verify", "--proof", proof, "--key", SIGNER.verifier, "--json").stdout)["holds"] is False
    assert run("prove", "nothing").exit_code == 1


def test_a_wrong_call_ends_in_two(copy: Path, run: Runs, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (
        ("verify",),
        ("verify", "--key", "nothing"),
        ("verify", "--key", f"{SIGNER.verifier}x"),
        ("verify", "--key", SIGNER.verifier, "--store", tmp_path / "nowhere"),
        ("verify", "--key", SIGNER.verifier, "--checkpoint", tmp_path / "empty"),
        ("verify", "--key", SIGNER.verifier, "--proof", tmp_path / "nowhere"),
        ("export", "--since", "2026-11-20", "--case", "391000-00011"),
        ("forget", "nobody", "--case", "E-1/2026", "--yes"),
        ("key", "--new", tmp_path / "outside"),
        ("key", "--new", tmp_path / "new", "--name", "two words"),
    ):
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (2, ""), arguments


def test_a_key_is_made_once_and_its_public_half_is_all_that_is_printed(run: Runs, tmp_path: Path) -> None:
    made = run("key", "--new", tmp_path / "checkpoint.key", "--name", "log.example").stdout.strip()
    assert made.startswith("log.example+")
    assert made.split("+", 2)[2] not in (tmp_path / "checkpoint.key").read_text()


def test_who_is_forgotten_is_in_no_file_of_the_store_and_the_log_holds(copy: Path, run: Runs, tmp_path: Path) -> None:
    code = PEOPLE[4].digits
    exported = run("export", "--since", "2026-11-20", "--until", "2026-11-30", "--case", "A-1/2026")
    assert exported.exit_code == 0
    assert len(exported.stdout.splitlines()) > 500
    assert code not in exported.stdout
    assert run("forget", "-", "--case", "E-1/2026", given=f"{code}\nn\n").exit_code == 1
    alone = run("forget", "-", "--case", "E-1/2026", given=f"{code}\n")
    assert alone.exit_code == 1
    assert alone.stderr.endswith("nobody was forgotten: the question had no answer; --yes does not ask\n")
    assert code.encode() in copy.read_bytes()
    done = run("forget", "-", "--case", "E-1/2026", "--yes", given=f"{code}\n")
    assert (done.exit_code, done.stdout) == (0, "Forgotten. The log can be verified as before.\n")
    for file in tmp_path.glob("gateway.sqlite3*"):
        assert code.encode() not in file.read_bytes()
    assert run("verify", "--key", SIGNER.verifier, "--checkpoint", tmp_path / "outside").exit_code == 0
    assert run("forget", code, "--case", "E-1/2026", "--yes").exit_code == 1
