"""Commands where a tired person takes a wrong turn: one line says what happened and what to do, and nothing is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import ROOT, run
from tests.warm import environment


@pytest.mark.parametrize(
    "arguments",
    [
        ("claims", "list"),
        ("claims", "doubtful"),
        ("claims", "answers"),
        ("claims", "settle", "claim-1", "--send-again"),
        ("audit", "export", "--since", "2026-11-01"),
    ],
)
def test_in_a_folder_without_a_store_none_is_made_and_nothing_is_said_to_wait(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    wrong = run(*arguments, folder=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    [line] = wrong.stderr.splitlines()
    assert line.startswith(f"gateway: there is no store at {tmp_path}/.data/gateway.sqlite3; ")
    assert "--settings" in line
    assert list(tmp_path.iterdir()) == []


def test_a_slip_in_the_settings_file_is_told_by_line_and_column_and_without_what_stands_there(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('port = 8000\n[registers.revenue]\nexchange_number = "secret\n', "utf-8")
    for command in ("doctor", "serve"):
        wrong = run(command, "--settings", str(file), folder=tmp_path, COLUMNS="300")
        assert "gateway.toml: is not TOML at line 3, column 26" in wrong.stdout + wrong.stderr
        assert "secret" not in wrong.stdout + wrong.stderr
    file.write_bytes("data = 'Rīga'".encode("utf-16"))
    assert "gateway.toml: is not UTF-8" in run("serve", "--settings", str(file), folder=tmp_path).stderr


def test_a_settings_file_may_begin_with_the_mark_that_windows_editors_write(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(b"\xef\xbb\xbfport = 8000\r\n[registers.revenue]\r\nenabled = false\r\n")
    found = run("doctor", "--settings", str(file), folder=tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "is switched off" in found.stdout


def test_the_doctor_names_files_whole_whatever_they_are_called(tmp_path: Path) -> None:
    folder = tmp_path / "a folder of a name that fits no column of eighty [bold] and closes what is not open [" / "b]"
    folder.mkdir(parents=True)
    found = run("doctor", folder=tmp_path, GATEWAY_DATA=str(folder), COLUMNS="80")
    assert found.returncode == 0, found.stdout + found.stderr
    cells = [line.split("│")[3].strip() for line in found.stdout.splitlines() if line.count("│") == 5]
    assert f"{folder}/checkpoints".replace(" ", "") in "".join(cells).replace(" ", "")


def test_the_doctor_says_that_the_store_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_DATA=str(tmp_path / "file" / "data"))
    [store] = [each for each in json.loads(found.stdout)["findings"] if each["check"] == "store"]
    assert not store["holds"]
    assert store["finding"].endswith(f"can be neither opened nor made: {tmp_path}/file is no folder")
    assert store["remedy"] == "Set GATEWAY_DATA to a folder of the gateway's user, and run this as that user."


def test_a_worker_says_first_which_store_it_delivers_from(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "worker"],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stderr is not None
        told = json.loads(worker.stderr.readline())
        worker.terminate()
    assert (told["event"], told["store"]) == ("worker.starts", f"{tmp_path}/.data/gateway.sqlite3")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_the_doctor_of_another_user_says_what_it_may_not_look_at(tmp_path: Path) -> None:
    folder = tmp_path / ".data"
    folder.mkdir(mode=0)
    found = run("doctor", "--json", folder=tmp_path)
    refused = {each["check"] for each in json.loads(found.stdout)["findings"] if not each["holds"]}
    assert refused == {"store", "checkpoints", "checkpoint key", "keys"}
    listed = run("claims", "list", folder=tmp_path)
    assert listed.stderr == f"gateway: the store's file {folder}/gateway.sqlite3 cannot be opened: Permission denied\n"
