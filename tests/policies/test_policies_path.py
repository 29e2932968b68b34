"""Claim types of one's own, as who runs the gateway meets them: a folder, a signal, a line of the log, the doctor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.demo.folder import GATEWAY_LOG
from gateway.settings import load
from policies.kit.folders import CHECKOUT
from tests.conftest import StartsGateway
from tests.policies.generated import copy_of
from tests.running_gateway import ROOT, RunningGateway
from tests.warm import environment

EXTRACT = CHECKOUT / "claims" / "cadastre-extract"
WITHIN = 30.0


def _codes(gateway: RunningGateway) -> set[str]:
    _, body = gateway.post("{ claimTypes { code } }")
    return {each["code"] for each in body["data"]["claimTypes"]}


def _events(gateway: RunningGateway, name: str) -> list[dict[str, object]]:
    lines = (gateway.data / GATEWAY_LOG).read_text(encoding="utf-8").splitlines()
    return [each for line in lines if (each := json.loads(line))["event"] == name]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_claim_types_come_and_bad_ones_do_not_without_a_restart(tmp_path: Path, fresh_gateway: StartsGateway) -> None:
    own = tmp_path / "own"
    first = copy_of(EXTRACT, own, "first")
    gateway = fresh_gateway(POLICIES_PATH=str(own))
    assert first in _codes(gateway)

    second = copy_of(EXTRACT, own, "second")
    _until(lambda: second in _codes(gateway))

    _until(lambda: bool(_events(gateway, "policies.in_force")))
    rules = own / first / "policy.cedar"
    good = rules.read_text(encoding="utf-8")
    rules.write_text(good + "permit (principal, action, resource);\n", encoding="utf-8")
    # The registers are a process of its own in the same group: the gateway alone is told.
    os.kill(gateway.process.pid, signal.SIGHUP)
    _until(lambda: bool(_events(gateway, "policies.refused")))
    (refused,) = _events(gateway, "policies.refused")
    assert refused["file"] == str(rules)
    assert refused["line"] == good.count("\n") + 1
    assert "@id" in str(refused["reason"])
    assert refused["in_force"] == _events(gateway, "policies.in_force")[-1]["version"]
    assert {first, second} <= _codes(gateway)

    rules.write_text(good + "// mended\n", encoding="utf-8")
    third = copy_of(EXTRACT, own, "third")
    _until(lambda: third in _codes(gateway))
    assert len(_events(gateway, "policies.refused")) == 1


def test_the_doctor_names_file_line_and_reason(tmp_path: Path) -> None:
    code = copy_of(EXTRACT, tmp_path / "own", "ours")
    file = tmp_path / "own" / code / "claim_type.toml"
    settings = {"POLICIES_PATH": str(tmp_path / "own"), "GATEWAY_DATA": str(tmp_path / "data")}

    def doctor() -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "doctor", "--json"],
            cwd=ROOT,
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=60,
        )
        found: dict[str, object]
        (found,) = (each for each in json.loads(done.stdout)["findings"] if each["check"] == "policies")
        return found

    assert doctor()["holds"] is True
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("max_age_hours = ", "max_age_hours = -"), encoding="utf-8")
    found = doctor()
    assert found["holds"] is False
    assert f"{file}:" in str(found["finding"])
    assert "max_age_hours is at least 1" in str(found["finding"])


@pytest.mark.parametrize("variable", ["POLICIES_PATH", "GATEWAY_POLICIES_PATH"])
def test_the_folders_are_separated_as_in_path(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, f"a{os.pathsep}b/c")
    assert load().policies_path == (Path("a"), Path("b/c"))
