"""``gateway adapter try``: open data of one legal entity or address, and of nobody."""

from __future__ import annotations

import asyncio
import json
import subprocess

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.running_gateway import command
from tests.sandbox.running import Registers, running

PIEMERS, NOBODYS = "40103000102", "40003000021"


async def _tried(registers: Registers, name: str, key: str) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{registers.port}/{name}"
    return await asyncio.to_thread(command, "adapter", "try", name, key, "--url", url)


async def test_the_register_and_its_open_data_say_the_same_of_an_entity_and_nothing_of_an_unknown_one() -> None:
    async with running() as registers:
        names = ("enterprises", "enterprises_open_data")
        done = [await _tried(registers, name, PIEMERS) for name in names]
        absent = await _tried(registers, names[1], NOBODYS)
    said = [json.loads(each.stdout) for each in done]
    assert said[0]["LegalEntityRecord"] == said[1]["LegalEntityRecord"]
    assert said[0]["LegalEntityRecord"]["name"] == 'SIA "Piemērs"'
    whole, open_data = (each["EntityOfficers"]["officers"] for each in said)
    kept = ("role", "since", "represents")
    assert [[officer[name] for name in kept] for officer in whole] == [[o[name] for name in kept] for o in open_data]
    assert open_data[0]["family_name"] == "Paraugs Andris"
    assert (absent.returncode, json.loads(absent.stdout)["LegalEntityRecord"]) == (0, None)


async def test_a_register_that_fails_is_told_from_one_that_holds_nothing() -> None:
    async with running() as registers:
        await registers.fault("enterprises_open_data", "http_500_html")
        done = await _tried(registers, "enterprises_open_data", PIEMERS)
    assert (done.returncode, done.stdout) == (1, "")
    assert "status 500" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("revenue", PIEMERS), "reads no open data"),
        (("enterprises", "39100000011"), "this may be a person's code"),
        (("enterprises", "40103000103"), "check digit"),
        (("addresses", "1"), "an address code has 9 digits"),
        (("enterprises", PIEMERS), "has no address"),
        (("enterprise", PIEMERS), "no adapter is called enterprise"),
    ],
)
def test_a_wrong_call_reads_nothing(arguments: tuple[str, ...], reason: str) -> None:
    done = CliRunner().invoke(app, ["adapter", "try", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr
