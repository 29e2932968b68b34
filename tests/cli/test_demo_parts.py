"""The demo's parts: folder, child process, story. A whole demo runs elsewhere."""

from __future__ import annotations

import io
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gateway.demo.caller import Heard, answers
from gateway.demo.folder import DataFolder, NotOurs
from gateway.demo.registers import Registers, RegistersFailed
from gateway.demo.run import connected, invite
from gateway.demo.stage import Stage
from gateway.demo.story import Story, StoryStopped
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


# ---------------------------------------------------------------- what it says


def test_what_it_invites_to_can_be_pasted_whatever_the_folder_is_called() -> None:
    said = io.StringIO()
    invite(Console(file=said, width=300), "127.0.0.1", 8000, Path("Anna's [data]"))
    asked = [line for line in said.getvalue().splitlines() if "gateway token" in line]
    for line in asked:
        inner = line[line.index("$(") + 2 : line.index(')" -d')]
        assert shlex.split(inner)[3:] == ["--data", "Anna's [data]"]
    assert len(asked) == 3


# ---------------------------------------------------------------- folder


def test_a_folder_serves_one_demo_at_a_time(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "data")
    with pytest.raises(NotOurs):
        DataFolder(tmp_path / "data")
    first.let_go()
    DataFolder(tmp_path / "data").let_go()


def test_starting_over_removes_what_demos_leave(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.story_was_told("2026-11-23 10:00 UTC", "claim-1")
    assert folder.story_told_at() == "2026-11-23 10:00 UTC"
    (tmp_path / "gateway.sqlite3").touch()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "development-issuer.pem").touch()
    folder.forget()
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo.lock"]
    assert folder.story_told_at() is None
    folder.let_go()


def test_a_folder_with_other_peoples_files_is_left_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "gateway.sqlite3").touch()
    (tmp_path / "thesis.odt").touch()
    with pytest.raises(NotOurs, match=r"thesis\.odt"):
        folder.forget()
    assert (tmp_path / "gateway.sqlite3").exists()
    folder.let_go()


def test_what_a_link_in_the_folder_points_to_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    folder = DataFolder(tmp_path / "data")
    (tmp_path / "data" / "worlds").symlink_to(elsewhere)
    folder.forget()
    assert (elsewhere / "file").exists()
    folder.let_go()


# ---------------------------------------------------------------- registers


def test_the_registers_start_and_stop_with_the_demo(tmp_path: Path) -> None:
    port = free_port()
    registers = Registers(port, tmp_path / "registers", (), tmp_path / "log")
    try:
        registers.wait_until_ready()
    finally:
        registers.stop()
    assert not answers("127.0.0.1", port, "/_control")


def test_registers_that_cannot_start_say_why(tmp_path: Path) -> None:
    registers = Registers(free_port(), tmp_path / "registers", (tmp_path / "nowhere",), tmp_path / "log")
    try:
        with pytest.raises(RegistersFailed, match="did not start"):
            registers.wait_until_ready()
    finally:
        registers.stop()


def test_the_registers_die_with_a_demo_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    script = (
        "import sys, time; from pathlib import Path; from gateway.demo.registers import Registers;"
        f"r = Registers({port}, Path('registers'), (), Path('log')); r.wait_until_ready();"
        "print('ready', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not answers("127.0.0.1", port, "/_control"):
            return
        time.sleep(0.05)
    pytest.fail("the registers outlived the demo")


# ---------------------------------------------------------------- story


def forbidden(*path: str) -> dict[str, Any]:
    return {
        "message": "Your organisation may not read this.",
        "path": list(path),
        "extensions": {"code": "FORBIDDEN", "rule": "x", "remedy": "Ask the applicant."},
    }


PERSON = {
    "givenName": "Anna",
    "familyName": "Bērziņa",
    "declaredAddress": {"fullText": "Lāčplēša iela 1, Valmiera"},
    "household": [
        {"relation": "SPOUSE", "person": {"givenName": "Jānis", "familyName": "Bērziņš", "birthDate": "1988"}}
    ],
    "income": [{"month": "2026-10", "gross": "740.00", "payerName": "SIA [bold]Darba devējs"}],
}


class World:
    """A gateway that answers as the design says, or otherwise where ``changes`` says so."""

    def __init__(self, **changes: Heard) -> None:
        self.changes = changes
        self.asked: list[tuple[str, str]] = []
        self.keys: list[str] = []

    def ask(self, persona: str, document: str, variables: Mapping[str, Any]) -> Heard:
        name = next(
            word
            for word in (
                *("prepareClaim", "submitClaim", "assignClaim", "accessLog"),
                *("personCode", "ownerReference", "household", "income", "status"),
            )
            if word in document
        )
        self.asked.append((persona, name))
        if name == "submitClaim":
            self.keys.append(variables["input"]["idempotencyKey"])
        return self.changes.get(name) or Heard(*self._answer(name))

    def _answer(self, name: str) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
        claim = {"id": "c-1", "status": "DRAFT", "assignedTo": [{"name": "Atbalsts mājās"}]}
        match name:
            case "personCode":
                return {"me": {"personCode": "39100000011"}}, ()
            case "prepareClaim" | "submitClaim" | "assignClaim":
                return {name: {"claim": claim, "problems": []}}, ()
            case "household":
                return {"claim": {"applicant": PERSON}}, ()
            case "ownerReference":
                return {"claim": {"status": "DELIVERED", "ownerReference": "VAL-2026-1"}}, ()
            case "income":
                return {"claim": {"applicant": PERSON | {"income": None}}}, (forbidden("claim", "applicant", "income"),)
            case "accessLog":
                entry = {
                    "at": "2026-11-23T10:00:00Z",
                    "who": "biedrība Ģimenēm",
                    "capacity": "THIRD_PARTY_WORKER",
                    "action": "READ",
                    "outcome": "DENIED",
                    "fields": ["Person.givenName"],
                    "claim": {"id": "c-1"},
                }
                return {"me": {"accessLog": {"edges": [{"node": entry}]}}}, ()
        return {"claim": None}, (forbidden("claim"),)

    def register_calls(self) -> int | None:
        return 7

    def case_of(self, claim: str) -> str | None:
        return "VAL-2026-1"


def told(world: World) -> str:
    printed = io.StringIO()
    Story(world, Stage(Console(file=printed, width=118)), sleep=lambda _: None).tell()
    return printed.getvalue()


def test_the_story_shows_each_persona_its_result_and_what_is_refused() -> None:
    world = World()
    printed = told(world)
    for text in (
        *("anna (CITIZEN)", "ngo-support (THIRD_PARTY_WORKER)", "ngo-families (THIRD_PARTY_WORKER)"),
        *("Anna Bērziņa", "Lāčplēša iela 1, Valmiera", "740.00 EUR", "SIA [bold]Darba devējs", "VAL-2026-1"),
        *("FORBIDDEN claim.applicant.income", "FORBIDDEN claim:", "Ask the applicant.", "DENIED"),
    ):
        assert text in printed
    assert "register calls of this attempt" in printed
    assert printed.split("register calls of this attempt")[1].split()[0] == "0"
    assert "39100000011" not in printed
    assert len(set(world.keys)) == 1
    assert world.asked.count(("anna", "submitClaim")) == 2


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("prepareClaim", Heard({"prepareClaim": {"claim": None, "problems": [{"code": "X", "message": "no"}]}}, ())),
        ("personCode", Heard(None, (forbidden("me"),))),
        ("income", Heard({"claim": {"applicant": PERSON}}, ())),
        ("status", Heard({"claim": {"status": "DRAFT"}}, ())),
        ("accessLog", Heard({"me": {"accessLog": {"edges": []}}}, ())),
    ],
)
def test_an_answer_that_is_not_the_storys_stops_it(name: str, answer: Heard) -> None:
    with pytest.raises(StoryStopped):
        told(World(**{name: answer}))


# ---------------------------------------------------------------- settings


def test_a_register_that_is_set_elsewhere_is_not_the_simulated_one() -> None:
    set_elsewhere = RegisterSettings.model_validate({"url": "http://127.0.0.1:1/vies", "timeout": 9})
    half_set = RegisterSettings.model_validate({"timeout": 8})
    found = connected(Settings(registers={"vies": set_elsewhere, "revenue": half_set}), 8100)
    assert found.register("vies") == set_elsewhere
    assert found.register("revenue").address == "http://127.0.0.1:8100/revenue"
    assert found.register("revenue").timeout == 8
    assert found.register("social_assistance").address == "http://127.0.0.1:8100/social_assistance"


def test_three_municipalities_have_another_vendors_system_unless_they_are_set_elsewhere() -> None:
    casework = connected(Settings(), 8100).register("social_casework")
    assert (casework.address, casework.municipality_addresses) == (
        None,
        {code: f"http://127.0.0.1:8100/social_casework/{code}" for code in ("0003000", "0005000", "0026000")},
    )
    own = RegisterSettings.model_validate({"municipalities": {"0005000": {"has_system": False}}})
    found = connected(Settings(registers={"social_assistance": own}), 8100)
    assert set(found.register("social_casework").municipality_addresses) == {"0003000", "0026000"}
    theirs = RegisterSettings.model_validate({"municipalities": {"0021000": {"url": "http://127.0.0.1:1/x"}}})
    kept = connected(Settings(registers={"social_casework": theirs}), 8100).register("social_casework")
    assert kept.municipality_addresses == {"0021000": "http://127.0.0.1:1/x"}
