"""The import contracts hold, and each of them is shown to catch what it is there for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import PACKAGES, ROOT

OFFENCES = [
    ("one-way", {"schema/offence.py": "import policies"}),
    ("one-way", {"schema/records/offence.py": "import adapters"}),
    ("one-way", {"schema/records/offence.py": "import gateway"}),
    ("one-way", {"policies/kit/offence.py": "import gateway"}),
    ("one-way", {"policies/kit/offence.py": "import adapters"}),
    ("one-way", {"adapters/kit/offence.py": "import policies"}),
    ("one-way", {"adapters/kit/offence.py": "import gateway"}),
    (
        "adapters-apart",
        {
            "adapters/registers/offence/__init__.py": "",
            "adapters/registers/offence_too/__init__.py": "import adapters.registers.offence",
        },
    ),
    (
        "adapters-apart",
        {
            "adapters/municipal/offence/__init__.py": "",
            "adapters/registers/offence/__init__.py": "import adapters.municipal.offence",
        },
    ),
    ("sandbox-reads-contracts-itself", {"adapters/sandbox/offence.py": "import adapters.kit"}),
    ("sandbox-reads-contracts-itself", {"adapters/sandbox/offence.py": "import adapters.municipal"}),
    (
        "sandbox-reads-contracts-itself",
        {
            "adapters/registers/offence/__init__.py": "",
            "adapters/registers/offence/mapping.py": "",
            "adapters/sandbox/offence.py": "import adapters.registers.offence.mapping",
        },
    ),
    ("adapters-know-no-sandbox", {"adapters/kit/offence.py": "import adapters.sandbox"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import httpx"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import sqlalchemy"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import time"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import os"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import socket"}),
    ("policies-see-words-only", {"policies/kit/offence.py": "import starlette.requests"}),
    ("web-in-gateway", {"schema/records/offence.py": "from starlette.requests import Request"}),
    ("web-in-gateway", {"adapters/kit/offence.py": "import uvicorn"}),
    ("clients-in-adapters", {"gateway/plan/offence.py": "import httpx"}),
    ("clients-in-adapters", {"gateway/offence.py": "from zeep import Client"}),
    ("clients-in-adapters", {"schema/records/offence.py": "import requests"}),
    ("store-in-gateway", {"adapters/kit/offence.py": "import sqlalchemy"}),
    ("words-stand-alone", {"schema/terms.py": "import schema.records"}),
    ("words-stand-alone", {"schema/records/offence.py": "import schema.ports"}),
    *(
        (
            "mapping-is-pure",
            {"adapters/registers/offence/__init__.py": "", "adapters/registers/offence/mapping.py": f"import {module}"},
        )
        for module in ("httpx", "zeep", "asyncio", "os", "time", "adapters.kit.httpx_wire")
    ),
    (
        "mapping-is-pure",
        {"adapters/municipal/offence/__init__.py": "", "adapters/municipal/offence/mapping.py": "import socket"},
    ),
]


def _contracts() -> Mapping[str, str]:
    settings: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages' sources, with times kept, so that the linter's cache serves every run."""
    copy = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            target = copy / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    shutil.copy2(ROOT / "pyproject.toml", copy)
    return copy


@pytest.fixture(scope="module")
def broken_before(house: Path) -> set[str]:
    """What the house breaks without an offence: nothing, or the first test below says so."""
    return _broken(house)


def _broken(house: Path) -> set[str]:
    """Ids of the contracts that the sources in ``house`` break."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=house,
        env={**os.environ, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", run.stdout, re.MULTILINE))
    names = _contracts()
    assert set(verdicts) == set(names.values()), f"{run.stdout}\n{run.stderr}"
    return {contract for contract, name in names.items() if verdicts[name] == "BROKEN"}


@contextmanager
def _offending(house: Path, offence: Mapping[str, str]) -> Iterator[None]:
    before: dict[Path, bytes | None] = {}
    try:
        for name, line in offence.items():
            path = house / name
            before[path] = path.read_bytes() if path.exists() else None
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((before[path] or b"") + f"\n{line}\n".encode())
        yield
    finally:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)


def test_the_house_keeps_every_import_contract(broken_before: set[str]) -> None:
    assert broken_before == set()


@pytest.mark.parametrize(
    ("contract", "offence"), OFFENCES, ids=[f"{contract}: {[*offence.values()][-1]}" for contract, offence in OFFENCES]
)
def test_an_offence_breaks_exactly_the_contract_that_forbids_it(
    house: Path, broken_before: set[str], contract: str, offence: Mapping[str, str]
) -> None:
    with _offending(house, offence):
        assert _broken(house) - broken_before == {contract}


def test_every_contract_is_shown_to_catch_something() -> None:
    assert {contract for contract, _ in OFFENCES} == set(_contracts())
