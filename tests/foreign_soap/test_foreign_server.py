"""The population adapter and the npm package ``soap`` understand each other by our contract alone."""

from __future__ import annotations

import fcntl
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context, shown
from adapters.kit.httpx_wire import HttpxWire
from adapters.kit.wire import WireRequest
from schema.records.natural_person import NaturalPerson
from schema.terms import PersonCode, RegistrationNumber
from tests.machine import requires

HERE = Path(__file__).parent
CONTRACT = HERE.parents[1] / "adapters" / "registers" / "natural_persons" / "contract"
ANNA, FORMER, NOBODY = PersonCode("39100000011"), PersonCode("39990000055"), PersonCode("39100000199")
ANNA_AS_SERVED = {
    "person_code": "39100000011",
    "former_person_codes": [],
    "restricted": False,
    "given_name": "Anna",
    "family_name": "Bērziņa </a><b> & {env.HOME} ]]>",
    "birth_date": "1990-05-17",
    "sex": "FEMALE",
    "citizenship": "LVA",
    "legal_status": "ACTIVE",
    "marital_status": "MARRIED",
    "declared_address": "000012345",
    "declared_municipality": "0054000",
    "household": [
        {"person_code": "39100000022", "relation": "spouse", "since": "2015-08-01", "restricted": False},
        {"person_code": "39100000033", "relation": "child", "since": None, "restricted": True},
    ],
    "children": ["39100000033", "39100000044"],
}
FORMER_AS_SERVED = {
    "person_code": "39100000055",
    "former_person_codes": ["39990000055"],
    "restricted": True,
    "given_name": None,
    "family_name": None,
    "birth_date": "1961",
    "sex": "UNKNOWN",
    "citizenship": None,
    "legal_status": "DECEASED",
    "marital_status": "UNKNOWN",
    "declared_address": None,
    "declared_municipality": None,
    "household": [],
    "children": [],
}


def install() -> None:
    """Have the package at hand, where the machine can run it."""
    requires("node", "npm")
    with (HERE / "package-lock.json").open() as lock:
        # Tests beside this one may want it at the same moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / "soap" / "package.json").exists():
            installed = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-progress"],
                cwd=HERE,
                capture_output=True,
                text=True,
                timeout=180,
            )
            assert installed.returncode == 0, installed.stderr[-2000:]


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """Base URL of the running server."""
    install()
    with subprocess.Popen(
        ["node", "server.js", str(CONTRACT / "fpr.wsdl")], cwd=HERE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


async def _read(foreign: str, *subjects: PersonCode) -> dict[PersonCode, Any]:
    context = replace(a_context(), represented_party=RegistrationNumber("40008000102"))
    async with HttpxWire() as wire:
        register = discover().connect("natural_persons", Connection(f"{foreign}/natural_persons"), wire, a_clock())
        return await register.read(NaturalPerson, subjects, context)


async def _arrived(foreign: str) -> list[str]:
    async with HttpxWire() as wire:
        reply = await wire.request(WireRequest("foreign", "GET", f"{foreign}/requests", {}, None, time.monotonic() + 5))
    requests: list[str] = json.loads(reply.body)
    return requests


async def test_records_of_a_foreign_server_come_back_equal(foreign: str) -> None:
    found = await _read(foreign, ANNA, FORMER, NOBODY)
    assert {key: shown(value) for key, value in found.items()} == {ANNA: ANNA_AS_SERVED, FORMER: FORMER_AS_SERVED}


async def test_one_person_of_a_foreign_server_comes_back_equal_and_nobody_is_nobody(foreign: str) -> None:
    assert {key: shown(value) for key, value in (await _read(foreign, ANNA)).items()} == {ANNA: ANNA_AS_SERVED}
    assert await _read(foreign, NOBODY) == {}


async def test_what_arrives_at_a_foreign_server_is_valid_by_the_published_schemas(foreign: str) -> None:
    await _read(foreign, ANNA)
    await _read(foreign, ANNA, NOBODY)
    schemas = {
        name: etree.XMLSchema(file=str(CONTRACT / name)) for name in ("fpr.xsd", "xroad.xsd", "representation.xsd")
    }
    arrived = await _arrived(foreign)
    assert len(arrived) >= 2
    for request in arrived:
        header, body = etree.fromstring(request.encode())
        for element in (*header, *body):
            schemas[_schema_of(element)].assertValid(etree.ElementTree(element))


def _schema_of(element: Any) -> str:
    namespace = etree.QName(element).namespace or ""
    return "fpr.xsd" if "FPR" in namespace else namespace.rpartition("/")[2]


def test_the_lock_of_the_foreign_server_names_no_host() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
