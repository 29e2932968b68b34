"""Commands where a tired person takes a wrong turn: one line says what happened and what to do, and nothing is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_commands import run


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
