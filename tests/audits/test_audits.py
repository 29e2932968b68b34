"""The gateway speaks GraphQL over HTTP as the specification's own audits demand."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.machine import requires
from tests.running_gateway import RunningGateway

HERE = Path(__file__).parent
WITHOUT_GET = {"5A70", "D6D5", "6A70"}
"""MAY audits that ask for GET, which the gateway refuses: a query in a URL ends in other people's logs."""


@pytest.fixture(scope="module")
def audits(gateway: RunningGateway) -> list[dict[str, Any]]:
    """What each audit says, as a principal that may introspect."""
    requires("node", "npm")
    if not (HERE / "node_modules" / "graphql-http" / "package.json").exists():
        _run("npm", "ci", "--ignore-scripts", "--no-progress")
    said = _run("node", "audits.mjs", AUDITED_URL=gateway.graphql_url, AUDITED_TOKEN=gateway.token("ministry-it"))
    results: list[dict[str, Any]] = json.loads(said)
    return results


def _run(*command: str, **environment: str) -> str:
    run = subprocess.run(
        command, cwd=HERE, env={**os.environ, **environment}, capture_output=True, text=True, timeout=180
    )
    assert run.returncode == 0, f"{' '.join(command)}: {run.stderr[-2000:]}"
    return run.stdout


@pytest.mark.parametrize("level", ["MUST", "SHOULD"])
def test_every_must_and_should_of_graphql_over_http_holds(audits: list[dict[str, Any]], level: str) -> None:
    asked = [audit for audit in audits if audit["name"].startswith(f"{level} ")]
    assert len(asked) >= 12
    assert [audit for audit in asked if audit["status"] != "ok"] == []


def test_what_the_specification_leaves_open_is_refused_only_where_it_asks_for_get(
    audits: list[dict[str, Any]],
) -> None:
    refused = {audit["id"]: audit for audit in audits if audit["status"] == "notice"}
    assert set(refused) == WITHOUT_GET, refused


def test_every_audit_was_run(audits: list[dict[str, Any]]) -> None:
    assert {audit["name"].split()[0] for audit in audits} == {"MUST", "SHOULD", "MAY"}
    assert all(audit["status"] in {"ok", "notice", "warn", "error"} for audit in audits)


def test_the_lock_of_the_audits_names_no_host() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all("resolved" not in package and package["integrity"] for package in packages.values())
