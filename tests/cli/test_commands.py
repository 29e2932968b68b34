"""The command line as a person or a script meets it."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from gateway.audit.signing import DEVELOPMENT_KEY, make_key
from gateway.demo.caller import answers
from gateway.identity.issuer import KEY_FILE, DevelopmentIssuer
from gateway.store.store import Store
from tests.warm import environment

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ["demo", "serve", "sandbox", "token", "schema", "doctor"]


def run(*arguments: str, folder: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=folder,
        env=environment({"PYTHONPATH": str(ROOT), "COLUMNS": "200", **settings}),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    explained = run(command, "--help")
    assert explained.returncode == 0
    assert "Usage: gateway" in explained.stdout
    assert command in run("--help").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("token",),
        ("token", "anna", "--ttl", "soon"),
        ("sandbox", "--port", "70000"),
        ("demo", "--port", "8100", "--registers-port", "8100"),
    ],
)
def test_a_wrong_call_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    wrong = run(*arguments)
    assert wrong.returncode == 2
    assert wrong.stdout == ""
    assert wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("39100000011",),
        ("token", "anna", "391000-00011"),
        ("claims", "list", "--status", "LV39100000011"),
        ("audit", "export", "--since", "391000-00011"),
        ("audit", "verify", "--391000-00011"),
        ("claims", "list", "--settings", "391000-00011.toml"),
        ("explain", "39100000011.graphql", "--as", "anna"),
        ("adapter", "check", "39100000011"),
    ],
)
def test_a_wrong_call_is_answered_without_the_personal_code_in_it(arguments: tuple[str, ...]) -> None:
    wrong = run(*arguments)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "***" in wrong.stderr
    assert "00011" not in wrong.stderr


def test_what_nobody_expected_of_a_command_is_told_by_type_and_place_alone() -> None:
    slip = "from gateway import cli; cli.app = lambda **_: int('39100000011x'); cli.main()"
    done = subprocess.run([sys.executable, "-c", slip], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "builtins.ValueError" in done.stderr
    assert "00011" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("token", "anna"), ("serve",), ("demo",)])
def test_a_setting_that_does_not_exist_is_one_clear_line(command: tuple[str, ...], tmp_path: Path) -> None:
    wrong = run(*command, folder=tmp_path, GATEWAY_PRT="1")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.splitlines() == ["gateway: the settings cannot be used: GATEWAY_PRT: there is no such setting"]


def test_the_doctor_finds_nothing_wrong_with_a_new_gateway(tmp_path: Path) -> None:
    found = run("doctor", "--json", folder=tmp_path)
    assert found.returncode == 0, found.stdout
    report = json.loads(found.stdout)
    assert report["healthy"]
    assert [one["check"] for one in report["findings"]] == [
        "settings",
        "disk",
        "store",
        "checkpoints",
        "checkpoint key",
        "keys",
        "adapters",
        "policies",
        "organisations",
        "registers",
    ]
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_finds_nothing_wrong_with_a_gateway_that_ran(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / '.data' / 'gateway.sqlite3'}").close()
    DevelopmentIssuer.open(tmp_path / ".data")
    with socket.create_server(("127.0.0.1", 0)) as register:
        address = f"http://127.0.0.1:{register.getsockname()[1]}/vies"
        found = run("doctor", folder=tmp_path, GATEWAY_REGISTERS__VIES__URL=address)
    assert found.returncode == 0, found.stdout
    assert "up to date and can be written" in found.stdout


def test_the_doctor_looks_into_a_store_that_is_named_from_where_it_stands(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}").close()
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_STORE_URL="sqlite:///store.sqlite3")
    assert found.returncode == 0, found.stderr
    checks = {one["check"]: one["finding"] for one in json.loads(found.stdout)["findings"]}
    assert checks["store"] == "is there, up to date and can be written"
    assert checks["answers of owners"] == "all fit their claims, or were looked into"


def test_the_doctor_says_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    data = tmp_path / ".data"
    DevelopmentIssuer.open(data)
    (data / KEY_FILE).chmod(0o644)
    (data / "gateway.sqlite3").write_text("garbage " * 200)
    make_key(data / DEVELOPMENT_KEY)
    (data / DEVELOPMENT_KEY).chmod(0o640)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/vies"
        found = run(
            "doctor",
            "--json",
            folder=tmp_path,
            GATEWAY_REGISTERS__VIES__URL=address,
            GATEWAY_CHECKPOINTS="/nowhere/mounted",
        )
    assert found.returncode == 1
    wrong = {one["check"]: one for one in json.loads(found.stdout)["findings"] if not one["holds"]}
    assert set(wrong) == {"store", "checkpoints", "checkpoint key", "keys", "register vies"}
    assert all(one["remedy"] for one in wrong.values())
    assert stat.S_IMODE((data / KEY_FILE).stat().st_mode) == 0o644


def test_the_doctor_looks_into_the_keys_of_owners(tmp_path: Path) -> None:
    keys = [ECKey.generate_key(curve, {"kid": curve}).as_dict(private=False) for curve in ("P-256", "P-384")]
    (tmp_path / "keys").write_text(json.dumps({"keys": keys}))
    (tmp_path / "none").write_text(json.dumps({"keys": keys[1:]}))
    (tmp_path / "settings.toml").write_text(
        "".join(
            f'[owners.{owner}]\njwks_file = "{tmp_path / file}"\n'
            for owner, file in (("vsaa", "keys"), ("vzd", "none"), ("vid", "gone"), ("nobody", "keys"))
        )
    )
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_SETTINGS_FILE="settings.toml")
    assert found.returncode == 1
    said = {one["check"]: (one["holds"], one["finding"]) for one in json.loads(found.stdout)["findings"]}
    assert said["owners"] == (False, "there is no owner nobody")
    assert said["keys of vsaa"] == (True, "1 of the owner's keys can be used")
    assert said["keys of vzd"] == (False, "0 of the owner's keys can be used")
    assert said["keys of vid"] == (False, "the file cannot be read, or is no key set")


def test_the_doctor_names_a_register_that_no_adapter_is_of(tmp_path: Path) -> None:
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_REGISTERS__ADRESSES__URL="http://127.0.0.1:9/x")
    [wrong] = [one for one in json.loads(found.stdout)["findings"] if one["check"] == "register adresses"]
    assert not wrong["holds"]
    assert "addresses" in wrong["remedy"]


def test_the_doctor_names_the_setting_that_is_wrong(tmp_path: Path) -> None:
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_PORT="canary", GATEWAY_STORE_URL="sqlite://")
    assert found.returncode == 1
    assert "port" in found.stdout
    assert "canary" not in found.stdout


@pytest.mark.parametrize("url", ["sqlite://", "postgresql://canary:canary@127.0.0.1/x", "canary"])
def test_the_doctor_does_not_show_the_stores_address(tmp_path: Path, url: str) -> None:
    found = run("doctor", "--json", folder=tmp_path, GATEWAY_STORE_URL=url)
    assert found.returncode == 1
    assert "canary" not in found.stdout


def test_a_taken_port_is_one_clear_line_that_names_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, option in (
            (("sandbox", "--port", port), "--port"),
            (("serve", "--port", port), "--port"),
            (("demo", "--port", port, "--registers-port", "1"), "--port"),
        ):
            said = run(*arguments, folder=tmp_path)
            assert said.returncode == 1
            (line,) = said.stderr.splitlines()
            assert port in line
            assert option in line


def test_a_token_is_the_only_thing_printed(tmp_path: Path) -> None:
    made = run("token", "anna", "--data", str(tmp_path))
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.count(".") == 2
    assert len(made.stdout.splitlines()) == 1


def test_an_unknown_persona_is_told_the_names(tmp_path: Path) -> None:
    made = run("token", "nobody", "--data", str(tmp_path))
    assert (made.returncode, made.stdout) == (2, "")
    assert "anna, " in made.stderr
    assert "ngo-support" in made.stderr


def test_no_token_is_made_with_production_settings(tmp_path: Path) -> None:
    made = run(
        *("token", "anna", "--data", str(tmp_path)),
        GATEWAY_PRODUCTION="true",
        GATEWAY_ISSUER__NAME="x",
        GATEWAY_ISSUER__AUDIENCE="y",
        GATEWAY_ISSUER__JWKS_FILE="z",
    )
    assert (made.returncode, made.stdout) == (1, "")


def test_the_schema_is_the_only_thing_printed() -> None:
    printed = run("schema")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert "type Claim implements Node" in printed.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_gateway_without_registers_serves_until_told_to_end(tmp_path: Path, number: int) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--port", str(port)],
            cwd=tmp_path,
            env=environment({"PYTHONPATH": str(ROOT)}),
            stderr=log,
        )
    try:
        until = time.monotonic() + 30
        while not answers("127.0.0.1", port, "/health/ready"):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines
    told = [json.loads(line) for line in lines]
    assert [each["event"] for each in told if each["event"] != "request"] == ["gateway.starts", "gateway.stopped"]
    assert told[0]["address"] == f"http://127.0.0.1:{port}/graphql"


def test_a_store_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    said = run("serve", "--port", "0", folder=tmp_path, GATEWAY_STORE_URL="sqlite://")
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert "store" in line
