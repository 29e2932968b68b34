"""What the pages say to type for a backup and for a complaint is typed, and what they say of clients is sent."""

from __future__ import annotations

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from graphql import build_schema

from tests.audit.logs import SIGNER, whole_log
from tests.docs.pages import AUDITORS, FRONT_END, MINISTRY_IT, blocks
from tests.running_gateway import ROOT, RunningGateway
from tests.warm import environment


def typed(command: str, folder: Path, **variables: str) -> str:
    """What a command of a page prints, with the ``gateway`` of this checkout before all others."""
    tools = folder / "tools"
    if not tools.exists():
        tools.mkdir()
        (tools / "gateway").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gateway "$@"\n')
        (tools / "gateway").chmod(0o755)
    path = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "GATEWAY_DATA": str(folder)}
    ran = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment({**path, **variables}), capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{command}\n{ran.stderr}"
    return ran.stdout


def test_the_sdl_is_read_as_the_front_ends_page_says() -> None:
    assert "assumeValidSDL: true" in FRONT_END.read_text("utf-8")
    graph = build_schema((ROOT / "schema" / "schema.graphql").read_text("utf-8"), assume_valid_sdl=True)
    assert graph.query_type is not None


def shown(page: Path, argument: str) -> list[str]:
    return [each.text for each in blocks(page) if (each.language, each.argument) == ("sh", argument)]


def test_the_backup_without_sqlite3_is_whole_and_for_nobody_else(tmp_path: Path) -> None:
    store = whole_log(tmp_path)
    (tmp_path / ".data").mkdir()
    for file in tmp_path.glob(f"{store.name}*"):
        file.rename(tmp_path / ".data" / file.name.replace(store.name, "gateway.sqlite3"))
    [command] = shown(MINISTRY_IT, "backup")
    typed(command.replace(".venv/bin/python", shlex.quote(sys.executable)), tmp_path)
    assert stat.S_IMODE((tmp_path / "copy.sqlite3").stat().st_mode) == 0o600
    key = shlex.quote(str(SIGNER.verifier))
    said = typed(f"gateway audit verify --store copy.sqlite3 --checkpoint outside --key {key}", tmp_path)
    assert "The log holds: 526 of 526 rows" in said


def test_a_complaint_is_followed_to_a_proof_as_the_auditors_page_says(tmp_path: Path) -> None:
    whole_log(tmp_path).rename(tmp_path / "gateway.sqlite3")
    export, prove, verify = shown(AUDITORS, "complaint")
    typed(export, tmp_path)
    first = json.loads((tmp_path / "records.jsonl").read_text("utf-8").splitlines()[0])
    typed(prove, tmp_path, ID=first["id"])
    said = typed(verify, tmp_path, KEY=str(SIGNER.verifier))
    assert said.startswith(f"The proof holds: {first['id']} was in the log ")


@pytest.mark.parametrize(
    ("client", "accept", "more"),
    [
        (
            "Apollo Client",
            "application/graphql-response+json,application/json;q=0.9",
            {"extensions": {"clientLibrary": {"name": "@apollo/client", "version": "4.0.0"}}, "operationName": "Q"},
        ),
        (
            "urql",
            "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, "
            "multipart/mixed",
            {"operationName": "Q"},
        ),
        ("graphql-request", "application/graphql-response+json, application/json", {}),
        ("fetch", "*/*", {"operationName": None}),
    ],
)
def test_what_the_usual_clients_send_is_answered(
    gateway: RunningGateway, client: str, accept: str, more: dict[str, object]
) -> None:
    assert client in FRONT_END.read_text("utf-8")
    headers = {"Accept": accept, "Authorization": f"Bearer {gateway.token('anna')}"}
    body = {"query": "query Q { me { __typename givenName } }", "variables": {}, **more}
    answer = httpx.post(gateway.graphql_url, json=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()["data"]) == (200, {"me": {"__typename": "Person", "givenName": "Anna"}})
    assert answer.headers["cache-control"] == "private, no-store"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert httpx.get(gateway.graphql_url, headers=headers, trust_env=False).status_code == 405
